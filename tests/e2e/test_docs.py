#!/usr/bin/env python3
"""Every command in README.md and docs/ runs as it is written.

A fenced block marked `sh` is run by bash, line for line, in the order of its page, in one shell per
page: so a page may set variables and use them further down. What a page takes as given is in the
environment: SAGA_SERVER, SAGA_KEY and the account of a real world, and the programs on the PATH. A
block that fails, fails the page, with what it printed.

docs/writing-a-participant.md installs a library; tests/sdk runs its commands, in a prefix of its own.

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
ELSEWHERE = {"writing-a-participant.md"}


def pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page):
    return BLOCK.findall(page.read_text())


class Docs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One message stays undone, for pages that look for what is stuck: nobody does its queue.
        cls.world = world.World(participants=False)
        cls.world.start_participant("auth")
        cls.world.start_participant("billing")

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def environment(self):
        secret = pathlib.Path(self.world.scratch) / "messaging.secret"
        secret.write_text(self.world.ready["participant_secrets"]["messaging"])
        return dict(
            os.environ,
            PATH=f"{world.bin_folder()}:{os.environ['PATH']}",
            SAGA_SERVER=self.world.ready["http"],
            SAGA_KEY=self.world.ready["operator_key"],
            ACCOUNT=self.world.account,
            TOKEN=self.world.token,
            WORLD=str(self.world.dir),
            WORKERS=self.world.ready["participants_url"],
            SECRET_FILE=str(secret),
            SAGAD_WORLD=str(pathlib.Path(self.world.scratch) / "up"),
            SAGAD_HTTP="127.0.0.1:0",
        )

    def run_page(self, page):
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
