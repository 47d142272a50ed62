#!/usr/bin/env python3
"""A batch over many parked sagas: counted first, at its rate, each failure listed, and whatever
another operator does in between is respected. `test_batch.py BIN --sagas 10000` for as many."""

import concurrent.futures
import json
import subprocess
import sys
import time
import unittest

import world
from http_service import Serve, Service, says

SAGAS, RATE = 150, 100
if "--sagas" in sys.argv:
    SAGAS = int(sys.argv.pop(sys.argv.index("--sagas") + 1))
    sys.argv.remove("--sagas")
    RATE = 500

DEFINITION = """\
saga: ship
deadline: 10m
steps:
  - {name: hand_over, participant: parcel, pivot: true, timeout: 20s}
  - {name: notify, participant: parcel, timeout: 20s}
guarded: [parcel]
"""


class Batch(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)
        self.world = Serve(f"http://127.0.0.1:{self.service.port}", definition=DEFINITION,
                           entry=", limit: 64")
        self.addCleanup(self.world.close)

    def start_one(self, number):
        headers = dict(self.world.operator(), **{"Content-Type": "application/json",
                                                 "Idempotency-Key": f"batch-{number}"})
        answer = self.world.request("POST", "/v1/sagas", headers=headers,
                                    body=json.dumps({"definition": "ship", "input": {}}))
        assert answer.status in (200, 202), answer.body
        return answer.json["id"]

    def park(self, count):
        """So many sagas whose last step was refused after the point of no return."""
        self.service.always("notify", says(422, b'{"code": "closed"}'))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            sagas = list(pool.map(self.start_one, range(count)))
        world.until(lambda: len(self.service.requests("notify")) == count, "all are refused", 600)
        world.until(lambda: self.world.metric("saga_sagas_parked") == count, "all are parked", 60)
        self.assertEqual(self.world.metric("saga_sagas_stuck"), count)
        self.assertEqual(len(self.listed("condition=parked")), count)
        return sagas

    def listed(self, query):
        return self.world.sagactl("list", "-q", query, "--limit", "1000000", "-o",
                                  "name").stdout.split()

    def begin(self, *words):
        return subprocess.Popen(
            [world.bin_folder() / "sagactl", "batch", *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"SAGA_SERVER": self.world.ready["http"],
                 "SAGA_KEY": self.world.ready["operator_key"], "USER": "ada"})

    def test_many_are_retried_and_one_that_somebody_resolved_is_left_alone(self):
        sagas = self.park(SAGAS)
        words = ["retry", "-q", "condition=parked,code=closed", "--reason", "it is open again"]
        run = self.world.sagactl("batch", *words, "--dry-run")
        self.assertEqual(sorted(run.stdout.split()), sorted(sagas))
        self.assertIn(f"retry: {SAGAS} sagas match", run.stderr)

        self.service.scripts.clear()
        begin = time.monotonic()
        batch = self.begin(*words, "--rate", f"{RATE}/s")
        self.assertEqual(batch.stderr.readline(), f"retry: {SAGAS} sagas match\n")
        # The newest are first; the oldest is resolved by somebody else before its turn comes.
        self.world.sagactl("resolve", sagas[0], "notify", "--as", "done", "--reason", "I rang them")
        out, progress = batch.communicate(timeout=600)
        took = time.monotonic() - begin

        self.assertEqual(batch.returncode, 7, out + progress)
        self.assertGreaterEqual(took, (SAGAS - 1) / RATE)
        self.assertIn(f"retry: {SAGAS} of {SAGAS}, 1 not done", progress)
        lines = out.splitlines()
        self.assertEqual(len(lines), 2, out)
        self.assertRegex(lines[1], rf"^{sagas[0]}  changed  ")
        world.until(lambda: self.world.metric("saga_sagas_live") == 0, "all have ended", 600)
        resolved = self.world.show(sagas[0])
        self.assertEqual(resolved["phase"], "completed")
        self.assertNotIn("retry by", json.dumps(resolved["events"]))
        self.assertIn("retry by test/ada: it is open again",
                      json.dumps(self.world.show(sagas[-1])["events"]))
        print(f"\n{SAGAS} sagas in {took:.1f} s; the last line of progress: "
              f"{progress.splitlines()[-1]}", file=sys.stderr)


if __name__ == "__main__":
    world.main()
