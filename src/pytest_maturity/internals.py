"""All that running a test again needs of pytest's and pluggy's private parts, and nothing else.

Every name with an underscore that the other modules would need is used here, and
`tests/acceptance/test_internals.py` fails loudly when a new pytest moves one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import signature
from typing import Any, Literal

import pytest
from _pytest import runner

SCOPES = {"class": pytest.Class, "module": pytest.Module, "package": pytest.Package, "session": pytest.Session}
Phase = Literal["setup", "call", "teardown"]


def run_phase(item: pytest.Item, when: Phase, **more: Any) -> pytest.TestReport:
    """Run one phase of a test through pytest's hooks and return its report, which nobody has seen yet."""
    return runner.call_and_report(item, when, log=False, **more)


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

    __slots__ = ("_globals", "_keywords", "_markers", "_properties", "_sections")

    def __init__(self, item: Any) -> None:
        self._properties = len(item.user_properties)
        self._sections = len(item._report_sections)
        self._markers = item.own_markers[:]
        self._keywords = dict(item.keywords._markers)
        doctest = getattr(item, "dtest", None)  # its runner empties the names that it was given
        self._globals = dict(doctest.globs) if doctest is not None else None

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
        # Hypothesis refuses to run one test with two instances.
        if "_instance" in item.__dict__ and not getattr(item.obj, "is_hypothesis_test", False):
            del item._instance
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


def logs_while_running(item: pytest.Item) -> bool:
    """Does the test publish reports before it ends, those of subtests?"""
    from _pytest.unittest import TestCaseFunction

    return isinstance(item, TestCaseFunction) or "subtests" in getattr(item, "fixturenames", ())


@contextmanager
def holding_back(config: pytest.Config, held: list[pytest.TestReport]) -> Iterator[None]:
    """Collect reports in `held` instead of publishing them."""
    manager: Any = config.pluginmanager
    execute = manager._inner_hookexec

    def without_reports(name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        if name == "pytest_runtest_logreport":
            held.append(kwargs["report"])
            return []
        return execute(name, methods, kwargs, firstresult)

    manager._inner_hookexec = without_reports
    try:
        yield
    finally:
        manager._inner_hookexec = execute


def failed_before(item: Any) -> dict[Any, BaseException]:
    """The exceptions that pytest keeps and raises again: of wider fixtures, and of collectors' own setup."""
    request = getattr(item, "_request", None)
    definitions = {one for found in request._arg2fixturedefs.values() for one in found} if request else set()
    found = {
        one: one.cached_result[2][0]
        for one in definitions
        if one.scope != "function" and one.cached_result is not None and one.cached_result[2] is not None
    }
    stack = item.session._setupstate.stack
    return found | {node: state[1][0] for node, state in stack.items() if state[1] is not None and node is not item}


def forget_failures(item: Any) -> None:
    """Let the item's teardown end its failed wider fixtures, so that they are executed again."""
    if item in item.session._setupstate.stack:
        for one in failed_before(item):
            if hasattr(one, "cached_result"):
                item.addfinalizer(partial(one.finish, item._request))


class StandIn(pytest.Item):
    """Stands for the next test while a failed one is torn down: exactly what is to be set up again is popped."""

    def runtest(self) -> None:
        raise NotImplementedError


def stand_in(item: Any, scope: str) -> StandIn | None:
    """A next test that shares with `item` what stays; None where nothing does."""
    chain = item.listchain()
    kept = len(chain) - 1
    wider = item.getparent(SCOPES[scope]) if scope in SCOPES else None
    for node in (wider, *failed_before(item)):
        if node in chain:
            kept = min(kept, chain.index(node))
    return StandIn.from_parent(chain[kept - 1], name=item.name) if kept else None


def tear_down_rest(item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport | None:
    """Tear down what a stand-in kept and the real next test does not need; a report only where that fails."""
    call = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem),
        when="teardown",
        reraise=runner.get_reraise_exceptions(item.config),
    )
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    return report if report.failed else None


def junit_reporter(config: pytest.Config, report: pytest.TestReport) -> Any:
    """What writes the test's entry in the JUnit report; None where there is no such report."""
    from _pytest.junitxml import xml_key

    xml = config.stash.get(xml_key, None)
    return xml.node_reporter(report) if xml is not None else None
