"""The findings and requirements that waivers excuse: only what failed, and the narrowest waiver first."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.evidence.assess import judge
from pytest_maturity.evidence.waivers import WaiverIndex
from pytest_maturity.model.baseline import NO_BASELINES, Baseline, BaselineNumber, Baselines
from pytest_maturity.model.evidence import Component, Evidence, Finding, Gap
from pytest_maturity.model.gates import Context, Gate, Judged, Measurement, Number, Remedy, Requirement, Status
from pytest_maturity.model.report import Judgement, Verdict
from pytest_maturity.model.waivers import Waiver
from tests.unit.model.waivers import make_waiver

UNUSED = Finding(path="src/a.py", message="unused", line=1, rule="F401")
OTHER = Finding(path="src/b.py", message="undefined", line=2, rule="F821", severity="high")
COVERED = Gate("coverage", lambda *_: Measurement(40), better="higher")
GAP = Gap(cause="partial", message="-k")


def lint(*findings: Finding, value: Number | None = None, **more: Any) -> Gate:
    found = Measurement(len(findings) if value is None else value, findings=findings)
    return Gate("lint", lambda *_: found, better="lower", **{"counts_findings": True, **more})


def require(name: str, threshold: int = 0, **more: Any) -> Requirement:
    head, _, line = name.partition(".")
    return Requirement(gate=head, line=line, threshold=Fraction(threshold), source="here", **more)


def judged(
    gate: Gate, *waivers: Waiver, threshold: int = 0, component: str = "shop", gaps: tuple[Gap, ...] = (),
    baselines: Baselines = NO_BASELINES, **more: Any,
) -> Judgement:  # fmt: skip
    """Returns the judgement of one gate, which `dev` requires."""
    evidence = Evidence(component=Component(name=component, sources=(), files=(), found_by="src"), gaps=gaps)
    required = {"dev": [require(gate.name, threshold, **more)]}
    context = Context(root=Path("/project"))
    return judge(evidence, {gate.name: gate}, required, "dev", context, {}, baselines, waivers)


def only(judgement: Judgement) -> Judged:
    return judgement.results[0].stages["dev"]


def excused(judgement: Judgement) -> dict[str, list[str]]:
    """Returns the rules of the findings that each waiver excuses, by the last character of its place but one."""
    return {one.waiver.source[-2]: [each.rule for each in one.findings] for one in only(judgement).waived}


def test_a_waived_finding_is_waived_and_never_passed() -> None:
    found = judged(lint(UNUSED), make_waiver(rule="F401"))
    assert (found.verdict, only(found).status, found.reached) == (Verdict.PROMOTE, Status.WAIVED, "dev")
    assert excused(found) == {"0": ["F401"]}
    assert found.results[0].value == 1  # the number stays what it was


def test_without_a_waiver_it_fails() -> None:
    assert (judged(lint(UNUSED)).verdict, only(judged(lint(UNUSED))).waived) == (Verdict.HOLD, ())


def test_too_few_waived_findings_do_not_meet_the_requirement_and_the_others_are_to_be_mended() -> None:
    def count_left(_: Evidence, measurement: Measurement, __: Requirement) -> Remedy:
        return Remedy(f"mend {', '.join(one.rule for one in measurement.findings)}")

    found = judged(lint(UNUSED, OTHER, remedy=count_left), make_waiver(rule="F401"))
    assert (found.verdict, only(found).status) == (Verdict.HOLD, Status.FAILED)
    assert only(found).remedy == Remedy("mend F821")
    assert excused(found) == {"0": ["F401"]}
    found = judged(lint(UNUSED, OTHER), make_waiver(rule="F401"), threshold=1)
    assert (only(found).status, found.verdict) == (Status.WAIVED, Verdict.PROMOTE)


def test_nothing_is_waived_of_what_passes_without_a_waiver() -> None:
    found = judged(lint(UNUSED, OTHER), make_waiver(), make_waiver(1, rule="F401"), threshold=2)
    assert (only(found).status, only(found).waived) == (Status.PASSED, ())


def test_a_whole_requirement_is_waived() -> None:
    found = judged(COVERED, make_waiver(gate="coverage"), threshold=50)
    assert (found.verdict, only(found).status, excused(found)) == (Verdict.PROMOTE, Status.WAIVED, {"0": []})
    found = judged(lint(UNUSED, OTHER), make_waiver(0), make_waiver(1, rule="F401"))
    assert (only(found).status, excused(found)) == (Status.WAIVED, {"1": ["F401"], "0": []})


@pytest.mark.parametrize(
    "waiver",
    [
        make_waiver(gate="types"),
        make_waiver(rule="F402"),
        make_waiver(path="src/b.py"),
        make_waiver(rule="F401", line=2),
        make_waiver(rule="F401", message="other"),
        make_waiver(component="other"),
        make_waiver(stages=("top",)),
        make_waiver(gate="lint.high"),
    ],
)
def test_a_waiver_of_something_else_excuses_nothing(waiver: Waiver) -> None:
    found = judged(lint(UNUSED), waiver)
    assert (found.verdict, only(found).waived) == (Verdict.HOLD, ())


def test_a_waiver_counts_at_its_stages_alone() -> None:
    evidence = Evidence(component=Component(name="shop", sources=(), files=(), found_by="src"))
    required = {stage: [require("lint")] for stage in ("dev", "top")}
    waivers = (make_waiver(stages=("dev",)),)
    found = judge(evidence, {"lint": lint(UNUSED)}, required, "top", Context(root=Path()), waivers=waivers)
    assert [one.status for one in found.results[0].stages.values()] == [Status.WAIVED, Status.FAILED]
    assert (found.verdict, found.reached) == (Verdict.HOLD, "dev")


def test_the_unknown_and_gaps_are_never_waived() -> None:
    unknown = Gate("lint", lambda *_: Measurement(None, "no ruff"), better="lower", counts_findings=True)
    found = judged(unknown, make_waiver(), make_waiver(1, rule="*"))
    assert (found.verdict, only(found).status, only(found).waived) == (Verdict.INCONCLUSIVE, Status.UNKNOWN, ())
    found = judged(lint(UNUSED), make_waiver(rule="F401"), gaps=(GAP,))
    assert (found.verdict, only(found).status) == (Verdict.INCONCLUSIVE, Status.WAIVED)
    bounded = replace(COVERED, improves_with_tests=True)
    found = judged(bounded, make_waiver(gate="coverage"), threshold=50, gaps=(GAP,))
    assert (only(found).status, only(found).waived) == (Status.UNKNOWN, ())


def test_findings_are_waived_only_where_the_number_is_theirs() -> None:
    assert only(judged(lint(UNUSED, value=2), make_waiver(rule="F401"))).status is Status.FAILED
    assert only(judged(lint(UNUSED, counts_findings=False), make_waiver(rule="F401"))).status is Status.FAILED


def test_a_gate_that_cannot_be_waived_is_not() -> None:
    found = judged(replace(COVERED, can_be_waived=False), make_waiver(gate="coverage"), threshold=50)
    assert (found.verdict, only(found).waived) == (Verdict.HOLD, ())


def test_findings_of_a_line_are_waived_in_the_number_of_that_line() -> None:
    other = replace(OTHER, severity="low")
    measured = Measurement(2, findings=(OTHER, other), breakdown={"high": 1, "low": 1})
    gate = Gate("security", lambda *_: measured, better="lower", lines=("high", "low"), counts_findings=True)
    evidence = Evidence(component=Component(name="shop", sources=(), files=(), found_by="src"))
    required = {"dev": [require("security.high"), require("security.low")]}
    waivers = (make_waiver(gate="security.high", rule="F821"),)
    found = judge(evidence, {"security": gate}, required, "dev", Context(root=Path()), waivers=waivers)
    assert [one.stages["dev"].status for one in found.results] == [Status.WAIVED, Status.FAILED]


def test_a_ratchet_holds_what_is_left() -> None:
    numbers = {"lint": BaselineNumber(value=Fraction(1))}
    baselines = Baselines(committed=Baseline(component="shop", numbers=numbers, source="b.json"))
    third = replace(OTHER, line=9)
    for waivers, status in (((), Status.FAILED), ((make_waiver(rule="F401"), make_waiver(1, line=9)), Status.WAIVED)):
        found = judged(lint(UNUSED, OTHER, third), *waivers, baselines=baselines, ratchet=True)
        assert (only(found).status, only(found).is_held) == (status, False)


# ── the narrowest wins ───────────────────────────────────────────────────────


def test_the_narrowest_waiver_of_a_finding_excuses_it() -> None:
    waivers = [
        make_waiver(0, gate="", rule="*"), make_waiver(1, path="src"), make_waiver(2, path="src/a.py"),
        make_waiver(3, path="src/*"), make_waiver(4, rule="F401", line=1),
    ]  # fmt: skip
    while waivers:
        narrowest = max(waivers, key=lambda one: one.narrowness)
        assert excused(judged(lint(UNUSED), *waivers)) == {narrowest.source[-2]: ["F401"]}
        waivers.remove(narrowest)


def test_the_index_finds_what_comparing_each_with_each_finds() -> None:
    findings = [
        Finding(path=path, message="m", line=line, rule=rule)
        for path in ("a.py", "src/a.py", "src/shop/a.py", "src/shop/deep/b.py", "./src/a.py", "/abs/a.py", "")
        for line in (1, 2)
        for rule in ("F401", "F402", "")
    ]
    scopes = [
        {"path": path, "rule": rule, "line": line}
        for path in ("", "src", "src/shop", "src/*/a.py", "**/a.py", "src/**", "*", "/abs", "src/shop/deep/b.py")
        for rule in ("", "F401", "F4*", "*")
        for line in (None, 2)
    ]
    waivers = [make_waiver(number, **scope) for number, scope in enumerate(scopes)]
    of_findings = sorted((one for one in waivers if one.is_of_findings), key=lambda one: one.narrowness, reverse=True)
    expected = []
    for finding in findings:
        fitting = (one for one in of_findings if one.is_for_place(finding) and one.is_for_text(finding))
        if (first := next(fitting, None)) is not None:
            expected.append((first, finding))
    assert list(WaiverIndex(waivers).find_for_findings("lint", findings, None)) == expected
    assert len(expected) > len(findings) // 2
