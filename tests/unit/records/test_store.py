"""Runs and decisions are kept, found again, exported and merged without loss and without doubles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pytest_maturity.records.audit import find_break
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.history import read_history
from pytest_maturity.records.store import WRITE_RUN, Store, make_row
from tests.unit.records.records import demotion, promotion, run_of
from tests.unit.records.stores import Stores


@pytest.fixture
def store(stores: Stores) -> Store:
    return stores.make()


def test_the_last_runs_of_a_component_come_first_and_names_are_compared_as_names(store: Store) -> None:
    store.write_runs([run_of(number) for number in (3, 1, 2)])
    store.write_runs([run_of(9, "Billing")])
    assert store.list_runs("Shop", limit=2) == [run_of(3), run_of(2)]
    assert store.list_runs("shop", "billing", limit=1) == [run_of(3), run_of(9, "Billing")]
    assert store.list_runs("nobody") == []
    assert list(store.iterate_runs()) == [run_of(1), run_of(2), run_of(3), run_of(9, "Billing")]


def test_one_run_has_one_record_of_each_component(store: Store) -> None:
    store.write_runs([run_of(1, verdict="INCOMPLETE"), run_of(1, "billing", verdict="INCOMPLETE")])
    store.write_runs([run_of(1), run_of(1, "billing", verdict="HOLD")])
    assert list(store.iterate_runs()) == [run_of(1, "billing", verdict="HOLD"), run_of(1)]


@pytest.mark.parametrize("verdict", ["HOLD", "PROMOTE", "INCOMPLETE"])
def test_a_run_that_has_ended_is_not_replaced(store: Store, verdict: str) -> None:
    store.write_runs([run_of(1, verdict="PROMOTE")])
    store.write_runs([run_of(1, verdict=verdict, reached=None)])
    assert store.merge([run_of(1, verdict=verdict, reached=None)], []) == (0, 0)
    assert store.list_runs("shop") == [run_of(1, verdict="PROMOTE")]


def test_a_run_that_has_ended_can_be_taken_back(store: Store) -> None:
    store.write_runs([run_of(1, verdict="PROMOTE")])
    store.write_runs([run_of(1, verdict="INCONCLUSIVE", gaps=("it failed later",))])
    assert store.merge([run_of(1, verdict="PROMOTE")], []) == (0, 0)
    assert store.list_runs("shop") == [run_of(1, verdict="INCONCLUSIVE", gaps=("it failed later",))]


def test_decisions_are_appended_to_one_chain(store: Store) -> None:
    first = store.append([promotion("dev"), promotion("staging", day=2)])
    second = store.append([demotion("dev", day=3)])
    assert store.list_entries() == [*first, *second]
    assert find_break(store.list_entries()) == ""


def test_nothing_is_appended_to_a_broken_chain(store: Store, stores: Stores) -> None:
    store.append([promotion("dev"), promotion(day=2)])
    stores.tamper(store, "DELETE FROM decisions WHERE number = 1")
    with pytest.raises(RecordsError, match="the audit log was changed: before entry 2"):
        store.append([promotion("production", day=3)])
    assert len(store.list_entries()) == 1


def test_all_components_are_listed_once(store: Store) -> None:
    store.write_runs([run_of(1, "shop"), run_of(2, "Shop"), run_of(3, "billing")])
    store.append([promotion(component="auth")])
    assert store.list_components() == ["Shop", "auth", "billing"]


def test_a_merge_is_idempotent_and_keeps_what_is_there(store: Store, stores: Stores) -> None:
    other = stores.make()
    other.write_runs([run_of(1), run_of(2, verdict="INCOMPLETE")])
    other.append([promotion("dev"), promotion(day=2)])
    store.write_runs([run_of(2), run_of(3)])
    for added in ((1, 2), (0, 0)):
        assert store.merge(other.iterate_runs(), other.list_entries()) == added
        assert list(store.iterate_runs()) == [run_of(1), run_of(2), run_of(3)]
        assert store.list_entries() == other.list_entries()  # the same chain, so that a head stays the same


def test_a_run_that_has_ended_takes_the_place_of_its_beginning(store: Store) -> None:
    store.write_runs([run_of(1, verdict="INCOMPLETE")])
    assert store.merge([run_of(1)], []) == (1, 0)
    assert store.merge([run_of(1, verdict="INCOMPLETE")], []) == (0, 0)
    assert list(store.iterate_runs()) == [run_of(1)]


def test_two_logs_that_have_diverged_become_one_whole_chain(store: Store, stores: Stores) -> None:
    other = stores.make()
    store.append([promotion("dev")])
    other.merge([], store.list_entries())
    store.append([promotion(day=2)])
    (foreign,) = other.append([demotion(day=3)])
    for added in (1, 0):
        assert store.merge([], other.list_entries()) == (0, added)
    assert [entry.origin for entry in store.list_entries()] == ["", "", foreign.hash]
    assert find_break(store.list_entries()) == ""
    for added in (1, 0):  # the way back: what was its own is not taken twice
        assert other.merge([], store.list_entries()) == (0, added)
    assert find_break(other.list_entries()) == ""


def test_an_export_with_a_broken_chain_is_refused(store: Store, stores: Stores) -> None:
    other = stores.make()
    other.append([promotion("dev"), promotion(day=2)])
    with pytest.raises(RecordsError, match="the audit log of the export was changed"):
        store.merge([run_of(1)], other.list_entries()[1:])
    assert list(store.iterate_runs()) == []


def test_an_export_with_a_decision_of_the_future_is_refused_and_leaves_the_log_as_it_is(
    store: Store, stores: Stores
) -> None:
    other = stores.make()
    other.append([promotion(time="2999-01-01T00:00:00+00:00")])
    store.append([promotion()])
    with pytest.raises(RecordsError, match="nothing of the export was added: the promotion of shop"):
        store.merge([run_of(1)], other.list_entries())
    assert len(store.list_entries()) == 1
    assert list(store.iterate_runs()) == []
    with pytest.raises(RecordsError, match="has an impossible time"):
        other.append([promotion()])


def test_a_decision_is_the_last_one_although_another_clock_was_ahead(store: Store) -> None:
    ahead = promotion(time=(datetime.now(timezone.utc) + timedelta(minutes=4)).isoformat())
    now = datetime.now(timezone.utc).isoformat()
    store.append([promotion("dev"), ahead, demotion(None)])
    (entry,) = store.append([promotion("dev", time=now)])
    assert entry.decision.time == ahead.time
    assert read_history(store, is_trusted=True).find_stage("shop") == "dev"


def test_a_record_that_cannot_be_read_says_so(store: Store, stores: Stores) -> None:
    store.write_runs([run_of(1)])
    stores.tamper(store, "UPDATE runs SET document = '{}'")
    with pytest.raises(RecordsError, match="holds a record that cannot be read"):
        store.list_runs("shop")


def test_a_name_that_no_database_takes_is_an_error(store: Store) -> None:
    with pytest.raises(RecordsError, match="surrogates not allowed"):
        store.write_runs([run_of(1, "shop\ud800")])
    assert list(store.iterate_runs()) == []


def test_an_exception_in_a_transaction_rolls_it_back(store: Store) -> None:
    def interrupt() -> None:
        with store.open_for_writing() as connection:
            connection.execute(WRITE_RUN, make_row(run_of(1)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert list(store.iterate_runs()) == []


def test_a_run_of_a_time_is_the_last_one_before_it_or_the_first(store: Store) -> None:
    at = datetime.fromisoformat(run_of(2).started)
    assert store.find_runs_at(["shop"], at) == {}
    store.write_runs([run_of(number) for number in range(1, 5)])
    store.write_runs([replace(run_of(2), run_id="begun", verdict="INCOMPLETE")])
    assert store.find_runs_at(["Shop", "bank"], at) == {"Shop": run_of(2)}
    assert store.find_runs_at(["shop"], at - timedelta(days=1000)) == {"shop": run_of(1)}
    assert store.find_runs_at(["shop"], at + timedelta(days=1000)) == {"shop": run_of(4)}


def test_points_are_what_a_line_needs_of_the_runs(store: Store) -> None:
    assert store.list_points(["shop", "bank"]) == {"shop": [], "bank": []}
    store.write_runs([run_of(number) for number in range(5)])
    shop = store.list_points(["Shop"], limit=3)["Shop"]
    assert [one.started for one in shop] == [run_of(number).started for number in (2, 3, 4)]
    assert shop[0].numbers == {"coverage": 62.4}
    assert shop[0].flaky == ("tests/test_shop.py::test_slow",)
