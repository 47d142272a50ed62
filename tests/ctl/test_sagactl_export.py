#!/usr/bin/env python3
"""sagactl export, against a server that answers what each test wants: the bundle and its file."""

import json
import os
import stat
import tempfile
import unittest

from fake_server import ID, RUNNING, SagactlTest

WHY = {"headline": "It waits.", "lines": [], "try": []}
DEFINITION = {"name": "send_message", "version": "abc", "participants": [{"name": "billing"}]}
PARTICIPANTS = {"participants": [{"name": "auth", "workers": 1}, {"name": "billing", "workers": 2}]}
STATUS = {"version": "9.9", "uptime_ms": 7}
ANSWERS = [(200, RUNNING), (200, WHY), (200, DEFINITION), (200, PARTICIPANTS), (200, STATUS)]


class Export(SagactlTest):
    """The bundle, and how its file comes to be."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "bundle.json")

    def names(self):
        """What stands in the folder."""
        return sorted(os.listdir(self.folder))

    def read(self):
        """The bundle in the file."""
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def test_a_bundle_holds_all_that_the_server_says(self):
        """Each part as the server gave it, and only those participants that take part."""
        run = self.expect(0, "export", ID, "-o", self.path, answers=ANSWERS)
        self.assertEqual(run.stdout, self.path + "\n")
        bundle = self.read()
        self.assertRegex(bundle.pop("exported"), r"^20\d\d-\d\d-\d\dT[\d:]{8}\.\d{3}Z$")
        self.assertRegex(bundle.pop("sagactl"), r"^\d+\.\d+\.\d+$")
        saga = {name: value for name, value in RUNNING.items() if name != "events"}
        self.assertEqual(bundle, {
            "bundle": 1, "payloads": "masked", "saga": saga, "events": RUNNING["events"],
            "why": WHY, "definition": DEFINITION, "server": STATUS,
            "participants": [{"name": "billing", "workers": 2}]})
        self.assertEqual([request["path"] for request in self.server.requests],
                         [f"/v1/sagas/{ID}?events=1", f"/v1/sagas/{ID}/why",
                          "/v1/definitions/send_message?version=abc", "/v1/participants",
                          "/v1/status"])

    def test_only_its_owner_may_read_the_file(self):
        """It may hold what was in messages."""
        self.expect(0, "export", ID, "-o", self.path, answers=ANSWERS)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(self.names(), ["bundle.json"])

    def test_payloads_are_asked_for_by_name(self):
        """And who may not see them is told so, without a file."""
        self.expect(0, "export", ID, "-o", self.path, "--payloads", answers=ANSWERS)
        self.assertEqual(self.server.requests[0]["path"], f"/v1/sagas/{ID}?events=1&payloads=1")
        self.assertEqual(self.read()["payloads"], "included")
        os.unlink(self.path)
        forbidden = (403, {"title": "Not allowed", "detail": "Payloads are not for a viewer."})
        run = self.expect(5, "export", ID, "-o", self.path, "--payloads", answers=[forbidden])
        self.assertIn("not for a viewer", run.stderr)
        self.assertEqual(self.names(), [])

    def test_a_file_that_is_there_is_left_alone(self):
        """Unless it is to be replaced; and the server is not asked in vain."""
        with open(self.path, "w", encoding="ascii") as file:
            file.write("mine")
        run = self.expect(4, "export", ID, "-o", self.path, answers=ANSWERS)
        self.assertIn("--force", run.stderr)
        self.assertEqual(self.server.requests, [])
        with open(self.path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")
        self.expect(0, "export", ID, "-o", self.path, "--force", answers=ANSWERS)
        self.assertEqual(self.read()["bundle"], 1)
        self.assertEqual(self.names(), ["bundle.json"])

    def test_what_fails_halfway_leaves_no_file(self):
        """Neither half of one nor another one's name."""
        for answers in ([*ANSWERS[:3], (503, {"title": "Busy"})], [(404, {"title": "None"})]):
            self.assertNotEqual(self.run_it("export", ID, "-o", self.path, answers=answers)
                                .returncode, 0)
            self.assertEqual(self.names(), [])
        run = self.expect(1, "export", ID, "-o", os.path.join(self.folder, "no", "b.json"),
                          answers=ANSWERS)
        self.assertIn("No such file", run.stderr)

    def test_it_goes_to_standard_output_on_demand(self):
        """And into a file named after the saga when nothing is said."""
        run = self.expect(0, "export", ID, "-o", "-", answers=ANSWERS)
        self.assertEqual(json.loads(run.stdout)["why"], WHY)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.folder)
        run = self.expect(0, "export", ID, answers=ANSWERS)
        self.assertEqual(run.stdout, f"{ID}.json\n")
        self.assertEqual(self.names(), [f"{ID}.json"])

    def test_what_is_no_id_makes_no_file(self):
        """It would be part of a path."""
        self.expect(3, "export", "../x", answers=ANSWERS)
        self.assertEqual(self.server.requests, [])


if __name__ == "__main__":
    unittest.main()
