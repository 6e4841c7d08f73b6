"""Gates and requirements as data."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component, Evidence
from pytest_maturity.model.gates import (  # fmt: skip
    LARGEST,
    Context,
    Gate,
    Judged,
    Measurement,
    Mode,
    Ratchet,
    Remedy,
    Requirement,
    Status,
)

COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")


def test_the_largest_number_has_only_digits_that_a_float_keeps() -> None:
    assert 10**sys.float_info.dig == LARGEST


def test_the_statuses_have_the_names_that_reports_use() -> None:
    assert [one.value for one in Status] == ["passed", "waived", "unknown", "failed"]


def test_a_measurement_may_be_a_number_alone() -> None:
    measurement = Measurement(3)
    assert (measurement.value, measurement.note, measurement.findings, measurement.breakdown) == (3, "", (), {})
    assert (measurement.line_notes, measurement.is_applicable) == ({}, True)


def test_a_remedy_may_have_no_command() -> None:
    assert Remedy("write tests") == Remedy(text="write tests", command=())


def test_a_gate_without_a_direction_is_better_when_higher() -> None:
    gate = Gate("docs", lambda *_: Measurement(None))
    assert (gate.better, gate.unit, gate.commands, gate.remedy, gate.lines) == ("higher", "", None, None, ())
    assert (gate.improves_with_tests, gate.needs_tests, gate.by_kind) == (False, True, False)
    assert (gate.counts_findings, gate.measures_change, gate.largest) == (False, False, None)
    assert gate.measure(Evidence(component=COMPONENT), Context(root=Path("/project"))).note == ""


@pytest.mark.parametrize(
    ("by_kind", "line", "is_kind"),
    [(True, "unit", True), (True, "slow", False), (True, "", False), (False, "x", False)],
)
def test_a_line_that_no_breakdown_has_is_a_kind_of_tests(by_kind: bool, line: str, is_kind: bool) -> None:
    gate = Gate("own", lambda *_: Measurement(None), lines=("slow",), by_kind=by_kind)
    assert gate.is_kind(line) is is_kind


@pytest.mark.parametrize(
    ("status", "mode", "is_blocking"),
    [
        (Status.PASSED, "block", False),
        (Status.WAIVED, "block", False),
        (Status.UNKNOWN, "block", True),
        (Status.FAILED, "block", True),
        (Status.PASSED, "warn", False),
        (Status.FAILED, "warn", False),
        (Status.UNKNOWN, "warn", False),
    ],
)
def test_passed_waived_and_warnings_do_not_block(status: Status, mode: Mode, is_blocking: bool) -> None:
    requirement = Requirement(gate="a", threshold=Fraction(1), source="here", mode=mode)
    assert Judged(requirement=requirement, status=status).is_blocking is is_blocking


def test_a_requirement_blocks_by_default_and_has_no_remedy() -> None:
    judged = Judged(requirement=Requirement(gate="a", threshold=Fraction(1), source="here"), status=Status.FAILED)
    assert judged.is_blocking
    assert (judged.remedy, judged.bound, judged.ratchet) == (None, None, None)


def test_a_requirement_is_about_everything_and_has_no_ratchet_by_default() -> None:
    requirement = Requirement(gate="a", threshold=Fraction(1), source="here")
    assert (requirement.line, requirement.mode, requirement.scope) == ("", "block", "all")
    assert (requirement.ratchet, requirement.tolerance) == (False, Fraction(0))


def test_a_ratchet_without_a_baseline_has_no_number() -> None:
    ratchet = Ratchet(name="coverage")
    assert (ratchet.value, ratchet.source, ratchet.problem, ratchet.is_stale) == (None, "", "", False)


@pytest.mark.parametrize(
    ("status", "ratchet", "is_held"),
    [
        (Status.WAIVED, Ratchet(name="a"), True),
        (Status.WAIVED, None, False),
        (Status.PASSED, Ratchet(name="a"), False),
        (Status.FAILED, None, False),
    ],
)
def test_a_number_is_held_at_its_baseline_where_nothing_else_excuses_it(
    status: Status, ratchet: Ratchet | None, is_held: bool
) -> None:
    requirement = Requirement(gate="a", threshold=Fraction(70), source="here")
    assert Judged(requirement=requirement, status=status, ratchet=ratchet).is_held is is_held


@pytest.mark.parametrize(("bound", "required"), [(None, 70), (Fraction(42), 42), (Fraction(0), 0)])
def test_the_bound_takes_the_place_of_the_threshold(bound: Fraction | None, required: int) -> None:
    requirement = Requirement(gate="a", threshold=Fraction(70), source="here")
    assert Judged(requirement=requirement, status=Status.WAIVED, bound=bound).required == required


def test_a_requirement_for_a_line_has_both_names() -> None:
    assert Requirement(gate="a", threshold=Fraction(1), source="").name == "a"
    assert Requirement(gate="a", line="b", threshold=Fraction(1), source="").name == "a.b"


@pytest.mark.parametrize(
    ("path", "shown"), [("src/a.py", "src/a.py"), ("/project/src/a.py", "src/a.py"), ("/other/a.py", "/other/a.py")]
)
def test_a_path_is_printed_from_the_root(path: str, shown: str) -> None:
    context = Context(root=Path("/project"))
    assert context.relative(path) == shown
    assert context.relative(Path(path)) == shown


def test_a_gate_reads_its_own_options() -> None:
    context = Context(root=Path("/project"), options={"types": {"tool": "mypy"}})
    assert context.option("types", "tool") == "mypy"
    assert context.option("types", "timeout", 5) == 5
    assert context.option("lint", "timeout", 6) == 6
    assert context.option("types", "timeout") is None
    assert context.option("lint", "timeout") is None


def test_specifications_are_in_specs_by_default() -> None:
    context = Context(root=Path("/project"))
    assert (context.specs, context.options) == (("specs/{component}.md",), {})
