"""A real world for the end-to-end tests: `sagad dev` in a folder of its own, on ports of its own.

BIN is the folder of the programs; the first argument of each test, or the environment's SAGAD_BIN.
Everything is waited for by polling up to a bound; nothing sleeps for luck. A world ends every
process that it started, by pid.
"""

import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

PATIENCE = 60.0  # Seconds after which something that must happen has not.


def bin_folder():
    return pathlib.Path(os.environ["SAGAD_BIN"]).resolve()


def main():
    """Run the tests of the calling module: test_x.py BIN [unittest's arguments]."""
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        os.environ["SAGAD_BIN"] = sys.argv.pop(1)
    unittest.main(verbosity=2)


def until(condition, what, patience=PATIENCE):
    """Poll until the condition gives something true, and return that."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {patience:.0f} s still not: {what}")
        time.sleep(0.02)


def alive(pid):
    """Runs still, and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class World:
    TO = "+15005550010"
    FROM = "+15005550006"

    def __init__(self, participants=True, rate=None, folder=None):
        self.scratch = tempfile.mkdtemp(prefix="sagad-e2e-")
        self.dir = pathlib.Path(folder or os.path.join(self.scratch, "world"))
        self.ready_file = pathlib.Path(self.scratch) / "ready.json"
        self.participants = participants
        self.rate = rate
        self.server = None
        self.started = []  # Participants started by hand.
        self.start()

    # ---- life ----

    def start(self, wait=True):
        self.ready_file.unlink(missing_ok=True)
        arguments = [bin_folder() / "sagad", "dev", "--dir", self.dir, "--http", "127.0.0.1:0",
                     "--ready", self.ready_file]
        if not self.participants:
            arguments.append("--no-participants")
        if self.rate:
            arguments += ["--rate", str(self.rate)]
        self.log = open(os.path.join(self.scratch, "sagad.log"), "ab")
        self.server = subprocess.Popen(arguments, stdout=self.log, stderr=self.log)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def ready():
            if self.server.poll() is not None:
                raise AssertionError(f"sagad ended with {self.server.returncode}:\n{self.logs()}")
            return self.ready_file.exists()
        until(ready, "the ready file")
        self.read_ready()

    def read_ready(self):
        self.ready = json.loads(self.ready_file.read_text())
        self.account = self.ready["account_sid"]
        self.token = self.ready["auth_token"]
        return self.ready

    def logs(self):
        return pathlib.Path(self.scratch, "sagad.log").read_text()[-4000:]

    def kill(self):
        """The process dies on the next instruction; its children die with it."""
        pids = list(self.ready["pids"].values())
        self.server.kill()
        self.server.wait()
        self.log.close()
        if self.participants:
            until(lambda: not any(alive(pid) for pid in pids), "the children die with the server")

    def stop(self):
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(PATIENCE)
        self.log.close()
        return self.server.returncode

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.server.poll() is None:
            self.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def start_participant(self, name):
        secret = os.path.join(self.scratch, f"{name}.secret")
        pathlib.Path(secret).write_text(self.ready["participant_secrets"][name])
        log = open(os.path.join(self.scratch, f"{name}.log"), "ab")
        process = subprocess.Popen(
            [bin_folder() / f"participant-{name}", "serve", "--server",
             self.ready["participants_url"], "--secret-file", secret, "--dir", self.dir],
            stdout=log, stderr=log)
        log.close()
        self.started.append(process)
        until(lambda: self.metric(f'saga_participant_workers{{participant="{name}"}}') >= 1,
              f"{name} asks for work")
        return process

    # ---- HTTP ----

    def request(self, method, path, body=None, headers=None, timeout=30):
        address = urllib.parse.urlsplit(self.ready["http"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def basic(self, account=None, token=None):
        pair = f"{account or self.account}:{token or self.token}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}

    def operator(self):
        return {"Authorization": f"Bearer {self.ready['operator_key']}"}

    def message(self, key=None, headers=None, raw=None, timeout=30, **fields):
        """POST Messages.json; fields with the value None are left out."""
        form = {"To": self.TO, "From": self.FROM, "Body": "hello"}
        form.update({name: value for name, value in fields.items()})
        form = {name: value for name, value in form.items() if value is not None}
        all_headers = {"Content-Type": "application/x-www-form-urlencoded"}
        all_headers.update(self.basic())
        if key:
            all_headers["Idempotency-Key"] = key
        all_headers.update(headers or {})
        return self.request("POST", f"/2010-04-01/Accounts/{self.account}/Messages.json",
                            raw if raw is not None else urllib.parse.urlencode(form),
                            all_headers, timeout)

    def metric(self, name):
        for line in self.request("GET", "/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    # ---- commands ----

    def run(self, *arguments, check=True, **options):
        done = subprocess.run([bin_folder() / arguments[0], *map(str, arguments[1:])],
                              capture_output=True, text=True, timeout=PATIENCE, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}:\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def sagactl(self, *arguments, check=True):
        environment = dict(os.environ, SAGA_SERVER=self.ready["http"],
                           SAGA_KEY=self.ready["operator_key"])
        return self.run("sagactl", *arguments, check=check, env=environment)

    def show(self, sid):
        return json.loads(self.sagactl("show", sid, "-o", "json").stdout)

    def books(self, by_message=False):
        extra = ["--by-message"] if by_message else []
        return json.loads(self.run("participant-billing", "books", "--dir", self.dir, "-o", "json",
                                   *extra).stdout)

    def settled_books(self):
        """Once no saga is under way: one that an earlier test began would still change them."""
        until(lambda: self.metric("saga_sagas_live") == 0, "every saga has ended")
        return self.books()

    def look(self, sid):
        """As show, without a process of its own: for thousands of them."""
        answer = self.request("GET", f"/v1/sagas/{sid}", headers=self.operator())
        if answer.status != 200:
            raise AssertionError(f"{sid}: {answer.status} {answer.body}")
        return answer.json

    def wait_phase(self, sid, *phases, patience=PATIENCE):
        def reached():
            saga = self.look(sid)
            return saga if saga["phase"] in phases else None
        return until(reached, f"{sid} is {' or '.join(phases)}", patience)


class WorldTest(unittest.TestCase):
    """One world for all tests of a class."""

    WORLD = {}

    @classmethod
    def setUpClass(cls):
        cls.world = World(**cls.WORLD)

    @classmethod
    def tearDownClass(cls):
        cls.world.close()
