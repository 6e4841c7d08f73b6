"""The data of reruns: the retry policy, a hook's arguments and answer, and the attempts of a test."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, get_args

from .light_dataclass import light_dataclass

Classification = Literal["transient", "permanent", "unknown"]
Scope = Literal["function", "class", "module", "package", "session"]
MAX_RETRIES = 100  # the largest max_retries of a policy, an option or a marker
_random = random.SystemRandom().random  # tests can neither seed it nor patch it under this name


class TransientError(Exception):
    """Raised by tests and the code they call for a failure that may be gone at the next attempt.

    `retry_after` is the number of seconds to wait before the test is rerun; None: as long as the policy says.
    """

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


TransientError.__module__ = "pytest_maturity"  # its name in tracebacks and in the configuration


@light_dataclass(frozen=True, slots=True)
class Rerun:
    """A hook's answer that reruns the test, after `delay` seconds (None: as long as the policy says).

    With a wider `scope`, the fixtures of the test's class, module, package or session are set up again, too.
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


@light_dataclass(frozen=True, slots=True, kw_only=True)
class FailedPhase:
    """One failed phase of an attempt. `when` is `setup`, `call` or `teardown`; a failed subtest is a failed `call`."""

    when: str
    exception: BaseException


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The failed phases of one attempt, in order, and the class of all of them together.

    `retry_after` is the longest wait that an exception requests, in seconds.
    """

    phases: tuple[FailedPhase, ...]
    classification: Classification = "unknown"
    retry_after: float | None = None

    @property
    def exception(self) -> BaseException:
        """The exception of the first failed phase."""
        return self.phases[0].exception


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of a test. `number` counts from 1, `duration_s` and `delay_s`, the wait after it, are in seconds.

    `phase` is the first that failed; `exception` is the qualified type of its exception, or the types in its group.
    `decision` is "rerun" or "final", each with its reason, and `by` the plugin that decided.
    """

    number: int
    outcome: str
    phase: str = ""
    exception: str = ""
    message: str = ""
    classification: str = ""
    duration_s: float = 0.0
    delay_s: float | None = None
    decision: str = ""
    by: str = ""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RetriedTest:
    """A test that was rerun, or that failed with a transient error and was not; `outcome` is its final one."""

    test: str
    outcome: str
    attempts: tuple[Attempt, ...]

    @property
    def has_transient_failure(self) -> bool:
        """Whether one of its attempts failed with a transient error."""
        return any(one.classification == "transient" for one in self.attempts)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The settings of a component's reruns. Delays and `time_budget` are in seconds.

    `budget` is the number of retries that all tests of a component may use together, `breaker` the number of its
    tests that may need one before an outage is suspected; None for both: in proportion to the number of its tests.
    `transient` are qualified names of further exception types that are transient.
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

    def compute_delay(self, attempt: int) -> float:
        """Returns the seconds to wait after the failed attempt with this number, from 1.

        They grow exponentially; jitter takes away at most a half.
        """
        try:
            full = min(self.max_delay, self.base_delay * self.factor ** (attempt - 1))
        except OverflowError:
            full = self.max_delay
        return full / 2 + full / 2 * _random() if self.jitter else full

    def compute_budget(self, tests: int) -> int:
        """Returns the number of retries that `tests` tests may use together: by default the larger of 10 and 2 %."""
        return max(10, tests * 2 // 100) if self.budget is None else self.budget

    def compute_outage_threshold(self, tests: int) -> int:
        """Returns how many of `tests` tests may need a retry: by default the larger of 10 and 5 %."""
        return max(10, tests * 5 // 100) if self.breaker is None else self.breaker

    def find_exceeded_limit(self, tests: int, retried: Sequence[RetriedTest]) -> str:
        """Returns the limit of one run of `tests` tests that these attempts exceed, as a message; empty: none."""
        rerun = [one for one in retried if len(one.attempts) > 1]
        retries = sum(len(one.attempts) - 1 for one in rerun)
        if retries > (budget := self.compute_budget(tests)):
            return f"{retries} retries exceed the budget of {budget}"
        needed = sum(one.has_transient_failure for one in rerun)
        if needed > (threshold := self.compute_outage_threshold(tests)):
            return f"outage suspected: {needed} tests needed a retry, more than {threshold}"
        delays = [attempt.delay_s or 0.0 for one in rerun for attempt in one.attempts[:-1]]
        durations = [attempt.duration_s for one in rerun for attempt in one.attempts[1:]]
        spent = sum(delays) + sum(durations) - max(durations, default=0.0)  # the last retry may have started in time
        if rerun and spent >= self.time_budget:
            return f"{spent:.1f} s of retries exceed the time budget of {self.time_budget:g} s"
        return ""


def merge_policies(*tables: Mapping[str, Any]) -> RetryPolicy:
    """Returns the policy of several tables: a later table overrides an earlier one, but `transient` adds up."""
    known = {field.name for field in fields(RetryPolicy)}
    values = {key: value for table in tables for key, value in table.items() if key in known}
    names = dict.fromkeys(name for table in tables for name in table.get("transient", ()))
    return RetryPolicy(**{**values, "transient": tuple(names)})
