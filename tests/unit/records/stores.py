"""Empty stores of either kind, and how somebody with all rights changes one."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_maturity.records.postgresql import PostgresStore
from pytest_maturity.records.sqlite import SqliteStore
from pytest_maturity.records.store import Store
from tests.postgresql import Server


class Stores(Protocol):
    """Stores of one kind."""

    def make(self) -> Store:
        """Returns an empty store."""

    def tamper(self, store: Store, *statements: str) -> None:
        """Executes statements with no trigger in the way."""


@dataclass
class SqliteStores:
    """Stores in files of one directory."""

    directory: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def make(self) -> Store:
        return SqliteStore(self.directory / f"records{next(self.numbers)}.db")

    def tamper(self, store: Store, *statements: str) -> None:
        assert isinstance(store, SqliteStore)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
            triggers = list(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in (*statements, *(sql for _, sql in triggers)):
                connection.execute(statement)


@dataclass
class PostgresStores:
    """Stores in databases of one server."""

    server: Server

    def make(self) -> Store:
        return self.server.store(self.server.create_database())

    def tamper(self, store: Store, *statements: str) -> None:
        assert isinstance(store, PostgresStore)
        database = store.name.rpartition("/")[2]
        with closing(self.server.connect(database)) as connection:
            connection.execute("SET search_path = maturity")
            tables = ("runs", "decisions")
            for statement in (
                *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables),
                *statements,
                *(f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables),
            ):
                connection.execute(statement.encode())
