#!/usr/bin/env python3
"""The house style as a test.

    tidy.py [--list] [--root FOLDER] [FILE…]

Prints path:line: rule: text for each finding, and fails when there is one. With FILEs, only what
was found in them is shown.
"""

import argparse
import os
import re
import subprocess
import sys

from layers import PURE_FOLDERS, PURE_HEADERS, VENDORS, may_include
from source import Tree, without_preprocessor

FUNCTION_LINES_MAX = 70
SOURCE_LINES_MAX = 500
HEADER_LINES_MAX = 200
COLUMNS_MAX = 100
SUBJECT_MAX = 72   # 60 is the aim; a subject that git itself would wrap is refused.

CONTROL = r"\b(return|goto|break|continue|if|else|for|while|do|switch|case)\b"
UNFINISHED = re.compile(r"\b(FIXME|TODO|XXX|HACK)\b")
DRAWERS = re.compile(r"(^|[/_-])(utils?|misc|common|helpers?)([._-]|/|$)", re.I)
# The tree speaks of itself alone: not of where, by whom or on what paper it was made.
WORKPLACE = re.compile(
    r"(?<![\w.])/work/|/shared/design|\bthe design pages?\b|\bissues? #?[0-9]+\b|\bsub-?agents?\b|"
    r"\b(semantics|architecture|operators|facts|mission|resilience)\.md\b|\b(claude|chatgpt|llm)\b|"
    r"\bco-authored-by\b", re.I)
# What of a header's path outsiders do not see: where it lies in this tree.
PUBLIC_PREFIX = r".*/include/|participants/examples/[^/]+/"
# Whole servers may have to wait for one another; a unit test never has to.
SLEEPERS_ALLOWED = ("tests/e2e/", "tests/crash/", "tests/bench/")


def function_lines(tree):
    """A function is at most 70 lines."""
    for file in tree.c_files:
        for name, first, last in file.functions:
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield file.path, first, f"{name} has {last - first + 1} lines"


def file_lines(tree):
    """A source has at most 500 lines, a header 200."""
    for file in tree.c_files:
        most = HEADER_LINES_MAX if file.path.endswith(".h") else SOURCE_LINES_MAX
        if len(file.lines) > most:
            yield file.path, most + 1, f"{len(file.lines)} lines, {most} are allowed"


