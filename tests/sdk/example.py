#!/usr/bin/env python3
"""Install the library and build the example of docs/writing-a-participant.md as the page says.

    example.py --source FOLDER --build FOLDER --to FOLDER --compiler CC [--flags FLAGS]

The commands are those of the page: only the prefix, the compiler and the build folder are put in
their place. Leaves TO/coupons.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys


def block(page, language, containing):
    """The first fenced block of this language that contains a text."""
    for found in re.finditer(r"^```" + language + r"\n(.*?)^```$", page, re.M | re.S):
        if containing in found.group(1):
            return found.group(1)
    sys.exit(f"the page has no {language} block with {containing!r}")


def main():
    """Extract, install, compile."""
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("source", "build", "to", "compiler"):
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--flags", default="")
    options = arguments.parse_args()

    page_path = os.path.join(options.source, "docs", "writing-a-participant.md")
    with open(page_path, encoding="utf-8") as file:
        page = file.read()
    os.makedirs(options.to, exist_ok=True)
    with open(os.path.join(options.to, "coupons.c"), "w", encoding="utf-8") as file:
        file.write(block(page, "c", "participant_run"))

    commands = block(page, "sh", "cmake --install").replace("\\\n", " ").splitlines()
    prefix = os.path.join(options.to, "prefix")
    install, compile_it = (shlex.split(command) for command in commands)
    install = [options.build if word == "build/release" else
               prefix if word == "/usr/local" else word for word in install]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    compile_it[0] = options.compiler
    compile_it[1:1] = [*shlex.split(options.flags), "-std=c17", "-Wall", "-Wextra", "-Werror",
                       "-D_POSIX_C_SOURCE=200809L",
                       f"-I{prefix}/include", f"-L{prefix}/lib"]
    subprocess.run(compile_it, check=True, cwd=options.to)


if __name__ == "__main__":
    main()
