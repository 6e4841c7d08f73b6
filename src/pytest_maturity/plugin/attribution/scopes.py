"""For whom something is executed, where tests of several owners run in one session.

Each component is to be judged as if its tests ran alone. So coverage is told whose test runs; who shares a fixture that
is set up or torn down; whose file is collected; and, while a module is imported, which: whoever would have imported it
counts what that executes. What happens to a shared fixture happens to the tests of all who share it.

What it cannot tell apart counts for less, or is told in docs/discovery.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from ...coverage import Recorder, Scope
from ...model.paths import is_installed
from .. import pytest_internals
from ..outcome_listener import Accounts
from ..plan import Plan
from ..selection import Selection
from . import interception
from .fixtures import SharedFixtures

SCOPES = "maturity_scopes"


class Scopes:
    """Tells the recorder for whom something is executed: each module of the project, and a conftest.py's hooks."""

    def __init__(self, plan: Plan, recorder: Recorder, manager: pytest.PytestPluginManager) -> None:
        self._plan = plan
        self._below = f"{plan.root}{os.sep}"
        self._recorder = recorder
        self._copies = {str(copy): os.path.relpath(source, plan.root) for copy, source in recorder.copies.items()}
        self._thread = threading.get_ident()
        self._now: Scope | None = None
        self._known = cache(self._users)
        self._executed: set[tuple[str, str]] = set()
        recorder.switch(None)
        self.end = interception.executing(self._execute)
        interception.importing_conftests(manager, self._import_conftest)

    def begin(self) -> None:
        """Now it is known which tests there are."""
        self._known.cache_clear()

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

    def share(self, key: str, components: Iterable[str]) -> None:
        """Whoever asks for a fixture counts what is executed in its scope."""
        self._recorder.hear({key: components})

    def _import_conftest(self, path: Path, proceed: Callable[[], Any]) -> Any:
        """Whoever has tests below a conftest.py counts it, and the packages that it is in."""
        __tracebackhide__ = True
        directory = (self._path(str(path)) or "").rpartition("/")[0]
        with self.within(Scope.at(directory)) if directory else nullcontext():
            return proceed()

    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """The hooks of what is registered in a scope, as a conftest.py is, count for nobody else."""
        if self._now is not None:
            interception.call_within(manager, plugin, partial(self._acting, self._now))

    def _acting(self, scope: Scope) -> AbstractContextManager[None]:
        """Where a hook is called that was registered in a scope: there, or here without those whom that is not for."""
        now = self._now
        if now is None:
            return self.within(scope)
        if now == scope or now.modules:
            return nullcontext()
        here, there = ({*(self._users if one.is_shared else self._known)(one)} for one in (now, scope))
        return nullcontext() if here <= there else self.within(Scope.of(here & there))

    def _users(self, scope: Scope) -> frozenset[str]:
        """For whom a scope counts; for a fixture, so far."""
        root, asked = self._plan.root, self._recorder.asked
        return frozenset(one.name for one in self._plan.components if scope.is_for(one, root, asked))

    def _execute(self, module: Any, execute: Callable[[], None]) -> None:
        __tracebackhide__ = True
        scope = self._scope_of(module.__name__, getattr(module.__spec__, "origin", None))
        if scope is None:
            execute()
            return
        with self.within(scope):
            execute()

    def _scope_of(self, name: str, origin: object) -> Scope | None:
        """Of which scope is what a module executes? None where it is that of whoever imports it, or does so again."""
        path = self._path(origin) if threading.get_ident() == self._thread else None
        if path is None or path.rpartition("/")[2] == "conftest.py" or (name, path) in self._executed:
            return None
        self._executed.add((name, path))
        return self._now.importing(path) if self._now is not None else None

    def _path(self, origin: object) -> str | None:
        """The path of a module of the project from its root."""
        if not isinstance(origin, str):
            return None
        if origin.startswith(self._below) and not is_installed(origin):
            return origin[len(self._below) :].replace(os.sep, "/")
        return self._copies.get(origin)


class Attribution:
    """Listens to pytest, and tells whose code runs."""

    def __init__(self, selection: Selection, scopes: Scopes) -> None:
        self._selection = selection
        self._scopes = scopes
        self._owners: frozenset[str] | None = None  # of the test that runs
        self.running = ""
        self.last: dict[str, str] = {}  # of each component the test that ran last

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> None:
        is_file = not isinstance(collector, (pytest.Session, pytest.Directory))
        self._scopes.switch(Scope.at(collector.nodeid.partition("::")[0]) if is_file else None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self) -> None:
        self._scopes.switch(None)

    def begin(self, item: pytest.Item) -> None:
        """A test begins, and no hook has been called for it yet."""
        owners = self._selection.owners(item.nodeid)
        if owners != self._owners:
            self._owners = owners
            self._scopes.switch(Scope.of(owners))
        self.running = item.nodeid
        for owner in owners:
            self.last[owner] = item.nodeid

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """After the last test, nothing counts any more."""
        try:
            return (yield)
        finally:
            self._scopes.switch(Scope.of(()))


def track_imports(config: pytest.Config, plan: Plan, recorder: Recorder) -> None:
    """Listen to what is imported from now on, where tests of several owners may run."""
    if len(plan.components) > 1 or config.known_args_namespace.file_or_dir:
        scopes = Scopes(plan, recorder, config.pluginmanager)
        config.pluginmanager.register(scopes, SCOPES)
        config.add_cleanup(scopes.end)


def track_tests(config: pytest.Config, selection: Selection, accounts: Accounts) -> None:
    """Listen to whose tests are collected and run, there."""
    scopes = config.pluginmanager.get_plugin(SCOPES)
    if scopes is not None:
        scopes.begin()
        attribution = Attribution(selection, scopes)
        pytest_internals.add_listener(config.hook.pytest_runtest_protocol, "item", attribution.begin)
        config.pluginmanager.register(attribution, "maturity_attribution")
        fixtures = SharedFixtures(selection, accounts, scopes, attribution)
        config.pluginmanager.register(fixtures, "maturity_shared_fixtures")
