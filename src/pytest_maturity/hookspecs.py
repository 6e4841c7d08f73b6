"""The hooks that a project or another plugin may implement. A verdict is never a hook's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .model import Gate
    from .report import Report, Reporter


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


@pytest.hookspec
def pytest_maturity_finished(config: pytest.Config, report: Report) -> None:
    """Called once, on the controller, after the reports were written::

    def pytest_maturity_finished(config, report):
        print(report.verdict.value)
    """
