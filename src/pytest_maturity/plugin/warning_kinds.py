"""Finds the kinds of tests that the warnings of a component belong to, as if the tests of each kind had run alone.

A warning of a function belongs to the kind of the test that reached it, or to the kinds that share the fixture in which
it was raised. A line that an import executes warns once, in whichever test is the first to import it, or during the
collection: it belongs to each kind whose test files would import the module.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

from ..coverage.reachable import ReachableModules
from ..discovery.project import walk_files
from ..evidence.outcomes import OUTSIDE_OF_TESTS, OutcomeLog
from ..model.evidence import Component, Finding
from ..model.paths import path_from_root
from ..model.syntax import UNPARSABLE, parse_source
from .selection import Selection

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class WarningKinds:
    """The warnings of the component's files by the kind of tests."""

    def __init__(
        self, component: Component, by_kind: Mapping[str, Collection[str]], root: Path, log: OutcomeLog, own: Selection
    ) -> None:
        """`by_kind` are the component's tests of each kind; `own` selects their files."""
        self._component, self._by_kind, self._root = component, by_kind, root
        self._log, self._selection = log, own
        self._files = {path_from_root(path, root) for path in component.files}

    def list_warnings(self, kind: str) -> tuple[Finding, ...]:
        """Returns the warnings of the tests of one kind, by their places; of an unknown kind, those of any test."""
        return tuple(one for one, kinds in self._kinds_of_warnings if not kind or kind in kinds)

    @cached_property
    def _kinds_of_warnings(self) -> list[tuple[Finding, Collection[str]]]:
        """Each warning with the kinds that it belongs to."""
        return [(one, self._find_kinds(one, origins)) for one, origins in self._log.list_origins(self._files)]

    def _find_kinds(self, warning: Finding, origins: Collection[str]) -> Collection[str]:
        if OUTSIDE_OF_TESTS not in origins and not is_executed_by_import(self._root / warning.path, warning.line or 0):
            return origins
        importing = {kind for kind, reached in self._reached.items() if warning.path in reached}
        return {*origins, *(importing or self._by_kind)}

    @cached_property
    def _reached(self) -> Mapping[str, Collection[str]]:
        """The modules that the test files of each kind import, as paths from the root."""
        paths = walk_files(self._root, lambda path: path.endswith(".py"))
        modules = ReachableModules(self._root, (path_from_root(Path(path), self._root) for path in paths))
        return {
            kind: modules.find(
                replace(self._component, tests=tuple(self._selection.list_files_with(tests, self._component))),
                lambda *_: True,
            )
            for kind, tests in self._by_kind.items()
        }


def is_executed_by_import(path: Path, line: int) -> bool:
    """Whether an import of a module executes a line: it is in no function. True where the file cannot be read."""
    functions = find_function_lines(path)
    return functions is None or not any(line in lines for lines in functions)


@cache
def find_function_lines(path: Path) -> list[range] | None:
    """Returns the lines of the bodies of a file's functions; None where it cannot be read."""
    try:
        tree = parse_source(path.read_bytes())
    except (OSError, *UNPARSABLE):
        return None
    return list(iterate_bodies(tree.body))


def iterate_bodies(nodes: Iterable[ast.AST]) -> Iterator[range]:
    """Yields the lines of the body of each function in these nodes, without its decorators and defaults."""
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            yield range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
        else:
            yield from iterate_bodies(ast.iter_child_nodes(node))
