#!/usr/bin/env python3
"""The Messages face in a real world: what is sent, what is refused, what is repeated."""

import pathlib
import re
import threading

import world

FIELDS = {
    "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction",
    "error_code", "error_message", "from", "messaging_service_sid", "num_media", "num_segments",
    "price", "price_unit", "sid", "status", "subresource_uris", "to", "uri",
}


class Messages(world.WorldTest):
    def assert_error(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["message"])
        self.assertTrue(answer.json["more_info"])

    def test_a_message_goes_through_five_steps(self):
        answer = self.world.message()
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(set(answer.json), FIELDS)
        self.assertRegex(answer.json["sid"], r"^SM[0-9a-f]{32}$")
        saga = self.world.wait_phase(answer.json["sid"], "completed")
        self.assertEqual([step["state"] for step in saga["steps"]], ["done"] * 5)
        fetched = self.world.request("GET", answer.json["uri"], headers=self.world.basic())
        self.assertEqual(fetched.status, 200)
        self.assertEqual(fetched.json["sid"], answer.json["sid"])

    def test_the_same_key_is_the_same_message_and_one_charge(self):
        first = self.world.message(key="once")
        again = self.world.message(key="once")
        self.assertEqual(again.json["sid"], first.json["sid"])
        self.assertEqual(again.headers.get("idempotent-replayed"), "true")
        self.assertNotIn("idempotent-replayed", first.headers)
        other = self.world.message(key="once", Body="something else")
        self.assertEqual(other.status, 422, other.body)
        self.world.wait_phase(first.json["sid"], "completed")
        mine = [message for message in self.world.books(by_message=True)["messages"]
                if message["sid"] == first.json["sid"]]
        self.assertEqual([message["captures"] for message in mine], [1])

    def test_a_key_repeated_while_the_first_still_runs_is_the_same_message(self):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.world.message(key="race")))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertEqual(len({answer.json["sid"] for answer in answers}), 1)
        replayed = sum(answer.headers.get("idempotent-replayed") == "true" for answer in answers)
        self.assertEqual(replayed, 7)

    def test_a_key_outlives_a_restart(self):
        first = self.world.message(key="restart")
        self.world.wait_phase(first.json["sid"], "completed")
        captures = self.world.settled_books()["captures"]
        self.world.kill()
        self.world.start()
        again = self.world.message(key="restart")
        self.assertEqual((again.status, again.json["sid"]), (201, first.json["sid"]))
        self.assertEqual(again.headers.get("idempotent-replayed"), "true")
        self.assertEqual(self.world.settled_books()["captures"], captures)

    def test_each_test_number_gives_its_code(self):
        for sender, code in (("+15005550001", 21212), ("+15005550007", 21606)):
            self.assertEqual(self.world.message(From=sender).json["code"], code)
        for recipient, code in (("+15005550001", 21211), ("+15005550002", 21612),
                                ("+15005550004", 21610), ("+15005550009", 21614)):
            self.assertEqual(self.world.message(To=recipient).json["code"], code)

    def test_a_full_queue_gives_everything_back_balance_first(self):
        before = self.world.settled_books()["accounts"]
        answer = self.world.message(From="+15005550008")
        self.assert_error(answer, 429, 21611)
        sid = answer.json["sid"]
        saga = self.world.wait_phase(sid, "compensated")
        self.assertEqual([step["undo"] for step in saga["steps"]],
                         ["none", "done", "done", "none", "none"])
        self.assertEqual(self.world.settled_books()["accounts"], before)
        trace = self.world.sagactl("trace", sid).stdout
        self.assertLess(trace.index("release_balance"), trace.index("release_quota"))

    def test_mistakes_are_told_clearly(self):
        bad = {"Authorization": "Basic QUMwOm5v"}
        self.assert_error(self.world.message(headers=bad), 401, 20003)
        self.assert_error(self.world.message(headers=self.world.basic(token="wrong")), 401, 20003)
        unknown = self.world.basic(account="AC" + "0" * 32)
        self.assert_error(self.world.message(headers=unknown), 401, 20003)
        self.assert_error(self.world.message(To=None), 400, 21604)
        self.assert_error(self.world.message(Body=None), 400, 21602)
        self.assert_error(self.world.message(Body="x" * 1601), 400, 21617)
        self.assertEqual(self.world.message(raw="To=%zz&From=1&Body=x").status, 400)
        self.assertEqual(self.world.message(raw="Body=%ff%fe").status, 400)
        started = self.world.metric("saga_sagas_started_total")
        self.assertEqual(self.world.message(To=None).status, 400)
        self.assertEqual(self.world.metric("saga_sagas_started_total"), started)

    def test_a_form_may_be_written_in_every_way_that_client_libraries_have(self):
        ends = "To=%2B15005550010&From=%2B15005550006&"
        pieces = [b"To=%2B15005550010&From=%2B15", b"005550006&Body=in+", b"pieces"]
        for body, text in (("Body=a+b%2Bc", "a b+c"),               # urlencode of Python, Java, Go
                           ("Body=a%20b%2bc", "a b+c"),             # encodeURIComponent, lower case
                           ("Body=~*'()!-._", "~*'()!-._"),         # What nobody needs to encode.
                           ("Body=%7E%2A%27%28%29%21-._", "~*'()!-._"),
                           ("Body=Gr%C3%BC%C3%9Fe", "Grüße"),
                           ("Body=Grüße 👋".encode(), "Grüße 👋"),  # curl -d
                           ("Body=%F0%9F%91%8B%0D%0A%09x", "👋\r\n\tx"),
                           ("Body=x&MediaUrl=&StatusCallback=&", "x"),
                           ("&Body=x&&Attempt=&ProvideFeedback=false", "x")):
            raw = ends.encode() + (body if isinstance(body, bytes) else body.encode())
            for kind in ("application/x-www-form-urlencoded",
                         "application/x-www-form-urlencoded; charset=UTF-8",
                         "Application/X-WWW-Form-Urlencoded;charset=\"utf-8\""):
                answer = self.world.message(raw=raw, headers={"Content-Type": kind})
                self.assertEqual(answer.status, 201, (raw, kind, answer.body))
                self.assertEqual(answer.json["body"], text)
        answer = self.world.message(raw=iter(pieces))  # In chunks.
        self.assertEqual((answer.status, answer.json["body"]), (201, "in pieces"), answer.body)

    def test_what_would_be_misread_is_refused(self):
        for headers in ({"Content-Type": "application/json"},
                        {"Content-Type": "multipart/form-data; boundary=x"},
                        {"Content-Type": "application/x-www-form-urlencoded; charset=iso-8859-1"},
                        {"Content-Encoding": "gzip"}):
            self.assert_error(self.world.message(headers=headers), 415, 20415)

    def test_each_code_has_a_page_of_its_own(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs/reference/errors.md").read_text()
        codes = set(re.findall(r"^\| `?(\w+)`? \| \d+ \|", page, re.M))
        self.assertGreater(len(codes), 40)
        for code in sorted(codes):
            answer = self.world.request("GET", f"/docs/errors/{code}")
            self.assertEqual(answer.status, 200, code)
            self.assertIn(f"{code}  (HTTP ", answer.body.decode())

    def test_a_body_of_ten_megabytes_is_refused_without_reading_it(self):
        try:
            answer = self.world.message(raw="Body=" + "x" * 10_000_000)
            self.assertEqual(answer.status, 413)
            self.assertTrue(answer.json["message"])
        except (BrokenPipeError, ConnectionResetError):
            pass  # Closed while we were still sending; the next request is served all the same.
        self.assertEqual(self.world.message().status, 201)

    def test_a_messaging_service_picks_one_of_its_senders(self):
        answer = self.world.message(From=None, MessagingServiceSid="MG" + self.world.account[2:])
        self.assertEqual(answer.status, 201, answer.body)
        self.world.wait_phase(answer.json["sid"], "completed")

    def test_no_secret_enters_a_saga(self):
        answer = self.world.message()
        shown = self.world.sagactl("show", answer.json["sid"], "-o", "json").stdout
        self.assertNotIn(self.world.token, shown)
        self.assertNotIn(self.world.ready["operator_key"], shown)


if __name__ == "__main__":
    world.main()
