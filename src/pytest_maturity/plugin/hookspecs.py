"""The hooks that a project or another plugin may implement. A verdict is never a hook's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..model.gates import Gate
    from ..model.report import Report, Reporter
    from ..model.retries import Attempt, Classification, Failure, Rerun


@pytest.hookspec
def pytest_maturity_gates(config: pytest.Config) -> Iterable[Gate]:
    """Return gates to judge by, beside the built-in ones.

    A gate is a name, a direction, and a function from evidence to a measurement::

        from pytest_maturity import Gate, Measurement

        def todos(evidence, context):
            found = sum(path.read_text().count("TODO") for path in evidence.component.python_files())
            return Measurement(found, f"{found} TODOs")

        def pytest_maturity_gates(config):
            return [Gate("todos", todos, better="lower")]

    A stage asks for it like for any other: `todos = 0`.
    """
    return ()


@pytest.hookspec
def pytest_maturity_reporters(config: pytest.Config) -> Iterable[Reporter]:
    """Return formats in which the report is written, beside JSON::

        from pytest_maturity import Reporter

        def pytest_maturity_reporters(config):
            return [Reporter("text", lambda report: f"{report.verdict.value}\\n", ".txt")]

    The file lies beside the JSON report and has the reporter's suffix.
    """
    return ()


@pytest.hookspec
def pytest_maturity_name_variants(config: pytest.Config, name: str) -> Iterable[str]:
    """Return more spellings of a component's name under which its tests may be found::

    def pytest_maturity_name_variants(config, name):
        return ["checkout"] if name == "billing" else []
    """
    return ()


@pytest.hookspec(firstresult=True)
def pytest_maturity_rerun(item: pytest.Item, failure: Failure, attempt: int) -> Rerun | bool | None:
    """Say whether a failed test is tried again: a Rerun or True, False, or None to leave it to others.

    Asked before the teardown of every failed attempt but those whose fixture failed for good before; `attempt` is
    its number, from 1. `failure.phases` holds every failed phase with its exception, `failure.classification` what
    they are taken for. The policy of `[tool.maturity.retry]` is the last that is asked. The budgets hold for every
    answer. A hook that raises is a warning, and the test is not tried again::

        from pytest_maturity import Rerun

        def pytest_maturity_rerun(item, failure, attempt):
            if isinstance(failure.exception, LookupError) and attempt < 3:
                return Rerun(delay=1.0, reason="the index is built late", scope="module")
    """


@pytest.hookspec(firstresult=True)
def pytest_maturity_classify(item: pytest.Item, exception: BaseException) -> Classification | None:
    """Say what one exception is taken for: "transient", "permanent", "unknown", or None to leave it to others::

    def pytest_maturity_classify(item, exception):
        return "transient" if "deadlock" in str(exception) else None
    """


@pytest.hookspec
def pytest_maturity_attempt(item: pytest.Item, attempt: Attempt) -> None:
    """Called after the teardown of an attempt that is followed by another, before the pause::

    def pytest_maturity_attempt(item, attempt):
        print(item.nodeid, attempt.number, attempt.exception)
    """


@pytest.hookspec
def pytest_maturity_finished(config: pytest.Config, report: Report) -> None:
    """Called once, on the controller, after the reports were written::

    def pytest_maturity_finished(config, report):
        print(report.verdict.value)
    """
