"""`pytest-maturity audit verify` names the entry that was changed, and says what it cannot find."""

from __future__ import annotations

import json

import pytest

from pytest_maturity import cli
from pytest_maturity.records.audit import NO_HEAD
from pytest_maturity.records.sqlite import open_for_writing
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import demotion, promotion


@pytest.fixture
def with_log(recorded: RecordedProject) -> RecordedProject:
    """A project with three decisions."""
    recorded.store.append([promotion("dev"), promotion(day=2), demotion("dev", day=3)])
    return recorded


def change(project: RecordedProject, *statements: str) -> None:
    """Executes statements on the audit log, whose triggers are removed."""
    with open_for_writing(project.store.path) as connection:
        for name in ("changed", "deleted"):
            connection.execute(f"DROP TRIGGER decisions_are_not_{name}")
        for statement in statements:
            connection.execute(statement)


def test_a_whole_chain_says_its_head_and_what_it_cannot_show(
    with_log: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    head = with_log.store.list_entries()[-1].hash
    assert cli.main(["audit", "verify"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"records: the chain of 3 entries is whole; head {head}"
    assert second == (
        "not found by this check: a cut tail, and a log that was rewritten as a whole; --expect-head finds both"
    )
    for entry in with_log.store.list_entries():  # the log may have grown since its head was kept
        assert cli.main(["audit", "verify", "--expect-head", entry.hash]) == 0
    assert cli.main(["audit", "verify", "--expect-head", NO_HEAD[:12]]) == 0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE decisions SET document = replace(document, 'staging', 'production') WHERE number = 2",
         "entry 2 (promotion of shop to production) was changed after it was written"),
        ("DELETE FROM decisions WHERE number = 2",
         "before entry 3 (demotion of shop to dev), 1 of the entries are missing"),
        ("INSERT INTO decisions SELECT 4, document, 'x' FROM decisions WHERE number = 2",
         "entry 2 (promotion of shop to staging) is out of order"),
    ],
)  # fmt: skip
def test_an_edit_a_deletion_and_an_insertion_are_found(
    with_log: RecordedProject, capsys: pytest.CaptureFixture[str], statement: str, words: str
) -> None:
    change(with_log, statement)
    assert cli.main(["audit", "verify"]) == 1
    assert words in capsys.readouterr().err


def test_only_a_kept_head_finds_a_cut_tail_and_a_rewritten_log(
    with_log: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    head = with_log.store.list_entries()[-1].hash
    change(with_log, "DELETE FROM decisions WHERE number = 3")
    assert cli.main(["audit", "verify"]) == 0
    assert cli.main(["audit", "verify", "--expect-head", head]) == 1
    assert f"no entry has the hash {head}: the log was cut off or rewritten" in capsys.readouterr().err
    with_log.store.path.unlink()
    with_log.store.append([promotion("production")])
    assert cli.main(["audit", "verify"]) == 0
    assert cli.main(["audit", "verify", "--expect-head", head[:12]]) == 1


def test_the_log_in_the_repository_is_checked_where_it_is_used(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.configure('trust = ["ref"]\n')
    assert recorded.record(80) == 0
    recorded.store.path.unlink()
    assert recorded.record(60) == 1
    capsys.readouterr()
    path = recorded.root / "maturity-decisions.jsonl"
    head = json.loads(path.read_text().splitlines()[-1])["hash"]
    assert cli.main(["audit", "verify", "--expect-head", head]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1] == f"maturity-decisions.jsonl: the chain of 2 entries is whole; head {head}"
    path.write_text(path.read_text().replace('"stage":"staging"', '"stage":"production"'))
    assert cli.main(["audit", "verify"]) == 1
    words = "maturity-decisions.jsonl: entry 1 (promotion of shop to production) was changed after it was written"
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "abc", "X" * 64, "0" * 65])
def test_what_is_no_hash_is_wrong_usage(with_log: RecordedProject, value: str) -> None:
    assert cli.main(["audit", "verify", "--expect-head", value]) == 4


def test_a_log_that_cannot_be_read_is_3(with_log: RecordedProject) -> None:
    with_log.store.path.write_bytes(json.dumps("garbage").encode() * 1000)
    assert cli.main(["audit", "verify"]) == 3
