"""Every mutant of a C source: read from clang's syntax tree, so that no guess is made about C.

A mutant is one small change of the text. What stands inside assert(...) is left alone: an assert
is a test itself.
"""

import collections
import hashlib
import json
import subprocess

RELATIONAL = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGICAL = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=", "*=": "/=",
              "<<": ">>", ">>": "<<", "++": "--", "--": "++"}
DROPPED = {"CallExpr", "BinaryOperator", "CompoundAssignOperator", "UnaryOperator", "ContinueStmt",
           "BreakStmt"}

Mutant = collections.namedtuple("Mutant", "id file start end text line before")


def syntax_tree(path, flags):
    done = subprocess.run(["clang", "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json", *flags,
                           str(path)], capture_output=True, check=True)
    return json.loads(done.stdout)


class Source:
    """One file: its text, and the mutants found in it so far."""

    def __init__(self, path, flags):
        self.path = path
        self.text = path.read_bytes().decode("ascii", errors="replace")
        self.found = []
        self.seen = collections.Counter()
        self.file = None
        self.function = ""
        for declared in syntax_tree(path, flags)["inner"]:
            if self.is_here(declared) and declared["kind"] in ("FunctionDecl", "VarDecl"):
                self.function = declared.get("name", "")
                returns = declared["type"]["qualType"].split("(")[0].strip()
                self.visit(declared, None, returns)

    # clang names the file of a place only when it differs from that of the place before.
    def is_here(self, node):
        for place in places(node):
            self.file = place.get("file", self.file)
        here = self.file == str(self.path)
        for place in places_within(node):
            self.file = place.get("file", self.file)
        return here

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
        before = self.text[start:end]
        line_start = self.text.rfind("\n", 0, start) + 1
        line = self.text[line_start:self.text.find("\n", start)].strip()
        # The same change of the same words is told apart by its place in the function.
        change = (self.function, kind, line, before, text)
        self.seen[change] += 1
        digest = hashlib.sha256(repr((change, self.seen[change])).encode()).hexdigest()[:6]
        name = f"{self.path.name}:{self.function}:{kind}:{digest}"
        number = self.text.count("\n", 0, start) + 1
        self.found.append(Mutant(name, self.path, start, end, text, number, before))

    def negate(self, node):
        span = self.span(node)
        if span is not None:
            self.add("negate", *span, f"!({self.text[slice(*span)]})")

    def drop(self, node):
        span = self.span(node)
        if span is not None:
            self.add("drop", *span, "(void)0")

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

    def literal(self, node, parent):
        span = self.span(node)
        if span is None or not self.text[span[0]].isdigit():
            return
        value = int(node["value"])
        shifted = parent is not None and parent.get("opcode") == "<<" and value == 1
        suffix = "u" if self.text[span[0]:span[1]].endswith("u") else ""
        if not shifted:
            self.add("constant", *span, f"{value + 1}{suffix}")
        if value > 0:
            self.add("constant", *span, f"{value - 1}{suffix}")

    # ---- the tree ----

    def visit(self, node, parent, returns):
        kind, inner = node.get("kind"), [child for child in node.get("inner", []) if child]
        if kind == "BinaryOperator" or kind == "CompoundAssignOperator":
            self.visit_operator(node, parent, inner)
        elif kind == "UnaryOperator" and node["opcode"] in ("++", "--"):
            self.visit_step(node)
        elif kind == "IntegerLiteral":
            self.literal(node, parent)
        elif kind in ("IfStmt", "WhileStmt", "ConditionalOperator"):
            self.negate(inner[0])
        elif kind == "ForStmt":
            self.negate(node["inner"][2]) if node["inner"][2] else None
        elif kind == "ReturnStmt" and inner and returns in ("bool", "_Bool"):
            self.negate(inner[0])
        elif kind == "VarDecl" and inner and node["type"]["qualType"] == "bool":
            self.negate(inner[-1])
        self.visit_bodies(kind, node, inner)
        for child in inner:
            # Casts that nobody wrote lie between an operator and its operand.
            self.visit(child, parent if kind in ("ImplicitCastExpr", "ParenExpr") else node,
                       returns)

    def visit_operator(self, node, parent, inner):
        left, right = inner
        whole = parent is not None and parent["kind"] in ("IfStmt", "WhileStmt")
        if node["opcode"] in ("==", "!=") and whole:
            return  # Negated already.
        if node["opcode"] in ("|", "&"):
            self.mask(node, left, right)
        if node["opcode"] == "=" and left["type"]["qualType"] in ("bool", "_Bool"):
            self.negate(right)
        if node["opcode"] == "<<" and left.get("value") == "1":
            return  # A step's bit: its loss is a mutant of the literal.
        self.operator(node, left, right, RELATIONAL, "relation")
        self.operator(node, left, right, LOGICAL, "logic")
        self.operator(node, left, right, ARITHMETIC, "arithmetic")

    def visit_step(self, node):
        span = self.span(node)
        if span is None:
            return
        at = self.text.find(node["opcode"], *span)
        self.add("arithmetic", at, at + 2, ARITHMETIC[node["opcode"]])

    def visit_bodies(self, kind, node, inner):
        """Statements are dropped where they are statements, not where they are loop headers."""
        if kind in ("CompoundStmt", "CaseStmt", "DefaultStmt"):
            bodies = inner
        elif kind == "IfStmt":
            bodies = inner[1:]
        elif kind in ("ForStmt", "WhileStmt"):
            bodies = inner[-1:]
        else:
            return
        for body in bodies:
            returns_early = body["kind"] == "ReturnStmt" and (kind == "IfStmt" or
                                                              not body.get("inner"))
            if body["kind"] in DROPPED or returns_early:
                self.drop(body)


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
