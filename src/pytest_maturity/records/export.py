"""Records as JSON lines: one run or one entry of the audit log in each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import dumps, loads  # bound here: a test may patch them
from typing import Any

from ..model.history import RunRecord
from ..model.text import safe
from .audit import Entry, check_time
from .database import RecordsError

RUN, DECISION = "run", "decision"  # the kinds of lines


def format_run(record: RunRecord) -> str:
    """Returns the line of a run."""
    return to_line({"record": RUN, **record.to_dict()})


def format_entry(entry: Entry) -> str:
    """Returns the line of an entry of the audit log."""
    return to_line({"record": DECISION, **entry.to_dict()})


def to_line(data: dict[str, Any]) -> str:
    """Returns compact JSON with a line break."""
    return dumps(data, separators=(",", ":"), sort_keys=True, allow_nan=False) + "\n"


def parse_lines(lines: Iterable[str], name: str) -> tuple[list[RunRecord], list[Entry]]:
    """Returns the runs and the entries in the lines of an export called `name`. Raises RecordsError with the line."""
    runs, entries = [], []
    for number, record in parse_objects(lines, name):
        try:
            kind = record.pop("record")
            if kind == RUN:
                run = RunRecord.from_dict(record)
                check_time(run.started)
                runs.append(run)
            elif kind == DECISION:
                entry = Entry.from_dict(record)
                check_time(entry.decision.time)
                entries.append(entry)
            else:
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise RecordsError(f"{name}:{number}: is no record") from error
    return runs, entries


def parse_objects(lines: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the JSON object of each line that is not blank, with its number. Raises RecordsError."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = loads(line)
        except (ValueError, RecursionError) as error:
            raise RecordsError(f"{name}:{number}: is not JSON: {safe(str(error), 200)}") from error
        if not isinstance(found, dict):
            raise RecordsError(f"{name}:{number}: is no record")
        yield number, found
