#!/usr/bin/env python3
"""Make every allocation and sync of the libraries fail once, one run of a unit test for each.

A test program may then fail, since what it expects does not happen; but it must end by itself:
no crash, no sanitizer's report, no failed assertion in the product. Long programs are sampled
evenly within the time they are given.

    sweep.py [--seconds S] [--only NAME] BUILD_FOLDER

A finding is printed with the number that reproduces it: SAGAD_FAULT_AT=n tests/NAME.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

SKIPPED_LABELS = {"e2e", "crash", "fuzz", "tidy", "slow", "threads"}
ONE_RUN_SECONDS = 60
OWN_FOLDERS = r"(?:orchestrator|participants|client)/"
BAD = [
    re.compile(r"ERROR: AddressSanitizer"),
    re.compile(r"runtime error:"),
    re.compile(r"Test failed with exception"),
    re.compile(OWN_FOLDERS + r"\S+:\d+: \w+: Assertion"),
]


def test_programs(build):
    """The cmocka programs of the build that run by themselves: (name, command)."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"],
                             capture_output=True, text=True, check=True)
    for test in json.loads(listing.stdout)["tests"]:
        labels = set()
        for prop in test.get("properties", []):
            if prop["name"] == "LABELS":
                labels = set(prop["value"])
        command = test.get("command")
        if command and not labels & SKIPPED_LABELS and "/tests/test_" in command[0]:
            yield test["name"], command


def run_once(command, at, folder):
    """One run with the nth call failing: (calls counted, what is wrong or None)."""
    count_file = os.path.join(folder, "count")
    environment = dict(os.environ, SAGAD_FAULT_AT=str(at), SAGAD_FAULT_FILE=count_file,
                       ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
                       TMPDIR=folder)
    if os.path.exists(count_file):
        os.unlink(count_file)
    try:
        run = subprocess.run(command, env=environment, cwd=folder, capture_output=True,
                             timeout=ONE_RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return 0, "it hangs"
    output = (run.stdout + run.stderr).decode(errors="replace")
    for bad in BAD:
        found = bad.search(output)
        if found:
            start = output.rfind("\n", 0, found.start()) + 1
            return 0, output[start:start + 600]
    try:
        with open(count_file, encoding="ascii") as file:
            return int(file.read()), None
    except (OSError, ValueError):
        return 0, None


def sweep(name, command, seconds):
    """Fail each counted call once, or an even sample; returns (runs, findings).

    A program that needs longer by itself than the time given is run once: its like is tested by
    quicker ones.
    """
    with tempfile.TemporaryDirectory(prefix="sagad-faults-") as folder:
        began = time.monotonic()
        total, wrong = run_once(command, 0, folder)
        if wrong:
            return 1, [f"{name}: without any fault: {wrong}"]
        one = max(time.monotonic() - began, 0.001)
        if one > seconds:
            return 1, []
        stride = max(1, round(total * one / seconds))
        runs, findings = 1, []
        for at in range(1, total + 1, stride):
            if time.monotonic() - began > 2 * seconds:
                break
            runs += 1
            wrong = run_once(command, at, folder)[1]
            if wrong:
                findings.append(f"SAGAD_FAULT_AT={at} {name}: {wrong}")
        return runs, findings


def main():
    """Sweep every program; exit 1 when there is a finding."""
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build")
    arguments.add_argument("--seconds", type=float, default=3, help="per program (default 3)")
    arguments.add_argument("--only", default="", help="programs whose name contains this")
    options = arguments.parse_args()

    programs = [test for test in test_programs(options.build) if options.only in test[0]]
    failed = 0
    for name, command in programs:
        runs, findings = sweep(name, command, options.seconds)
        failed += 1 if findings else 0
        print(f"{'FAILED' if findings else 'ok':6} {name}: {runs} runs", flush=True)
        for finding in findings[:3]:
            print(finding)
    print(f"{len(programs) - failed} passed, {failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
