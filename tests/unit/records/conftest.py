"""The stores that the same tests are about: a file of SQLite, and a server where one is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.records.stores import PostgresStores, SqliteStores, Stores


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Stores of one kind."""
    if request.param == "sqlite":
        return SqliteStores(tmp_path)
    return PostgresStores(request.getfixturevalue("server"))
