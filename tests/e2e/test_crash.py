#!/usr/bin/env python3
"""Kill a process at many moments under load: what was answered exists and ends, once.

test_crash.py BIN [--kills N] [--seed S] [--victim NAME]: without arguments 20 kills of the server
and 5 of each participant; the seed is printed, and gives the same moments again.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
import unittest

import world

IN_FLIGHT = 50
OPTIONS = argparse.Namespace(kills=20, participant_kills=5, seed=int(time.time()))


class Load:
    """So many threads that send one message after another, and remember every sid they were told."""

    def __init__(self, place):
        self.world = place
        self.sids = set()
        self.unknown = {}  # Keys whose answer was lost, with what was asked.
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.count = 0
        self.threads = [threading.Thread(target=self.send, args=(i,)) for i in range(IN_FLIGHT)]
        for thread in self.threads:
            thread.start()

    def send(self, sender):
        number = 0
        while not self.ended.is_set():
            number += 1
            key = f"crash-{sender}-{number}"
            answer = self.once(key)
            while answer is None and not self.ended.is_set():
                time.sleep(0.05)
                answer = self.once(key)
            if answer is None:
                with self.lock:
                    self.unknown[key] = True

    def once(self, key):
        """The answer, or None when there was none and the same key has to be sent again."""
        try:
            answer = self.world.message(key=key, timeout=20)
        except OSError:
            return None
        except Exception as problem:  # A connection that broke in the middle of an answer.
            if type(problem).__module__.startswith("http"):
                return None
            raise
        if answer.status == 201 or (answer.status == 503 and b'"sid"' in answer.body):
            with self.lock:
                self.sids.add(answer.json["sid"])
                self.count += 1
            return answer
        if answer.status in (500, 503):
            return None
        raise AssertionError(f"{key}: {answer.status} {answer.body}")

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class Crash(world.WorldTest):
    WORLD = {"rate": 2000}

    def check(self, kill, kills):
        moments = random.Random(OPTIONS.seed)
        load = Load(self.world)
        try:
            for _ in range(kills):
                before = load.count
                world.until(lambda: load.count > before + 5, "messages go through")
                time.sleep(moments.uniform(0.0, 0.3))  # The moment, not luck: any will do.
                kill()
        finally:
            load.stop()
        self.assertGreater(len(load.sids), kills)
        ended = {sid: self.world.wait_phase(sid, "completed", "compensated", patience=120)
                 for sid in load.sids}
        world.until(lambda: self.world.metric("saga_sagas_live") == 0, "everything ends", 120)
        books = self.world.books()
        self.assertEqual(books["duplicate_captures"], 0)
        self.assertTrue(books["conserved"])
        self.assertEqual([account["reserved"] for account in books["accounts"]], [0])
        completed = [sid for sid, saga in ended.items() if saga["phase"] == "completed"]
        charged = {message["sid"] for message in self.world.books(by_message=True)["messages"]
                   if message["captures"] == 1}
        self.assertTrue(set(completed) <= charged)
        print(f"  {len(load.sids)} messages, {len(completed)} completed, {kills} kills",
              file=sys.stderr)

    def test_the_server(self):
        def kill():
            self.world.kill()
            self.world.start()
        self.check(kill, OPTIONS.kills)

    def check_participant(self, name):
        def kill():
            pid = self.world.read_ready()["pids"][name]
            os.kill(pid, signal.SIGKILL)
            world.until(lambda: self.world.read_ready()["pids"][name] != pid,
                        f"{name} is started again")
        self.check(kill, OPTIONS.participant_kills)

    def test_auth(self):
        self.check_participant("auth")

    def test_billing(self):
        self.check_participant("billing")

    def test_messaging(self):
        self.check_participant("messaging")


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        os.environ["SAGAD_BIN"] = sys.argv.pop(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=OPTIONS.kills)
    parser.add_argument("--participant-kills", type=int, default=OPTIONS.participant_kills)
    parser.add_argument("--seed", type=int, default=OPTIONS.seed)
    OPTIONS, rest = parser.parse_known_args()
    print(f"seed {OPTIONS.seed}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
