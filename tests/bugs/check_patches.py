"""Do all planted bugs still apply, is each small and labelled, and has each repro its bug?

usage: check_patches.py TREE
"""

import pathlib
import re
import subprocess
import sys

CHANGED_LINES_MAX = 25  # A planted bug is one mistake.
BUGS_MIN = 40
PATCHED = ("orchestrator/codec/", "orchestrator/core/", "orchestrator/engine/", "participants/sdk/")


def complaints(tree, patch):
    """What is wrong with one patch, as sentences."""
    text = patch.read_text(encoding="utf-8")
    if not re.match(r"Breaks: [^\n]+\.\nCaught by: I-\d\d( I-\d\d)*\n\n--- a/", text):
        yield "it does not begin with `Breaks: sentence.` and `Caught by: I-NN`"
    changed = re.findall(r"^[-+](?![-+]{2} [ab]/).*$", text, re.MULTILINE)
    if len(changed) > CHANGED_LINES_MAX:
        yield f"it changes {len(changed)} lines, more than {CHANGED_LINES_MAX}"
    for source in re.findall(r"^\+\+\+ b/(.*)$", text, re.MULTILINE):
        if not source.startswith(PATCHED) or not source.endswith(".c"):
            yield f"{source} is not a source that may be patched"
    # Context must be exact; only line numbers may have moved.
    done = subprocess.run(["git", "apply", "--check", str(patch)], cwd=tree,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield "it does not apply: " + done.stderr.strip()


def repro_complaints(tree, script):
    """What is wrong with one world that is kept for ever: it must say which bug breaks what in it."""
    text = script.read_text(encoding="utf-8")
    bug = re.search(r"^bug (\w+)$", text, re.MULTILINE)
    if not re.search(r"^violates I-\d\d$", text, re.MULTILINE) or not bug:
        yield "it does not say `violates I-NN` and `bug NAME`"
    elif not (tree / f"tests/bugs/{bug.group(1)}.patch").exists():
        yield f"there is no bug {bug.group(1)}"


def main():
    tree = pathlib.Path(sys.argv[1])
    patches = sorted((tree / "tests/bugs").glob("*.patch"))
    found = [f"{patch.name}: {complaint}" for patch in patches
             for complaint in complaints(tree, patch)]
    found += [f"{script.name}: {complaint}" for script in sorted(tree.glob("tests/repro/*.script"))
              for complaint in repro_complaints(tree, script)]
    if len(patches) < BUGS_MIN:
        found.append(f"there are {len(patches)} planted bugs, fewer than {BUGS_MIN}")
    for line in found:
        print(line)
    print(f"{len(patches)} planted bugs, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
