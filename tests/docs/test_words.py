#!/usr/bin/env python3
"""The reference has every word that the sources have, and no other: conditions, numbers, keys
of files.

test_words.py
"""

import re
import unittest

from pages import HEADING, ROOT

SOURCE = ROOT / "orchestrator"
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
SAID = re.compile(r'say\(text,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
MOVING = "It is moving: the next step is about to be called."  # Until its first step has a call.
KEYS = re.compile(r"(\w+)_keys\[\] = \{(.*?)\}", re.DOTALL)


def page(name):
    return (ROOT / "docs" / "reference" / name).read_text()


def words_of(file, table):
    """The words of `NAME_names[…] = { … }` in a source, in their order."""
    text = (SOURCE / file).read_text()
    body = re.search(rf"\b{table}\[\w*\] = \{{(.*?)\}};", text, re.DOTALL)[1]
    return re.findall(r'"([\w-]+)"', body)


def keys_of(*files):
    """By table of a parser of YAML: the keys that it knows."""
    text = "".join((SOURCE / file).read_text() for file in files)
    return {name: re.findall(r'"(\w+)"', body) for name, body in KEYS.findall(text)}


def first_cells(text):
    """The words in code of the first cell of each row of a page's tables."""
    found = []
    for row in re.findall(r"^\| (.*?) \|", text, re.MULTILINE):
        found += re.findall(r"`([^`]+)`", row)
    return found


class Conditions(unittest.TestCase):
    def test_each_has_its_section_in_their_order(self):
        headings = [title for title in HEADING.findall(page("conditions.md"))
                    if title != "Conditions"]
        self.assertEqual(headings, words_of("core/names.c", "condition_names"))

    def test_each_reason_to_park_has_its_row(self):
        reasons = words_of("core/names.c", "park_reason_names")
        rows = re.findall(r"^\| `(\w+)` \|", page("conditions.md"), re.MULTILINE)
        self.assertEqual(["none", *rows], reasons)

    def test_the_sentences_are_those_of_why(self):
        source = (SOURCE / "gateway" / "why_sentence.c").read_text()
        body = re.search(r"static void say_parked.*?(?=\nvoid )", source, re.DOTALL)[0]
        said = ["".join(STRING.findall(call)) for call in SAID.findall(body)]
        shown = " ".join(page("conditions.md").split())
        for sentence in said:
            text = sentence.replace('\\"', '"').replace("being %s by", "being done by")
            text = re.sub(r"^%s ", "Step ", text).replace("%s", "…")
            if text not in ("It is parked.", MOVING):
                self.assertIn(text, shown)
        self.assertGreater(len(said), 15)

    def test_the_first_that_is_said_is_the_first_of_the_list(self):
        code = (SOURCE / "core" / "condition.c").read_text()
        of_steps, of_saga = code[code.index("of_steps("):].split("\nstruct saga_condition", 1)
        order = [word for part in (of_saga, of_steps)
                 for word in re.findall(r"return about(?:_saga)?\(\w+, SAGA_(\w+)|SAGA_(\w+), state",
                                        part)]
        names = [(one or two).lower().replace("_", "-") for one, two in order][1:]
        listed = re.search(r"this list is: (.*?)\. A saga", " ".join(
            page("conditions.md").split()))[1]
        self.assertEqual(re.findall(r"`([\w-]+)`", listed), names)


class Journal(unittest.TestCase):
    def test_the_numbers_of_words_are_those_of_the_enumerations(self):
        """Word by word in their order, as section 4 of the page has them."""
        tables = {"type": "event_type_names", "verb": "verb_names", "parked": "park_reason_names",
                  "phase": "phase_names", "do_state": "do_state_names",
                  "undo_state": "undo_state_names", "direction": "direction_names",
                  "verdict": "verdict_names", "turn_reason": "turn_reason_names"}
        text = page("journal.md")
        for name, table in tables.items():
            row = re.search(rf"^\| `{name}` \| (.*) \|$", text[text.index("## 4."):],
                            re.MULTILINE)[1]
            shown = [cell.strip().replace("after the pivot", "after pivot").replace(" ", "_")
                     for cell in row.split("|") if cell.strip()]
            self.assertEqual(shown, words_of("core/names.c", table))


class Keys(unittest.TestCase):
    def test_every_key_of_the_configuration_is_on_its_page(self):
        keys = keys_of("config/config.c", "config/config_endpoint.c", "config/config_people.c")
        prefix = {"config": "", "http": "http.", "workers": "workers.", "limit": "limits."}
        shown, example = page("configuration.md"), (ROOT / "docs/examples/sagad.yaml").read_text()
        for table, words in keys.items():
            for word in words:
                name = prefix.get(table, "") + word
                self.assertRegex(shown, rf"`(\w+\[\])?\.?{re.escape(name)}\b")
                self.assertRegex(example, rf"\b{word}:")
        self.assertGreaterEqual(sum(map(len, keys.values())), 25)

    def test_every_key_of_a_definition_has_its_row(self):
        keys = keys_of("catalog/blueprint.c", "catalog/blueprint_step.c")
        rows = first_cells(page("definitions.md"))
        self.assertEqual(set(keys["definition"] + keys["step"]), set(rows))
        for word in keys["retry"]:
            self.assertIn(f"`{word}`", page("definitions.md"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
