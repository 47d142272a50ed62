#!/usr/bin/env python3
"""Every command in README.md and docs/ runs as it is written.

A fenced block marked `sh` is run by bash, line for line, in the order of its page, in one shell per
page whose folder is a copy of the tree: so a page may set variables and use them further down. What a
page takes as given is in the environment: SAGA_SERVER, SAGA_KEY and the account of a real world, and
the programs on the PATH. A block that fails, fails the page, with what it printed.

test_docs.py BIN [PAGE ...]
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import world

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE = 600


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
        cls.tree = pathlib.Path(cls.world.scratch) / "tree"
        listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                                capture_output=True, text=True, check=True).stdout.split("\n")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                (cls.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, cls.tree / name)
        (cls.tree / "build").symlink_to(ROOT / "build")

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
        done = subprocess.run(["bash", "-x", "-c", script], cwd=self.tree, env=self.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, f"{page.name}:\n{done.stdout[-4000:]}")


def add_test(page):
    def test(self):
        self.run_page(page)
    setattr(Docs, f"test_{page.stem.lower().replace('-', '_')}", test)


for each in pages():
    if blocks(each):
        add_test(each)


if __name__ == "__main__":
    world.main()
