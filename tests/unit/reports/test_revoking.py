"""A report that is taken back says INCOMPLETE, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.report import Verdict
from pytest_maturity.reports import files, verify
from pytest_maturity.reports.json import render
from pytest_maturity.reports.revoking import find_earlier_reports, revoke_report, revoke_reports
from tests.unit.reports.reports import document_of, report, resealed


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


def write_report(root: Path, name: str, *sources: str) -> Path:
    """Writes the report of a component in the default directory."""
    document = document_of(report(1))
    document["components"][0] |= {"name": name, "sources": list(sources)}
    path = root / ".maturity" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(resealed(document)), "utf-8")
    return path


def find(root: Path, *names: str, sources: list[list[str]] | None = None) -> list[str]:
    return [path.stem for path in find_earlier_reports(root, names, sources)]


def test_a_report_on_the_same_sources_is_one_on_the_same_component(tmp_path: Path) -> None:
    for name, source in {"core": "src/pay/core.py", "pay": "src/pay", "pay.core": "src/pay/core.py"}.items():
        write_report(tmp_path, name, source)
    assert find(tmp_path, "core", sources=[["src/pay/core.py"]]) == ["core", "pay.core"]
    assert find(tmp_path, "Pay", sources=[["src/pay"]]) == ["pay"]
    assert sorted(find(tmp_path, "all", sources=[])) == ["core", "pay", "pay.core"]


def test_without_the_sources_a_name_counts_that_ends_their_path(tmp_path: Path) -> None:
    write_report(tmp_path, "core", "src/pay/core.py")
    write_report(tmp_path, "api", "src/api")
    assert find(tmp_path, "pay.core") == find(tmp_path, "src/pay/core.py") == find(tmp_path, "Core") == ["core"]
    assert find(tmp_path, "users.api") == find(tmp_path, "pay") == find(tmp_path, "") == []


def test_a_report_on_several_components_is_found_by_each(tmp_path: Path) -> None:
    write_report(tmp_path, "report", "src/report")
    (tmp_path / ".maturity" / "report.json").write_text(render(report(1, 1)), "utf-8")
    (tmp_path / ".maturity" / "other.json").write_text("[]")
    assert find(tmp_path, "part2") == find(tmp_path, "Part1", sources=[["src/part1"]]) == ["report"]
    assert find(tmp_path, "report") == []


def test_a_refused_run_takes_back_what_an_alias_names_and_keeps_later_reports(tmp_path: Path) -> None:
    path = write_report(tmp_path, "core", "src/pay/core.py")
    (tmp_path / "maturity.yaml").write_text("components:\n  core: {aliases: [kernel]}\n")
    began = 1767351600.0  # 2026-01-02T11:00:00Z, as in the report
    assert revoke_reports(tmp_path, ["kernel"], [], tmp_path, "it was refused", until=began) == []
    assert revoke_reports(tmp_path, ["kernel"], [], tmp_path, "it was refused", until=began + 1) == [path]
    assert revoke_reports(tmp_path, ["kernel"], [], tmp_path, "it was refused") == []  # it promotes nothing any more
    (tmp_path / "maturity.yaml").write_text("components: [\n")
    assert revoke_reports(tmp_path, ["kernel"], [], tmp_path, "it was refused") == []


def test_a_refused_run_takes_back_the_report_that_options_and_configuration_name(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("configured.json", "given.json", "word")]
    for path in paths:
        path.write_text(render(report(1, 1)), "utf-8")
    (tmp_path / "maturity.yaml").write_text("reports: ['json:configured.json', ctrf]\n")
    why = "it was refused"
    assert revoke_reports(tmp_path, ["part1"], ["sarif", "word", "given.json"], tmp_path, why) == paths[1:]
    assert revoke_reports(tmp_path, ["part1"], [], tmp_path, why) == [paths[0]]
