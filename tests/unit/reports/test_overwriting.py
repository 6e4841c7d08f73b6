"""Which files a run may overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.model.errors import MaturityError
from pytest_maturity.reports.json import render
from pytest_maturity.reports.overwriting import is_written_by_gate, prepare_output, refuse_foreign_file
from tests.unit.reports.reports import report


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_report_evidence_and_all_of_the_gates_directory_are_written_by_the_gate(tmp_path: Path) -> None:
    assert is_written_by_gate(write(tmp_path / "report.json", render(report(1))))
    assert is_written_by_gate(write(tmp_path / "evidence.json", '{"evidence": 2, "run": {"id": "a"}}'))
    assert is_written_by_gate(tmp_path / ".maturity" / "anything.html")


@pytest.mark.parametrize("text", ["", "{}", '{"verdict": "PROMOTE", "schema": 1}', '{"evidence": true}', "# Mine\n"])
def test_another_file_is_not_written_by_the_gate(tmp_path: Path, text: str) -> None:
    assert not is_written_by_gate(write(tmp_path / "file", text))


def test_a_missing_file_and_a_directory_are_not_written_by_the_gate(tmp_path: Path) -> None:
    assert not is_written_by_gate(tmp_path / "gone")
    assert not is_written_by_gate(tmp_path)


def test_only_a_file_with_another_content_is_refused(tmp_path: Path) -> None:
    foreign = write(tmp_path / "mine.json", "{}")
    with pytest.raises(MaturityError) as raised:
        refuse_foreign_file("--option", foreign)
    assert str(raised.value) == (
        f"--option: {foreign} exists and was not written by pytest-maturity: "
        "name another PATH (was it forgotten?), or remove it"
    )
    for path in (tmp_path / "gone", tmp_path, write(tmp_path / "empty", "")):
        refuse_foreign_file("--option", path)


def test_preparing_an_output_removes_the_file_of_an_earlier_run(tmp_path: Path) -> None:
    path = write(tmp_path / "report.json", render(report(1)))
    prepare_output("--option", path)
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_an_error_with_the_option(tmp_path: Path) -> None:
    with pytest.raises(MaturityError, match=r"^--option: .* cannot be written: Is a directory$"):
        prepare_output("--option", tmp_path)
