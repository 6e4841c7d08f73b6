"""A report that is read back: whole, consistent with itself, and of what is asked for; else it is not trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates import pass_rate
from pytest_maturity.model.digests import compute_seal
from pytest_maturity.model.errors import MaturityError
from pytest_maturity.model.evidence import Component, Evidence, Gap, Outcomes
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.model.report import Report, Run, Verdict, worst_verdict
from pytest_maturity.reports import verify
from pytest_maturity.reports.json import render

ROOT = Path("/project")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)
RUN = Run(id="a" * 32, started="2026-01-02T11:00:00.000+00:00", commit=COMMIT, dirty=False)


def report(*passed: int, run: Run = RUN, failed: int = 0, gaps: tuple[Gap, ...] = ()) -> Report:
    """A report on one component for each number of passed tests; those that failed are of the last."""
    asked = {"dev": [Requirement(gate="pass_rate", threshold=Fraction(100), source="here")]}
    judgements = tuple(
        judge(
            Evidence(
                component=Component(name=f"part{number}", sources=(), files=(), found_by="src"),
                outcomes=Outcomes(passed=count, failed=failed * (number == len(passed))),
                gaps=gaps,
            ),
            {"pass_rate": pass_rate.GATE},
            asked,
            "dev",
            Context(root=ROOT),
        )
        for number, count in enumerate(passed, 1)
    )
    verdict = worst_verdict(one.verdict for one in judgements)
    return Report(verdict=verdict, target="dev", ladder=("dev",), run=run, root=ROOT, components=judgements)


def document(found: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render(found))
    return told


def resealed(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "seal": compute_seal(told)}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (report(1), "PROMOTE"),
        (report(1, failed=1), "HOLD"),
        (report(0), "INCONCLUSIVE"),
        (report(1, gaps=(Gap(cause="partial", message="-k"),)), "INCONCLUSIVE"),
        (report(1, 1, 0), "INCONCLUSIVE"),
        (report(1, 1, failed=1), "HOLD"),
        (replace(report(), verdict=Verdict.INCOMPLETE), "INCOMPLETE"),
    ],
)
def test_what_a_run_writes_has_no_flaw_and_is_read_back_with_its_verdict(found: Report, verdict: str) -> None:
    told = document(found)
    assert verify.flaws(told) == []
    assert told["verdict"] == verdict
    follows = [verify.verdict(one, "dev").value for one in told["components"]]
    assert follows == [one["verdict"] for one in told["components"]]


def test_a_word_that_was_changed_breaks_the_seal() -> None:
    told = document(report(1, failed=1))
    told["verdict"] = "PROMOTE"
    assert verify.flaws(told) == ["the seal does not fit: the report was changed after it was written"]


def test_a_report_without_a_seal_or_of_another_schema_is_refused_with_the_place() -> None:
    told = document(report(1))
    del told["seal"]
    assert verify.flaws(told) == ["report: the key 'seal' is missing"]
    assert verify.flaws(resealed({**told, "schema": 2})) == ["report.schema: must be 1, not 2"]
    assert verify.flaws({}) != []


def test_a_verdict_that_does_not_follow_is_told_even_where_the_seal_fits() -> None:
    told = document(report(1, 1, failed=1))
    told["components"][1]["verdict"] = told["verdict"] = "PROMOTE"
    assert verify.flaws(resealed(told)) == ["part2: PROMOTE does not follow from its gates: HOLD"]
    told = document(report(1, 1, failed=1))
    assert verify.flaws(resealed({**told, "verdict": "PROMOTE"})) == [
        "PROMOTE does not follow from the components: HOLD"
    ]
    nothing = document(replace(report(), verdict=Verdict.PROMOTE))
    assert verify.flaws(nothing) == ["PROMOTE does not follow from the components: INCONCLUSIVE"]


def test_a_promotion_that_was_taken_back_is_no_contradiction() -> None:
    assert verify.flaws(document(replace(report(1), verdict=Verdict.INCONCLUSIVE))) == []


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"run_id": "b" * 32}, f"it is of the run {'a' * 32}, not of {'b' * 32}"),
        ({"target": "staging"}, "it was judged for dev, not for staging"),
        ({"commit": "f" * 40}, f"it is of the commit {COMMIT}, not of {'f' * 40}"),
        ({"commit": "012345"}, f"it is of the commit {COMMIT}, not of 012345"),
        ({"oldest": NOW}, "its run began at 2026-01-02T11:00:00.000+00:00, 1.0 hours too early"),
        ({"judging": ["part3"]}, "it says nothing about 'part3' (did you mean 'part2'?)"),
    ],
)
def test_a_report_of_something_else_does_not_count(asked: dict[str, Any], problem: str) -> None:
    assert verify.mismatches(document(report(1, 1)), **asked) == [problem]


def test_a_report_of_what_is_asked_for_counts() -> None:
    asked: dict[str, Any] = {
        "run_id": "a" * 32, "target": "dev", "commit": COMMIT[:7].upper(), "oldest": NOW - timedelta(hours=2),
        "judging": ["part1", "part2"],
    }  # fmt: skip
    assert verify.mismatches(document(report(1, 1)), **asked) == []


@pytest.mark.parametrize("dirty", [True, None])
def test_a_tree_that_differed_is_not_its_commit(dirty: bool | None) -> None:
    told = document(report(1, run=replace(RUN, dirty=dirty)))
    assert verify.mismatches(told, commit=COMMIT) == ["the tree that it is of differed from its commit"]
    assert verify.mismatches(told) == []


def test_a_report_outside_of_git_is_of_no_commit() -> None:
    told = document(report(1, run=replace(RUN, commit=None, dirty=None)))
    assert verify.mismatches(told, commit="0123456") == ["it is of the commit unknown, not of 0123456"]


@pytest.mark.parametrize("started", ["yesterday", "2026-01-02T11:00:00"])
def test_a_time_that_cannot_be_compared_is_told(started: str) -> None:
    told = document(report(1, run=replace(RUN, started=started)))
    assert verify.mismatches(told, oldest=NOW) == [f"it does not say when its run began: '{started}'"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is not JSON"),
        (b'{"schema": 1', "is not JSON"),
        (b"\xff", "is not JSON"),
        (b'{"schema": NaN}', "is not JSON: NaN is no number of JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a report"),
    ],
)
def test_what_is_no_report_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(MaturityError) as raised:
        verify.read(path)
    assert str(raised.value).startswith(problem)


# ── the command ──────────────────────────────────────────────────────────────


def run_verify(tmp_path: Path, found: Report, *arguments: str) -> int:
    path = tmp_path / "report.json"
    path.write_text(render(found), "utf-8")
    return cli.main(["verify", str(path), *arguments])


def now(**more: Any) -> Run:
    return replace(RUN, started=datetime.now(timezone.utc).isoformat(timespec="milliseconds"), **more)


def test_only_a_recent_promotion_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_verify(tmp_path, report(1, run=now())) == 0
    assert capsys.readouterr().out == f"PROMOTE  {tmp_path / 'report.json'}: part1 PROMOTE for dev\n"
    assert run_verify(tmp_path, report(1, run=now(), failed=1)) == 1
    assert run_verify(tmp_path, report(0, run=now())) == 3
    assert run_verify(tmp_path, report(1, run=RUN)) == 3
    assert "too early" in capsys.readouterr().err
    assert run_verify(tmp_path, report(1, run=RUN), "--max-age", "800000") == 0


def test_the_component_that_is_asked_for_counts(tmp_path: Path) -> None:
    mixed = report(1, 1, run=now(), failed=1)
    assert run_verify(tmp_path, mixed) == 1
    assert run_verify(tmp_path, mixed, "--component", "part1") == 0
    assert run_verify(tmp_path, mixed, "--component", "part1", "--component", "part2") == 1
    assert run_verify(tmp_path, mixed, "--component", "part3") == 3


def test_everything_that_does_not_fit_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_verify(tmp_path, report(1, run=now()), "--target", "x", "--commit", "f" * 40, "--run-id", "b") == 3
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_report_that_is_not_there_is_not_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(tmp_path / "none.json")]) == 3
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify"],
        ["verify", "x", "--nope"],
        ["verify", "x", "--max-age", "-1"],
        ["verify", "x", "--max-age", "nan"],
        ["verify", "x", "--max-age", "1e9"],
    ],
)
def test_wrong_usage_is_four_as_in_pytest(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 4
    assert "ERROR: " in capsys.readouterr().err
