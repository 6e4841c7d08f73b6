"""What a test file says about components without being run: which it imports, which its marks name."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

MARKER = "maturity_component"


def parse(path: Path | str, *needles: str) -> ast.Module | None:
    """The file's syntax tree; None where it cannot be read or parsed, or holds none of `needles`."""
    try:
        with FileIO(path) as file:  # half as long as with a buffer
            text = file.readall()
    except OSError:
        return None
    if not any(needle.encode() in text for needle in needles):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler's remarks are for whoever runs the file
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested very deep
        return None


def marked(path: Path | str) -> set[str]:
    """The components that `@pytest.mark.maturity_component("name")` names anywhere in the file."""
    tree = parse(path, MARKER)
    return {
        argument.value
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARKER
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def imported(path: Path, package: tuple[str, ...], *needles: str) -> set[str]:
    """The dotted names that the file imports, `from a import b` as a.b.

    `package` is where the file lies, for relative imports. A file without any of
    `needles` is not parsed.
    """
    tree = parse(path, *needles)
    return set(names_in(tree, package)) if tree else set()


def names_in(tree: ast.Module, package: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: max(0, len(package) - node.level + 1)] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)
