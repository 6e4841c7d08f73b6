"""The audit log: decisions in a chain, in which the hash of each entry covers the one before.

An edit, a deletion or an insertion in the chain is found, because the hashes do not match any more. A tail that was cut
off and a log that was rewritten as a whole cannot be seen in the log itself: who kept an earlier head finds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from json import dumps  # bound here: a test may patch it
from typing import Any

from ..model.history import STAGE_KINDS, Decision
from ..model.light_dataclass import light_dataclass
from ..model.text import safe

NO_HEAD = "0" * 64  # before the first entry
SHOWN_ID = 12  # digits of the id of a decision
TOLERANCE = timedelta(minutes=5)  # between the clocks of two machines


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A decision in the audit log. Numbers start at 1; `previous` is the hash of the entry before.

    `origin` is the hash that the decision had in the log that it was imported from; empty for the log's own.
    """

    number: int
    decision: Decision
    previous: str
    hash: str
    origin: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Returns the entry as plain data."""
        return {
            "number": self.number,
            "previous": self.previous,
            "hash": self.hash,
            "origin": self.origin,
            "decision": self.decision.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Entry:
        """Returns the entry that `to_dict` wrote. Raises KeyError, TypeError or ValueError."""
        return cls(
            number=int(data["number"]),
            previous=str(data["previous"]),
            hash=str(data["hash"]),
            origin=str(data["origin"]),
            decision=Decision.from_dict(data["decision"]),
        )

    @property
    def is_intact(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == compute_hash(self.number, self.decision, self.previous, self.origin)


def compute_hash(number: int, decision: Decision, previous: str, origin: str) -> str:
    """Returns the SHA-256 of an entry: of its content and the hash before it, as compact JSON with sorted keys."""
    content = {"number": number, "previous": previous, "origin": origin, "decision": decision.to_dict()}
    text = dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make_entry(decision: Decision, last: Entry | None, origin: str = "") -> Entry:
    """Returns the entry that follows the last one of a log; the first one of an empty log."""
    number, previous = (last.number + 1, last.hash) if last else (1, NO_HEAD)
    entry_hash = compute_hash(number, decision, previous, origin)
    return Entry(number=number, decision=decision, previous=previous, hash=entry_hash, origin=origin)


def find_head(entries: Sequence[Entry]) -> str:
    """Returns the hash of the last entry, which stands for the whole log."""
    return entries[-1].hash if entries else NO_HEAD


def find_break(entries: Iterable[Entry]) -> str:
    """Returns where a log was changed, by the first entry that does not fit; empty where its chain is whole."""
    return next(iterate_breaks(entries), "")


def iterate_breaks(entries: Iterable[Entry]) -> Iterator[str]:
    """Yields what does not fit, entry by entry."""
    number, previous = 0, NO_HEAD
    for entry in entries:
        name = f"entry {entry.number} ({describe(entry.decision)})"
        if entry.number != number + 1:
            missing = entry.number - number - 1
            yield f"before {name}, {missing} of the entries are missing" if missing > 0 else f"{name} is out of order"
        elif entry.previous != previous:
            yield f"{name} does not follow the entry before it: one was deleted, inserted or replaced there"
        elif not entry.is_intact:
            yield f"{name} was changed after it was written"
        number, previous = entry.number, entry.hash


def check_time(text: str) -> datetime:
    """Returns a point in time with its zone. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def find_impossible_time(entries: Iterable[Entry]) -> str:
    """Returns the first decision whose time is none, or lies in the future; empty where all are possible."""
    latest = datetime.now(timezone.utc) + TOLERANCE
    for entry in entries:
        try:
            is_possible = check_time(entry.decision.time) <= latest
        except ValueError:
            is_possible = False
        if not is_possible:
            return f"the {describe(entry.decision)} has an impossible time: {safe(entry.decision.time, 60)}"
    return ""


def describe(decision: Decision) -> str:
    """Returns `promotion of money to staging`, `approval of money for staging as qa` or `attestation of money: a=1`."""
    name = safe(decision.component, 60)
    stage = safe(decision.stage, 60) if decision.stage is not None else "no stage"
    if decision.kind in STAGE_KINDS:
        return f"{decision.kind} of {name} to {stage}"
    if decision.kind == "attestation":
        values = ", ".join(f"{safe(key, 60)}={safe(value, 30)}" for key, value in decision.values.items())
        return f"attestation of {name}: {values}"
    role = f" as {safe(decision.role, 60)}" if decision.role else ""
    if decision.kind == "approval":
        return f"approval of {name} for {stage}{role}"
    return f"revocation of {safe(decision.revokes, 64)[:SHOWN_ID]}, about {name}"
