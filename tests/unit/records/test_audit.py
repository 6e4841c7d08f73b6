"""The chain of the audit log shows an edit, a deletion and an insertion, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_maturity.model.history import Decision
from pytest_maturity.records.audit import (
    NO_HEAD,
    Entry,
    check_time,
    describe,
    find_break,
    find_head,
    find_impossible_time,
    make_entry,
)
from tests.unit.records.records import demotion, promotion


def chain() -> list[Entry]:
    """Returns a log of four decisions."""
    entries: list[Entry] = []
    for decision in (promotion("dev"), promotion("staging", day=2), demotion("dev", day=3), promotion(day=4)):
        entries.append(make_entry(decision, entries[-1] if entries else None))
    return entries


def test_a_whole_chain_has_no_break_and_its_head_is_the_last_hash() -> None:
    entries = chain()
    assert find_break(entries) == ""
    assert find_head(entries) == entries[-1].hash
    assert find_head([]) == NO_HEAD
    assert find_break([]) == ""


def test_an_edit_is_found_at_its_entry() -> None:
    entries = chain()
    entries[1] = replace(entries[1], decision=replace(entries[1].decision, stage="production"))
    assert find_break(entries) == "entry 2 (promotion of shop to production) was changed after it was written"


def test_an_edit_with_a_new_hash_is_found_at_the_entry_behind_it() -> None:
    entries = chain()
    entries[1] = make_entry(replace(entries[1].decision, stage="production"), entries[0])
    assert find_break(entries) == (
        "entry 3 (demotion of shop to dev) does not follow the entry before it: "
        "one was deleted, inserted or replaced there"
    )


def test_a_deletion_is_found() -> None:
    entries = chain()
    assert (
        find_break([*entries[:1], *entries[2:]])
        == "before entry 3 (demotion of shop to dev), 1 of the entries are missing"
    )
    renumbered = [entries[0], *(replace(entry, number=entry.number - 1) for entry in entries[2:])]
    assert find_break(renumbered).startswith("entry 2 (demotion of shop to dev) does not follow")


def test_an_insertion_is_found() -> None:
    entries = chain()
    inserted = make_entry(promotion("production"), entries[1])
    assert find_break([*entries[:2], inserted, *entries[2:]]) == "entry 3 (demotion of shop to dev) is out of order"
    moved = [replace(entry, number=entry.number + 1) for entry in entries[2:]]
    assert find_break([*entries[:2], inserted, *moved]).startswith("entry 4 (demotion of shop to dev) does not follow")


def test_a_cut_tail_is_not_found() -> None:
    """The log cannot show it: only somebody who kept the head can."""
    assert find_break(chain()[:-1]) == ""


def test_an_entry_survives_its_plain_data() -> None:
    entry = chain()[2]
    assert Entry.from_dict(entry.to_dict()) == entry
    assert entry.is_intact


def test_each_kind_of_decision_is_described_in_words() -> None:
    approval = Decision(kind="approval", component="shop", stage="production", time="", role="qa")
    attestation = Decision(kind="attestation", component="shop", stage=None, time="", values={"a": "1", "b": "99.5"})
    revocation = Decision(kind="revocation", component="shop", stage=None, time="", revokes="f" * 64)
    assert [describe(one) for one in (promotion("dev"), demotion(), approval, attestation, revocation)] == [
        "promotion of shop to dev",
        "demotion of shop to no stage",
        "approval of shop for production as qa",
        "attestation of shop: a=1, b=99.5",
        "revocation of ffffffffffff, about shop",
    ]


def test_a_time_needs_a_zone() -> None:
    assert check_time("2026-01-01T00:00:00+00:00").year == 2026
    with pytest.raises(ValueError, match="no time zone"):
        check_time("2026-01-01T00:00:00")


def test_a_decision_of_the_future_is_impossible() -> None:
    assert find_impossible_time(chain()) == ""
    entries = [make_entry(promotion(time="2999-01-01T00:00:00+00:00"), None)]
    words = "the promotion of shop to staging has an impossible time: 2999-01-01T00:00:00+00:00"
    assert find_impossible_time(entries) == words
