"""The account of retries: exact, shared by processes, and never silently wrong."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_maturity.plugin.retries.budget import Budget, settle


@pytest.fixture
def budget(tmp_path: Path) -> Budget:
    return Budget(tmp_path, "orchestration")


def test_as_many_retries_as_the_limit_and_not_one_more(budget: Budget) -> None:
    taken = [budget.take(3) for _ in range(5)]
    assert [one is not None for one in taken] == [True, True, True, False, False]
    assert len({one for one in taken if one}) == 3


def test_a_limit_of_zero_gives_nothing(budget: Budget) -> None:
    assert budget.take(0) is None


def test_a_retry_that_is_given_back_can_be_taken_again(budget: Budget) -> None:
    retry = budget.take(1)
    assert retry is not None
    retry.unlink()
    assert budget.take(1) == retry


def test_two_who_share_a_directory_share_the_account(tmp_path: Path, budget: Budget) -> None:
    other = Budget(tmp_path, "orchestration")
    assert budget.take(1)
    assert other.take(1) is None
    assert budget.need("a") == 1
    assert other.need("b") == 2


def test_every_component_has_an_account_of_its_own(tmp_path: Path) -> None:
    names = ["", "a", "a/b", ".", "..", "a b", "\u00e9", "_"]
    assert all(Budget(tmp_path, name).take(1) for name in names)
    assert all(Budget(tmp_path, name).take(1) is None for name in names)
    assert len(list(tmp_path.iterdir())) == len(names)


def test_many_at_once_take_no_more_than_there_is(budget: Budget) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: budget.take(20), range(60)))
    assert sum(one is not None for one in taken) == 20


def test_a_test_is_counted_once_however_often_it_needs_a_retry(budget: Budget) -> None:
    assert [budget.need(nodeid) for nodeid in ("a", "a", "b", "a", "x" * 9999, "\udcff")] == [1, 1, 2, 2, 3, 4]


def test_tests_that_need_a_retry_take_none(budget: Budget) -> None:
    budget.need("a")
    assert budget.take(1)


def test_what_retries_took_is_added_up_and_those_under_way_are_not(budget: Budget) -> None:
    assert budget.spent() == 0
    first, second, third = budget.take(3), budget.take(3), budget.take(3)
    assert first is not None
    assert second is not None
    assert third is not None
    settle(first, 1.25)
    settle(second, 0.5)
    assert budget.spent() == 1.75
    settle(second, 0.75)
    assert budget.spent() == 2


def test_an_account_that_cannot_be_kept_is_an_error_and_no_retry(tmp_path: Path) -> None:
    lost = Budget(tmp_path / "gone", "orchestration")
    with pytest.raises(OSError, match="gone"):
        lost.take(1)
    with pytest.raises(OSError, match="gone"):
        lost.need("a")


def test_a_test_that_patches_os_does_not_reach_the_account(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", None)
    monkeypatch.setattr(os, "close", None)
    assert budget.take(1)
