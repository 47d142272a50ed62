#!/usr/bin/env python3
"""An HTTP service is a step: the example's twenty lines, and one that misbehaves in every way."""

import contextlib
import email.utils
import json
import pathlib
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import world
from http_service import ACCOUNT, Serve, Service, cuts, says

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "participants/examples/http"


class Verdicts(unittest.TestCase):
    """Each line of the table, once, in a running world."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.world = Serve(f"http://127.0.0.1:{cls.service.port}")

    @classmethod
    def tearDownClass(cls):
        cls.world.close()
        cls.service.close()

    def setUp(self):
        self.service.scripts.clear()
        self.service.seen.clear()
        self.service.ledger.clear()

    def show(self, saga):
        return self.world.show(saga["id"])

    def test_a_request_says_all_that_a_call_says(self):
        saga = self.world.shipped(street="Elm 1", big=12345678901234567)
        path, key, headers, body = self.service.requests("label")[0]
        self.assertEqual(key, f"{saga['id']}/label/do.0")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Saga-Attempt"], "1")
        self.assertTrue(0 < int(headers["Saga-Ms-Left"]) <= 20000, headers)
        self.assertEqual(
            {name: body[name] for name in ("operation_id", "saga", "sid", "definition", "step",
                                           "operation", "direction", "tenant", "input",
                                           "outputs")},
            {"operation_id": key, "saga": saga["id"], "sid": saga["sid"], "definition": "ship",
             "step": "label", "operation": "label", "direction": "do", "tenant": ACCOUNT,
             "input": {"street": "Elm 1", "big": 12345678901234567},
             "outputs": {"book": {"number": 1}}})
        self.assertNotIn("own_output", body)

    def test_a_refusal_turns_the_saga_back_with_its_code(self):
        self.service.script("label", says(422, b'{"code": "no_printer", "detail": "Out of ink."}'))
        saga = self.show(self.world.shipped("compensated"))
        self.assertEqual(len(self.service.requests("label")), 1)
        self.assertEqual(len(self.service.requests("unlabel")), 0)
        _, key, _, body = self.service.requests("unbook")[0]
        self.assertEqual(key, f"{saga['id']}/book/undo")
        self.assertEqual((body["direction"], body["own_output"], body["outcome_known"]),
                         ("undo", {"number": 1}, True))
        self.assertIn("no_printer", json.dumps(saga))
        self.assertIn("Out of ink.", json.dumps(saga))

    def test_an_undo_of_what_is_gone_is_done(self):
        self.service.script("label", says(404))
        self.service.script("unbook", says(410))
        self.world.shipped("compensated")
        self.assertEqual(len(self.service.requests("unbook")), 1)

    def test_a_server_error_is_asked_again_with_the_same_key(self):
        self.service.script("book", says(500), says(409, b"{}"))
        self.world.shipped()
        requests = self.service.requests("book")
        self.assertEqual([seen[2]["Saga-Attempt"] for seen in requests], ["1", "2", "3"])
        self.assertEqual(len({seen[1] for seen in requests}), 1)
        self.assertEqual(len({json.dumps(seen[3]) for seen in requests}), 1)

    def test_busy_is_heeded_and_not_counted(self):
        busy = says(429, b"", ("Retry-After", "0"))
        date = email.utils.formatdate(time.time() - 5, usegmt=True)
        self.service.script("book", busy, busy, busy, says(503, b"", ("Retry-After", date)), busy)
        self.world.shipped()
        self.assertEqual(len(self.service.requests("book")), 6)

    def test_busy_without_a_time_is_counted(self):
        self.service.script("book", says(429), says(503), says(429))
        self.world.shipped("compensated")
        self.assertEqual(len(self.service.requests("book")), 3)
        self.assertEqual(len(self.service.requests("unbook")), 1)

    def test_a_retry_after_is_waited_for(self):
        self.service.script("book", says(503, b"", ("Retry-After", "2")))
        begin = time.monotonic()
        self.world.shipped()
        self.assertGreaterEqual(time.monotonic() - begin, 2.0)

    def test_a_reply_that_is_lost_after_the_work_has_one_effect(self):
        self.service.script("book", self.service.cut_after_work, self.service.cut_after_work)
        saga = self.world.shipped()
        self.assertEqual(len(self.service.requests("book")), 3)
        self.assertEqual(self.service.keys("book"), {f"{saga['id']}/book/do.0"})
        self.assertEqual(len(self.service.ledger), 3)

    def test_a_cut_connection_is_one_request_an_attempt(self):
        """curl never repeats a request on its own account, also not on a connection used before."""
        self.service.script("label", cuts, cuts, cuts)
        self.world.shipped("compensated")
        self.assertEqual([seen[2]["Saga-Attempt"] for seen in self.service.requests("label")],
                         ["1", "2", "3"])

    def test_an_answer_that_is_too_large_is_not_taken(self):
        self.service.script("book", says(200, b'"' + b"x" * 16384 + b'"'))
        saga = self.show(self.world.shipped())
        self.assertEqual(len(self.service.requests("book")), 2)
        self.assertIn("output_too_large", json.dumps(saga))

    def test_an_answer_that_is_no_json_is_not_taken(self):
        self.service.script("book", says(200, b"<html>Welcome</html>"))
        saga = self.show(self.world.shipped())
        self.assertEqual(len(self.service.requests("book")), 2)
        self.assertIn("output_not_json", json.dumps(saga))

    def test_an_answer_without_a_body_is_done(self):
        self.service.script("book", says(201), says(204))
        self.world.shipped()
        self.assertEqual(self.service.requests("label")[0][3]["outputs"], {})

    def test_a_redirect_is_not_followed(self):
        there = ("Location", f"http://127.0.0.1:{self.service.port}/elsewhere")
        self.service.script("book", *[says(status, b"", there) for status in (301, 307, 308)])
        self.world.shipped("compensated")
        self.assertEqual(len(self.service.requests("book")), 3)
        self.assertEqual(len(self.service.requests("elsewhere")), 0)

    def test_a_fence_has_an_address_of_its_own(self):
        self.service.always("hand_over", says(500))
        self.service.script("hand_over/fence", says(410, b'{"code": "fenced"}'))
        saga = self.world.ship()
        world.until(lambda: self.service.requests("hand_over"), "the pivot is asked")
        self.world.sagactl("resolve", saga, "hand_over", "--as", "rejected", "--reason", "test")
        self.world.wait_phase(saga, "compensated")
        self.assertEqual(self.service.keys("hand_over/fence"), {f"{saga}/hand_over/do.0"})
        self.assertEqual(self.service.requests("hand_over/fence")[0][3]["direction"], "fence")

    def test_a_service_without_fences_is_asked_until_it_has_them(self):
        self.service.always("hand_over", says(500))
        self.service.script("hand_over/fence", says(404), says(405), says(410))
        saga = self.world.ship()
        world.until(lambda: self.service.requests("hand_over"), "the pivot is asked")
        self.world.sagactl("resolve", saga, "hand_over", "--as", "rejected", "--reason", "test")
        self.world.wait_phase(saga, "compensated")
        self.assertEqual(len(self.service.requests("hand_over/fence")), 3)

    def test_connections_are_used_again(self):
        self.service.connections.clear()
        for _ in range(5):
            self.world.shipped()
        self.assertEqual(len(self.service.seen), 15)
        self.assertLess(len(self.service.connections), 15)


class Limits(unittest.TestCase):
    def open(self, **options):
        self.service = Service()
        self.addCleanup(self.service.close)
        self.world = Serve(f"http://127.0.0.1:{self.service.port}", **options)
        self.addCleanup(self.world.close)

    def test_no_more_are_out_than_the_limit_allows(self):
        self.open(entry=", limit: 3")
        gate, now, most = threading.Event(), [0], [0]

        def hold(handler, key):
            with self.service.lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            gate.wait(world.PATIENCE)
            with self.service.lock:
                now[0] -= 1
            self.service.work(handler, key)
        self.service.script("book", *[hold] * 8)
        sagas = [self.world.ship() for _ in range(8)]
        world.until(lambda: now[0] == 3, "three are at work")
        self.assertEqual(len(self.service.requests("book")), 3)
        gate.set()
        for saga in sagas:
            self.world.wait_phase(saga, "completed")
        self.assertEqual(most[0], 3)

    def test_an_answer_in_no_time_is_unknown_and_asked_again(self):
        self.open(timeout="1s", attempts=20)
        gate = threading.Event()
        self.addCleanup(gate.set)

        def hang(handler, key):
            self.service.work(handler, key, silent=True)
            gate.wait(world.PATIENCE)
            handler.cut()
        self.service.script("book", hang)
        saga = self.world.shipped()
        self.assertEqual(self.service.keys("book"), {f"{saga['id']}/book/do.0"})
        self.assertGreaterEqual(len(self.service.requests("book")), 2)
        self.assertEqual(len(self.service.ledger), 3)

    def test_a_service_that_hangs_for_ever_is_undone(self):
        self.open(timeout="1s", attempts=5)
        gate = threading.Event()
        self.addCleanup(gate.set)

        def hang(handler, key):
            gate.wait(world.PATIENCE)
            handler.cut()
        self.service.always("label", hang)
        self.world.shipped("compensated")
        body = self.service.requests("unlabel")[0][3]
        self.assertEqual((body["own_output"], body["outcome_known"]), (None, False))


class Unreachable(unittest.TestCase):
    def keep_port(self):
        """Bound, not listening: nobody is there, and it can be nobody else's meanwhile."""
        kept = socket.socket()
        self.addCleanup(kept.close)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        return kept.getsockname()[1]

    def open_service(self, port):
        service = Service(port)
        self.addCleanup(service.close)
        return service

    def test_nobody_there_is_no_worker_and_no_attempt(self):
        port = self.keep_port()
        place = Serve(f"http://127.0.0.1:{port}")
        self.addCleanup(place.close)
        saga = place.ship()
        world.until(lambda: place.condition(saga) == "no-worker", "it waits for a worker")

        def stuck():
            rows = json.loads(place.sagactl("list", "--stuck", "-o", "json").stdout)
            return [row for row in rows if row["id"] == saga]
        row = world.until(stuck, "it is listed as stuck")[0]
        self.assertEqual((row["condition"]["name"], row["condition"]["subject"]),
                         ("no-worker", "parcel"))
        self.assertIn("parcel", place.sagactl("why", saga).stdout)
        service = self.open_service(port)
        place.wait_phase(saga, "completed")
        self.assertEqual([seen[2]["Saga-Attempt"] for seen in service.seen], ["1", "1", "1"])

    def test_one_that_goes_away_and_comes_back_loses_nothing(self):
        port = self.keep_port()
        service = Service(port)
        place = Serve(f"http://127.0.0.1:{port}")
        self.addCleanup(place.close)
        place.shipped()
        service.close()
        sagas = [place.ship() for _ in range(5)]
        for saga in sagas:
            world.until(lambda: place.condition(saga) == "no-worker", "it waits for a worker")
        world.until(lambda: place.metric('saga_participant_workers{participant="parcel"}') == 0,
                    "it is known to be gone")
        service = self.open_service(port)
        for saga in sagas:
            place.wait_phase(saga, "completed")
        self.assertEqual(len(service.ledger), 15)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        folder = tempfile.mkdtemp(prefix="sagad-tls-")
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        service = Service(context=context)
        self.addCleanup(service.close)
        strict = Serve(f"https://localhost:{service.port}")
        self.addCleanup(strict.close)
        saga = strict.ship()
        world.until(lambda: strict.condition(saga) == "no-worker", "it is not trusted")
        self.assertEqual(service.seen, [])
        pathlib.Path(folder, "auth").write_text("Bearer swordfish\n")
        known = Serve(f"https://localhost:{service.port}",
                      entry=f", ca_file: '{folder}/cert.pem', authorization_file: '{folder}/auth'")
        self.addCleanup(known.close)
        known.shipped()
        self.assertEqual({seen[2]["Authorization"] for seen in service.seen}, {"Bearer swordfish"})


