"""`pytest-maturity records export` and `import` carry records from one machine to another, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.records.sqlite import SqliteStore
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import demotion, promotion, run_of


@pytest.fixture
def exported(recorded: RecordedProject) -> Path:
    """An export of two runs and two decisions; the project has no records any more."""
    recorded.store.write_runs([run_of(1), run_of(2, "bank")])
    recorded.store.append([promotion("dev"), demotion(day=2)])
    path = recorded.root / "kept.jsonl"
    assert cli.main(["records", "export", str(path)]) == 0
    recorded.store.path.unlink()
    return path


def test_an_export_is_imported_whole_and_once(
    recorded: RecordedProject, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for runs, decisions in ((2, 2), (0, 0)):
        assert cli.main(["records", "import", str(exported)]) == 0
        assert capsys.readouterr().out == f"{exported}: added {runs} of 2 runs and {decisions} of 2 decisions\n"
    assert list(recorded.store.iterate_runs()) == [run_of(1), run_of(2, "bank")]
    assert recorded.decisions() == [("promotion", "dev"), ("demotion", None)]


def test_without_a_file_it_goes_to_stdout(
    recorded: RecordedProject, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["records", "import", str(exported)])
    capsys.readouterr()
    assert cli.main(["records", "export"]) == 0
    assert capsys.readouterr().out == exported.read_text()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text[: len(text) // 2], "is not JSON"),
        (
            lambda text: text.replace('"stage":"dev"', '"stage":"staging"'),
            "entry 1 (promotion of shop to staging) was changed",
        ),
        (lambda text: text.replace('"record":"run"', '"record":"wish"'), ":1: is no record"),
        (lambda text: text.replace('"verdict":', '"vredict":'), ":1: is no record"),
        (lambda text: "[1]\n" + text, ":1: is no record"),
    ],
)
def test_an_export_that_was_changed_adds_nothing(
    recorded: RecordedProject, exported: Path, capsys: pytest.CaptureFixture[str], edit: object, words: str
) -> None:
    assert callable(edit)
    exported.write_text(edit(exported.read_text()))
    assert cli.main(["records", "import", str(exported)]) == 3
    assert words in capsys.readouterr().err
    assert list(SqliteStore(recorded.store.path).iterate_runs()) == []


def test_a_file_that_is_not_there_is_an_error(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["records", "import", "nothing.jsonl"]) == 3
    assert "nothing.jsonl: No such file or directory" in capsys.readouterr().err
