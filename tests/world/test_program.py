"""The program sagad as people run it: its commands, and the documented configuration.

    test_program.py BIN_FOLDER SOURCE_FOLDER

Everything is waited for by polling up to a bound, and every process started here is ended here.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PATIENCE = 30.0
COMMANDS = ("serve", "dev", "check", "key")


def sagad(*arguments, **options):
    """Run to the end: (code, stdout, stderr)."""
    run = subprocess.run([BIN / "sagad", *map(str, arguments)], capture_output=True, text=True,
                         timeout=PATIENCE, check=False, **options)
    return run.returncode, run.stdout, run.stderr


def until(condition, what):
    """Poll until there is something, and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"still not: {what}")


def new_key():
    """(key, sha256) from `sagad key`."""
    code, out, _ = sagad("key")
    assert code == 0
    found = re.fullmatch(r"key:    ([0-9a-f]{64})\nsha256: ([0-9a-f]{64})\n", out)
    assert found, out
    return found.groups()


class Commands(unittest.TestCase):
    def test_every_command_has_help(self):
        code, out, _ = sagad("--help")
        self.assertEqual(code, 0)
        for command in COMMANDS:
            self.assertIn(command, out)
            code, text, err = sagad(command, "--help")
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(text.startswith(f"usage: sagad {command}"), text)

    def test_wrong_usage_is_two_and_names_the_help(self):
        for arguments in ([], ["bogus"], ["check"], ["check", "--bogus"], ["serve"],
                          ["serve", "--config"], ["dev"], ["dev", "--dir"],
                          ["dev", "--dir", "x", "y"], ["dev", "--no-participants=1", "--dir", "x"],
                          ["dev", "--dir", "x", "--http", "0.0.0.0:0"],
                          ["dev", "--dir", "x", "--rate", "0"], ["key", "x"]):
            code, out, err = sagad(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn("sagad", err)

    def test_two_keys_are_never_the_same(self):
        self.assertNotEqual(new_key(), new_key())

    def test_check_names_good_files_and_tells_of_bad_ones(self):
        good = SOURCE / "sagas" / "send_message.yaml"
        code, out, err = sagad("check", good)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"\Aok send_message [0-9a-f]{16}\n\Z")
        bad = SOURCE / "tests" / "catalog" / "bad" / "unknown_key_step.yaml"
        code, both, err = sagad("check", bad, good)
        self.assertEqual((code, err), (1, ""))
        self.assertEqual(both, f'{bad}:6:5: unknown key "timout"; did you mean "timeout"?\n'
                               "    timout: 3s\n    ^\n" + out)

    def test_check_of_nothing_that_is_there_fails(self):
        code, out, _ = sagad("check", "/nowhere.yaml")
        self.assertEqual((code, out), (1, "/nowhere.yaml: No such file or directory\n"))


class Served(unittest.TestCase):
    """The documented configuration, on ports of its own and with a key that somebody knows."""

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="sagad-serve-"))
        self.addCleanup(shutil.rmtree, self.place)
        self.key, digest = new_key()
        text = (SOURCE / "docs" / "examples" / "sagad.yaml").read_text()
        text = text.replace("127.0.0.1:8080", "127.0.0.1:0").replace("127.0.0.1:7700",
                                                                      "127.0.0.1:0")
        start = text.index("operators:")
        text = text[:start] + text[start:].replace("0" * 64, digest)
        self.config = self.place / "docs" / "examples" / "sagad.yaml"
        self.config.parent.mkdir(parents=True)
        self.config.write_text(text)
        (self.place / "sagas").symlink_to(SOURCE / "sagas")
        self.ready = self.place / "ready.json"

    def start(self):
        """A server; ended by the test, or at the latest after it."""
        server = subprocess.Popen([BIN / "sagad", "serve", "--config", self.config, "--ready",
                                   self.ready], stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, server, signal.SIGKILL)
        until(lambda: self.ready.exists() or server.poll() is not None, "ready")
        self.assertIsNone(server.poll())
        return server, json.loads(self.ready.read_text())

    def end(self, server, number):
        if server.poll() is None:
            server.send_signal(number)
        return server.wait(PATIENCE)

    def get(self, ready, path, key=None):
        connection = http.client.HTTPConnection(ready["http"].removeprefix("http://"), timeout=10)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request("GET", path, headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def test_the_example_runs_and_knows_its_operator(self):
        server, ready = self.start()
        self.assertEqual(ready["pids"], {"sagad": server.pid})
        self.assertTrue(ready["participants_url"].startswith("tcp://127.0.0.1:"))
        self.assertNotIn("auth_token", ready)
        self.assertEqual(self.get(ready, "/readyz"), 200)
        self.assertEqual(self.get(ready, "/v1/sagas", self.key), 200)
        self.assertEqual(self.get(ready, "/v1/sagas", "0" * 64), 401)
        self.assertEqual(os.stat(self.place / "build" / "serve").st_mode & 0o777, 0o700)
        began = time.monotonic()
        self.assertEqual(self.end(server, signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(self.ready.exists())

    def test_its_data_belongs_to_one_server(self):
        server, _ = self.start()
        code, out, err = sagad("serve", "--config", self.config)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"is used by another server (pid {server.pid})", err)
        self.assertIsNone(server.poll())

    def test_a_killed_server_starts_again_on_its_data(self):
        server, _ = self.start()
        self.end(server, signal.SIGKILL)
        self.ready.unlink()
        _, ready = self.start()
        self.assertEqual(self.get(ready, "/readyz"), 200)

    def test_a_mistake_in_a_definition_keeps_it_from_starting(self):
        (self.place / "sagas").unlink()
        (self.place / "sagas").mkdir()
        (self.place / "sagas" / "x.yaml").write_text("saga: x\n")
        code, _, err = sagad("serve", "--config", self.config)
        self.assertEqual(code, 1)
        self.assertIn('x.yaml:1:1: the definition has no key "steps"', err)

    def test_a_mistake_in_the_configuration_keeps_it_from_starting(self):
        self.config.write_text("htpp: {}\n")
        code, _, err = sagad("serve", "--config", self.config)
        self.assertEqual(code, 1)
        self.assertIn('unknown key "htpp"; did you mean "http"?', err)

    def test_a_ready_file_that_cannot_be_written_ends_it(self):
        code, _, err = sagad("serve", "--config", self.config, "--ready", self.place / "no" / "x")
        self.assertEqual(code, 1)
        self.assertIn("event=not_written", err)
        self.assertIn("No such file or directory", err)

    def test_a_taken_address_is_said(self):
        _, ready = self.start()
        address = ready["http"].removeprefix("http://")
        other = self.config.with_name("other.yaml")
        other.write_text(self.config.read_text().replace("address: 127.0.0.1:0",
                                                         f"address: {address}")
                         .replace("build/serve", "build/other"))
        code, _, err = sagad("serve", "--config", other)
        self.assertEqual(code, 1)
        self.assertIn(f"{address} is in use", err)


if __name__ == "__main__":
    SOURCE = pathlib.Path(sys.argv.pop(2)).resolve()
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
