#!/usr/bin/env python3
"""The three services of a message keep to the protocol, and so do their effects.

`confirm` is not among them: alone, it rightly refuses, since nothing is held.

test_reference_participants.py BIN
test_reference_participants.py BIN held FOLDER    prints what the saga in SAGA_ID holds
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import world

ACCOUNT = "AC00000000000000000000000000000001"
MESSAGE = {"account_sid": ACCOUNT, "to": "+15551234567", "from": "+15005550006", "body": "Hi"}
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
PATIENCE = 300


def sid_of(saga):
    """SM and the 128 bits of saga_…, which are written in 26 digits of five bits."""
    number = 0
    for digit in saga.removeprefix("saga_"):
        number = number * 32 + BASE32.index(digit)
    return f"SM{number:032x}"


def held_money(folder):
    """How many reservations the saga in SAGA_ID holds, by the ledger."""
    said = subprocess.run([world.bin_folder() / "participant-billing", "books", "--by-message",
                           "--dir", folder, "-o", "json"], stdout=subprocess.PIPE, check=True)
    books = json.loads(said.stdout)
    assert books["conserved"], books
    sid = sid_of(os.environ["SAGA_ID"])
    return sum(message["reserved"] > 0 for message in books["messages"] if message["sid"] == sid)


def conform(service, operation, *options):
    """The exit code of saga-conformance, and what it said."""
    with tempfile.TemporaryDirectory(prefix="sagad-reference-") as folder:
        path = pathlib.Path(folder)
        (path / "secret").write_text("s3cret\n")
        (path / "demo-account.json").write_text(json.dumps({"account_sid": ACCOUNT}))
        program = world.bin_folder() / f"participant-{service}"
        done = subprocess.run(
            [world.bin_folder() / "saga-conformance", f"ipc://{folder}/s",
             "--participant", service, "--secret-file", path / "secret",
             "--operation", operation, "--step", operation, "--account", ACCOUNT,
             "--input", json.dumps(MESSAGE), "--rounds", "20",
             "--run", f"exec {program} serve --server $SAGA_URL "
                      f"--secret-file {folder}/secret --dir {folder}",
             *(option.format(bin=world.bin_folder(), folder=folder) for option in options)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=PATIENCE)
    return done.returncode, done.stdout


# They mostly wait, each for its own service; so all of them wait at once.
RUNS = {
    "validate": lambda: conform("auth", "validate"),
    "queue": lambda: conform("messaging", "queue"),
    "quota": lambda: conform("billing", "reserve_quota", "--undo", "release_quota"),
    "money": lambda: conform("billing", "reserve_balance", "--undo", "release_balance",
                             "--effects", f"{sys.executable} {__file__} {{bin}} held {{folder}}"),
}


class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(len(RUNS)) as pool:
            runs = {name: pool.submit(run) for name, run in RUNS.items()}
        cls.runs = {name: run.result() for name, run in runs.items()}

    def expect(self, name, sentence):
        code, out = self.runs[name]
        self.assertEqual(code, 0, out)
        self.assertIn(f"\n{sentence} (seed 1)\n", out)

    def test_validate_has_nothing_to_undo(self):
        self.expect("validate", "21 ok, 0 failed, 5 skipped")

    def test_queue_has_nothing_to_undo(self):
        self.expect("queue", "21 ok, 0 failed, 5 skipped")

    def test_the_quota_is_given_back(self):
        self.expect("quota", "26 ok, 0 failed, 0 skipped")

    def test_money_is_held_once_or_not_at_all(self):
        self.expect("money", "26 ok, 0 failed, 0 skipped")


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[2] == "held":
        os.environ["SAGAD_BIN"] = sys.argv[1]
        print(held_money(sys.argv[3]))
    else:
        world.main()
