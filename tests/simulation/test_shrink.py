"""A world that fails becomes a small one that fails in the same way, kept in a file.

usage: test_shrink.py SAGA_SIM
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)


def sim(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)


class Shrinking(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.script = pathlib.Path(self.folder.name) / "kept.script"

    def shrink(self, seed):
        return sim("--false-check", "--seed", str(seed), "--script-out", str(self.script))

    def test_a_failing_seed_leaves_one_saga_and_no_mishap(self):
        for seed in (1, 7, 12):
            done = self.shrink(seed)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertNotIn("another way", done.stderr)
            script = self.script.read_text(encoding="utf-8")
            self.assertIn("violates I-99\n", script)
            self.assertEqual(len(re.findall("^client ", script, re.MULTILINE)), 1, script)
            self.assertEqual(script.split("end\n")[1].count("\n"), 1, script)

    def test_its_script_fails_again_and_only_by_the_check(self):
        self.shrink(3)
        again = sim("--script", str(self.script), "--false-check")
        self.assertEqual(again.returncode, 1)
        self.assertIn("I-99 violated", again.stdout)
        true = sim("--script", str(self.script))
        self.assertEqual(true.returncode, 0, true.stdout)
        self.assertIn("1 sagas, 2 events", true.stdout)

    def test_one_script_leaves_one_trace(self):
        self.shrink(4)
        one, other = (sim("--script", str(self.script), "--trace").stdout for _ in range(2))
        self.assertEqual(one.rsplit("trace", 1)[1], other.rsplit("trace", 1)[1])
        self.assertEqual(one.count("\n"), other.count("\n"))

    def test_without_shrinking_there_is_no_file(self):
        done = sim("--false-check", "--seed", "1", "--no-shrink", "--script-out", str(self.script))
        self.assertEqual(done.returncode, 1)
        self.assertFalse(self.script.exists())

    def test_what_is_no_script_is_refused_with_file_and_line(self):
        self.script.write_text("saga-sim script 1\ncalm soon\n", encoding="utf-8")
        done = sim("--script", str(self.script))
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{self.script}:2: word 2 must be a number from 1 to", done.stderr)

    def test_a_definition_that_the_product_refuses_is_refused(self):
        self.script.write_text(
            "saga-sim script 1\ncalm 9\nworkers 1 polls 1 slots 1\n"
            "definition d0\nsaga: d0\nstops:\nend\nclient 0 d0 at 1\n", encoding="utf-8")
        done = sim("--script", str(self.script))
        self.assertEqual(done.returncode, 2)
        self.assertIn("stops", done.stderr)


if __name__ == "__main__":
    unittest.main()
