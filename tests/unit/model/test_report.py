"""Reports as data: the worst of several verdicts, and what is unmet."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest

from pytest_maturity.model.evidence import Component, Evidence
from pytest_maturity.model.gates import Judged, Mode, Requirement, Status
from pytest_maturity.model.report import EnforcedPolicy, GateResult, Judgement, Run, Verdict, worst_verdict

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
    component = Component(name="auth", sources=(), files=(), found_by="src")
    judgement = Judgement(
        evidence=Evidence(component=component), verdict=Verdict.HOLD, target="dev", reached=None, next_stage="dev",
        results=results,
    )  # fmt: skip
    assert judgement.component is component
    assert [result.name for result in judgement.unmet("dev")] == ["failed", "unknown"]
    assert judgement.unmet("staging") == results[:1]
    assert judgement.unmet("elsewhere") == ()


def test_two_results_that_took_different_times_are_equal() -> None:
    assert GateResult(name="a", value=1, duration_s=1.0) == GateResult(name="a", value=1, duration_s=2.0)
    assert GateResult(name="a", value=1) != GateResult(name="a", value=2)


def test_a_result_has_neutral_defaults() -> None:
    result = GateResult(name="a", value=None)
    assert (result.better, result.unit, result.note, result.findings, result.stages) == ("higher", "", "", (), {})
    assert result.duration_s == 0


def test_a_run_outside_of_a_repository_has_no_commit() -> None:
    run = Run(id="1", started="now")
    assert (run.commit, run.dirty, run.duration_s, run.command_line) == (None, None, 0, ())
    assert (run.python, run.pytest, run.plugin, run.policy_digest) == ("", "", "", "")


def test_the_policy_of_the_working_tree_has_no_ref() -> None:
    policy = EnforcedPolicy()
    assert (policy.digest, policy.ref, policy.commit, policy.loosened) == ("", None, None, ())
