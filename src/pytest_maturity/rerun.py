"""The mechanism of retries: runs a test until an attempt is final, and publishes one set of reports for it.

Who decides is a hook, `pytest_maturity_rerun`. What is decided happens before the
teardown of the failed attempt, which then ends exactly what the next one sets up again.
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep  # bound here: a test may patch them
from typing import Any, Protocol

import pytest

from . import internals
from .attempts import attach, failed_attempt, outcome_of
from .budget import settle
from .classify import leaves, retry_after, together
from .retry import Attempt, Classification, FailedPhase, Failure, Rerun
from .text import safe

SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
POLICY = "maturity_recovery"  # the plugin that holds the default policy


class MaturityWarning(pytest.PytestWarning):
    """A hook of a project or plugin did something that could not be used."""


class Policy(Protocol):
    """What the mechanism asks of the policy besides its hooks. `said` is why it answered as it did, if it was asked."""

    said: str

    def limit(self, item: pytest.Item) -> int: ...
    def delay(self, item: pytest.Item, attempt: int) -> float: ...
    def note(self, item: pytest.Item) -> None: ...
    def take(self, item: pytest.Item, delay: float) -> tuple[list[Path], str]: ...


class Trial:
    """One test, from its first attempt to its last."""

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.snapshot = internals.Snapshot(item)
        self.attempts: list[Attempt] = []
        self.started = monotonic()
        self.reports: list[pytest.TestReport] = []
        self.failed: list[pytest.TestReport] = []  # what the last failed attempt would have published
        self.rerun: Rerun | None = None
        self.retries: list[Path] = []  # of the budget, for the attempt that runs
        self.published = False


class Rerunner:
    """Takes the place of pytest's own protocol for one test. `attempt` is the number of the one that runs."""

    def __init__(self, config: pytest.Config, policy: Policy, others: list[Callable[[pytest.Item], bool]]) -> None:
        self.attempt = 1
        self._hook = config.hook
        self._policy = policy
        self._others = others
        self._again: Trial | None = None
        self._raised: list[FailedPhase] = []
        self._recording = False
        self._final: dict[Any, int] = {}

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if (
            self._again is not None and self._again.item is item
        ):  # nested: what wraps the protocol (timers, warnings) begins anew, too
            self._attempt(self._again, nextitem)
            return True
        if any(owns(item) for owns in self._others):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._run(Trial(item), nextitem)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """Hears of every exception, also of those that a subtest or unittest keeps for itself."""
        if self._recording and call.excinfo is not None and not isinstance(call.excinfo.value, SKIPS):
            self._raised.append(FailedPhase(when=call.when, exception=call.excinfo.value))

    # ── one test ─────────────────────────────────────────────────────────────

    def _run(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        self.attempt = 1
        try:
            self._attempt(trial, nextitem)
            while trial.rerun is not None:
                self._pause(trial, trial.rerun)
                self.attempt += 1
                self._again = trial
                try:
                    self._hook.pytest_runtest_protocol(item=trial.item, nextitem=nextitem)
                finally:
                    self._again = None
                    self._settle(trial)
        except BaseException:
            if not trial.published:  # Ctrl-C, pytest.exit: what is known is not lost
                self._publish(trial, trial.failed or trial.reports)
            raise
        finally:
            self.attempt = 1
            self._recording = False
            self._raised.clear()

    def _pause(self, trial: Trial, rerun: Rerun) -> None:
        """Tell who wants to know that an attempt is over, and wait for the next."""
        attempt = trial.attempts[-1]
        try:
            self._hook.pytest_maturity_attempt(item=trial.item, attempt=attempt)
        except Exception as error:
            warn(trial.item, f"pytest_maturity_attempt raised {error!r}")
        trial.started = monotonic()
        sleep(rerun.delay or 0)

    def _settle(self, trial: Trial) -> None:
        for retry in trial.retries:
            with contextlib.suppress(OSError):  # the account was lost meanwhile: the next retry will be refused
                settle(retry, monotonic() - trial.started)
        trial.retries = []

    # ── one attempt ──────────────────────────────────────────────────────────

    def _attempt(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        item, trial.rerun, trial.reports = trial.item, None, []
        if trial.attempts:
            trial.snapshot.restore(item)
        internals.begin(item)
        self._recording = True
        begun = monotonic()
        try:
            self._set_up_and_call(trial)
            failure = self._failure(item, trial.reports)
            if failure is not None:
                self._decide(trial, failure, monotonic() - begun)
            if trial.rerun is None:
                self._finish(trial, nextitem, monotonic() - begun)
            else:
                self._tear_down_for_rerun(trial, nextitem)
        finally:
            self._recording = False
            self._raised.clear()
            internals.end(item)

    def _set_up_and_call(self, trial: Trial) -> None:
        """Run the test without its teardown; the reports of subtests stand between those of setup and call."""
        item, reports = trial.item, trial.reports
        reports.append(internals.run_phase(item, "setup"))
        if not reports[0].passed:
            return
        if item.config.getoption("setupshow", False):
            internals.show(item)
        if internals.logs_while_running(item):
            with internals.holding_back(item.config, reports):
                last = internals.run_phase(item, "call")
        else:
            last = internals.run_phase(item, "call")
        reports.append(last)

    def _failure(self, item: pytest.Item, reports: list[pytest.TestReport]) -> Failure | None:
        """What failed so far in this attempt; None where nothing did, or nothing that raised."""
        if not self._raised or not any(report.failed for report in reports):
            return None
        phases = tuple(self._raised)
        parts = [part for phase in phases for part in leaves(phase.exception)]
        asked = [seconds for part in parts if (seconds := retry_after(part)) is not None]
        return Failure(
            phases=phases,
            classification=together([self._classify(item, part) for part in parts]),
            retry_after=max(asked, default=None),
        )

    def _classify(self, item: pytest.Item, exception: BaseException) -> Classification:
        try:
            found = self._hook.pytest_maturity_classify(item=item, exception=exception)
        except Exception as error:
            warn(item, f"pytest_maturity_classify raised {error!r}")
            return "unknown"
        if found not in ("transient", "permanent", "unknown"):
            warn(item, f"pytest_maturity_classify returned {found!r}; it returns transient, permanent, unknown or None")
            return "unknown"
        answer: Classification = found
        return answer

    # ── what follows a failure ───────────────────────────────────────────────

    def _decide(self, trial: Trial, failure: Failure, duration: float) -> None:
        """Try again or not: sets `trial.rerun` and notes the attempt."""
        item = trial.item
        if failure.classification == "transient":
            self._policy.note(item)
        if item.session.shouldfail or item.session.shouldstop:
            rerun, by, decision = None, "pytest", "final: the run is about to stop"
        elif self._is_known(item, failure):
            rerun, by, decision = None, "pytest", "final: a wider fixture failed for good before"
        else:
            rerun, by, decision = self._ask(item, failure)
        if rerun is not None:
            rerun = replace(rerun, delay=self._policy.delay(item, self.attempt) if rerun.delay is None else rerun.delay)
            trial.retries, refusal = self._policy.take(item, rerun.delay or 0.0)
            if refusal:
                rerun, by, decision = None, POLICY, f"final: {refusal}"
        trial.rerun = rerun
        delay = rerun.delay if rerun is not None else None
        trial.attempts.append(failed_attempt(self.attempt, failure, duration, delay, decision, by))

    def _is_known(self, item: pytest.Item, failure: Failure) -> bool:
        """Did pytest only raise again what was final for another test? Then nothing was executed."""
        kept = internals.failed_before(item)
        return any(kept[one] is failure.exception and self._final.get(one) == id(kept[one]) for one in kept)

    def _ask(self, item: pytest.Item, failure: Failure) -> tuple[Rerun | None, str, str]:
        """What the hook says: the rerun, who said so, and the decision in words."""
        self._policy.said = ""
        try:
            answer = self._hook.pytest_maturity_rerun(item=item, failure=failure, attempt=self.attempt)
        except Exception as error:
            warn(item, f"pytest_maturity_rerun raised {error!r}: the test is not tried again")
            return None, deciders(self._hook.pytest_maturity_rerun), "final: the hook raised"
        by = POLICY if self._policy.said else deciders(self._hook.pytest_maturity_rerun)
        if answer is True:
            answer = Rerun()
        if isinstance(answer, Rerun):
            return answer, by, f"tried again: {safe(answer.reason, 200)}" if answer.reason else "tried again"
        if answer is not None and answer is not False:
            warn(item, f"pytest_maturity_rerun returned {answer!r}; it returns Rerun, True, False or None")
        return None, by, f"final: {self._policy.said or 'the hook refused'}"

    def _tear_down_for_rerun(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        """End exactly what is set up again; when that fails for good, the attempt is final after all."""
        item, rerun = trial.item, trial.rerun
        assert rerun is not None
        place = internals.stand_in(item, rerun.scope)
        internals.forget_failures(item)
        torn_down = internals.run_phase(item, "teardown", nextitem=place)
        trial.failed = [*trial.reports, torn_down]
        if not torn_down.failed:
            return
        failure = self._failure(item, trial.failed)
        if failure is not None and failure.classification == "transient":
            return
        trial.rerun = None
        trial.attempts[-1] = replace(trial.attempts[-1], delay=None, decision="final: its teardown failed, too")
        rest = internals.tear_down_rest(item, nextitem)
        self._publish(trial, [*trial.failed, *([rest] if rest else [])])

    def _finish(self, trial: Trial, nextitem: pytest.Item | None, duration: float) -> None:
        """The attempt is final: publish it, then tear down for the next test."""
        item = trial.item
        last = trial.reports[-1]
        failed = any(report.failed for report in trial.reports)
        if trial.attempts and len(trial.attempts) < self.attempt:
            trial.attempts.append(Attempt(number=self.attempt, outcome=outcome_of(last), duration=round(duration, 6)))
            if not failed and last.skipped:  # it cannot take back that it failed
                trial.reports = trial.failed[:-1]
        if failed:
            self._final = {one: id(exception) for one, exception in internals.failed_before(item).items()}
        self._publish(trial, trial.reports)
        if item.session.shouldfail or item.session.shouldstop:
            nextitem = None  # as pytest does: what stops here is torn down here
        publish(item, [internals.run_phase(item, "teardown", nextitem=nextitem)])

    def _publish(self, trial: Trial, reports: list[pytest.TestReport]) -> None:
        """Hand the final reports to everybody, with all attempts on the last of setup and call."""
        if trial.attempts:
            main = [report for report in reports if report.when != "teardown"][-1]
            attach(trial.attempts, self._policy.limit(trial.item), main, trial.item)
        trial.published = True
        publish(trial.item, reports)


def publish(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)


def deciders(hook: Any) -> str:
    """The plugins that may have answered a hook before the default policy was asked."""
    names = [str(one.plugin_name) for one in reversed(hook.get_hookimpls()) if one.plugin_name != POLICY]
    return ", ".join(Path(name).name for name in names) or POLICY


def warn(item: pytest.Item, text: str) -> None:
    """Warn, also where a warning is an error: then it must not end the test run."""
    try:
        item.warn(MaturityWarning(text))
    except MaturityWarning:
        item.add_report_section("call", "maturity", text)
