"""What a component asks its tools and its test run to overlook, as plain data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

IN_COMMENTS = ("noqa", "type_ignore", "nosec", "no_cover")
IN_TESTS = ("skip", "xfail")
OMITTED = "omitted"
KINDS = (*IN_COMMENTS, OMITTED, *IN_TESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One place where something is overlooked, and the words that ask for it.

    `path` is relative to the root; `line` counts from 1, None: the whole file.
    """

    kind: str
    path: str
    line: int | None = None
    text: str = ""

    @property
    def place(self) -> tuple[str, int, int, str]:
        """What they are sorted by."""
        return self.path, self.line or 0, KINDS.index(self.kind), self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """All suppressions of a component that were found.

    `unknown` are the kinds that could not be told, and `problems` say why. Such a kind has no number, however many
    of it were found: there may be more.
    """

    found: tuple[Suppression, ...] = ()
    unknown: frozenset[str] = frozenset(KINDS)
    problems: tuple[str, ...] = ("suppressions were not counted",)

    @property
    def counts(self) -> dict[str, int | None]:
        """How many there are of each kind."""
        numbers = Counter(one.kind for one in self.found)
        return {kind: None if kind in self.unknown else numbers[kind] for kind in KINDS}

    @property
    def total(self) -> int | None:
        """How many there are; None where one kind could not be told, because the sum of the others flatters."""
        return None if self.unknown else len(self.found)

    @property
    def words(self) -> str:
        """`3 noqa, 1 type ignore; unknown: omitted`, and nothing where there is nothing to tell."""
        known = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in self.counts.items() if count)
        unknown = ", ".join(kind.replace("_", " ") for kind in KINDS if kind in self.unknown)
        return "; ".join(filter(None, (known, unknown and f"unknown: {unknown}")))
