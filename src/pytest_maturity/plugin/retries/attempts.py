"""How the attempts of a test travel: as plain data on its final report, and as its properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pytest

from ...model.retries import Attempt, Failure
from ...model.text import LONGEST_LINE, safe
from .classify import leaves

ATTRIBUTE = "maturity_attempts"  # of a report; pytest-xdist and pytest-reportlog carry it along
LIMIT = "maturity_attempt_limit"
LONGEST_MESSAGE = 500


def failed_attempt(
    number: int, failure: Failure, duration: float, delay: float | None, decision: str, by: str
) -> Attempt:
    """What is kept of a failed attempt: words, not exceptions, which would keep its frames alive."""
    first = failure.phases[0]
    return Attempt(
        number=number,
        outcome="failed" if first.when == "call" else "error",
        phase=first.when,
        exception=", ".join(dict.fromkeys(map(qualified, leaves(first.exception)))),
        message=message_of(first.exception),
        classification=failure.classification,
        duration=round(duration, 6),
        delay=delay if delay is None else round(delay, 6),
        decision=decision,
        by=by,
    )


def qualified(exception: BaseException) -> str:
    """The exception's type as a traceback spells it."""
    kind = type(exception)
    return safe(kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}", 200)


def message_of(exception: BaseException) -> str:
    try:
        return safe(str(exception), LONGEST_MESSAGE)
    except Exception as error:  # foreign code
        return f"no message: its __str__ raised {type(error).__name__}"


def outcome_of(report: pytest.TestReport) -> str:
    """What one report says of its test, in the ledger's words."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return "error" if report.failed and report.when == "setup" else str(report.outcome)


def attach(attempts: Sequence[Attempt], limit: int, reports: Sequence[pytest.TestReport], item: pytest.Item) -> None:
    """Put the attempts on the final report of setup or call, unless there was one and nobody would have tried again.

    They become properties of that report and of those that follow. `limit` is how many there may be by the policy;
    a hook may ask for more.
    """
    if len(attempts) < 2 and all(attempt.classification != "transient" for attempt in attempts):
        return
    *_, place = (
        number
        for number, report in enumerate(reports)
        if report.when != "teardown" and not hasattr(report, "context")  # of a subtest
    )
    setattr(reports[place], ATTRIBUTE, [asdict(attempt) for attempt in attempts])
    setattr(reports[place], LIMIT, max(limit, len(attempts)))
    told: list[tuple[str, object]] = [(ATTRIBUTE, len(attempts))]
    told += [(f"maturity_attempt_{one.number}", described(one)) for one in attempts if one.exception]
    for report in reports[place:]:
        report.user_properties.extend(told)
    item.user_properties.extend(told)


def described(one: Attempt) -> str:
    """A failed attempt in one line."""
    waited = f" after {one.delay:.2f} s" if one.delay is not None else ""
    words = f"{one.exception}: {one.message} ({one.phase}, {one.duration:.2f} s; {one.decision}{waited})"
    return safe(words, LONGEST_LINE)


def attempts_of(report: pytest.TestReport) -> tuple[Attempt, ...]:
    """The attempts that a final report carries; none where there was but one."""
    return tuple(Attempt(**one) for one in getattr(report, ATTRIBUTE, ()))
