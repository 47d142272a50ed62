#!/usr/bin/env python3
"""The audit: who did what, whether it is as it was written, and what a changed byte does to it.

The transcripts of docs/how-to/read-the-audit.md are what is typed and printed here.
`test_audit.py BIN --write` writes them anew.
"""

import json
import os
import pathlib
import unittest

import world
from http_service import ACCOUNT, Serve
from transcript import Transcript

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/how-to/read-the-audit.md"
NOBODY = "http://127.0.0.1:9"  # Its sagas wait, so that each can be acted on.
DEFINITION = """\
saga: ship
deadline: 10m
steps:
  - {name: book, participant: parcel, undo: unbook}
  - {name: hand_over, participant: parcel, pivot: true}
  - {name: notify, participant: parcel}
guarded: [parcel]
"""
REASON = "the carrier is being mended"


class AuditServer(Serve):
    """Two operators, and one who only looks."""

    def __init__(self):
        self.keys = {}
        super().__init__(NOBODY, definition=DEFINITION)

    def configure(self):
        super().configure()
        config = pathlib.Path(self.scratch) / "sagad.yaml"
        operators = []
        for name, role in (("ada", "operator"), ("bob", "admin"), ("eve", "viewer")):
            _, self.keys[name], _, digest = self.run("sagad", "key").stdout.split()
            operators.append(f"{{name: {name}, key_sha256: '{digest}', role: {role}}}")
        config.write_text(config.read_text().replace("operators: [",
                                                     f"operators: [{', '.join(operators)}, "))

    def sagactl(self, *words, check=True, by=None):
        key = self.keys[by] if by else self.operator_key
        return self.run("sagactl", *words, check=check,
                        env=dict(os.environ, SAGA_SERVER=self.ready["http"], SAGA_KEY=key))

    def act(self, by, verb, saga, *more, reason=REASON, check=True):
        return self.sagactl(verb, saga, *more, "--actor", "laptop", "--reason", reason, by=by,
                            check=check).returncode

    def entries(self, *words):
        return json.loads(self.sagactl("audit", "list", "-o", "json", *words).stdout)

    def check(self, *words):
        """The exit code, what was found, and what was said of it."""
        run = self.sagactl("audit", "verify", "-o", "json", *words, check=False)
        return run.returncode, json.loads(run.stdout), run.stderr

    def change_byte(self, reason):
        """Another letter in the reason of the entry: its field 12, whereas an event's is 14.

        The server is started once more, so that its log is in the file and nowhere else."""
        self.stop()
        self.start()
        self.stop()
        store = pathlib.Path(self.scratch) / "data/saga.db"
        data = bytearray(store.read_bytes())
        mark = bytes([12 << 3 | 2, len(reason)]) + reason.encode()
        if data.count(mark) != 1:
            raise AssertionError(f"{reason!r} is there {data.count(mark)} times")
        data[data.index(mark) + 2] ^= 0x20
        store.write_bytes(data)


