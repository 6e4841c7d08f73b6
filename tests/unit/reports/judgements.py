"""Judgements of one small component, for the tests of what a person reads."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from pytest_maturity.model.evidence import Component, Evidence, Gap
from pytest_maturity.model.gates import Better, Judged, Mode, Number, Remedy, Requirement, Status
from pytest_maturity.model.report import GateResult, Judgement, Report, Run, Verdict
from pytest_maturity.model.suppressions import Suppressions

GAP = Gap(cause="partial", message="only a part was run")
NOTHING = Suppressions(unknown=frozenset(), problems=())


def judged(threshold: str, status: Status, remedy: Remedy | None = None, mode: Mode = "block") -> Judged:
    requirement = Requirement(gate="x", threshold=Fraction(threshold), source="here", mode=mode)
    return Judged(requirement=requirement, status=status, remedy=remedy)


def result(name: str, value: Number | None, **more: Any) -> GateResult:
    return GateResult(name=name, value=value, **more)


def failed(
    name: str = "docs", remedy: Remedy | None = None, value: Number = 3, better: Better = "higher", **more: Any
) -> GateResult:
    return result(name, value, better=better, stages={"dev": judged("5", Status.FAILED, remedy)}, **more)


def unknown(name: str = "lint", note: str = "ruff is not installed") -> GateResult:
    return result(name, None, note=note, stages={"dev": judged("0", Status.UNKNOWN)})


def passed(name: str = "ok", value: Number = 9) -> GateResult:
    return result(name, value, stages={"dev": judged("5", Status.PASSED)})


def judgement(*results: GateResult, verdict: Verdict = Verdict.HOLD, name: str = "auth", **more: Any) -> Judgement:
    component = Component(name=name, sources=(), files=(), found_by="src")
    given = {
        "suppressions": NOTHING,
        **{key: more.pop(key) for key in ("gaps", "outcomes", "suppressions") if key in more},
    }
    evidence = Evidence(component=component, **given)
    fields = {"target": "dev", "reached": None, "next_stage": "dev", **more}
    return Judgement(evidence=evidence, verdict=verdict, results=results, **fields)


def report(
    *judgements: Judgement, verdict: Verdict, notes: tuple[str, ...] = (), ladder: tuple[str, ...] = ("dev",)
) -> Report:
    return Report(
        verdict=verdict, target="dev", ladder=ladder, run=Run(id="1", started=""), root=Path("/"), notes=notes,
        components=judgements,
    )  # fmt: skip
