"""The budget of retries: exact, shared by processes, and an error where it cannot be counted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_maturity.plugin.retries.budget import Budget, record_duration


@pytest.fixture
def budget(tmp_path: Path) -> Budget:
    return Budget(tmp_path, "orchestration")


def test_retries_can_be_taken_up_to_the_limit(budget: Budget) -> None:
    taken = [budget.claim_retry(3) for _ in range(5)]
    assert [one is not None for one in taken] == [True, True, True, False, False]
    assert len({one for one in taken if one}) == 3


def test_a_limit_of_zero_allows_no_retry(budget: Budget) -> None:
    assert budget.claim_retry(0) is None


def test_a_retry_that_is_given_back_can_be_taken_again(budget: Budget) -> None:
    retry = budget.claim_retry(1)
    assert retry is not None
    retry.unlink()
    assert budget.claim_retry(1) == retry


def test_two_processes_with_one_directory_share_the_budget(tmp_path: Path, budget: Budget) -> None:
    other = Budget(tmp_path, "orchestration")
    assert budget.claim_retry(1)
    assert other.claim_retry(1) is None
    assert budget.record_need("a") == 1
    assert other.record_need("b") == 2


def test_every_component_has_a_budget_of_its_own(tmp_path: Path) -> None:
    names = ["", "a", "a/b", ".", "..", "a b", "\u00e9", "_"]
    assert all(Budget(tmp_path, name).claim_retry(1) for name in names)
    assert all(Budget(tmp_path, name).claim_retry(1) is None for name in names)
    assert len(list(tmp_path.iterdir())) == len(names)


def test_concurrent_threads_take_no_more_than_the_limit(budget: Budget) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: budget.claim_retry(20), range(60)))
    assert sum(one is not None for one in taken) == 20


def test_a_test_that_needs_several_retries_is_counted_once(budget: Budget) -> None:
    assert [budget.record_need(nodeid) for nodeid in ("a", "a", "b", "a", "x" * 9999, "\udcff")] == [1, 1, 2, 2, 3, 4]


def test_recording_a_need_takes_no_retry(budget: Budget) -> None:
    budget.record_need("a")
    assert budget.claim_retry(1)


def test_the_durations_of_finished_retries_are_added_up(budget: Budget) -> None:
    assert budget.sum_durations() == 0
    first, second, third = budget.claim_retry(3), budget.claim_retry(3), budget.claim_retry(3)
    assert first is not None
    assert second is not None
    assert third is not None
    record_duration(first, 1.25)
    record_duration(second, 0.5)
    assert budget.sum_durations() == 1.75
    record_duration(second, 0.75)
    assert budget.sum_durations() == 2


def test_a_budget_that_cannot_be_counted_raises_an_error(tmp_path: Path) -> None:
    lost = Budget(tmp_path / "gone", "orchestration")
    with pytest.raises(OSError, match="gone"):
        lost.claim_retry(1)
    with pytest.raises(OSError, match="gone"):
        lost.record_need("a")


def test_a_test_that_patches_os_does_not_break_the_budget(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", None)
    monkeypatch.setattr(os, "close", None)
    assert budget.claim_retry(1)
