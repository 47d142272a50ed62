#!/usr/bin/env python3
"""docs/reference/cli.md has every command and option of the programs, as they tell them themselves.

test_cli.py BIN [--write]
"""

import pathlib
import re
import subprocess
import sys
import unittest

from generated import compare, table

PAGE = "reference/cli.md"
BIN = pathlib.Path(".")
SAGAD = ["serve", "dev", "check", "key", "restore", "verify"]
FONT = re.compile(r"\\f[BIR]")


def run(program, *words):
    return subprocess.run([BIN / program, *words], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60).stdout


def plain(line):
    """A line of roff as text."""
    return FONT.sub("", line).removeprefix("\\&").replace("\\-", "-").replace("\\e", "\\")


def sections(roff):
    """(title, lines) of each .SH and .SS of the manual page."""
    found = []
    for line in roff.splitlines():
        if line.startswith((".SH ", ".SS ")):
            found.append((plain(line[4:]).strip('"'), []))
        elif found:
            found[-1][1].append(line)
    return found


def pairs(lines):
    """What stands before the first .TP, and (term, text) of each .TP."""
    parts = "\n".join(lines).split(".TP\n")
    terms = [part.strip().split("\n", 1) for part in parts[1:]]
    return plain(parts[0].strip()), [(plain(term), plain(text)) for term, text in terms]


def command(title, lines):
    text, options = pairs(lines)
    block = f"### {title}\n\n{text[0].upper()}{text[1:]}."
    if options:
        block += "\n\n" + table(["option", ""], [[f"`{term}`", text] for term, text in options])
    return block


def sagactl():
    """Each command under a heading of its own; then what all of them take, and how they end."""
    blocks = []
    for title, lines in sections(run("sagactl", "man")):
        if title.startswith("sagactl "):
            blocks.append(command(title, lines))
        elif title not in ("NAME", "SYNOPSIS", "COMMANDS"):
            head = ["status" if title == "EXIT STATUS" else "name", ""]
            rows = [[f"`{term}`", text] for term, text in pairs(lines)[1]]
            blocks.append(f"### {title.capitalize()}\n\n{table(head, rows)}")
    return "\n\n".join(blocks)


def helps(program, words):
    """The help of a program, and of each of its commands, as it prints them."""
    titles = [program, *(f"{program} {word}" for word in words)]
    texts = [run(*title.split(), "--help").rstrip() for title in titles]
    return "\n\n".join(f"### {title}\n\n```\n{text}\n```" for title, text in zip(titles, texts))


class Cli(unittest.TestCase):
    def test_every_command_of_sagactl_is_on_the_page(self):
        compare(self, PAGE, "sagactl", sagactl())

    def test_the_help_of_sagad_is_on_the_page(self):
        compare(self, PAGE, "sagad", helps("sagad", SAGAD))
        named = re.findall(r"^  (\w+) ", run("sagad", "--help"), re.MULTILINE)
        self.assertEqual(named, [*SAGAD, "version"])

    def test_the_help_of_saga_conformance_is_on_the_page(self):
        compare(self, PAGE, "saga-conformance", helps("saga-conformance", []))


if __name__ == "__main__":
    BIN = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
