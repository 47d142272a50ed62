"""Every mutant of a C source: read from clang's syntax tree, so that no guess is made about C.

A mutant is one small change of the text. What stands inside assert(...) is left alone: an assert
is a test itself.
"""

import collections
import hashlib
import json
import re
import subprocess

RELATIONAL = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGICAL = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=", "*=": "/=",
              "/=": "*=", "<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<=", "++": "--",
              "--": "++"}
SIMPLE = {"CallExpr", "BinaryOperator", "CompoundAssignOperator", "UnaryOperator", "ContinueStmt",
          "BreakStmt", "ReturnStmt"}
WITH_BODY = {"IfStmt", "ForStmt", "WhileStmt", "DoStmt", "SwitchStmt"}
UNWRITTEN = {"ImplicitCastExpr", "ParenExpr", "ConstantExpr"}

KINDS = ["negate", "relation", "logic", "arithmetic", "constant", "drop", "mask"]

Mutant = collections.namedtuple("Mutant", "id file owner start end text line before")

# The function, or the table, that a mutant stands in.
Owner = collections.namedtuple("Owner", "name start end name_at body_at parameters")


def syntax_tree(path, flags):
    done = subprocess.run(["clang", "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json", *flags,
                           str(path)], capture_output=True, check=True)
    return json.loads(done.stdout)


def written(node):
    """The expression that somebody wrote, without the casts and brackets around it."""
    while node.get("kind") in UNWRITTEN and node.get("inner"):
        node = node["inner"][-1]
    return node


def children(node):
    """A table with holes has its values under another name, behind the value of the holes."""
    return [child for child in [*node.get("inner", []), *node.get("array_filler", [])] if child]


def is_equality(node):
    return written(node).get("opcode") in ("==", "!=")


def is_bool(node):
    return node.get("type", {}).get("qualType") in ("bool", "_Bool")


