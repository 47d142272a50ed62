#!/usr/bin/env python3
"""docs/reference/metrics.md has every metric that a running server gives; promtool finds no fault.

test_metrics.py BIN [--write]
"""

import pathlib
import re
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import promtool
import world
from generated import compare, table
from pages import ROOT

PAGE = "reference/metrics.md"


def metrics(text):
    """By name: its type, its labels with their words, and its help."""
    found = {}
    for name, what in re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE):
        kind = re.search(rf"^# TYPE {name} (\w+)$", text, re.MULTILINE)[1]
        samples = re.findall(rf"^{name}(?:\{{(.*?)\}})? \S+$", text, re.MULTILINE)
        labels = {}
        for label, word in re.findall(r'(\w+)="(.*?)"', "\n".join(samples)):
            labels.setdefault(label, set()).add(word)
        found[name] = (kind, labels, what)
    return found


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = world.World()
        cls.addClassCleanup(cls.world.close)
        cls.text = cls.world.request("GET", "/metrics").body.decode()

    def test_every_metric_is_on_the_page(self):
        rows = [[f"`{name}`", kind, ", ".join(f"`{label}`" for label in labels), what]
                for name, (kind, labels, what) in metrics(self.text).items()]
        self.assertGreater(len(rows), 20)
        compare(self, PAGE, "metrics", table(["metric", "type", "labels", "what it counts"], rows))

    def test_every_word_of_a_label_is_on_the_page(self):
        page = (ROOT / "docs" / PAGE).read_text()
        for name, (_, labels, _) in metrics(self.text).items():
            for label, words in labels.items():
                for word in words:
                    self.assertTrue(label == "participant" or f"`{word}`" in page,
                                    f"the page does not say what {name} means by {word}")

    def test_what_the_page_speaks_of_is_there(self):
        page = (ROOT / "docs" / PAGE).read_text()
        self.assertLessEqual(set(re.findall(r"\bsaga_\w+", page)), set(metrics(self.text)))

    def test_promtool_finds_no_fault(self):
        tool = promtool.program(world.bin_folder().parents[1])
        done = subprocess.run([tool, "check", "metrics"], input=self.text, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        wrong = self.text.replace("_total", "")
        self.assertNotEqual(subprocess.run([tool, "check", "metrics"], input=wrong, text=True,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           timeout=60).returncode, 0)


if __name__ == "__main__":
    world.main()
