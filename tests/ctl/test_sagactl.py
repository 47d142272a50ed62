#!/usr/bin/env python3
"""sagactl against a server that answers what each test wants: requests, output, exit codes."""

import json
import os
import subprocess
import tempfile
import unittest

from fake_server import ID, RUNNING, SAGACTL, SID, SagactlTest


class Sagactl(SagactlTest):
    """Each test gives answers, runs the program, expects."""

    def test_usage_mistakes_are_2_and_ask_no_server(self):
        """Before anything is sent."""
        for words in ([], ["nope"], ["show"], ["show", ID, "more"], ["list", "--reason", "x"],
                      ["list", "-o", "xml"], ["cancel", ID], ["cancel", ID, "--reason", ""],
                      ["resolve", ID, "queue", "--reason", "x"],
                      ["resolve", ID, "queue", "--reason", "x", "--as", "maybe"],
                      ["start", "x", "-i", "{not json"], ["start", "x", "-i", "@/nowhere"],
                      ["start", "x", "--wait", "soon"], ["list", "--limit", "0"], ["def", "lint"]):
            with self.subTest(words=words):
                run = self.expect(2, *words)
                self.assertEqual(run.stdout, "")
                self.assertNotEqual(run.stderr, "")
                self.assertEqual(self.server.requests, [])

    def test_a_missing_reason_is_said_plainly(self):
        """The word to add is in the message."""
        self.assertIn("--reason", self.expect(2, "terminate", ID).stderr)

    def test_statuses_become_exit_codes(self):
        """By kind of failure."""
        for status, code in ((401, 5), (403, 5), (404, 3), (409, 4), (422, 4), (500, 1), (503, 6)):
            with self.subTest(status=status):
                problem = {"title": "No", "detail": "because", "code": "x"}
                run = self.expect(code, "show", ID, answers=[(status, problem)])
                self.assertIn("No: because", run.stderr)
                self.assertEqual(run.stdout, "")

    def test_no_server_is_6(self):
        """Nothing listens on port 1."""
        run = self.expect(6, "list", SAGA_SERVER="http://127.0.0.1:1")
        self.assertIn("http://127.0.0.1:1", run.stderr)

    def test_what_is_no_id_is_not_found_and_not_asked(self):
        """It must not become part of a path."""
        for word in ("x", "../metrics", "saga_1", "SM1", ID + "?x=1"):
            self.expect(3, "show", word)
            self.assertEqual(self.server.requests, [])

    def test_an_answer_that_is_not_json_is_a_failure(self):
        """Such as a proxy's page."""
        self.expect(1, "show", ID, answers=[(200, b"<html>")])

    def test_show_gives_the_servers_object(self):
        """With events, and the key of the operator."""
        run = self.expect(0, "show", SID, "-o", "json")
        self.assertEqual(json.loads(run.stdout), RUNNING)
        request = self.server.requests[0]
        self.assertEqual(request["path"], f"/v1/sagas/{SID}?events=1")
        self.assertEqual(request["headers"]["Authorization"], "Bearer secret")
        self.assertEqual(self.expect(0, "show", SID, "-o", "name").stdout, ID + "\n")
        table = self.expect(0, "show", SID).stdout
        for word in (ID, SID, "send_message", "no-worker: messaging", "queue", "waiting"):
            self.assertIn(word, table)

    def test_list_follows_cursors_even_over_empty_pages(self):
        """Until there is none."""
        pages = [(200, {"sagas": [RUNNING], "next_cursor": "a&b"}),
                 (200, {"sagas": [], "next_cursor": "c"}),
                 (200, {"sagas": [RUNNING], "next_cursor": None})]
        run = self.expect(0, "list", "--stuck", "-q", "age>5m,phase=running", "-o", "json",
                          answers=pages)
        self.assertEqual(json.loads(run.stdout), [RUNNING, RUNNING])
        paths = [request["path"] for request in self.server.requests]
        self.assertEqual(paths[0],
                         "/v1/sagas?limit=100&stuck=1&q=age%3E5m%2Cphase%3Drunning")
        self.assertTrue(paths[1].endswith("&cursor=a%26b"))
        self.assertTrue(paths[2].endswith("&cursor=c"))

    def test_list_stops_at_its_limit(self):
        """And asks for no more than that."""
        page = {"sagas": [RUNNING, RUNNING], "next_cursor": "more"}
        run = self.expect(0, "list", "--all", "--limit", "2", "-o", "name", answers=[(200, page)])
        self.assertEqual(run.stdout, (ID + "\n") * 2)
        self.assertEqual([request["path"] for request in self.server.requests],
                         ["/v1/sagas?limit=2&all=1"])

    def test_list_as_a_table_and_as_lines(self):
        """Titles, and one JSON object a line."""
        page = [(200, {"sagas": [RUNNING], "next_cursor": None})]
        lines = self.expect(0, "list", answers=page).stdout.splitlines()
        self.assertEqual(lines[0].split(), ["ID", "DEFINITION", "PHASE", "CONDITION", "STEP",
                                            "TRIES", "FOR", "NEXT"])
        self.assertRegex(
            lines[1],
            rf"^{ID}  send_message  running  no-worker: messaging  queue  5 +\d+d +-$")
        self.assertEqual(json.loads(self.expect(0, "list", "-o", "jsonl", answers=page).stdout),
                         RUNNING)

    def test_an_empty_list_is_empty_on_stdout(self):
        """And valid JSON when that is asked for."""
        page = [(200, {"sagas": [], "next_cursor": None})]
        self.assertEqual(self.expect(0, "list", answers=page).stdout, "")
        self.assertEqual(json.loads(self.expect(0, "list", "-o", "json", answers=page).stdout), [])

    def test_list_as_comma_separated_values(self):
        """The server's own values, quoted where they need it, and no formula for a spreadsheet."""
        odd = dict(RUNNING, step='a,"b"', code="=1+1")
        page = [(200, {"sagas": [odd], "next_cursor": None})]
        run = self.expect(0, "list", "-o", "csv", "--columns", "id,condition,for,step,code,tries",
                          answers=page)
        self.assertEqual(run.stdout, "id,condition,for,step,code,tries\n"
                         f'{ID},no-worker,2020-01-01T00:00:00.000Z,"a,""b""","\'=1+1",5\n')
        self.assertIn("account", self.expect(0, "list", "-o", "csv", answers=page).stdout)
        self.assertIn("ACCOUNT", self.expect(0, "list", "-o", "wide", answers=page).stdout)

    def test_unknown_columns_and_formats_are_usage(self):
        """And the columns that there are are named."""
        run = self.expect(2, "list", "--columns", "id,colour")
        self.assertIn("no column 'colour'", run.stderr)
        self.assertIn("definition", run.stderr)
        self.expect(2, "show", ID, "-o", "csv")
        self.expect(2, "list", "--watch", "--interval", "0")

    def test_watching_into_a_pipe_tells_what_changes(self):
        """A new saga, a change, and what has left the list as it is now."""
        changed, ended = dict(RUNNING, step="confirm"), dict(RUNNING, phase="completed")
        self.server.answers = [(200, {"sagas": [RUNNING]}), (200, {"sagas": [RUNNING]}),
                               (503, {}), (200, {"sagas": [changed]}), (200, {"sagas": []}),
                               (200, ended), (200, {"sagas": []})]
        with subprocess.Popen([SAGACTL, "list", "--watch", "--interval", "1s"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={"SAGA_SERVER": self.server.url, "SAGA_KEY": "x"}) as process:
            lines = [json.loads(process.stdout.readline()) for _ in range(3)]
            process.terminate()
        self.assertEqual(lines, [RUNNING, changed, ended])

    def test_following_ends_with_the_saga(self):
        """Each event once; the server holds the question until there is something newer."""
        second = {"seq": 2, "time": "2020-01-01T00:00:00.007Z", "type": "result", "step": "queue",
                  "direction": "do", "text": "queue answered done; completed"}
        ended = dict(RUNNING, phase="completed", events=RUNNING["events"] + [second])
        answers = [(200, RUNNING), (503, {}), (200, ended)]
        run = self.expect(0, "show", ID, "--follow", answers=answers)
        self.assertEqual(run.stdout.count("submitted"), 1)
        self.assertIn("  +7ms     queue answered done; completed\n", run.stdout)
        self.assertEqual(self.server.requests[1]["path"],
                         f"/v1/sagas/{ID}?events=1&wait=20&after_version=1")
        run = self.expect(0, "show", ID, "-f", "-o", "jsonl", answers=answers)
        self.assertEqual([json.loads(line)["seq"] for line in run.stdout.splitlines()], [1, 2])
        parked = dict(RUNNING, hold="parked")
        self.expect(11, "show", ID, "--follow", answers=[(200, parked)])

    def test_attempts_are_the_answers(self):
        """What happened, without what followed."""
        event = {"seq": 2, "time": "2020-01-01T00:00:00.007Z", "type": "result", "step": "queue",
                 "direction": "do", "text": "queue answered busy; queue again in 50 ms"}
        saga = dict(RUNNING, events=RUNNING["events"] + [event])
        run = self.expect(0, "show", ID, "--attempts", answers=[(200, saga)])
        self.assertRegex(run.stdout, r"(?m)^\+7ms +queue +do +queue answered busy$")

    def test_completion_and_manual_come_from_the_table(self):
        """Each is read by what it is for, where that is installed; and none needs a server."""
        for shell in ("bash", "zsh", "fish"):
            script = self.expect(0, "completion", shell, SAGA_SERVER="http://127.0.0.1:1").stdout
            self.assertIn("resolve", script)
            self.assertIn("reason", script)
        self.expect(2, "completion", "tcsh")
        script = self.expect(0, "completion", "bash").stdout
        ask = ('COMP_WORDS=(sagactl "$@"); COMP_CWORD=$#; _sagactl; echo "${COMPREPLY[@]}"')
        for words, expected in ((["def", "lin"], "lint"), (["li"], "list"),
                                (["list", "--st"], "--stuck"), (["list", "-o", "js"], "json jsonl")):
            run = subprocess.run(["bash", "-c", script + ask, "bash", *words], check=True,
                                 capture_output=True, text=True)
            self.assertEqual(run.stdout.strip(), expected)
        page = self.expect(0, "man").stdout
        self.assertTrue(page.startswith(".TH SAGACTL 1"))
        self.assertIn(".SS \"sagactl resolve ID STEP\"", page)
        self.assertNotRegex(page, r"(?m)^\.(?!TH|SH|SS|TP|B)")

    def test_participants_and_status_are_shown(self):
        """As a table, as rows, and member by member."""
        auth = {"name": "auth", "workers": 2, "queued": 1, "out": 3, "calls": 40, "unanswered": 0,
                "results": {"done": 39, "rejected": 1}}
        listed = [(200, {"participants": [auth]})]
        run = self.expect(0, "participant", "list", answers=listed)
        self.assertEqual([line.split() for line in run.stdout.splitlines()],
                         [["PARTICIPANT", "WORKERS", "QUEUED", "OUT", "CALLS", "UNANSWERED"],
                          ["auth", "2", "1", "3", "40", "0"]])
        run = self.expect(0, "participant", "list", "-o", "csv", answers=listed)
        self.assertEqual(run.stdout, "name,workers,queued,out,calls,unanswered\nauth,2,1,3,40,0\n")
        self.assertEqual(self.expect(0, "participant", "list", "-o", "name", answers=listed).stdout,
                         "auth\n")
        run = self.expect(0, "participant", "show", "auth", answers=[(200, auth)])
        self.assertRegex(run.stdout, r"(?m)^results rejected +1$")
        self.assertEqual(self.server.requests[0]["path"], "/v1/participants/auth")
        self.expect(3, "participant", "show", "a/b", answers=[(404, {"title": "none"})])
        self.assertEqual(self.server.requests[0]["path"], "/v1/participants/a%2Fb")
        run = self.expect(0, "server", "status",
                          answers=[(200, {"stopping": False, "sagas": {"live": 7}})])
        self.assertEqual([line.split() for line in run.stdout.splitlines()],
                         [["stopping", "no"], ["sagas", "live", "7"]])

    def batch(self, code, *words, count=3, then=((200, RUNNING),), **options):
        """A batch over so many sagas; the answers to the actions follow."""
        sagas = [dict(RUNNING, id=f"saga_{i:026}", sequence=i + 4) for i in range(count)]
        return self.expect(code, "batch", *words, "--reason", "mended",
                           answers=[(200, {"sagas": sagas}), *then], **options)

    def test_a_batch_counts_first_and_acts_on_what_it_listed(self):
        """Each only at the version at which it was listed."""
        run = self.batch(0, "retry", "-q", "hold=parked", "--rate", "1000/s")
        self.assertTrue(run.stderr.startswith("retry: 3 sagas match\n"), run.stderr)
        self.assertIn("3 of 3, 0 not done", run.stderr)
        actions = self.server.requests[1:]
        self.assertEqual([request["headers"].get("If-Match") for request in actions],
                         ['"4."', '"5."', '"6."'])
        self.assertEqual(actions[0]["body"], {"verb": "retry", "reason": "mended", "actor": "ada"})
        run = self.batch(0, "skip", "confirm", "--stuck", "--rate", "1000", "-o", "name")
        self.assertEqual(len(run.stdout.splitlines()), 3)
        self.assertEqual(self.server.requests[1]["body"]["step"], "confirm")

    def test_a_batch_lists_each_failure(self):
        """And ends with 7; what another operator changed in between is left alone."""
        then = [(412, {"title": "The saga has changed"}), (409, {"detail": "it has ended"}),
                (200, RUNNING)]
        run = self.batch(7, "cancel", "--stuck", "--rate", "1000/s", then=then)
        lines = run.stdout.splitlines()
        self.assertEqual(lines[0].split(), ["ID", "OUTCOME", "WHY"])
        self.assertRegex(lines[1], r"^saga_0+  changed  The saga has changed$")
        self.assertRegex(lines[2], r"^saga_0+1  refused  it has ended$")
        self.assertEqual(len(lines), 3)
        run = self.batch(7, "cancel", "--stuck", "--rate", "1000/s", "-o", "csv", then=then)
        self.assertEqual(run.stdout.splitlines()[2], f"saga_{2:026},done,")

    def test_a_batch_waits_for_a_server_that_is_away_and_stops_without_a_right(self):
        """One that starts anew, or sheds, is asked again; a key that may not is no use."""
        self.batch(0, "pause", "--stuck", "--rate", "1000/s", count=1,
                   then=[(503, {}), (429, {}), (200, RUNNING)])
        self.assertEqual(len(self.server.requests), 4)
        run = self.batch(5, "pause", "--stuck", "--rate", "1000/s", then=[(403, {"title": "No"})])
        self.assertIn("stopped after 0 of 3", run.stderr)

    def test_a_batch_can_be_only_looked_at(self):
        """And one of everything is a mistake, as is a rate that is none."""
        run = self.batch(0, "terminate", "-q", "code=30001", "--dry-run")
        self.assertEqual(len(run.stdout.splitlines()), 3)
        self.assertEqual(len(self.server.requests), 1)
        for words in (["retry"], ["retry", "-q", ""], ["explode", "--stuck"],
                      ["retry", "--stuck", "--rate", "fast"], ["resolve", "a", "--stuck"],
                      ["retry", "--stuck", "--rate", "0/s"], ["retry", "--stuck", "--rate", "5/h"]):
            with self.subTest(words=words):
                self.batch(2, *words)
                self.assertEqual(self.server.requests, [])
        self.expect(2, "batch", "retry", "--stuck")

    def test_the_audit_is_listed_by_what_is_asked(self):
        """Filters go to the server; ages become moments; cursors are followed."""
        entry = {"number": 7, "corrupt": False, "time": "2020-01-01T00:00:00.000Z", "actor": "ada",
                 "verb": "pause", "saga": ID, "step": None, "outcome": "accepted",
                 "reason": "to look", "detail": None, "force": False, "sequence": 3,
                 "before": {"phase": "running", "hold": "none", "condition": "progressing"},
                 "after": {"phase": "running", "hold": "paused", "condition": "paused"}}
        refused = {**entry, "number": 6, "outcome": "refused", "detail": "too late",
                   "after": entry["before"]}
        answers = [(200, {"entries": [entry], "next_cursor": "a00000007"}),
                   (200, {"entries": [refused, {"number": 5, "corrupt": True}],
                          "next_cursor": None})]
        run = self.expect(0, "audit", "list", SID, "--actor", "ada", "--verb", "pause", "--since",
                          "2h", "--until", "2026-01-02", "-o", "csv", answers=answers)
        lines = run.stdout.splitlines()
        self.assertIn(",accepted,hold none → paused,to look,", lines[1])
        self.assertIn(",refused,too late,to look,", lines[2])
        self.assertEqual(lines[3].split(",")[0], "5")
        self.assertIn("CORRUPT", lines[3])
        first, second = (request["path"] for request in self.server.requests)
        self.assertRegex(first, rf"^/v1/audit\?limit=500&saga={SID}&actor=ada&verb=pause"
                                r"&since=20\d\d-\d\d-\d\dT[\d%A.]+Z&until=2026-01-02$")
        self.assertTrue(second.endswith("&cursor=a00000007"))
        self.expect(3, "audit", "list", "nonsense")
        self.assertEqual(self.expect(0, "audit", "list", answers=[
            (200, {"entries": [], "next_cursor": None})]).stdout, "")

    def test_a_check_of_the_audit_goes_on_to_its_end(self):
        """And ends with 1 when something is broken, or a head is not found."""
        part = {"checked": 300, "digest": "a" * 64, "complete": False, "broken": None,
                "head_number": 12, "next_cursor": "v0000012c" + "a" * 64}
        whole = {**part, "checked": 312, "digest": "b" * 64, "complete": True, "head_number": None,
                 "next_cursor": None}
        broken = {**whole, "checked": 301, "digest": None,
                  "broken": {"number": 302, "detail": "it is missing"}}
        head = ("--head", "c" * 64)
        run = self.expect(0, "audit", "verify", *head, answers=[(200, part), (200, whole)])
        self.assertEqual(run.stdout.splitlines(), [
            "312 entries, as written", "the head that was noted is entry 12", "head " + "b" * 64])
        self.assertEqual([request["path"] for request in self.server.requests], [
            "/v1/audit/verify?&head=" + "c" * 64,
            f"/v1/audit/verify?cursor={part['next_cursor']}&head=" + "c" * 64])
        run = self.expect(1, "audit", "verify", *head, answers=[(200, whole)])
        self.assertIn("none of the 312 entries has the head", run.stderr)
        self.assertEqual(run.stdout, "")
        run = self.expect(1, "audit", "verify", answers=[(200, part), (200, broken)])
        self.assertIn("broken at entry 302: it is missing", run.stderr)
        run = self.expect(1, "audit", "verify", "-o", "json", answers=[(200, broken)])
        self.assertEqual(json.loads(run.stdout), broken)
        self.expect(2, "audit", "verify", "--head", "abc")
        self.expect(5, "audit", "verify", answers=[(403, {"title": "no", "status": 403})])

    def test_a_filter_that_makes_no_sense_is_usage(self):
        """The server knows the fields."""
        run = self.expect(2, "list", "-q", "x=1",
                          answers=[(400, {"title": "Bad filter", "detail": "no field x"})])
        self.assertIn("no field x", run.stderr)

    def test_why_prints_headline_lines_and_what_to_try(self):
        """In this order."""
        why = {"headline": "Step waits.", "lines": ["since noon"], "try": ["a", "b"]}
        run = self.expect(0, "why", ID, answers=[(200, why)])
        self.assertEqual(run.stdout, "Step waits.\n  since noon\nTry: a · b\n")
        self.assertEqual(self.server.requests[0]["path"], f"/v1/sagas/{ID}/why")

    def test_trace_shows_the_events(self):
        """With offsets."""
        self.assertIn("+0ms  submitted", self.expect(0, "trace", ID).stdout)
        lines = self.expect(0, "trace", ID, "-o", "json").stdout
        self.assertEqual(json.loads(lines), RUNNING["events"])

    def test_a_verb_is_sent_with_reason_and_actor(self):
        """The actor is $USER unless given."""
        run = self.expect(0, "cancel", ID, "--reason", "customer asked")
        self.assertIn("cancel", run.stdout)
        request = self.server.requests[0]
        self.assertEqual((request["method"], request["path"]),
                         ("POST", f"/v1/sagas/{ID}/actions"))
        self.assertEqual(request["body"],
                         {"verb": "cancel", "reason": "customer asked", "actor": "ada"})
        self.expect(0, "skip", ID, "queue", "--reason", "r", "--actor", "eve")
        self.assertEqual(self.server.requests[0]["body"],
                         {"verb": "skip", "step": "queue", "reason": "r", "actor": "eve"})

    def test_resolve_takes_verdict_output_and_force(self):
        """The output from the words, a file or standard input."""
        self.expect(0, "resolve", ID, "queue", "--as", "done", "--result", "-", "--reason", "r",
                    stdin='{"slot": 7}')
        self.assertEqual(self.server.requests[0]["body"],
                         {"verb": "resolve", "step": "queue", "as": "done", "reason": "r",
                          "actor": "ada", "output": {"slot": 7}})
        self.expect(0, "resolve", ID, "queue", "--as", "rejected", "--force", "--reason", "r")
        self.assertEqual(self.server.requests[0]["body"]["force"], True)
        self.expect(2, "resolve", ID, "queue", "--as", "rejected", "--result", "1", "--reason", "r")

    def test_a_refused_verb_says_what_is_allowed(self):
        """And is 4."""
        problem = {"title": "Not allowed now", "detail": "The pivot is done.",
                   "allowed": ["pause", "retry"]}
        run = self.expect(4, "cancel", ID, "--reason", "r", answers=[(409, problem)])
        self.assertIn("The pivot is done.", run.stderr)
        self.assertIn("allowed now: pause, retry", run.stderr)

    def test_start_sends_definition_input_and_a_key(self):
        """Of its own, a new one each time, when none is given."""
        run = self.expect(0, "start", "send_message", "-i", '{"to": "+1"}', "--account", "AC1",
                          answers=[(202, RUNNING)])
        self.assertEqual(run.stdout, ID + "\n")
        request = self.server.requests[0]
        self.assertEqual(request["body"], {"definition": "send_message", "input": {"to": "+1"},
                                           "account": "AC1"})
        self.assertRegex(request["headers"]["Idempotency-Key"], "^cli-[0-9a-f]{24}$")
        self.assertNotIn("Prefer", request["headers"])
        first = request["headers"]["Idempotency-Key"]
        self.expect(0, "start", "x", answers=[(202, RUNNING)])
        self.assertNotEqual(self.server.requests[0]["headers"]["Idempotency-Key"], first)
        self.expect(0, "start", "x", "--key", "mine", answers=[(202, RUNNING)])
        self.assertEqual(self.server.requests[0]["headers"]["Idempotency-Key"], "mine")

    def test_start_reads_its_input_from_a_file(self):
        """By @."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write('{"a": 1}')
            file.flush()
            self.expect(0, "start", "x", "-i", "@" + file.name, answers=[(202, RUNNING)])
        self.assertEqual(self.server.requests[0]["body"]["input"], {"a": 1})

    def test_waiting_ends_with_how_the_saga_ended(self):
        """Asked again until it has."""
        for phase, hold, code in (("completed", "none", 0), ("compensated", "none", 10),
                                  ("terminated", "none", 1), ("running", "parked", 11)):
            with self.subTest(phase=phase, hold=hold):
                ended = dict(RUNNING, phase=phase, hold=hold)
                run = self.expect(code, "start", "x", "--wait", "30s",
                                  answers=[(202, RUNNING), (200, RUNNING), (200, ended)])
                self.assertEqual(run.stdout, ID + "\n")
                self.assertEqual(self.server.requests[0]["headers"]["Prefer"], "wait=20")
                self.assertEqual(len(self.server.requests), 3)
                self.assertRegex(self.server.requests[1]["path"], rf"^/v1/sagas/{ID}\?wait=\d+$")

    def test_waiting_in_vain_is_6(self):
        """The id is printed all the same."""
        run = self.expect(6, "start", "x", "--wait", "1", answers=[(202, RUNNING)])
        self.assertEqual(run.stdout, ID + "\n")

    def test_rerun_starts_a_linked_saga(self):
        """With a reason and an actor, and an input if another is meant; the new id is printed."""
        new = dict(RUNNING, id="saga_00000000000000000000000002", previous=ID)
        run = self.expect(0, "rerun", ID, "--reason", "mended", "--key", "k1", "-i", '{"a": 1}',
                          answers=[(202, new)])
        self.assertEqual(run.stdout, new["id"] + "\n")
        request = self.server.requests[0]
        self.assertEqual((request["method"], request["path"]), ("POST", f"/v1/sagas/{ID}/rerun"))
        self.assertEqual(request["body"], {"reason": "mended", "actor": "ada", "input": {"a": 1}})
        self.assertEqual(request["headers"]["Idempotency-Key"], "k1")
        self.expect(0, "rerun", ID, "--reason", "mended", answers=[(202, new)])
        self.assertEqual(self.server.requests[0]["body"], {"reason": "mended", "actor": "ada"})
        self.assertTrue(self.server.requests[0]["headers"]["Idempotency-Key"].startswith("cli-"))

    def test_rerun_is_checked_before_anything_is_sent(self):
        """The reason, the id, the input, the time."""
        for code, words in ((2, [ID]), (3, ["x", "--reason", "r"]),
                            (2, [ID, "--reason", "r", "-i", "{"]),
                            (2, [ID, "--reason", "r", "--wait", "soon"])):
            self.expect(code, "rerun", *words)
            self.assertEqual(self.server.requests, [])
        refused = {"title": "Not now", "detail": "It has not ended.", "allowed": ["cancel"]}
        run = self.expect(4, "rerun", ID, "--reason", "r", answers=[(409, refused)])
        self.assertIn("allowed now: cancel", run.stderr)

    def test_health_is_0_only_when_ready(self):
        """Live and not ready is a failure."""
        self.expect(0, "server", "health", answers=[(200, {})])
        run = self.expect(1, "server", "health", "-o", "json", answers=[(200, {}), (503, {})])
        self.assertEqual(json.loads(run.stdout), {"live": True, "ready": False})
        self.expect(6, "server", "health", SAGA_SERVER="http://127.0.0.1:1")

    def test_version_needs_no_server(self):
        """But names its version when it answers."""
        self.assertIn("sagactl ", self.expect(0, "version", SAGA_SERVER="http://127.0.0.1:1").stdout)
        self.assertIn("server 9.9", self.expect(0, "version", answers=[(200, {"version": "9.9"})])
                      .stdout)

    def test_lint_names_file_line_and_column_without_a_server(self):
        """Good and bad."""
        with tempfile.TemporaryDirectory() as folder:
            good, bad = os.path.join(folder, "good.yaml"), os.path.join(folder, "bad.yaml")
            with open(good, "w", encoding="ascii") as file:
                file.write("saga: s\ndeadline: 30s\nsteps:\n"
                           "  - {name: a, participant: p, read_only: true}\n")
            with open(bad, "w", encoding="ascii") as file:
                file.write("saga: s\ndeadlin: 30s\nsteps:\n"
                           "  - {name: a, participant: p, read_only: true}\n")
            run = self.expect(0, "def", "lint", good)
            self.assertEqual(run.stdout, f"{good}: ok\n")
            run = self.expect(1, "def", "lint", good, bad, "-o", "json")
            self.assertEqual(json.loads(run.stdout),
                             [{"file": good, "ok": True}, {"file": bad, "ok": False}])
            self.assertIn(f"{bad}:2:1:", run.stderr)
        self.assertEqual(self.server.requests, [])

    def test_help_is_0_and_on_stdout(self):
        """Of all, and of one."""
        self.assertIn("sagactl COMMAND", self.expect(0, "--help").stdout)
        self.assertIn("--reason", self.expect(0, "cancel", "--help").stdout)

    def test_a_redirect_is_not_followed(self):
        """The key must not go elsewhere."""
        self.expect(1, "show", ID, answers=[(302, {})])
        self.assertEqual(len(self.server.requests), 1)


if __name__ == "__main__":
    unittest.main()
