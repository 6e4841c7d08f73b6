"""Finds skips and expected failures: marks, calls and exceptions of pytest and unittest."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...model.suppressions import Suppression
from .source import Source

# A mark counts wherever it is written and, if the file gives it a name, wherever that name is used.
MARKS = {
    "pytest.mark.skip": "skip",
    "pytest.mark.skipif": "skip",
    "pytest.mark.xfail": "xfail",
    "unittest.skip": "skip",
    "unittest.skipIf": "skip",
    "unittest.skipUnless": "skip",
    "unittest.expectedFailure": "xfail",
}
CALLS = {"pytest.skip": "skip", "pytest.importorskip": "skip", "pytest.xfail": "xfail"}
RAISED = {"unittest.SkipTest": "skip", "pytest.skip.Exception": "skip", "pytest.xfail.Exception": "xfail"}
KNOWN = {**MARKS, **CALLS, **RAISED}
METHODS = {"skipTest": "skip"}  # of a TestCase
ADDERS = ("add_marker", "applymarker")  # of an item and of a request: they also take a mark's name
MODULES = {"_pytest.outcomes": "pytest", "unittest.case": "unittest"}  # they define the same names
# A source has none of these unless it has one of the first and one of the second words.
WORDS = ("skip", "Skip", "xfail", "expectedFailure")
CONTEXT = ("pytest", "unittest", *METHODS, *ADDERS)
NAMED = (ast.Attribute, ast.Name)
LONGEST_TEXT = 200


def find_marks(source: Source) -> Iterator[Suppression]:
    """Yields the skips and expected failures in a source, with names followed through imports and assignments.

    A source is parsed only if it has the words. Raises what `parse_source` raises.
    """
    if not all(any(word in source.text for word in words) for words in (WORDS, CONTEXT)):
        return
    nodes = source.nodes
    names = resolve_names(nodes)
    counted: set[int] = set()  # the parts of expressions that count as a whole
    for node in nodes:
        kind, parts = find_kind(node, names)
        if kind and id(node) not in counted:
            yield Suppression(kind=kind, path=source.path, line=getattr(node, "lineno", None), text=shorten(node))
        if kind:
            counted.update(map(id, parts))


def find_kind(node: ast.AST, names: Mapping[str, str]) -> tuple[str, Iterable[ast.AST]]:
    """Returns the kind of suppression that a node is, or "", and the parts of the node that do not count again."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return RAISED.get(dotted_name(exception, names), ""), ()
    if isinstance(node, ast.Call):
        name = dotted_name(node.func, names)
        if name in MARKS or name in CALLS:
            return KNOWN[name], (node.func,)
        if isinstance(node.func, ast.Attribute):
            return METHODS.get(node.func.attr, "") or find_kind_of_added_mark(node, node.func.attr), ()
    if isinstance(node, NAMED) and isinstance(node.ctx, ast.Load):
        return MARKS.get(dotted_name(node, names), ""), ()
    return "", ()


def find_kind_of_added_mark(call: ast.Call, method: str) -> str:
    """Returns the kind of a mark that a call adds by name, as `item.add_marker("skip")` does, or ""."""
    first = call.args[0] if call.args and method in ADDERS else None
    mark = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return MARKS.get(f"pytest.mark.{mark}", "")


def resolve_names(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Returns what the names of a file stand for, as `pytest` for `pt`, as far as it may be pytest's or unittest's."""
    names = {"pytest": "pytest", "unittest": "unittest", "_pytest": "_pytest"}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({one.asname: one.name for one in node.names if one.asname})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update(imported_names(node, MODULES.get(node.module, node.module)))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            name = dotted_name(value, names)
            if name in MARKS or (name and value is node.value):  # the result of any other call is something else
                names[node.targets[0].id] = name
    return names


def imported_names(node: ast.ImportFrom, module: str) -> dict[str, str]:
    """Returns what the names of `from module import ...` stand for; of a star only those in KNOWN."""
    if node.names[0].name == "*":
        return {top: f"{module}.{top}" for top in (one.split(".")[1] for one in KNOWN if one.startswith(f"{module}."))}
    return {one.asname or one.name: f"{module}.{one.name}" for one in node.names}


def dotted_name(node: ast.AST, names: Mapping[str, str]) -> str:
    """Returns what an expression stands for, as `pytest.mark.skip`; "" if it is neither pytest's nor unittest's."""
    if isinstance(node, ast.Name):
        found = names.get(node.id, "")
    elif isinstance(node, ast.Attribute) and (base := dotted_name(node.value, names)):
        found = f"{base}.{node.attr}"
    else:
        found = ""
    return MODULES.get(found, found)


def shorten(node: ast.AST) -> str:
    """Returns the source of an expression in one line."""
    return " ".join(ast.unparse(node).split())[:LONGEST_TEXT]
