"""Reports of small runs, for the tests of everything that reads or writes one."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import pass_rate
from pytest_maturity.model.digests import compute_seal
from pytest_maturity.model.evidence import Component, Evidence, Gap, Outcomes
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.model.report import Report, Run, worst_verdict
from pytest_maturity.reports.json import render

ROOT = Path("/project")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)
RUN = Run(id="a" * 32, started="2026-01-02T11:00:00.000+00:00", commit=COMMIT, dirty=False)


def report(*passed: int, run: Run = RUN, failed: int = 0, gaps: tuple[Gap, ...] = ()) -> Report:
    """Returns a report with a component for each number of passed tests; the failed ones are of the last component."""
    requirements = {"dev": [Requirement(gate="pass_rate", threshold=Fraction(100), source="here")]}
    judgements = tuple(
        judge(
            Evidence(
                component=Component(name=f"part{number}", sources=(), files=(), found_by="src"),
                outcomes=Outcomes(passed=count, failed=failed * (number == len(passed))),
                gaps=gaps,
            ),
            {"pass_rate": pass_rate.GATE},
            requirements,
            "dev",
            Context(root=ROOT),
        )
        for number, count in enumerate(passed, 1)
    )
    verdict = worst_verdict(one.verdict for one in judgements)
    return Report(verdict=verdict, target="dev", ladder=("dev",), run=run, root=ROOT, components=judgements)


def document_of(found: Report) -> dict[str, Any]:
    """Returns a report as it is read back from its file."""
    document: dict[str, Any] = json.loads(render(found))
    return document


def resealed(document: dict[str, Any]) -> dict[str, Any]:
    """Returns a document with a seal that matches its content, whatever was changed in it."""
    return {**document, "seal": compute_seal(document)}
