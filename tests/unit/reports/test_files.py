"""The paths of reports; each report is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.model.report import Report, Reporter, Run, Verdict
from pytest_maturity.reports import files


def report(root: Path) -> Report:
    return Report(verdict=Verdict.HOLD, target="dev", ladder=("dev",), run=Run(id="1", started="now"), root=root)


def text(name: str = "text", suffix: str = ".txt") -> Reporter:
    return Reporter(name, lambda report: f"{name} {report.verdict.value}\n", suffix)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_component_has_its_own_file_and_several_share_one(tmp_path: Path) -> None:
    assert files.default_path(tmp_path, ["auth.api"]) == tmp_path / ".maturity" / "auth.api.json"
    assert files.default_path(tmp_path, ["auth", "billing"]) == tmp_path / ".maturity" / "report.json"
    assert files.default_path(tmp_path, []) == tmp_path / ".maturity" / "report.json"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("r.json", ["r.json", "r.txt", "r.other.json"]),
        ("r.txt", ["r.json", "r.txt", "r.other.json"]),
        ("r", ["r", "r.txt", "r.json"]),
        ("r.v1", ["r.v1", "r.txt", "r.json"]),
        ("auth.api.json", ["auth.api.json", "auth.api.txt", "auth.api.other.json"]),
    ],
)
def test_every_format_has_a_file_of_its_own(tmp_path: Path, path: str, expected: list[str]) -> None:
    formats = [text("json", ".json"), text(), text("other", ".json")]
    written = files.write_report(report(tmp_path), formats, tmp_path / path)
    assert [file.name for file in written] == expected
    assert [file.read_text() for file in written] == ["json HOLD\n", "text HOLD\n", "other HOLD\n"]
    assert left(tmp_path) == sorted(expected)


def test_the_maturity_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    path = files.default_path(tmp_path, ["auth"])
    files.write_report(report(tmp_path), files.BUILTIN, path)
    assert left(path.parent) == [".gitignore", "auth.json"]
    assert (path.parent / ".gitignore").read_text() == "# Created by pytest-maturity.\n*\n"
    (path.parent / ".gitignore").write_text("mine\n")
    files.write_report(report(tmp_path), files.BUILTIN, path)
    assert (path.parent / ".gitignore").read_text() == "mine\n"


def test_another_folder_gets_no_gitignore(tmp_path: Path) -> None:
    files.write_report(report(tmp_path), [text()], tmp_path / "out" / "r.txt")
    assert left(tmp_path / "out") == ["r.txt"]


def test_a_format_that_cannot_be_rendered_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    def render(report: Report) -> str:
        raise ZeroDivisionError

    (tmp_path / "r.json").write_text("old")
    with pytest.raises(ZeroDivisionError):
        files.write_report(report(tmp_path), [*files.BUILTIN, Reporter("bad", render, ".bad")], tmp_path / "r.json")
    assert (tmp_path / "r.json").read_text() == "old"
    assert left(tmp_path) == ["r.json"]


def test_the_format_that_machines_read_is_written_last(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("old")
    (tmp_path / "r.txt").mkdir()
    with pytest.raises(IsADirectoryError):
        files.write_report(report(tmp_path), [*files.BUILTIN, text()], tmp_path / "r.json")
    assert (tmp_path / "r.json").read_text() == "old"


def test_a_reporter_that_returns_no_text_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("old")
    bad = Reporter("bad", lambda _: b"bytes", ".txt")  # type: ignore[arg-type,return-value]  # the point
    with pytest.raises(TypeError):
        files.write_report(report(tmp_path), [bad], tmp_path / "r.txt")
    assert left(tmp_path) == ["r.txt"]
    assert (tmp_path / "r.txt").read_text() == "old"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("folder", IsADirectoryError), ("file/r.txt", OSError), ("x" * 300, OSError), ("x/" * 3000 + "r", OSError)],
)
def test_a_path_that_cannot_be_written_is_in_the_error(tmp_path: Path, path: str, kind: type[OSError]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(kind) as caught:
        files.write_file(tmp_path / path, "new")
    assert caught.value.filename == str(tmp_path / path)
    assert caught.value.strerror
    assert left(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("con", "con_.json"),
        ("AUX", "AUX_.json"),
        ("nul.x", "nul_.x.json"),
        ("com1", "com1_.json"),
        ("lpt9", "lpt9_.json"),
    ],
)
def test_no_report_has_the_name_of_a_device_of_windows(tmp_path: Path, name: str, file: str) -> None:
    assert files.default_path(tmp_path, [name]) == tmp_path / ".maturity" / file


@pytest.mark.parametrize("name", ["cons", "auxiliary", "com", "com10", "x.con"])
def test_other_reports_have_the_name_of_their_component(tmp_path: Path, name: str) -> None:
    assert files.default_path(tmp_path, [name]) == tmp_path / ".maturity" / f"{name}.json"
