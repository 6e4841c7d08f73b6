"""Only the decisions in whole audit logs of trusted stores count."""

from __future__ import annotations

from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.records.audit import NO_HEAD, make_entry
from pytest_maturity.records.history import History, check_entries, is_rewritten, is_trusted, read_history
from pytest_maturity.records.postgresql import PostgresStore
from pytest_maturity.records.sqlite import SqliteStore, open_for_writing
from tests.unit.records.records import demotion, promotion


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "records.db")


def test_without_a_database_nothing_is_on_record(store: SqliteStore) -> None:
    history = read_history(store, is_trusted=True)
    assert history == History(head=NO_HEAD)
    assert history.find_stage("shop") is None
    assert history.find_last_promotion("shop") is None


def test_the_last_decision_says_the_stage_and_the_last_promotion_stays_after_a_demotion(store: SqliteStore) -> None:
    decisions = [promotion("dev"), promotion("staging", day=2), promotion("dev", "billing", day=3)]
    store.append(decisions)
    history = read_history(store, is_trusted=True)
    assert history.find_stage("Shop") == "staging"
    store.append([demotion(None, day=4)])
    history = read_history(store, is_trusted=True)
    assert history.find_stage("shop") is None
    assert history.find_last_promotion("shop") == decisions[1]
    assert history.head == store.list_entries()[-1].hash


def test_decisions_count_by_their_times_also_where_they_were_imported_later(store: SqliteStore, tmp_path: Path) -> None:
    other = SqliteStore(tmp_path / "other.db")
    other.append([promotion("staging", day=2)])
    store.append([demotion(None, day=5)])
    store.merge([], other.list_entries())
    assert [entry.decision.kind for entry in store.list_entries()] == ["demotion", "promotion"]
    assert read_history(store, is_trusted=True).find_stage("shop") is None


def test_a_store_that_is_not_trusted_is_unproven(store: SqliteStore) -> None:
    store.append([promotion()])
    history = read_history(store, is_trusted=False)
    assert history.find_stage("shop") is None
    assert [entry.decision for entry in history.unproven] == [promotion()]


def test_a_broken_chain_says_nothing_but_where_it_is_broken(store: SqliteStore) -> None:
    store.append([promotion("dev"), promotion(day=2)])
    with open_for_writing(store.path) as connection:
        connection.execute("DROP TRIGGER decisions_are_not_deleted")
        connection.execute("DELETE FROM decisions WHERE number = 1")
    history = read_history(store, is_trusted=True)
    assert history.find_stage("shop") is None
    assert history.problem.startswith("the audit log was changed: before entry 2 (promotion of shop to staging)")


def test_a_database_that_cannot_be_read_is_a_problem(store: SqliteStore) -> None:
    store.path.write_bytes(b"garbage" * 1000)
    assert "file is not a database" in read_history(store, is_trusted=True).problem


def test_a_decision_without_a_time_is_a_problem() -> None:
    assert "yesterday" in check_entries([make_entry(promotion(time="yesterday"), None)]).problem


def test_the_days_at_a_stage_count_from_the_first_promotion_without_a_break(store: SqliteStore) -> None:
    store.append([promotion("dev"), promotion("staging", day=3), promotion("staging", day=5)])
    now = datetime(2026, 1, 11, 12, tzinfo=timezone.utc)

    def days() -> dict[str, Fraction]:
        return read_history(store, is_trusted=True).compute_days("shop", ("dev", "staging", "production"), now)

    assert days() == {"dev": 10, "staging": 8}
    store.append([demotion("dev", day=6)])
    assert days() == {"dev": 10}
    store.append([promotion("production", day=9)])
    assert days() == {"dev": 10, "staging": 2, "production": 2}
    store.append([demotion(None, day=10)])
    assert days() == {}


def test_only_a_named_store_is_trusted_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = (SqliteStore(tmp_path), "local", "server"), (PostgresStore("postgresql://h/d", {}), "server", "local")
    for store, own, other in stores:
        monkeypatch.delenv("CI", raising=False)
        found = [is_trusted(store, trust) for trust in ((), (own,), ("ref", own), ("ref",), (other,))]
        assert found == [True, True, True, False, False]
        monkeypatch.setenv("CI", "true")
        found = [is_trusted(store, trust) for trust in ((), (own,), ("ref", own), ("ref",), (other,))]
        assert found == [False, True, True, False, False]


def test_a_log_that_grew_is_not_rewritten_and_one_that_lost_an_entry_is(store: SqliteStore) -> None:
    store.append([promotion("dev"), promotion(day=2)])
    before = read_history(store, is_trusted=True)
    store.append([promotion("production", day=3)])
    assert not is_rewritten(before.entries, store)
    store.path.unlink()
    assert is_rewritten(before.entries, store)
    store.append([promotion("dev")])
    assert is_rewritten(before.entries, store)
    store.path.write_bytes(b"garbage" * 1000)
    assert not is_rewritten(before.entries, store)  # it cannot be told; the run is not recorded there, either


def test_approvals_attestations_and_revocations_change_no_stage(store: SqliteStore) -> None:
    others = [
        promotion("production", day=3, kind="approval"),
        promotion(None, day=4, kind="attestation", values={"a": "1"}),
        promotion("production", "bank", day=4, kind="approval"),
        promotion(None, day=5, kind="revocation", revokes="f" * 64),
    ]
    store.append([promotion("staging", day=2, tests=7), *others])
    history = read_history(store, is_trusted=True)
    now = datetime(2026, 1, 11, 12, tzinfo=timezone.utc)
    assert history.find_stage("shop") == "staging"
    assert history.find_last_promotion("shop") == promotion("staging", day=2, tests=7)
    assert history.compute_days("shop", ("dev", "staging", "production"), now) == {"dev": 9, "staging": 9}
    assert history.list_components() == ["shop"]
    assert [entry.decision.kind for entry in history.select("shop", ("approval", "attestation"))] == [
        "approval", "attestation",
    ]  # fmt: skip
    assert read_history(store, is_trusted=False).find_unproven_stage("shop") == "staging"
