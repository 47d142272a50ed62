"""An HTTP service for tests, which does what its script says, and a server that calls it.

One entry of the script is for each request in turn; then it is honest, and keeps a ledger by
Idempotency-Key, as a service with the guard does. What it saw and what it did are two lists, so
that a repetition that had no effect can be told from one that had.
"""

import http.server
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

import world

ACCOUNT = "AC" + "1" * 32

DEFINITION = """\
saga: ship
deadline: 10m
steps:
  - {name: book, participant: parcel, undo: unbook, timeout: %(timeout)s}
  - {name: label, participant: parcel, undo: unlabel, timeout: %(timeout)s}
  - {name: hand_over, participant: parcel, pivot: true, timeout: %(timeout)s}
retry: {attempts: %(attempts)s, base: 20ms, factor: 1, max: 20ms}
guarded: [parcel]
"""


def send_message():
    """The definition of messages, with all of its steps done by this one service."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "sagas/send_message.yaml").read_text()
    text = re.sub(r"participant: \w+", "participant: parcel", text)
    text = re.sub(r"guarded: .*", "guarded: [parcel]", text)
    return text.replace("deadline: 30s", "deadline: 10m")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.service.take(self, dict(self.headers), body)

    def say(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        """The connection ends without a word, and at once."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.shutdown(socket.SHUT_RDWR)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass  # The other side is killed in the middle of things on purpose.


class Service:
    """Scripts are per operation: what it does with one request after the other, as functions of
    the handler and the key; then it is honest."""

    def __init__(self, port=0, context=None):
        self.lock = threading.Lock()
        self.scripts = {}
        self.seen = []      # (path, key, headers, body) of every request.
        self.ledger = {}    # What was answered, by key: the effect happened once for each.
        self.connections = {}
        self.server = Server(("127.0.0.1", port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.service = self
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,),
                                       daemon=True)
        self.thread.start()

    def close(self):
        """Nobody is there any more, also for those who were connected."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        with self.lock:
            for connection in self.connections.values():
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # It has ended already.

    def script(self, operation, *behaviours):
        self.scripts[operation] = iter(behaviours)

    def always(self, operation, behaviour):
        self.scripts[operation] = itertools.repeat(behaviour)

    def take(self, handler, headers, body):
        operation = handler.path[1:]
        key = headers["Idempotency-Key"]
        with self.lock:
            self.seen.append((handler.path, key, headers, json.loads(body)))
            self.connections[handler.client_address] = handler.connection
            behaviour = next(self.scripts.get(operation, iter(())), None)
        if behaviour is None:
            self.work(handler, key)
        else:
            behaviour(handler, key)

    def work(self, handler, key, silent=False):
        with self.lock:
            number = len(self.ledger) + 1
            text = self.ledger.setdefault(key, json.dumps({"number": number}).encode())
        if not silent:
            handler.say(200, text)

    # ---- behaviours ----

    def cut_after_work(self, handler, key):
        self.work(handler, key, silent=True)
        handler.cut()

    def requests(self, operation):
        with self.lock:
            return [seen for seen in self.seen if seen[0] == "/" + operation]

    def keys(self, operation):
        return {seen[1] for seen in self.requests(operation)}


def says(status, body=b"", *headers):
    return lambda handler, key: handler.say(status, body, headers)


def cuts(handler, key):
    handler.cut()


class Serve(world.World):
    """`sagad serve` by a configuration of its own, with one participant over HTTP."""

    def __init__(self, url, timeout="20s", attempts=3, entry="", definition=DEFINITION):
        self.url, self.entry = url, entry
        self.definition = definition.replace("%(timeout)s", timeout)
        self.definition = self.definition.replace("%(attempts)s", str(attempts))
        self.operator_key = None
        super().__init__(participants=False)

    def configure(self):
        key = json.dumps(self.run("sagad", "key").stdout.split())
        _, self.operator_key, _, digest = json.loads(key)
        folder = pathlib.Path(self.scratch)
        (folder / "sagas").mkdir()
        (folder / "sagas/ship.yaml").write_text(self.definition)
        (folder / "sagad.yaml").write_text(
            "http: {address: 127.0.0.1:0}\n"
            f"workers: {{url: 'ipc://{folder}/workers'}}\n"
            "data: data\ndefinitions: sagas\nlog: debug\n"
            f"accounts: [{{sid: {ACCOUNT}, auth_token_sha256: '{digest}'}}]\n"
            f"operators: [{{name: test, key_sha256: '{digest}', role: admin}}]\n"
            f"participants: [{{name: parcel, url: '{self.url}'{self.entry}}}]\n")

    def start(self, wait=True):
        if self.operator_key is None:
            self.configure()
        self.ready_file.unlink(missing_ok=True)
        self.log = open(os.path.join(self.scratch, "sagad.log"), "ab")
        self.server = subprocess.Popen(
            [world.bin_folder() / "sagad", "serve", "--config", f"{self.scratch}/sagad.yaml",
             "--ready", self.ready_file], stdout=self.log, stderr=self.log)
        if wait:
            self.wait_ready()

    def read_ready(self):
        self.ready = json.loads(self.ready_file.read_text())
        self.ready["operator_key"] = self.operator_key
        self.account, self.token = ACCOUNT, self.operator_key  # One secret is enough for tests.
        return self.ready

    def ship(self, **given):
        return self.sagactl("start", "ship", "-i", json.dumps(given)).stdout.strip()

    def shipped(self, phase="completed", **given):
        return self.wait_phase(self.ship(**given), phase)

    def condition(self, saga):
        return self.look(saga)["condition"]["name"]
