#!/usr/bin/env python3
"""Run an ended saga again: a new one, linked to the old, under the definition of now."""

import json
import pathlib
import unittest

import world
from http_service import Serve, Service, says

DEFINITION = """\
saga: ship
deadline: 30s
steps:
  - {name: book, participant: parcel, undo: unbook}
  - {name: hand_over, participant: parcel, pivot: true}
guarded: [parcel]
"""


class Rerun(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)
        self.world = Serve(f"http://127.0.0.1:{self.service.port}", definition=DEFINITION)
        self.addCleanup(self.world.close)

    def refused_saga(self, key="parcel-1"):
        self.service.script("hand_over", says(422, b'{"code": "too_heavy"}'))
        saga = self.world.sagactl("start", "ship", "-i", '{"parcel": 1.50}', "--key",
                                  key).stdout.strip()
        self.world.wait_phase(saga, "compensated")
        return saga

    def show(self, saga):
        return self.world.request("GET", f"/v1/sagas/{saga}?events=1&payloads=1",
                                  headers=self.world.operator()).json

    def test_the_new_saga_has_the_old_input_and_the_link(self):
        old = self.refused_saga()
        self.assertIn(f"sagactl rerun {old}", self.world.sagactl("why", old).stdout)
        new = self.world.sagactl("rerun", old, "--reason", "the van is empty", "--actor", "ann",
                                 "--wait", "30s").stdout.strip()
        self.assertNotEqual(new, old)
        saga = self.show(new)
        self.assertEqual((saga["phase"], saga["previous"]), ("completed", old))
        self.assertEqual(saga["input"], {"parcel": 1.5})
        self.assertRegex(saga["events"][0]["text"], r"^submitted by \w+/ann: the van is empty; ")
        self.assertRegex(self.world.sagactl("show", new).stdout, rf"(?m)^previous +{old}$")
        before = self.show(old)
        self.assertEqual((before["phase"], before["previous"]), ("compensated", None))

    def test_another_input_and_the_definition_of_now(self):
        old = self.refused_saga()
        version = self.show(old)["version"]
        self.world.stop()
        pathlib.Path(self.world.scratch, "sagas/ship.yaml").write_text(
            DEFINITION.replace("30s", "40s"))
        self.world.start()
        new = self.world.sagactl("rerun", old, "--reason", "a lighter one", "-i",
                                 '{"parcel": 1}', "--wait", "30s").stdout.strip()
        saga = self.show(new)
        self.assertEqual((saga["phase"], saga["input"]), ("completed", {"parcel": 1}))
        self.assertNotEqual(saga["version"], version)
        listed = json.loads(self.world.sagactl("def", "list", "--all", "-o", "json").stdout)
        self.assertEqual({row["version"]: row["current"] for row in listed},
                         {version: False, saga["version"]: True})
        self.assertIn("deadline      30s", self.world.sagactl("def", "show", f"ship@{version}").stdout)

    def test_one_key_runs_it_again_once(self):
        old = self.refused_saga(key="parcel-1")
        words = ("rerun", old, "--reason", "the van is empty", "--key")
        new = self.world.sagactl(*words, "again-1", "--wait", "30s").stdout.strip()
        self.assertEqual(self.world.sagactl(*words, "again-1").stdout.strip(), new)
        refused = self.world.sagactl(*words, "parcel-1", check=False)
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertEqual(len(self.service.requests("hand_over")), 2)

    def test_what_has_not_ended_is_refused_and_says_what_is_allowed(self):
        self.service.always("hand_over", says(503, b"", ("Retry-After", "3600")))
        saga = self.world.sagactl("start", "ship", "-i", "{}").stdout.strip()
        refused = self.world.sagactl("rerun", saga, "--reason", "no patience", check=False)
        self.assertEqual((refused.returncode, refused.stdout), (4, ""))
        self.assertIn("has not ended", refused.stderr)
        self.assertIn("allowed now: cancel", refused.stderr)

    def test_the_audit_has_it_and_is_whole(self):
        old = self.refused_saga()
        new = self.world.sagactl("rerun", old, "--reason", "the van is empty").stdout.strip()
        [entry] = [json.loads(line) for line in self.world.sagactl(
            "audit", "list", "--verb", "rerun", "-o", "jsonl").stdout.splitlines()]
        self.assertEqual((entry["verb"], entry["saga"], entry["outcome"], entry["reason"]),
                         ("rerun", new, "accepted", "the van is empty"))
        self.assertEqual(entry["detail"], f"runs {old} again")
        self.world.sagactl("audit", "verify")


if __name__ == "__main__":
    world.main()
