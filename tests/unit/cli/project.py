"""A project in the working directory, with reports of its runs, for the verbs that work on records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from pytest_maturity import cli
from pytest_maturity.config.settings import load_config
from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import coverage, pass_rate
from pytest_maturity.model.digests import file_digest
from pytest_maturity.model.evidence import Component, Coverage, Evidence, FileCoverage, Gap, Outcomes
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.model.report import EnforcedPolicy, Report, Run
from pytest_maturity.records.sqlite import SqliteStore
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import COMMIT

GATES = {"pass_rate": pass_rate.GATE, "coverage": coverage.GATE}
LADDER = {"dev": 50, "staging": 70, "production": 90}


@dataclass
class RecordedProject:
    """A project at `root`, the working directory."""

    root: Path
    runs: int = 0

    def configure(self, records: str) -> None:
        """Writes the table of the records."""
        (self.root / "pyproject.toml").write_text(f"[tool.maturity.records]\n{records}", "utf-8")

    @property
    def store(self) -> SqliteStore:
        return SqliteStore(self.root / ".maturity/records.db")

    def write_report(
        self,
        percent: int,
        target: str = "staging",
        gaps: tuple[Gap, ...] = (),
        ref: str | None = None,
        sources: tuple[Path, ...] = (),
        **run: Any,
    ) -> Path:
        """Writes the report of a new run of the component `shop`, with this coverage; returns its path."""
        self.runs += 1
        source = self.root / "src/shop.py"
        source.parent.mkdir(exist_ok=True)
        source.touch()
        requirements = {
            stage: [
                Requirement(gate="pass_rate", threshold=Fraction(100), source="here"),
                Requirement(gate="coverage", threshold=Fraction(least), source="here"),
            ]
            for stage, least in LADDER.items()
        }
        evidence = Evidence(
            component=Component(name="shop", sources=sources, files=(), found_by="src"),
            outcomes=Outcomes(passed=3),
            coverage=Coverage(files=(FileCoverage(path="src/shop.py", statements=100, covered_lines=percent),)),
            digests={"src/shop.py": file_digest(source)},
            gaps=gaps,
        )
        judgement = judge(evidence, GATES, requirements, target, Context(root=self.root))
        started = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        identity = Run(id=f"{self.runs:032x}", started=started, commit=COMMIT, dirty=False)
        found = Report(
            verdict=judgement.verdict,
            target=target,
            ladder=tuple(LADDER),
            run=replace(identity, **run),
            root=self.root,
            policy=EnforcedPolicy(digest=load_config(self.root).digest_without_target, ref=ref),
            components=(judgement,),
        )
        path = self.root / f"report{self.runs}.json"
        path.write_text(render(found), "utf-8")
        return path

    def record(self, percent: int, target: str = "staging", *arguments: str, **run: Any) -> int:
        """Records a new run of the component; returns the exit code."""
        return cli.main(["record", str(self.write_report(percent, target, **run)), *arguments])

    def decisions(self) -> list[tuple[str, str | None]]:
        """Returns the kind and the stage of each decision."""
        return [(entry.decision.kind, entry.decision.stage) for entry in self.store.list_entries()]
