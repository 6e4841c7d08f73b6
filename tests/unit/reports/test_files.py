"""The paths of reports; each report is written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_maturity.model.errors import MaturityError
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


FORMATS = (*files.BUILTIN, text(), text("other", ".other.json"), Reporter("each", lambda _: "", ".each", "", True))


def choose(root: Path, *asked: str, names: tuple[str, ...] = ("a",)) -> list[tuple[str, str]]:
    """Returns the format of each file and its path from the root, where the last format comes from a conftest."""
    requests = files.Requests(
        [files.Request(one, root, "--maturity-report") for one in asked], root / ".maturity/a.json"
    )
    return [(one.reporter.name, one.path.relative_to(root).as_posix()) for one in requests.choose(FORMATS, names)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], [("json", ".maturity/a.json")]),
        (["out/r.json"], [("json", "out/r.json")]),
        (["C:\\r.json"], [("json", "C:\\r.json")]),
        (["json:text:1"], [("json", "text:1")]),
        (["unlike:1"], [("json", "unlike:1")]),
        (["text"], [("json", ".maturity/a.json"), ("text", ".maturity/a.txt")]),
        (["text", "r.json"], [("json", "r.json"), ("text", "r.txt")]),
        (["text:b.txt", "text:c.txt", "r.json"], [("json", "r.json"), ("text", "c.txt")]),
        (["text:b.txt", "text"], [("json", ".maturity/a.json"), ("text", ".maturity/a.txt")]),
        (["auth.api.json", "other"], [("json", "auth.api.json"), ("other", "auth.api.other.json")]),
        (["report", "text"], [("json", "report"), ("text", "report.txt")]),
    ],
)
def test_a_format_or_a_path_is_asked_for(tmp_path: Path, asked: list[str], expected: list[tuple[str, str]]) -> None:
    assert choose(tmp_path, *asked) == expected


def test_a_format_may_have_a_file_for_each_component(tmp_path: Path) -> None:
    names = ("con", "auth.api")
    assert choose(tmp_path, "each", names=names)[1:] == [
        ("each", ".maturity/con_.each"),
        ("each", ".maturity/auth.api.each"),
    ]
    assert choose(tmp_path, "each:b/{component}.x", names=names)[1:] == [("each", "b/con_.x"), ("each", "b/auth.api.x")]
    assert choose(tmp_path, "each:b.x")[1:] == [("each", "b.x")]


def test_every_wrong_request_is_told(tmp_path: Path) -> None:
    with pytest.raises(MaturityError) as caught:
        choose(tmp_path, "txet:r.txt", "each:b.x", "text:same", "other:./same", names=("a", "b"))
    assert caught.value.problems == (
        "--maturity-report: there is no format 'txet' (did you mean 'text'? A path with a colon is json:PATH)",
        "--maturity-report: each has a file for each component: put {component} into its path",
        f"--maturity-report: each and each would be one file: {tmp_path / 'b.x'}",
        f"--maturity-report: text and other would be one file: {tmp_path / 'same'}",
    )


def test_nothing_is_written_for_a_name_until_all_formats_are_known(tmp_path: Path) -> None:
    requests = files.Requests(
        [files.Request(one, tmp_path, "") for one in ("page", "text:r.txt", "x.json")], tmp_path / "a.json"
    )
    assert [one.path.name for one in requests.choose_known()] == ["x.json"]
    assert requests.undecided_paths == [tmp_path / "page", tmp_path / "text:r.txt"]


def write(path: Path, formats: Sequence[Reporter]) -> dict[Path, str]:
    outputs = [files.Output(one, path.with_name(f"r{one.suffix}")) for one in formats]
    return files.write_report(report(path.parent), outputs)


def test_a_file_of_a_component_that_was_not_judged_is_not_written(tmp_path: Path) -> None:
    outputs = [files.Output(text(), tmp_path / "all.txt"), files.Output(text(), tmp_path / "a.txt", "a")]
    assert files.write_report(report(tmp_path), outputs) == {tmp_path / "all.txt": "text HOLD\n"}
    assert left(tmp_path) == ["all.txt"]


def test_the_maturity_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    path = files.default_path(tmp_path, ["auth"])
    files.write_report(report(tmp_path), [files.Output(files.BUILTIN[0], path)])
    assert left(path.parent) == [".gitignore", "auth.json"]
    assert (path.parent / ".gitignore").read_text() == "# Created by pytest-maturity.\n*\n"
    (path.parent / ".gitignore").write_text("mine\n")
    files.write_report(report(tmp_path), [files.Output(files.BUILTIN[0], path)])
    assert (path.parent / ".gitignore").read_text() == "mine\n"


def test_another_folder_gets_no_gitignore(tmp_path: Path) -> None:
    write(tmp_path / "out" / "r.txt", [text()])
    assert left(tmp_path / "out") == ["r.txt"]


def test_a_format_that_cannot_be_rendered_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    def render(report: Report) -> str:
        raise ZeroDivisionError

    (tmp_path / "r.json").write_text("old")
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "r.json", [*files.BUILTIN[:1], Reporter("bad", render, ".bad")])
    assert (tmp_path / "r.json").read_text() == "old"
    assert left(tmp_path) == ["r.json"]


def test_the_format_that_machines_read_is_written_last(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("old")
    (tmp_path / "r.txt").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "r.json", [*files.BUILTIN[:1], text()])
    assert (tmp_path / "r.json").read_text() == "old"


def test_a_reporter_that_returns_no_text_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("old")
    bad = Reporter("bad", lambda _: b"bytes", ".txt")  # type: ignore[arg-type,return-value]  # the point
    with pytest.raises(TypeError):
        write(tmp_path / "r.txt", [bad])
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
