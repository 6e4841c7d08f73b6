"""Fixtures that tests of several components may share: of a package, the session, or a file that is divided.

Whoever asks for one while it is there counts what it executed, and shares what it raised: alone, it would have been set
up for its own tests.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from typing import Any, Protocol

import pytest

from ...coverage import Scope
from ..outcome_listener import Accounts
from ..selection import Selection
from . import interception

RAISED = (Exception, pytest.fail.Exception)  # what skips is none


class Running(Protocol):
    """Which test runs, and which of each component ran last."""

    running: str
    last: dict[str, str]


class Switch(Protocol):
    """Tells for whom something is executed."""

    def within(self, scope: Scope | None) -> AbstractContextManager[None]: ...

    def share(self, key: str, components: Iterable[str]) -> None: ...


class SharedFixtures:
    """Listens to pytest's fixtures."""

    def __init__(self, selection: Selection, accounts: Accounts, scopes: Switch, tests: Running) -> None:
        self._selection = selection
        self._accounts = accounts
        self._scopes = scopes
        self._tests = tests
        self._keys = map(f"{uuid.uuid4().hex[:12]}.{{}}".format, count())
        self._key: dict[Any, str] = {}  # of the fixture that there is, or was last, if it is shared
        self._heard: set[Any] = set()
        self._users: defaultdict[str, set[str]] = defaultdict(set)
        self._owners: dict[str, set[frozenset[str]]] | None = None  # of the tests in a file
        self._raised: dict[Any, str] = {}  # what a fixture raised when it was set up
        self._told: defaultdict[Any, set[str]] = defaultdict(set)  # who was told of it

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        self._key.pop(fixturedef, None)
        if request.scope == "function" or not self._is_shared(request):
            return (yield)
        key = self._begin(fixturedef, request)
        with self._scopes.within(Scope.shared(key)):
            try:
                return (yield)
            except RAISED as error:
                self._raised[fixturedef] = f"{fixturedef.argname}: {type(error).__name__}: {error}"
                self._told[fixturedef] |= self._users[key]
                raise
            finally:
                interception.wrap_endings(fixturedef, lambda ending: partial(self._end, fixturedef, key, ending))

    def _is_shared(self, request: Any) -> bool:
        """May tests of several owners ask for it?"""
        if isinstance(request.node, (pytest.Session, pytest.Directory)):
            return True
        if self._owners is None:
            self._owners = {}
            for item in request.session.items:
                owners = self._owners.setdefault(item.nodeid.partition("::")[0], set())
                owners.add(self._selection.owners(item.nodeid))
        return len(self._owners.get(request.node.nodeid.partition("::")[0], ())) > 1

    def _begin(self, definition: Any, request: Any) -> str:
        if definition not in self._heard:
            self._heard.add(definition)
            interception.when_asked(definition, partial(self._asked, definition))
        key = self._key[definition] = next(self._keys)
        self._use(key, self._selection.owners(interception.asking(request).nodeid))
        return key

    def _use(self, key: str, owners: frozenset[str]) -> None:
        if not owners <= self._users[key]:
            self._users[key] |= owners
            self._scopes.share(key, owners)

    def _asked(self, definition: Any, request: Any, is_set_up: bool) -> None:
        """A test asked for it. What it raised at first was of the tests of each owner that asks for it."""
        key = self._key.get(definition)
        if key is None or not interception.is_there(definition):  # something that it needs raised
            return
        nodeid = interception.asking(request).nodeid
        owners = self._selection.owners(nodeid)
        self._use(key, owners)
        if is_set_up and definition in self._raised and owners - self._told[definition]:
            self._told[definition] |= owners
            self._accounts.share(nodeid, "flaky", self._raised[definition])

    def _end(self, definition: Any, key: str, ending: Callable[[], object]) -> None:
        """End a fixture. Where that fails, it fails for the last test of each of its users."""
        with self._scopes.within(Scope.shared(key)):
            try:
                ending()
            except RAISED as error:
                last = self._tests.last
                for nodeid in {last[user] for user in self._users[key] if user in last} - {self._tests.running}:
                    words = f"the end of fixture {definition.argname}: {type(error).__name__}: {error}"
                    self._accounts.share(nodeid, "error", words)
                raise
