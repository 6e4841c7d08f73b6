"""The number of people who approved, by stage; what does not count is a finding with its reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pytest_maturity.gates.approvals import make_gate
from pytest_maturity.model.approvals import Approval, StageApprovals
from pytest_maturity.model.evidence import Evidence, Outcomes
from pytest_maturity.model.gates import Requirement
from pytest_maturity.model.standing import Standing

from .evidence import CONTEXT, evidence_of, traits

GATE = make_gate(("dev", "staging", "production"))
ANN = Approval(id="1" * 64, name="ann", role="qa", identity="claimed")


def evidence(**stages: StageApprovals) -> Evidence:
    return replace(evidence_of(Outcomes()), standing=Standing(approvals=stages))


def test_each_stage_that_requires_approvals_has_its_number() -> None:
    found = GATE.measure(
        evidence(
            staging=StageApprovals(required=1, counted=(ANN,), refused=("old",)),
            production=StageApprovals(required=2, roles=("qa", "ops"), counted=(ANN,), refused=("the reason",)),
        ),
        CONTEXT,
    )
    assert (found.value, found.breakdown) == (None, {"staging": 1, "production": 1})
    assert found.line_notes == {
        "staging": "approved by ann as qa (claimed)",
        "production": "approved by ann as qa (claimed); missing: ops",
    }
    assert [(one.rule, one.message) for one in found.findings] == [("production", "the reason")]


def test_words_for_nobody_for_a_problem_and_for_automatic_approvals() -> None:
    for stage, number, words in (
        (StageApprovals(required=1), 0, "nobody has approved"),
        (StageApprovals(required=1, problem="damaged"), None, "damaged"),
        (StageApprovals(required=1, is_automatic=True), 1, "automatic, by the policy"),
        (StageApprovals(required=1, counted=(replace(ANN, is_automatic=True),)), 1,
         "approved by ann as qa (claimed, unchanged since)"),
    ):  # fmt: skip
        found = GATE.measure(evidence(dev=stage), CONTEXT)
        assert (found.breakdown["dev"], found.line_notes["dev"]) == (number, words)


def test_without_records_it_is_unknown() -> None:
    for standing in (None, Standing()):
        found = GATE.measure(replace(evidence_of(Outcomes()), standing=standing), CONTEXT)
        assert (found.value, found.breakdown, found.note) == (None, {}, "no records were read")


def test_the_remedy_says_how_many_are_missing_and_in_which_role() -> None:
    assert GATE.remedy is not None
    needed = StageApprovals(required=2, roles=("qa", "ops"), counted=(ANN,))
    judged = evidence(production=needed)
    requirement = Requirement(gate="approvals", line="production", threshold=Fraction(2), source="here")
    found = GATE.remedy(judged, GATE.measure(judged, CONTEXT), requirement)
    assert found.text == "1 more approval as ops; approved by ann as qa (claimed)"
    assert found.command == (
        "pytest-maturity", "approve", "auth", "--target", "production", "--role", "ops", "--reason", "TEXT",
    )  # fmt: skip


def test_its_lines_are_the_stages_and_it_needs_no_tests() -> None:
    assert traits(GATE) == ("approvals", "higher", "")
    assert (GATE.lines, GATE.needs_tests) == (("dev", "staging", "production"), False)
