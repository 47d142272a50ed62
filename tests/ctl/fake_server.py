"""A server that answers what each test wants, and sagactl run against it."""

import http.server
import json
import os
import subprocess
import sys
import threading
import unittest

SAGACTL = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "sagactl"
ID = "saga_00000000000000000000000001"
SID = "SM" + "0" * 31 + "1"
RUNNING = {
    "id": ID, "sid": SID, "definition": "send_message", "version": "abc", "phase": "running",
    "hold": "none", "step": "queue", "attempts": 5,
    "condition": {"name": "no-worker", "since": "2020-01-01T00:00:00.000Z", "subject": "messaging"},
    "created": "2020-01-01T00:00:00.000Z", "deadline": "2020-01-01T00:00:30.000Z",
    "steps": [{"name": "queue", "state": "waiting", "undo": "none", "attempts": 5,
               "participant": "messaging"}],
    "events": [{"seq": 1, "time": "2020-01-01T00:00:00.000Z", "type": "submitted",
                "step": None, "text": "submitted"}]}


class Server(http.server.ThreadingHTTPServer):
    """Answers from a list, the last of them again and again; remembers what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = []
        self.requests = []

    @property
    def url(self):
        """Where sagactl finds it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    def answer(self):
        """Note the request; give the next answer."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.requests.append({
            "method": self.command, "path": self.path, "headers": dict(self.headers),
            "body": json.loads(body) if body else None})
        answers = self.server.answers
        status, value = answers.pop(0) if len(answers) > 1 else answers[0]
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = answer

    def log_message(self, *_):
        """Quiet."""


class SagactlTest(unittest.TestCase):
    """Each test gives answers, runs the program, expects."""

    def setUp(self):
        self.server = Server()
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def run_it(self, *words, answers=((200, RUNNING),), stdin="", **environment):
        """Run sagactl against these answers."""
        self.server.answers = list(answers)
        self.server.requests.clear()
        return subprocess.run(
            [SAGACTL, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "USER": "ada", "SAGA_SERVER": self.server.url,
                 "SAGA_KEY": "secret", **environment})

    def expect(self, code, *words, **options):
        """Run it and expect an exit code; the run comes back."""
        run = self.run_it(*words, **options)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run
