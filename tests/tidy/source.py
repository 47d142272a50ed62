"""The tree as the rules see it: files, C text without comments, comments without C, functions."""

import os
import re
import subprocess

from layers import PUBLIC_FOLDERS

C_FOLDERS = ("orchestrator/", "participants/", "client/", "tests/")


def split_comments(text):
    """C text twice, of the same shape: code without comments and strings; comments alone."""
    code, comments = list(text), list(text)
    pattern = re.compile(
        r"""(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
        re.S)
    last = 0
    for match in pattern.finditer(text):
        blank(comments, last, match.start())
        if match.group("comment"):
            blank(code, match.start(), match.end())
        else:
            # The quotes stay, so that an include or an argument can still be seen.
            blank(code, match.start() + 1, match.end() - 1)
            blank(comments, match.start(), match.end())
        last = match.end()
    blank(comments, last, len(text))
    return "".join(code), "".join(comments)


def blank(characters, start, end):
    """Replace a stretch by spaces, keeping its lines."""
    for at in range(start, end):
        if characters[at] != "\n":
            characters[at] = " "


def without_preprocessor(code):
    """Code in which the lines of the preprocessor, with their continuations, are empty."""
    lines, inside = [], False
    for line in code.split("\n"):
        directive = inside or line.lstrip().startswith("#")
        inside = directive and line.rstrip().endswith("\\")
        lines.append("" if directive else line)
    return "\n".join(lines)


class File:
    """One file of the tree, read once."""

    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), "rb") as file:
            self.text = file.read().decode("utf-8", errors="replace")
        self.lines = self.text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.is_c = path.endswith((".c", ".h")) and path.startswith(C_FOLDERS)
        self.code, self.comments = split_comments(self.text) if self.is_c else ("", "")
        self.code_lines = self.code.split("\n")
        self.functions = find_functions(self.code) if self.is_c else []

    def line_of(self, offset):
        """The number of the line that holds this offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, name, quoted?) of every #include."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
            if match and self.code_lines[number - 1].strip():
                yield number, match.group(1) or match.group(2), bool(match.group(1))

    def defines(self):
        """(line, whole text) of every #define, continuations joined."""
        number = 0
        while number < len(self.code_lines):
            first, text = number, self.code_lines[number]
            while text.rstrip().endswith("\\") and number + 1 < len(self.code_lines):
                number += 1
                text = text.rstrip()[:-1] + " " + self.code_lines[number]
            if re.match(r"\s*#\s*define\b", text):
                yield first + 1, text
            number += 1


def find_functions(code):
    """(name, first line, last line) of every function body; first is where its head begins."""
    plain = without_preprocessor(code)
    found, depth, head_start, body = [], 0, 0, None
    for at, character in enumerate(plain):
        if character == "{":
            if depth == 0:
                head = plain[head_start:at]
                # An initialiser, a struct or an enum has no closing parenthesis before its brace.
                if head.rstrip().endswith(")") and "=" not in head:
                    body = head_start + len(head) - len(head.lstrip())
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                if body is not None:
                    name = re.search(r"(\w+)\s*\(", plain[body:])
                    found.append((name.group(1) if name else "?",
                                  plain.count("\n", 0, body) + 1, plain.count("\n", 0, at) + 1))
                body, head_start = None, at + 1
        elif character == ";" and depth == 0:
            head_start = at + 1
    return found


class Tree:
    """The files under a root: what git tracks or would, else everything but build/."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        for path in list_paths(root):
            full = os.path.join(root, path)
            if os.path.isfile(full) and not os.path.islink(full):
                self.files[path] = File(root, path)
        self.c_files = [file for file in self.files.values() if file.is_c]

    def resolve(self, file, name):
        """The path of the file that `#include "name"` means, or None."""
        folder = os.path.dirname(file.path)
        places = [folder, "orchestrator", "", *PUBLIC_FOLDERS, "participants", "tests"]
        for place in places:
            path = os.path.normpath(os.path.join(place, name))
            if path in self.files:
                return path
        return None


def list_paths(root):
    """Relative paths, sorted."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-zco", "--exclude-standard"],
                             capture_output=True, check=False)
    if listing.returncode == 0 and os.path.exists(os.path.join(root, ".git")):
        return sorted(set(listing.stdout.decode().split("\0")) - {""})
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in ("build", ".git", "__pycache__")]
        paths += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(paths)
