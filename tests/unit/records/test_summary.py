"""Summaries of a history are right at their edges."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_maturity.records.summary import (
    ASCII_BARS,
    describe_trend,
    draw_line,
    find_changes,
    find_flakiest_tests,
    find_slowest_steps,
    list_values,
)
from tests.unit.records.records import COVERAGE, run_of

LADDER = ("dev", "staging")


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([1], "▅"), ([1, 1], "▅▅"), ([None], "?"), ([0, None, 10], "▁?█"), ([10, 5, 0], "█▅▁")],
)
def test_a_sparkline_spans_from_the_least_to_the_most(values: list[int | None], line: str) -> None:
    assert draw_line(values) == line


def test_a_terminal_without_blocks_has_a_sparkline_too() -> None:
    assert draw_line([0, 5, 10], ASCII_BARS) == "_-^"


def test_results_of_kinds_are_apart_and_a_missing_one_is_unknown() -> None:
    unit = replace(COVERAGE, kinds=("unit",), value=Fraction(1))
    runs = [run_of(1, gates=(COVERAGE, unit)), run_of(2, gates=(COVERAGE,))]
    assert list_values(runs, "coverage (unit)") == [1, None]
    assert list(find_changes(runs[0].gates, runs[1].gates)) == ["coverage (unit)"]


@pytest.mark.parametrize(
    ("reached", "trend"),
    [
        ([None], "new"), ([], "new"), (["dev", None], "up"), (["dev", "staging"], "down"),
        (["dev", "dev", None], "same"), (["gone", "dev"], "down"),
    ],
)  # fmt: skip
def test_the_trend_compares_the_last_two_runs_that_ended(reached: list[str | None], trend: str) -> None:
    runs = [run_of(number, reached=stage) for number, stage in enumerate(reached)]
    assert describe_trend([run_of(9, verdict="INCOMPLETE", reached=None), *runs], LADDER) == trend


def test_steps_are_averaged_over_the_runs_that_had_them() -> None:
    runs = [run_of(1, steps={"a": 1.0, "b": 5.0}), run_of(2, steps={"a": 3.0})]
    assert find_slowest_steps(runs) == [("b", 5.0), ("a", 2.0)]
    assert find_slowest_steps(runs, limit=1) == [("b", 5.0)]


def test_the_flakiest_tests_come_first() -> None:
    runs = [run_of(1, flaky=("t1", "t2")), run_of(2, flaky=("t2",))]
    assert find_flakiest_tests(runs) == [("t2", 2), ("t1", 1)]
