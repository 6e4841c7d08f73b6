"""Statements about all attestations: one helps its own requirement alone, and without it nothing is better."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import pass_rate
from pytest_maturity.gates.attestation import make_attestation_gate
from pytest_maturity.model.attestations import Attested
from pytest_maturity.model.evidence import Component, Evidence, Outcomes
from pytest_maturity.model.gates import Context, Requirement, Status
from pytest_maturity.model.history import Decision
from pytest_maturity.model.report import Judgement, Verdict
from pytest_maturity.records.attestations import Subject, find_attested
from pytest_maturity.records.audit import Entry, make_entry
from pytest_maturity.records.history import History, check_entries

SOME = settings(max_examples=100, deadline=None)
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
SUBJECT = Subject(component="shop", now=NOW, project="own:", digest="files", policy_digest="policy")
COMPONENT = Component(name="shop", sources=(), files=(), found_by="src")
TABLES: dict[str, dict[str, Any]] = {
    "reviewed": {"max_age": "20d", "binds_to": "files"},
    "rolled_back": {"max_age": "20d"},
    "incidents": {"max_age": "20d", "better": "lower"},
}
GATES = {
    "pass_rate": pass_rate.GATE, **{name: make_attestation_gate(name, table) for name, table in TABLES.items()}
}  # fmt: skip
REQUIREMENTS = {
    "bronze": [
        Requirement(gate="pass_rate", threshold=Fraction(100), source="here"),
        *(Requirement(gate=name, threshold=Fraction(1), source="here") for name in TABLES),
    ]
}
MET = (Status.PASSED,)
numbers = st.sampled_from(["0", "1", "0.5", "2", "x", "NaN", ""])
names = st.sampled_from([*TABLES])
days = st.integers(0, 40)


@st.composite
def attestations(draw: st.DrawFn) -> Decision:
    time = NOW - timedelta(days=draw(days))
    end = draw(st.sampled_from([time + timedelta(days=draw(st.integers(1, 60))), None]))
    return Decision(
        kind="attestation",
        component=draw(st.sampled_from(["shop", "Shop", "billing"])),
        stage=draw(st.sampled_from([None, None, None, "bronze"])),
        time=time.isoformat(),
        project=draw(st.sampled_from(["own:", "own:", "own:", "another:", ""])),
        expires=end.isoformat() if end else "",
        values=draw(st.dictionaries(names, numbers, min_size=1, max_size=2)),
        digest=draw(st.sampled_from(["files", "files", "others", ""])),
        policy_digest=draw(st.sampled_from(["policy", "another"])),
        source=draw(st.sampled_from(["a", "b", "c"])),
    )


histories = st.lists(attestations(), max_size=6)


def make_history(decisions: list[Decision]) -> History:
    entries: list[Entry] = []
    for decision in decisions:
        entries.append(make_entry(decision, entries[-1] if entries else None))
    return check_entries(entries)


def find_all(history: History) -> dict[str, Attested]:
    return {name: find_attested(history, name, table, SUBJECT) for name, table in TABLES.items()}


def judge_all(history: History) -> Judgement:
    outcomes = Outcomes(passed=2, collected=2, completed=2)
    evidence = Evidence(component=COMPONENT, outcomes=outcomes, attested=find_all(history))
    return judge(evidence, GATES, REQUIREMENTS, "bronze", Context(root=Path("/project")))


def list_statuses(judgement: Judgement) -> dict[str, Status]:
    return {one.name: one.stages["bronze"].status for one in judgement.results}


@given(histories, attestations())
@SOME
def test_an_attestation_changes_no_requirement_that_it_does_not_state(decisions: list[Decision], new: Decision) -> None:
    before, after = (list_statuses(judge_all(make_history(one))) for one in (decisions, [*decisions, new]))
    assert set(before) == {"pass_rate", *TABLES}
    for name, status in after.items():
        assert name in new.values or status is before[name]


@given(histories, attestations(), st.sampled_from(["component", "project", "stage", "digest", "policy_digest"]))
@SOME
def test_one_about_something_else_changes_no_number(decisions: list[Decision], new: Decision, field: str) -> None:
    about_files = field in ("digest", "policy_digest")
    changed: dict[str, Any] = {"digest": "others", field: "something else"} if about_files else {field: "other"}
    foreign = replace(new, **changed)
    before, after = (find_all(make_history(one)) for one in (decisions, [*decisions, foreign]))
    for name in ["reviewed"] if about_files else TABLES:
        assert before[name].value == after[name].value


@given(histories, st.data())
@SOME
def test_a_revocation_never_gives_another_number_and_never_promotes(
    decisions: list[Decision], data: st.DataObject
) -> None:
    assume(decisions)
    chosen = data.draw(st.sampled_from(decisions))
    revocation = Decision(kind="revocation", component="shop", stage=None, time=NOW.isoformat(), revokes=chosen.id)
    history, revoked = make_history(decisions), make_history([*decisions, revocation])
    for name, found in find_all(revoked).items():
        assert found.value in (None, find_all(history)[name].value)
    before, after = judge_all(history), judge_all(revoked)
    assert all(list_statuses(before)[name] is one for name, one in list_statuses(after).items() if one in MET)
    assert after.verdict is not Verdict.PROMOTE or before.verdict is Verdict.PROMOTE


@given(histories, st.data())
@SOME
def test_out_of_an_audit_log_no_attestation_can_be_taken(decisions: list[Decision], data: st.DataObject) -> None:
    assume(len(decisions) > 1)
    entries = make_history(decisions).entries
    number = data.draw(st.integers(0, len(entries) - 2))
    left = check_entries((*entries[:number], *entries[number + 1 :]))
    assert {one.value for one in find_all(left).values()} == {None}
    assert judge_all(left).verdict is not Verdict.PROMOTE


@given(histories)
@SOME
def test_only_a_number_in_its_time_counts(decisions: list[Decision]) -> None:
    for name, found in find_all(make_history(decisions)).items():
        assert bool(found.note)
        if found.value is None:
            continue
        valid = [
            one for one in decisions
            if one.values.get(name) == (str(found.value) if found.value.denominator == 1 else "0.5")
            and (one.component.lower(), one.project, one.stage) == ("shop", "own:", None)
            and NOW - timedelta(days=20) <= datetime.fromisoformat(one.time)
            and one.expires and datetime.fromisoformat(one.expires) > NOW
            and (name != "reviewed" or one.digest == "files")
        ]  # fmt: skip
        assert valid
