"""The pages: README.md and docs/, as text, headings and links."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(```+).*?^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)


def pages():
    """The front page, and every page under docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def prose(text):
    """A page without its fenced blocks, which may hold anything."""
    return FENCE.sub("", text)


def links(text):
    """What a page's links point to."""
    return LINK.findall(re.sub(r"`[^`\n]*`", "", prose(text)))


def slug(heading):
    """The anchor of a heading, by the rule of the sites that show such pages."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(text):
    """Every anchor of a page; a heading that comes again gets a number."""
    seen, found = {}, set()
    for heading in HEADING.findall(prose(text)):
        name = slug(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found
