#!/usr/bin/env python3
"""Change the core in every small way there is, and see whether a test notices.

    mutate.py [--sample N --seed S] [--file NAME…] [--id ID…] [--jobs J] [--seconds S]
              [--sim BUILD [--seeds N] [--alone]] [--build FOLDER] [--list]

Each mutant goes through the scenarios and the unit tests of the core; what survives is compared
with the original as optimised code, and goes through the tests with the address and
undefined-behaviour sanitizers, as ./dev test has them. When --sim names a build folder that has
saga-sim, what is left goes through a short campaign of the simulator; with --alone, the simulator
judges every mutant, and the tests none. Killed means that something failed, or took far longer than
it should. What is left then is looked up in equivalents.txt.

Prints the survivors and killed ÷ (all − equivalents); exits 1 when that is below 95 %, or, in a
sample, when there is any survivor: all is known, or killed.
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
import time

from mutants import KINDS, mutants_of
from variants import CHOOSER, compile_variants

TREE = pathlib.Path(__file__).resolve().parents[2]
CORE = pathlib.Path("orchestrator/core")
PARTS = [CORE, "tests/core", "tests/scenarios"]  # Copied first: the tree may change meanwhile.
SUBJECTS = ["apply", "condition", "definition", "edges", "names", "properties", "retry", "saga",
            "verbs"]
FLAGS = ["-std=c17", "-w", "-D_GNU_SOURCE", "-Iorchestrator", "-Itests"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SLOWER = 10           # A test that needs so many times its CPU time is not going to end,
MS_MIN = 200          # unless this is not over yet.
PROPERTY_SEEDS = 500  # The random sagas are slow: fewer than in ./dev test,
SANITIZED_SEEDS = 60  # and fewer still with the sanitizers.
MEMORY_MAX = 2 << 30  # Bytes.
NEWS_SECONDS = 5      # How often the progress is told.
SCORE_MIN = 95.0


def must(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"mutate.py: {' '.join(map(str, command))[:300]}: exit {done.returncode}\n"
                 f"{done.stderr[:4000]}")
    return done.stdout


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# ---- programs that hold all mutants, and are told which to be ----

class Program:
    def __init__(self, path, arguments, bytes_max):
        self.command = [str(path), *arguments]
        self.name = path.name
        self.bytes_max = bytes_max
        self.kills = 0
        self.ms_max = 600000
        start = children_cpu()
        if self.fails(0):
            sys.exit(f"mutate.py: {self.name} fails without any mutant")
        self.seconds = children_cpu() - start
        self.ms_max = max(MS_MIN, int(1000 * SLOWER * self.seconds))

    def fails(self, number):
        """The limits are of CPU: a busy machine does not kill a mutant."""
        environment = {**os.environ, "MUTANT": str(number), "MUTANT_MS": str(self.ms_max),
                       "MUTANT_BYTES": str(self.bytes_max)}
        return subprocess.run(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, check=False,
                              env=environment).returncode != 0

    def worth(self):
        return (self.kills + 1) / (self.seconds + 0.005)


def killer(programs, number):
    """The first program that fails; those that kill most, and fastest, are asked first."""
    for program in sorted(programs, key=Program.worth, reverse=True):
        if program.fails(number):
            program.kills += 1
            return program.name
    return None


class Core:
    """The objects of the core, with all mutants in them."""

    def __init__(self, folder, flags, numbered):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.compiler = ["gcc", *FLAGS, *flags]
        self.invalid = set()
        self.objects = [folder / "chooser.o"]
        (folder / "chooser.c").write_text(CHOOSER, encoding="utf-8")
        must([*self.compiler, "-c", str(folder / "chooser.c"), "-o", str(self.objects[0])])
        for path in sorted(CORE.glob("*.c")):
            here = [(number, mutant) for number, mutant in numbered if mutant.file == path]
            target = folder / f"{path.stem}.o"
            self.invalid |= compile_variants(self.compiler, read(path), here,
                                             folder / f"variants_{path.name}", target)
            self.objects.append(target)


def test_programs(folder, flags, numbered):
    """The tests of the core, and the mutants among @numbered that do not compile."""
    core = Core(folder, ["-O0", *flags], numbered)
    helpers = [f"tests/core/{name}.c" for name in ("samples", "oracle", "stage")]
    sources = {f"test_{subject}": [f"tests/core/test_{subject}.c"] for subject in SUBJECTS}
    sources["test_scenarios"] = sorted(map(str, pathlib.Path("tests/scenarios").glob("*.c")))
    # The sanitizers' shadow needs all addresses there are.
    bytes_max = 0 if flags else MEMORY_MAX
    given = {"test_properties": [str(SANITIZED_SEEDS if flags else PROPERTY_SEEDS)]}

    def program(name):
        must([*core.compiler, "-O1", f'-DSCENARIOS_DIR="{os.getcwd()}/tests/scenarios"',
              *sources[name], *helpers, *map(str, core.objects), "-lcmocka",
              "-o", str(folder / name)])
        return Program(folder / name, given.get(name, []), bytes_max)

    return [program(name) for name in sources], core.invalid


def simulator(folder, build, seeds, numbered):
    """saga-sim as the build folder links it, with the mutants before the libraries."""
    core = Core(folder, ["-O2"], numbered)
    commands = must(["ninja", "-C", str(build), "-t", "commands", "saga-sim"])
    link = commands.strip().splitlines()[-1]
    objects = " ".join(map(str, core.objects))
    must(["sh", "-c", link.replace("-o bin/saga-sim", f"{objects} -o {folder}/saga-sim", 1)],
         cwd=build)

    def program(first, last):
        return Program(folder / "saga-sim", ["--no-shrink", "--seeds", f"{first}..{last}"], 0)

    # Most are killed by the first seeds, and need not go through the others.
    return [program(1, 2), program(3, seeds)], core.invalid


# ---- is it the same program? ----

def optimised(text, folder, name):
    """The compiler's code for a text; the same name and lines, so that asserts say the same."""
    source, code = folder / f"{name}.c", folder / f"{name}.s"
    source.write_text(f'#line 1 "x.c"\n{text}', encoding="utf-8")
    must(["gcc", "-O2", *FLAGS, "-S", str(source), "-o", str(code)])
    return [line for line in code.read_text().splitlines() if not line.startswith("\t.file")]


