"""The hooks that a project's conftest.py or another plugin may implement. No hook returns a verdict."""

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
    """Returns gates, which are added to the built-in ones.

    A gate is a name, a direction, and a function from evidence to a measurement::

        from pytest_maturity import Gate, Measurement

        def todos(evidence, context):
            found = sum(path.read_text().count("TODO") for path in evidence.component.python_files())
            return Measurement(found, f"{found} TODOs")

        def pytest_maturity_gates(config):
            return [Gate("todos", todos, better="lower")]

    A stage requires it by its name, like a built-in gate: `todos = 0`.
    """
    return ()


@pytest.hookspec
def pytest_maturity_reporters(config: pytest.Config) -> Iterable[Reporter]:
    """Returns formats of the report, in addition to the built-in ones.

    `--maturity-report text`, or `text:PATH`, asks for this one; without a path, the file is beside the JSON report::

        from pytest_maturity import Reporter

        def pytest_maturity_reporters(config):
            return [Reporter("text", lambda report: f"{report.verdict.value}\\n", ".txt")]
    """
    return ()


@pytest.hookspec
def pytest_maturity_name_variants(config: pytest.Config, name: str) -> Iterable[str]:
    """Returns other names of a component, by which its test files are found, too.

    Called with the component's own name::

        def pytest_maturity_name_variants(config, name):
            return ["checkout"] if name == "billing" else []
    """
    return ()


@pytest.hookspec(firstresult=True)
def pytest_maturity_rerun(item: pytest.Item, failure: Failure, attempt: int) -> Rerun | bool | None:
    """Decides whether a failed test is rerun. Returns a Rerun or True, False, or None for no decision.

    Called before the teardown of each failed attempt, with its number from 1, unless a fixture of a wider scope
    failed permanently before. `failure.phases` holds each failed phase with its exception, and
    `failure.classification` the class of all of them. The first decision counts; the default policy,
    `[tool.maturity.retry]`, is called last. The budgets limit every rerun. A hook that raises gives a warning, and the
    test is not rerun::

        from pytest_maturity import Rerun

        def pytest_maturity_rerun(item, failure, attempt):
            if isinstance(failure.exception, LookupError) and attempt < 3:
                return Rerun(delay=1.0, reason="the index is built late", scope="module")
    """


@pytest.hookspec(firstresult=True)
def pytest_maturity_classify(item: pytest.Item, exception: BaseException) -> Classification | None:
    """Classifies one exception. Returns "transient", "permanent", "unknown", or None for no decision.

    The first decision counts; the default policy is called last::

        def pytest_maturity_classify(item, exception):
            return "transient" if "deadlock" in str(exception) else None
    """


@pytest.hookspec
def pytest_maturity_attempt(item: pytest.Item, attempt: Attempt) -> None:
    """Called for each failed attempt that another one follows, after its teardown and before the delay.

    The final attempt is in the report::

        def pytest_maturity_attempt(item, attempt):
            print(item.nodeid, attempt.number, attempt.exception)
    """


@pytest.hookspec
def pytest_maturity_finished(config: pytest.Config, report: Report) -> None:
    """Called once, after the reports were written; with pytest-xdist, on the controller only.

    Cannot change the verdict any more::

        def pytest_maturity_finished(config, report):
            print(report.verdict.value)
    """
