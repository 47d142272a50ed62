#!/usr/bin/env python3
"""saga-conformance lets a right participant pass, and says of each wrong one what is wrong.

    test_conformance.py BUILD_FOLDER
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
PATIENCE = 280


class Run:
    """One participant of the shelf's, checked: what was printed, and the exit code."""

    def __init__(self, manner, *options, url="ipc", run=True, effects=True, rounds=20,
                 secret=None):
        with tempfile.TemporaryDirectory(prefix="sagad-conformance-") as folder:
            address = f"ipc://{folder}/s" if url == "ipc" else "tcp://127.0.0.1:0"
            shelf = f"{BUILD}/tests/shelf_service {manner} {folder}"
            command = [BUILD / "bin" / "saga-conformance", address, "--operation", "put",
                       "--undo", "take", "--input", '"thing"', "--rounds", str(rounds), *options]
            if secret:
                path = pathlib.Path(folder, "secret")
                path.write_text(secret + "\n", encoding="ascii")
                command += ["--secret-file", path]
            if run:
                command += ["--run", f"exec {shelf}"]
            if effects:
                command += ["--effects", f"{shelf} count"]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True, check=False, timeout=PATIENCE)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


# They mostly wait, each for its own participant; so all of them wait at once.
RUNS = {
    "right": lambda: Run("guarded", "--participant", "shelf", secret="s3cret"),
    "slow": lambda: Run("slow", "--seed", "5", url="tcp"),
    "no guard": lambda: Run("no-guard", "--patience", "10"),
    "no tombstone": lambda: Run("no-tombstone", "--patience", "10"),
    "unseen": lambda: Run("no-tombstone", "--patience", "10", effects=False),
    "anew": lambda: Run("anew", rounds=1),
    "keeps": lambda: Run("keeps", rounds=1),
    "takes all": lambda: Run("takes-all", rounds=1),
    "dies": lambda: Run("dies"),
    "other name": lambda: Run("guarded", "--participant", "shelves", rounds=0),
    "other secret": lambda: Run("guarded", secret="another", rounds=0),
    "nobody": lambda: Run("guarded", "--patience", "1", run=False),
}


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(len(RUNS)) as pool:
            runs = {name: pool.submit(run) for name, run in RUNS.items()}
        cls.runs = {name: run.result() for name, run in runs.items()}

    def expect_broken(self, name, *sentences):
        run = self.runs[name]
        self.assertEqual(run.code, 1, run.out + run.err)
        for sentence in sentences:
            self.assertIn(sentence, run.out)

    def expect_right(self, name, *sentences):
        run = self.runs[name]
        self.assertEqual(run.code, 0, run.out + run.err)
        self.assertNotIn("FAILED", run.out)
        for sentence in sentences:
            self.assertIn(sentence, run.out)

    def test_a_right_participant_passes(self):
        self.expect_right("right", "\n26 ok, 0 failed, 0 skipped (seed 1)\n")

    def test_so_does_one_over_tcp_whose_work_takes_longer(self):
        self.expect_right("slow", "\n26 ok, 0 failed, 0 skipped (seed 5)\n")

    def test_without_a_guard_a_duplicate_is_done_again(self):
        self.expect_broken(
            "no guard",
            "FAILED  it answers a duplicate as it did the first time: new work on a duplicate: the "
            "handler did its work again on a duplicate: the effect is 2\n",
            "FAILED  it keeps its promises in every random story: ",
            "        sequence: do, do\n        seed 1, round 1\n")

    def test_without_a_tombstone_a_late_do_is_done(self):
        self.expect_broken(
            "no tombstone",
            "FAILED  it fences a do whose undo came first: undo without tombstone: a late do was "
            "done after its undo; it was answered DONE, and FENCED is right\n",
            "        sequence: undo, do\n        seed 1, round 4\n")

    def test_that_is_seen_without_effects_too(self):
        self.expect_broken(
            "unseen", "FAILED  it fences a do whose undo came first: undo without tombstone")

    def test_work_that_goes_on_is_not_begun_anew(self):
        self.expect_broken(
            "anew",
            "FAILED  it does what it is asked: new work on a duplicate: asked again after WORKING, "
            "the handler began anew: the effect is 2\n")

    def test_an_undo_must_undo(self):
        self.expect_broken("keeps", "FAILED  it undoes what it has done: the undo was answered "
                                    "DONE and left the effect: it is 1\n")

    def test_an_undo_leaves_other_sagas_alone(self):
        self.expect_broken("takes all", "FAILED  it leaves other sagas alone when it undoes one: "
                                        "it was answered DONE, and the effect is 0\n")

    def test_a_participant_that_dies_is_said_to(self):
        self.expect_broken("dies", "the participant's process has ended\n",
                           "FAILED  it is there until the end")

    def test_its_name_and_secret_are_looked_at(self):
        self.expect_broken("other name", "FAILED  it sends nothing that breaks the protocol: it "
                                         'calls itself "shelf", not "shelves"\n')
        self.expect_broken("other secret", "a poll has a credential of 6 bytes that is not the "
                                           "secret\n")

    def test_nobody_there_is_said_at_once(self):
        self.expect_broken("nobody",
                           "FAILED  it asks for work: no poll with free slots came to ipc://",
                           "FAILED  it is there until the end")

    def test_the_command_line_is_read(self):
        program = BUILD / "bin" / "saga-conformance"

        def run(*arguments):
            return subprocess.run([program, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)

        self.assertEqual(run("--help").returncode, 0)
        self.assertIn("usage: saga-conformance URL", run("--help").stdout)
        for arguments, problem in [
                ((), "the URL to listen at is missing"),
                (("ipc:///x",), "--operation is missing"),
                (("ipc:///x", "--operation", "a" * 64), "a name is empty, or longer than 63 bytes"),
                (("ipc:///x", "--operation", "a", "more"), "'more' is one word too many"),
                (("ipc:///x", "--operation", "a", "--seed", "-1"), "'-1' is not a number"),
                (("ipc:///x", "--nothing"), "unknown option --nothing"),
                (("ipc:///x", "--seed"), "option --seed needs a value"),
                (("ipc:///x", "--input", "@/nowhere"), "cannot read /nowhere: No such file")]:
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(problem, done.stderr)
        done = run("http://x", "--operation", "a")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot listen at http://x", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
