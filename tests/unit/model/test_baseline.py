"""The number that counts where a file, the working tree and a record have one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.model.baseline import (  # fmt: skip
    NO_BASELINES,
    Baseline,
    BaselineNumber,
    Baselines,
    Lowering,
    format_tools,
    is_better,
)
from pytest_maturity.model.gates import Better

RUFF = {"ruff": "0.12.0"}


def baseline(value: int, source: str = "file", ruff: str = "0.12.0", lowered_from: int | None = None) -> Baseline:
    lowered = () if lowered_from is None else (Lowering(old=Fraction(lowered_from), new=Fraction(value), reason="r"),)
    number = BaselineNumber(value=Fraction(value), tools={"ruff": ruff}, lowered=lowered)
    return Baseline(component="shop", source=source, numbers={"lint": number})


def find(
    committed: Baseline | None = None, proposed: Baseline | None = None, recorded: Baseline | None = None
) -> tuple[int, str, str] | None:
    found = Baselines(committed=committed, proposed=proposed, recorded=recorded).find("lint", RUFF, "lower")
    return None if found is None else (int(found.number.value), found.source, found.problem)


def test_the_stricter_of_the_file_and_the_record_counts() -> None:
    assert find(committed=baseline(300), recorded=baseline(290, "record")) == (290, "record", "")
    assert find(committed=baseline(300), recorded=baseline(310, "record")) == (300, "file", "")
    assert find(recorded=baseline(310, "record")) == (310, "record", "")


@pytest.mark.parametrize(("lowered_from", "expected"), [(290, 300), (289, 300), (291, 290)])
def test_a_baseline_that_was_lowered_from_the_record_counts(lowered_from: int, expected: int) -> None:
    found = find(committed=baseline(300, lowered_from=lowered_from), recorded=baseline(290, "record"))
    assert found is not None
    assert found[0] == expected


def test_a_number_of_another_version_of_the_tool_cannot_be_compared() -> None:
    problem = "file is of ruff 0.11.0, and this run used ruff 0.12.0"
    assert find(committed=baseline(300, ruff="0.11.0")) == (300, "file", problem)
    assert find(committed=baseline(300, ruff="0.11.0"), recorded=baseline(310, "record")) == (310, "record", "")


@pytest.mark.parametrize(("proposed", "expected"), [(300, ""), (299, ""), (301, "file is of ruff 0.11.0")])
def test_a_change_brings_numbers_of_another_version_that_are_no_worse(proposed: int, expected: str) -> None:
    found = find(committed=baseline(300, ruff="0.11.0"), proposed=baseline(proposed, "tree"))
    assert found is not None
    assert found[2].startswith(expected)
    assert (found[1] == "tree") is (not expected)


def test_a_change_cannot_move_a_baseline_of_the_same_version() -> None:
    assert find(committed=baseline(300), proposed=baseline(290, "tree")) == (300, "file", "")
    assert find(proposed=baseline(290, "tree")) is None


def test_of_two_outdated_numbers_the_files_is_named() -> None:
    problem = "file is of ruff 0.10.0, and this run used ruff 0.12.0"
    both = find(committed=baseline(300, ruff="0.10.0"), recorded=baseline(290, "record", ruff="0.11.0"))
    assert both == (300, "file", problem)


def test_where_more_is_better_the_higher_of_two_numbers_counts() -> None:
    baselines = Baselines(committed=baseline(70), recorded=baseline(80, "record"))
    found = baselines.find("lint", RUFF, "higher")
    assert found is not None
    assert (found.number.value, found.source) == (Fraction(80), "record")


@pytest.mark.parametrize(("lowered_from", "expected"), [(79, 80), (80, 70), (81, 70)])
def test_where_more_is_better_a_baseline_that_was_lowered_from_the_record_counts(
    lowered_from: int, expected: int
) -> None:
    baselines = Baselines(committed=baseline(70, lowered_from=lowered_from), recorded=baseline(80, "record"))
    found = baselines.find("lint", RUFF, "higher")
    assert found is not None
    assert found.number.value == expected


@pytest.mark.parametrize(("proposed", "source"), [(69, "file"), (70, "tree"), (71, "tree")])
def test_where_more_is_better_a_change_brings_a_number_that_is_no_lower(proposed: int, source: str) -> None:
    baselines = Baselines(committed=baseline(70, ruff="0.11.0"), proposed=baseline(proposed, "tree"))
    found = baselines.find("lint", RUFF, "higher")
    assert found is not None
    assert found.source == source


def test_a_change_without_a_baseline_of_the_name_leaves_that_of_the_ref() -> None:
    empty = Baseline(component="shop", source="tree")
    assert empty.numbers == {}
    assert find(committed=baseline(300), proposed=empty) == (300, "file", "")
    assert find(committed=empty, proposed=baseline(290, "tree", ruff="0.12.0")) is None


def test_there_are_no_baselines_unless_they_were_read() -> None:
    assert (NO_BASELINES.committed, NO_BASELINES.proposed, NO_BASELINES.recorded) == (None, None, None)
    assert not NO_BASELINES.is_of_ref


def test_a_number_is_of_no_tool_and_was_never_lowered_by_default() -> None:
    number = BaselineNumber(value=Fraction(1))
    assert (number.tools, number.lowered) == ({}, ())
    assert number.fits({})
    assert not number.fits(RUFF)


@pytest.mark.parametrize(
    ("value", "than", "better", "expected"),
    [(2, 1, "higher", True), (1, 1, "higher", False), (1, 2, "higher", False), (1, 2, "lower", True),
     (1, 1, "lower", False), (2, 1, "lower", False)],
)  # fmt: skip
def test_an_equal_number_is_no_better(value: int, than: int, better: Better, expected: bool) -> None:
    assert is_better(Fraction(value), Fraction(than), better) is expected


def test_another_name_has_no_baseline() -> None:
    assert Baselines(committed=baseline(1)).find("types", RUFF, "lower") is None


def test_tools_are_named_with_their_versions() -> None:
    assert format_tools({"mypy": "1.2", "bandit": ""}) == "bandit, mypy 1.2"
    assert format_tools({}) == "no known tool"


def test_a_number_belongs_to_all_versions_and_to_no_unknown_one() -> None:
    number = BaselineNumber(value=Fraction(1), tools=RUFF)
    assert number.fits(dict(RUFF))
    assert not number.fits({"ruff": "0.13.0"})
    assert not number.fits({**RUFF, "mypy": "1.0"})
    assert not BaselineNumber(value=Fraction(1)).fits(RUFF)
