"""`pytest-maturity request`: it prints only what a report that can be trusted says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.model.report import Report
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import RUN, report

from .test_verify import recent


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)


def show(tmp_path: Path, found: Report, *arguments: str) -> int:
    path = tmp_path / "report.json"
    path.write_text(render(found), "utf-8")
    return cli.main(["request", str(path), *arguments])


def test_it_prints_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, report(1, run=recent(), failed=1)) == 0
    assert capsys.readouterr().out.splitlines()[0] == "## Promote `part1` to `dev`"


def test_a_component_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, report(1, 1, run=recent(), failed=1), "--component", "part1") == 0
    found = capsys.readouterr().out
    assert ("PROMOTE" in found, "part2" in found) == (True, False)


def test_nothing_is_printed_of_a_report_that_cannot_be_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(tmp_path, report(1, run=RUN)) == 3
    found = capsys.readouterr()
    assert (found.out, "before the limit" in found.err) == ("", True)
