"""Which attestation counts for a component, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.attestations import Attested
from pytest_maturity.model.history import Decision
from pytest_maturity.records.attestations import Subject, find_attested
from pytest_maturity.records.audit import Entry, make_entry
from pytest_maturity.records.history import History, check_entries

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
PROJECT = "4b825dc6:"
SUBJECT = Subject(component="shop", now=NOW, project=PROJECT, digest="files and policy", policy_digest="policy")
TABLE = {"max_age": "30d"}
BOUND = {**TABLE, "binds_to": "files"}
OWN = "the attestation of 2026-01-30 by ann"


def attest(value: str = "1", day: int = 30, **changed: Any) -> Decision:
    """Returns an attestation of a day of January 2026 that ends 40 days later."""
    time = datetime(2026, 1, day, 12, tzinfo=timezone.utc)
    fields: dict[str, Any] = {
        "kind": "attestation",
        "component": "shop",
        "stage": None,
        "time": time.isoformat(),
        "actor": "ann",
        "project": PROJECT,
        "expires": (time + timedelta(days=40)).isoformat(),
        "values": {"reviewed": value},
        "source": "https://wiki/review",
    }
    return Decision(**{**fields, **changed})


def revoke(decision: Decision) -> Decision:
    return Decision(kind="revocation", component="shop", stage=None, time=decision.time, revokes=decision.id)


def history(*decisions: Decision) -> History:
    entries: list[Entry] = []
    for decision in decisions:
        entries.append(make_entry(decision, entries[-1] if entries else None))
    return History(entries=tuple(entries))


def find(*decisions: Decision, table: dict[str, str] = TABLE, subject: Subject = SUBJECT) -> Attested:
    return find_attested(history(*decisions), "reviewed", table, subject)


def test_the_last_attestation_counts_with_who_when_and_from_where() -> None:
    note = "1, attested on 2026-01-30 by ann, until 2026-03-11: https://wiki/review"
    assert find(attest()) == Attested(value=Fraction(1), note=note)
    assert find(attest("0", day=1), attest("99.5", day=2)).value == Fraction("99.5")
    assert find(attest("0", day=3), attest("1", day=2)).value == 0  # imported from another log, and older
    assert find(attest(component="Shop", actor="")).note.startswith("1, attested on 2026-01-30 by unknown, until")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"project": "another:"}, f"{OWN} is from another repository"),
        ({"project": ""}, f"{OWN} is from another repository"),
        ({"stage": "staging"}, f"{OWN} is for the stage staging, and an attestation is for none"),
        ({"value": "yes"}, f"{OWN} has the value 'yes', which is no number"),
        ({"value": "NaN"}, f"{OWN} has the value 'NaN', which is no number"),
        ({"expires": ""}, f"{OWN} has no end"),
        ({"expires": "soon"}, f"{OWN} has the impossible end 'soon'"),
        ({"expires": "2026-02-15T12:00:00"}, f"{OWN} has the impossible end '2026-02-15T12:00:00'"),
        ({"expires": "2026-01-30T12:00:00+00:00"}, f"{OWN} has the impossible end '2026-01-30T12:00:00+00:00'"),
        ({"expires": "2027-02-01T12:00:00+00:00"}, f"{OWN} has the impossible end '2027-02-01T12:00:00+00:00'"),
        ({"expires": "2026-01-31T12:00:00+00:00"}, f"{OWN} expired on 2026-01-31"),
        ({"day": 1}, "the attestation of 2026-01-01 by ann is 30 days old, and 29d is the most"),
        ({"component": "billing"}, "it is attested for billing, and not for shop"),
        (
            {"values": {"other": "1"}},
            "nobody has attested it: pytest-maturity attest shop reviewed=NUMBER --source URL --expires 30d",
        ),
    ],
)
def test_what_does_not_count_is_named(changed: dict[str, Any], words: str) -> None:
    assert find(attest(**changed), table={"max_age": "29d"}) == Attested(value=None, note=words)


def test_the_longest_end_is_a_year_away() -> None:
    assert find(attest(expires="2027-01-31T12:00:00+00:00")).value == 1
    assert find(attest(expires="2026-01-31T12:00:01+00:00")).value == 1
    assert find(attest(day=1), table={"max_age": "30d"}).value == 1


def test_one_that_is_not_about_the_component_hides_none_that_is() -> None:
    assert find(attest(day=2), attest("0", project="another:")).value == 1
    assert find(attest(day=2), attest("x")).value == 1
    expired = attest(expires="2026-01-31T11:00:00+00:00")
    assert find(attest(day=2), expired) == Attested(value=None, note=f"{OWN} expired on 2026-01-31")


def test_after_a_revocation_no_earlier_one_counts_again() -> None:
    first, last = attest("1", day=2), attest("0")
    revoked = Attested(value=None, note=f"{OWN} was revoked: attest it again")
    assert find(last, revoke(last)) == find(first, last, revoke(last)) == revoked
    assert find(first, revoke(first), last).value == 0
    again = attest("1", day=31, source="https://wiki/again")
    assert find(first, last, revoke(last), again).value == 1


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({}, f"{OWN} names no files: attest it with --report"),
        ({"digest": "others", "policy_digest": "another"}, f"{OWN} is about another policy"),
        ({"digest": "others", "policy_digest": "policy"}, f"{OWN} is about other files"),
        (
            {"digest": "others", "policy_digest": "policy", "commit": "0123456789abcdef"},
            f"{OWN} is about other files (commit 0123456789ab)",
        ),
    ],
)
def test_one_that_binds_to_files_counts_for_exactly_these(changed: dict[str, Any], note: str) -> None:
    assert find(attest(**changed), table=BOUND) == Attested(value=None, note=note)
    assert find(attest(**changed)).value == 1
    bound = attest(digest="files and policy", policy_digest="policy", day=2)
    assert find(bound, attest(**changed), table=BOUND).value == 1


def test_the_first_reasons_are_named_and_the_others_counted() -> None:
    found = find(*(attest(project="another:", day=day) for day in (1, 2, 3, 4)), attest("x"))
    assert found.note == (
        f"{OWN} has the value 'x', which is no number; "
        "the attestation of 2026-01-04 by ann is from another repository; "
        "the attestation of 2026-01-03 by ann is from another repository; and 2 more that do not count"
    )


def test_without_records_or_a_repository_nothing_is_known() -> None:
    broken = History(problem="the audit log was changed")
    note = "the records cannot be read: the audit log was changed"
    assert find_attested(broken, "reviewed", TABLE, SUBJECT) == Attested(value=None, note=note)
    nowhere = Subject(component="shop", now=NOW, problem="this clone is shallow")
    note = "the repository is not known: this clone is shallow"
    assert find(attest(), subject=nowhere) == Attested(value=None, note=note)


def test_a_store_that_is_not_trusted_is_named() -> None:
    unproven = History(unproven=history(attest(), attest(component="billing")).entries)
    note = "it is attested in a store that [tool.maturity.records] does not trust here"
    assert find_attested(unproven, "reviewed", TABLE, SUBJECT) == Attested(value=None, note=note)
    other = Subject(component="auth", now=NOW, project=PROJECT)
    assert find_attested(unproven, "reviewed", TABLE, other).note.startswith("nobody has attested it")


def test_no_attestation_can_be_taken_out_of_the_log() -> None:
    entries = history(attest("1", day=1), attest("0", day=2), attest("1", day=3)).entries
    for number in (0, 1):
        left = (*entries[:number], *entries[number + 1 :])
        assert find_attested(check_entries(left), "reviewed", TABLE, SUBJECT).value is None


def test_an_author_of_the_change_attests_nothing_about_its_files() -> None:
    bound: dict[str, Any] = {"digest": "files and policy", "policy_digest": "policy"}
    by_author = replace(SUBJECT, authors=("Ann <ann@example.org>",))
    assert find(attest(**bound), table=BOUND, subject=by_author) == Attested(
        value=None, note=f"{OWN} is by an author of the change (Ann <ann@example.org>)"
    )
    assert find(attest(**bound, day=29, actor="bob"), attest("0", **bound), table=BOUND, subject=by_author).value == 1
    assert find(attest(), subject=by_author).value == 1  # a fact about the world
    unknown = replace(SUBJECT, unknown_authors="the authors of the change are not known: uncommitted changes: a.py")
    note = f"{OWN} cannot count: {unknown.unknown_authors}"
    assert find(attest(**bound), table=BOUND, subject=unknown) == Attested(value=None, note=note)
    assert find(attest(), subject=unknown).value == 1
