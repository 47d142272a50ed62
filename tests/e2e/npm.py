"""Packages of npm for the tests, installed once into the build folder.

What is installed is what package-lock.json names, with its checksums. When the registry cannot be
reached, the tests that need it fail, and say so.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import world

SOURCES = pathlib.Path(__file__).resolve().parent / "node"
PARTICIPANT = SOURCES.parents[2] / "participants" / "examples" / "node"
PACKAGE_FILES = ["package.json", "package-lock.json", ".npmrc"]
PATIENCE = 540


def stamp(files):
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def install(files, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
    try:
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    except FileNotFoundError as error:
        raise AssertionError("node and npm are not installed: ./dev test does that") from error
    if done.returncode != 0:
        raise AssertionError("npm could not install what the tests need; is its registry within "
                             f"reach?\n{done.stdout[-2000:]}")
    (folder / "stamp").write_text(stamp(files))


def folder_of(name, files):
    """The files with their packages; installs them when they are not there, or are others."""
    folder = world.bin_folder().parents[1] / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = folder / "stamp"
        if not there.exists() or there.read_text() != stamp(files):
            install(files, folder)
    return folder


def node_modules():
    return folder_of("node", [SOURCES / name for name in PACKAGE_FILES]) / "node_modules"


def participant():
    """The participant of participants/examples/node, ready to be started in its folder."""
    files = [PARTICIPANT / name for name in PACKAGE_FILES]
    return folder_of("node-participant", files + sorted(PARTICIPANT.glob("*.js")))


def node(script, *arguments, environment=None, **options):
    """Start a script of tests/e2e/node."""
    variables = dict(os.environ, NODE_PATH=str(node_modules()), **(environment or {}))
    return subprocess.Popen(["node", str(SOURCES / script), *arguments], env=variables, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
