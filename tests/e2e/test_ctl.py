#!/usr/bin/env python3
"""sagactl against a real server: every field of a filter, every format, drawings, completion.

What the pages show of definitions and drawings is what is printed here; test_ctl.py BIN --write
writes it anew.
"""

import csv
import io
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import time
import unittest
import xml.dom.minidom

import world
from http_service import ACCOUNT, Serve, Service, says
from transcript import Transcript

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
DEFINITION = """\
saga: ship
deadline: 60s
steps:
  - {name: book, participant: parcel, undo: unbook}
  - {name: weigh, participant: parcel, undo: forget, needs: [book]}
  - {name: label, participant: parcel, undo: peel, needs: [book]}
  - {name: hand_over, participant: parcel, pivot: true, needs: [weigh, label]}
guarded: [parcel]
"""
LATER = says(503, b"", ("Retry-After", "3600"))


class Ctl(unittest.TestCase):
    """Five sagas, each in a state of its own."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        os.environ["LC_ALL"] = "C.UTF-8"  # Drawings are in the characters of the locale.
        cls.service = Service()
        cls.addClassCleanup(cls.service.close)
        cls.world = Serve(f"http://127.0.0.1:{cls.service.port}", definition=DEFINITION)
        cls.addClassCleanup(cls.world.close)
        cls.sagas = {}
        cls.bring("completed", "phase", "completed")
        cls.bring("compensated", "phase", "compensated",
                  hand_over=says(422, b'{"code": "too_heavy"}'))
        cls.bring("parked", "hold", "parked", hand_over=says(422, b'{"code": "too_heavy"}'),
                  unbook=says(422, b'{"code": "gone"}'))
        cls.bring("retrying", "code", "http_503", hand_over=LATER)
        cls.bring("paused", "code", "http_503", weigh=LATER)
        cls.world.sagactl("pause", cls.sagas["paused"], "--reason", "a test")

    @classmethod
    def bring(cls, name, member, value, **scripts):
        for operation, behaviour in scripts.items():
            cls.service.always(operation, behaviour)
        saga = cls.world.sagactl("start", "ship", "-i", "{}").stdout.strip()

        def there():
            rows = json.loads(cls.world.sagactl("list", "--all", "-o", "json").stdout)
            [row] = [row for row in rows if row["id"] == saga]
            return row[member] == value
        world.until(there, f"a saga is {name}")
        cls.service.scripts.clear()
        cls.sagas[name] = saga

    def listed(self, query, *more):
        """The names of the sagas that a filter finds."""
        found = self.world.sagactl("list", "--all", "-q", query, "-o", "name", *more).stdout.split()
        return {name for name, saga in self.sagas.items() if saga in found}

    # ---- filters ----

    def test_each_field_of_a_filter_finds_what_it_says(self):
        everything, ended = set(self.sagas), {"completed", "compensated"}
        for query, expected in (
                ("definition=ship", everything), ("definition!=ship", set()),
                ("definition=shop", set()),
                ("phase=completed", {"completed"}), ("phase!=running", ended | {"parked"}),
                ("phase=compensating", {"parked"}),
                ("hold=paused", {"paused"}), ("hold=parked", {"parked"}),
                ("hold!=none", {"paused", "parked"}),
                ("condition=paused", {"paused"}), ("condition!=paused", everything - {"paused"}),
                ("condition=retrying", {"retrying"}),
                ("step=hand_over", {"retrying"}), ("step!=hand_over", everything - {"retrying"}),
                (f"account={ACCOUNT}", everything), (f"account!={ACCOUNT}", set()),
                ("code=too_heavy", {"compensated"}), ("code=gone", {"parked"}),
                ("code=http_503", {"retrying", "paused"}),
                ("code=", {"completed"}), ("code!=", everything - {"completed"}),
                ("age<1h", everything), ("age>1h", set()), ("age<1h,age>1d", set()),
                ("phase=running,hold=none", {"retrying"}),
                (" phase=running , hold!=none ", {"paused"})):
            with self.subTest(query=query):
                self.assertEqual(self.listed(query), expected)

    def test_what_has_ended_is_hidden_unless_it_is_asked_for(self):
        rows = self.world.sagactl("list", "-o", "name").stdout.split()
        self.assertEqual(set(rows), {self.sagas[name] for name in ("paused", "parked", "retrying")})
        rows = self.world.sagactl("list", "-q", "phase=completed", "-o", "name").stdout.split()
        self.assertEqual(rows, [self.sagas["completed"]])

    def test_a_wrong_filter_says_what_would_be_right(self):
        for query, hint in (("colour=red", "the fields are"), ("phase=done", "it is one of"),
                            ("phase<running", "< and > are for age"), ("age=5m", "age>5m"),
                            ("phase", "followed by"), ("age>5", "age>5m")):
            done = self.world.sagactl("list", "-q", query, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), query)
            self.assertIn(hint, done.stderr)

    # ---- formats ----

    def test_each_format_of_a_list_has_the_same_sagas(self):
        ids = self.world.sagactl("list", "--all", "-o", "name").stdout.split()
        self.assertEqual(set(ids), set(self.sagas.values()))
        rows = json.loads(self.world.sagactl("list", "--all", "-o", "json").stdout)
        self.assertEqual([row["id"] for row in rows], ids)
        lines = self.world.sagactl("list", "--all", "-o", "jsonl").stdout.splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], ids)
        text = self.world.sagactl("list", "--all", "-o", "csv").stdout
        self.assertEqual([row["id"] for row in csv.DictReader(io.StringIO(text))], ids)
        for form in ("table", "wide"):
            lines = self.world.sagactl("list", "--all", "-o", form).stdout.splitlines()
            self.assertEqual([line.split()[0] for line in lines[1:]], ids)

    def test_no_command_writes_colours_into_a_pipe(self):
        saga = self.sagas["parked"]
        for words in (["list", "--all"], ["show", saga], ["why", saga], ["trace", saga],
                      ["graph", saga], ["def", "list"], ["def", "show", "ship"],
                      ["participant", "list"], ["server", "status"], ["audit", "list"]):
            self.assertNotIn("\033", self.world.sagactl(*words).stdout, words)

    # ---- definitions and drawings ----

    def test_the_definition_is_listed_with_the_sagas_that_use_it(self):
        [row] = json.loads(self.world.sagactl("def", "list", "-o", "json").stdout)
        self.assertEqual((row["name"], row["current"], row["live"]), ("ship", True, 3))
        text = self.world.sagactl("def", "show", f"ship@{row['version'][:6]}").stdout
        self.assertRegex(text, r"(?m)^hand_over +parcel +weigh, label +PIVOT +1s +3$")
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(self.world.sagactl("def", "show", "ship", "-o", "yaml").stdout)
            file.flush()
            checked = self.world.run("sagad", "check", file.name).stdout
        self.assertIn(row["version"], checked)

    def test_a_saga_is_drawn_with_the_state_of_each_step(self):
        def states(name):
            drawn = self.world.sagactl("graph", self.sagas[name], "-o", "dot").stdout
            return dict(re.findall(r'"(\w+)" \[label="\w+\\n([^\\]*)\\n', drawn))
        self.assertEqual(states("completed"), dict.fromkeys(
            ("book", "weigh", "label", "hand_over"), "done"))
        self.assertEqual(states("compensated"), {
            "book": "undone", "weigh": "undone", "label": "undone", "hand_over": "rejected"})
        self.assertEqual(states("parked")["weigh"], "undone")
        self.assertRegex(states("parked")["book"], "^undo ")
        self.assertRegex(states("retrying")["hand_over"], "^backing off")
        self.assertEqual(states("paused")["hand_over"], "pending")

    def test_parallel_steps_stand_side_by_side(self):
        drawn = self.world.sagactl("def", "graph", "ship", "--ascii").stdout
        [line] = [line for line in drawn.splitlines() if "weigh" in line]
        self.assertIn("label", line)
        picture = self.world.sagactl("graph", self.sagas["parked"], "-o", "svg").stdout
        self.assertEqual(xml.dom.minidom.parseString(picture).documentElement.tagName, "svg")

    def test_the_pages_show_what_is_printed(self):
        drawing = Transcript(self, DOCS / "how-to/operate-with-sagactl.md", "drawing")
        drawing.type("graph", self.sagas["compensated"])
        drawing.compare()
        versions = Transcript(self, DOCS / "reference/definitions.md", "versions")
        versions.type("def", "list")
        versions.type("def", "show", "ship")
        versions.compare()

    def test_colours_are_for_terminals_that_want_them(self):
        words = ("graph", self.sagas["compensated"])
        self.assertIn("\033[33mundone\033[0m", self.on_terminal(*words, TERM="xterm"))
        for variables in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
            printed = self.on_terminal(*words, **variables)
            self.assertIn("undone", printed)
            self.assertNotIn("\033", printed)

    def on_terminal(self, *words, **variables):
        """What sagactl writes when its output is a terminal."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [world.bin_folder() / "sagactl", *words], stdout=slave, stdin=subprocess.DEVNULL,
            env=dict(os.environ, SAGA_SERVER=self.world.ready["http"],
                     SAGA_KEY=self.world.ready["operator_key"], **variables))
        os.close(slave)
        printed = b""
        try:
            while select.select([master], [], [], world.PATIENCE)[0]:
                printed += os.read(master, 4096)
        except OSError:
            pass  # The program has ended, and with it its terminal.
        os.close(master)
        self.assertEqual(process.wait(world.PATIENCE), 0)
        return printed.decode()

    # ---- a bundle ----

    def test_a_bundle_tells_all_of_a_saga(self):
        page = (DOCS / "reference/bundle.md").read_text()
        bundle = json.loads(self.world.sagactl("export", self.sagas["parked"], "-o", "-").stdout)
        self.assertEqual(list(bundle), re.findall(r"(?m)^\| `(\w+)` \|", page))
        self.assertEqual(bundle["saga"]["hold"], "parked")
        self.assertEqual(bundle["saga"]["version"], bundle["definition"]["version"])
        self.assertEqual(bundle["events"][-1]["seq"], bundle["saga"]["sequence"])
        self.assertEqual([each["name"] for each in bundle["participants"]], ["parcel"])
        self.assertNotIn("input", bundle["saga"])
        bundle = json.loads(self.world.sagactl("export", self.sagas["parked"], "-o", "-",
                                               "--payloads").stdout)
        self.assertEqual(bundle["saga"]["input"], {})

    # ---- completion ----

    def test_a_real_bash_completes_commands_names_and_formats(self):
        shell = Bash(self.world)
        self.addCleanup(shell.close)
        for typed, completed in (
                ("sagactl gra", "sagactl graph "),
                ("sagactl def sh", "sagactl def show "),
                ("sagactl def show sh", "sagactl def show ship "),
                (f"sagactl show {self.sagas['parked'][:-3]}",
                 f"sagactl show {self.sagas['parked']} "),
                (f"sagactl rerun {self.sagas['compensated'][:-3]}",
                 f"sagactl rerun {self.sagas['compensated']} "),
                ("sagactl graph x -o sv", "sagactl graph x -o svg "),
                ("sagactl export x --pay", "sagactl export x --payloads ")):
            self.assertEqual(shell.complete(typed, completed), completed)


