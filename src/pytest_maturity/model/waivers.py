"""Waivers: failed requirements and findings that somebody excused, with a reason and an end."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from .evidence import Finding
from .light_dataclass import light_dataclass
from .names import identity
from .wildcards import matches, matches_path

ANY = "*"
LONGEST = 180  # days that a waiver may last from today on
SOON = 14  # days before its end from which on there is a warning

# used: it excuses something. unused: it could, and there is nothing. idle: this run judges nothing that it is about.
# refused: it excuses nothing, whatever there is.
WaiverState = Literal["used", "unused", "idle", "refused"]


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One entry of the waivers file. `source` is its place there: `maturity-waivers.yaml: waivers[0]`.

    `gate` is the name of a gate or of one of its lines, empty for all. With a `rule`, `path`, `line` or `message` it
    excuses findings, without any of them whole requirements. `component`, `rule`, `path` and `message` may have
    wildcards. Without `stages` it is for all of them. `expires` is a date, the last day on which it counts, or a time
    with its zone.
    """

    source: str
    reason: str
    justification: str
    owner: str
    approved_by: str
    expires: str
    id: str = ""
    gate: str = ""
    rule: str = ""
    path: str = ""
    line: int | None = None
    message: str = ""
    component: str = ANY
    stages: tuple[str, ...] = ()

    @property
    def is_of_findings(self) -> bool:
        """Whether it excuses single findings, and not whole requirements."""
        return bool(self.rule or self.path or self.message) or self.line is not None

    @property
    def scope(self) -> tuple[object, ...]:
        """Everything that decides what it excuses: two waivers with the same scope are one too many."""
        stages = tuple(sorted(self.stages))
        return (self.gate, self.rule, self.path, self.line, self.message, identity(self.component), stages)

    @property
    def narrowness(self) -> tuple[int, ...]:
        """The key by which the narrowest of several sorts last: findings, then longer paths, then rules, then gates."""
        texts = (self.path, self.rule, self.gate, self.component)
        lengths = [number for text in texts for number in (len(text.replace(ANY, "")), -text.count(ANY))]
        return (int(self.line is not None) + bool(self.message), *lengths, -len(self.stages or range(10**6)))

    @property
    def label(self) -> str:
        """The scope as people read it: `lint F401 in src/shop/a.py:3 of shop`."""
        place = self.path + (f":{self.line}" if self.line is not None else "")
        parts = (
            self.gate or "findings",
            self.rule,
            f"in {place}" if place else "",
            self.message and repr(self.message),
        )
        of = "" if self.component == ANY else f" of {self.component}"
        at = f" at {', '.join(self.stages)}" if self.stages else ""
        return " ".join(filter(None, parts)) + of + at

    def is_for_component(self, name: str) -> bool:
        """Whether it is about a component, however either name is written."""
        return matches(identity(name), identity(self.component)) or matches(name, self.component)

    def is_for_stage(self, stage: str) -> bool:
        """Whether it is about a stage."""
        return not self.stages or stage in self.stages

    def is_for_gate(self, name: str) -> bool:
        """Whether it is about a requirement of this name: that of a gate, or `gate.line`."""
        return self.gate in ("", name, name.partition(".")[0])

    def is_for_rule(self, finding: Finding) -> bool:
        """Whether it is about findings of this rule."""
        return not self.rule or matches(finding.rule, self.rule)

    def is_for_place(self, finding: Finding) -> bool:
        """Whether it is about findings of this path and this rule."""
        return self.is_for_rule(finding) and (not self.path or matches_path(finding.path, self.path))

    def is_for_text(self, finding: Finding) -> bool:
        """Whether it is about findings of this line and this message."""
        return self.line in (None, finding.line) and (not self.message or matches(finding.message, self.message))


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A waiver that excuses something of a requirement: these findings, or all of it where there are none."""

    waiver: Waiver
    findings: tuple[Finding, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWaiver:
    """An entry of the waivers file that excuses nothing, and why. `waiver` is None where it could not be read."""

    source: str
    problem: str
    waiver: Waiver | None = None


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """The waivers of a run: those that count, and those that do not.

    `today` is the day, in UTC, on which they were checked.
    """

    valid: tuple[Waiver, ...] = ()
    refused: tuple[RefusedWaiver, ...] = ()
    today: date = date.min


NO_WAIVERS = Waivers()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ListedWaiver:
    """An entry of the waivers file in a report. `message` says why it excuses nothing, empty where it does.

    `ends_in` is the number of days up to its last one, where it ends soon.
    """

    source: str
    state: WaiverState
    message: str = ""
    waiver: Waiver | None = None
    ends_in: int | None = None


def find_end(expires: str) -> datetime:
    """Returns the first moment at which a waiver does not count any more. Raises ValueError for an invalid text."""
    if len(expires) == len("2027-01-31"):
        last = date.fromisoformat(expires)
        return datetime(last.year, last.month, last.day, tzinfo=timezone.utc) + timedelta(days=1)
    end = datetime.fromisoformat(expires.replace("Z", "+00:00"))
    if end.tzinfo is None:
        raise ValueError("a time without its zone")
    return end.astimezone(timezone.utc)


def find_last_day(expires: str) -> date:
    """Returns the last day, in UTC, on which a waiver counts. Raises ValueError for an invalid text."""
    return (find_end(expires) - timedelta(microseconds=1)).date()


def is_same_person(one: str, other: str) -> bool:
    """Whether two names may be those of one person: written alike, or a user's name and the beginning of an address.

    Upper case, spaces, invisible characters and a leading @ make no difference. `Ann Lee <ann@shop.org>` has a name and
    an address, and either is enough.
    """
    (names, addresses), (other_names, other_addresses) = map(split_person, (one, other))
    beginnings, other_beginnings = ({each.partition("@")[0] for each in all_} for all_ in (addresses, other_addresses))
    return bool(names & (other_names | other_beginnings) or addresses & other_addresses or beginnings & other_names)


def split_person(text: str) -> tuple[set[str], set[str]]:
    """Returns the names and the addresses in what stands for a person, each in one spelling."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(" " if char.isspace() else char for char in plain if unicodedata.category(char) != "Cf")
    name, _, address = plain.replace(">", "").partition("<")
    parts = [" ".join(part.split()).removeprefix("@") for part in (name, address)]
    return {part for part in parts if part and "@" not in part}, {part for part in parts if "@" in part}
