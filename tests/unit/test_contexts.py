"""Whose lines a coverage context holds."""

from __future__ import annotations

from pytest_maturity.cover.contexts import context_of, patterns_of


def test_a_group_is_named_after_its_components_in_order() -> None:
    assert context_of({"b", "a"}) == "pytest-maturity:a,b"


def test_nothing_is_asked_for_where_nobody_switched() -> None:
    assert patterns_of("a", ["", "tests/test_a.py::test_x|run"]) == []


def test_import_time_and_the_own_groups_count_and_those_of_others_do_not() -> None:
    contexts = ["", "pytest-maturity:a", "pytest-maturity:a,b", "pytest-maturity:b", "pytest-maturity:ab"]
    assert patterns_of("a", contexts) == ["^$", "^pytest\\-maturity:a$", "^pytest\\-maturity:a,b$"]


def test_tests_that_belong_to_nobody_count_for_nobody() -> None:
    assert patterns_of("a", ["pytest-maturity:"]) == ["^$"]
