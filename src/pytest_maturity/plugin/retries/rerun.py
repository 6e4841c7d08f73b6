"""The mechanism of retries: runs a test until an attempt is final, and publishes one set of reports for it.

Who decides is a hook, `pytest_maturity_rerun`. What is decided happens before the
teardown of the failed attempt, which then ends exactly what the next one sets up again.
"""

from __future__ import annotations

import contextlib
import time
import unittest
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ...model.retries import Attempt, FailedPhase, Failure, Rerun
from .. import pytest_internals
from .attempts import attach, failed_attempt, outcome_of
from .budget import settle
from .hooks import POLICY, Panel, Policy

SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
# Bound here, and in no module's namespace: a frozen clock is put in place of every such name.
REAL = SimpleNamespace(monotonic=time.monotonic, sleep=time.sleep)
FINAL = "maturity_final"  # marks the exceptions that pytest raises again and that were final for another test


class Trial:
    """One test, from its first attempt to its last."""

    rerun: Rerun | None = None
    failed: Sequence[pytest.TestReport] = ()  # what the last failed attempt would have published
    retries: Sequence[Path] = ()  # of the budget, for the attempt that runs
    paused = 0.0  # when the pause before it began
    began = 0.0  # when the attempt that runs did
    published = False

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.hook = item.ihook  # asked for once: it looks for conftests
        self.snapshot = pytest_internals.Snapshot(item)
        self.attempts: list[Attempt] = []
        self.reports: list[pytest.TestReport] = []

    def settle(self, retries: Sequence[Path]) -> None:
        """Write down what the attempt that runs took so far, its pause included."""
        for retry in retries:
            with contextlib.suppress(OSError):  # the account was lost meanwhile: the next retry will be refused
                settle(retry, REAL.monotonic() - self.paused)

    def decide_finally(self, why: str) -> None:
        """No other attempt follows after all."""
        self.rerun = None
        self.attempts[-1:] = [replace(one, delay=None, decision=f"final: {why}") for one in self.attempts[-1:]]


