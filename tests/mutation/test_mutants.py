#!/usr/bin/env python3
"""Are there all kinds of mutants, everywhere, and is the program that is told to be one, one?"""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from mutants import mutants_of
from variants import CHOOSER, compile_variants

SAMPLE = pathlib.Path(__file__).with_name("sample.c")
FLAGS = ["-std=c17", "-w", "-D_GNU_SOURCE"]

EXPECTED = {
    "rows": [
        "constant 4u → 5u", "constant 4u → 3u", "constant 8u → 9u", "constant 8u → 7u",
        "constant 1u → 2u", "constant 1u → 0u", "mask 4u | 8u → 4u", "mask 4u | 8u → 8u",
    ],
    "is_between": [  # Nothing of what is asserted.
        "negate n > low && n < MOST → !(n > low && n < MOST)",
        "negate n > low → !(n > low)", "negate n < MOST → !(n < MOST)",
        "relation > → >=", "relation < → <=", "logic && → ||",
        "constant MOST → (MOST + 1)", "constant MOST → (MOST - 1)",
    ],
    "turned": [
        "negate i < 3 → !(i < 3)", "relation < → <=", "arithmetic ++ → --",
        "constant 0 → 1", "constant 3 → 4", "constant 3 → 2", "constant 2 → 3", "constant 2 → 1",
        "negate n >= 100 → !(n >= 100)", "relation >= → >", "constant 100 → 101",
        "constant 100 → 99", "arithmetic /= → *=", "constant 2 → 3", "constant 2 → 1",
        "drop n /= 2 → (void)0",
        "constant 5 → 6", "constant 5 → 4", "constant 1u → 2u", "constant 1u → 0u",
        "drop n ^= rows[i] → (void)0", "drop n = n * 5 → (void)0", "drop return n → (void)0",
        "drop if (is_between(2, n)) { n = n * 5; return n; } → (void)0;",
        "negate is_between(2, n) → !(is_between(2, n))", "arithmetic * → /",
        "mask n & ~1u → n", "mask n & ~1u → ~1u",
    ],
}


def words(mutant):
    kind = mutant.id.split(":")[2]
    return f"{kind} {' '.join(mutant.before.split())} → {' '.join(mutant.text.split())}"


class Mutants(unittest.TestCase):
    def test_each_kind_is_made_wherever_it_applies_and_nowhere_else(self):
        found = {}
        for mutant in mutants_of(SAMPLE, FLAGS):
            found.setdefault(mutant.owner.name, []).append(words(mutant))
        del found["main"]
        self.assertEqual({name: sorted(made) for name, made in found.items()},
                         {name: sorted(made) for name, made in EXPECTED.items()})

    def test_every_mutant_has_its_own_name(self):
        names = [mutant.id for mutant in mutants_of(SAMPLE, FLAGS)]
        self.assertEqual(len(names), len(set(names)))

    def test_name_stays_when_the_line_moves(self):
        names = {mutant.id for mutant in mutants_of(SAMPLE, FLAGS)}
        with tempfile.TemporaryDirectory() as folder:
            moved = pathlib.Path(folder) / "sample.c"
            moved.write_text("\n\n" + SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
            self.assertEqual(names, {mutant.id for mutant in mutants_of(moved, FLAGS)})


class Variants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        here = pathlib.Path(cls.folder.name)
        cls.program = here / "sample"
        cls.numbered = list(enumerate(mutants_of(SAMPLE, FLAGS), 1))
        (here / "chooser.c").write_text(CHOOSER, encoding="utf-8")
        compiler = ["gcc", *FLAGS]
        cls.invalid = compile_variants(compiler, SAMPLE.read_text(encoding="utf-8"), cls.numbered,
                                       here / "variants.c", here / "variants.o")
        subprocess.run([*compiler, str(here / "chooser.c"), str(here / "variants.o"), "-o",
                        str(cls.program)], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def says(self, number, argument, milliseconds=2000):
        """What it prints; the signal that ended it, when nothing."""
        done = subprocess.run([str(self.program), argument], capture_output=True, text=True,
                              env={**os.environ, "MUTANT": str(number),
                                   "MUTANT_MS": str(milliseconds)}, check=False)
        return done.stdout.strip() or -done.returncode

    def number_of(self, owner, change):
        return next(number for number, mutant in self.numbered
                    if mutant.owner.name == owner and words(mutant) == change)

    def test_program_is_the_original_until_it_is_told_otherwise(self):
        self.assertEqual(self.invalid, set())
        self.assertEqual(self.says(0, "9"), "20")  # 9 ^ 12 ^ 1 is 4, times 5.

    def test_program_is_the_mutant_that_it_is_told_to_be(self):
        self.assertEqual(self.says(self.number_of("turned", "drop n = n * 5 → (void)0"), "9"), "4")
        self.assertEqual(self.says(self.number_of("rows", "mask 4u | 8u → 8u"), "9"), "0")
        self.assertEqual(self.says(self.number_of("is_between", "constant MOST → (MOST - 1)"),
                                   "11"), "6")

    def test_mutant_that_never_ends_is_ended(self):
        endless = self.number_of("turned", "drop n /= 2 → (void)0")
        self.assertEqual(self.says(0, "200"), "98")
        self.assertEqual(self.says(endless, "200", 100), signal.SIGPROF)


if __name__ == "__main__":
    unittest.main()
