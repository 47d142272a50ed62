"""What pages show of a terminal, compared with what is really printed.

Ids, times and counts differ from one run to the next; everything else must be as the page has it.
"""

import re
import shlex
import sys

WRITE = "--write" in sys.argv and not sys.argv.remove("--write")
# What differs from one time to the next.
CHANGING = [(r"saga_[0-9a-z]{26}", "saga_ID"), (r"\b(SM|AC)[0-9a-f]{32}", r"\1ID"),
            (r"\b[0-9a-f]{64}\b", "DIGEST"),
            (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"), (r"127\.0\.0\.1:\d+", "ADDRESS"),
            (r"\bin \d+s", "in Ns"), (r"\b\d+(\.\d+)?(ms|s|m|h|d)\b", "N"),
            (r"attempts? \d+", "attempt N"),
            (r"attempt N is (made at|out and has until) TIME", "attempt N"),
            (r"\b\d+ attempts?\b", "N attempts"), (r"(?m)  \d+  ", "  N  "), (r"[ \t]+", " ")]


def without_changes(text):
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return "\n".join(line.strip() for line in text.strip().splitlines())


def missing_line(shown, printed):
    """The first line of what a page shows that was not printed, in this order; None: none.

    An ellipsis stands for anything within its line.
    """
    rest = iter(without_changes(printed).splitlines())
    for line in without_changes(shown).splitlines():
        form = re.compile(".*".join(map(re.escape, line.split("…"))))
        if line and not any(form.fullmatch(other) for other in rest):
            return line
    return None


class Transcript:
    """The block of a page that stands below <!-- transcript: NAME -->."""

    def __init__(self, test, page, name):
        self.test, self.page, self.name, self.lines = test, page, name, []

    def type(self, *words, **options):
        """Type a command; what it printed on stdout, or else on stderr."""
        run = self.test.world.sagactl(*words, **options)
        self.lines.append("$ sagactl " + " ".join(shlex.quote(word) for word in words))
        self.lines += (run.stdout or run.stderr).rstrip().splitlines()
        return run.stdout or run.stderr

    def compare(self):
        """With --write, the page has from now on what was printed."""
        page, text = self.page.read_text(), "\n".join(self.lines)
        block = re.compile(rf"(<!-- transcript: {self.name} -->\n```\n)(.*?)(\n```)", re.S)
        found = block.search(page)
        self.test.assertTrue(found, f"{self.page.name} has no transcript '{self.name}'")
        if WRITE:
            self.page.write_text(page[:found.start(2)] + text + page[found.end(2):])
        else:
            self.test.assertEqual(without_changes(found[2]), without_changes(text),
                                  f"{self.page.name} says something else")
