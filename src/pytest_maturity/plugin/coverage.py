"""The recorder of coverage for a session, beside pytest-cov and `coverage run`."""

from __future__ import annotations

from typing import Any

import pytest

from .. import coverage
from .plan import Plan


def choose_recorder(config: pytest.Config, plan: Plan) -> coverage.Recorder:
    """Returns a recorder that borrows the tracer that already measures this process; else one with its own tracer."""
    options = config.known_args_namespace
    pytest_cov = getattr(options, "cov_source", None) or config.pluginmanager.has_plugin("_cov")
    if pytest_cov and not options.no_cov:
        appends = bool(getattr(options, "cov_append", False))
        return coverage.BorrowedRecorder(
            plan.root, plan.components, coverage.PYTEST_COV, lambda: find_tracer_of_pytest_cov(config), appends
        )
    running = coverage.find_running_coverage()
    if running is not None:
        return coverage.BorrowedRecorder(plan.root, plan.components, coverage.COVERAGE_RUN, lambda: running)
    return coverage.OwnRecorder(plan.root, plan.components)


def find_tracer_of_pytest_cov(config: pytest.Config) -> Any:
    """Returns pytest-cov's Coverage object; None while it has none."""
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    return getattr(controller, "cov", None)


def lift_total_threshold(config: pytest.Config, chosen: bool) -> list[str]:
    """Switches off pytest-cov's threshold, which is for the whole project: a part of the tests cannot meet it.

    It stays where the user has `chosen` the tests. Returns a note where it was switched off, else nothing.
    """
    options: Any = getattr(config.pluginmanager.get_plugin("_cov"), "options", None)
    if chosen or options is None or not options.cov_fail_under:
        return []
    options.cov_fail_under = None
    return ["pytest-cov's fail-under was not applied: it is about more than the component"]
