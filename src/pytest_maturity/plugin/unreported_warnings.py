"""Finds the tests during which warnings are not reported as the project's settings show them.

A fixture, a mark or a hook may change the filters while a test runs, record the warnings itself, or replace what
raises and reports them. What a test does in a `with` block of its own is over when its teardown begins, and is not seen
here: it expects the warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ..evidence.outcomes import OutcomeLog
from ..model.warning_categories import CATEGORIES
from . import pytest_internals
from .source_lines import SourceLines

# What raises and reports warnings, as it was when this plugin was loaded.
WARN, SHOW = warnings.warn, warnings.showwarning


class UnreportedWarnings:
    """Compares, before each teardown, what is in force with what was in force when the setup began."""

    def __init__(self, hook: Any, sources: SourceLines, log: OutcomeLog) -> None:
        """Records in the log each test during which categories of warnings are not reported."""
        self._sources, self._log = sources, log
        self._recorder: object = None
        self._known: dict[str, Mapping[str, frozenset[str]]] = {}  # by filters
        pytest_internals.add_listener(hook.pytest_runtest_setup, "item", self._begin)
        pytest_internals.add_listener(hook.pytest_runtest_teardown, "item", self._end)

    def _begin(self, _: Any) -> None:
        self._recorder = find_recorder()

    def _end(self, item: Any) -> None:
        is_reported = find_recorder() == self._recorder and warnings.warn is WARN and warnings.showwarning is SHOW
        unreported = self._find_ignored() if is_reported else self._sources.list_categories()
        if unreported:
            self._log.record_unreported_warnings(item.nodeid, unreported)

    def _find_ignored(self) -> Mapping[str, frozenset[str]]:
        """Returns the categories, by component, that the filters in force ignore, and not those of the run."""
        filters = tuple(warnings.filters)
        key = repr(filters)  # a filter need not be hashable
        if key not in self._known:
            found = self._sources.find_ignored_categories(filters)
            more = {name: one - self._log.ignored_warnings.get(name, frozenset()) for name, one in found.items()}
            # pytest itself shows deprecations, whatever else a filter ignores.
            self._known[key] = {
                name: frozenset(CATEGORIES) if "Warning" in one else one for name, one in more.items() if one
            }
        return self._known[key]


def find_recorder() -> object:
    """Returns what receives each warning that the filters let through."""
    return getattr(warnings, "_showwarnmsg_impl", None)
