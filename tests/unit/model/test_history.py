"""Records survive JSON exactly, and what is none is refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import (
    Decision,
    RecordedGate,
    RecordedRequirement,
    RunPoint,
    RunRecord,
    exact,
    read_gate,
)
from tests.unit.records.records import COVERAGE, demotion, promotion, run_of

GATE = RecordedGate(
    name="security.high",
    value=Fraction(1, 3),
    better="lower",
    unit="%",
    kinds=("unit", "e2e"),
    stages={"dev": RecordedRequirement(threshold=Fraction(5, 2), status=Status.FAILED, mode="warn")},
)
WRITTEN_GATE = {
    "name": "security.high",
    "value": "1/3",
    "better": "lower",
    "unit": "%",
    "kinds": ["unit", "e2e"],
    "stages": {"dev": {"threshold": "5/2", "status": "failed", "mode": "warn"}},
}


def test_a_gate_is_written_with_its_numbers_as_text() -> None:
    assert GATE.to_dict() == WRITTEN_GATE
    assert RecordedGate.from_dict(WRITTEN_GATE) == GATE


def test_an_unknown_number_stays_unknown() -> None:
    unknown = RecordedGate(name="types", value=None)
    assert unknown.to_dict()["value"] is None
    assert RecordedGate.from_dict(unknown.to_dict()) == unknown


def test_a_gate_that_says_nothing_else_is_better_when_higher_and_about_all_kinds() -> None:
    assert asdict(RecordedGate(name="docs", value=None)) == {
        "name": "docs", "value": None, "better": "higher", "unit": "", "kinds": (), "stages": {}, "tools": {},
        "baseline": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"better": "faster"}, "'faster' is none of higher, lower"),
        ({"stages": {"dev": {"threshold": "1", "status": "passed", "mode": "off"}}}, "'off' is none of block, warn"),
        ({"stages": {"dev": {"threshold": "1", "status": "great", "mode": "warn"}}}, "'great' is not a valid Status"),
        ({"value": "many"}, "Invalid literal for Fraction: 'many'"),
    ],
)
def test_what_is_no_gate_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        RecordedGate.from_dict({**WRITTEN_GATE, **changed})


@pytest.mark.parametrize("mode", ["block", "warn"])
@pytest.mark.parametrize("better", ["higher", "lower"])
def test_both_directions_and_both_modes_are_read(better: str, mode: str) -> None:
    stages = {"dev": {"threshold": "1", "status": "passed", "mode": mode}}
    read = RecordedGate.from_dict({**WRITTEN_GATE, "better": better, "stages": stages})
    assert (read.better, read.stages["dev"].mode) == (better, mode)


def test_a_requirement_blocks_where_nothing_else_is_written() -> None:
    assert RecordedRequirement(threshold=Fraction(1), status=Status.PASSED).mode == "block"


def test_a_run_that_was_not_judged_has_nothing_but_its_identity() -> None:
    record = RunRecord(run_id="1", component="shop", started="now", verdict="INCOMPLETE")
    assert record.to_dict() == {
        "run_id": "1",
        "component": "shop",
        "started": "now",
        "verdict": "INCOMPLETE",
        "target": "",
        "reached": None,
        "duration_s": 0.0,
        "commit": None,
        "dirty": None,
        "actor": "",
        "digest": "",
        "policy_digest": "",
        "gates": [],
        "gaps": [],
        "outcomes": {},
        "retries": 0,
        "flaky": [],
        "steps": {},
        "tools": {},
        "python": "",
    }


def test_a_run_is_written_with_its_gates_and_lists() -> None:
    written = run_of(1, gates=(GATE,), gaps=("worker gw0 died",)).to_dict()
    assert written["gates"] == [WRITTEN_GATE]
    assert written["gaps"] == ["worker gw0 died"]
    assert written["flaky"] == ["tests/test_shop.py::test_slow"]


def test_the_texts_of_a_run_are_read_as_texts() -> None:
    read = RunRecord.from_dict({**run_of(1).to_dict(), "gaps": [3], "flaky": [4]})
    assert (read.gaps, read.flaky) == (("3",), ("4",))


def test_a_run_survives_json_with_exact_numbers() -> None:
    third = RecordedGate(
        name="coverage", value=Fraction(200, 3), kinds=("unit",), tools={"coverage": "7.10"}, baseline=Fraction(70)
    )
    unknown = RecordedGate(name="types", value=None, better="lower")
    record = run_of(1, gates=(third, unknown, COVERAGE), steps={"ruff": 0.5}, outcomes={"passed": 3})
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    assert list(record.find_gates("coverage")) == [third, COVERAGE]


def test_a_decision_without_a_run_has_only_what_was_decided() -> None:
    assert Decision(kind="demotion", component="shop", stage=None, time="now").to_dict() == {
        "kind": "demotion",
        "component": "shop",
        "stage": None,
        "time": "now",
        "actor": "",
        "reason": "",
        "run_id": "",
        "commit": None,
        "dirty": None,
        "digest": "",
        "policy_digest": "",
        "gates": [],
        "tools": {},
        "tests": None,
    }


def test_a_decision_survives_json() -> None:
    decision = promotion(reason="because", dirty=False, gates=(GATE, COVERAGE))
    assert decision.to_dict()["gates"][0] == WRITTEN_GATE
    assert Decision.from_dict(json.loads(json.dumps(decision.to_dict()))) == decision


@pytest.mark.parametrize(
    "changed", [{"kind": "wish"}, {"gates": [{"name": "coverage"}]}, {"gates": None}, {"unknown": 1}]
)
def test_what_is_no_decision_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Decision.from_dict({**promotion().to_dict(), **changed})


def test_the_kind_of_a_decision_is_one_of_five() -> None:
    message = "'wish' is none of promotion, demotion, approval, attestation, revocation"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Decision.from_dict({**promotion().to_dict(), "kind": "wish"})
    assert Decision.from_dict(demotion().to_dict()) == demotion()


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


@pytest.mark.parametrize("identity", ["", "claimed", "signed", "ci"])
def test_every_way_to_know_a_person_is_read(identity: str) -> None:
    assert Decision.from_dict({**APPROVAL.to_dict(), "identity": identity}).identity == identity


@pytest.mark.parametrize(
    "name",
    ["component", "time", "actor", "reason", "digest", "project", "role", "expires", "source", "revokes"],
)
def test_a_number_in_place_of_a_text_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"^a text of the decision is none$"):
        Decision.from_dict({**APPROVAL.to_dict(), name: 1})


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


def test_the_numbers_of_a_report_are_those_that_are_written() -> None:
    assert exact(62.4) == Fraction(624, 10)
    assert exact(1e-06) == Fraction(1, 1000000)
    assert exact(3) == 3


def test_the_key_of_a_gate_has_its_kinds() -> None:
    assert RecordedGate(name="coverage", value=None).key == "coverage"
    assert RecordedGate(name="coverage", value=None, kinds=("unit", "e2e")).key == "coverage (unit, e2e)"


ROW: dict[str, Any] = {
    "gate": "coverage", "value": 62.4, "better": "lower", "unit": "%", "kinds": ["unit"], "scope": "all",
    "tools": {"coverage": "7.10"},
    "stages": {
        "dev": {"required": 70, "status": "failed", "mode": "warn", "source": "here"},
        "staging": {"required": 0.5, "status": "passed", "mode": "block", "source": "here"},
    },
}  # fmt: skip


def test_a_row_of_a_report_is_recorded() -> None:
    assert read_gate(ROW) == RecordedGate(
        name="coverage",
        value=Fraction(624, 10),
        better="lower",
        unit="%",
        kinds=("unit",),
        stages={
            "dev": RecordedRequirement(threshold=Fraction(70), status=Status.FAILED, mode="warn"),
            "staging": RecordedRequirement(threshold=Fraction(1, 2), status=Status.PASSED, mode="block"),
        },
        tools={"coverage": "7.10"},
    )
    found = read_gate({**ROW, "value": None, "scope": "new"})
    assert (found.name, found.value) == ("coverage (new code)", None)


def test_a_point_has_the_numbers_of_a_run_by_their_keys() -> None:
    half = RecordedGate(name="coverage", value=Fraction(1, 2), kinds=("unit",))
    record = run_of(1, gates=(half, GATE, RecordedGate(name="types", value=None)), reached=None)
    assert RunPoint.from_dict(record.to_dict()) == RunPoint(
        started="2026-01-01T00:01:00.000+00:00",
        verdict="PROMOTE",
        target="staging",
        reached=None,
        flaky=("tests/test_shop.py::test_slow",),
        numbers={"coverage (unit)": 0.5, "security.high (unit, e2e)": 1 / 3, "types": None},
    )
    assert RunPoint.from_dict({**record.to_dict(), "reached": "dev"}).reached == "dev"
    texts = {**record.to_dict(), "started": 1, "verdict": 2, "target": 3, "flaky": [4]}
    read = RunPoint.from_dict(texts)
    assert (read.started, read.verdict, read.target, read.flaky) == ("1", "2", "3", ("4",))


def test_what_waivers_excused_is_written_and_read() -> None:
    requirement = RecordedRequirement(threshold=Fraction(0), status=Status.WAIVED, waived=("lint: later",))
    gate = RecordedGate(name="lint", value=Fraction(1), stages={"dev": requirement})
    written = gate.to_dict()["stages"]["dev"]
    assert written == {"threshold": "0", "status": "waived", "mode": "block", "waived": ["lint: later"]}
    assert RecordedGate.from_dict(gate.to_dict()) == gate
    assert gate.list_waived("dev") == ["lint: later"]
    assert (gate.list_waived("staging"), gate.list_waived(None)) == ([], [])


def test_texts_of_a_gate_are_read_as_texts() -> None:
    data = {
        "name": 1, "value": None, "better": "lower", "unit": 2, "kinds": [3], "tools": {4: 5},
        "stages": {6: {"threshold": "1", "status": "passed", "mode": "warn", "waived": [7]}},
    }  # fmt: skip
    requirement = RecordedRequirement(threshold=Fraction(1), status=Status.PASSED, mode="warn", waived=("7",))
    assert RecordedGate.from_dict(data) == RecordedGate(
        name="1", value=None, better="lower", unit="2", kinds=("3",), tools={"4": "5"}, stages={"6": requirement}
    )
