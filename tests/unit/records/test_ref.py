"""Decisions in the repository count as a git ref has them, and not as the working tree has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.config.following_files import DECISIONS
from pytest_maturity.config.git_ref import GitRefFiles
from pytest_maturity.config.git_ref import read_ref as read_files
from pytest_maturity.records.audit import find_break
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.history import History, read_history
from pytest_maturity.records.ref import add_ref, read_file, write_file
from pytest_maturity.records.sqlite import SqliteStore
from tests.unit.records.records import demotion, promotion


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / ".maturity/records.db")


def commit(store: SqliteStore) -> GitRefFiles:
    """Commits the decisions file; returns the files of the commit."""
    root = store.path.parents[1]
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", DECISIONS], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    return read_files(root, "HEAD")


def history_of(store: SqliteStore, ref_files: GitRefFiles | None, *trust: str) -> History:
    return add_ref(read_history(store, is_trusted="local" in trust), trust, ref_files)


def test_the_decisions_of_the_ref_count_and_later_ones_do_not(store: SqliteStore) -> None:
    root = store.path.parents[1]
    store.append([promotion("staging")])
    write_file(root, store)
    ref_files = commit(store)
    store.append([promotion("production", day=2)])
    write_file(root, store)
    history = history_of(store, ref_files, "ref")
    assert history.find_stage("shop") == "staging"
    assert history.find_unproven_stage("shop") == "production"
    assert history.head == store.list_entries()[0].hash
    assert history_of(store, None, "ref").find_stage("shop") is None
    assert history_of(store, ref_files, "local").find_stage("shop") == "production"


def test_both_stores_together_have_each_decision_once(store: SqliteStore, tmp_path: Path) -> None:
    root = store.path.parents[1]
    store.append([promotion("staging")])
    write_file(root, store)
    ref_files = commit(store)
    store.append([demotion("dev", day=2)])
    history = history_of(store, ref_files, "local", "ref")
    assert [entry.decision.stage for entry in history.entries] == ["staging", "dev"]
    store.path.unlink()
    assert history_of(store, ref_files, "local", "ref").find_stage("shop") == "staging"


def test_a_file_in_the_ref_that_was_changed_proves_nothing(store: SqliteStore) -> None:
    root = store.path.parents[1]
    store.append([promotion("staging")])
    write_file(root, store)
    path = root / DECISIONS
    path.write_text(path.read_text().replace('"stage":"staging"', '"stage":"production"'))
    history = history_of(store, commit(store), "ref")
    assert history.find_stage("shop") is None
    assert "the audit log was changed: entry 1" in history.problem
    path.write_text("nonsense")
    assert "HEAD:maturity-decisions.jsonl" in history_of(store, commit(store), "ref").problem


def test_the_database_takes_nothing_from_the_file_which_takes_over_what_it_lacks(store: SqliteStore) -> None:
    root = store.path.parents[1]
    write_file(root, store)
    assert read_file(root) == ()
    store.append([promotion("staging")])
    write_file(root, store)
    store.path.unlink()  # a new clone
    store.append([demotion("dev", day=2)])
    write_file(root, store)
    write_file(root, store)
    entries = read_file(root)
    assert find_break(entries) == ""
    assert [entry.decision.stage for entry in entries] == ["staging", "dev"]
    assert [entry.decision.stage for entry in store.list_entries()] == ["dev"]


@pytest.mark.parametrize("text", ["nonsense", b"\xff", '{"record":"decision"}\n'])
def test_a_file_that_is_broken_is_left_as_it_is(store: SqliteStore, text: str | bytes) -> None:
    root = store.path.parents[1]
    store.append([promotion("staging")])
    (root / DECISIONS).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecordsError, match="maturity-decisions"):
        write_file(root, store)
    assert (root / DECISIONS).read_bytes() == (text if isinstance(text, bytes) else text.encode())
