"""The days on record at a stage; unknown, and never enough, where nothing is on record."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pytest_maturity.gates.soak import make_gate
from pytest_maturity.model.evidence import Outcomes
from pytest_maturity.model.gates import Measurement
from pytest_maturity.model.standing import Standing

from .evidence import CONTEXT, evidence_of, traits

LADDER = ("dev", "staging", "production")
GATE = make_gate(LADDER)


def measure(standing: Standing | None) -> Measurement:
    return GATE.measure(replace(evidence_of(Outcomes()), standing=standing), CONTEXT)


def test_each_stage_up_to_the_recorded_one_has_its_days() -> None:
    days = {"dev": Fraction(21, 2), "staging": Fraction(13, 2)}
    found = measure(Standing(stage="staging", ladder=LADDER, days=days))
    assert found.breakdown == {**days, "production": 0}
    assert found.note == "on record at staging"


def test_without_a_recorded_stage_it_is_unknown() -> None:
    for standing, note in (
        (None, "no records were read"),
        (Standing(problem="it has no recorded stage", ladder=LADDER, days={}), "it has no recorded stage"),
        (Standing(problem="damaged", ladder=LADDER), "damaged"),
    ):
        found = measure(standing)
        assert (found.value, found.breakdown, found.note) == (None, {}, note)


def test_its_lines_are_the_stages_and_it_needs_no_tests() -> None:
    assert traits(GATE) == ("soak", "higher", "days")
    assert (GATE.lines, GATE.needs_tests) == (LADDER, False)
