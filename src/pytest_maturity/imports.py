"""What a test file says about components without being run: which it imports, which its marks name."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

MARKER = "maturity_component"
MARKER_BYTES = MARKER.encode()
CHUNK = 64 * 1024


def parse(path: Path | str, *needles: str) -> ast.Module | None:
    """The file's syntax tree; None where it cannot be read or parsed, or holds none of `needles`."""
    text = content(path)
    if not any(needle.encode() in text for needle in needles):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler's remarks are for whoever runs the file
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested very deep
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


def marked(path: Path | str) -> set[str]:
    """The components that `@pytest.mark.maturity_component("name")` names anywhere in the file."""
    tree = parse(path, MARKER) if MARKER_BYTES in content(path) else None
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
