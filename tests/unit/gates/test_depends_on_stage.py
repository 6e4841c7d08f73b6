"""The imported components that are on record below a stage; unknown where one is not on record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_maturity.gates.depends_on_stage import make_gate
from pytest_maturity.model.evidence import Outcomes
from pytest_maturity.model.gates import Measurement
from pytest_maturity.model.standing import Standing

from .evidence import CONTEXT, evidence_of, traits

LADDER = ("dev", "staging", "production")
GATE = make_gate(LADDER)


def measure(standing: Standing | None) -> Measurement:
    return GATE.measure(replace(evidence_of(Outcomes()), standing=standing), CONTEXT)


@pytest.mark.parametrize(
    ("dependencies", "counts", "note"),
    [
        ({}, {"dev": 0, "staging": 0, "production": 0}, "it imports no other component"),
        ({"a": "production"}, {"dev": 0, "staging": 0, "production": 0}, "it imports a"),
        ({"a": "staging", "b": "dev"}, {"dev": 0, "staging": 1, "production": 2}, "it imports b (dev)"),
        ({"a": None}, {"dev": None, "staging": None, "production": None}, "it imports a (not on record)"),
        (
            {"a": None, "b": "dev"},
            {"dev": None, "staging": 2, "production": 2},
            "it imports b (dev), a (not on record)",
        ),
        ({"a": "gone"}, {"dev": 1, "staging": 1, "production": 1}, "it imports a (gone)"),
    ],
)
def test_each_stage_counts_what_is_below_it(
    dependencies: dict[str, str | None], counts: dict[str, int | None], note: str
) -> None:
    found = measure(Standing(ladder=LADDER, dependencies=dependencies))
    assert found.breakdown == counts
    assert found.line_notes["staging"] == note


def test_what_is_not_known_is_unknown() -> None:
    assert measure(None) == Measurement(None, "no records were read")
    standing = Standing(ladder=LADDER, dependency_problem="the records cannot be read: damaged")
    assert measure(standing) == Measurement(None, "the records cannot be read: damaged")


def test_its_lines_are_the_stages_and_it_needs_no_tests() -> None:
    assert traits(GATE) == ("depends_on_stage", "lower", "")
    assert (GATE.lines, GATE.needs_tests) == (LADDER, False)
