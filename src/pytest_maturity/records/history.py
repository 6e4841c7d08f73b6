"""The decisions that count in a run, as they are before the first conftest.py: a test may rewrite the file."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from ..model.ci import is_ci
from ..model.history import STAGE_KINDS, Decision
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from .audit import NO_HEAD, Entry, check_time, find_break, find_head, find_impossible_time
from .database import RecordsError
from .store import Store

REF = "ref"  # the decisions file in the git ref of the policy


@light_dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The decisions of the stores that are trusted.

    `problem` says why nothing is known; then there are no decisions. `unproven` are the decisions of a store that is
    there and not trusted. `head` is the hash of the audit log's last entry, empty where no log was read.
    """

    entries: tuple[Entry, ...] = ()
    unproven: tuple[Entry, ...] = ()
    head: str = ""
    problem: str = ""

    def select(self, component: str, kinds: Container[str] = STAGE_KINDS) -> list[Entry]:
        """Returns the entries of some kinds about a component by their times; its name in whatever spelling.

        Those that were imported from another log stand behind the log's own, and may be older.
        """
        return select_entries(self.entries, component, kinds)

    def list_components(self) -> list[str]:
        """Returns the names of the components that have or had a recorded stage, as the last decision writes them."""
        decisions = (one.decision for one in self.entries)
        return list({identity(one.component): one.component for one in decisions if one.kind in STAGE_KINDS}.values())

    def find_last_promotion(self, component: str) -> Decision | None:
        """Returns the last promotion of a component, with the numbers and tool versions of its run."""
        promotions = [one.decision for one in self.select(component) if one.decision.kind == "promotion"]
        return promotions[-1] if promotions else None

    def find_stage(self, component: str) -> str | None:
        """Returns the recorded stage of a component; None where no decision gives it one."""
        entries = self.select(component)
        return entries[-1].decision.stage if entries else None

    def find_unproven_stage(self, component: str) -> str | None:
        """Returns the stage that a store says which is not trusted; None where it says none."""
        entries = select_entries(self.unproven, component)
        return entries[-1].decision.stage if entries else None

    def compute_days(self, component: str, ladder: Sequence[str], now: datetime) -> dict[str, Fraction]:
        """Returns, for each stage, for how many days the component has been on record at it or above without a break.

        A stage at which it is not is left out.
        """
        since: dict[str, datetime] = {}
        for entry in self.select(component):
            stage = entry.decision.stage
            held = ladder[: ladder.index(stage) + 1] if stage in ladder else ()
            since = {one: since.get(one, check_time(entry.decision.time)) for one in held}
        days = timedelta(days=1) // timedelta(microseconds=1)
        return {
            stage: Fraction(max(now - begin, timedelta()) // timedelta(microseconds=1), days)
            for stage, begin in since.items()
        }


def is_trusted(store: Store, trust: Sequence[str]) -> bool:
    """Whether the decisions of the store count: where `trust` names it, and without a word, outside of CI."""
    return store.kind in trust if trust else not is_ci()


def select_entries(entries: Sequence[Entry], component: str, kinds: Container[str] = STAGE_KINDS) -> list[Entry]:
    """Returns the entries of some kinds about a component by their times."""
    name = identity(component)
    own = (one for one in entries if one.decision.kind in kinds and identity(one.decision.component) == name)
    return sorted(own, key=lambda one: (check_time(one.decision.time), one.number))


def read_history(store: Store, is_trusted: bool) -> History:
    """Returns the decisions of a store: those that count where it is trusted, else the unproven ones."""
    try:
        entries = tuple(store.list_entries())
    except RecordsError as error:
        return History(problem=str(error))
    history = check_entries(entries)
    if history.problem or is_trusted:
        return history
    return History(unproven=entries, head=history.head)


def check_entries(entries: Sequence[Entry]) -> History:
    """Returns the history of an audit log; one with a problem where its chain is broken, or a time is impossible."""
    head = find_head(entries) if entries else NO_HEAD
    if problem := find_break(entries):
        return History(problem=f"the audit log was changed: {problem}", head=head)
    if problem := find_impossible_time(entries):
        return History(problem=problem, head=head)
    return History(entries=tuple(entries), head=head)


def is_rewritten(known: Sequence[Entry], store: Store) -> bool:
    """Whether the store has lost or changed one of these entries that it had; a log that cannot be read has not."""
    try:
        return bool(known) and store.list_entries()[: len(known)] != list(known)
    except RecordsError:
        return False
