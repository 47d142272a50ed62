#!/usr/bin/env python3
"""Every command in README.md and docs/ runs as it is written.

A fenced block marked `sh` is run by bash, line for line, in the order of its page, in one shell per
page: so a page may set variables and use them further down. What a page takes as given is in the
environment, as `./dev up` prints it: SAGA_SERVER, SAGA_KEY, the account of a real world, and the
programs on the PATH. A block that fails, fails the page, with what it printed. What a block marked
`output` shows must have been printed by the page's commands, in this order: ids, times and counts
apart, lines between them too, and `…` stands for the rest of a line.

docs/tutorials/first-participant-in-c.md installs a library; tests/sdk runs its commands, in a prefix
of its own.

test_docs.py BIN [PAGE ...]
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

import world
from transcript import missing_line

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|output)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE = 600
ELSEWHERE = {"first-participant-in-c.md"}
NOBODY_QUEUES = {"operate-with-sagactl.md", "run-a-batch.md"}


def pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page, kind):
    return [text for mark, text in BLOCK.findall(page.read_text()) if mark == kind]


class Docs(unittest.TestCase):
    def open_world(self, page):
        """On some pages nobody does the queue, so that there is something to look for."""
        self.world = world.World(participants=page.name not in NOBODY_QUEUES)
        self.addCleanup(self.world.close)
        if page.name in NOBODY_QUEUES:
            self.world.start_participant("auth")
            self.world.start_participant("billing")

    def environment(self):
        return dict(
            os.environ,
            PATH=f"{world.bin_folder()}:{os.environ['PATH']}",
            SAGA_SERVER=self.world.ready["http"],
            SAGA_KEY=self.world.ready["operator_key"],
            ACCOUNT_SID=self.world.account,
            AUTH_TOKEN=self.world.token,
            WORLD=str(self.world.dir),
            TMPDIR=self.world.scratch,
            SAGAD_WORLD=str(pathlib.Path(self.world.scratch) / "up"),
            SAGAD_HTTP="127.0.0.1:0",
        )

    def type(self, script):
        """How it ended, and what was printed. Whatever it leaves behind holds up the end, and ends
        with the patience."""
        shell = subprocess.Popen(["bash", "-c", script], cwd=ROOT, env=self.environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            printed = shell.communicate(timeout=PATIENCE)[0]
            return shell.returncode, printed
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            return f"not within {PATIENCE} s", shell.communicate()[0]

    def run_page(self, page):
        self.open_world(page)
        trace = pathlib.Path(self.world.scratch) / "trace"
        script = (f"set -euo pipefail\nexec 9>{trace}; BASH_XTRACEFD=9; set -x\n"
                  + "\n".join(blocks(page, "sh")))
        code, printed = self.type(script)
        said = f"{page.name}:\n{trace.read_text()[-1000:]}\n{printed[-4000:]}"
        self.assertEqual(code, 0, said)
        self.assertIsNone(missing_line("\n".join(blocks(page, "output")), printed), said)


class Outputs(unittest.TestCase):
    def test_what_was_not_printed_or_in_another_order_is_missed(self):
        printed = "done after 12ms\nthen this\nthe end is {1, 2, 3}\n"
        for shown, missing in (("done after 7ms", None), ("then this\ndone after N", "done after N"),
                               ("the end is {…}", None), ("the end", "the end"),
                               ("then this\nthen this", "then this")):
            self.assertEqual(missing_line(shown, printed), missing)


def add_test(page):
    def test(self):
        self.run_page(page)
    name = str(page.relative_to(ROOT).with_suffix("")).lower()
    setattr(Docs, "test_" + name.replace("/", "_").replace("-", "_"), test)


for each in pages():
    if blocks(each, "sh") and each.name not in ELSEWHERE:
        add_test(each)


if __name__ == "__main__":
    world.main()
