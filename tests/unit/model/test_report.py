"""Reports as data: the worst of several verdicts, and what is unmet."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Component, Evidence, Gap
from pytest_maturity.model.gates import Judged, Mode, Requirement, Status
from pytest_maturity.model.report import (  # fmt: skip
    EnforcedPolicy,
    GateResult,
    Judgement,
    PolicyChange,
    Report,
    Run,
    Verdict,
    worst_verdict,
)
from pytest_maturity.model.standing import Standing

COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")
FROM_BEST = [Verdict.PROMOTE, Verdict.INCONCLUSIVE, Verdict.HOLD]


def test_a_verdict_is_written_as_its_name() -> None:
    assert {verdict.value for verdict in Verdict} == {"PROMOTE", "HOLD", "INCONCLUSIVE", "INCOMPLETE"}
    assert {verdict.name for verdict in Verdict} == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize("better", range(3))
@pytest.mark.parametrize("worse", range(3))
def test_the_worse_of_two_verdicts_counts(better: int, worse: int) -> None:
    assert worst_verdict([FROM_BEST[better], FROM_BEST[worse]]) is FROM_BEST[max(better, worse)]


def test_the_order_of_the_components_does_not_matter() -> None:
    assert {worst_verdict(order) for order in permutations(FROM_BEST)} == {Verdict.HOLD}


def test_without_components_nothing_is_proven() -> None:
    assert worst_verdict([]) is Verdict.INCONCLUSIVE


def judged(status: Status, mode: Mode = "block") -> Judged:
    return Judged(requirement=Requirement(gate="a", threshold=Fraction(1), source="", mode=mode), status=status)


def test_failed_and_unknown_results_are_unmet_in_the_stages_that_require_them() -> None:
    results = (
        GateResult(name="failed", value=0, stages={"dev": judged(Status.FAILED), "staging": judged(Status.FAILED)}),
        GateResult(name="unknown", value=None, stages={"dev": judged(Status.UNKNOWN)}),
        GateResult(name="passed", value=1, stages={"dev": judged(Status.PASSED)}),
        GateResult(name="waived", value=1, stages={"dev": judged(Status.WAIVED)}),
        GateResult(name="warned", value=0, stages={"dev": judged(Status.FAILED, "warn")}),
    )
    judgement = Judgement(
        evidence=Evidence(component=COMPONENT), verdict=Verdict.HOLD, target="dev", reached=None, next_stage="dev",
        results=results,
    )  # fmt: skip
    assert judgement.component is COMPONENT
    assert [result.name for result in judgement.unmet("dev")] == ["failed", "unknown"]
    assert judgement.unmet("staging") == results[:1]
    assert judgement.unmet("elsewhere") == ()
    assert judgement.needed_kinds == {}


def judgement_of(evidence: Evidence, verdict: Verdict = Verdict.HOLD, **fields: Any) -> Judgement:
    return Judgement(
        evidence=evidence, verdict=verdict, target="staging", reached=None, next_stage="dev", results=(), **fields
    )


@pytest.mark.parametrize(
    ("standing", "verdict", "demoted_from"),
    [
        (Standing(stage="staging", is_target=True), Verdict.HOLD, "staging"),
        (Standing(stage="staging", is_target=True), Verdict.INCONCLUSIVE, None),
        (Standing(stage="staging", is_target=True), Verdict.PROMOTE, None),
        (Standing(stage="staging", is_target=False), Verdict.HOLD, None),
        (Standing(stage="production", is_target=True), Verdict.HOLD, None),
        (None, Verdict.HOLD, None),
    ],
)
def test_a_component_that_no_longer_meets_its_recorded_stage_is_demoted(
    standing: Standing | None, verdict: Verdict, demoted_from: str | None
) -> None:
    evidence = Evidence(component=COMPONENT, standing=standing)
    assert judgement_of(evidence, verdict).demoted_from == demoted_from


def test_the_gaps_of_a_stage_are_those_of_the_tests_that_it_needs() -> None:
    of_unit, of_e2e = (Gap(cause="kind", message="m", kinds=(kind,)) for kind in ("unit", "e2e"))
    of_all = Gap(cause="exit", message="m")
    evidence = Evidence(component=COMPONENT, gaps=(of_e2e, of_all, of_unit))
    judgement = judgement_of(evidence, needed_kinds={"dev": ("unit",)})
    assert judgement.gaps("dev") == (of_all, of_unit)
    assert judgement.gaps("staging") == (of_e2e, of_all, of_unit)


def test_a_report_of_a_whole_run_says_nothing_else() -> None:
    report = Report(verdict=Verdict.HOLD, target=None, ladder=("dev",), run=Run(id="1", started="now"), root=Path("/"))
    assert (report.policy, report.components, report.notes) == (EnforcedPolicy(), (), ())
    assert (report.only_gates, report.affected) == ((), None)


def test_a_change_of_the_whole_policy_names_no_component_and_no_stage() -> None:
    change = PolicyChange(setting="ladder", new="a", old="b", new_source="here", old_source="there")
    assert (change.components, change.stages) == ((), ())


def test_two_results_that_took_different_times_are_equal() -> None:
    assert GateResult(name="a", value=1, duration_s=1.0) == GateResult(name="a", value=1, duration_s=2.0)
    assert GateResult(name="a", value=1) != GateResult(name="a", value=2)


def test_a_result_has_neutral_defaults() -> None:
    result = GateResult(name="a", value=None)
    assert (result.better, result.unit, result.note, result.findings, result.stages) == ("higher", "", "", (), {})
    assert (result.kinds, result.tools, result.scope, result.is_applicable) == ((), {}, "all", True)
    assert result.duration_s == 0


def test_a_run_outside_of_a_repository_has_no_commit() -> None:
    run = Run(id="1", started="now")
    assert (run.commit, run.dirty, run.duration_s, run.command_line) == (None, None, 0, ())
    assert (run.python, run.pytest, run.plugin, run.policy_digest) == ("", "", "", "")
    assert (run.uncommitted, run.audit_head) == ((), "")


def test_the_policy_of_the_working_tree_has_no_ref() -> None:
    policy = EnforcedPolicy()
    assert (policy.digest, policy.ref, policy.commit, policy.loosened) == ("", None, None, ())
