"""The mechanism of reruns: runs a test until an attempt is final, and publishes one set of reports for it.

The hook `pytest_maturity_rerun` decides. It is called before the teardown of the failed attempt, so that the teardown
can end exactly the fixtures that the next attempt sets up again.
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ...model.real_clock import REAL
from ...model.retries import Attempt, FailedPhase, Failure, Rerun
from .. import pytest_internals
from .attempts import attach_attempts, build_failed_attempt, find_outcome
from .budget import record_duration
from .hooks import RetryHooks
from .identity import AttemptedCall, Parameters
from .policy import PLUGIN_NAME, DefaultPolicy

SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
FINAL = "maturity_final"  # marks exceptions that were final for one test and that pytest raises again for the next


class ItemRun:
    """One test item, from the start of its first attempt to the end of its last.

    `rerun` is set while another attempt is to follow. `reports` are those of the running attempt, `failed_reports`
    those of the last failed one, which were not published. `retries` are the running attempt's files in the budgets.
    `first_call` is what the first attempt ran, once another is to follow.
    """

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.hook = item.ihook  # read once: each access searches the conftests
        self.attempts: list[Attempt] = []
        self.reports: list[pytest.TestReport] = []
        self.failed_reports: list[pytest.TestReport] = []
        self.rerun: Rerun | None = None
        self.retries: Sequence[Path] = ()
        self.first_call: AttemptedCall | None = None
        self.is_published = False
        self._snapshot = pytest_internals.Snapshot(item)
        self._parameters = Parameters(item)
        self._delay_started = 0.0
        self._attempt_started = 0.0

    def start_attempt(self) -> None:
        """Restores the item, and starts to measure the attempt's duration."""
        if self.attempts:
            self.rerun, self.reports = None, []
            self._snapshot.restore(self.item)
            self._parameters.restore(self.item)
        self._attempt_started = REAL.monotonic()

    @property
    def duration(self) -> float:
        """The seconds of the running attempt so far."""
        duration: float = REAL.monotonic() - self._attempt_started
        return duration

    def add_failed_attempt(self, attempt: Attempt, rerun: Rerun | None, retries: Sequence[Path]) -> None:
        """Adds an attempt that `rerun` follows, or none, and that took `retries` from the budgets for that."""
        self.attempts.append(attempt)
        self.rerun, self.retries = rerun, retries
        if rerun is not None and self.first_call is None:
            self.first_call = AttemptedCall(self.item, any(report.when == "call" for report in self.reports))

    def add_last_attempt(self, number: int) -> None:
        """Adds the attempt that no other one follows, where it did not fail.

        The test has failed all the same where the attempt was skipped, or ran something else than the first.
        """
        last = self.reports[-1]
        difference = self.first_call.describe_difference(self.item) if self.first_call is not None else ""
        outcome = "failed" if difference else find_outcome(last)
        decision = f"final: {difference}" if difference else ""
        duration = round(self.duration, 6)
        self.attempts.append(Attempt(number=number, outcome=outcome, duration_s=duration, decision=decision))
        if (difference or last.skipped) and not any(report.failed for report in self.reports):
            self.reports = self.failed_reports[:-1]

    def start_delay(self) -> None:
        """Starts to measure the delay before the next attempt, which counts as part of the retry."""
        self._delay_started = REAL.monotonic()

    def record_durations(self, retries: Sequence[Path]) -> None:
        """Writes the duration of a retry so far, with the delay before it, into its files."""
        for retry in retries:
            with contextlib.suppress(OSError):  # the budget's file was removed: the next retry will be refused
                record_duration(retry, REAL.monotonic() - self._delay_started)

    def keep_failed_reports(self) -> list[pytest.TestReport]:
        """Keeps the reports of a failed attempt; returns the list, to which its teardown is added."""
        self.failed_reports = self.reports[:]
        return self.failed_reports

    def make_final(self, reason: str) -> None:
        """Cancels the rerun that was to follow the last attempt."""
        self.rerun = None
        self.attempts[-1:] = [replace(one, delay_s=None, decision=f"final: {reason}") for one in self.attempts[-1:]]

    def publish(self, reports: Iterable[pytest.TestReport]) -> None:
        """Passes reports to the hook that every reporter implements."""
        self.is_published = True
        log_report = self.hook.pytest_runtest_logreport
        for report in reports:
            log_report(report=report)


