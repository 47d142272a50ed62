#!/usr/bin/env python3
"""The local world: one server per folder, children that live and die with it, a stop in time."""

import os
import re
import signal
import stat
import subprocess
import time
import unittest

import world


class LocalWorld(unittest.TestCase):
    def setUp(self):
        self.world = world.World()
        self.addCleanup(self.world.close)

    def test_a_second_server_on_the_folder_is_refused(self):
        second = subprocess.run(
            [world.bin_folder() / "sagad", "dev", "--dir", self.world.dir, "--http", "127.0.0.1:0",
             "--ready", os.path.join(self.world.scratch, "second.json")],
            capture_output=True, text=True, timeout=30)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(self.world.dir), second.stderr)
        self.assertEqual(self.world.message().status, 201)

    def test_the_ready_file_says_what_others_need(self):
        ready = self.world.ready
        self.assertRegex(ready["http"], r"^http://127\.0\.0\.1:\d+$")
        self.assertRegex(ready["participants_url"], r"^(ipc|tcp)://")
        self.assertRegex(ready["account_sid"], r"^AC[0-9a-f]{32}$")
        self.assertEqual(set(ready["participant_secrets"]), {"auth", "billing", "messaging"})
        self.assertEqual(ready["pids"]["sagad"], self.world.server.pid)
        self.assertEqual(stat.S_IMODE(os.stat(self.world.dir).st_mode), 0o700)

    def test_children_die_with_the_server_and_come_back_when_they_die_alone(self):
        pid = self.world.ready["pids"]["billing"]
        os.kill(pid, signal.SIGKILL)
        world.until(lambda: self.world.read_ready()["pids"]["billing"] != pid, "it is restarted")
        world.until(lambda: self.world.message().status == 201, "messages go through")
        self.world.kill()  # Waits for the children's end.
        self.world.start()
        self.assertEqual(self.world.message().status, 201)

    def test_sigterm_ends_within_five_seconds_under_load(self):
        for number in range(20):
            self.world.message(key=f"load-{number}")
        begin = time.monotonic()
        self.assertEqual(self.world.stop(), 0)
        self.assertLess(time.monotonic() - begin, 5.0)
        self.world.start()
        world.until(lambda: self.world.metric("saga_sagas_live") == 0, "everything ends")
        self.assertTrue(self.world.books()["conserved"])

    def test_a_long_folder_name_falls_back_to_loopback_tcp(self):
        place = world.World(folder=os.path.join(self.world.scratch, "x" * 120))
        self.addCleanup(place.close)
        self.assertRegex(place.ready["participants_url"], r"^tcp://127\.0\.0\.1:\d+$")
        self.assertEqual(place.message().status, 201)

    def test_what_is_listed_has_the_members_that_others_rely_on(self):
        sid = self.world.message().json["sid"]
        self.world.wait_phase(sid, "completed")
        saga = self.world.show(sid)
        for member in ("id", "sid", "definition", "version", "phase", "hold", "condition",
                       "created", "deadline", "steps", "events"):
            self.assertIn(member, saga)
        self.assertEqual(set(saga["events"][0]) >= {"seq", "time", "type", "step", "text"}, True)
        self.assertRegex(saga["created"], re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"))
        self.assertEqual(saga["sid"], sid)
        by_id = self.world.show(saga["id"])
        self.assertEqual(by_id["sid"], sid)


if __name__ == "__main__":
    world.main()
