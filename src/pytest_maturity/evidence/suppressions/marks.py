"""Tests that are told not to run, or to be allowed to fail: marks and calls of pytest and unittest."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...model.suppressions import Suppression
from ...model.syntax import parse_source

# A mark or decorator counts wherever it is written or, if it was given a name in this file, used.
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
ADDERS = ("add_marker", "applymarker")  # of an item, and of a request: they take the name of a mark, too
MODULES = {"_pytest.outcomes": "pytest", "unittest.case": "unittest"}  # where the same things are defined
# A source without one of the first and one of the second words holds none of all that.
WORDS = ("skip", "Skip", "xfail", "expectedFailure")
CONTEXT = ("pytest", "unittest", *METHODS, *ADDERS)
LONGEST_TEXT = 200


def marks(text: str, path: str) -> Iterator[Suppression]:
    """The skips and expected failures in a source. Raises what `parse_source` raises.

    Nothing is parsed that holds none of the words. A name is followed through imports and assignments.
    """
    if not all(any(word in text for word in words) for words in (WORDS, CONTEXT)):
        return
    nodes = list(ast.walk(parse_source(text, path)))
    names = bound(nodes)
    told: set[int] = set()  # what is part of an expression that was told as a whole
    for node in nodes:
        kind, parts = asked(node, names)
        if kind and id(node) not in told:
            yield Suppression(kind=kind, path=path, line=getattr(node, "lineno", None), text=shown(node))
        if kind:
            told.update(map(id, parts))


def asked(node: ast.AST, names: Mapping[str, str]) -> tuple[str, Iterable[ast.AST]]:
    """The kind of suppression that a node is, or "", and those of its parts that are the same one."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return RAISED.get(dotted(exception, names), ""), ()
    if isinstance(node, ast.Call):
        name = dotted(node.func, names)
        if name in MARKS or name in CALLS:
            return KNOWN[name], (node.func,)
        if isinstance(node.func, ast.Attribute):
            return METHODS.get(node.func.attr, "") or added(node, node.func.attr), ()
    if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
        return MARKS.get(dotted(node, names), ""), ()
    return "", ()


def added(call: ast.Call, method: str) -> str:
    """The kind of a mark that is added to a test by its name: `item.add_marker("skip")`."""
    first = call.args[0] if call.args and method in ADDERS else None
    word = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return MARKS.get(f"pytest.mark.{word}", "")


def bound(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """What the names of a file stand for, as far as it may be pytest's or unittest's: `pt` for `pytest`."""
    names = {"pytest": "pytest", "unittest": "unittest", "_pytest": "_pytest"}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({one.asname: one.name for one in node.names if one.asname})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update(imported(node, MODULES.get(node.module, node.module)))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            name = dotted(value, names)
            if name in MARKS or (name and value is node.value):  # what any other call returns is something else
                names[node.targets[0].id] = name
    return names


def imported(node: ast.ImportFrom, module: str) -> dict[str, str]:
    """What the names of `from module import ...` stand for; of a star those that matter here."""
    if node.names[0].name == "*":
        return {top: f"{module}.{top}" for top in (one.split(".")[1] for one in KNOWN if one.startswith(f"{module}."))}
    return {one.asname or one.name: f"{module}.{one.name}" for one in node.names}


def dotted(node: ast.AST, names: Mapping[str, str]) -> str:
    """`pytest.mark.skip` for an expression that stands for it, "" for what is neither pytest's nor unittest's."""
    if isinstance(node, ast.Name):
        found = names.get(node.id, "")
    elif isinstance(node, ast.Attribute) and (base := dotted(node.value, names)):
        found = f"{base}.{node.attr}"
    else:
        found = ""
    return MODULES.get(found, found)


def shown(node: ast.AST) -> str:
    """The words that ask for it, in one line."""
    return " ".join(ast.unparse(node).split())[:LONGEST_TEXT]
