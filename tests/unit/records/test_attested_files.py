"""Attested numbers in files: which content counts, and how old it is."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.git_ref import read_ref
from pytest_maturity.model.attestations import Attested
from pytest_maturity.records.attested_files import LARGEST, read_file

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
TIMED = {"file": "ops/{component}.json", "pointer": "/ok", "timestamp": "/at", "max_age": "30d"}
BY_COMMIT = {"file": "ops/{component}.json", "pointer": "/ok", "max_age": "30d"}
OK = '{"ok": true, "at": "2026-01-30T12:00:00Z"}'


def git(directory: Path, *arguments: str, date: str = "2026-01-20T12:00:00Z") -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    environment = {**os.environ, "GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    command = ["git", *identity, *arguments]
    ran = subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the file, committed on 20 January 2026 on the branch main; a branch `change` is checked out."""
    git(tmp_path, "init", "-q")
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops/shop.json").write_text(OK, "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "attest")
    git(tmp_path, "checkout", "-q", "-b", "change")
    return tmp_path


def read(root: Path, table: dict[str, Any], ref: str = "", now: datetime = NOW) -> Attested:
    return read_file(root, table, "shop", read_ref(root, ref) if ref else None, now)


@pytest.mark.parametrize("ref", ["", "main"])
def test_the_age_is_that_of_a_time_in_the_file_or_of_its_commit(root: Path, ref: str) -> None:
    assert read(root, TIMED, ref) == Attested(value=Fraction(1), note="ops/shop.json says 1, 1 day old")
    assert read(root, BY_COMMIT, ref) == Attested(value=Fraction(1), note="ops/shop.json says 1, 11 days old")
    git(root, "commit", "-q", "--allow-empty", "-m", "later", date="2026-01-29T12:00:00Z")
    os.utime(root / "ops/shop.json", (NOW.timestamp(), NOW.timestamp()))
    assert read(root, BY_COMMIT, ref).note == "ops/shop.json says 1, 11 days old"
    assert read(root, BY_COMMIT, ref, NOW + timedelta(days=20)) == Attested(
        value=None, note="ops/shop.json is 31 days old, and 30d is the most"
    )


def test_a_change_cannot_attest_itself(root: Path) -> None:
    (root / "ops/shop.json").write_text(OK.replace("true", "99"), "utf-8")
    assert read(root, TIMED).value == 99
    assert read(root, TIMED, "main").value == 1
    (root / "new.json").write_text("1", "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "change")
    assert read(root, BY_COMMIT, "main").value == 1
    words = "new.json is not in main: a change cannot attest itself"
    assert read(root, {"file": "new.json", "max_age": "1d"}, "main") == Attested(value=None, note=words)


def test_what_the_job_has_written_counts_by_the_time_in_it(root: Path) -> None:
    (root / "built.json").write_text(OK, "utf-8")
    for ref in ("", "main"):
        assert read(root, {**TIMED, "file": "built.json"}, ref).value == 1
        words = "built.json has no time: git does not track it, so name a timestamp in it"
        assert read(root, {**BY_COMMIT, "file": "built.json"}, ref) == Attested(value=None, note=words)


def test_an_edit_has_no_time_of_its_own(root: Path) -> None:
    (root / "ops/shop.json").write_text(OK.replace("true", "2"), "utf-8")
    words = "ops/shop.json differs from its commit: commit it, or name a timestamp in it"
    assert read(root, BY_COMMIT) == Attested(value=None, note=words)


def test_a_file_of_another_repository_has_no_commit_here(root: Path) -> None:
    nested = root / "ops/nested"
    nested.mkdir()
    git(nested, "init", "-q")
    (nested / "a.json").write_text(OK, "utf-8")
    words = "ops/nested/a.json is in another repository, ops/nested: its commits are not known here"
    assert read(root, {**TIMED, "file": "ops/nested/a.json"}) == Attested(value=None, note=words)


def test_a_shallow_clone_may_lack_the_commit(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    git(root, "commit", "-q", "--allow-empty", "-m", "later")
    clone = tmp_path_factory.mktemp("clone") / "shallow"
    git(root, "clone", "-q", "--depth=1", root.as_uri(), str(clone))
    assert read(clone, TIMED).value == 1
    words = "ops/shop.json: this clone is shallow, so that its commit is not known: type git fetch --unshallow"
    assert read(clone, BY_COMMIT) == Attested(value=None, note=words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "ops/shop.json is '{', not JSON"),
        (b"\xff\xfe", "ops/shop.json is not UTF-8"),
        (b" " * (LARGEST + 1), "ops/shop.json has more than 1 MiB"),
        (b'{"ok": 1}', "there is no '/at' in ops/shop.json"),
    ],
    ids=["cut", "encoding", "large", "another"],  # pytest puts the id of a test into the environment
)
def test_what_cannot_be_read_is_named(root: Path, data: bytes, words: str) -> None:
    (root / "ops/shop.json").write_bytes(data)
    assert read(root, TIMED) == Attested(value=None, note=words)


def test_a_byte_order_mark_is_no_content(root: Path) -> None:
    (root / "ops/shop.json").write_bytes(b"\xef\xbb\xbf" + OK.encode())
    assert read(root, TIMED).value == 1


def test_what_is_no_file_is_named(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert read(root, {**TIMED, "file": "gone.json"}).note == "there is no gone.json"
    assert read(root, {**TIMED, "file": "ops"}).note == "ops is no file"
    outside = tmp_path_factory.mktemp("outside") / "a.json"
    outside.write_text(OK, "utf-8")
    (root / "link.json").symlink_to(outside)
    assert read(root, {**TIMED, "file": "link.json"}).note == "link.json is a link that leads out of the project"
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "link")
    note = read(root, {**TIMED, "file": "link.json"}, "change").note
    assert note == "link.json cannot be read: change:link.json: is a symbolic link that leads out of the repository"


def test_without_a_repository_a_time_in_the_file_counts(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(OK, "utf-8")
    assert read(tmp_path, {**TIMED, "file": "a.json"}).value == 1
    assert read(tmp_path, {**BY_COMMIT, "file": "a.json"}).value is None
