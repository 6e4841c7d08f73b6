"""A number, its threshold and its baseline: which of them decides."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.evidence.ratchet import judge_ratchet
from pytest_maturity.model.baseline import Baseline, BaselineNumber, Baselines
from pytest_maturity.model.gates import Better, Gate, Judged, Measurement, Ratchet, Requirement, Status

TOOLS = {"ruff": "0.12.0"}


def judge(
    value: str,
    threshold: str,
    baseline: str | None,
    better: Better = "higher",
    tolerance: str = "0",
    ruff: str = "0.12.0",
    is_of_ref: bool = False,
    kinds: tuple[str, ...] = (),
    max_increase: str = "0",
) -> Judged:
    requirement = Requirement(
        gate="own", threshold=Fraction(threshold), source="here", ratchet=True, tolerance=Fraction(tolerance),
        max_increase=Fraction(max_increase),
    )  # fmt: skip
    name = "own" if not kinds else f"own ({', '.join(kinds)})"
    numbers = {} if baseline is None else {name: BaselineNumber(value=Fraction(baseline), tools={"ruff": ruff})}
    baselines = Baselines(committed=Baseline(component="shop", source="file", numbers=numbers), is_of_ref=is_of_ref)
    gate = Gate("own", lambda *_: Measurement(0), better=better)
    return judge_ratchet(requirement, gate, Fraction(value), baselines, TOOLS, kinds)


@pytest.mark.parametrize(
    ("value", "threshold", "baseline", "tolerance", "expected"),
    [
        # a baseline above the threshold: both count
        ("85", "70", "85", "0", Status.PASSED),
        ("84.9", "70", "85", "0", Status.FAILED),
        ("84.5", "70", "85", "0.5", Status.PASSED),
        ("84.4", "70", "85", "0.5", Status.FAILED),
        ("70", "70", "70.2", "0.5", Status.PASSED),
        ("69.9", "70", "70.2", "0.5", Status.FAILED),  # a tolerance never excuses the threshold
        # a baseline below it: it takes the place of the threshold
        ("42", "70", "42", "0", Status.WAIVED),
        ("41.9", "70", "42", "0", Status.FAILED),
        ("41.5", "70", "42", "0.5", Status.WAIVED),
        ("69.9", "70", "42", "0", Status.WAIVED),
        ("70", "70", "42", "0", Status.PASSED),
        # none
        ("70", "70", None, "0", Status.UNKNOWN),
        ("69", "70", None, "0", Status.FAILED),
    ],
)
def test_what_decides_where_more_is_better(
    value: str, threshold: str, baseline: str | None, tolerance: str, expected: Status
) -> None:
    assert judge(value, threshold, baseline, tolerance=tolerance).status is expected


@pytest.mark.parametrize(
    ("value", "baseline", "tolerance", "expected", "bound"),
    [
        ("2953", "2953", "0", Status.WAIVED, 2953),
        ("2954", "2953", "0", Status.FAILED, 2953),
        ("2954", "2953", "1", Status.WAIVED, 2954),
        ("0", "2953", "0", Status.PASSED, 2953),
        ("1", "0", "5", Status.FAILED, 0),
    ],
)
def test_what_decides_where_less_is_better(
    value: str, baseline: str, tolerance: str, expected: Status, bound: int
) -> None:
    found = judge(value, "0", baseline, "lower", tolerance)
    assert (found.status, int(found.required)) == (expected, bound)


@pytest.mark.parametrize(
    ("value", "threshold", "baseline", "expected"),
    [
        ("85", "70", "85", Status.UNKNOWN),
        ("42", "70", "42", Status.UNKNOWN),
        ("40", "70", "42", Status.UNKNOWN),  # no regression: the other version may count otherwise
        ("70", "70", "42", Status.PASSED),  # the threshold implies the baseline
        ("70", "70", "70", Status.PASSED),
    ],
)
def test_another_version_of_the_tool_asks_for_a_new_baseline(
    value: str, threshold: str, baseline: str, expected: Status
) -> None:
    found = judge(value, threshold, baseline, ruff="0.11.0")
    assert found.status is expected
    assert found.ratchet is not None
    assert found.ratchet.problem == "file is of ruff 0.11.0, and this run used ruff 0.12.0"


@pytest.mark.parametrize(("value", "expected"), [("70", Status.PASSED), ("69", Status.FAILED)])
def test_under_the_policy_of_a_ref_a_missing_baseline_was_not_removed(value: str, expected: Status) -> None:
    assert judge(value, "70", None, is_of_ref=True).status is expected


@pytest.mark.parametrize(
    ("value", "better", "threshold", "baseline", "expected", "bound"),
    [
        ("44", "lower", "50", "40", Status.PASSED, "44"),
        ("44.01", "lower", "50", "40", Status.FAILED, "44"),
        ("50.01", "lower", "50", "48", Status.FAILED, "50"),  # the threshold counts, too
        ("66", "lower", "50", "60", Status.WAIVED, "66"),
        ("0.01", "lower", "50", "0", Status.FAILED, "0"),
        ("90", "higher", "20", "100", Status.PASSED, "90"),
        ("89.99", "higher", "20", "100", Status.FAILED, "90"),
    ],
)
def test_an_increase_is_in_percent_of_the_baseline(
    value: str, better: Better, threshold: str, baseline: str, expected: Status, bound: str
) -> None:
    found = judge(value, threshold, baseline, better, max_increase="10")
    assert (found.status, found.bound) == (expected, Fraction(bound))


def test_an_increase_and_a_tolerance_add_up_and_without_a_baseline_nothing_is_known() -> None:
    assert judge("45", "50", "40", "lower", "1", max_increase="10").status is Status.PASSED
    assert judge("45.1", "50", "40", "lower", "1", max_increase="10").status is Status.FAILED
    assert judge("45", "50", None, "lower", max_increase="10").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("value", "tolerance", "is_stale"),
    [
        ("85", "0", False),
        ("85.0000005", "0", False),
        ("85.1", "0", True),
        ("85.5", "0.5", False),
        ("85.6", "0.5", True),
    ],
)
def test_an_improvement_beyond_the_tolerance_makes_the_baseline_stale(
    value: str, tolerance: str, is_stale: bool
) -> None:
    found = judge(value, "70", "85", tolerance=tolerance)
    assert found.status is Status.PASSED
    assert found.ratchet is not None
    assert found.ratchet.is_stale is is_stale


def test_numbers_of_other_kinds_of_tests_have_another_name() -> None:
    found = judge("85", "70", "85", kinds=("unit", "e2e"))
    assert found.ratchet is not None
    assert (found.ratchet.name, str(found.ratchet.value)) == ("own (unit, e2e)", "85")


OWN = Requirement(gate="own", threshold=Fraction(70), source="here", ratchet=True)


def test_what_is_said_of_a_number_without_a_baseline() -> None:
    none_yet = Ratchet(name="own", problem="it has no baseline yet")
    assert judge("70", "70", None) == Judged(requirement=OWN, status=Status.UNKNOWN, ratchet=none_yet)
    assert judge("70", "70", None, is_of_ref=True).ratchet == Ratchet(name="own")


def test_what_is_said_of_a_baseline() -> None:
    assert judge("85", "70", "85").ratchet == Ratchet(name="own", value=Fraction(85), source="file")
    outdated = judge("85", "70", "85", ruff="0.11.0")
    assert outdated.requirement == OWN
    assert outdated.ratchet is not None
    assert (outdated.ratchet.name, outdated.ratchet.value, outdated.ratchet.source) == ("own", Fraction(85), "file")


@pytest.mark.parametrize(("value", "is_stale"), [("2953", False), ("2952", True), ("2954", False)])
def test_fewer_findings_than_the_baseline_make_it_stale(value: str, is_stale: bool) -> None:
    found = judge(value, "0", "2953", "lower", tolerance="0")
    assert found.ratchet is not None
    assert found.ratchet.is_stale is is_stale


def test_an_improvement_of_the_last_digit_of_a_report_makes_the_baseline_stale() -> None:
    found = judge("85.000001", "70", "85")
    assert found.ratchet is not None
    assert found.ratchet.is_stale


def test_a_line_of_one_kind_of_tests_needs_no_kind_in_its_name() -> None:
    requirement = Requirement(gate="own", line="unit", threshold=Fraction(70), source="here", ratchet=True)
    gate = Gate("own", lambda *_: Measurement(0), by_kind=True)
    found = judge_ratchet(requirement, gate, 70, Baselines(), TOOLS, ("unit",))
    assert found.ratchet is not None
    assert found.ratchet.name == "own.unit"


@pytest.mark.parametrize(("better", "expected"), [("higher", 90), ("lower", 80)])
def test_the_stricter_of_the_file_and_the_record_counts(better: Better, expected: int) -> None:
    committed, recorded = (
        Baseline(component="shop", source=source, numbers={"own": BaselineNumber(value=Fraction(number))})
        for source, number in (("file", 80), ("record", 90))
    )
    gate = Gate("own", lambda *_: Measurement(0), better=better)
    found = judge_ratchet(OWN, gate, 85, Baselines(committed=committed, recorded=recorded), {})
    assert found.ratchet is not None
    assert found.ratchet.value == expected
