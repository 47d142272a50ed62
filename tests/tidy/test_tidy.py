#!/usr/bin/env python3
"""Each rule is tried on samples: it must catch the bad one and leave the good one alone."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tidy import RULES, findings  # noqa: E402

GUARD = "#ifndef {0}\n#define {0}\n{1}\n#endif\n"


def header(guard, body=""):
    """A header with this guard."""
    return GUARD.format(guard, body)


def function(lines):
    """A function of so many lines, its head and braces included."""
    return "int f(void)\n{\n" + "    f();\n" * (lines - 3) + "}\n"


BASE = "orchestrator/base/"
CORE = "orchestrator/core/"

# rule → (bad trees, good trees); a tree is {path: text}.
SAMPLES = {
    "function-lines": (
        [{BASE + "a.c": function(71)}],
        [{BASE + "a.c": function(70)},
         {BASE + "a.c": "static const int table[] = {\n" + "    1,\n" * 90 + "};\n"}]),
    "file-lines": (
        [{BASE + "a.c": "int a;\n" * 501},
         {BASE + "a.h": header("ORCHESTRATOR_BASE_A_H", "int a;\n" * 198)}],
        [{BASE + "a.c": "int a;\n" * 500}]),
    "columns": (
        [{BASE + "a.c": "/* " + "x" * 95 + " */\n"}],
        [{BASE + "a.c": "/* " + "→" * 94 + " */\n"}]),
    "whitespace": (
        [{BASE + "a.c": "int a; \n"}, {BASE + "a.c": "\tint a;\n"}, {BASE + "a.c": "int a;"}],
        [{BASE + "a.c": "int a;\n"}]),
    "if-in-function": (
        [{BASE + "a.c": "int f(void)\n{\n#ifdef X\n    f();\n#endif\n    return 0;\n}\n"}],
        [{BASE + "a.c": "#ifdef X\nint a;\n#endif\nint f(void)\n{\n    return 0;\n}\n"}]),
    "define-control": (
        [{BASE + "a.c": "#define TRY(x) \\\n    if (x) \\\n        return 1\n"}],
        [{BASE + "a.c": "#define DO_MAX 3 /* return if it is more */\n"},
         {BASE + "a.c": '#define TEXT "if you return"\n'}]),
    "drawers": (
        [{BASE + "util.c": "int a;\n"}, {BASE + "string_helpers.c": "int a;\n"},
         {"orchestrator/common/a.c": "int a;\n"}],
        [{BASE + "utility_bill.c": "int a;\n"}]),
    "layers": (
        [{CORE + "a.c": "#include <stdio.h>\n"},
         {CORE + "a.c": '#include "base/b.h"\n', BASE + "b.h": header("ORCHESTRATOR_BASE_B_H")},
         {"orchestrator/engine/a.c": '#include "store/store_backend.h"\n',
          "orchestrator/store/store_backend.h":
              header("ORCHESTRATOR_STORE_STORE_BACKEND_H")},
         {"orchestrator/gateway/a.c": '#include "engine/engine.h"\n',
          "orchestrator/engine/engine.h": header("ORCHESTRATOR_ENGINE_ENGINE_H")},
         {"participants/auth/a.c": '#include "participants/billing/b.h"\n',
          "participants/billing/b.h": header("PARTICIPANTS_BILLING_B_H")},
         {BASE + "a.c": '#include "base/nowhere.h"\n'}],
        [{CORE + "a.c": '#include <string.h>\n#include "core/b.h"\n',
          CORE + "b.h": header("ORCHESTRATOR_CORE_B_H")},
         {"orchestrator/engine/a.c": '#include "store/store.h"\n',
          "orchestrator/store/store.h": header("ORCHESTRATOR_STORE_STORE_H")},
         {"participants/auth/a.c": '#include "participants/auth/b.h"\n',
          "participants/auth/b.h": header("PARTICIPANTS_AUTH_B_H")},
         {"orchestrator/store/a.c": '#include "store/schema.sql.h"\n',
          "orchestrator/store/schema.sql": "-- Tables.\n"},
         {"orchestrator/main.c": '#include "core/b.h"\n',
          CORE + "b.h": header("ORCHESTRATOR_CORE_B_H")}]),
    "cycles": (
        [{BASE + "a.h": header("ORCHESTRATOR_BASE_A_H", '#include "base/b.h"'),
          BASE + "b.h": header("ORCHESTRATOR_BASE_B_H", '#include "base/a.h"')}],
        [{BASE + "a.h": header("ORCHESTRATOR_BASE_A_H", '#include "base/b.h"'),
          BASE + "b.h": header("ORCHESTRATOR_BASE_B_H"),
          BASE + "c.c": '#include "base/a.h"\n#include "base/b.h"\n'}]),
    "vendors": (
        [{"orchestrator/engine/a.c": "#include <sqlite3.h>\n"},
         {"orchestrator/gateway/status.c": "#include <microhttpd.h>\n"},
         {"orchestrator/store/store.c": '#include "saga/v1/journal.pb-c.h"\n'},
         {"orchestrator/gateway/a.c": "#include <curl/curl.h>\n"},
         {"orchestrator/catalog/catalog.c": "#include <yaml.h>\n"}],
        [{"orchestrator/store/store_sqlite.c": "#include <sqlite3.h>\n"},
         {"orchestrator/gateway/http.c": "#include <microhttpd.h>\n"},
         {"tests/store/test_a.c": "#include <sqlite3.h>\n"}]),
    "guards": (
        [{BASE + "a.h": header("BASE_A_H")}, {BASE + "a.h": "#pragma once\n"}],
        [{BASE + "a.h": header("ORCHESTRATOR_BASE_A_H")},
         {"participants/sdk/guard.h": header("PARTICIPANTS_SDK_GUARD_H")},
         {"client/include/saga/client.h": header("SAGA_CLIENT_H")}]),
    "unfinished": (
        [{BASE + "a.c": "/* TODO: more */\n"}, {BASE + "a.c": "int a; // FIXME\n"},
         {"docs/a.md": "XXX\n"}],
        [{BASE + "a.c": 'const char *text = "TODO";\n/* A todo list. */\n'}]),
    "sleeps": (
        [{"tests/base/test_a.c": "int f(void)\n{\n    sleep(1);\n}\n"}],
        [{"tests/base/test_a.c": "/* sleep(1) */\nint f(void)\n{\n    return oversleep(1);\n}\n"},
         {"tests/crash/a.c": "int f(void)\n{\n    sleep(1);\n}\n"}]),
    "enum-default": (
        [{BASE + "a.c": "enum e { A, B = 2 };\nint f(enum e e)\n{\n    switch (e) {\n"
                        "    case B: return 1;\n    default: return 0;\n    }\n}\n"}],
        [{BASE + "a.c": "enum e { A, B };\nint f(int e)\n{\n    switch (e) {\n"
                        "    case 'x': return 1;\n    default: return 0;\n    }\n}\n"}]),
    "typedefs": (
        [{BASE + "a.h": header("ORCHESTRATOR_BASE_A_H", "typedef struct a { int b; } a_t;")}],
        [{BASE + "a.h": header("ORCHESTRATOR_BASE_A_H", "typedef int visitor(struct a *a);")}]),
    "asserts": (
        [{BASE + "a.c": "#define NDEBUG\n"}, {"CMakeLists.txt": "add_compile_options(-DNDEBUG)\n"}],
        [{"docs/a.md": "NDEBUG is never defined.\n"}]),
    "workplace": (
        [{"docs/a.md": "see /work/shared\n"}, {BASE + "a.c": "/* As issue 2 says. */\n"},
         {BASE + "a.c": "/* See semantics.md, rule 5. */\n"}],
        [{"docs/a.md": "A saga at work/rest; nng#1518; see docs/journal.md, rule 5.\n"}]),
}


def rules_hit(tree):
    """The rules that find something in a tree."""
    with tempfile.TemporaryDirectory(prefix="sagad-tidy-") as root:
        for path, text in tree.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return {rule for _, _, rule, _ in findings(root)}


class Samples(unittest.TestCase):
    """The samples, and that there are some for each rule."""

    def test_every_rule_has_samples(self):
        """A rule that nothing tries may be one that cannot fail."""
        self.assertEqual(set(SAMPLES) | {"commits"}, set(RULES))

    def test_bad_samples_are_caught(self):
        """Each bad tree is found by its rule."""
        for rule, (bad, _) in SAMPLES.items():
            for tree in bad:
                with self.subTest(rule=rule, tree=tree):
                    self.assertIn(rule, rules_hit(tree))

    def test_good_samples_pass(self):
        """Each good tree passes its rule."""
        for rule, (_, good) in SAMPLES.items():
            for tree in good:
                with self.subTest(rule=rule, tree=tree):
                    self.assertNotIn(rule, rules_hit(tree))

    def test_commits_need_a_body(self):
        """A history with one bare commit and one explained one."""
        with tempfile.TemporaryDirectory(prefix="sagad-tidy-") as root:
            def git(*arguments):
                subprocess.run(["git", "-C", root, "-c", "user.name=n", "-c", "user.email=e@e",
                                "-c", "commit.gpgsign=false", *arguments],
                               check=True, capture_output=True)
            git("init", "-q")
            git("commit", "-q", "--allow-empty", "-m", "a: good", "-m", "Because.")
            self.assertEqual(list(findings(root)), [])
            git("commit", "-q", "--allow-empty", "-m", "a: bare")
            git("commit", "-q", "--allow-empty", "-m", "a: " + "long " * 15, "-m", "Because.")
            texts = [text for _, _, rule, text in findings(root) if rule == "commits"]
            self.assertEqual(len(texts), 2)


if __name__ == "__main__":
    QUIET = "--quiet" in sys.argv
    if QUIET:
        sys.argv.remove("--quiet")
    unittest.main(verbosity=0 if QUIET else 1)
