#!/usr/bin/env python3
"""A participant that is not there, and one that is there but does not answer."""

import json
import os
import signal
import time
import unittest

import world


def timed_message(server, key=None):
    begin = time.monotonic()
    answer = server.message(key=key)
    return answer, time.monotonic() - begin


def quickest(server, took, bound):
    """A machine that is busy with other tests can hold up any one answer, but not all of ten."""
    for _ in range(9):
        if took >= bound:
            took = min(took, timed_message(server)[1])
    return took


class NoWorker(unittest.TestCase):
    def setUp(self):
        self.world = world.World(participants=False)
        self.addCleanup(self.world.close)
        self.world.start_participant("auth")
        self.world.start_participant("billing")

    def test_a_missing_service_turns_the_message_back_and_the_key_is_free_again(self):
        before = self.world.books()["accounts"]
        answer, took = timed_message(self.world, "later")
        self.assertEqual((answer.status, answer.json["code"]), (503, 20503), answer.body)
        self.assertRegex(answer.json["sid"], r"^SM[0-9a-f]{32}$")
        self.assertIn("retry-after", answer.headers)
        self.assertLess(quickest(self.world, took, 0.5), 0.5)
        self.world.wait_phase(answer.json["sid"], "compensated")
        self.assertEqual(self.world.settled_books()["accounts"], before)

        self.world.start_participant("messaging")
        again = self.world.message(key="later")
        self.assertEqual(again.status, 201, again.body)
        self.assertNotEqual(again.json["sid"], answer.json["sid"])
        saga = self.world.wait_phase(again.json["sid"], "completed")
        self.assertEqual(saga["previous"], self.world.show(answer.json["sid"])["id"])

    def test_what_waits_for_a_worker_is_listed_and_explained(self):
        given = {"account_sid": self.world.account, "to": self.world.TO,
                 "from": self.world.FROM, "body": "hello"}
        saga = self.world.sagactl("start", "send_message", "-i", json.dumps(given)).stdout.strip()

        def stuck():
            rows = json.loads(self.world.sagactl("list", "--stuck", "-o", "json").stdout)
            return [row for row in rows if row["id"] == saga]
        row = world.until(stuck, "the saga is listed as stuck")[0]
        self.assertEqual(row["condition"]["name"], "no-worker")
        self.assertEqual(row["condition"]["subject"], "messaging")
        why = self.world.sagactl("why", saga).stdout
        self.assertIn("no-worker: messaging", self.world.sagactl("list", "--stuck").stdout)
        self.assertIn("messaging", why)
        self.world.start_participant("messaging")
        self.world.wait_phase(saga, "completed")


class Stopped(world.WorldTest):
    def test_a_stopped_participant_leaves_it_accepted_and_completes_when_resumed(self):
        self.check(lambda pid: os.kill(pid, signal.SIGCONT))

    def test_a_stopped_participant_leaves_it_accepted_and_completes_when_restarted(self):
        self.check(lambda pid: os.kill(pid, signal.SIGKILL))

    def check(self, mend):
        pid = self.world.read_ready()["pids"]["messaging"]
        os.kill(pid, signal.SIGSTOP)
        try:
            answer, took = timed_message(self.world)
            self.assertEqual((answer.status, answer.json["status"]), (201, "accepted"))
            self.assertLess(quickest(self.world, took, 0.6), 0.6)
            self.assertEqual(self.world.show(answer.json["sid"])["phase"], "running")
        finally:
            mend(pid)
        self.world.wait_phase(answer.json["sid"], "completed")
        # The ready file names the process that serves now.
        world.until(lambda: world.alive(self.world.read_ready()["pids"]["messaging"]),
                    "messaging runs")


if __name__ == "__main__":
    world.main()
