#!/usr/bin/env python3
"""Verification finds what has been altered, and where: of a server at work, of one that is
stopped, and of a backup."""

import json
import pathlib
import re
import shutil
import sqlite3
import threading
import unittest

import world

MESSAGES = 30
DAMAGES = {  # What is done to a store → what is told of it.
    "a changed byte of a record":
        ("UPDATE event SET body = cast(substr(body, 1, 20) || x'7f' || substr(body, 22) AS BLOB)"
         " WHERE stream = :saga AND sequence = 3", r"stream {saga}, record 3, record: the chain"),
    "a changed digest":
        ("UPDATE event SET digest = zeroblob(32) WHERE stream = :saga AND sequence = 2",
         r"stream {saga}, record 2, record: the chain"),
    "a deleted record":
        ("DELETE FROM event WHERE stream = :saga AND sequence = 2",
         r"stream {saga}, record 2, record: it is missing"),
    "the last record deleted":
        ("DELETE FROM event WHERE stream = :saga AND sequence ="
         " (SELECT max(sequence) FROM event WHERE stream = :saga)", r"stream {saga}, row: "),
    "a changed payload":
        ("UPDATE payload SET data = cast('{{}}' AS BLOB) WHERE stream = :saga AND sequence = 1",
         r"stream {saga}, record 1, record: its payload"),
    "a changed row":
        ("UPDATE saga SET phase = 3 WHERE number = :saga",
         r'stream {saga}, row: the row\'s column "phase"'),
    "a row that says that it is live":
        ("UPDATE saga SET live = 1 WHERE number = :saga", r'stream {saga}, row: .*"live"'),
    "a deleted row":
        ("DELETE FROM saga WHERE number = :saga", r"stream {saga}, row: the saga has no row"),
    "a deleted saga":
        ("DELETE FROM event WHERE stream = :saga",
         r"stream {saga}, row: there is a row, and no saga"),
    "a key that leads elsewhere":
        ("UPDATE {keys} SET number = number + 64 WHERE number = :saga",
         r"stream {saga}, key: the key leads to another saga"),
    "a deleted key":
        ("DELETE FROM {keys} WHERE number = :saga", r"stream {saga}, key: the saga's key is missing"),
    "a changed definition":
        ("UPDATE payload SET data = cast('saga: x' AS BLOB) WHERE stream = 2",
         r"stream 2, record 1, record: what it says"),
}


class Verify(unittest.TestCase):
    def setUp(self):
        self.world = world.World(rate=2000)
        self.addCleanup(self.world.close)
        for number in range(MESSAGES):
            self.world.message(key=f"verify-{number}")

    def settle(self):
        world.until(lambda: self.world.metric("saga_sagas_live") == 0, "every saga has ended")

    def copy(self, name):
        """The store of a server that is stopped, elsewhere."""
        folder = pathlib.Path(self.world.scratch, name)
        folder.mkdir()
        for file in self.world.dir.glob("saga.db*"):
            shutil.copy(file, folder)
        return folder / "saga.db"

    def damage(self, path, sql):
        database = sqlite3.connect(path)
        [keys] = [name for name, in database.execute(
            "SELECT name FROM sqlite_master WHERE name GLOB 'key_*' LIMIT 1")]
        saga = database.execute(
            "SELECT number FROM saga WHERE phase = 2 ORDER BY number LIMIT 1 OFFSET 4").fetchone()[0]
        with database:
            changed = database.execute(sql.format(keys=keys), {"saga": saga}).rowcount
        database.close()
        self.assertGreaterEqual(changed, 1)
        return saga

    def test_a_server_at_work_is_as_it_was_written(self):
        ended = threading.Event()

        def send():
            while not ended.is_set():
                self.world.message()
        senders = [threading.Thread(target=send) for _ in range(10)]
        for sender in senders:
            sender.start()
        try:
            for _ in range(3):
                run = self.world.sagactl("server", "verify", "-o", "json")
                report = json.loads(run.stdout)
                self.assertEqual((report["state"], report["wrong"]), ("done", None))
        finally:
            ended.set()
            for sender in senders:
                sender.join()
        self.settle()
        said = self.world.sagactl("server", "verify").stdout
        self.assertRegex(said, r"^all is as it was written: \d+ records")
        self.world.stop()
        offline = self.world.run("sagad", "verify", self.world.dir / "saga.db").stdout
        counts = re.compile(r"\d+ sagas, \d+ rows, \d+ keys")
        self.assertEqual(counts.findall(offline), counts.findall(said))

    def test_a_store_that_was_killed_and_a_backup_are_verified_and_not_changed(self):
        self.settle()
        backup = self.world.sagactl("server", "backup", "-o", "name").stdout.strip()
        refused = self.world.run("sagad", "verify", self.world.dir / "saga.db", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("ask it: sagactl server verify", refused.stderr)
        self.world.kill()
        for path in (pathlib.Path(backup), self.world.dir / "saga.db"):
            before = {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*")}
            self.assertIn("all is as it was written",
                          self.world.run("sagad", "verify", path).stdout)
            after = {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*")}
            self.assertEqual(before, after)

    def test_what_was_altered_is_found_where_it_is(self):
        self.settle()
        self.world.stop()
        for number, (what, (sql, told)) in enumerate(DAMAGES.items()):
            with self.subTest(what):
                path = self.copy(f"damaged-{number}")
                saga = self.damage(path, sql)
                run = self.world.run("sagad", "verify", path, check=False)
                self.assertEqual(run.returncode, 1, run.stdout)
                self.assertRegex(run.stdout, told.format(saga=saga))

    def test_a_server_finds_what_was_altered_while_it_was_stopped(self):
        self.settle()
        self.world.stop()
        saga = self.damage(self.world.dir / "saga.db",
                           DAMAGES["a changed byte of a record"][0])
        self.world.start()
        run = self.world.sagactl("server", "verify", check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"stream {saga}, record 3, record: the chain of digests breaks here",
                      run.stdout)
        wrong = json.loads(self.world.sagactl("server", "verify", "-o", "json",
                                              check=False).stdout)["wrong"]
        self.assertEqual((wrong["stream"], wrong["sequence"], wrong["where"]), (saga, 3, "record"))
        self.assertEqual(self.world.message().status, 201)  # The others go on.


if __name__ == "__main__":
    world.main()