class Source:
    """One file: its text, and the mutants found in it so far."""

    def __init__(self, path, flags):
        self.path = path
        self.text = path.read_bytes().decode("ascii", errors="replace")
        self.found = []
        self.seen = collections.Counter()
        self.changes = set()
        self.file = None
        self.owner = None
        self.last = None  # The return that a function ends with.
        for declared in syntax_tree(path, flags)["inner"]:
            if self.is_here(declared) and declared["kind"] in ("FunctionDecl", "VarDecl"):
                self.enter(declared)
                self.visit(declared, None, declared["type"]["qualType"].split("(")[0].strip())

    # clang names the file of a place only when it differs from that of the place before.
    def is_here(self, node):
        for place in places(node):
            self.file = place.get("file", self.file)
        here = self.file == str(self.path)
        for place in places_within(node):
            self.file = place.get("file", self.file)
        return here

    def enter(self, declared):
        span, inner = self.span(declared), declared.get("inner", [])
        bodies = [child for child in inner if child["kind"] == "CompoundStmt"]
        body_at = self.span(bodies[0])[0] if bodies else None
        statements = bodies[0].get("inner", []) if bodies else []
        self.last = statements[-1] if statements else None
        names = [child["name"] for child in inner if child["kind"] == "ParmVarDecl"]
        self.owner = Owner(declared["name"], *span, self.offset(declared["loc"], False), body_at,
                           tuple(names))

    # ---- places ----

    def offset(self, place, is_end):
        """Where a place is in the text; None inside an assert, or outside the file."""
        if "expansionLoc" in place:
            at = place["expansionLoc"]
            if "offset" not in at or self.text.startswith("assert", at["offset"]):
                return None
            end = at["offset"] + at["tokLen"]
            return self.past_arguments(end) if is_end else at["offset"]
        if "offset" not in place:
            return None
        return place["offset"] + (place["tokLen"] if is_end else 0)

    def past_arguments(self, at):
        """A macro's place is its name; its arguments belong to it."""
        if self.text[at:at + 1] != "(":
            return at
        depth = 0
        for i in range(at, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[i], 0)
            if depth == 0:
                return i + 1
        return at

    def span(self, node):
        start = self.offset(node["range"]["begin"], False)
        end = self.offset(node["range"]["end"], True)
        return None if start is None or end is None else (start, end)

    # ---- mutants ----

    def add(self, kind, start, end, text):
        if (start, end, text) in self.changes:
            return
        self.changes.add((start, end, text))
        before = self.text[start:end]
        line_start = self.text.rfind("\n", 0, start) + 1
        line = self.text[line_start:self.text.find("\n", start)].strip()
        # The same change of the same words is told apart by its place in the function.
        change = (self.owner.name, kind, line, before, text)
        self.seen[change] += 1
        digest = hashlib.sha256(repr((change, self.seen[change])).encode()).hexdigest()[:6]
        name = f"{self.path.name}:{self.owner.name}:{kind}:{digest}"
        number = self.text.count("\n", 0, start) + 1
        self.found.append(Mutant(name, self.path, self.owner, start, end, text, number, before))

    def negate(self, node):
        span = self.span(node)
        if span is not None:
            words = self.text[slice(*span)]
            opposite = {"true": "false", "false": "true"}.get(words, f"!({words})")
            self.add("negate", *span, opposite)

    def negate_value(self, node):
        """A comparison is negated already, as a relation."""
        if not is_equality(node):
            self.negate(node)

    def drop(self, node):
        span = self.span(node)
        if span is not None:
            closed = node["kind"] in WITH_BODY and self.text[span[1] - 1] == "}"
            self.add("drop", *span, "(void)0;" if closed else "(void)0")

    def operator(self, node, left, right, table, kind):
        """Replace the operator between two operands."""
        first, second = self.span(left), self.span(right)
        if first is None or second is None or node["opcode"] not in table:
            return
        at = self.text.find(node["opcode"], first[1], second[0])
        if at >= 0:
            self.add(kind, at, at + len(node["opcode"]), table[node["opcode"]])

    def mask(self, node, left, right):
        whole = self.span(node)
        for kept in (self.span(left), self.span(right)):
            if whole is not None and kept is not None:
                self.add("mask", *whole, self.text[slice(*kept)])

    def literal(self, node):
        span = self.span(node)
        if span is None:
            return
        words = self.text[slice(*span)]
        if words in ("true", "false"):
            self.negate(node)
        elif words[0].isdigit():
            value, suffix = int(node["value"]), "u" if words.endswith("u") else ""
            self.add("constant", *span, f"{value + 1}{suffix}")
            if value > 0:
                self.add("constant", *span, f"{value - 1}{suffix}")
        elif re.fullmatch(r"[A-Z][A-Z0-9_]*", words):
            self.add("constant", *span, f"({words} + 1)")
            self.add("constant", *span, f"({words} - 1)")

    # ---- the tree ----

    def visit(self, node, parent, returns):
        kind, inner = node.get("kind"), children(node)
        if kind in ("BinaryOperator", "CompoundAssignOperator"):
            self.visit_operator(node, parent, inner)
        elif kind == "UnaryOperator" and node["opcode"] in ("++", "--"):
            self.visit_step(node)
        elif kind == "IntegerLiteral":
            self.literal(node)
        elif kind in ("IfStmt", "WhileStmt", "ConditionalOperator"):
            self.negate(inner[0])
        elif kind == "DoStmt":
            self.negate(inner[-1])
        elif kind == "ForStmt":
            self.negate(node["inner"][2]) if node["inner"][2] else None
        elif kind == "ReturnStmt" and inner and returns in ("bool", "_Bool"):
            self.negate_value(inner[0])
        elif kind == "VarDecl" and inner and is_bool(node):
            self.negate_value(inner[-1])
        elif kind == "InitListExpr":
            for value in inner:
                if is_bool(value) and value["kind"] != "ImplicitValueInitExpr":
                    self.negate_value(value)
        self.visit_bodies(kind, inner)
        for child in inner:
            self.visit(child, parent if kind in UNWRITTEN else node, returns)

    def visit_operator(self, node, parent, inner):
        left, right = inner
        whole = parent is not None and parent["kind"] in ("IfStmt", "WhileStmt")
        if node["opcode"] in ("==", "!=") and whole:
            return  # Negated already.
        if node["opcode"] in ("|", "&"):
            self.mask(node, left, right)
        if node["opcode"] == "=" and is_bool(left):
            self.negate_value(right)
        if node["opcode"] in LOGICAL:
            self.negate_value(left)
            self.negate_value(right)
        self.operator(node, left, right, RELATIONAL, "relation")
        self.operator(node, left, right, LOGICAL, "logic")
        self.operator(node, left, right, ARITHMETIC, "arithmetic")

    def visit_step(self, node):
        span = self.span(node)
        if span is None:
            return
        at = self.text.find(node["opcode"], *span)
        self.add("arithmetic", at, at + 2, ARITHMETIC[node["opcode"]])

    def visit_bodies(self, kind, inner):
        """Statements are dropped where they are statements, not where they are loop headers."""
        if kind in ("CompoundStmt", "CaseStmt", "DefaultStmt"):
            bodies = inner
        elif kind == "IfStmt":
            bodies = inner[1:]
        elif kind in ("ForStmt", "WhileStmt"):
            bodies = inner[-1:]
        elif kind == "DoStmt":
            bodies = inner[:1]
        else:
            return
        for body in bodies:
            if self.can_drop(body):
                self.drop(body)

    def can_drop(self, body):
        """Not the last return, which nothing follows; nor what goes when its one body does."""
        if body["kind"] in WITH_BODY:
            parts = [child for child in body["inner"] if child]
            last_only = body["kind"] != "IfStmt" or len(parts) == 2
            return not last_only or parts[-1]["kind"] == "CompoundStmt"
        return body["kind"] in SIMPLE and (body["kind"] != "ReturnStmt" or body is not self.last)


def places(node):
    """The places of a node itself, in the order in which clang wrote them."""
    for name in ("loc",):
        place = node.get(name, {})
        for key in ("spellingLoc", "expansionLoc"):
            if key in place:
                yield place[key]
        if place:
            yield place


def places_within(node):
    """All other places of a declaration, so that the latest file is known after it."""
    for name, value in node.items():
        if name in ("begin", "end", "spellingLoc", "expansionLoc") and "offset" in value:
            yield value
        if name == "loc":
            continue
        if isinstance(value, dict):
            yield from places_within(value)
        elif isinstance(value, list):
            for child in value:
                if isinstance(child, dict):
                    if "loc" in child:
                        yield from places(child)
                    yield from places_within(child)


def mutants_of(path, flags):
    """All mutants of one source, in the order of its text."""
    return sorted(Source(path, flags).found, key=lambda mutant: (mutant.start, mutant.id))