class Bash:
    """An interactive bash in a terminal of its own, with sagactl's completion."""

    def __init__(self, server):
        self.master, slave = pty.openpty()
        environment = dict(os.environ, SAGA_SERVER=server.ready["http"], PS1="$ ", TERM="dumb",
                           SAGA_KEY=server.ready["operator_key"], INPUTRC="/dev/null",
                           PATH=f"{world.bin_folder()}:{os.environ['PATH']}")
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=slave,
                                        stdout=slave, stderr=slave, env=environment,
                                        start_new_session=True)
        os.close(slave)
        self.type("bind 'set bell-style none'; source <(sagactl completion bash); "
                  "echo rea''dy\n")
        self.expect("ready")

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, text):
        """Read until that is there; what was read."""
        seen, end = "", time.monotonic() + world.PATIENCE
        while text not in seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"after {world.PATIENCE:.0f} s still not {text!r}: {seen!r}")
            seen += os.read(self.master, 4096).decode()
        return seen

    def complete(self, typed, completed):
        """What stands on the line after a tab."""
        self.type(typed + "\t")
        seen = self.expect(completed)
        self.type("\x15echo cle''ar\n")  # Forget the line.
        self.expect("clear")
        return completed if completed in seen else seen

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


if __name__ == "__main__":
    world.main()
