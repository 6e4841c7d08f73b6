"""Finds code that a type checker does not check, and code that coverage.py leaves out as if it were for checkers only.

`@no_type_check` silences a checker. A variable of the name TYPE_CHECKING is true for every checker and its block is
excluded by coverage.py, whatever its value is when the code runs; for mypy MYPY is such a name, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...model.suppressions import Suppression
from .source import Source

TYPING = ("typing", "typing_extensions")
DECORATOR, CONSTANT = "no_type_check", "TYPE_CHECKING"
CONSTANTS = (CONSTANT, "MYPY")
NAMED = (ast.Attribute, ast.Name)
ASSIGNMENTS = (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)  # with one target
LONGEST_TEXT = 200


def find_unchecked(source: Source) -> Iterator[Suppression]:
    """Yields the uses of `no_type_check`, and blocks under a TYPE_CHECKING that is not the one of typing.

    A source is parsed only if it has the words. Raises what `parse_source` raises.
    """
    if not any(word in source.text for word in (DECORATOR, *CONSTANTS)):
        return
    nodes = source.nodes
    names = resolve_names(nodes)
    values = find_values(nodes)
    lines = source.text.splitlines()

    def suppress(kind: str, line: int) -> Suppression:
        return Suppression(kind=kind, path=source.path, line=line, text=lines[line - 1].strip()[:LONGEST_TEXT])

    for node in nodes:
        if isinstance(node, NAMED) and isinstance(node.ctx, ast.Load):
            if find_typing_name(node, names) == DECORATOR:
                yield suppress("type_ignore", node.lineno)
        elif isinstance(node, ast.If):
            for kind in find_kinds(node, names, values):
                yield suppress(kind, node.lineno)


def resolve_names(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Returns the names of a file that stand for typing ("") or for something in it (that name)."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({one.asname or one.name: "" for one in node.names if one.name in TYPING})
        elif isinstance(node, ast.ImportFrom) and node.module in TYPING and not node.level:
            names.update({one.asname or one.name: one.name for one in node.names})
            if any(one.name == "*" for one in node.names):
                names.update({CONSTANT: CONSTANT, DECORATOR: DECORATOR})
    return names


def find_values(nodes: Iterable[ast.AST]) -> dict[str, list[bool]]:
    """Returns for each of CONSTANTS that the file assigns whether each value is a literal that is false."""
    found: dict[str, list[bool]] = {}
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ASSIGNMENTS):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in CONSTANTS:
                value: ast.AST | None = getattr(node, "value", None)
                found.setdefault(target.id, []).append(isinstance(value, ast.Constant) and not value.value)
    return found


def find_typing_name(node: ast.expr, names: Mapping[str, str]) -> str:
    """Returns the name in typing that an expression stands for, or ""."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    is_typing = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and names.get(node.value.id) == ""
    return node.attr if is_typing and isinstance(node, ast.Attribute) else ""


def find_kinds(node: ast.If, names: Mapping[str, str], values: Mapping[str, list[bool]]) -> Iterator[str]:
    """Yields the kinds of suppression that an `if` statement is under a constant that is not the one of typing."""
    is_negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
    test = node.test.operand if isinstance(node.test, ast.UnaryOp) and is_negated else node.test
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    is_always_false = name in values and all(values[name])
    is_typings = find_typing_name(test, names) == CONSTANT and (name not in values or is_always_false)
    if name not in CONSTANTS or is_typings:
        return
    if name == CONSTANT and not is_negated and not is_always_false:
        yield "no_cover"
    if is_negated or node.orelse:
        yield "type_ignore"
