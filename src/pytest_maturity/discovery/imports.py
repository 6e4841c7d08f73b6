"""Reads the imports and the markers of Python files without executing them."""

from __future__ import annotations

import ast
import operator
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..model.syntax import UNPARSABLE, parse_source

MARKER = "maturity_component"
CHUNK = 64 * 1024
# The names that conditions around imports compare, and that no run changes.
CONSTANTS: dict[str, object] = {
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


def find_marked_components(path: Path | str) -> set[str]:
    """Returns the components that `@pytest.mark.maturity_component("name")` names anywhere in the file."""
    tree = parse_file(path, MARKER)
    return {
        argument.value
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARKER
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def list_marks(path: Path | str, markers: Collection[str]) -> dict[str, set[str]]:
    """Returns which of the markers each class and function in a test file has, by its dotted name; "" is the file."""
    tree = parse_file(path, "def ")
    found: dict[str, set[str]] = {"": set()}
    pending: list[tuple[str, list[ast.stmt]]] = [("", tree.body if tree else [])]
    while pending:
        owner, body = pending.pop()
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{owner}.{node.name}" if owner else node.name
                found.setdefault(name, set()).update(find_names(node.decorator_list, markers))
                if isinstance(node, ast.ClassDef):
                    pending.append((name, node.body))
            else:
                found[owner].update(find_names([node], markers))
    return found


def find_names(nodes: Iterable[ast.AST], names: Collection[str]) -> set[str]:
    """Returns those of the names that stand behind a dot in these nodes, as in `pytest.mark.slow`."""
    inner = (one for node in nodes for one in ast.walk(node))
    return {one.attr for one in inner if isinstance(one, ast.Attribute) and one.attr in names}


def find_imported_names(path: Path, package: tuple[str, ...], *needles: str) -> set[str]:
    """Returns the dotted names that the file imports; `from a import b` is a.b.

    `package` is the package of the file, for relative imports. A file without any of `needles` in its text is not
    parsed.
    """
    tree = parse_file(path, *needles)
    return {name for node in iterate_statements(tree.body if tree else ()) for name in imported_names(node, package)}


def iterate_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields the statements of a block and of the blocks in them; a tenth of the time of `ast.walk`."""
    pending = [*body]
    while pending:
        node = pending.pop()
        yield node
        for block in list_blocks(node):
            pending += block


def is_import_of(imported: str, module: str) -> bool:
    """Whether the import of a dotted name imports a module, or something of it."""
    return f"{imported}.".startswith(f"{module}.")


def find_reachable_imports(
    body: Sequence[ast.stmt], in_function: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yields the import statements of a block without those that are never executed, and whether in a function."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, in_function
        is_inner = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for block in reachable_blocks(node):
            yield from find_reachable_imports(block, is_inner)
        if isinstance(node, (ast.Raise, ast.Return)):
            return


def find_importer(module: str, paths: Iterable[Path]) -> Path | None:
    """Returns the first of the files that imports a module of this name, from whichever package; None without one."""
    for path in paths:
        if any(module in name.split(".") for name in find_imported_names(path, (), module)):
            return path
    return None


def defines_anything(path: Path) -> bool:
    """Whether a file defines a function or a class on this platform, or imports everything from another."""
    tree = parse_file(path, "def", "class", "import", "test")
    return tree is not None and has_definition(tree.body)


def has_assert(path: Path | str) -> bool:
    """Whether a Python file has an assert statement."""
    tree = parse_file(path, "assert")
    return tree is not None and any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def has_definition(body: Sequence[ast.stmt]) -> bool:
    """Whether a block of a module, without what is never executed, defines a function, a class or `test...`."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return True
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return True
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id.startswith("test") for target in targets):
            return True
        if any(map(has_definition, reachable_blocks(node))):
            return True
    return False


def imported_names(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yields the dotted names that a statement in a module of `package` imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: max(0, len(package) - node.level + 1)] if node.level else ()
        base = ".".join((*above, *([node.module] if node.module else [])))
        yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)


def list_blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yields the blocks of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def reachable_blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yields the blocks of a compound statement, without one whose condition never holds here."""
    holds = evaluate_condition(node.test) if isinstance(node, ast.If) else None
    for number, block in enumerate(list_blocks(node)):
        is_dead = (number == 0 and holds is False) or (number == 1 and holds is True)
        yield [] if is_dead else block


def evaluate_condition(condition: ast.expr) -> bool | None:
    """Returns the value of a condition that no run changes: a constant, Python's version, the platform; else None."""
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        value = evaluate_condition(condition.operand)
        return None if value is None else not value
    if isinstance(condition, ast.BoolOp):
        values, decisive = set(map(evaluate_condition, condition.values)), isinstance(condition.op, ast.Or)
        return decisive if decisive in values else None if None in values else not decisive
    if isinstance(condition, ast.Constant):
        return bool(condition.value)
    if isinstance(condition, ast.Compare):
        return evaluate_comparison(condition)
    return False if ast.unparse(condition).rpartition(".")[2] == "TYPE_CHECKING" else None


def evaluate_comparison(condition: ast.Compare) -> bool | None:
    """Returns the result of comparing one of CONSTANTS with a literal; None for any other comparison."""
    compare = COMPARISONS.get(type(condition.ops[0])) if len(condition.ops) == 1 else None
    name = ast.unparse(condition.left)
    if compare is None or name not in CONSTANTS:
        return None
    try:
        return bool(compare(CONSTANTS[name], ast.literal_eval(condition.comparators[0])))
    except (ValueError, TypeError):  # no literal, or one of another type
        return None


def parse_file(path: Path | str, *needles: str) -> ast.Module | None:
    """Returns the file's syntax tree; None where it cannot be read or parsed, or has none of `needles` in its text."""
    text = read_file(path)
    if not any(needle.encode() in text for needle in needles):
        return None
    try:
        return parse_source(text)
    except UNPARSABLE:
        return None


def read_file(path: Path | str) -> bytes:
    """Returns the contents of a file, empty where it cannot be read.

    A third of the time of `open`, which counts where thousands of files are read.
    """
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
