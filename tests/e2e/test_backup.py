#!/usr/bin/env python3
"""Backups of a server at work: what was acknowledged before one began is in it, and goes on where
it is restored; one that is interrupted, however that happens, leaves nothing behind."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest

import world

SENDERS = 20
BALLAST = 400  # MiB in the store, so that a backup lasts a second or two.


class Load:
    """Messages, one after another by each sender, until it is stopped."""

    def __init__(self, place):
        self.world, self.ended, self.lock = place, threading.Event(), threading.Lock()
        self.sids = {}  # In the order of their answers: sid → key.
        self.threads = [threading.Thread(target=self.send, args=(i,)) for i in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self, sender):
        number = 0
        while not self.ended.is_set():
            number += 1
            key = f"backup-{sender}-{number}"
            answer = self.world.message(key=key)
            if answer.status == 201:
                with self.lock:
                    self.sids[answer.json["sid"]] = key

    def acknowledged(self):
        with self.lock:
            return dict(self.sids)

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class UnderLoad(unittest.TestCase):
    def setUp(self):
        self.world = world.World(rate=2000)
        self.addCleanup(self.world.close)

    def restored(self, backup):
        """The same world as it stands now, with the server's store as it was."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-restored-")) / "world"
        self.addCleanup(shutil.rmtree, folder.parent, True)
        shutil.copytree(self.world.dir, folder, ignore=shutil.ignore_patterns(
            "saga.db*", "*.sock", "lock", "backups"))
        self.world.run("sagad", "restore", "--data", folder, backup)
        place = world.World(rate=2000, folder=folder)
        self.addCleanup(place.close)
        return place

    def test_what_was_acknowledged_before_is_in_it_and_goes_on_elsewhere(self):
        load = Load(self.world)
        self.addCleanup(load.stop)
        world.until(lambda: len(load.acknowledged()) > 100, "messages go through")
        before = load.acknowledged()
        report = json.loads(self.world.sagactl("server", "backup", "busy", "-o", "json").stdout)
        after = len(load.acknowledged())
        world.until(lambda: len(load.acknowledged()) > after, "messages go through still")
        load.stop()
        self.assertEqual(report["state"], "done")
        self.assertEqual(report["sha256"], sha256(report["file"]))
        manifest = json.loads(pathlib.Path(report["file"]).with_suffix(".json").read_text())
        self.assertEqual(manifest["sha256"], report["sha256"])
        self.assertEqual(manifest["records"], report["records"])
        world.until(lambda: self.world.metric("saga_sagas_live") == 0, "everything ends")
        ended = {sid: self.world.look(sid) for sid in before}
        self.world.stop()

        place = self.restored(report["file"])
        for sid, key in before.items():
            saga = place.wait_phase(sid, "completed", "compensated")
            self.assertEqual(saga["id"], ended[sid]["id"])
            self.assertEqual(saga["phase"], ended[sid]["phase"])
            again = place.message(key=key)
            self.assertEqual((again.status, again.json["sid"]), (201, sid))
        world.until(lambda: place.metric("saga_sagas_live") == 0, "everything ends")
        books = place.books()
        self.assertEqual(books["duplicate_captures"], 0)
        self.assertTrue(books["conserved"])
        self.assertEqual([account["reserved"] for account in books["accounts"]], [0])


