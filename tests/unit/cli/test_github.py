"""`pytest-maturity github`: what it writes for the runner, and that it fails closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.model.report import Report
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import RUN, report

from .test_verify import recent


def show(tmp_path: Path, found: Report, *arguments: str) -> int:
    path = tmp_path / "report.json"
    path.write_text(render(found), "utf-8")
    return cli.main(["github", str(path), *arguments])


@pytest.fixture(autouse=True)
def _runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))


def read(tmp_path: Path, name: str) -> str:
    path = tmp_path / name
    return path.read_text("utf-8") if path.exists() else ""


def test_it_writes_the_summary_and_the_outputs_after_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "output").write_text("before=1\n")
    assert show(tmp_path, report(1, run=recent(), failed=1)) == 0
    outputs = read(tmp_path, "output").splitlines()
    assert outputs == ["before=1", "verdict=HOLD", "reached=", f"report={tmp_path / 'report.json'}"]
    assert read(tmp_path, "summary").startswith("## ✗ HOLD: one component is not ready for its target\n")
    assert capsys.readouterr().out.startswith("::error title=maturity%3A part1::pass_rate: ")


def test_a_report_that_cannot_be_trusted_is_inconclusive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path, report(1, run=RUN)) == 3
    assert read(tmp_path, "output").splitlines()[0] == "verdict=INCONCLUSIVE"
    assert read(tmp_path, "summary") == ""
    found = capsys.readouterr()
    assert (found.out, "before the limit" in found.err) == ("", True)


def test_a_component_can_be_chosen(tmp_path: Path) -> None:
    both = report(1, 1, run=recent(), failed=1)
    assert show(tmp_path, both, "--component", "part1") == 0
    assert read(tmp_path, "output").splitlines()[:2] == ["verdict=PROMOTE", "reached=dev"]


@pytest.mark.parametrize("variable", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_outside_of_github_actions_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str
) -> None:
    monkeypatch.delenv(variable)
    assert show(tmp_path, report(1, run=recent())) == 4
    assert f"{variable} is not set: this verb is for a step of GitHub Actions" in capsys.readouterr().err


def test_a_file_of_the_runner_that_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "summary").mkdir()
    assert show(tmp_path, report(1, run=recent())) == 4
    assert "summary cannot be written: " in capsys.readouterr().err
