"""Records survive JSON exactly, and what is none is refused."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from pytest_maturity.model.history import Decision, RecordedGate, RunRecord
from tests.unit.records.records import COVERAGE, promotion, run_of


def test_a_run_survives_json_with_exact_numbers() -> None:
    third = RecordedGate(name="coverage", value=Fraction(200, 3), kinds=("unit",), tools={"coverage": "7.10"})
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


APPROVAL = Decision(
    kind="approval", component="shop", stage="production", time="2026-01-01T12:00:00.000+00:00", actor="ann",
    role="qa", identity="claimed", expires="2026-01-15T12:00:00.000+00:00", digest="d" * 64, project="c" * 40 + ":",
)  # fmt: skip
ATTESTATION = Decision(
    kind="attestation", component="shop", stage=None, time="2026-01-01T12:00:00.000+00:00", actor="ann",
    values={"rollback_tested": "1", "uptime": "99.5"}, source="https://ci/1", expires="2026-01-31T12:00:00.000+00:00",
)  # fmt: skip


def test_every_kind_of_decision_survives_json() -> None:
    revocation = Decision(kind="revocation", component="shop", stage=None, time=APPROVAL.time, revokes=APPROVAL.id)
    for decision in (APPROVAL, ATTESTATION, revocation, promotion(rests_on=("approval of ann",))):
        assert Decision.from_dict(json.loads(json.dumps(decision.to_dict()))) == decision


def test_the_id_of_a_decision_is_that_of_its_content() -> None:
    assert APPROVAL.id == Decision.from_dict(APPROVAL.to_dict()).id
    assert APPROVAL.id != Decision.from_dict({**APPROVAL.to_dict(), "role": "ops"}).id
    assert len(APPROVAL.id) == 64


def test_fields_that_a_decision_does_not_need_are_left_out_so_that_old_hashes_hold() -> None:
    later = {"project", "role", "identity", "expires", "values", "source", "revokes", "rests_on"}
    assert not later & promotion().to_dict().keys()
    assert later & APPROVAL.to_dict().keys() == {"project", "role", "identity", "expires"}
    assert later & ATTESTATION.to_dict().keys() == {"values", "source", "expires"}


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": "sworn"}, {"role": 1}, {"expires": None}, {"values": {"a": 1}}, {"values": [1]},
        {"source": ["x"]}, {"rests_on": [1]}, {"component": None}, {"revokes": 2},
    ],
)  # fmt: skip
def test_texts_of_a_decision_that_are_none_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Decision.from_dict({**APPROVAL.to_dict(), **changed})