class Interrupted(unittest.TestCase):
    def setUp(self):
        self.world = world.World(participants=False)
        self.addCleanup(self.world.close)
        self.world.stop()
        database = sqlite3.connect(self.world.dir / "saga.db")
        with database:
            for number in range(BALLAST):
                database.execute("INSERT INTO payload VALUES (900, ?, zeroblob(?))",
                                 (number + 1, 1 << 20))
        database.close()
        self.world.start()
        self.folder = self.world.dir / "backups"

    def ask(self, method, path, body=None):
        return self.world.request(method, path, body and json.dumps(body), dict(
            self.world.operator(), **{"Content-Type": "application/json"}))

    def begin(self, name):
        answer = self.ask("POST", "/v1/server/backups", {"name": name})
        self.assertEqual(answer.status, 202, answer.body)
        self.assertEqual(answer.headers["location"], f"/v1/server/backups/{name}")
        world.until(lambda: (self.folder / f"{name}.db.partial").exists(), "it has begun")

    def state(self, name):
        return self.ask("GET", f"/v1/server/backups/{name}").json["state"]

    def expect_nothing_left(self, name):
        self.assertEqual([path.name for path in self.folder.iterdir()
                          if path.name.startswith(name)], [])

    def test_only_one_at_a_time_and_it_can_be_stopped(self):
        self.begin("first")
        second = self.ask("POST", "/v1/server/backups", {"name": "second"})
        self.assertEqual((second.status, second.json["code"]), (409, "under_way"))
        self.assertEqual(self.world.sagactl("server", "backup", "second", check=False).returncode, 4)
        self.assertEqual(self.ask("POST", "/v1/server/backups/other/stop").status, 404)
        self.assertEqual(self.ask("POST", "/v1/server/backups/first/stop").status, 202)
        world.until(lambda: self.state("first") == "stopped", "it is stopped")
        self.expect_nothing_left("first")

    def test_ctrl_c_stops_it(self):
        run = subprocess.Popen(
            [world.bin_folder() / "sagactl", "server", "backup", "mine"], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"SAGA_SERVER": self.world.ready["http"],
                 "SAGA_KEY": self.world.ready["operator_key"]})
        world.until(lambda: (self.folder / "mine.db.partial").exists(), "it has begun")
        run.send_signal(signal.SIGINT)
        out, told = run.communicate(timeout=60)
        self.assertEqual((run.returncode, out), (1, ""))
        self.assertIn("no backup was made: it was stopped", told)
        self.expect_nothing_left("mine")

    def test_a_killed_server_removes_what_it_left(self):
        self.begin("lost")
        self.world.kill()
        self.assertTrue((self.folder / "lost.db.partial").exists())
        self.world.start()
        self.expect_nothing_left("lost")
        self.assertEqual(self.ask("GET", "/v1/server/backups/lost").status, 404)
        report = json.loads(self.world.sagactl("server", "backup", "lost", "-o", "json").stdout)
        self.assertEqual(report["sha256"], sha256(report["file"]))

    def test_a_server_that_is_told_to_end_does_not_wait_for_it(self):
        self.begin("late")
        self.assertEqual(self.world.stop(), 0)
        self.expect_nothing_left("late")

    def test_a_backup_is_never_replaced(self):
        self.world.sagactl("server", "backup", "kept")
        digest = sha256(self.folder / "kept.db")
        again = self.world.sagactl("server", "backup", "kept", check=False)
        self.assertEqual(again.returncode, 4)
        self.assertIn("kept.db exists", again.stderr)
        self.assertEqual(sha256(self.folder / "kept.db"), digest)

    def restore(self, *words):
        return self.world.run("sagad", "restore", *words, check=False)

    def test_only_what_its_manifest_says_is_restored_and_only_where_there_is_no_store(self):
        self.world.sagactl("server", "backup", "good")
        backup, data = self.folder / "good.db", self.world.dir.parent / "restored"
        done = self.restore("--data", data, backup)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sha256(data / "saga.db"), sha256(backup))
        again = self.restore("--data", data, backup)
        self.assertEqual(again.returncode, 1)
        self.assertIn("there is a store already", again.stderr)
        used = self.restore("--data", self.world.dir, backup)
        self.assertIn("is used by a server", used.stderr)

        with open(backup, "r+b") as file:
            file.seek(100000)
            file.write(b"?")
        changed = self.restore("--data", data.parent / "other", backup)
        self.assertEqual(changed.returncode, 1)
        self.assertIn("is not what its manifest says", changed.stderr)
        self.assertFalse((data.parent / "other" / "saga.db").exists())
        backup.with_suffix(".json").unlink()
        self.assertIn("--unchecked", self.restore("--data", data.parent / "other", backup).stderr)
        taken = self.restore("--data", data.parent / "other", "--unchecked", backup)
        self.assertEqual(taken.returncode, 0)

    def test_names_are_checked(self):
        for name in ("", "..", ".x", "a/b", "../up", "x" * 60, 7):
            answer = self.ask("POST", "/v1/server/backups", {"name": name})
            self.assertEqual(answer.status, 400, name)
        self.assertEqual(self.ask("GET", "/v1/server/backups/..%2Fsaga").status, 404)
        named = self.world.sagactl("server", "backup", "-o", "name").stdout
        self.assertRegex(os.path.basename(named), r"^saga-\d{8}T\d{6}Z\.db\n$")


if __name__ == "__main__":
    world.main()