class Crash(unittest.TestCase):
    def test_a_kill_in_the_middle_asks_again_with_the_same_keys(self):
        service = Service()
        self.addCleanup(service.close)
        place = Serve(f"http://127.0.0.1:{service.port}")
        self.addCleanup(place.close)
        gate = threading.Event()
        self.addCleanup(gate.set)

        def slow(handler, key):
            service.work(handler, key, silent=True)
            gate.wait(world.PATIENCE)
            handler.cut()
        service.script("label", slow, slow, slow)
        sagas = [place.ship() for _ in range(3)]
        world.until(lambda: len(service.requests("label")) == 3, "the work is done, unanswered")
        place.kill()
        gate.set()
        place.start()
        for saga in sagas:
            place.wait_phase(saga, "completed")
        self.assertEqual(len(service.ledger), 9)
        self.assertEqual(len(service.requests("label")), 6)

    def test_kills_at_any_moment_leave_one_effect_each(self):
        service = Service()
        self.addCleanup(service.close)
        place = Serve(f"http://127.0.0.1:{service.port}")
        self.addCleanup(place.close)
        sagas = []
        for _ in range(4):
            sagas += [place.ship() for _ in range(5)]
            place.kill()
            place.start()
        for saga in sagas:
            place.wait_phase(saga, "completed")
        self.assertEqual(set(service.ledger), {f"{saga}/{step}/do.0" for saga in sagas
                                               for step in ("book", "label", "hand_over")})

    def test_sigterm_ends_while_a_service_hangs(self):
        service = Service()
        self.addCleanup(service.close)
        place = Serve(f"http://127.0.0.1:{service.port}", timeout="50s")
        self.addCleanup(place.close)
        gate = threading.Event()
        self.addCleanup(gate.set)
        service.script("book", lambda handler, key: gate.wait(world.PATIENCE))
        place.ship()
        world.until(lambda: service.requests("book"), "it is asked")
        self.assertEqual(place.stop(), 0)


