#!/usr/bin/env python3
"""The page of limits cannot lie: each number is its constant's, and no limit is missing.

test_limits.py
"""

import re
import unittest

from pages import ROOT

SOURCE = ROOT / "orchestrator"
PAGE = ROOT / "docs/reference/limits.md"
ROW = re.compile(r"^\| [^|]+ \| (\d+)(?: ([\w]+))? \| [^|]*\| `([\w/.]+)` `([A-Z_]+)` \|$", re.M)
DEFINE = re.compile(r"^#define ([A-Z_]+) +(\([^)\n]*\)|\w+)", re.M)
UNITS = {"": 1, "bytes": 1, "characters": 1, "KiB": 1024, "MiB": 1024 * 1024,
         "ms": 1, "s": 1000, "h": 3600000, "day": 86400000, "days": 86400000}
# Where outsiders meet limits; each of their constants of that name is on the page, or is named here.
LIMITED = ["core/limits.h", "engine/*.h", "gateway/*", "codec/wire.h", "catalog/catalog.h",
           "accounts/accounts.h", "transport/transport.h", "egress/egress_*.h"]
LIMIT = re.compile(r"_MAX$")
INTERNAL = {
    "DIGITS_MAX", "LENGTH_DIGITS_MAX", "AGE_DIGITS_MAX",  # What fits the number's type.
    "MEMBERS_MAX", "REPLY_HEADERS_MAX", "VERB_WORDS_MAX", "ROUTE_PARAMETERS_MAX",  # Of our tables.
    "DEPTH_MAX",             # Of a program of the build.
    "INBOX_PAGE_WHOLE_MAX",  # Between gateway and engine.
    "EGRESS_PROBE_MS_MAX",   # How seldom one that is away is looked for.
}


def constants(file):
    """Name → value of each constant of a source that is a number."""
    found = {}
    for name, text in DEFINE.findall((SOURCE / file).read_text()):
        expression = re.sub(r"\b(\d+)ul?\b", r"\1", text)
        if re.fullmatch(r"[\d ()*+-]+", expression):
            found[name] = eval(expression)  # Digits and signs alone.
    return found


def meant(number, unit, name):
    """What the constant must be; a size counts the NUL at the end, seconds are seconds."""
    value = int(number) * UNITS[unit]
    if name.endswith("_S") or name.endswith("_S_MAX"):
        return value // 1000
    return value + 1 if name.endswith("_SIZE") else value


class Limits(unittest.TestCase):
    def test_each_number_is_its_constants(self):
        rows = ROW.findall(PAGE.read_text())
        lines = [line for line in PAGE.read_text().splitlines()
                 if line.startswith("| ") and not line.startswith("| what ")]
        self.assertEqual(len(rows), len(lines), "a row does not have the form of the others")
        for number, unit, file, name in rows:
            self.assertEqual(constants(file).get(name), meant(number, unit, name),
                             f"{PAGE.name} says of {name} {number} {unit}")

    def test_no_limit_is_missing(self):
        named = {name for _, _, _, name in ROW.findall(PAGE.read_text())}
        there = {name for pattern in LIMITED for path in SOURCE.glob(pattern)
                 if path.suffix in (".c", ".h")
                 for name in constants(path.relative_to(SOURCE)) if LIMIT.search(name)}
        there |= set(constants("core/limits.h"))
        self.assertEqual(there - named - INTERNAL, set(),
                         f"{PAGE.name} lacks these; or say in INTERNAL why nobody meets them")
        self.assertEqual(INTERNAL - there, set(), "INTERNAL names what is not there")


if __name__ == "__main__":
    unittest.main(verbosity=2)
