"""The interface of the two databases of records: transactions that execute statements, and how they fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

LOCAL = "local"  # in `trust`: the SQLite database in the project
SERVER = "server"  # in `trust`: a database of PostgreSQL


class RecordsError(Exception):
    """The records cannot be read or written; the message says why, and is safe to print."""


class Result(Protocol):
    """The rows that a statement selected, or how many it changed."""

    @property
    def rowcount(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """An open transaction of either database. A `?` in a statement stands for a value."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Result:
        """Executes a statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Result:
        """Executes a statement for each row of values; the result counts the changed rows of all."""
