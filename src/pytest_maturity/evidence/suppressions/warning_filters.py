"""Finds code that ignores warnings: calls of the module warnings, and pytest's mark."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ...model.suppressions import Suppression
from .source import Source

KIND = "warning_filter"
ACTION = "ignore"
# The name of the argument that holds the action; it is also the first one, but for catch_warnings.
CALLS = {
    "warnings.simplefilter": "action",
    "warnings.filterwarnings": "action",
    "warnings.catch_warnings": "action",
    "pytest.mark.filterwarnings": "",
}
KEYWORD_ONLY = ("warnings.catch_warnings",)
MODULES = ("pytest", "warnings")
WORDS = ("simplefilter", "filterwarnings", "catch_warnings")
LONGEST_TEXT = 200


def find_warning_filters(source: Source) -> Iterator[Suppression]:
    """Yields the calls in a source that ignore warnings.

    A source is parsed only if it has the words. Raises what `parse_source` raises.
    """
    if ACTION not in source.text or not any(word in source.text for word in WORDS):
        return
    nodes = source.nodes
    names = resolve_names(nodes)
    for node in nodes:
        if isinstance(node, ast.Call) and ignores_warnings(node, names):
            yield Suppression(
                kind=KIND, path=source.path, line=node.lineno, text=" ".join(ast.unparse(node).split())[:LONGEST_TEXT]
            )


def resolve_names(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Returns what the names of a file stand for, as far as it is one of MODULES or something in it."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update({one.asname or one.name: one.name for one in node.names if one.name in MODULES})
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES and not node.level:
            names.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
            if node.names[0].name == "*":
                names.update({one.rpartition(".")[2]: one for one in CALLS if one.startswith(f"{node.module}.")})
    return names


def ignores_warnings(call: ast.Call, names: Mapping[str, str]) -> bool:
    """Whether a call adds a filter whose action is to ignore."""
    name = dotted_name(call.func, names)
    if name not in CALLS:
        return False
    by_place = call.args[:1] if name not in KEYWORD_ONLY else []
    by_name = [one.value for one in call.keywords if one.arg == CALLS[name]]
    actions = (one.value for one in (*by_place, *by_name) if isinstance(one, ast.Constant))
    return any(isinstance(action, str) and action.partition(":")[0].strip() == ACTION for action in actions)


def dotted_name(node: ast.AST, names: Mapping[str, str]) -> str:
    """Returns what an expression stands for, as `warnings.simplefilter`; empty for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (base := dotted_name(node.value, names)):
        return f"{base}.{node.attr}"
    return ""
