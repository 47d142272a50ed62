#!/usr/bin/env python3
"""Find what is stuck, see why, act: each kind of trouble, and the verb that `why` suggests.

The transcripts of docs/how-to/release-what-is-stuck.md are what is typed and printed here; they are
compared with the page, but for ids, times and counts. `test_stuck.py BIN --write` writes the page's
transcripts anew.
"""

import pathlib
import shlex
import unittest

import world
from http_service import Serve, Service, says
from transcript import Transcript

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/how-to/release-what-is-stuck.md"

DEFINITION = """\
saga: ship
deadline: 3s
steps:
  - {name: book, participant: parcel, undo: unbook, timeout: 300ms}
  - {name: hand_over, participant: parcel, pivot: true, timeout: 300ms}
  - {name: notify, participant: parcel, timeout: 300ms}
retry: {attempts: 3, base: 50ms, factor: 2, max: 1s}
guarded: [parcel]
"""
SLOW = """\
saga: ship_slowly
deadline: 90s
steps:
  - {name: book, participant: parcel, undo: unbook, timeout: 1s}
  - {name: print, participant: printer, undo: unprint, timeout: 1s}
  - {name: hand_over, participant: parcel, pivot: true, timeout: 1s}
guarded: [parcel]
"""
PATIENT = """\
saga: ship_patiently
deadline: 90s
steps:
  - {name: book, participant: parcel, undo: unbook}
  - {name: weigh, participant: parcel, undo: forget}
  - {name: hand_over, participant: parcel, pivot: true}
guarded: [parcel]
"""


class Stuck(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)
        self.world = StuckServer(f"http://127.0.0.1:{self.service.port}")
        self.addCleanup(self.world.close)

    def start(self, definition="ship"):
        return self.world.sagactl("start", definition, "-i", "{}").stdout.strip()

    def wait_listed(self, saga, condition):
        """list --stuck shows it, with this condition."""
        def listed():
            rows = self.world.sagactl("list", "--stuck", "-q", f"condition={condition}", "-o",
                                      "name").stdout.split()
            return saga in rows
        world.until(listed, f"{saga} is listed as {condition}")

    def look(self, name, saga, condition):
        """The page's transcript so far: what is stuck, and why."""
        transcript = Transcript(self, PAGE, name)
        self.wait_listed(saga, condition)
        self.assertIn(saga, transcript.type("list", "--stuck", "--columns",
                                            "id,definition,phase,condition,step,for"))
        self.assertIn("Try: ", transcript.type("why", saga))
        return transcript

    def mend(self, transcript, saga, verb, phase, reason="the service is mended"):
        """By the verb that `why` suggests, word for word."""
        suggested = [line for line in self.world.sagactl("why", saga).stdout
                     .splitlines()[-1].removeprefix("Try: ").split(" · ")
                     if line.startswith(f"sagactl {verb} ")]
        self.assertTrue(suggested, f"why suggests no {verb}")
        words = shlex.split(suggested[0].replace("…", reason))[1:]
        transcript.type(*words)
        self.world.wait_phase(saga, phase)
        transcript.compare()
        self.assertEqual(self.world.sagactl("list", "--stuck", "-o", "name").stdout, "")

    def test_no_worker(self):
        saga = self.start("ship_slowly")
        transcript = self.look("no worker", saga, "no-worker")
        self.mend(transcript, saga, "cancel", "compensated", "nobody prints before Monday")
        self.assertEqual(len(self.service.requests("unbook")), 1)

    def test_a_refused_undo(self):
        self.service.script("hand_over", says(422, b'{"code": "too_heavy"}'))
        self.service.script("unbook", says(422, b'{"code": "gone", "detail": "The van has left."}'))
        saga = self.start()
        transcript = self.look("refused undo", saga, "parked")
        self.mend(transcript, saga, "retry", "compensated")

    def test_a_pivot_of_which_nobody_knows_whether_it_was_done(self):
        self.service.always("hand_over", says(500))
        saga = self.start()
        transcript = self.look("unknown pivot", saga, "overdue")
        self.mend(transcript, saga, "resolve", "completed", "the van has it, says the driver")
        self.assertEqual(len(self.service.requests("notify")), 1)

    def test_a_deadline_that_is_near(self):
        self.service.script("weigh", says(503, b"", ("Retry-After", "3600")))
        saga = self.start("ship_patiently")
        transcript = self.look("deadline near", saga, "sleeping")
        self.mend(transcript, saga, "retry", "completed", "the scales are free")

    def test_a_paused_saga(self):
        self.service.script("book", says(503, b"", ("Retry-After", "2")))
        saga = self.start()
        world.until(lambda: self.world.condition(saga) in ("retrying", "sleeping"), "it waits")
        self.world.sagactl("pause", saga, "--reason", "the carrier is being mended")
        transcript = self.look("paused", saga, "paused")
        self.mend(transcript, saga, "resume", "completed")

    def test_a_definition_that_cannot_work(self):
        self.service.always("notify", says(404, b'{"code": "no_such_operation"}'))
        sagas = [self.start() for _ in range(3)]
        transcript = Transcript(self, PAGE, "poison definition")
        for saga in sagas:
            self.wait_listed(saga, "parked")
        transcript.type("list", "--stuck", "--columns", "definition,step,condition,code")
        self.assertIn("sagactl skip", transcript.type("why", sagas[0]))
        transcript.type("batch", "skip", "notify", "-q", "definition=ship,condition=parked",
                        "--reason", "nobody answers notify yet", "--rate", "100/s", "-o", "name")
        for saga in sagas:
            self.world.wait_phase(saga, "completed")
        transcript.compare()


class StuckServer(Serve):
    """The server of an HTTP participant, and one more whose workers have not come yet."""

    def __init__(self, url):
        self.secret = None
        super().__init__(url, definition=DEFINITION)

    def configure(self):
        super().configure()
        folder = pathlib.Path(self.scratch)
        (folder / "sagas/ship_slowly.yaml").write_text(SLOW)
        (folder / "sagas/ship_patiently.yaml").write_text(PATIENT)
        _, self.secret, _, digest = self.run("sagad", "key").stdout.split()
        config = folder / "sagad.yaml"
        config.write_text(config.read_text().rstrip().removesuffix("]") +
                          f", {{name: printer, secret_sha256: '{digest}'}}]\n")


if __name__ == "__main__":
    world.main()
