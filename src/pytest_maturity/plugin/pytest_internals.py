"""All that running a test again needs of pytest's and pluggy's private parts, and nothing else.

Every name with an underscore that the other modules would need is used here or in `sharing.py`, and
`tests/acceptance/test_internals.py` fails loudly when a new pytest moves one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from inspect import isfunction, ismethod, signature
from typing import Any, Literal

import pytest
from _pytest import runner
from _pytest.fixtures import FixtureDef
from _pytest.outcomes import TEST_OUTCOME

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup  # pytest brings it

SCOPES = {"class": pytest.Class, "module": pytest.Module, "package": pytest.Package, "session": pytest.Session}
Phase = Literal["setup", "call", "teardown"]


# Runs one phase of a test through pytest's hooks and returns its report, which nobody has seen yet.
run_phase = partial(runner.call_and_report, log=False)


def show(item: pytest.Item) -> None:
    """What --setup-show prints of a test."""
    show: Any = runner.show_test_item  # with another signature in pytest 8
    show(item, add_space=True) if "add_space" in signature(show).parameters else show(item)


def begin(item: Any) -> None:
    """Give the item a fresh fixture request, where the last run took it away."""
    if hasattr(item, "_request") and not item._request:
        item._initrequest()


def end(item: Any) -> None:
    """Let go of fixture values and of the request, as pytest does after each test."""
    if hasattr(item, "_request"):
        item._request = False
        item.funcargs = None


class Snapshot:
    """What a run of an item changes in it, so that the next run begins where this one did."""

    __slots__ = ("_function", "_globals", "_instance", "_keywords", "_markers", "_properties", "_sections")

    def __init__(self, item: Any) -> None:
        self._properties = len(item.user_properties)
        self._sections = len(item._report_sections)
        self._markers = item.own_markers[:]
        self._keywords = item.keywords._markers.copy()
        own = item.__dict__
        self._function, self._instance = own.get("_obj"), own.get("_instance")
        # A doctest's runner empties the names that it was given.
        self._globals = item.dtest.globs.copy() if "dtest" in own else None

    def restore(self, item: Any) -> None:
        """Undo what the last run did to the item."""
        del item.user_properties[self._properties :]
        del item._report_sections[self._sections :]
        item.own_markers[:] = self._markers
        item.keywords._markers.clear()
        item.keywords._markers.update(self._keywords)
        if self._globals is not None:
            item.dtest.globs = dict(self._globals)
        item.__dict__.pop("_excinfo", None)  # of unittest's methods
        forget_failed_subtests(item)
        if isinstance(item, pytest.Function) and isinstance(item.parent, pytest.Class):
            item.__dict__.pop("_instance", None)
            if self._instance is not None and getattr(self._function, "is_hypothesis_test", False):
                item._instance = self._instance  # Hypothesis refuses to run one test with two instances
            item._obj = None


def forget_failed_subtests(item: Any) -> None:
    """pytest 9 counts them by test, to fail the test in the end."""
    try:
        from _pytest.subtests import failed_subtests_key
    except ImportError:  # pytest 8
        return
    counts: Any = item.config.stash.get(failed_subtests_key, {})
    for key in (item.nodeid, getattr(item, "id", None)):
        counts.pop(key, None)


class Interception:
    """Stands between pytest and three of its hooks while a test runs.

    Reports go to `held` instead of being published, where it is a list; `heard` is told of every exception that a
    report is made of, also of those that a subtest or unittest keeps for itself; meanwhile, the wider fixtures that
    raised are remembered in `broken`. Not hook implementations: a wrapper costs each test several times what this does.
    """

    def __init__(self, hook: Any) -> None:
        self.held: list[pytest.TestReport] | None = None
        self.heard: Callable[[pytest.CallInfo[None]], None] | None = None
        self.broken: list[tuple[Any, Any]] = []
        self._log, self._make, self._set_up = (
            intercept(caller, instead)
            for caller, instead in (
                (hook.pytest_runtest_logreport, self._log_report),
                (hook.pytest_runtest_makereport, self._make_report),
                (hook.pytest_fixture_setup, self._set_up_fixture),
            )
        )

    def _log_report(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        if self.held is None:
            return self._log(name, methods, kwargs, firstresult)
        self.held.append(kwargs["report"])
        return []

    def _make_report(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        report = self._make(name, methods, kwargs, firstresult)
        if kwargs["call"].excinfo is not None and self.heard is not None:
            self.heard(kwargs["call"])
        return report

    def _set_up_fixture(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        try:
            return self._set_up(name, methods, kwargs, firstresult)
        except BaseException:
            if self.heard is not None and kwargs["request"].scope != "function":  # others end with the test anyway
                self.broken.append((kwargs["fixturedef"], kwargs["request"]))
            raise

    def end(self) -> None:
        """Listen no more, and forget what was remembered."""
        self.heard = None
        self.broken.clear()

    def fixture_errors(self) -> list[BaseException]:
        """What pytest keeps of fixtures that raised, and raises again for the next test that asks for one."""
        results = [definition.cached_result for definition, _ in self.broken]
        return [result[2][0] for result in results if result is not None and result[2] is not None]

    def forget_fixtures(self, item: Any) -> None:
        """Let the item's teardown end the fixtures that raised, so that they are executed again."""
        if item in item.session._setupstate.stack:
            for definition, request in self.broken:
                item.addfinalizer(partial(definition.finish, request))


