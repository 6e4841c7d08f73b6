"""Assigns the code and the exceptions of a fixture that the tests of several components, or of several kinds, share.

It belongs to a package, to the session, or to a test file with tests of several components.

Every component and kind whose tests request the fixture counts its code and shares its failures: if they ran alone, it
would be set up for them. These are its users.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import pytest

from ...coverage import Scope
from ...evidence.outcomes import FIXTURE, OutcomeLog
from ...model.real_clock import REAL
from ..selection import Selection
from . import interception
from .current_scope import CurrentScope
from .running_tests import RunningTests

IN_FIXTURE = "maturity_fixture"  # the attribute of a warning that a shared fixture raised
RAISED = (Exception, pytest.fail.Exception)  # a skip is not a failure


class SharedFixtures:
    """Runs setup and teardown of each shared fixture in a scope of its own, and shares their failures.

    A fixture gets a new key, by which its scope is known, each time that it is set up.
    """

    def __init__(self, selection: Selection, log: OutcomeLog, current: CurrentScope, tests: RunningTests) -> None:
        self._selection = selection
        self._log = log
        self._current = current
        self._tests = tests
        self._new_keys = map(f"{uuid.uuid4().hex[:12]}.{{}}".format, count())
        self._key: dict[Any, str] = {}  # of each shared definition's last setup
        self._listened_to: set[Any] = set()
        self._users: defaultdict[str, set[str]] = defaultdict(set)  # by key
        self._users_by_file: dict[str, set[frozenset[str]]] | None = None
        self._setup_errors: dict[Any, str] = {}
        self._reported_to: defaultdict[Any, set[str]] = defaultdict(set)  # users that share a setup error
        self._setup_seconds: dict[str, float] = {}  # by key
        self._inner_seconds: list[float] = []  # of the fixtures within each one that is being set up or torn down

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, object, object]:
        """Sets up a shared fixture in a scope of its own; its finalizers will run in the same one."""
        self._key.pop(fixturedef, None)
        if request.scope == "function" or not self._is_shared(request):
            return (yield)
        nodeid = interception.find_requesting_test(request).nodeid
        key = self._assign_key(fixturedef, nodeid)
        with self._current.within(Scope.shared(key)), self._observing(key) as seconds:
            try:
                return (yield)
            except RAISED as error:
                self._setup_errors[fixturedef] = f"{fixturedef.argname}: {type(error).__name__}: {error}"
                self._reported_to[fixturedef] |= self._users[key]
                raise
            finally:
                interception.wrap_finalizers(fixturedef, lambda run: partial(self._finalize, fixturedef, key, run))
                self._record_setup(key, nodeid, seconds())

    def _is_shared(self, request: Any) -> bool:
        """Whether tests of several components or kinds can request the fixture."""
        if isinstance(request.node, (pytest.Session, pytest.Directory)):
            return True
        if self._users_by_file is None:
            self._users_by_file = {}
            for item in request.session.items:
                users = self._users_by_file.setdefault(item.nodeid.partition("::")[0], set())
                users.add(self._selection.find_users(item.nodeid))
        return len(self._users_by_file.get(request.node.nodeid.partition("::")[0], ())) > 1

    @contextmanager
    def _observing(self, key: str) -> Iterator[Callable[[], float]]:
        """Marks the warnings of a shared fixture; yields the function that returns its seconds, without inner ones'."""
        recorded, began = interception.list_recorded_warnings(), REAL.perf_counter()
        known = len(recorded)
        self._inner_seconds.append(0.0)
        try:
            yield lambda: REAL.perf_counter() - began - self._inner_seconds[-1]
        finally:
            self._inner_seconds.pop()
            if self._inner_seconds:
                self._inner_seconds[-1] += REAL.perf_counter() - began
            for one in recorded[known:]:
                if not hasattr(one, IN_FIXTURE):
                    setattr(one, IN_FIXTURE, FIXTURE + key)

    def _record_setup(self, key: str, nodeid: str, seconds: float) -> None:
        """Records the time of a setup, which pytest counts for the test that is the first to request the fixture."""
        self._setup_seconds[key] = seconds
        self._log.record_shared_duration(nodeid, seconds)
        for user in self._users[key]:
            self._log.record_duration_alone(user, nodeid, seconds)

    def _record_teardown(self, key: str, seconds: float) -> None:
        """Records the time of a teardown, which pytest counts for the test that runs."""
        last = self._tests.last
        self._log.record_shared_duration(self._tests.running, seconds)
        for user in self._users[key] & last.keys():
            self._log.record_duration_alone(user, last[user], seconds)

    def _assign_key(self, definition: Any, nodeid: str) -> str:
        """Gives a fixture that is set up a new key, with those of the test as its first users."""
        if definition not in self._listened_to:
            self._listened_to.add(definition)
            interception.listen_to_requests(definition, partial(self._on_request, definition))
        key = self._key[definition] = next(self._new_keys)
        self._add_users(key, nodeid)
        return key

    def _add_users(self, key: str, nodeid: str) -> None:
        """Adds those of a test to the users of the fixture with this key: the test is their first."""
        new = self._selection.find_users(nodeid) - self._users[key]
        if new:
            self._users[key] |= new
            self._current.add_users(key, new)
            self._log.record_fixture_kind(key, self._selection.kind_of(nodeid))
            if key in self._setup_seconds:
                for user in new:
                    self._log.record_duration_alone(user, nodeid, self._setup_seconds[key])

    def _on_request(self, definition: Any, request: Any, succeeded: bool) -> None:
        """Adds those of a test that requests the fixture to its users.

        Where an earlier setup raised in tests of others, this test is flaky: alone, it would have failed at first.
        """
        key = self._key.get(definition)
        if key is None or not interception.has_result(definition):  # a fixture that it requests raised
            return
        nodeid = interception.find_requesting_test(request).nodeid
        self._add_users(key, nodeid)
        owners = self._selection.owners(nodeid)
        if succeeded and definition in self._setup_errors and owners - self._reported_to[definition]:
            self._reported_to[definition] |= owners
            self._log.record_shared_failure(nodeid, self._setup_errors[definition])

    def _finalize(self, definition: Any, key: str, run: Callable[[], object]) -> None:
        """Runs a finalizer; where it raises, the last test of each user has the error."""
        with self._current.within(Scope.shared(key)), self._observing(key) as seconds:
            try:
                run()
            except RAISED as error:
                last = self._tests.last
                for nodeid in {last[user] for user in self._users[key] if user in last} - {self._tests.running}:
                    message = f"the teardown of fixture {definition.argname}: {type(error).__name__}: {error}"
                    self._log.record_failure(nodeid, "error", None, message)
                raise
            finally:
                self._record_teardown(key, seconds())
