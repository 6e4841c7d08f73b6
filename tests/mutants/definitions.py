"""Makes the mutants of definitions: of constants, tables and defaults of fields, which mutmut does not change.

mutmut switches between copies of a function while the program runs. A definition is evaluated once, when its module is
imported, so each of its mutants is a file of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Position = tuple[int, int]  # line, from 1, and column, in bytes, from 0, as in `ast`
Change = tuple[Position, Position, str]  # the text between the two positions is replaced


@dataclass(frozen=True)
class Variant:
    """A module with one changed definition."""

    line: int
    change: str
    source: str


def find_variants(source: str) -> Iterator[Variant]:
    """Yields each module that differs from `source` in one literal of a definition, or lacks one entry of it."""
    for value in definitions(ast.parse(source)):
        for node in literals(value):
            for start, end, text in [*changed_constant(node), *missing_entries(node)]:
                yield apply_change(source, start, end, text)


def definitions(tree: ast.Module) -> Iterator[ast.expr]:
    """Yields the values that are assigned in the module and in its classes, outside of functions."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for statement in (statement for body in bodies for statement in body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield statement.value


def literals(node: ast.AST) -> Iterator[ast.expr]:
    """Yields the literals in an expression, except in subscripts, which are types and have no effect at run time."""
    if isinstance(node, ast.Constant | ast.Dict | ast.Tuple | ast.List | ast.Set):
        yield node
    if not isinstance(node, ast.Subscript | ast.JoinedStr | ast.DictComp):
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def changed_constant(node: ast.expr) -> Iterator[Change]:
    """Yields the change of a constant to another value, which is chosen as mutmut does."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        text = repr(not value)
    elif isinstance(value, int | float):
        text = repr(value + 1)
    elif isinstance(value, str):
        text = repr(f"XX{value}XX")
    elif value is None:
        text = '""'
    else:
        return
    yield start_of(node), end_of(node), text


def missing_entries(node: ast.expr) -> Iterator[Change]:
    """Yields a change for each entry of a dictionary, tuple, list or set: its removal."""
    if isinstance(node, ast.Dict):
        entries = [(start_of(key or value), end_of(value)) for key, value in zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
        entries = [(start_of(entry), end_of(entry)) for entry in node.elts]
    else:
        return
    for (start, _), (following, _) in pairwise(entries):
        yield start, following, ""
    if len(entries) > 1:
        yield entries[-2][1], entries[-1][1], ""


def start_of(node: ast.expr) -> Position:
    return node.lineno, node.col_offset


def end_of(node: ast.expr) -> Position:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def apply_change(source: str, start: Position, end: Position, text: str) -> Variant:
    """Returns the module with `text` between the two positions."""
    data = source.encode()
    lines = data.splitlines(keepends=True)

    def offset(position: Position) -> int:
        return sum(map(len, lines[: position[0] - 1])) + position[1]

    first, last = offset(start), offset(end)
    change = f"{' '.join(data[first:last].decode().split())} -> {text or 'nothing'}"
    return Variant(start[0], change, (data[:first] + text.encode() + data[last:]).decode())
