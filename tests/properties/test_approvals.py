"""An approval makes no other requirement better, and taking one away never promotes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_maturity.config.settings import ApprovalSettings, Config, load_config
from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import approvals, coverage, pass_rate
from pytest_maturity.model.approvals import Subject
from pytest_maturity.model.evidence import Component, Coverage, Evidence, FileCoverage, Outcomes
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.model.history import Decision
from pytest_maturity.model.report import Judgement, Verdict
from pytest_maturity.model.standing import Standing
from pytest_maturity.records.approvals import ApprovalLedger
from pytest_maturity.records.audit import Entry, make_entry
from pytest_maturity.records.history import History
from pytest_maturity.tools.repository import identify_repository
from tests.unit.repository import make_repository

LADDER = ("dev", "staging", "production")
GATES = {"pass_rate": pass_rate.GATE, "coverage": coverage.GATE, "approvals": approvals.make_gate(LADDER)}
DIGEST = "d" * 64
ROLES = ("qa", "ops")
NOW = datetime.now(timezone.utc)


def time_of(days: int) -> str:
    return (NOW + timedelta(days=days)).isoformat(timespec="milliseconds")


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A repository of bob's."""
    with tempfile.TemporaryDirectory() as folder:
        repository = make_repository(Path(folder) / "project")
        repository.commit("src/shop.py", "1", author="bob")
        yield repository.path


DECISIONS = st.lists(
    st.builds(
        Decision,
        kind=st.sampled_from(["approval", "approval", "approval", "attestation", "promotion", "demotion"]),
        component=st.sampled_from(["shop", "shop", "Shop", "cart"]),
        stage=st.sampled_from([*LADDER, "production", "staging", None]),
        time=st.integers(-30, -1).map(time_of),
        actor=st.sampled_from(["ann", "bob", "cleo", "dan", "Ann", ""]),
        role=st.sampled_from(["qa", "ops", "", "dev"]),
        identity=st.sampled_from(["claimed", "ci", "signed"]),
        expires=st.one_of(st.just(""), st.integers(-5, 9).map(time_of)),
        digest=st.sampled_from([DIGEST, DIGEST, DIGEST, "e" * 64]),
        project=st.sampled_from(["here", "here", "here", "elsewhere"]),
    ),
    max_size=8,
)


def judge_with(root: Path, decisions: Sequence[Decision], config: Config, roles: tuple[str, ...]) -> Judgement:
    """Returns the judgement of a component whose tests pass, with a coverage that is enough for staging only."""
    project = identify_repository(root)
    entries: list[Entry] = []
    for one in decisions:
        here = replace(one, project=project if one.project == "here" else "0" * 40 + ":")
        entries.append(make_entry(here, entries[-1] if entries else None))
    ledger = ApprovalLedger(root, config, History(entries=tuple(entries)), None, ["shop"])
    subject = Subject(component="shop", digest=DIGEST, paths=("src/shop.py",))
    standing = Standing(
        ladder=LADDER,
        approvals={stage: ledger.count(subject, stage, len(roles) or 1, roles) for stage in LADDER[1:]},
    )
    requirements = {
        stage: [
            Requirement(gate="pass_rate", threshold=Fraction(100), source="here"),
            Requirement(gate="coverage", threshold=Fraction(least), source="here"),
            *(
                [
                    Requirement(
                        gate="approvals", line=stage, threshold=Fraction(len(roles) or 1), source="here", roles=roles
                    )
                ]
                if stage != "dev"
                else []
            ),
        ]
        for stage, least in (("dev", 50), ("staging", 70), ("production", 60))
    }
    evidence = Evidence(
        component=Component(name="shop", sources=(), files=(), found_by="src"),
        outcomes=Outcomes(passed=3),
        coverage=Coverage(files=(FileCoverage(path="src/shop.py", statements=100, covered_lines=75),)),
        standing=standing,
    )
    return judge(evidence, GATES, requirements, "production", Context(root=root))


def statuses(judgement: Judgement) -> dict[tuple[str, str], str]:
    """Returns the status of every requirement but approvals, by gate and stage."""
    return {
        (result.name, stage): one.status.value
        for result in judgement.results
        if not result.name.startswith("approvals")
        for stage, one in result.stages.items()
    }


def height(judgement: Judgement) -> int:
    return -1 if judgement.reached is None else LADDER.index(judgement.reached)


@settings(max_examples=60, deadline=None)
@given(decisions=DECISIONS, number=st.integers(0, 7), roles=st.sampled_from([(), ("qa",), ROLES]),
       identity=st.sampled_from(["claimed", "ci"]), automatic=st.sampled_from([(), ("unchanged",)]))  # fmt: skip
def test_taking_an_approval_away_promotes_nothing_and_changes_nothing_else(
    root: Path,
    decisions: list[Decision],
    number: int,
    roles: tuple[str, ...],
    identity: str,
    automatic: tuple[str, ...],
) -> None:
    chosen = ApprovalSettings(identity=identity, automatic=automatic)  # type: ignore[arg-type]
    config = replace(load_config(root), approvals=chosen)
    given_ones = [place for place, one in enumerate(decisions) if one.kind == "approval"]
    if not given_ones:
        return
    gone = given_ones[number % len(given_ones)]
    fewer = [one for place, one in enumerate(decisions) if place != gone]
    with_it, without = (judge_with(root, some, config, roles) for some in (decisions, fewer))
    assert statuses(with_it) == statuses(without)
    assert height(without) <= height(with_it)
    if without.verdict is Verdict.PROMOTE:
        assert with_it.verdict is Verdict.PROMOTE
