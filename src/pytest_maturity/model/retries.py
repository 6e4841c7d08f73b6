"""How a failed test is tried again, as plain data: the policy, what a hook is told and answers, what was tried."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Classification = Literal["transient", "permanent", "unknown"]
Scope = Literal["function", "class", "module", "package", "session"]
_random = random.SystemRandom().random  # neither seeded nor patched by tests: bound here, and of its own source


class TransientError(Exception):
    """Raise it where a failure is known to pass by: the test is tried again, after `retry_after` seconds if given."""

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


TransientError.__module__ = "pytest_maturity"  # as tracebacks, and names in the configuration, are to spell it


@dataclass(frozen=True, slots=True)
class Rerun:
    """The answer "try it again", after `delay` seconds (None: as long as the policy says).

    `scope` asks for wider fixtures to be rebuilt, too: those of the test's class, module, package or session.
    Raises ValueError for a delay that is not a finite number of seconds, and for an unknown scope.
    """

    delay: float | None = None
    reason: str = ""
    scope: Scope = "function"

    def __post_init__(self) -> None:
        if self.delay is not None and not (self.delay >= 0 and math.isfinite(self.delay)):
            raise ValueError(f"Rerun.delay must be a finite number of seconds, not {self.delay!r}")
        if self.scope not in get_args(Scope):
            raise ValueError(f"Rerun.scope must be one of {', '.join(get_args(Scope))}, not {self.scope!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPhase:
    """One failure of an attempt. `when` is `setup`, `call` or `teardown`; a failed subtest is a failed `call`."""

    when: str
    exception: BaseException


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Everything that failed in one attempt, in order, and what it is taken for."""

    phases: tuple[FailedPhase, ...]
    classification: Classification = "unknown"
    retry_after: float | None = None

    @property
    def exception(self) -> BaseException:
        """The first exception."""
        return self.phases[0].exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a test, by `number` from 1. `duration` and `delay`, the wait that followed, are in seconds.

    `phase` is the first that failed, `exception` its qualified type, of a group those of its members;
    `decision` says what followed, `by` which plugin decided.
    """

    number: int
    outcome: str
    phase: str = ""
    exception: str = ""
    message: str = ""
    classification: str = ""
    duration: float = 0.0
    delay: float | None = None
    decision: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """A test that needed more than one attempt, or would have; `outcome` is its last word."""

    test: str
    outcome: str
    attempts: tuple[Attempt, ...]

    @property
    def is_transient(self) -> bool:
        """Did it fail for a passing reason?"""
        return any(one.classification == "transient" for one in self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When and how often a failed test is tried again. Delays and `time_budget` are in seconds.

    `budget` is the number of retries that all tests of a component may use together, `breaker` the number of its
    tests that may need one before an outage is suspected; None for both: in proportion to the tests.
    `transient` are qualified names of exceptions that pass by.
    """

    max_retries: int = 2
    base_delay: float = 0.5
    factor: float = 2.0
    max_delay: float = 10.0
    jitter: bool = True
    budget: int | None = None
    time_budget: float = 300.0
    breaker: int | None = None
    transient: tuple[str, ...] = ()

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the failed attempt number `attempt`, from 1: exponential, at least half of it sure."""
        try:
            full = min(self.max_delay, self.base_delay * self.factor ** (attempt - 1))
        except OverflowError:
            full = self.max_delay
        return full / 2 + full / 2 * _random() if self.jitter else full

    def retries_for(self, tests: int) -> int:
        """How many retries `tests` tests may use together: the larger of 10 and 2 %, if not configured."""
        return max(10, tests * 2 // 100) if self.budget is None else self.budget

    def outage_above(self, tests: int) -> int:
        """How many of `tests` tests may need a retry: the larger of 10 and 5 %, if not configured."""
        return max(10, tests * 5 // 100) if self.breaker is None else self.breaker

    def overdrawn(self, tests: int, retried: Sequence[Retried]) -> str:
        """Why one run of `tests` tests would not have allowed all these attempts; empty where it would."""
        again = [one for one in retried if len(one.attempts) > 1]
        retries = sum(len(one.attempts) - 1 for one in again)
        if retries > (budget := self.retries_for(tests)):
            return f"{retries} retries, of a budget of {budget}"
        needed = sum(one.is_transient for one in again)
        if needed > (most := self.outage_above(tests)):
            return f"an outage suspected: {needed} tests needed a retry, above {most}"
        spent = [before.delay or 0.0 for one in again for before in one.attempts[:-1]]
        took = [after.duration for one in again for after in one.attempts[1:]]
        known = sum(spent) + sum(took) - max(took, default=0.0)  # the last began in time
        if again and known >= self.time_budget:
            return f"{known:.1f} s of retries, of a time budget of {self.time_budget:g} s"
        return ""


def merged(*tables: Mapping[str, Any]) -> RetryPolicy:
    """The policy of several tables, later ones first; `transient` adds up."""
    known = {field.name for field in fields(RetryPolicy)}
    values = {key: value for table in tables for key, value in table.items() if key in known}
    names = dict.fromkeys(name for table in tables for name in table.get("transient", ()))
    return RetryPolicy(**{**values, "transient": tuple(names)})