class Rerunner:
    """Runs each test in place of pytest's own protocol. `attempt` is the number of the running attempt, from 1.

    An attempt is a whole call of the hook `pytest_runtest_protocol`: whatever wraps it (timers, warnings, profilers)
    has ended before the next attempt starts.
    """

    def __init__(
        self, config: pytest.Config, policy: DefaultPolicy, is_foreign: Callable[[pytest.Item], bool] | None
    ) -> None:
        """`is_foreign` returns whether another plugin reruns a test; None: there is no such plugin."""
        self.attempt = 1
        self._policy = policy
        self._retry_hooks = RetryHooks(policy)
        self._is_foreign = is_foreign
        self._run: ItemRun | None = None  # of the test whose attempt was the last, while another is to follow
        self._failed_phases: list[FailedPhase] = []
        self._interception = pytest_internals.HookInterception(config.hook)
        self._setup_show = bool(config.getoption("setupshow", False))
        self._call_hook = pytest_internals.replace_hook_execution(
            config.hook.pytest_runtest_protocol, self._run_attempts
        )

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Runs one attempt of a test; returns None for a test that another plugin reruns."""
        run, self._run = self._run, None
        if run is None or run.item is not item:
            if self._is_foreign is not None and self._is_foreign(item):
                return None
            run, self.attempt = ItemRun(item), 1
            run.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        try:
            self._run_attempt(run, nextitem)
            if run.rerun is not None:
                self._run = run
                self._retry_hooks.notify_attempt(item, run.attempts[-1])  # here, where its warnings are recorded
                return True
        except BaseException:
            self._publish_unfinished(run, "interrupted")
            raise
        run.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _add_failed_phase(self, call: pytest.CallInfo[None]) -> None:
        """Remembers an exception of the running attempt."""
        if call.excinfo is not None and not isinstance(call.excinfo.value, SKIPS):
            self._failed_phases.append(FailedPhase(when=call.when, exception=call.excinfo.value))

    # ── all attempts of one test ─────────────────────────────────────────────

    def _run_attempts(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        """Calls the hook once for each attempt of a test, and returns the last result."""
        try:
            result = self._call_hook(name, methods, kwargs, firstresult)
            while self._run is not None:
                result = self._rerun(self._run, partial(self._call_hook, name, methods, kwargs, firstresult))
        except BaseException:
            if self._run is not None:  # it was raised between two attempts
                self._publish_unfinished(self._run, "interrupted")
            raise
        finally:
            self._run, self.attempt = None, 1
        return result

    def _rerun(self, run: ItemRun, call_hook: Callable[[], Any]) -> Any:
        """Waits, and runs the next attempt; returns the hook's result."""
        retries, rerun = run.retries, run.rerun
        assert rerun is not None
        run.start_delay()
        try:
            REAL.sleep(rerun.delay or 0)
            self.attempt += 1
            result = call_hook()
        finally:
            run.record_durations(retries)
        if run.rerun is rerun:  # the hook did not get here: a plugin has answered it
            self._run = None
            self._publish_unfinished(run, "another plugin ran the next attempt")
        return result

    def _publish_unfinished(self, run: ItemRun, reason: str) -> None:
        """Publishes the reports of a test that has no final attempt, so that they are not lost."""
        if run.is_published:
            return
        run.make_final(reason)
        reports = run.failed_reports or run.reports
        self._attach_attempts(run, reports)
        run.publish(reports)

    # ── one attempt ──────────────────────────────────────────────────────────

    def _run_attempt(self, run: ItemRun, nextitem: pytest.Item | None) -> None:
        item = run.item
        run.start_attempt()
        pytest_internals.prepare_item(item)
        self._interception.listen_to_exceptions(self._add_failed_phase)
        try:
            self._set_up_and_call(run)
            if self._failed_phases and any(report.failed for report in run.reports):
                self._decide(run, self._retry_hooks.build_failure(item, self._failed_phases))
            if run.rerun is None:
                self._finish(run, nextitem)
            else:
                self._tear_down_for_rerun(run, nextitem)
        finally:
            self._interception.reset()
            self._failed_phases.clear()
            pytest_internals.release_item(item)

    def _set_up_and_call(self, run: ItemRun) -> None:
        """Runs setup and call; holds back their reports, and those of subtests in the order of their publication."""
        item, reports = run.item, run.reports
        self._interception.hold_reports(reports)
        try:
            setup_report = pytest_internals.run_phase(item, "setup")
            reports.append(setup_report)
            if setup_report.outcome == "passed":
                if self._setup_show:
                    pytest_internals.print_setup_show(item)
                reports.append(pytest_internals.run_phase(item, "call"))
        finally:
            self._interception.release_reports()

    # ── after a failure ──────────────────────────────────────────────────────

    def _decide(self, run: ItemRun, failure: Failure) -> None:
        """Decides whether another attempt follows the failed one."""
        item, duration, retries = run.item, run.duration, run.retries
        if failure.classification == "transient":
            self._policy.record_transient_failure(item)
        if item.session.shouldfail or item.session.shouldstop:
            rerun, by, decision = None, "pytest", "final: the run is about to stop"
        elif FINAL in vars(failure.exception):  # pytest raised it again: nothing was executed
            rerun, by, decision = None, "pytest", "final: a fixture of a wider scope failed before"
        else:
            rerun, by, decision = self._retry_hooks.decide(item, failure, self.attempt)
        if rerun is not None:
            rerun = replace(
                rerun, delay=self._policy.compute_delay(item, self.attempt) if rerun.delay is None else rerun.delay
            )
            run.record_durations(retries)
            retries, refusal = self._policy.claim_retry(item, rerun.delay or 0.0)
            if refusal:
                rerun, by, decision = None, PLUGIN_NAME, f"final: {refusal}"
        delay = None if rerun is None else rerun.delay
        attempt = build_failed_attempt(self.attempt, failure, duration, delay, decision, by)
        run.add_failed_attempt(attempt, rerun, retries)

    def _tear_down_for_rerun(self, run: ItemRun, nextitem: pytest.Item | None) -> None:
        """Tears down exactly what the next attempt sets up again.

        Where the teardown fails, and that is not to be rerun, the attempt is final after all.
        """
        item, rerun = run.item, run.rerun
        assert rerun is not None
        placeholder = pytest_internals.build_placeholder(item, rerun.scope)
        failed_before = len(self._failed_phases)
        self._interception.finish_failed_fixtures(item)
        failed_reports = run.keep_failed_reports()
        self._interception.hold_reports(failed_reports)
        try:
            teardown_report = pytest_internals.run_phase(item, "teardown", nextitem=placeholder)
        finally:
            self._interception.release_reports()
        failed_reports.append(teardown_report)
        if len(self._failed_phases) == failed_before:
            return
        failure = self._retry_hooks.build_failure(item, self._failed_phases)
        if self._retry_hooks.decide(item, failure, self.attempt)[0] is not None:
            return
        run.make_final("its teardown failed, too")
        for retry in run.retries:
            retry.unlink(missing_ok=True)
        self._attach_attempts(run, failed_reports)
        run.publish(failed_reports[:-1])
        last = [teardown_report]
        errors = [phase.exception for phase in failure.phases[failed_before:]]
        try:
            last = (
                pytest_internals.tear_down_rest(item, pytest_internals.find_next_item(item, nextitem), errors) or last
            )
        finally:
            run.publish(last)

    # ── the final attempt ────────────────────────────────────────────────────

    def _finish(self, run: ItemRun, nextitem: pytest.Item | None) -> None:
        """Publishes the reports of the final attempt, then tears down for the next test."""
        if run.attempts or self._failed_phases or self._interception.failed_fixtures:
            self._conclude(run)
        run.publish(run.reports)
        following = pytest_internals.find_next_item(run.item, nextitem)
        run.publish([pytest_internals.run_phase(run.item, "teardown", nextitem=following)])

    def _conclude(self, run: ItemRun) -> None:
        """Adds the final attempt to the failed ones, and marks the exceptions of fixtures that stay failed."""
        is_failed = any(report.failed for report in run.reports)
        if run.attempts and len(run.attempts) < self.attempt:
            run.add_last_attempt(self.attempt)
        collector_errors = pytest_internals.find_failed_collectors(run.item).values() if is_failed else ()
        for exception in (*self._interception.list_cached_fixture_errors(), *collector_errors):
            vars(exception)[FINAL] = True
        self._attach_attempts(run, run.reports)

    def _attach_attempts(self, run: ItemRun, reports: Sequence[pytest.TestReport]) -> None:
        """Attaches the attempts to the reports, which are published next."""
        if run.attempts:
            attach_attempts(run.attempts, self._policy.find_attempt_limit(run.item), reports)
