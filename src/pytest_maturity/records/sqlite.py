"""The SQLite database of the records: opened with checks, written in transactions. Nothing here deletes a database.

A rollback journal and `BEGIN IMMEDIATE` with a long time-out lose no write of several processes, also on a network file
system, where a write-ahead log would.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from ..tools.files import keep_out_of_git
from ..tools.git import GitError, list_tracked
from .database import LOCAL, Connection, RecordsError
from .store import Store

if TYPE_CHECKING:
    import sqlite3  # at run time only where records are used

VERSION = 1  # of the schema; 1, the first
APPLICATION = 0x6D617475  # `matu`: marks the file as a database of this program
# Seconds to wait for other processes. SQLite serves writers in no order: one of several may come last by far.
WRITE_TIMEOUT, READ_TIMEOUT = 120.0, 30.0
JOURNAL = "-journal"
OTHERS = (JOURNAL, "-wal", "-shm")  # what SQLite may write beside a database
SCHEMA = (
    """CREATE TABLE runs (
        run_id TEXT NOT NULL, component TEXT NOT NULL, started TEXT NOT NULL, verdict TEXT NOT NULL,
        document BLOB NOT NULL, PRIMARY KEY (run_id, component))""",
    "CREATE INDEX runs_of_component ON runs (component, started)",
    "CREATE TABLE decisions (number INTEGER PRIMARY KEY, document TEXT NOT NULL, hash TEXT NOT NULL UNIQUE)",
    """CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)


@light_dataclass(frozen=True, slots=True)
class SqliteStore(Store):
    """The records in the SQLite database at `path`, which need not exist. Messages may call it by its `shown` path."""

    path: Path
    shown: str = ""
    kind = LOCAL
    removes_old_runs = True

    @property
    def name(self) -> str:
        return safe(self.shown or str(self.path), 300)

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path, *(self.path.with_name(self.path.name + suffix) for suffix in OTHERS))

    def open_for_reading(self) -> contextlib.AbstractContextManager[Connection | None]:
        return open_for_reading(self.path)

    def open_for_writing(self) -> contextlib.AbstractContextManager[Connection]:
        return open_for_writing(self.path)


class LeftJournalError(RecordsError):
    """A writer was killed in the middle of a transaction, and its journal is still there."""


@contextlib.contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Opens the database read-only; None where there is none. Raises RecordsError."""
    check_place(path)
    if not path.exists():
        yield None
        return
    with connect(path, "ro", READ_TIMEOUT) as connection:
        has_tables = check_version(connection, path)
        yield connection if has_tables else None


@contextlib.contextmanager
def open_for_writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens the database in a transaction that the end of the `with` block commits; makes it where there is none.

    An exception in the block rolls everything back. Raises RecordsError.
    """
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_out_of_git(path.parent)
        if path.with_name(path.name + JOURNAL).exists() and is_journal_left(path):
            set_aside(path)
    except OSError as error:
        raise RecordsError(f"{safe(str(path), 300)} cannot be written: {error.strerror}") from error
    with connect(path, "rwc", WRITE_TIMEOUT) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not check_version(connection, path):
                for statement in SCHEMA:
                    connection.execute(statement)
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def is_journal_left(path: Path) -> bool:
    """Whether the journal is that of a writer that was killed, and not of one that goes on, however long it takes."""
    try:
        with connect(path, "ro", timeout=0.0) as connection:
            check_version(connection, path)
    except LeftJournalError:
        return True
    except RecordsError:  # a writer has the lock; anything else comes again when this one opens the database
        return False
    return False


def set_aside(path: Path) -> None:
    """Copies the database with the journal of a killed writer, before SQLite rolls back what that had not finished."""
    now = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}"
    for suffix in ("", JOURNAL):
        with contextlib.suppress(FileNotFoundError):  # another process has rolled it back
            shutil.copy2(path.with_name(path.name + suffix), path.with_name(f"{path.name}.killed-{now}{suffix}"))


# ── checks ───────────────────────────────────────────────────────────────────


def check_place(path: Path) -> None:
    """Raises RecordsError where the database or a file of SQLite beside it may be somebody else's.

    A link may lead anywhere; a file that git tracks can come with a change.
    """
    names = [path, *(path.with_name(path.name + suffix) for suffix in OTHERS)]
    for file in names:
        try:
            mode = file.lstat().st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode):
            raise RecordsError(f"{safe(str(file), 300)} is a link or no file, and no place for records")
    folder = find_existing(path.parent)
    try:
        tracked = list_tracked(folder, [Path(os.path.relpath(name, folder)) for name in real_names(names)])
    except GitError as error:
        raise RecordsError(f"whether git tracks {safe(str(path), 300)} is unknown: {error}") from error
    if tracked:
        raise RecordsError(
            f"git tracks {safe(tracked[0], 300)}, so that any change could bring records with it: "
            "git rm --cached it, and carry records by `pytest-maturity records export`"
        )


def real_names(names: list[Path]) -> list[Path]:
    """Returns the paths as git knows them: through no link."""
    return [name.parent.resolve() / name.name for name in names]


def find_existing(folder: Path) -> Path:
    """Returns the nearest directory that exists, without links."""
    return next(one.resolve() for one in (folder, *folder.parents) if one.is_dir())


def check_version(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the database has its tables; an empty file has none.

    Raises RecordsError for a database that is damaged, of another program or of a newer version of this one.
    """
    name = safe(str(path), 300)
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise RecordsError(f"{name} is damaged: {safe(str(found), 200)}; move it away, and import an export of it")
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal":
        raise RecordsError(f"{name} has a write-ahead log, which no version of this program writes")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not version:
        return False
    if application != APPLICATION:
        raise RecordsError(f"{name} is a database of another program")
    if version > VERSION:
        raise RecordsError(
            f"{name} has the schema {version}, this version of pytest-maturity knows up to {VERSION}: upgrade it"
        )
    return True


@contextlib.contextmanager
def connect(path: Path, mode: str, timeout: float) -> Iterator[sqlite3.Connection]:
    """Opens a connection in one of SQLite's modes and closes it. Its errors become RecordsError."""
    try:
        import sqlite3
    except ImportError as error:
        raise RecordsError("this Python has no sqlite3") from error
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with contextlib.closing(
            sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            yield connection
    except (sqlite3.Error, UnicodeError) as error:
        raise describe_error(error, path) from error


def describe_error(error: Exception, path: Path) -> RecordsError:
    """Returns an error of SQLite in words."""
    name, words = safe(str(path), 300), safe(str(error), 200)
    # Through a connection that only reads, nobody writes but SQLite itself, where it has to roll back a journal.
    if "readonly" in words and path.with_name(path.name + JOURNAL).exists():
        return LeftJournalError(
            f"{name}: a writer was killed, and what it had not finished is not rolled back yet; "
            "the next write does so, and keeps a copy"
        )
    return RecordsError(f"{name}: {words}")
