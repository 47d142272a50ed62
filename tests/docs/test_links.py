#!/usr/bin/env python3
"""Links lead somewhere: each relative link of README.md and docs/, with its anchor; each page is
reached from the front page; and each page that a source names is there.

test_links.py
"""

import pathlib
import re
import subprocess
import tempfile
import unittest

from pages import ROOT, anchors, links, pages

NAMED = re.compile(r"\bdocs/[\w/-]+\.md\b")
SAMPLES = ("tests/tidy/", "tests/docs/")  # They name pages that need not be.


def broken(page, root):
    """Each (link, what is wrong with it) of a page."""
    for link in links(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(root) or not target.exists():
            yield link, "is not there"
        elif anchor and anchor not in anchors(target.read_text()):
            yield link, f"has no heading #{anchor}"


def reached(first):
    """The pages that somebody finds who begins at one."""
    found, open_pages = {first}, [first]
    while open_pages:
        page = open_pages.pop()
        for link in links(page.read_text()):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in found:
                found.add(target)
                open_pages.append(target)
    return found


class Links(unittest.TestCase):
    def test_every_link_and_anchor_resolves(self):
        wrong = [f"{page.relative_to(ROOT)}: {link} {what}"
                 for page in pages() for link, what in broken(page, ROOT)]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_every_page_is_reached_from_the_front_page(self):
        found = reached(ROOT / "README.md")
        lost = [str(page.relative_to(ROOT)) for page in pages() if page not in found]
        self.assertEqual([page for page in lost if "/decisions/" not in page], [])

    def test_every_page_that_a_source_names_is_there(self):
        names = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True, check=True,
                               stdout=subprocess.PIPE).stdout.splitlines()
        wrong = []
        for name in names:
            if name.startswith(SAMPLES) or not (ROOT / name).is_file():
                continue
            text = (ROOT / name).read_bytes().decode(errors="replace")
            wrong += [f"{name}: {page}" for page in NAMED.findall(text)
                      if not (ROOT / page).exists()]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


class Samples(unittest.TestCase):
    def test_what_is_wrong_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            (root / "b.md").write_text("# Two words: `code`\n\n## Twice\n\n## Twice\n")
            page = root / "a.md"
            page.write_text("# Here\n[1](b.md) [2](b.md#two-words-code) [3](#here) [4](x.md)\n"
                            "[5](b.md#none) [6](../a.md) [7](b.md#twice-1) [8](https://a.b/c)\n"
                            "`[9](y.md)`\n```\n[10](z.md)\n```\n")
            self.assertEqual([link for link, _ in broken(page, root)],
                             ["x.md", "b.md#none", "../a.md"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
