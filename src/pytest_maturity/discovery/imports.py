"""What a test file says about components without being run: which it imports, which its marks name."""

from __future__ import annotations

import ast
import operator
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..model.syntax import UNPARSABLE, parse_source

MARKER = "maturity_component"
MARKER_BYTES = MARKER.encode()
CHUNK = 64 * 1024
FIXED: dict[str, object] = {
    "sys.platform": sys.platform,
    "sys.version_info": tuple(sys.version_info),
    "os.name": os.name,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def parse_file(path: Path | str, *needles: str) -> ast.Module | None:
    """The file's syntax tree; None where it cannot be read or parsed, or holds none of `needles`."""
    text = content(path)
    if not any(needle.encode() in text for needle in needles):
        return None
    try:
        return parse_source(text)
    except UNPARSABLE:
        return None


def content(path: Path | str) -> bytes:
    """What is in a file, nothing where it cannot be read. In a third of the time of `open`: thousands are read."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    chunks = []
    try:
        while chunk := os.read(file, CHUNK):
            chunks.append(chunk)
            if len(chunk) < CHUNK:
                break
    except OSError:
        return b""
    finally:
        os.close(file)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def find_marked_components(path: Path | str) -> set[str]:
    """The components that `@pytest.mark.maturity_component("name")` names anywhere in the file."""
    tree = parse_file(path, MARKER) if MARKER_BYTES in content(path) else None
    return {
        argument.value
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARKER
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def find_imported_names(path: Path, package: tuple[str, ...], *needles: str) -> set[str]:
    """The dotted names that the file imports, `from a import b` as a.b.

    `package` is where the file lies, for relative imports. A file without any of
    `needles` is not parsed.
    """
    tree = parse_file(path, *needles)
    return {name for node in (ast.walk(tree) if tree else ()) for name in imported_names(node, package)}


def imported_names(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """The dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: max(0, len(package) - node.level + 1)] if node.level else ()
        base = ".".join((*above, *([node.module] if node.module else [])))
        yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)


def find_reachable_imports(body: Sequence[ast.stmt], within: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The import statements of a block but for those that are never executed; and whether each is in a function."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, within
        inner = within or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for block in blocks(node):
            yield from find_reachable_imports(block, inner)
        if isinstance(node, (ast.Raise, ast.Return)):
            return


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement, without one whose condition never holds here."""
    holds = outcome(node.test) if isinstance(node, ast.If) else None
    for name, never in (("body", holds is False), ("orelse", holds is True), ("finalbody", False)):
        yield [] if never else getattr(node, name, [])
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def outcome(test: ast.expr) -> bool | None:
    """What a condition is that no run changes: a constant, Python's version, the platform; else None."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        found = outcome(test.operand)
        return None if found is None else not found
    if isinstance(test, ast.BoolOp):
        parts, decides = {outcome(part) for part in test.values}, isinstance(test.op, ast.Or)
        return decides if decides in parts else None if None in parts else not decides
    if isinstance(test, ast.Constant):
        return bool(test.value)
    name = ast.unparse(test.left if isinstance(test, ast.Compare) else test)
    if not isinstance(test, ast.Compare):
        return False if name.rpartition(".")[2] == "TYPE_CHECKING" else None
    compare = COMPARISONS.get(type(test.ops[0])) if len(test.ops) == 1 else None
    try:
        return bool(compare(FIXED[name], ast.literal_eval(test.comparators[0]))) if compare and name in FIXED else None
    except (ValueError, TypeError):  # compared with something else
        return None
