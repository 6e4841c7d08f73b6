"""The records of a project: writes runs and decisions, and reads them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import compress, decompress, error

from ..model.history import Decision, RunRecord
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.text import safe
from .audit import Entry, check_time, find_break, find_impossible_time, make_entry
from .database import RecordsError, open_for_reading, open_for_writing

if TYPE_CHECKING:
    import sqlite3

INCOMPLETE = "INCOMPLETE"
Kept = TypeVar("Kept", RunRecord, Entry)


@light_dataclass(frozen=True, slots=True)
class Store:
    """The records in the database at `path`, which need not exist. Every method raises RecordsError."""

    path: Path

    # ── runs ─────────────────────────────────────────────────────────────────

    def write_runs(self, records: Iterable[RunRecord], retention: timedelta | None = None) -> None:
        """Writes the records of a run, in place of those that it wrote before; removes runs older than `retention`."""
        with open_for_writing(self.path) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO runs (run_id, component, started, verdict, document) VALUES (?, ?, ?, ?, ?)",
                map(make_row, records),
            )
            if retention is not None:
                oldest = (datetime.now(timezone.utc) - retention).isoformat()
                connection.execute("DELETE FROM runs WHERE started < ?", (oldest,))

    def list_runs(self, *components: str, limit: int = 200) -> list[RunRecord]:
        """Returns the last `limit` runs of each component, the latest first; names in whatever spelling."""
        select = "SELECT document FROM runs WHERE component = ? ORDER BY started DESC, run_id LIMIT ?"
        with open_for_reading(self.path) as connection:
            if connection is None:
                return []
            return [
                self._read_run(document)
                for component in components
                for (document,) in connection.execute(select, (identity(component), limit))
            ]

    def iterate_runs(self) -> Iterator[RunRecord]:
        """Yields all runs of all components, the oldest first."""
        with open_for_reading(self.path) as connection:
            if connection is not None:
                for (document,) in connection.execute("SELECT document FROM runs ORDER BY started, run_id, component"):
                    yield self._read_run(document)

    def list_components(self) -> list[str]:
        """Returns the names of all components that have a run or a decision, sorted."""
        names = {identity(entry.decision.component): entry.decision.component for entry in self.list_entries()}
        with open_for_reading(self.path) as connection:
            if connection is not None:
                for document, _ in connection.execute("SELECT document, max(started) FROM runs GROUP BY component"):
                    run = self._read_run(document)
                    names.setdefault(identity(run.component), run.component)
        return sorted(names.values())

    def _read_run(self, document: bytes) -> RunRecord:
        return self._parse(RunRecord.from_dict, document, unpack)

    def _parse(
        self, make: Callable[[Mapping[str, Any]], Kept], document: Any, read: Callable[[Any], Any] = loads
    ) -> Kept:
        try:
            return make(read(document))
        except (error, KeyError, TypeError, ValueError, RecursionError) as problem:
            raise RecordsError(f"{safe(str(self.path), 300)} holds a record that cannot be read") from problem

    # ── decisions ────────────────────────────────────────────────────────────

    def list_entries(self) -> list[Entry]:
        """Returns the audit log, whether its chain is whole or not: see `audit.find_break`."""
        with open_for_reading(self.path) as connection:
            return [] if connection is None else self._select_entries(connection)

    def _select_entries(self, connection: sqlite3.Connection) -> list[Entry]:
        rows = connection.execute("SELECT document FROM decisions ORDER BY number")
        return [self._parse(Entry.from_dict, document) for (document,) in rows]

    def append(self, decisions: Sequence[Decision]) -> list[Entry]:
        """Adds decisions to the audit log and returns their entries; nothing is added to a chain that is broken.

        None is earlier than those that are there, else it would not be the last one: the clock of another machine may
        be ahead of this one's.
        """
        with open_for_writing(self.path) as connection:
            entries = self._select_whole(connection)
            return [self._insert(connection, entries, put_last(one, entries)) for one in decisions]

    def _select_whole(self, connection: sqlite3.Connection) -> list[Entry]:
        """Returns the audit log. Raises RecordsError where its chain is broken, or a time in it is impossible."""
        entries = self._select_entries(connection)
        if problem := find_break(entries):
            raise RecordsError(f"{safe(str(self.path), 300)}: the audit log was changed: {problem}")
        if problem := find_impossible_time(entries):
            raise RecordsError(f"{safe(str(self.path), 300)}: {problem}")
        return entries

    def _insert(
        self, connection: sqlite3.Connection, entries: list[Entry], decision: Decision, origin: str = ""
    ) -> Entry:
        entry = make_entry(decision, entries[-1] if entries else None, origin)
        connection.execute(
            "INSERT INTO decisions (number, document, hash) VALUES (?, ?, ?)",
            (entry.number, to_json(entry.to_dict()), entry.hash),
        )
        entries.append(entry)
        return entry

    # ── export and import ────────────────────────────────────────────────────

    def merge(self, runs: Iterable[RunRecord], imported: Sequence[Entry]) -> tuple[int, int]:
        """Adds the runs and decisions of an export that are not there yet; returns how many of each.

        A run that has ended is never replaced. The decisions of another log come after the own ones, and keep the
        hash that they had there as their origin.
        """
        if problem := find_break(imported):
            raise RecordsError(f"the audit log of the export was changed: {problem}")
        if problem := find_impossible_time(imported):
            raise RecordsError(f"nothing of the export was added: {problem}")
        with open_for_writing(self.path) as connection:
            entries = self._select_whole(connection)
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO runs (run_id, component, started, verdict, document) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (run_id, component) DO UPDATE SET started = excluded.started, "
                "verdict = excluded.verdict, document = excluded.document "
                f"WHERE runs.verdict = '{INCOMPLETE}' AND excluded.verdict <> '{INCOMPLETE}'",
                map(make_row, runs),
            )
            added_runs = connection.total_changes - before
            known = {hash_ for entry in entries for hash_ in (entry.hash, entry.origin)}
            missing = [one for one in imported if one.hash not in known and (one.origin or one.hash) not in known]
            for one in missing:
                own = make_entry(one.decision, entries[-1] if entries else None, one.origin)
                origin = one.origin if own.hash == one.hash else one.origin or one.hash
                self._insert(connection, entries, one.decision, origin)
            return added_runs, len(missing)


def put_last(decision: Decision, entries: Iterable[Entry]) -> Decision:
    """Returns the decision with a time that is not before those of the entries, by which decisions count."""
    latest = max((entry.decision.time for entry in entries), key=check_time, default=decision.time)
    return replace(decision, time=max(decision.time, latest, key=check_time))


def make_row(record: RunRecord) -> tuple[str, str, str, str, bytes]:
    """Returns the row of a run. The document is compressed: SQLite checks all of a database when it is opened."""
    document = compress(to_json(record.to_dict()).encode())
    return record.run_id, identity(record.component), record.started, record.verdict, document


def unpack(document: bytes) -> Any:
    """Returns the plain data of a compressed document. Raises ValueError, TypeError or zlib.error."""
    return loads(decompress(document))


def to_json(data: Mapping[str, Any]) -> str:
    """Returns compact JSON."""
    return dumps(data, separators=(",", ":"), allow_nan=False)
