"""A report that is taken back says INCOMPLETE, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.report import Verdict
from pytest_maturity.reports import files, verify
from pytest_maturity.reports.json import render
from pytest_maturity.reports.revoking import revoke_report
from tests.unit.reports.reports import report


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


@pytest.mark.parametrize("failed", [0, 1])
def test_a_revoked_report_is_valid_and_promotes_nothing(tmp_path: Path, failed: int) -> None:
    path = tmp_path / "report.json"
    path.write_text(render(report(1, failed=failed)), "utf-8")
    revoke_report(path, "it was killed")
    document = read(path)
    assert (document["verdict"], document["components"]) == (Verdict.INCOMPLETE.value, [])
    assert document["notes"] == ["it was killed"]
    assert verify.check_report(document) == []
    revoke_report(path, "again")
    assert read(path)["notes"] == ["it was killed"]  # the first reason stays


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"verdict": "PROMOTE"}'])
def test_a_file_that_is_no_report_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    revoke_report(path, "it was killed")
    revoke_report(tmp_path / "none.json", "it was killed")
    assert [one.read_text() for one in tmp_path.iterdir()] == [text]


def test_a_report_that_cannot_be_replaced_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text(render(report(1)), "utf-8")

    def fail(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(files, "write_file", fail)
    revoke_report(path, "it was killed")
    assert not path.exists()