def columns(tree):
    """A line has at most 100 characters."""
    for file in tree.c_files:
        for number, line in enumerate(file.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield file.path, number, f"{len(line)} columns"


def whitespace(tree):
    """No tabs, no blanks at the end of a line, a newline at the end of the file."""
    for file in tree.c_files:
        for number, line in enumerate(file.lines, 1):
            if "\t" in line or line != line.rstrip():
                yield file.path, number, "a tab, or a blank at the end"
        if file.text and not file.text.endswith("\n"):
            yield file.path, len(file.lines), "no newline at the end"


def if_in_function(tree):
    """No #if inside a function: optional parts are files."""
    for file in tree.c_files:
        for name, first, last in file.functions:
            for number in range(first, last + 1):
                if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", file.code_lines[number - 1]):
                    yield file.path, number, f"a condition of the preprocessor in {name}"


def define_control(tree):
    """No control flow in a #define."""
    for file in tree.c_files:
        for number, text in file.defines():
            found = re.search(CONTROL, re.sub(r"^\s*#\s*define\s+\w+(\([^)]*\))?", "", text))
            if found:
                yield file.path, number, f"'{found.group(1)}' hides in a macro"


def drawers(tree):
    """No file called util, misc, common or helpers."""
    for path in tree.files:
        if DRAWERS.search(path):
            yield path, 1, "name the noun that it is about"


def layers(tree):
    """An include follows the layer rule; core and policy see five standard headers only."""
    for file in tree.c_files:
        if file.path.startswith("tests/"):
            continue
        for number, name, quoted in file.includes():
            if name.endswith(".pb-c.h"):
                continue
            target = tree.resolve(file, name) if quoted else None
            if quoted and target is None:
                # x.sql.h is made from x.sql when it is built, and stands where that stands.
                target = tree.resolve(file, name.removesuffix(".h"))
            if quoted and target is None:
                yield file.path, number, f"{name} is not in the tree"
            elif target and not may_include(file.path, target):
                yield file.path, number, f"may not include {name}"
            elif not quoted and file.path.startswith(PURE_FOLDERS) and name not in PURE_HEADERS:
                yield file.path, number, f"is pure and may not include <{name}>"


def cycles(tree):
    """Headers do not include one another in a circle."""
    graph = {}
    for file in tree.c_files:
        graph[file.path] = [tree.resolve(file, name) for _, name, quoted in file.includes() if quoted]
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in graph.get(path, []):
            if state.get(target) == "open":
                yield path, 1, " → ".join(trail[trail.index(target):] + [target])
            elif target and target not in state:
                yield from visit(target, trail + [target])
        state[path] = "closed"

    for path in sorted(graph):
        if path not in state:
            yield from visit(path, [path])


def vendors(tree):
    """A vendor's header is seen by the one file that wraps it."""
    for file in tree.c_files:
        if file.path.startswith("tests/"):
            continue
        for number, name, _ in file.includes():
            for header, allowed in VENDORS:
                if re.search(header, name) and not re.match(allowed, file.path):
                    yield file.path, number, f"{name} is not for this file"


def guards(tree):
    """A header's guard is its path; a public header's and an example's, what outsiders write."""
    for file in tree.c_files:
        if not file.path.endswith(".h"):
            continue
        guard = re.sub(r"[^A-Z0-9]", "_", re.split(PUBLIC_PREFIX, file.path)[-1].upper())
        opening = re.search(r"^\s*#ifndef (\w+)\n#define (\w+)$", file.code, re.M)
        if not opening or {opening.group(1), opening.group(2)} != {guard}:
            yield file.path, 1, f"the guard must be {guard}"


def unfinished(tree):
    """No FIXME, TODO, XXX or HACK in a comment."""
    for file in tree.files.values():
        if file.path.startswith("tests/tidy/"):
            continue
        text = file.comments if file.is_c else file.text
        if not file.is_c and not file.path.endswith((".sh", ".py", ".txt", ".yaml", ".md", "dev")):
            continue
        for found in UNFINISHED.finditer(text):
            yield file.path, file.line_of(found.start()), found.group(1)


def sleeps(tree):
    """A unit test does not sleep: it turns the clock, or polls up to a bound."""
    for file in tree.c_files:
        if not file.path.startswith("tests/") or file.path.startswith(SLEEPERS_ALLOWED):
            continue
        for found in re.finditer(r"\b(sleep|usleep)\s*\(", file.code):
            yield file.path, file.line_of(found.start()), found.group(1)


def enum_members(tree):
    """The constants of all named enums."""
    members = set()
    for file in tree.c_files:
        plain = without_preprocessor(file.code)
        for body in re.findall(r"\benum\s+\w+\s*\{([^}]*)\}", plain):
            members |= set(re.findall(r"(?:^|,)\s*(\w+)", body))
    return members


def switch_bodies(plain):
    """(offset, direct text) of each switch; the text of switches inside it is blanked."""
    for found in re.finditer(r"\bswitch\s*\(", plain):
        start = plain.find("{", found.end())
        depth, at = 0, start
        while at < len(plain) and start >= 0:
            depth += {"{": 1, "}": -1}.get(plain[at], 0)
            if depth == 0:
                break
            at += 1
        body = plain[start + 1:at]
        inner = re.search(r"\bswitch\s*\(", body)
        yield found.start(), body[:inner.start()] if inner else body


def enum_default(tree):
    """A switch over an enum has no default: the compiler finds the missing case."""
    members = enum_members(tree)
    for file in tree.c_files:
        plain = without_preprocessor(file.code)
        for offset, body in switch_bodies(plain):
            cases = set(re.findall(r"\bcase\s+(\w+)\s*:", body))
            if cases & members and re.search(r"\bdefault\s*:", body):
                yield file.path, file.line_of(offset), "a default over an enum"


def typedefs(tree):
    """struct x stays struct x: no typedef of a struct, union or enum."""
    for file in tree.c_files:
        for found in re.finditer(r"\btypedef\s+(struct|union|enum)\b", file.code):
            yield file.path, file.line_of(found.start()), f"typedef {found.group(1)}"


def asserts(tree):
    """Asserts stay on: nobody defines NDEBUG."""
    for file in tree.files.values():
        if file.path.startswith("tests/tidy/"):
            continue
        text = file.code if file.is_c else file.text
        for found in re.finditer(r"#\s*define\s+NDEBUG\b|-DNDEBUG\b", text):
            yield file.path, file.line_of(found.start()), "NDEBUG"


def workplace(tree):
    """The tree speaks of itself alone."""
    for file in tree.files.values():
        if file.path.startswith("tests/tidy/") or file.path == "LICENSE":
            continue
        for found in WORKPLACE.finditer(file.text):
            yield file.path, file.line_of(found.start()), f"'{found.group(0)}'"


def commits(tree):
    """A commit has a subject of at most 72 characters and a body that says why."""
    log = subprocess.run(["git", "-C", tree.root, "log", "--no-merges", "--format=%h%x00%s%x00%b%x01"],
                         capture_output=True, text=True, check=False)
    if log.returncode != 0 or not os.path.exists(os.path.join(tree.root, ".git")):
        return
    for entry in log.stdout.split("\x01"):
        fields = entry.strip("\n").split("\x00")
        if len(fields) != 3:
            continue
        name, subject, body = fields
        if not body.strip():
            yield f"commit {name}", 1, f"no body: {subject}"
        if len(subject) > SUBJECT_MAX:
            yield f"commit {name}", 1, f"{len(subject)} characters: {subject}"
        found = WORKPLACE.search(subject + "\n" + body)
        if found:
            yield f"commit {name}", 1, f"'{found.group(0)}'"


RULES = {rule.__name__.replace("_", "-"): rule for rule in (
    function_lines, file_lines, columns, whitespace, if_in_function, define_control, drawers,
    layers, cycles, vendors, guards, unfinished, sleeps, enum_default, typedefs, asserts,
    workplace, commits)}


def findings(root):
    """(path, line, rule, text) for everything that is wrong under the root."""
    tree = Tree(root)
    for name, rule in RULES.items():
        for path, line, text in rule(tree):
            yield path, line, name, text


def main():
    """Print the findings; 1 when there is one."""
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--list", action="store_true", help="name the rules")
    arguments.add_argument("--root", default=os.path.join(os.path.dirname(__file__), "../.."))
    arguments.add_argument("files", nargs="*")
    options = arguments.parse_args()
    if options.list:
        for name, rule in RULES.items():
            print(f"{name:16} {rule.__doc__}")
        return 0
    found = sorted(set(findings(os.path.abspath(options.root))))
    if options.files:
        wanted = {os.path.normpath(path) for path in options.files}
        found = [finding for finding in found if finding[0] in wanted]
    for path, line, rule, text in found:
        print(f"{path}:{line}: {rule}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
