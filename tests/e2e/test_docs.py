#!/usr/bin/env python3
"""Every command in README.md and docs/ runs as it is written.

A fenced block marked `sh` is run by bash, line for line, in the order of its page, in one shell per
page: so a page may set variables and use them further down. What a page takes as given is in the
environment, as `./dev up` prints it: SAGA_SERVER, SAGA_KEY, the account of a real world, and the
programs on the PATH. A block that fails, fails the page, with what it printed.

docs/tutorials/first-participant-in-c.md installs a library; tests/sdk runs its commands, in a prefix
of its own.

test_docs.py BIN [PAGE ...]
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

import world

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE = 600
ELSEWHERE = {"first-participant-in-c.md"}
NOBODY_QUEUES = {"operate-with-sagactl.md"}


def pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page):
    return BLOCK.findall(page.read_text())


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

    def run_page(self, page):
        self.open_world(page)
        script = "set -euo pipefail\n" + "\n".join(blocks(page))
        done = subprocess.run(["bash", "-x", "-c", script], cwd=ROOT, env=self.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, f"{page.name}:\n{done.stdout[-4000:]}")


def add_test(page):
    def test(self):
        self.run_page(page)
    setattr(Docs, f"test_{page.stem.lower().replace('-', '_')}", test)


for each in pages():
    if blocks(each) and each.name not in ELSEWHERE:
        add_test(each)


if __name__ == "__main__":
    world.main()