def listen(caller: Any, name: str, tell: Callable[[Any], object]) -> None:
    """Tell of the argument `name` of every call of a hook, before any plugin is asked."""

    def execute(hook: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        tell(kwargs[name])
        return before(hook, methods, kwargs, firstresult)

    before = intercept(caller, execute)


def intercept(caller: Any, instead: Callable[..., Any]) -> Callable[..., Any]:
    """Let calls of a hook go to `instead`; returns what they went to before."""
    before: Callable[..., Any] = caller._hookexec
    caller._hookexec = instead
    return before


def failed_collectors(item: Any) -> dict[Any, BaseException]:
    """The collectors above the item whose own setup raised, with what pytest raises again for their other tests."""
    stack = item.session._setupstate.stack
    return {node: state[1][0] for node, state in stack.items() if state[1] is not None and node is not item}


@contextmanager
def watched(caller: Any) -> Iterator[list[str]]:
    """The names of the plugins that a hook asks, in their order: where the first answer counts, the last gave it."""
    asked: list[str] = []

    def noted(implementation: Any) -> Any:
        def function(*values: Any) -> Any:
            asked.append(implementation.plugin_name)
            return implementation.function(*values)

        twin = copy(implementation)
        twin.function = function
        return twin

    def execute(name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        twins = [one if one.wrapper or one.hookwrapper else noted(one) for one in methods]
        return before(name, twins, kwargs, firstresult)

    before = intercept(caller, execute)
    try:
        yield asked
    finally:
        intercept(caller, before)


class StandIn(pytest.Item):
    """Stands for the next test while a failed one is torn down: exactly what is to be set up again is popped."""

    def runtest(self) -> None:
        raise NotImplementedError


def stand_in(item: Any, scope: str) -> StandIn | None:
    """A next test that shares with `item` what stays; None where nothing does."""
    chain = item.listchain()
    kept = len(chain) - 1
    wider = item.getparent(SCOPES[scope]) if scope in SCOPES else None
    for node in (wider, *failed_collectors(item)):
        if node in chain:
            kept = min(kept, chain.index(node))
    return StandIn.from_parent(chain[kept - 1], name=item.name) if kept else None


def next_after(item: pytest.Item, nextitem: pytest.Item | None) -> pytest.Item | None:
    """The test that runs next: pytest tears all down where the run stops here."""
    return None if item.session.shouldfail or item.session.shouldstop else nextitem


def tear_down_rest(
    item: pytest.Item, nextitem: pytest.Item | None, raised: Sequence[BaseException]
) -> list[pytest.TestReport]:
    """Tear down what a stand-in kept and the real next test does not need; one report, where that fails.

    It holds what was `raised` before, too: a test has one teardown.
    """
    reraise = (pytest.exit.Exception, KeyboardInterrupt)

    def tear_down() -> None:
        try:
            item.session._setupstate.teardown_exact(nextitem)
        except reraise:
            raise
        except TEST_OUTCOME as error:
            raise BaseExceptionGroup("errors during test teardown", [error, *raised]) from None

    call = pytest.CallInfo.from_call(tear_down, when="teardown", reraise=reraise)
    return [item.ihook.pytest_runtest_makereport(item=item, call=call)] if call.excinfo else []


def waiting(session: Any) -> Iterator[Any]:
    """The collectors that are still set up and have something to tear down: it may fail for any test below them."""
    for node, (finalizers, _) in session._setupstate.stack.items():
        own = getattr(node, "teardown", None)
        if not isinstance(node, pytest.Item) and any(one != own and does_something(one) for one in finalizers):
            yield node


def does_something(finalizer: Any) -> bool:
    """False for what ends a fixture that has nothing to end."""
    if isfunction(finalizer) and finalizer.__module__ == FixtureDef.__module__:
        return False  # pytest's own word to plugins that the fixture has ended
    ends = finalizer.func if isinstance(finalizer, partial) else None
    owner = ends.__self__ if ismethod(ends) else None
    return has_teardown(owner) if isinstance(owner, FixtureDef) else True


def has_teardown(definition: Any) -> bool:
    """Will the end of a fixture do anything? Where others were made from it, their ends are among its own."""
    return definition.cached_result is not None and any(map(does_something, definition._finalizers))


def junit_reporter(config: pytest.Config, report: pytest.TestReport) -> Any:
    """What writes the test's entry in the JUnit report; None where there is no such report."""
    from _pytest.junitxml import xml_key

    xml = config.stash.get(xml_key, None)
    return xml.node_reporter(report) if xml is not None else None
