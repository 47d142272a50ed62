#!/usr/bin/env python3
"""Does the ordinary campaign of the simulator catch the planted bugs?

    run_bugs.py BUILD [--rotate N] [--cpu S] [--seconds S] [--first SEED] [NAME…]

Builds saga-sim-NAME in the build folder BUILD, runs seed after seed until one violates something,
and prints a table: bug, what caught it, the seed, seconds of CPU. Each has S seconds of CPU
(default 60). --rotate N takes N of them, others with each commit; --seconds S: begin no more after
these.
What tests/repro keeps of a bug is played with it, and must violate what it says.
Last comes the check that is deliberately false: when that does not fail, no check is worth a thing.

Exits 1 when something was not caught.
"""

import argparse
import pathlib
import re
import resource
import subprocess
import sys
import time

CHUNK = 20      # Seeds of the first run; each further run has half as many more.
BUGS = pathlib.Path(__file__).resolve().parent
REPROS = BUGS.parent / "repro"


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Caught(Exception):
    """Some seed failed: what said so, and which seed it was."""

    def __init__(self, by, seed):
        super().__init__()
        self.by, self.seed = by, seed


def run_seeds(command, first, last, cpu):
    """Run some seeds; Caught when one fails. False when the time is over."""
    limit = max(1, int(cpu + 1))
    done = subprocess.run([*command, "--no-shrink", "--seeds", f"{first}..{last}"],
                          capture_output=True, text=True,
                          errors="replace", check=False, preexec_fn=lambda: (
                              resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1)),
                              resource.setrlimit(resource.RLIMIT_CORE, (0, 0))))
    found = re.search(r"^(I-\d+) violated .*?seed (\d+)", done.stdout, re.MULTILINE)
    if found:
        raise Caught(found.group(1), int(found.group(2)))
    if done.returncode == 0:
        return True
    if done.returncode in (-24, -9):  # Out of CPU.
        return False
    if first < last:  # It died without a word: which seed was it?
        for seed in range(first, last + 1):
            run_seeds(command, seed, seed, cpu)
        return True
    # The product's own asserts are on, and notice some mistakes before any invariant breaks.
    assertion = re.search(r"([\w.]+):\d+: (\w+): Assertion", done.stderr)
    raise Caught(f"assert in {assertion.group(2)}" if assertion else f"exit {done.returncode}",
                 first)


def hunt(command, cpu, first):
    """Seed after seed until one fails or the time is over: (what caught it, seed), or None."""
    start, size = children_cpu(), CHUNK
    try:
        while children_cpu() - start < cpu:
            if not run_seeds(command, first, first + size - 1, cpu - (children_cpu() - start)):
                return None
            first, size = first + size, size * 3 // 2
    except Caught as caught:
        return caught.by, caught.seed
    return None


def repros(name):
    """The scripts that are about this bug, each with what it violates."""
    for script in sorted(REPROS.glob("*.script")):
        text = script.read_text(encoding="utf-8")
        if re.search(rf"^bug {name}$", text, re.MULTILINE):
            yield script, re.search(r"^violates (I-\d+)$", text, re.MULTILINE).group(1)


def fails_as_told(command, script, violates):
    done = subprocess.run([*command, "--script", str(script)], capture_output=True, text=True,
                          errors="replace", check=False)
    return done.returncode == 1 and done.stdout.startswith(f"{violates} violated ")


def rotation(names, count):
    """Some of the names: other ones with each commit, so that all have their turn."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=BUGS, capture_output=True, text=True,
                          check=False)
    head = done.stdout.strip() or "0"
    start = int(head[:8], 16) % len(names)
    print(f"{count} of {len(names)} planted bugs, from number {start} (commit {head[:8]})")
    return [names[(start + i) % len(names)] for i in range(min(count, len(names)))]


def promised(name):
    text = (BUGS / f"{name}.patch").read_text(encoding="utf-8")
    return re.search(r"^Caught by: (.*)$", text, re.MULTILINE).group(1)


def show(name, outcome, seconds):
    by, seed = outcome if outcome else ("NOT CAUGHT", "-")
    print(f"{name:<32}{by:<24}{seed:>8}{seconds:>9.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rotate", type=int, default=0)
    parser.add_argument("--cpu", type=float, default=60)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--first", type=int, default=1)
    arguments = parser.parse_args()
    names = arguments.names or sorted(patch.stem for patch in BUGS.glob("*.patch"))
    if arguments.rotate:
        names = rotation(names, arguments.rotate)
    targets = ["saga-sim", *(f"saga-sim-{name}" for name in names)]
    subprocess.run(["cmake", "--build", str(arguments.build), "--target", *targets], check=True,
                   stdout=subprocess.DEVNULL)

    program = str((arguments.build / "bin/saga-sim").resolve())
    print(f"{'bug':<32}{'caught by':<24}{'seed':>8}{'CPU s':>9}")
    missed, run, end = [], 0, time.monotonic() + arguments.seconds
    for name in names:
        if time.monotonic() > end:
            break
        start = children_cpu()
        outcome = hunt([program, "--bug", name], arguments.cpu, arguments.first)
        show(name, outcome, children_cpu() - start)
        run += 1
        if outcome is None:
            missed.append(f"{name} ({promised(name)})")
        for script, violates in repros(name):
            run += 1
            told = fails_as_told([program, "--bug", name], script, violates)
            show(f"  {script.name}", (violates, "script") if told else None, 0)
            if not told:
                missed.append(f"{script.name} ({violates})")
    start = children_cpu()
    outcome = hunt([program, "--false-check"], arguments.cpu, arguments.first)
    show("the false check", outcome, children_cpu() - start)
    if outcome is None or outcome[0] != "I-99":
        missed.append("the false check")
    for name in missed:
        print(f"not caught: {name}")
    print(f"{run + 1 - len(missed)} passed, {len(missed)} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
