"""Records survive JSON exactly, and what is none is refused."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from pytest_maturity.model.history import Decision, RecordedGate, RunRecord
from tests.unit.records.records import COVERAGE, promotion, run_of


def test_a_run_survives_json_with_exact_numbers() -> None:
    third = RecordedGate(name="coverage", value=Fraction(200, 3), kinds=("unit",))
    unknown = RecordedGate(name="types", value=None, better="lower")
    record = run_of(1, gates=(third, unknown, COVERAGE), steps={"ruff": 0.5}, outcomes={"passed": 3})
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    assert list(record.find_gates("coverage")) == [third, COVERAGE]


def test_a_decision_survives_json() -> None:
    decision = promotion(reason="because", dirty=False)
    assert Decision.from_dict(json.loads(json.dumps(decision.to_dict()))) == decision


@pytest.mark.parametrize(
    "changed", [{"kind": "wish"}, {"gates": [{"name": "coverage"}]}, {"gates": None}, {"unknown": 1}]
)
def test_what_is_no_decision_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Decision.from_dict({**promotion().to_dict(), **changed})
