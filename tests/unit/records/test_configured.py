"""The configuration says where the records are."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.config.settings import RecordSettings
from pytest_maturity.records.configured import choose_store
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.sqlite import SqliteStore


def test_without_a_url_they_are_in_a_file_of_the_project(tmp_path: Path) -> None:
    store = choose_store(RecordSettings(path="r.db"), tmp_path, {})
    assert store == SqliteStore(tmp_path / "r.db", "r.db")
    assert (store.kind, store.name) == ("local", "r.db")


def test_with_a_url_they_are_on_a_server(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    store = choose_store(RecordSettings(url="postgresql://u@db.example/shop"), tmp_path, {})
    assert (store.kind, store.name) == ("server", "postgresql://db.example/shop")
    of_variable = choose_store(
        RecordSettings(url="env:SHOP"), tmp_path, {"SHOP": "postgres://u:hunter2@db.example/shop"}
    )
    assert of_variable.name == "postgresql://db.example/shop"


def test_a_variable_that_is_not_set_is_an_error_of_the_store_and_not_of_the_configuration(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    store = choose_store(RecordSettings(url="env:SHOP"), tmp_path, {})
    with pytest.raises(RecordsError, match="the environment variable SHOP is not set"):
        store.list_entries()
