#!/usr/bin/env python3
"""The participant in Node keeps to the protocol, and is the step of a running world.

test_node_participant.py BIN
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

import npm
import world

PROTO = npm.PARTICIPANT.parents[2] / "proto"
PAGE = PROTO.parent / "docs/tutorials/first-participant-in-node.md"
LINES_MAX = 150  # So that it stays an example.
# The last that was written about the saga says whether it holds a seat.
HELD = """grep -o '\\["'$SAGA_ID'",[01]\\]' {store} | tail -n 1 | grep -c ',1' || true"""


def environment():
    return dict(os.environ, SAGA_PROTO=str(PROTO))


class Participant(unittest.TestCase):
    def conform(self, url, *options):
        """Whatever is printed, when everything is ok."""
        with tempfile.TemporaryDirectory(prefix="sagad-node-") as folder:
            secret, store = pathlib.Path(folder, "secret"), pathlib.Path(folder, "store")
            secret.write_text("s3cret\n")
            done = subprocess.run(
                [world.bin_folder() / "saga-conformance", url.format(folder=folder),
                 "--participant", "seats", "--secret-file", secret, "--rounds", "20",
                 "--run", f"exec node index.js seats $SAGA_URL {secret} {store}",
                 *(option.format(store=store) for option in options)],
                cwd=npm.participant(), env=environment(), text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_it_passes_over_a_unix_socket(self):
        out = self.conform("ipc://{folder}/s", "--operation", "hold", "--undo", "release",
                           "--effects", HELD)
        self.assertIn("\n26 ok, 0 failed, 0 skipped (seed 1)\n", out)

    def test_it_passes_over_tcp(self):
        out = self.conform("tcp://127.0.0.1:0", "--operation", "hold", "--undo", "release",
                           "--seed", "2")
        self.assertIn("\n26 ok, 0 failed, 0 skipped (seed 2)\n", out)

    def test_it_is_short_and_needs_nothing_native(self):
        folder = npm.participant()
        lines = sum(file.read_text().count("\n") for file in npm.PARTICIPANT.glob("*.js"))
        self.assertLessEqual(lines, LINES_MAX)
        self.assertEqual(list(folder.glob("node_modules/**/*.node")), [])
        self.assertIn((npm.PARTICIPANT / "index.js").read_text(), PAGE.read_text())
        self.assertNotIn("resolved", (npm.PARTICIPANT / "package-lock.json").read_text())


class Step(unittest.TestCase):
    def setUp(self):
        self.world = world.World(participants=False)
        self.addCleanup(self.world.close)
        for name in ("billing", "messaging"):
            self.world.start_participant(name)
        self.start()

    def start(self):
        secret = pathlib.Path(self.world.scratch, "auth.secret")
        secret.write_text(self.world.ready["participant_secrets"]["auth"])
        with open(os.path.join(self.world.scratch, "node.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["node", "index.js", "auth", self.world.ready["participants_url"], secret,
                 os.path.join(self.world.scratch, "auth.rows")],
                cwd=npm.participant(), env=environment(), stdout=log, stderr=log)
        self.world.started.append(self.process)
        world.until(lambda: self.world.metric('saga_participant_workers{participant="auth"}') >= 1,
                    "the participant in Node asks for work")

    def test_it_validates_messages(self):
        answer = self.world.message()
        self.assertEqual(answer.status, 201, answer.body)
        saga = self.world.wait_phase(answer.json["sid"], "completed")
        step = next(step for step in saga["steps"] if step["name"] == "validate")
        self.assertEqual(step["state"], "done")

    def test_its_refusal_is_the_client_s_answer(self):
        answer = self.world.message(To="+0123")
        self.assertEqual((answer.status, answer.json["code"]), (400, 21211), answer.body)

    def test_it_goes_on_after_it_was_killed(self):
        self.process.kill()
        self.process.wait()
        self.start()
        answer = self.world.message()
        self.assertEqual(answer.status, 201, answer.body)
        self.world.wait_phase(answer.json["sid"], "completed")


if __name__ == "__main__":
    world.main()
