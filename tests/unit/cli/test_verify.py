"""`pytest-maturity verify`: its exit code and its messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.model.report import Report, Run, Verdict
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import RUN, report


def verify(tmp_path: Path, found: Report, *arguments: str) -> int:
    path = tmp_path / "report.json"
    path.write_text(render(found), "utf-8")
    return cli.main(["verify", str(path), *arguments])


def recent(**changed: Any) -> Run:
    return replace(RUN, started=datetime.now(timezone.utc).isoformat(timespec="milliseconds"), **changed)


def test_only_a_recent_promotion_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, report(1, run=recent())) == 0
    assert capsys.readouterr().out == f"PROMOTE  {tmp_path / 'report.json'}: part1 PROMOTE for dev\n"
    assert verify(tmp_path, report(1, run=recent(), failed=1)) == 1
    assert verify(tmp_path, report(0, run=recent())) == 3
    assert verify(tmp_path, report(1, run=RUN)) == 3
    assert "before the limit (--max-age)" in capsys.readouterr().err
    assert verify(tmp_path, report(1, run=RUN), "--max-age", "800000") == 0


def test_a_report_without_a_verdict_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = replace(
        report(0, run=recent()), verdict=Verdict.INCOMPLETE, components=(), notes=("the run has not finished",)
    )
    assert verify(tmp_path, found) == 3
    assert capsys.readouterr().out == (
        f"INCOMPLETE  {tmp_path / 'report.json'}: no component was judged: the run has not finished\n"
    )


def test_the_verdict_of_the_named_components_counts(tmp_path: Path) -> None:
    mixed = report(1, 1, run=recent(), failed=1)
    assert verify(tmp_path, mixed) == 1
    assert verify(tmp_path, mixed, "--component", "part1") == 0
    assert verify(tmp_path, mixed, "--component", "part1", "--component", "part2") == 1
    assert verify(tmp_path, mixed, "--component", "part3") == 3


def test_every_mismatch_is_printed_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, report(1, run=recent()), "--target", "x", "--commit", "f" * 40, "--run-id", "b") == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"INCONCLUSIVE  {tmp_path / 'report.json'}: ") for line in lines)


def test_a_report_that_does_not_exist_is_not_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(tmp_path / "none.json")]) == 3
    assert "No such file" in capsys.readouterr().err


def test_a_file_without_a_report_is_not_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.json").write_text("[]")
    assert cli.main(["verify", str(tmp_path / "report.json")]) == 3
    assert capsys.readouterr().err == f"INCONCLUSIVE  {tmp_path / 'report.json'}: is not a report\n"


@pytest.mark.parametrize("age", ["-1", "0", "nan", "1e9", "soon"])
def test_an_age_that_is_no_time_is_wrong_usage(age: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["verify", "report.json", "--max-age", age])
    assert raised.value.code == 4
    assert "ERROR: argument --max-age: invalid hours value: " in capsys.readouterr().err
