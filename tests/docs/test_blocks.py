#!/usr/bin/env python3
"""Every fenced block says what it is, and no command on a page escapes the tests unmarked.

test_blocks.py
"""

import re
import unittest

from pages import ROOT, pages

BLOCK = re.compile(r"^(?:<!-- (?P<comment>.*?) -->\n)?```(?P<mark>[^\n]*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
MARKS = {"", "sh", "output", "c", "cmake", "js", "json", "yaml", "body", "previous", "link"}
COMMAND = re.compile(r"^(\$ |\./dev |(saga(ctl|d|-\w+)|participant-\w+|python3|node|npm|curl|cmake|"
                     r"ninja|ctest|git|systemctl|promtool) )", re.MULTILINE)
# Syntax that is explained, and not a command to type.
FORM = re.compile(r"^usage: |\bDIR\b|\bURL\b|\bFILE\b", re.MULTILINE)


def unmarked(text):
    """(first line, what is wrong) of each block of a page that is not what it should be."""
    for block in BLOCK.finditer(text):
        first = block["text"].split("\n", 1)[0]
        mark, comment = block["mark"], block["comment"] or ""
        if mark not in MARKS and not mark.startswith("hexdump "):
            yield first, f"is marked '{mark}', which nothing reads"
        elif mark == "" and COMMAND.search(block["text"]) and not FORM.search(block["text"]) \
                and not comment.startswith(("transcript: ", "not run: ", "made: ")):
            yield first, "is a command that is not run: mark it sh, or say why above"


class Blocks(unittest.TestCase):
    def test_every_block_is_marked(self):
        wrong = [f"{page.relative_to(ROOT)}: {first!r} {what}"
                 for page in pages() for first, what in unmarked(page.read_text())]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_few_are_not_run(self):
        not_run = [f"{page.name}: {why}" for page in pages()
                   for why in re.findall(r"^<!-- not run: (.*) -->$", page.read_text(), re.M)]
        self.assertLessEqual(len(not_run), 8, "\n".join(not_run))

    def test_what_is_wrong_is_found(self):
        page = "```sh\nls\n```\n```\n$ ls\n```\n<!-- not run: long -->\n```\n./dev bench\n```\n" \
               "```bash\nls\n```\n```\nusage: sagactl list\n```\n```\nsagactl list\n```\n"
        self.assertEqual([first for first, _ in unmarked(page)], ["$ ls", "ls", "sagactl list"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
