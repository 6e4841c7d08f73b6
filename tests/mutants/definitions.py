"""The mutants of definitions: constants, defaults of fields and tables, which mutmut leaves alone.

mutmut switches between copies of a function while the program runs; what is evaluated
once, at import, has no copy to switch to. Here each mutant is a file of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Variant:
    """A module with one change in a definition."""

    line: int
    change: str
    source: str


def variants(source: str) -> Iterator[Variant]:
    """Every module that differs from `source` in one literal of a definition, or in one entry that is missing."""
    tree = ast.parse(source)
    for value in values(tree):
        for node in literals(value):
            for start, end, text in [*other(node), *without_one(node)]:
                yield variant(source, start, end, text)


def values(tree: ast.Module) -> Iterator[ast.expr]:
    """What is assigned in the module itself and in its classes."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for statement in (one for body in bodies for one in body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield statement.value


def literals(node: ast.AST) -> Iterator[ast.expr]:
    """The literals in an expression. A subscript is a type here, and types decide nothing."""
    if isinstance(node, ast.Constant | ast.Dict | ast.Tuple | ast.List | ast.Set):
        yield node
    if not isinstance(node, ast.Subscript | ast.JoinedStr | ast.DictComp):
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


Place = tuple[int, int]
Change = tuple[Place, Place, str]  # from, to, and what stands there instead


def other(node: ast.expr) -> Iterator[Change]:
    """Another value instead of a constant, chosen as mutmut does."""
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
    yield begin(node), finish(node), text


def without_one(node: ast.expr) -> Iterator[Change]:
    """A display with an entry less."""
    if isinstance(node, ast.Dict):
        entries = [(begin(key or value), finish(value)) for key, value in zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
        entries = [(begin(one), finish(one)) for one in node.elts]
    else:
        return
    for (start, _), (following, _) in pairwise(entries):
        yield start, following, ""
    if len(entries) > 1:
        yield entries[-2][1], entries[-1][1], ""


def begin(node: ast.expr) -> Place:
    return node.lineno, node.col_offset


def finish(node: ast.expr) -> Place:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset


def variant(source: str, start: Place, end: Place, text: str) -> Variant:
    """`source` with `text` between two places; columns count bytes, as those of `ast` do."""
    data = source.encode()
    lines = data.splitlines(keepends=True)

    def offset(place: Place) -> int:
        return sum(map(len, lines[: place[0] - 1])) + place[1]

    first, last = offset(start), offset(end)
    change = f"{' '.join(data[first:last].decode().split())} -> {text or 'nothing'}"
    return Variant(start[0], change, (data[:first] + text.encode() + data[last:]).decode())