class Audit(unittest.TestCase):
    def setUp(self):
        self.world = AuditServer()
        self.addCleanup(self.world.close)

    def test_every_verb_is_told_with_who_and_why(self):
        first, second = self.world.ship(), self.world.ship()
        self.assertEqual(self.world.act("ada", "pause", first), 0)
        self.assertEqual(self.world.act("bob", "resume", first), 0)
        self.assertEqual(self.world.act("bob", "resume", first, check=False), 4)
        self.assertEqual(self.world.act("eve", "pause", second, check=False), 5)
        self.assertEqual(self.world.act("ada", "skip", second, "notify"), 0)

        listed = Transcript(self, PAGE, "list")
        listed.type("audit", "list")
        listed.type("audit", "list", "--verb", "pause", "-o", "wide", by="eve")
        listed.compare()
        entries = self.world.entries()
        self.assertEqual([(e["number"], e["actor"], e["verb"], e["outcome"]) for e in entries], [
            (4, "ada/laptop", "skip", "accepted"), (3, "bob/laptop", "resume", "refused"),
            (2, "bob/laptop", "resume", "accepted"), (1, "ada/laptop", "pause", "accepted")])
        self.assertEqual({e["reason"] for e in entries}, {REASON})
        self.assertEqual([e["saga"] for e in entries], [second, first, first, first])
        self.assertEqual((entries[0]["step"], entries[0]["before"]["state"],
                          entries[0]["after"]["state"]), ("notify", "pending", "skipped"))
        self.assertEqual((entries[3]["before"]["hold"], entries[3]["after"]["hold"]),
                         ("none", "paused"))
        self.assertEqual((entries[3]["credential"], entries[3]["role"]), ("ada", "operator"))

        def numbers(*words):
            return [entry["number"] for entry in self.world.entries(*words)]
        self.assertEqual(numbers("--actor", "bob"), [3, 2])
        self.assertEqual(numbers(first, "--verb", "resume"), [3, 2])
        self.assertEqual(numbers("--since", "1h"), [4, 3, 2, 1])
        self.assertEqual(numbers("--until", "1h"), [])
        self.assertEqual(numbers("--limit", "1"), [4])
        self.assertEqual(numbers("--since", entries[1]["time"], "--limit", "2"), [4, 3])

    def test_a_backup_is_told_too(self):
        made = json.loads(self.world.sagactl("server", "backup", "nightly", "-o", "json",
                                             by="bob").stdout)
        self.assertEqual(made["state"], "done")
        [entry] = self.world.entries("--verb", "backup")
        self.assertEqual((entry["actor"], entry["role"], entry["outcome"], entry["detail"]),
                         ("bob", "admin", "accepted", "nightly"))
        self.assertNotIn("saga", entry)
        self.assertEqual(self.world.check()[0], 0)

    def test_an_account_does_not_see_it(self):
        account = self.world.basic(ACCOUNT, self.world.operator_key)
        answer = self.world.request("GET", "/v1/audit", headers=account)
        self.assertEqual(answer.status, 403)

    def test_what_was_acted_is_told_also_after_a_crash(self):
        saga = self.world.ship()
        for i in range(6):
            self.assertEqual(self.world.act("ada", "resume" if i % 2 else "pause", saga), 0)
            self.world.kill()
            self.world.start()
        code, found, _ = self.world.check()
        self.assertEqual((code, found["checked"], found["broken"]), (0, 6, None))
        events = self.world.request("GET", f"/v1/sagas/{saga}/events",
                                    headers=self.world.operator()).json["events"]
        self.assertEqual(sum(event["type"] in ("pause", "resume") for event in events), 6)

    def test_a_head_that_was_noted_is_found_again(self):
        saga = self.world.ship()
        empty = self.world.sagactl("audit", "verify", "-o", "name").stdout.strip()
        self.assertEqual(self.world.check("--head", empty)[0], 0)
        self.world.act("ada", "pause", saga)
        self.assertEqual(self.world.check("--head", empty)[0], 0)
        checked = Transcript(self, PAGE, "verify")
        head = checked.type("audit", "verify").split()[-1]
        self.world.act("bob", "resume", saga)
        checked.type("audit", "verify", "--head", head)
        checked.compare()
        self.assertEqual(self.world.sagactl("audit", "verify", "-o", "name", "--head",
                                            "5" * 64, check=False).returncode, 1)
        self.assertEqual(self.world.sagactl("audit", "verify", "--head", "0",
                                            check=False).returncode, 2)

    def test_a_changed_byte_is_named(self):
        saga = self.world.ship()
        for i, reason in enumerate(("to look", "looked", "to look again", "done looking")):
            self.world.act("ada", "resume" if i % 2 else "pause", saga, reason=reason)
        self.assertEqual(self.world.check()[0], 0)
        self.world.change_byte("to look again")
        self.world.start()

        broken = Transcript(self, PAGE, "broken")
        broken.type("audit", "verify", check=False)
        broken.compare()
        code, found, said = self.world.check()
        self.assertEqual((code, found["checked"], found["broken"]["number"]), (1, 2, 3))
        self.assertIn("broken at entry 3", said)
        self.assertEqual(self.world.act("ada", "pause", saga), 0)  # The sagas go on.

    def test_a_last_entry_that_was_changed_keeps_the_server_from_starting(self):
        self.world.act("ada", "pause", self.world.ship(), reason="the last word")
        self.world.change_byte("the last word")
        self.world.start(wait=False)
        self.assertNotEqual(self.world.server.wait(world.PATIENCE), 0)
        self.assertIn("cannot recover the stream of the audit: corrupt data", self.world.logs())


if __name__ == "__main__":
    world.main()
