"""Suppressions: the places where a component silences a tool, skips a test, or omits code from coverage."""

from __future__ import annotations

from collections import Counter

from .light_dataclass import light_dataclass

IN_COMMENTS = ("noqa", "type_ignore", "nosec", "fmt", "no_cover")
IN_TESTS = ("skip", "xfail", "warning_filter")
OMITTED = "omitted"
KINDS = (*IN_COMMENTS, OMITTED, *IN_TESTS)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One place, and the text that suppresses something there.

    `path` is relative to the root; `line` counts from 1, None: the whole file.
    """

    kind: str
    path: str
    line: int | None = None
    text: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        return self.path, self.line or 0, KINDS.index(self.kind), self.text


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """The suppressions of a component that were found.

    `unknown` are the kinds that could not be counted, and `problems` say why. Such a kind has no number, however many
    were found: there may be more.
    """

    found: tuple[Suppression, ...] = ()
    unknown: frozenset[str] = frozenset(KINDS)
    problems: tuple[str, ...] = ("suppressions were not counted",)

    @property
    def counts(self) -> dict[str, int | None]:
        """The number of each kind; None where it is unknown."""
        numbers = Counter(one.kind for one in self.found)
        return {kind: None if kind in self.unknown else numbers[kind] for kind in KINDS}

    @property
    def total(self) -> int | None:
        """The number of all; None where one kind is unknown: the sum of the others would be too good."""
        return None if self.unknown else len(self.found)

    @property
    def summary(self) -> str:
        """The numbers above 0 and the unknown kinds, as `3 noqa, 1 type ignore; unknown: omitted`; may be empty."""
        known = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in self.counts.items() if count)
        unknown = ", ".join(kind.replace("_", " ") for kind in KINDS if kind in self.unknown)
        return "; ".join(filter(None, (known, unknown and f"unknown: {unknown}")))
