#!/usr/bin/env python3
"""What a participant can get wrong on the wire is named by saga-conformance.

Each mistake is one change of the participant in Node, which without it passes; tests/testkit has
the mistakes that a handler can make.

test_wire_mistakes.py BIN
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import npm
import world

PROTO = npm.PARTICIPANT.parents[2] / "proto"
PATIENCE = 300

# What is wrong, in which file, what stands there, what stands there instead, what must be said.
MISTAKES = {
    "it connects without a pause": (
        "participant.js", "setTimeout(() => this.connect(), doubled(100, this.failures++, 5000))",
        "setImmediate(() => this.connect())",
        "FAILED  it waits between attempts to connect: it connected "),
    "it never sends a result again": (
        "participant.js", "now - kept.sentAt > RESEND_MS", "kept.sentAt === -Infinity",
        "FAILED  it sends a result again until that is acknowledged: "
        "a result that was not acknowledged was not sent again"),
    "it is deaf to acknowledgements": (
        "participant.js", "this.results.delete(token.toString('hex'))", "void token",
        "FAILED  it does not send again what was acknowledged: "
        "a result that was acknowledged was sent again"),
    "its results die with the connection": (
        "participant.js", "for (const kept of this.results.values()) kept.sentAt = -Infinity;",
        "this.results.clear();",
        "FAILED  it connects again, and its results outlive the connection: "),
    "it has one poll out": (
        "participant.js", "[2, 32, 200,", "[1, 32, 200,",
        "FAILED  it keeps two polls out: only one poll with free slots lies at the server"),
    "it dies of nonsense": (
        "participant.js", "try { reply = Reply.decode(body); } catch {",
        "{ reply = Reply.decode(body);",
        "FAILED  it survives an answer that makes no sense"),
    "it does not wait when told to": (
        "participant.js", "this.quietUntil = performance.now() +", "this.quietUntil = 0 *",
        "FAILED  it waits when the server is overloaded: told to wait 2000 ms, it polled again "),
    "it answers only the first call of a message": (
        "participant.js", "work({ calls, acknowledged }) {",
        "work({ calls, acknowledged }) { calls = calls.slice(0, 1);",
        "FAILED  it answers as many calls as it has offered slots: of 32 calls in one message"),
    "it forgets when it is killed": (
        "guard.js", "fs.writeSync(this.file,", "((file, line) => line)(this.file,",
        "FAILED  it remembers across a break: "),
    "it takes a fence for a do": (
        "guard.js", "if (call.direction === DO) return store",
        "if (call.direction !== UNDO) return store",
        "FAILED  it answers a fence of what never happened with REJECTED: "),
}


def planted(folder, mistake):
    """The participant with this mistake, in a folder; None: without any."""
    installed = npm.participant()
    (folder / "node_modules").symlink_to(installed / "node_modules")
    for name in ["package.json", "index.js", "participant.js", "guard.js"]:
        shutil.copy(npm.PARTICIPANT / name, folder)
    if mistake:
        file, right, wrong, _ = MISTAKES[mistake]
        text = (folder / file).read_text()
        assert text.count(right) == 1, f"{file} does not have this once: {right}"
        (folder / file).write_text(text.replace(right, wrong))


def conform(mistake):
    with tempfile.TemporaryDirectory(prefix="sagad-mistake-") as name:
        folder = pathlib.Path(name)
        planted(folder, mistake)
        (folder / "secret").write_text("s3cret\n")
        done = subprocess.run(
            [world.bin_folder() / "saga-conformance", f"ipc://{folder}/s", "--participant", "seats",
             "--secret-file", folder / "secret", "--rounds", "3", "--patience", "8",
             "--operation", "hold", "--undo", "release",
             "--run", "exec node index.js seats $SAGA_URL secret store"],
            cwd=folder, env=dict(os.environ, SAGA_PROTO=str(PROTO)), text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    return done.returncode, done.stdout


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        npm.participant()
        # They mostly wait, each for its own participant.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = {mistake: pool.submit(conform, mistake) for mistake in [None, *MISTAKES]}
        cls.runs = {mistake: run.result() for mistake, run in runs.items()}

    def test_each_is_named(self):
        for mistake, (_, _, _, sentence) in MISTAKES.items():
            with self.subTest(mistake):
                code, out = self.runs[mistake]
                self.assertEqual(code, 1, out)
                self.assertIn(sentence, out)

    def test_without_one_it_passes(self):
        code, out = self.runs[None]
        self.assertEqual(code, 0, out)


if __name__ == "__main__":
    world.main()
