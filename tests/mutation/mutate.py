#!/usr/bin/env python3
"""Change the core in every small way there is, and see whether a test notices.

    mutate.py [--sample N --seed S] [--file NAME…] [--id ID…] [--jobs J] [--seconds S]
              [--sim BUILD --seeds N] [--build FOLDER] [--list]

Each mutant goes through the scenarios and the unit tests of the core; what survives goes through
them with the address and undefined-behaviour sanitizers, as ./dev test has them, and, when --sim
names a build folder that has saga-sim, through a short campaign of the simulator. Killed means that
something failed, or took far longer than it should. What is left is compared with the original as
optimised code, and looked up in equivalents.txt.

Prints the survivors and killed ÷ (all − equivalents); exits 1 when that is below 95 %.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import threading
import time

from mutants import mutants_of

TREE = pathlib.Path(__file__).resolve().parents[2]
CORE = pathlib.Path("orchestrator/core")
PARTS = [CORE, "tests/core", "tests/scenarios"]  # Copied first: the tree may change meanwhile.
SUBJECTS = ["apply", "condition", "definition", "edges", "names", "properties", "retry", "saga",
            "verbs"]
FLAGS = ["-std=c17", "-w", "-D_GNU_SOURCE", "-Iorchestrator", "-Itests"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SLOWER = 20           # A test that needs so many times its time is not going to end,
SECONDS_MIN = 3       # unless this is not over yet.
MEMORY_MAX = 2 << 30  # Bytes.
SCORE_MIN = 95.0


def run(command, **options):
    """Run quietly and without a core file; the exit code, negative for a signal or for no end."""
    seconds = options.pop("seconds", 600)

    memory = options.pop("memory", resource.RLIM_INFINITY)

    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if "env" in options:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))

    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, timeout=10 * seconds, check=False,
                              preexec_fn=limit, **options)
        return done.returncode
    except subprocess.TimeoutExpired:
        return -14


def must(command, **options):
    code = run(command, **options)
    if code != 0:
        sys.exit(f"mutate.py: {' '.join(map(str, command))}: exit {code}")


# ---- the tests, linked once against the core as a shared library ----

class Bench:
    def __init__(self, folder, sanitizers):
        self.folder = folder
        self.flags = [*FLAGS, *sanitizers]
        # The sanitizers' shadow needs all addresses there are.
        self.memory = resource.RLIM_INFINITY if sanitizers else MEMORY_MAX
        self.objects = {}
        self.seconds = {}
        self.kills = collections.Counter()
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted(CORE.glob("*.c")):
            self.objects[source.name] = folder / f"{source.stem}.o"
            must(self.compiler(source, self.objects[source.name]))
        self.whole = self.library(folder / "whole", {})
        self.programs = [self.scenarios(), *map(self.subject, SUBJECTS)]
        for program in self.programs:
            start = time.monotonic()
            if self.fails(program, self.whole, 60):
                sys.exit(f"mutate.py: {program.name} fails without any mutant")
            self.seconds[program] = time.monotonic() - start

    def compiler(self, source, target):
        return ["gcc", "-O0", "-fPIC", *self.flags, "-c", str(source), "-o", str(target)]

    def library(self, folder, replaced):
        """The core with some objects replaced."""
        folder.mkdir(parents=True, exist_ok=True)
        objects = [str(replaced.get(name, at)) for name, at in self.objects.items()]
        must(["gcc", "-shared", *self.flags, "-o", str(folder / "libcore.so"), *objects])
        return folder

    def program(self, name, sources, *flags):
        path = self.folder / name
        must(["gcc", "-O1", *self.flags, *flags, *map(str, sources), "-o", str(path),
              f"-L{self.whole}", "-lcore", "-lcmocka"])
        return path

    def subject(self, name):
        core = pathlib.Path("tests/core")
        return self.program(f"test_{name}", [core / f"test_{name}.c", core / "samples.c",
                                             core / "oracle.c", core / "stage.c"])

    def scenarios(self):
        here = pathlib.Path("tests/scenarios").resolve()
        core = pathlib.Path("tests/core")
        return self.program("test_scenarios",
                            [*sorted(here.glob("*.c")), core / "samples.c", core / "oracle.c",
                             core / "stage.c"], f'-DSCENARIOS_DIR="{here}"')

    def fails(self, program, library, seconds):
        return run([str(program)], seconds=seconds, memory=self.memory, cwd=self.folder,
                   env={**os.environ, "LD_LIBRARY_PATH": str(library)}) != 0

    def killer(self, library):
        """The first test that fails; those that kill most, and fastest, are asked first."""
        def worth(program):
            return -(self.kills[program] + 1) / (self.seconds[program] + 0.005)

        for program in sorted(self.programs, key=worth):
            limit = max(SECONDS_MIN, SLOWER * self.seconds[program])
            if self.fails(program, library, limit):
                self.kills[program] += 1
                return program.name
        return None


# ---- the simulator, linked anew for each mutant that the tests let live ----

class Simulator:
    def __init__(self, build, seeds):
        self.build = build
        self.seeds = seeds
        commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "saga-sim"],
                                  capture_output=True, text=True, check=True).stdout
        self.link = commands.strip().splitlines()[-1]
        start = time.monotonic()
        if self.fails(build / "bin/saga-sim"):
            sys.exit("mutate.py: saga-sim fails without any mutant")
        self.seconds = max(SECONDS_MIN, SLOWER * (time.monotonic() - start))

    def fails(self, program):
        return run([str(program), "--seeds", f"1..{self.seeds}"], cwd=self.build,
                   seconds=getattr(self, "seconds", 600), env=dict(os.environ)) != 0

    def kills(self, folder, changed):
        program = folder / "saga-sim"
        command = self.link.replace("-o bin/saga-sim", f"{changed} -o {program}", 1)
        must(["sh", "-c", command], cwd=self.build)
        return self.fails(program)


# ---- one mutant ----

def mutated(mutant, folder):
    source = folder / mutant.file.name
    text = mutant.file.read_text(encoding="ascii", errors="replace")
    source.write_text(text[:mutant.start] + mutant.text + text[mutant.end:], encoding="utf-8")
    return source


def same_code(mutant, source, folder):
    """Does the compiler make the same of both?"""
    codes = []
    original = folder / "original.c"
    # The same name and the same lines, so that asserts say the same.
    original.write_text(f'#line 1 "x.c"\n{mutant.file.read_text()}', encoding="utf-8")
    other = folder / "other.c"
    other.write_text(f'#line 1 "x.c"\n{source.read_text()}', encoding="utf-8")
    for each in (original, other):
        must(["gcc", "-O2", *FLAGS, "-S", str(each), "-o", str(folder / "code.s")])
        lines = (folder / "code.s").read_text().splitlines()
        codes.append([line for line in lines if not line.startswith("\t.file")])
    return codes[0] == codes[1]


def judge(mutant, benches, simulator, folder):
    """killed by NAME, survived, same code, or invalid (it does not compile)."""
    folder.mkdir(parents=True, exist_ok=True)
    source = mutated(mutant, folder)
    for bench, note in benches:
        changed = folder / f"changed{note}.o"
        if run(bench.compiler(source, changed)) != 0:
            return "invalid"
        killer = bench.killer(bench.library(folder, {mutant.file.name: changed}))
        if killer is not None:
            return killer + note
    if same_code(mutant, source, folder):
        return "same code"
    if simulator is not None and simulator.kills(folder, folder / "changed.o"):
        return "saga-sim"
    return "survived"


# ---- the campaign ----

def read_equivalents():
    """The reason by ID; a reason stands indented under its ID."""
    known, name = {}, ""
    text = pathlib.Path(__file__).with_name("equivalents.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(" "):
            known[name] = f"{known[name]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            name = line.strip()
            known[name] = ""
    return known


def chosen_mutants(arguments):
    found = []
    for path in sorted(CORE.glob("*.c")):
        if not arguments.file or path.name in arguments.file:
            found += mutants_of(path, FLAGS)
    if arguments.id:
        found = [mutant for mutant in found if mutant.id in arguments.id]
    # In a random order: what is done when the time is over is a fair part.
    random.Random(arguments.seed).shuffle(found)
    return found[:arguments.sample] if arguments.sample else found


def campaign(arguments, found):
    """Every verdict by mutant; fewer than all when the time is over."""
    benches = [(Bench(arguments.build / "plain", []), ""),
               (Bench(arguments.build / "sanitized", SANITIZERS), "+sanitizers")]
    simulator = Simulator(arguments.sim, arguments.seeds) if arguments.sim else None
    deadline = time.monotonic() + arguments.seconds
    verdicts, lock = {}, threading.Lock()

    def one(mutant):
        if time.monotonic() > deadline:
            return
        folder = arguments.build / f"worker-{threading.get_ident()}"
        verdict = judge(mutant, benches, simulator, folder)
        with lock:
            verdicts[mutant] = verdict
            if verdict == "survived":
                print(f"survived  {describe(mutant)}", flush=True)
            if len(verdicts) % 50 == 0:
                print(f"… {len(verdicts)} of {len(found)}", file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(one, found))
    return verdicts


def describe(mutant):
    before, after = " ".join(mutant.before.split()), " ".join(mutant.text.split())
    return f"{mutant.id}  line {mutant.line}: {before}  →  {after}"


def report(arguments, found, verdicts):
    known = read_equivalents()
    valid = {mutant: verdict for mutant, verdict in verdicts.items() if verdict != "invalid"}
    alive = [mutant for mutant, verdict in valid.items() if verdict in ("survived", "same code")]
    equivalent = [mutant for mutant in alive
                  if mutant.id in known or valid[mutant] == "same code"]
    survivors = [mutant for mutant in alive if mutant not in equivalent]
    wrong = [mutant for mutant in valid if mutant.id in known and mutant not in alive]
    by_killer = collections.Counter(valid[mutant] for mutant in valid if mutant not in alive)
    killed = sum(by_killer.values())
    score = 100 * killed / max(1, len(valid) - len(equivalent))

    print(f"\n{'file':<14}{'mutants':>8}{'killed':>8}{'equivalent':>12}{'survived':>10}")
    for name in sorted({mutant.file.name for mutant in valid}):
        of = [mutant for mutant in valid if mutant.file.name == name]
        counts = [len(of), sum(mutant not in alive for mutant in of),
                  sum(mutant in equivalent for mutant in of),
                  sum(mutant in survivors for mutant in of)]
        print(f"{name:<14}{counts[0]:>8}{counts[1]:>8}{counts[2]:>12}{counts[3]:>10}")
    print("\nkilled by: " + ", ".join(f"{name} {count}" for name, count in by_killer.most_common()))
    for mutant in wrong:
        print(f"listed as equivalent, and killed: {mutant.id}")
    if len(verdicts) < len(found):
        print(f"the time was over after {len(verdicts)} of {len(found)}")
    print(f"{killed} killed of {len(valid)} − {len(equivalent)} equivalent: {score:.1f} %")
    lines = [{"id": mutant.id, "line": mutant.line, "before": mutant.before, "after": mutant.text,
              "verdict": verdict, "reason": known.get(mutant.id)}
             for mutant, verdict in verdicts.items()]
    (arguments.build / "report.json").write_text(json.dumps(lines, indent=1), encoding="utf-8")
    return 0 if score >= SCORE_MIN and not wrong else 1


def enter_copy(folder):
    shutil.rmtree(folder, ignore_errors=True)
    for part in PARTS:
        shutil.copytree(TREE / part, folder / part)
    os.chdir(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", nargs="*", default=[])
    parser.add_argument("--id", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--sim", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build/mutation")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    arguments.sim = arguments.sim.resolve() if arguments.sim else None
    enter_copy(arguments.build / "tree")
    found = chosen_mutants(arguments)
    if arguments.list:
        for mutant in found:
            print(describe(mutant))
        return 0
    print(f"{len(found)} mutants", flush=True)
    return report(arguments, found, campaign(arguments, found))


if __name__ == "__main__":
    sys.exit(main())
