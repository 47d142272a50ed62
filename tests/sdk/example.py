#!/usr/bin/env python3
"""Do what docs/tutorials/first-participant-in-c.md says, as it says it.

    example.py --source FOLDER --build FOLDER --to FOLDER --compiler CC [--flags FLAGS]

Pastes the page's C files into a folder outside the tree and types the page's commands, all of them
in one shell: installs the library, compiles, tortures, has a server call it, and builds the
example's project. Only the build, the prefix, the folder and the compiler's flags are put in their
place. Leaves TO/coupons.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from transcript import missing_line

UNGUARDED = (".database = stock", ".database = NULL")


def blocks(page, language):
    """The fenced blocks of a language, in order; "" is what commands print."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S)
    return [text for name, text in fences if name == language]


def paste(page, folder):
    """Write each C block to the file that its first line names."""
    names = []
    for text in blocks(page, "c"):
        name = re.match(r"/\* (\w+\.[ch]): ", text)
        if not name:
            sys.exit(f"a C block does not begin with its file's name: {text[:60]!r}")
        (folder / name.group(1)).write_text(text, encoding="utf-8")
        names.append(name.group(1))
    return names


class Shell:
    """Types commands the way a reader would, where the library is installed in a prefix."""

    def __init__(self, options, to):
        prefix = to / "prefix"
        build = shlex.quote(os.path.abspath(options.build))
        self.replaced = {"./dev build": ":", "$PWD/build/release": build, "build/release": build,
                         "/usr/local": shlex.quote(str(prefix)), "~/coupons": shlex.quote(str(to))}
        flags = f"{options.flags} -std=c17 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L"
        self.head = f'cc() {{ {shlex.quote(options.compiler)} {flags} "$@"; }}\n'
        # A torture syncs a lot; in memory that costs nothing.
        scratch = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(to)
        self.environment = dict(os.environ, PKG_CONFIG_PATH=f"{prefix}/lib/pkgconfig",
                                CMAKE_PREFIX_PATH=str(prefix), CC=options.compiler,
                                CFLAGS=options.flags, TMPDIR=scratch)

    def run(self, script, folder, check=True):
        """Run a script; what it printed."""
        for typed, real in self.replaced.items():
            script = script.replace(typed, real)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.head + script], cwd=folder,
                              env=self.environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check and done.returncode != 0:
            sys.exit(f"{script}{done.stdout}")
        return done.stdout


def torture_without_guard(shell, folder, page):
    """The page's own mistake is found, in the page's own words."""
    broken = folder / "unguarded"
    broken.mkdir()
    for name in ("coupons.h", "coupons.c", "coupons_test.c"):
        shutil.copy(folder / name, broken)
    source = broken / "coupons.c"
    text = source.read_text(encoding="utf-8")
    if UNGUARDED[0] not in text:
        sys.exit(f"the page's coupons.c has no {UNGUARDED[0]!r}")
    source.write_text(text.replace(*UNGUARDED), encoding="utf-8")
    block = next(block for block in blocks(page, "sh") if "./coupons_test" in block)
    said = shell.run(block, broken, check=False)
    if said not in blocks(page, ""):
        sys.exit(f"the page does not say what was said:\n{said}")


def main():
    """Paste, install, compile, torture."""
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("source", "build", "to", "compiler"):
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--flags", default="")
    options = arguments.parse_args()

    source = pathlib.Path(options.source)
    page = (source / "docs/tutorials/first-participant-in-c.md").read_text(encoding="utf-8")
    project = source / "participants" / "examples" / "coupons"
    to = pathlib.Path(options.to).resolve()
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in paste(page, to):
        if (to / name).read_text(encoding="utf-8") != (project / name).read_text(encoding="utf-8"):
            sys.exit(f"{project / name} is not what the page has")
    shell = Shell(options, to)
    said = shell.run("\n".join(blocks(page, "sh")), source)
    missing = missing_line("\n".join(blocks(page, "output")), said)
    if missing is not None:
        sys.exit(f"the page shows {missing!r}, and this was said:\n{said}")
    torture_without_guard(shell, to, page)


if __name__ == "__main__":
    main()
