"""A database is opened only where it is what it should be; nothing is ever deleted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.records import sqlite
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.sqlite import SqliteStore, open_for_reading, open_for_writing
from tests.unit.records.kill import kill_in_transaction
from tests.unit.records.records import promotion, run_of

CONNECT = sqlite3.connect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".maturity/records.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """The path of a database with one run."""
    SqliteStore(path).write_runs([run_of(1)])
    return path


def set_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def set_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 1")


def set_wal(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def break_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    path.write_bytes(data)


def link(path: Path) -> None:
    path.rename(path.with_name("other.db"))
    path.symlink_to("other.db")


def link_journal(path: Path) -> None:
    path.with_name(path.name + "-journal").symlink_to("other")


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(b"garbage" * 1000), "file is not a database"),
    (break_page, "damaged|malformed"),
    (set_version, "has the schema 99, this version of pytest-maturity knows up to 1: upgrade it"),
    (set_application, "is a database of another program"),
    (set_wal, "has a write-ahead log"),
    (link, "is a link or no file"),
    (link_journal, "is a link or no file"),
]


@pytest.mark.parametrize(("destroy", "words"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_database_that_is_not_right_is_neither_read_nor_changed(
    filled: Path, destroy: Callable[[Path], object], words: str
) -> None:
    destroy(filled)
    before = {file.name: file.lstat().st_size for file in filled.parent.iterdir()}
    content = filled.read_bytes()
    with pytest.raises(RecordsError, match=words):
        SqliteStore(filled).list_runs("shop")
    with pytest.raises(RecordsError, match=words):
        SqliteStore(filled).write_runs([run_of(2)])
    assert {file.name: file.lstat().st_size for file in filled.parent.iterdir()} == before
    assert filled.read_bytes() == content


def test_no_file_and_an_empty_file_are_no_records(path: Path) -> None:
    with open_for_reading(path) as connection:
        assert connection is None
    assert not path.parent.exists()
    path.parent.mkdir()
    path.touch()
    assert SqliteStore(path).list_runs("shop") == []
    SqliteStore(path).write_runs([run_of(1)])
    assert SqliteStore(path).list_runs("shop") == [run_of(1)]


def test_the_directory_of_the_gate_is_kept_out_of_git_and_another_one_is_not(tmp_path: Path) -> None:
    SqliteStore(tmp_path / ".maturity/records.db").write_runs([run_of(1)])
    SqliteStore(tmp_path / "kept/records.db").write_runs([run_of(1)])
    assert (tmp_path / ".maturity/.gitignore").exists()
    assert not (tmp_path / "kept/.gitignore").exists()


def test_retention_removes_old_runs_and_no_decision(path: Path) -> None:
    store, recent = SqliteStore(path), run_of(2, started=datetime.now(timezone.utc).isoformat())
    store.append([promotion()])
    store.write_runs([run_of(1)])
    store.write_runs([recent], retention=timedelta(days=1))
    assert list(store.iterate_runs()) == [recent]
    store.write_runs([run_of(3)])
    assert store.remove_runs(timedelta(days=1)) == 1
    assert list(store.iterate_runs()) == [recent]
    assert [entry.decision for entry in store.list_entries()] == [promotion()]


@pytest.mark.parametrize("name", ["records.db", "records.db-journal"])
def test_a_database_that_git_tracks_is_refused(filled: Path, name: str) -> None:
    root = filled.parents[1]
    (filled.parent / "records.db-journal").touch()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    assert SqliteStore(filled).list_runs("shop") == [run_of(1)]
    subprocess.run(["git", "add", "--force", f".maturity/{name}"], cwd=root, check=True)
    with pytest.raises(RecordsError, match=f"git tracks {name}, so that any change could bring records with it"):
        SqliteStore(filled).list_runs("shop")


def test_a_database_behind_a_link_that_git_tracks_is_refused(filled: Path) -> None:
    root = filled.parents[1]
    filled.parent.rename(root / "data")
    (root / ".maturity").symlink_to("data")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "--force", "data/records.db"], cwd=root, check=True)
    with pytest.raises(RecordsError, match=r"git tracks records\.db"):
        SqliteStore(filled).list_runs("shop")


def test_where_git_cannot_say_what_it_tracks_nothing_is_trusted(filled: Path) -> None:
    (filled.parents[1] / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(RecordsError, match=r"whether git tracks .* is unknown"):
        SqliteStore(filled).list_runs("shop")


def test_a_locked_database_is_waited_for_and_then_unknown(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "READ_TIMEOUT", 0.05)
    monkeypatch.setattr(sqlite, "WRITE_TIMEOUT", 0.05)
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RecordsError, match="database is locked"):
        SqliteStore(filled).list_runs("shop")
    with pytest.raises(RecordsError, match="database is locked"):
        SqliteStore(filled).write_runs([run_of(2)])
    holder.close()
    assert SqliteStore(filled).list_runs("shop") == [run_of(1)]


def fill_disk(address: str, **options: Any) -> sqlite3.Connection:
    """Opens a database that cannot grow, as on a full disk."""
    connection: sqlite3.Connection = CONNECT(address, **options)
    connection.execute("PRAGMA max_page_count = 1")  # what it has already stays
    return connection


def forbid_writing(address: str, **options: Any) -> sqlite3.Connection:
    """Opens a database as on a file system that is read-only."""
    connection: sqlite3.Connection = CONNECT(address.replace("mode=rwc", "mode=ro"), **options)
    return connection


@pytest.mark.parametrize(
    ("open_it", "words"),
    [(fill_disk, "database or disk is full"), (forbid_writing, "attempt to write a readonly database")],
    ids=["full", "read-only"],
)
def test_where_nothing_can_be_written_all_that_was_stays(
    filled: Path, monkeypatch: pytest.MonkeyPatch, open_it: Callable[..., sqlite3.Connection], words: str
) -> None:
    store, many = SqliteStore(filled), [run_of(number) for number in range(2, 500)]
    store.append([promotion()])
    monkeypatch.setattr(sqlite3, "connect", open_it)
    with pytest.raises(RecordsError, match=words):
        store.write_runs(many)
    assert list(store.iterate_runs()) == [run_of(1)]
    monkeypatch.undo()
    store.write_runs(many)
    assert len(list(store.iterate_runs())) == 499
    assert [entry.decision for entry in store.list_entries()] == [promotion()]


def test_a_writer_waits_for_one_that_is_about_to_commit(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "READ_TIMEOUT", 0.0)
    holder = sqlite3.connect(filled, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE other (one)")  # begins the journal
    assert filled.with_name("records.db-journal").exists()
    timer = threading.Timer(0.05, holder.execute, ["COMMIT"])
    timer.start()
    SqliteStore(filled).write_runs([run_of(2)])
    timer.join()
    holder.close()
    assert len(SqliteStore(filled).list_runs("shop")) == 2
    assert not list(filled.parent.glob("records.db.killed-*"))


def test_the_journal_of_a_killed_writer_is_unknown_until_the_next_write_which_keeps_a_copy(filled: Path) -> None:
    kill_in_transaction(filled)
    journal = filled.with_name("records.db-journal")
    content = journal.read_bytes()
    with pytest.raises(RecordsError, match="a writer was killed"):
        SqliteStore(filled).list_runs("shop")
    assert journal.read_bytes() == content
    SqliteStore(filled).write_runs([run_of(2)])
    assert SqliteStore(filled).list_runs("shop") == [run_of(2), run_of(1)]
    (kept,) = filled.parent.glob("records.db.killed-*-journal")
    assert kept.read_bytes() == content
    assert kept.with_name(kept.name.removesuffix("-journal")).exists()


def test_a_python_without_sqlite3_has_no_records(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    with pytest.raises(RecordsError, match="this Python has no sqlite3"):
        SqliteStore(filled).list_runs("shop")


def test_the_audit_log_cannot_be_changed_by_statements(filled: Path) -> None:
    SqliteStore(filled).append([promotion()])
    for statement in ("UPDATE decisions SET hash = 'x'", "DELETE FROM decisions"):
        with pytest.raises(RecordsError, match="the audit log is append-only"), open_for_writing(filled) as connection:
            connection.execute(statement)
