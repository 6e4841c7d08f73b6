"""For whom something is executed, where tests of several owners run in one session.

Each component is to be judged as if its tests ran alone. So coverage is told whose test runs; who shares a fixture that
is set up or torn down; whose file is collected; and, while a module is imported, which: whoever would have imported it
counts what that executes. What happens to a shared fixture happens to the tests of all who share it.

What it cannot tell apart counts for less, or is told in docs/components.md.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from . import sharing
from .accounts import Accounts
from .cover import Recorder, Scope
from .model import Component
from .selection import Selection

RAISED = (Exception, pytest.fail.Exception)  # what skips is none
IMPORTS = "maturity_imports"
INSTALLED = ("site-packages", "dist-packages")


class Imports:
    """Tells the recorder of every module of the project while it is executed, and of a conftest.py's hooks."""

    def __init__(self, root: Path, recorder: Recorder, manager: pytest.PytestPluginManager) -> None:
        self._below = f"{root}{os.sep}"
        self._recorder = recorder
        self._copies = {str(copy): os.path.relpath(source, root) for copy, source in recorder.copies.items()}
        self._thread = threading.get_ident()
        self._now: Scope | None = None
        recorder.switch(None)
        self.end = sharing.executing(self._execute)
        sharing.registering(manager, self._execute)

    def switch(self, scope: Scope | None) -> None:
        """From now on, everything is executed in this scope."""
        if scope != self._now:
            self._now = scope
            self._recorder.switch(scope)

    @contextmanager
    def within(self, scope: Scope | None) -> Iterator[None]:
        """Meanwhile, everything is executed in this scope."""
        before = self._now
        self.switch(scope)
        try:
            yield
        finally:
            self.switch(before)

    @pytest.hookimpl
    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """The hooks of what is registered in a scope, as a conftest.py is, are called in it while there is no other."""
        if self._now is not None:
            sharing.call_within(manager, plugin, partial(self._unless_within, self._now))

    def _unless_within(self, scope: Scope) -> AbstractContextManager[None]:
        return self.within(scope) if self._now is None else nullcontext()

    def _execute(self, module: Any, execute: Callable[[], None]) -> None:
        __tracebackhide__ = True
        scope = self._scope_of(getattr(module.__spec__, "origin", None))
        if scope is None:
            execute()
            return
        with self.within(scope):
            execute()

    def _scope_of(self, origin: object) -> Scope | None:
        """Of which scope is what a module executes? None where it is that of whoever imports it."""
        path = self._path(origin) if threading.get_ident() == self._thread else None
        if path is None:
            return None
        directory, _, name = path.rpartition("/")
        if name == "conftest.py":
            return Scope.at(directory) if directory else None
        return self._now.importing(path) if self._now is not None else None

    def _path(self, origin: object) -> str | None:
        """The path of a module of the project from its root."""
        if not isinstance(origin, str):
            return None
        if origin.startswith(self._below) and not any(part in origin for part in INSTALLED):
            return origin[len(self._below) :].replace(os.sep, "/")
        return self._copies.get(origin)


class Attribution:
    """Listens to pytest, and tells whose code runs."""

    def __init__(self, selection: Selection, accounts: Accounts, imports: Imports) -> None:
        self._selection = selection
        self._accounts = accounts
        self._imports = imports
        self._users: dict[Any, set[str]] | None = None  # of the wider fixtures
        self._owners: frozenset[str] | None = None  # of the test that runs
        self._running = ""
        self._last: dict[str, str] = {}  # of each component the test that ran last
        self._raised: dict[Any, str] = {}  # what a shared fixture raised when it was set up
        self._told: defaultdict[Any, set[str]] = defaultdict(set)  # who was told of it

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        is_file = not isinstance(collector, (pytest.Session, pytest.Directory))
        self._imports.switch(Scope.at(collector.nodeid.partition("::")[0]) if is_file else None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self) -> None:
        self._imports.switch(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        owners = self._selection.owners(item.nodeid)
        if owners != self._owners:
            self._owners = owners
            self._imports.switch(Scope.of(owners))
        self._running = item.nodeid
        for owner in owners:
            self._last[owner] = item.nodeid
        if self._raised:
            self._share(item, owners)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """After the last test, nothing counts any more."""
        try:
            return (yield)
        finally:
            self._imports.switch(Scope.of(()))

    def _share(self, item: pytest.Item, owners: frozenset[str]) -> None:
        """Count what a shared fixture raised, and then did not, for the first test of each owner that asks for it."""
        for definition in sharing.wider_fixtures(item):
            if definition in self._raised and sharing.is_set_up(definition) and owners - self._told[definition]:
                self._told[definition] |= owners
                self._accounts.share(item.nodeid, "flaky", self._raised[definition])

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        users = self._users_of(fixturedef, request)
        with self._imports.within(Scope.of(users)):
            try:
                return (yield)
            except RAISED as error:
                self._raised[fixturedef] = f"{fixturedef.argname}: {type(error).__name__}: {error}"
                self._told[fixturedef] |= self._selection.owners(sharing.asking(request).nodeid)
                raise
            finally:
                sharing.wrap_endings(fixturedef, lambda ending: partial(self._end, fixturedef, users, ending))

    def _users_of(self, definition: Any, request: Any) -> set[str]:
        """Whose tests ask for a wider fixture, and whose does now."""
        if self._users is None:
            self._users = {}
            for item in request.session.items:
                for one in sharing.wider_fixtures(item):
                    self._users.setdefault(one, set()).update(self._selection.owners(item.nodeid))
        asking = self._selection.owners(sharing.asking(request).nodeid)
        return self._users.get(definition, set()) | asking

    def _end(self, definition: Any, users: set[str], ending: Callable[[], object]) -> None:
        """End a shared fixture. Where that fails, it fails for the last test of each of its users."""
        with self._imports.within(Scope.of(users)):
            try:
                ending()
            except RAISED as error:
                for nodeid in {self._last[user] for user in users if user in self._last} - {self._running}:
                    words = f"the end of fixture {definition.argname}: {type(error).__name__}: {error}"
                    self._accounts.share(nodeid, "errors", words)
                raise


def listen(config: pytest.Config, components: Sequence[Component], root: Path, recorder: Recorder) -> None:
    """Listen to what is imported from now on, where tests of several owners may run."""
    if len(components) > 1 or config.known_args_namespace.file_or_dir:
        imports = Imports(root, recorder, config.pluginmanager)
        config.pluginmanager.register(imports, IMPORTS)
        config.add_cleanup(imports.end)


def attribute(config: pytest.Config, selection: Selection, accounts: Accounts) -> None:
    """Listen to whose tests are collected and run, there."""
    imports = config.pluginmanager.get_plugin(IMPORTS)
    if imports is not None:
        config.pluginmanager.register(Attribution(selection, accounts, imports), "maturity_attribution")
