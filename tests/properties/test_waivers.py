"""Statements about all waivers: another one makes no other requirement better, and removing one never promotes."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_maturity.evidence.assess import judge
from pytest_maturity.evidence.waivers import WaiverIndex
from pytest_maturity.model.evidence import Component, Evidence, Finding, Gap
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement, Status
from pytest_maturity.model.report import Judgement, Report, Run, Verdict
from pytest_maturity.model.waivers import Waiver
from pytest_maturity.reports import verify
from pytest_maturity.reports.json import render
from tests.unit.model.waivers import make_waiver

SOME = settings(max_examples=200, deadline=None)
STAGES = ("dev", "top")
BETTER = {Verdict.INCONCLUSIVE: 0, Verdict.HOLD: 0, Verdict.PROMOTE: 1}
MET = (Status.PASSED, Status.WAIVED)
CONTEXT = Context(root=Path("/project"))

rules = st.sampled_from(["A1", "A2", "B1"])
paths = st.sampled_from(["a.py", "src/a.py", "src/shop/a.py"])
lines = st.integers(1, 2)
findings = st.builds(Finding, path=paths, message=st.just("m"), line=lines, rule=rules)


@st.composite
def waivers(draw: st.DrawFn, number: int = 0) -> Waiver:
    scope: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {
                "gate": st.sampled_from(["", "lint", "types", "coverage", "security", "security.high"]),
                "rule": st.sampled_from(["", "A1", "A*", "*"]),
                "path": st.sampled_from(["", "src", "src/*/a.py", "**"]),
                "line": st.none() | lines,
                "component": st.sampled_from(["*", "shop", "sh*", "other"]),
                "stages": st.sampled_from([(), ("dev",), ("top",)]),
            }
        )
    )
    if not scope["gate"] and not scope["rule"]:
        scope["rule"] = "*"
    return make_waiver(number, **scope)


@st.composite
def projects(draw: st.DrawFn) -> tuple[Evidence, dict[str, Gate], dict[str, list[Requirement]]]:
    """Returns evidence, with gates and requirements: two that count findings, one with lines, one that does not."""
    gates: dict[str, Gate] = {}
    for name in ("lint", "types"):
        found = draw(st.lists(findings, max_size=4))
        value = draw(st.sampled_from([len(found), len(found), None, len(found) + 1]))
        gates[name] = make_gate(name, Measurement(value, findings=found), counts_findings=True)
    found = [
        replace(one, severity=draw(st.sampled_from(["high", "low"]))) for one in draw(st.lists(findings, max_size=4))
    ]
    count = {line: sum(one.severity == line for one in found) for line in ("high", "low")}
    measured = Measurement(len(found), findings=found, breakdown=count)
    gates["security"] = make_gate("security", measured, counts_findings=True, lines=("high", "low"))
    covered = Measurement(draw(st.none() | st.integers(0, 100)))
    gates["coverage"] = make_gate("coverage", covered, better="higher", improves_with_tests=True)
    required = [draw(requirement(name)) for name in ("lint", "types", "security.high", "security.low")]
    required.append(Requirement(gate="coverage", threshold=Fraction(50), source="here"))
    above = [replace(one, threshold=one.threshold / 2) if one.gate != "coverage" else one for one in required]
    gaps = draw(st.lists(st.builds(Gap, cause=st.just("partial"), message=st.just("-k")), max_size=1))
    component = Component(name="shop", sources=(), files=(), found_by="src")
    return Evidence(component=component, gaps=tuple(gaps)), gates, {"dev": required, "top": above}


def make_gate(name: str, measurement: Measurement, better: Any = "lower", **more: Any) -> Gate:
    return Gate(name, lambda *_: measurement, better=better, **more)


@st.composite
def requirement(draw: st.DrawFn, name: str) -> Requirement:
    gate, _, line = name.partition(".")
    mode: Any = draw(st.sampled_from(["block", "warn"]))
    return Requirement(gate=gate, line=line, threshold=Fraction(draw(st.integers(0, 2))), source="here", mode=mode)


def judged(project: Any, given_waivers: list[Waiver]) -> Judgement:
    evidence, gates, required = project
    return judge(evidence, gates, required, "top", CONTEXT, waivers=given_waivers)


def is_about(waiver: Waiver, name: str, stage: str) -> bool:
    return waiver.is_for_gate(name) and waiver.is_for_stage(stage) and waiver.is_for_component("shop")


@SOME
@given(project=projects(), others=st.lists(waivers(), max_size=3), added=waivers(number=9))
def test_a_waiver_changes_nothing_but_what_it_is_about(project: Any, others: list[Waiver], added: Waiver) -> None:
    before, after = judged(project, others), judged(project, [*others, added])
    for old, new in zip(before.results, after.results, strict=True):
        assert (old.name, old.value, old.findings) == (new.name, new.value, new.findings)
        for stage in STAGES:
            was, now = old.stages[stage].status, new.stages[stage].status
            if not is_about(added, old.name, stage):
                assert old.stages[stage] == new.stages[stage]
            assert was is now or (was, now) == (Status.FAILED, Status.WAIVED)


@SOME
@given(project=projects(), found=st.lists(waivers(), max_size=4), number=st.integers(0, 3))
def test_removing_a_waiver_never_promotes(project: Any, found: list[Waiver], number: int) -> None:
    fewer = [one for place, one in enumerate(found) if place != number]
    before, after = judged(project, found), judged(project, fewer)
    assert BETTER[after.verdict] <= BETTER[before.verdict]
    assert STAGES.index(after.reached) <= STAGES.index(before.reached or "") if after.reached else True


@SOME
@given(project=projects(), found=st.lists(waivers(), max_size=4))
def test_what_is_waived_says_by_which_waiver_and_is_never_passed(project: Any, found: list[Waiver]) -> None:
    before, after = judged(project, []), judged(project, found)
    for old, new in zip(before.results, after.results, strict=True):
        for stage in STAGES:
            was, now = old.stages[stage], new.stages[stage]
            assert (now.status is Status.PASSED) == (was.status is Status.PASSED)
            assert now.status is not Status.WAIVED or now.waived
            assert all(is_about(one.waiver, new.name, stage) for one in now.waived)
            excused = [each for one in now.waived for each in one.findings]
            assert len(excused) <= len(new.findings)


@SOME
@given(project=projects(), found=st.lists(waivers(), max_size=4))
def test_a_report_with_waivers_agrees_with_itself(project: Any, found: list[Waiver]) -> None:
    judgement = judged(project, found)
    report = Report(
        verdict=judgement.verdict, target="top", ladder=STAGES, run=Run(id="1", started="2027-01-01T00:00:00+00:00"),
        root=CONTEXT.root, components=(judgement,),
    )  # fmt: skip
    assert verify.check_report(json.loads(render(report))) == []


@SOME
@given(some=st.lists(findings, max_size=6), found=st.lists(waivers(), max_size=6), stage=st.sampled_from(STAGES))
def test_the_index_finds_the_narrowest_waiver(some: list[Finding], found: list[Waiver], stage: str) -> None:
    ordered = sorted((one for one in found if one.is_of_findings), key=lambda one: one.narrowness, reverse=True)
    expected = []
    for finding in some:
        of_place = [one for one in ordered if one.is_for_place(finding) and one.is_for_text(finding)]
        fitting = [one for one in of_place if one.is_for_gate("lint") and one.is_for_stage(stage)]
        expected += [(one, finding) for one in fitting[:1]]
    assert list(WaiverIndex(found).find_for_findings("lint", some, stage)) == expected
