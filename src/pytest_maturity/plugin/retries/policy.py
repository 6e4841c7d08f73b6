"""The default retry policy, as ordinary hook implementations, and the budgets that limit every retry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ...model.retries import Classification, Failure, Rerun, RetryPolicy
from .budget import Budget, create_directory, remove_directory
from .classify import classify
from .markers import apply_marker

PLUGIN_NAME = "maturity_default_policy"  # under which the default policy is registered
NO_COMPONENT = ""  # the name under which tests without a judged component are counted


class DefaultPolicy:
    """Reruns tests that failed with a transient error, with increasing delays, as long as the budgets allow it."""

    def __init__(
        self,
        policies: Mapping[str, RetryPolicy],
        owners: Callable[[str], frozenset[str]],
        count_tests: Callable[[str], int],
        directory: Path | None,
        max_retries: int | None,
    ) -> None:
        """`policies` are by component, with NO_COMPONENT for other tests.

        `owners` returns the components of a node id, `count_tests` the number of a component's collected tests.
        `directory` holds the budgets of all processes of the run; None: this is the only process, and it creates one.
        `max_retries` is the command line's number, which overrides markers.
        """
        self.decline_reason = ""  # of its last decision; empty where that was a rerun
        self._policies = policies
        self._owners = owners
        self._count_tests = count_tests
        self._directory = directory
        self._own_directory: Path | None = None
        self._max_retries = max_retries
        self._needed: dict[str, int] = {}
        self._test_counts: dict[str, int] = {}

    # ── the hooks ────────────────────────────────────────────────────────────

    @pytest.hookimpl(trylast=True)
    def pytest_maturity_classify(self, item: pytest.Item, exception: BaseException) -> Classification:
        """Returns the class of an exception by its type and by the types that the policy adds."""
        return classify(exception, self.find_policy(item).transient)

    @pytest.hookimpl(trylast=True)
    def pytest_maturity_rerun(self, item: pytest.Item, failure: Failure, attempt: int) -> Rerun | None:
        """Returns a rerun for a transient failure, as often as the policy allows it."""
        policy, self.decline_reason = self.find_policy(item), ""
        if failure.classification != "transient":
            self.decline_reason = f"the failure is {failure.classification}"
        elif attempt > policy.max_retries:
            self.decline_reason = f"max_retries is {policy.max_retries}"
        else:
            return Rerun(delay=failure.retry_after, reason="transient")
        return None

    # ── limits and delays, also of reruns that another hook requested ────────

    def find_policy(self, item: pytest.Item) -> RetryPolicy:
        """Returns the policy of one test: its component's, changed by its marker, then by the command line."""
        policy = apply_marker(self._policies[self._find_components(item)[0]], item)
        return policy if self._max_retries is None else replace(policy, max_retries=self._max_retries)

    def _find_components(self, item: pytest.Item) -> list[str]:
        return sorted(self._owners(item.nodeid)) or [NO_COMPONENT]

    def find_attempt_limit(self, item: pytest.Item) -> int:
        """Returns the maximum number of attempts of a test."""
        return self.find_policy(item).max_retries + 1

    def compute_delay(self, item: pytest.Item, attempt: int) -> float:
        """Returns the seconds to wait after the failed attempt with this number."""
        return self.find_policy(item).compute_delay(attempt)

    def record_transient_failure(self, item: pytest.Item) -> None:
        """Counts a test that failed with a transient error: many of them are an outage."""
        for name in self._find_components(item):
            try:
                self._needed[name] = self._open_budget(name).record_need(item.nodeid)
            except OSError:  # `claim_retry` will raise it again, and refuse
                self._needed[name] = 0

    def claim_retry(self, item: pytest.Item, delay: float) -> tuple[list[Path], str]:
        """Takes a retry from the budget of each component of the test.

        Returns the files of these retries; where a budget refuses, no files and the reason.
        """
        taken: list[Path] = []
        try:
            for name in self._find_components(item):
                limit = self._policies[name].compute_budget(self._count_tests_of(name))
                refusal = self._find_refusal(name, delay)
                retry = None if refusal else self._open_budget(name).claim_retry(limit)
                if retry is None:
                    for path in taken:
                        path.unlink()
                    return [], refusal or f"the budget of {limit} retries is used up"
                taken.append(retry)
        except OSError as error:
            return [], f"the budget cannot be counted: {error.strerror}"
        return taken, ""

    def _find_refusal(self, component: str, delay: float) -> str:
        """Returns why a component may not use any more retries; empty where it may."""
        policy, needed = self._policies[component], self._needed.get(component, 0)
        if needed > policy.compute_outage_threshold(self._count_tests_of(component)):
            return f"outage suspected: {needed} tests needed a retry"
        spent = self._open_budget(component).sum_durations()
        if spent + delay >= policy.time_budget:
            return f"the time budget is {policy.time_budget:g} s: {spent:.1f} s used, {delay:.1f} s to wait"
        return ""

    def _count_tests_of(self, component: str) -> int:
        if component not in self._test_counts:
            self._test_counts[component] = self._count_tests(component)
        return self._test_counts[component]

    def _open_budget(self, component: str) -> Budget:
        if self._directory is None:
            self._own_directory = self._directory = create_directory()
        return Budget(self._directory, component)

    def close(self) -> None:
        """Removes the directory of the budgets, where this process created it."""
        if self._own_directory is not None:
            remove_directory(self._own_directory)
