"""Assigns what collection and the running test execute."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ...coverage import Scope
from ..selection import Selection
from .current_scope import CurrentScope


class RunningTests:
    """Switches to the scope of each test file that is collected and of each test that runs.

    `running` is the node id of the running test, `last` that of the last test of each component, and of each of its
    kinds of tests.
    """

    def __init__(self, selection: Selection, current: CurrentScope, records_kinds: bool) -> None:
        """`records_kinds`: whether code counts for the kinds of tests, too."""
        self.running = ""
        self.last: dict[str, str] = {}
        self._selection = selection
        self._current = current
        self._records_kinds = records_kinds
        self._users: frozenset[str] | None = None  # of the running test

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        """Switches to the scope of a test file that is collected; directories belong to all components."""
        is_file = not isinstance(collector, (pytest.Session, pytest.Directory))
        self._current.switch(Scope.at(collector.nodeid.partition("::")[0]) if is_file else None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self) -> None:
        """Assigns what runs after the collection to all components."""
        self._current.switch(None)

    def start(self, item: pytest.Item) -> None:
        """Switches to a test's scope, before any hook is called for the test."""
        users = self._selection.find_users(item.nodeid)
        if users != self._users:
            self._users = users
            self._current.switch(Scope.of(users if self._records_kinds else self._selection.owners(item.nodeid)))
        self.running = item.nodeid
        for user in users:
            self.last[user] = item.nodeid

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Assigns what runs after the last test to no component."""
        try:
            return (yield)
        finally:
            self._current.switch(Scope.of(()))
