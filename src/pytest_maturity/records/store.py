"""The records of a project: writes runs and decisions, and reads them back.

The statements are those that SQLite and PostgreSQL share. `sqlite.py` and `postgresql.py` open the databases.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zlib import compress, decompress, error

from ..model.history import Decision, RunPoint, RunRecord
from ..model.names import identity
from ..model.report import Verdict
from .audit import Entry, check_time, find_break, find_impossible_time, make_entry
from .database import Connection, RecordsError

INCOMPLETE = Verdict.INCOMPLETE.value
TAKEN_BACK = Verdict.INCONCLUSIVE.value  # the verdict of a run in which something failed after it had ended
Kept = TypeVar("Kept", RunRecord, RunPoint, Entry)
# A run takes the place of its beginning. One that has ended is never replaced: it can only be taken back.
WRITE_RUN = f"""INSERT INTO runs (run_id, component, started, verdict, document) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (run_id, component) DO UPDATE
    SET started = excluded.started, verdict = excluded.verdict, document = excluded.document
    WHERE excluded.verdict <> '{INCOMPLETE}' AND excluded.verdict <> runs.verdict
    AND (runs.verdict = '{INCOMPLETE}' OR excluded.verdict = '{TAKEN_BACK}')"""
SELECT_RUNS = "SELECT document FROM runs WHERE component = ? ORDER BY started DESC, run_id LIMIT ?"
ENDED_RUNS = f"SELECT document FROM runs WHERE component = ? AND verdict <> '{INCOMPLETE}'"
SELECT_LAST_UNTIL = f"{ENDED_RUNS} AND started <= ? ORDER BY started DESC, run_id LIMIT 1"
SELECT_FIRST = f"{ENDED_RUNS} ORDER BY started, run_id LIMIT 1"
SELECT_ALL_RUNS = "SELECT document FROM runs ORDER BY started, run_id, component"
SELECT_LAST_RUNS = """SELECT document FROM runs
    WHERE (component, started) IN (SELECT component, max(started) FROM runs GROUP BY component)"""
REMOVE_RUNS = "DELETE FROM runs WHERE started < ?"
SELECT_DECISIONS = "SELECT document FROM decisions ORDER BY number"
ADD_DECISION = "INSERT INTO decisions (number, document, hash) VALUES (?, ?, ?)"


class Store(ABC):
    """The records in one database. Every method raises RecordsError.

    `kind` is the word that stands for it in `trust`. `removes_old_runs` is whether a writer does so by the way.
    """

    kind: ClassVar[str]
    removes_old_runs: ClassVar[bool]

    @property
    @abstractmethod
    def name(self) -> str:
        """The database in messages, safe to print."""

    @property
    @abstractmethod
    def files(self) -> tuple[Path, ...]:
        """The files that it is written to."""

    @abstractmethod
    def open_for_reading(self) -> AbstractContextManager[Connection | None]:
        """Opens a transaction that only reads, and sees one state of the records; None where there are none yet."""

    @abstractmethod
    def open_for_writing(self) -> AbstractContextManager[Connection]:
        """Opens a transaction that the end of the `with` block commits. No other process writes meanwhile.

        An exception in the block rolls everything back.
        """

    # ── runs ─────────────────────────────────────────────────────────────────

    def write_runs(self, records: Iterable[RunRecord], retention: timedelta | None = None) -> None:
        """Writes the records of a run, in place of its beginning; may remove runs that are older than `retention`."""
        with self.open_for_writing() as connection:
            connection.executemany(WRITE_RUN, map(make_row, records))
            if retention is not None and self.removes_old_runs:
                connection.execute(REMOVE_RUNS, (find_oldest(retention),))

    def remove_runs(self, retention: timedelta) -> int:
        """Removes the runs that are older than `retention`; returns how many records that were."""
        with self.open_for_writing() as connection:
            return connection.execute(REMOVE_RUNS, (find_oldest(retention),)).rowcount

    def list_runs(self, *components: str, limit: int = 200) -> list[RunRecord]:
        """Returns the last `limit` runs of each component, the latest first; names in whatever spelling."""
        return [run for runs in self.list_runs_by_component(components, limit).values() for run in runs]

    def list_runs_by_component(self, components: Iterable[str], limit: int = 200) -> dict[str, list[RunRecord]]:
        """Returns the last `limit` runs of each component, the latest first; names in whatever spelling."""
        with self.open_for_reading() as connection:
            return {
                component: []
                if connection is None
                else [
                    self._read_run(document)
                    for (document,) in connection.execute(SELECT_RUNS, (identity(component), limit))
                ]
                for component in components
            }

    def find_runs_at(self, components: Iterable[str], time: datetime) -> dict[str, RunRecord]:
        """Returns, for each component, the last run that had ended and started by then; if there is none, its first."""
        found = {}
        with self.open_for_reading() as connection:
            if connection is None:
                return {}
            for component in components:
                name = identity(component)
                rows = [*connection.execute(SELECT_LAST_UNTIL, (name, time.isoformat(timespec="milliseconds")))]
                for (document,) in rows or connection.execute(SELECT_FIRST, (name,)):
                    found[component] = self._read_run(document)
        return found

    def list_points(self, components: Iterable[str], limit: int = 200) -> dict[str, list[RunPoint]]:
        """Returns, for each component, what a line over its last `limit` runs needs, the oldest first.

        It takes a third of the time that the whole records take.
        """
        with self.open_for_reading() as connection:
            return {
                component: []
                if connection is None
                else [
                    self._parse(RunPoint.from_dict, document, unpack)
                    for (document,) in connection.execute(SELECT_RUNS, (identity(component), limit))
                ][::-1]
                for component in components
            }

    def iterate_runs(self) -> Iterator[RunRecord]:
        """Yields all runs of all components, the oldest first."""
        with self.open_for_reading() as connection:
            if connection is not None:
                for (document,) in connection.execute(SELECT_ALL_RUNS):
                    yield self._read_run(document)

    def list_components(self) -> list[str]:
        """Returns the names of all components that have a run or a decision, sorted."""
        with self.open_for_reading() as connection:
            if connection is None:
                return []
            decided = (entry.decision.component for entry in self._select_entries(connection))
            names = {identity(component): component for component in decided}
            for (document,) in connection.execute(SELECT_LAST_RUNS):
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
            raise RecordsError(f"{self.name} holds a record that cannot be read") from problem

    # ── decisions ────────────────────────────────────────────────────────────

    def list_entries(self) -> list[Entry]:
        """Returns the audit log, whether its chain is whole or not: see `audit.find_break`."""
        with self.open_for_reading() as connection:
            return [] if connection is None else self._select_entries(connection)

    def _select_entries(self, connection: Connection) -> list[Entry]:
        return [self._parse(Entry.from_dict, document) for (document,) in connection.execute(SELECT_DECISIONS)]

    def append(self, decisions: Sequence[Decision]) -> list[Entry]:
        """Adds decisions to the audit log and returns their entries; nothing is added to a chain that is broken.

        None is earlier than those that are there, else it would not be the last one: the clock of another machine may
        be ahead of this one's.
        """
        with self.open_for_writing() as connection:
            entries = self._select_whole(connection)
            return [self._insert(connection, entries, put_last(one, entries)) for one in decisions]

    def _select_whole(self, connection: Connection) -> list[Entry]:
        """Returns the audit log. Raises RecordsError where its chain is broken, or a time in it is impossible."""
        entries = self._select_entries(connection)
        if problem := find_break(entries):
            raise RecordsError(f"{self.name}: the audit log was changed: {problem}")
        if problem := find_impossible_time(entries):
            raise RecordsError(f"{self.name}: {problem}")
        return entries

    def _insert(self, connection: Connection, entries: list[Entry], decision: Decision, origin: str = "") -> Entry:
        entry = make_entry(decision, entries[-1] if entries else None, origin)
        connection.execute(ADD_DECISION, (entry.number, to_json(entry.to_dict()), entry.hash))
        entries.append(entry)
        return entry

    # ── export and import ────────────────────────────────────────────────────

    def merge(self, runs: Iterable[RunRecord], imported: Sequence[Entry]) -> tuple[int, int]:
        """Adds the runs and decisions of an export that are not there yet; returns how many of each.

        A run that has ended is never replaced, unless the export says that it was taken back. The decisions of another
        log come after the own ones, and keep the hash that they had there as their origin.
        """
        if problem := find_break(imported):
            raise RecordsError(f"the audit log of the export was changed: {problem}")
        if problem := find_impossible_time(imported):
            raise RecordsError(f"nothing of the export was added: {problem}")
        with self.open_for_writing() as connection:
            entries = self._select_whole(connection)
            added_runs = connection.executemany(WRITE_RUN, list(map(make_row, runs))).rowcount
            known = {hash_ for entry in entries for hash_ in (entry.hash, entry.origin)}
            missing = [one for one in imported if one.hash not in known and (one.origin or one.hash) not in known]
            for one in missing:
                own = make_entry(one.decision, entries[-1] if entries else None, one.origin)
                origin = one.origin if own.hash == one.hash else one.origin or one.hash
                self._insert(connection, entries, one.decision, origin)
            return max(added_runs, 0), len(missing)  # -1 where there are no runs at all


def find_oldest(retention: timedelta) -> str:
    """Returns when the oldest run that is kept started."""
    return (datetime.now(timezone.utc) - retention).isoformat()


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