class Rerunner:
    """Takes the place of pytest's own protocol for one test. `attempt` is the number of the one that runs."""

    def __init__(self, config: pytest.Config, policy: Policy, others: list[Callable[[pytest.Item], bool]]) -> None:
        self.attempt = 1
        self._hook = config.hook
        self._policy = policy
        self._panel = Panel(policy)
        self._others = others
        self._again: Trial | None = None
        self._raised: list[FailedPhase] = []
        self._between = pytest_internals.Interception(config.hook)
        self._shows = bool(config.getoption("setupshow", False))

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        # Nested for a further attempt: what wraps the protocol (timers, warnings) begins anew, too.
        if self._again is not None and self._again.item is item:
            self._attempt(self._again, nextitem)
            return True
        if self._others and any(owns(item) for owns in self._others):
            return None
        trial = Trial(item)
        trial.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._run(trial, nextitem)
        trial.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _hear(self, call: pytest.CallInfo[None]) -> None:
        """An exception of the attempt that runs."""
        if call.excinfo is not None and not isinstance(call.excinfo.value, SKIPS):
            self._raised.append(FailedPhase(when=call.when, exception=call.excinfo.value))

    # ── one test ─────────────────────────────────────────────────────────────

    def _run(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        self.attempt = 1
        try:
            self._attempt(trial, nextitem)
            while trial.rerun is not None:
                self._try_again(trial, trial.rerun, nextitem)
        except BaseException:
            if not trial.published:  # Ctrl-C, pytest.exit: what is known is not lost
                trial.decide_finally("interrupted")
                self._attach(trial, trial.failed or trial.reports)
                publish(trial, trial.failed or trial.reports)
            raise
        finally:
            self.attempt = 1

    def _try_again(self, trial: Trial, rerun: Rerun, nextitem: pytest.Item | None) -> None:
        """Tell who wants to know that an attempt is over, wait, and run the next one."""
        retries, trial.paused = trial.retries, REAL.monotonic()
        self._panel.tell(trial.item, trial.attempts[-1])
        try:
            REAL.sleep(rerun.delay or 0)
            self.attempt += 1
            self._again = trial
            self._hook.pytest_runtest_protocol(item=trial.item, nextitem=nextitem)
        finally:
            self._again = None
            trial.settle(retries)

    # ── one attempt ──────────────────────────────────────────────────────────

    def _attempt(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        item = trial.item
        if trial.attempts:
            trial.rerun, trial.reports = None, []
            trial.snapshot.restore(item)
        pytest_internals.begin(item)
        self._between.heard = self._hear
        trial.began = REAL.monotonic()
        try:
            self._set_up_and_call(trial)
            if self._raised and any(report.failed for report in trial.reports):
                self._decide(trial, self._panel.failure(item, self._raised))
            if trial.rerun is None:
                self._finish(trial, nextitem)
            else:
                self._tear_down_for_rerun(trial, nextitem)
        finally:
            self._between.end()
            self._raised.clear()
            pytest_internals.end(item)

    def _set_up_and_call(self, trial: Trial) -> None:
        """Run the test without its teardown; the reports of subtests stand where they were published."""
        item, reports = trial.item, trial.reports
        self._between.held = reports
        try:
            set_up = pytest_internals.run_phase(item, "setup")
            reports.append(set_up)
            if set_up.outcome == "passed":
                if self._shows:
                    pytest_internals.show(item)
                reports.append(pytest_internals.run_phase(item, "call"))
        finally:
            self._between.held = None

    # ── what follows a failure ───────────────────────────────────────────────

    def _decide(self, trial: Trial, failure: Failure) -> None:
        """Try again or not: sets `trial.rerun` and notes the attempt."""
        item, duration = trial.item, REAL.monotonic() - trial.began
        if failure.classification == "transient":
            self._policy.note(item)
        if item.session.shouldfail or item.session.shouldstop:
            rerun, by, decision = None, "pytest", "final: the run is about to stop"
        elif FINAL in vars(failure.exception):  # pytest raised it again: nothing was executed
            rerun, by, decision = None, "pytest", "final: a wider fixture failed for good before"
        else:
            rerun, by, decision = self._panel.ask(item, failure, self.attempt)
        if rerun is not None:
            rerun = replace(rerun, delay=self._policy.delay(item, self.attempt) if rerun.delay is None else rerun.delay)
            trial.settle(trial.retries)
            trial.retries, refusal = self._policy.take(item, rerun.delay or 0.0)
            if refusal:
                rerun, by, decision = None, POLICY, f"final: {refusal}"
        trial.rerun = rerun
        delay = rerun.delay if rerun is not None else None
        trial.attempts.append(failed_attempt(self.attempt, failure, duration, delay, decision, by))

    def _tear_down_for_rerun(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        """End exactly what is set up again; when that fails for good, the attempt is final after all."""
        item, rerun = trial.item, trial.rerun
        assert rerun is not None
        place, raised_before = pytest_internals.stand_in(item, rerun.scope), len(self._raised)
        self._between.forget_fixtures(item)
        self._between.held = trial.failed = failed = trial.reports[:]
        try:
            torn_down = pytest_internals.run_phase(item, "teardown", nextitem=place)
        finally:
            self._between.held = None
        failed.append(torn_down)
        if len(self._raised) == raised_before:
            return
        failure = self._panel.failure(item, self._raised)
        if self._panel.ask(item, failure, self.attempt)[0] is not None:
            return
        trial.decide_finally("its teardown failed, too")
        for retry in trial.retries:
            retry.unlink(missing_ok=True)
        self._attach(trial, failed)
        publish(trial, failed[:-1])
        last, raised = [torn_down], [phase.exception for phase in failure.phases[raised_before:]]
        try:
            last = pytest_internals.tear_down_rest(item, pytest_internals.next_after(item, nextitem), raised) or last
        finally:
            publish(trial, last)

    def _finish(self, trial: Trial, nextitem: pytest.Item | None) -> None:
        """The attempt is final: publish it, then tear down for the next test."""
        if trial.attempts or self._raised or self._between.broken:
            self._conclude(trial)
        trial.published = True
        publish = trial.hook.pytest_runtest_logreport
        for report in trial.reports:
            publish(report=report)
        following = pytest_internals.next_after(trial.item, nextitem)
        publish(report=pytest_internals.run_phase(trial.item, "teardown", nextitem=following))

    def _conclude(self, trial: Trial) -> None:
        """The last of several attempts, or one that failed: add it to the others, and mark what stays broken."""
        last, failed = trial.reports[-1], any(report.failed for report in trial.reports)
        if trial.attempts and len(trial.attempts) < self.attempt:
            duration = round(REAL.monotonic() - trial.began, 6)
            trial.attempts.append(Attempt(number=self.attempt, outcome=outcome_of(last), duration=duration))
            if not failed and last.skipped:  # it cannot take back that it failed
                trial.reports = list(trial.failed[:-1])
        broken = pytest_internals.failed_collectors(trial.item).values() if failed else ()
        for exception in (*self._between.fixture_errors(), *broken):
            vars(exception)[FINAL] = True
        self._attach(trial, trial.reports)

    def _attach(self, trial: Trial, reports: Sequence[pytest.TestReport]) -> None:
        """Put all attempts on the last of setup and call: from here on the test is told."""
        trial.published = True
        if trial.attempts:
            attach(trial.attempts, self._policy.limit(trial.item), reports, trial.item)


def publish(trial: Trial, reports: Sequence[pytest.TestReport]) -> None:
    for report in reports:
        trial.hook.pytest_runtest_logreport(report=report)
