"""The decisions that count in a run, as they are before the first conftest.py: a test may rewrite the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..model.history import Decision
from ..model.names import identity
from ..model.records import record
from .audit import NO_HEAD, Entry, find_break, find_head
from .database import RecordsError
from .store import Store


@record(frozen=True, slots=True, kw_only=True)
class History:
    """The decisions of the stores that are trusted.

    `problem` says why nothing is known; then there are no decisions. `unproven` are the decisions of a store that is
    there and not trusted. `head` is the hash of the audit log's last entry, empty where no log was read.
    """

    entries: tuple[Entry, ...] = ()
    unproven: tuple[Entry, ...] = ()
    head: str = ""
    problem: str = ""

    def list_decisions(self, component: str) -> list[Decision]:
        """Returns the decisions about a component, the latest last; its name in whatever spelling."""
        return list(select(self.entries, component))

    def find_last_promotion(self, component: str) -> Decision | None:
        """Returns the last promotion of a component, with the numbers and tool versions of its run."""
        promotions = [one for one in self.list_decisions(component) if one.kind == "promotion"]
        return promotions[-1] if promotions else None

    def find_stage(self, component: str) -> str | None:
        """Returns the recorded stage of a component; None where no decision gives it one."""
        decisions = self.list_decisions(component)
        return decisions[-1].stage if decisions else None


def select(entries: tuple[Entry, ...], component: str) -> Iterator[Decision]:
    """Yields the decisions about a component by their times: those that were imported later may be older."""
    own = (one for one in entries if identity(one.decision.component) == identity(component))
    return (one.decision for one in sorted(own, key=lambda one: (parse_time(one.decision.time), one.number)))


def parse_time(text: str) -> datetime:
    """Returns a point in time with its zone. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def read_history(store: Store, is_trusted: bool) -> History:
    """Returns the decisions of the local store: those that count where it is trusted, else the unproven ones."""
    try:
        entries = tuple(store.list_entries())
        for entry in entries:
            parse_time(entry.decision.time)
    except (RecordsError, ValueError) as error:
        return History(problem=str(error))
    if problem := find_break(entries):
        return History(problem=f"the audit log was changed: {problem}", head=find_head(entries))
    head = find_head(entries) if entries else NO_HEAD
    return History(entries=entries, head=head) if is_trusted else History(unproven=entries, head=head)


def is_rewritten(before: History, store: Store) -> bool:
    """Whether the store has lost or changed an entry that the history has; a log that cannot be read has not."""
    known = before.entries or before.unproven
    try:
        return bool(known) and store.list_entries()[: len(known)] != list(known)
    except RecordsError:
        return False
