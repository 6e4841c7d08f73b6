"""Attestations of `pytest-maturity attest`: the one that counts for a component, or why none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ..model.attestations import Attested
from ..model.durations import describe_age, parse_duration
from ..model.history import Decision
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.people import is_same_person
from ..model.text import decimal_places, first_few, format_number, safe
from ..tools.findings import NotMeasuredError
from ..tools.json_numbers import parse_number
from .audit import Entry, check_time
from .history import History

ATTESTATION, REVOCATION = "attestation", "revocation"
LONGEST = timedelta(days=366)  # from an attestation to its end
FILES = "files"  # the value of `binds_to` for an attestation about exactly these files


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The component, files and policy that an attestation must be about to count.

    `project` is the identity of the repository; where it is not known, it is empty, and `problem` says why. `digest` is
    that of the component's files and of the policy, `policy_digest` that of the policy alone. `authors` are those of
    the change, `unknown_authors` says why they are not known.
    """

    component: str
    now: datetime
    project: str = ""
    problem: str = ""
    digest: str = ""
    policy_digest: str = ""
    authors: tuple[str, ...] = ()
    unknown_authors: str = ""


def find_attested(history: History, name: str, table: Mapping[str, Any], subject: Subject) -> Attested:
    """Returns the attested number of a component, as the last attestation that is about it states it.

    `table` is the configuration of the attestation `name`. Without a number, the note names every reason.
    """
    if history.problem:
        return Attested(value=None, note=f"the records cannot be read: {history.problem}")
    if subject.problem:
        return Attested(value=None, note=f"the repository is not known: {subject.problem}")
    given = [one.decision for one in history.select(subject.component, (ATTESTATION,)) if name in one.decision.values]
    revoked = {one.decision.revokes for one in history.entries if one.decision.kind == REVOCATION}
    refused: list[str] = []
    for decision in reversed(given):
        problem = describe_foreign(decision, name, table, subject)
        if not problem and decision.id in revoked:  # an earlier one must not count again
            return Attested(value=None, note=f"{describe(decision)} was revoked: attest it again")
        if not problem:
            return judge_last(decision, name, table, subject.now)
        refused.append(f"{describe(decision)} {problem}")
    reasons = refused or list(list_others(history, name, subject.component))
    words = first_few_sentences(reasons) if reasons else f"nobody has attested it: {suggest_verb(name, subject)}"
    return Attested(value=None, note=words)


def describe_foreign(decision: Decision, name: str, table: Mapping[str, Any], subject: Subject) -> str:
    """Returns why an attestation is not about the subject, or is none; empty where it is."""
    if decision.project != subject.project:
        return "is from another repository"
    if decision.stage is not None:
        return f"is for the stage {safe(decision.stage, 60)}, and an attestation is for none"
    problem = describe_malformed(decision, name)
    if problem or table.get("binds_to") != FILES:
        return problem
    return describe_other_files(decision, subject) or describe_author(decision.actor, subject)


def describe_malformed(decision: Decision, name: str) -> str:
    """Returns what is wrong with the number or the end of an attestation; empty where nothing is."""
    try:
        parse_number(decision.values[name])
    except NotMeasuredError:
        return f"has the value {safe(decision.values[name], 60)!r}, which is no number"
    if not decision.expires:
        return "has no end"
    try:
        time, end = check_time(decision.time), check_time(decision.expires)
    except ValueError:
        is_possible = False
    else:
        is_possible = timedelta() < end - time <= LONGEST
    return "" if is_possible else f"has the impossible end {safe(decision.expires, 60)!r}"


def describe_other_files(decision: Decision, subject: Subject) -> str:
    """Returns why an attestation is not about exactly the files and the policy of the subject; empty where it is."""
    if decision.digest == subject.digest:
        return ""
    if not decision.digest:
        return "names no files: attest it with --report"
    if decision.policy_digest != subject.policy_digest:
        return "is about another policy"
    commit = f" (commit {safe(decision.commit, 64)[:12]})" if decision.commit else ""
    return f"is about other files{commit}"


def describe_author(actor: str, subject: Subject) -> str:
    """Returns why somebody may state nothing about the files of a change; empty where it is the change of others."""
    if subject.unknown_authors:
        return f"cannot count: {subject.unknown_authors}"
    found = next((author for author in subject.authors if is_same_person(actor, author)), "")
    return f"is by an author of the change ({safe(found, 100)})" if found else ""


def judge_last(decision: Decision, name: str, table: Mapping[str, Any], now: datetime) -> Attested:
    """Returns the number of the last attestation about the component, unknown where it counts no more."""
    time, end = check_time(decision.time), check_time(decision.expires)
    if now >= end:
        return Attested(value=None, note=f"{describe(decision)} expired on {end.date()}")
    if now - time > parse_duration(table["max_age"]):
        age = describe_age(now - time)
        return Attested(value=None, note=f"{describe(decision)} is {age} old, and {table['max_age']} is the most")
    value = Fraction(parse_number(decision.values[name]))
    shown = format_number(value, digits=decimal_places(value))
    note = f"{shown}, attested on {time.date()} by {describe_actor(decision)}, until {end.date()}"
    return Attested(value=value, note=f"{note}: {safe(decision.source, 200)}")


def list_others(history: History, name: str, component: str) -> Iterator[str]:
    """Yields what is on record of an attestation, and not about the component, or in a store that is not trusted."""
    others = {one.decision.component for one in select(history.entries, name)}
    if others:
        yield f"it is attested for {first_few(sorted(others))}, and not for {safe(component, 60)}"
    if any(identity(one.decision.component) == identity(component) for one in select(history.unproven, name)):
        yield "it is attested in a store that [tool.maturity.records] does not trust here"


def select(entries: Iterable[Entry], name: str) -> Iterator[Entry]:
    """Yields the attestations of one name, of all components."""
    return (one for one in entries if one.decision.kind == ATTESTATION and name in one.decision.values)


def describe(decision: Decision) -> str:
    """Returns `the attestation of 2026-01-31 by ann`."""
    return f"the attestation of {safe(decision.time, 60)[:10]} by {describe_actor(decision)}"


def describe_actor(decision: Decision) -> str:
    """Returns who attested."""
    return safe(decision.actor, 60) or "unknown"


def suggest_verb(name: str, subject: Subject) -> str:
    """Returns the command that attests."""
    return f"pytest-maturity attest {safe(subject.component, 60)} {name}=NUMBER --source URL --expires 30d"


def first_few_sentences(reasons: list[str]) -> str:
    """Returns the first reasons, and how many more there are."""
    shown, more = reasons[:3], len(reasons) - 3
    return "; ".join(shown) + (f"; and {more} more that do not count" if more > 0 else "")