class Example(unittest.TestCase):
    """participants/examples/http, as it stands there."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sagad-parcel-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.parcel = None
        port = self.start_parcel()
        self.addCleanup(self.end_parcel)
        self.world = Serve(f"http://127.0.0.1:{port}",
                           definition=(EXAMPLE / "sagas/ship.yaml").read_text())
        self.addCleanup(self.world.close)

    def start_parcel(self):
        port = self.folder / "port"
        self.parcel = subprocess.Popen(
            [sys.executable, EXAMPLE / "parcel.py", self.folder / "parcel.db", port],
            stderr=subprocess.DEVNULL)
        world.until(port.exists, "the service listens")
        return port.read_text()

    def end_parcel(self):
        self.parcel.kill()
        self.parcel.wait()

    def pickups(self):
        with contextlib.closing(sqlite3.connect(self.folder / "parcel.db")) as books:
            return books.execute("SELECT street, handed FROM pickups").fetchall()

    def test_it_books_and_hands_over(self):
        self.world.shipped(street="Elm 1")
        self.assertEqual(self.pickups(), [("Elm 1", 1)])

    def test_a_refusal_is_read_by_people(self):
        saga = self.world.shipped("compensated")
        text = json.dumps(self.world.show(saga["id"]))
        self.assertIn("no_street", text)
        self.assertIn("A pickup needs a street.", text)

    def test_what_was_booked_is_given_back(self):
        self.world.shipped("compensated", street="Elm 2", kilograms=21)
        self.assertEqual(self.pickups(), [])


if __name__ == "__main__":
    world.main()
