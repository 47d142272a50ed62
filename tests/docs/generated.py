"""Parts of pages that are made from the programs: written by --write, compared without it.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`. Whoever changes a program runs the
test that fails once more with --write, and looks at what git says has changed.
"""

import re
import sys

from pages import ROOT

WRITE = "--write" in sys.argv and not sys.argv.remove("--write")


def compare(test, page, name, text):
    """The part of that name on docs/PAGE is this text; with --write, from now on."""
    file = ROOT / "docs" / page
    content = file.read_text()
    part = re.compile(rf"(<!-- made: {re.escape(name)} -->\n)(.*?)(\n<!-- end -->)", re.DOTALL)
    found = part.search(content)
    test.assertTrue(found, f"docs/{page} has no part '{name}'")
    if WRITE:
        file.write_text(content[:found.start(2)] + text + content[found.end(2):])
    else:
        test.assertEqual(found[2], text, f"docs/{page} is not what the programs say: run "
                                         f"{sys.argv[0]} again with --write")


def table(head, rows):
    """A table of Markdown; a bar in a cell stays one."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
                     for line in lines)
