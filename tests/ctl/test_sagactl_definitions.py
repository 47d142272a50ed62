#!/usr/bin/env python3
"""sagactl's definitions and drawings, against a server that answers what each test wants."""

import json
import os
import subprocess
import tempfile
import unittest
import xml.dom.minidom

from fake_server import ID, RUNNING, SagactlTest

TEXT = """\
saga: pay
deadline: 30000ms
steps:
  - {name: reserve, participant: bank, undo: release}
  - {name: charge, participant: bank, pivot: true}
"""
ROW = {"name": "pay", "version": "35c1924e722b8908", "current": True, "live": 2, "step_count": 2,
       "deadline_ms": 30000, "worst_case_ms": 11100}
PAY = dict(
    ROW, hash="35c1924e722b8908" * 4, worst_case_until="charge", patience_ms=86400000, text=TEXT,
    participants=[{"name": "bank", "guarded": True}],
    steps=[{"name": "reserve", "participants": ["bank", "vault"], "operation": "reserve",
            "undo_operation": "release", "needs": [], "timeout_ms": 300, "pivot": False,
            "read_only": False, "after_pivot": False, "retry": {"attempts": 3}},
           {"name": "charge", "participants": ["bank"], "operation": "charge",
            "undo_operation": None, "needs": ["reserve"], "timeout_ms": 1000, "pivot": True,
            "read_only": False, "after_pivot": False, "retry": {"attempts": 3}}])
SAGA = dict(RUNNING, definition="pay", version="35c1924e722b8908",
            steps=[{"name": "reserve", "state": "done", "undo": "calling", "attempts": 1},
                   {"name": "charge", "state": "rejected", "undo": "none", "attempts": 1}])


