"""The attempts of a test, as plain data on its final report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pytest

from ...model.retries import Attempt, Failure
from ...model.text import safe
from .classify import find_leaf_exceptions

ATTRIBUTE = "maturity_attempts"  # of a report; pytest-xdist and pytest-reportlog carry it along
LIMIT = "maturity_attempt_limit"
LONGEST_MESSAGE = 500


def build_failed_attempt(
    number: int, failure: Failure, duration: float, delay: float | None, decision: str, by: str
) -> Attempt:
    """Returns the record of a failed attempt: text only, because an exception would keep its frames alive."""
    first = failure.phases[0]
    return Attempt(
        number=number,
        outcome="failed" if first.when == "call" else "error",
        phase=first.when,
        exception=", ".join(dict.fromkeys(map(name_type, find_leaf_exceptions(first.exception)))),
        message=read_message(first.exception),
        classification=failure.classification,
        duration_s=round(duration, 6),
        delay_s=delay if delay is None else round(delay, 6),
        decision=decision,
        by=by,
    )


def name_type(exception: BaseException) -> str:
    """The exception's type as a traceback spells it."""
    kind = type(exception)
    return safe(kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}", 200)


def read_message(exception: BaseException) -> str:
    """Returns the exception's message, shortened."""
    try:
        return safe(str(exception), LONGEST_MESSAGE)
    except Exception as error:  # foreign code
        return f"no message: its __str__ raised {type(error).__name__}"


def find_outcome(report: pytest.TestReport) -> str:
    """Returns the outcome of an attempt by its last report of setup or call."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return "error" if report.failed and report.when == "setup" else str(report.outcome)


def attach_attempts(attempts: Sequence[Attempt], limit: int, reports: Sequence[pytest.TestReport]) -> None:
    """Adds the attempts to the final report of setup or call.

    A test with one attempt gets nothing, unless it failed with a transient error. `limit` is the policy's maximum
    number of attempts; a hook may have requested more. They are no user properties: those of a test make a JUnit file
    invalid (pytest's documentation of `record_property`).
    """
    if len(attempts) < 2 and all(attempt.classification != "transient" for attempt in attempts):
        return
    *_, final = (
        report
        for report in reports
        if report.when != "teardown" and not hasattr(report, "context")  # of a subtest
    )
    setattr(final, ATTRIBUTE, [asdict(attempt) for attempt in attempts])
    setattr(final, LIMIT, max(limit, len(attempts)))


def read_attempts(report: pytest.TestReport) -> tuple[Attempt, ...]:
    """Returns the attempts that a report carries, none where `attach_attempts` added none."""
    return tuple(Attempt(**one) for one in getattr(report, ATTRIBUTE, ()))