def same_code(number, mutant, folder):
    folder.mkdir(parents=True, exist_ok=True)
    whole = read(mutant.file)
    changed = whole[:mutant.start] + mutant.text + whole[mutant.end:]
    return optimised(changed, folder, f"{number}") == optimised(whole, folder, f"{number}-whole")


# ---- the campaign ----

def read(path):
    return path.read_text(encoding="ascii", errors="replace")


def read_equivalents():
    """The reason by ID; a reason stands indented under the line of its mutant."""
    known, name = {}, ""
    text = pathlib.Path(__file__).with_name("equivalents.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(" "):
            known[name] = f"{known[name]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            name = line.split()[0]
            known[name] = ""
    return known


def all_mutants():
    return [mutant for path in sorted(CORE.glob("*.c")) for mutant in mutants_of(path, FLAGS)]


def chosen_mutants(arguments, found):
    if arguments.file:
        found = [mutant for mutant in found if mutant.file.name in arguments.file]
    if arguments.id:
        found = [mutant for mutant in found if mutant.id in arguments.id]
    # In a random order: what is done when the time is over is a fair part.
    found = random.Random(arguments.seed).sample(found, len(found))
    return found[:arguments.sample] if arguments.sample else found


class Campaign:
    def __init__(self, arguments, found):
        self.arguments = arguments
        self.alive = list(enumerate(found, 1))
        self.verdicts = {}
        self.deadline = time.monotonic() + arguments.seconds

    def each(self, title, judge):
        """Ask @judge for a verdict on everything alive; None is no verdict yet."""
        start, count, done = time.monotonic(), len(self.alive), 0
        told = start
        with concurrent.futures.ThreadPoolExecutor(self.arguments.jobs) as pool:
            for (_, mutant), verdict in zip(self.alive, pool.map(lambda one: judge(*one),
                                                                 self.alive)):
                if verdict is not None:
                    self.verdicts[mutant] = verdict
                done += 1
                if time.monotonic() > told + NEWS_SECONDS:
                    told = time.monotonic()
                    rate = done / (told - start)
                    print(f"{title}: {done} of {count}, {rate:.1f} a second, "
                          f"{(count - done) / rate:.0f} s left", file=sys.stderr, flush=True)
        self.alive = [(number, mutant) for number, mutant in self.alive
                      if mutant not in self.verdicts]
        print(f"{title}: {count - len(self.alive)} of {count} in "
              f"{time.monotonic() - start:.0f} s", flush=True)

    def ask(self, title, built):
        """@built are programs, and the numbers of the mutants that are not in them."""
        programs, invalid = built
        first = not self.verdicts

        def judge(number, _):
            if number in invalid:
                return "invalid"
            # Nobody has looked at it: that is not survival.
            if first and time.monotonic() > self.deadline:
                return "not tried"
            return killer(programs, number)

        self.each(title, judge)

    def ask_tests(self, folder):
        self.ask("tests", test_programs(folder / "plain", [], self.alive))
        self.each("same code", lambda number, mutant: "same code" if same_code(
            number, mutant, folder / "code") else None)
        if self.arguments.sample:
            # What is known to be equivalent is tried further when all are.
            known = read_equivalents()
            self.verdicts.update({mutant: "survived" for _, mutant in self.alive
                                  if mutant.id in known})
            self.alive = [(number, mutant) for number, mutant in self.alive
                          if mutant.id not in known]
        if self.alive:
            self.ask("sanitized tests",
                     test_programs(folder / "sanitized", SANITIZERS, self.alive))

    def run(self):
        """Every verdict: a killer's name, same code, survived; invalid, not tried."""
        folder = self.arguments.build
        if not self.arguments.alone:
            self.ask_tests(folder)
        if self.alive and self.arguments.sim:
            self.ask("saga-sim", simulator(folder / "simulator", self.arguments.sim,
                                           self.arguments.seeds, self.alive))
        for _, mutant in self.alive:
            self.verdicts[mutant] = "survived"
        return self.verdicts


# ---- the report ----

def kind_of(mutant):
    return mutant.id.split(":")[2]


def describe(mutant):
    before, after = " ".join(mutant.before.split()), " ".join(mutant.text.split())
    return f"{mutant.id}  {before}  →  {after}"


def count_up(verdicts, known):
    """Each mutant as one of: tests, simulator, equivalent, survived."""
    fates = {}
    for mutant, verdict in verdicts.items():
        if verdict == "same code" or (verdict == "survived" and mutant.id in known):
            fates[mutant] = "equivalent"
        elif verdict == "survived":
            fates[mutant] = "survived"
        elif verdict == "saga-sim":
            fates[mutant] = "simulator"
        elif verdict not in ("invalid", "not tried"):
            fates[mutant] = "tests"
    return fates


def print_table(title, fates, key, rows):
    columns = ["tests", "simulator", "equivalent", "survived"]
    print(f"\n{title:<14}{'mutants':>10}" + "".join(f"{column:>12}" for column in columns))
    for row in [*rows, "all"]:
        of = collections.Counter(fate for mutant, fate in fates.items()
                                 if row in ("all", key(mutant)))
        if of:
            print(f"{row:<14}{sum(of.values()):>10}" +
                  "".join(f"{of[column]:>12}" for column in columns))


def report(arguments, found, verdicts):
    known = read_equivalents()
    fates = count_up(verdicts, known)
    count = collections.Counter(fates.values())
    killed = count["tests"] + count["simulator"]
    score = 100 * killed / max(1, len(fates) - count["equivalent"])
    wrong = [mutant for mutant, fate in fates.items()
             if mutant.id in known and fate in ("tests", "simulator")]

    for mutant in sorted(fates):
        if fates[mutant] == "survived":
            print(f"survived  {describe(mutant)}")
    print_table("kind", fates, kind_of, KINDS)
    print_table("file", fates, lambda mutant: mutant.file.name,
                sorted({mutant.file.name for mutant in fates}))
    by_killer = collections.Counter(verdicts[mutant] for mutant in fates
                                    if fates[mutant] in ("tests", "simulator"))
    print("\nkilled by: " + ", ".join(f"{name} {count}" for name, count in by_killer.most_common()))
    for mutant in wrong:
        print(f"listed as equivalent, and killed by {verdicts[mutant]}: {mutant.id}")
    if len(fates) < len(verdicts):
        others = collections.Counter(verdicts[mutant] for mutant in verdicts
                                     if mutant not in fates)
        print(", ".join(f"{name}: {count}" for name, count in others.items()))
    print(f"{killed} killed of {len(fates)} − {count['equivalent']} equivalent: {score:.1f} %")
    lines = [{"id": mutant.id, "line": mutant.line, "before": mutant.before, "after": mutant.text,
              "verdict": verdicts[mutant], "reason": known.get(mutant.id)} for mutant in found]
    (arguments.build / "report.json").write_text(json.dumps(lines, indent=1), encoding="utf-8")
    if arguments.alone:
        return 0
    if arguments.sample:
        return 0 if count["survived"] == 0 and not wrong else 1
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
    parser.add_argument("--seed", default="1")
    parser.add_argument("--file", nargs="*", default=[])
    parser.add_argument("--id", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--sim", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build/mutation")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.alone and not arguments.sim:
        parser.error("--alone goes with --sim")
    arguments.build = arguments.build.resolve()
    arguments.sim = arguments.sim.resolve() if arguments.sim else None
    enter_copy(arguments.build / "tree")
    everything = all_mutants()
    found = chosen_mutants(arguments, everything)
    if arguments.list:
        for mutant in found:
            print(f"line {mutant.line:>3}  {describe(mutant)}")
        return 0
    for name in sorted(set(read_equivalents()) - {mutant.id for mutant in everything}):
        print(f"listed as equivalent, and no longer there: {name}")
    print(f"{len(found)} of {len(everything)} mutants", flush=True)
    return report(arguments, found, Campaign(arguments, found).run())


if __name__ == "__main__":
    sys.exit(main())