class Definitions(SagactlTest):
    """The list, one of them, and the drawings."""

    def paths(self):
        """What the server was asked for."""
        return [request["path"] for request in self.server.requests]

    def test_the_list_follows_cursors(self):
        """As a table for people, as the server's own values for scripts."""
        pages = [(200, {"definitions": [ROW], "next_cursor": "c1"}),
                 (200, {"definitions": [dict(ROW, current=False)], "next_cursor": None})]
        run = self.expect(0, "def", "list", "--all", answers=pages)
        self.assertEqual(
            [line.split() for line in run.stdout.splitlines()],
            [["NAME", "VERSION", "CURRENT", "LIVE", "STEPS", "DEADLINE", "WORST", "CASE"],
             ["pay", "35c1924e722b8908", "yes", "2", "2", "30s", "11.100s"],
             ["pay", "35c1924e722b8908", "no", "2", "2", "30s", "11.100s"]])
        self.assertEqual(self.paths(), ["/v1/definitions?all=1",
                                        "/v1/definitions?all=1&cursor=c1"])
        page = [(200, {"definitions": [ROW], "next_cursor": None})]
        run = self.expect(0, "def", "list", "-o", "json", answers=page)
        self.assertEqual(json.loads(run.stdout), [ROW])
        self.assertEqual(self.expect(0, "def", "list", "-o", "name", answers=page).stdout, "pay\n")
        run = self.expect(0, "def", "list", "-o", "csv", answers=page)
        self.assertEqual(run.stdout.splitlines()[0],
                         "name,version,current,live,step_count,deadline,worst_case")

    def test_one_is_shown_step_by_step(self):
        """With its worst case; or as the text that the server has."""
        run = self.expect(0, "def", "show", "pay@35c1", answers=[(200, PAY)])
        self.assertEqual(self.paths(), ["/v1/definitions/pay?version=35c1"])
        for line in (r"^version +35c1924e722b8908, current$", r"^sagas +2 live$",
                     r"^worst case +11\.100s until charge is over, when every attempt times out$",
                     r"^participants +bank \(guarded\)$",
                     r"^reserve +bank or vault +- +release +300ms +3$",
                     r"^charge +bank +reserve +PIVOT +1s +3$"):
            self.assertRegex(run.stdout, f"(?m){line}")
        run = self.expect(0, "def", "show", "pay", "-o", "yaml", answers=[(200, PAY)])
        self.assertEqual(run.stdout, TEXT)
        self.assertEqual(self.paths(), ["/v1/definitions/pay"])
        run = self.expect(0, "def", "show", "pay", "-o", "name", answers=[(200, PAY)])
        self.assertEqual(run.stdout, "pay@35c1924e722b8908\n")
        self.expect(3, "def", "show", "pay", answers=[(404, {"title": "none"})])

    def test_a_name_does_not_become_part_of_a_path(self):
        """Whatever it is made of."""
        self.expect(3, "def", "show", "../status", answers=[(404, {"title": "none"})])
        self.assertEqual(self.paths(), ["/v1/definitions/..%2Fstatus"])
        self.expect(3, "def", "show", "@abc")
        self.assertEqual(self.paths(), [])

    def test_a_saga_is_drawn_under_its_own_version(self):
        """With the state of each step in words."""
        run = self.expect(0, "graph", ID, answers=[(200, SAGA), (200, PAY)], LANG="C.UTF-8")
        self.assertEqual(self.paths(), [f"/v1/sagas/{ID}",
                                        "/v1/definitions/pay?version=35c1924e722b8908"])
        self.assertIn("│ undoing       │", run.stdout)
        self.assertIn("║ rejected           ║", run.stdout)
        self.assertNotIn("\033", run.stdout)

    def test_the_locale_decides_about_the_characters(self):
        """And --ascii decides against it."""
        for words, environment, utf8 in (
                ([], {"LANG": "C.UTF-8"}, True), ([], {"LC_ALL": "de_DE.utf8"}, True),
                ([], {}, False), ([], {"LANG": "C"}, False),
                ([], {"LC_ALL": "C", "LANG": "C.UTF-8"}, False),
                (["--ascii"], {"LANG": "C.UTF-8"}, False)):
            with self.subTest(words=words, environment=environment):
                run = self.expect(0, "graph", "pay", *words, answers=[(200, PAY)], **environment)
                self.assertEqual("╔" in run.stdout, utf8)
                self.assertEqual(run.stdout.isascii(), not utf8)

    def test_a_file_is_drawn_without_a_server(self):
        """In each form; a wrong one is told with its place."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pay.yaml")
            with open(path, "w", encoding="ascii") as file:
                file.write(TEXT)
            self.assertIn("| reserve ", self.expect(0, "def", "graph", path).stdout)
            run = self.expect(0, "def", "graph", path, "-o", "dot")
            self.assertIn('"reserve" -> "charge";', run.stdout)
            run = self.expect(0, "def", "graph", path, "-o", "svg")
            self.assertEqual(xml.dom.minidom.parseString(run.stdout).documentElement.tagName, "svg")
            with open(path, "a", encoding="ascii") as file:
                file.write("colour: red\n")
            self.assertIn(f"{path}:6:1:", self.expect(1, "def", "graph", path).stderr)
        self.assertEqual(self.server.requests, [])

    def test_a_definition_that_cannot_be_read_is_a_failure(self):
        """As from a server that is newer than this program."""
        run = self.expect(1, "graph", "pay", answers=[(200, dict(PAY, text="saga: [1]\n"))])
        self.assertIn("cannot read", run.stderr)

    def test_each_command_says_which_formats_it_takes(self):
        """In its help, and when it is given another one."""
        for words, formats in ((["graph", ID], "text, dot or svg"),
                               (["def", "show", "pay"], "table, yaml, json, jsonl or name"),
                               (["def", "list"], "table, wide, csv, json, jsonl or name"),
                               (["why", ID], "table, json, jsonl or name")):
            self.assertIn(formats, self.expect(0, *words, "--help").stdout)
            run = self.expect(2, *words, "-o", "pdf")
            self.assertIn(formats.replace(",", "").replace(" or", ""), run.stderr)
        self.assertNotIn("--output", self.expect(0, "man", "--help").stdout)
        self.expect(2, "man", "-o", "json")

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = self.expect(0, "completion", "bash").stdout
        ask = ('COMP_WORDS=(sagactl "$@"); COMP_CWORD=$#; _sagactl; echo "${COMPREPLY[@]}"')
        run = subprocess.run(["bash", "-c", script + ask, "bash", *words], check=True,
                             capture_output=True, text=True)
        return run.stdout.split()

    def test_bash_completes_commands_and_their_formats(self):
        """From the one table."""
        self.assertEqual(self.complete("gr"), ["graph"])
        self.assertEqual(self.complete("def", ""), ["list", "show", "graph", "lint", "simulate"])
        self.assertEqual(self.complete("graph", "x", "-o", ""), ["text", "dot", "svg"])
        self.assertEqual(self.complete("graph", "x", "--a"), ["--ascii"])
        self.assertIn("yaml", self.complete("def", "show", "x", "-o", ""))


if __name__ == "__main__":
    unittest.main()
