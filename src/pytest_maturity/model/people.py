"""Names of people: whether two of them, in whatever spelling, may be those of one person, and how a name is known."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Identity = Literal["", "claimed", "signed", "ci"]  # typed, by a signature, by the CI service
IDENTITIES = ("", "claimed", "signed", "ci")

SEPARATORS = re.compile(r"[\s._\-]+")
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
WITH_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*")


def find_spellings(name: str) -> frozenset[str]:
    """Returns the spellings by which a person is compared: of `Ann Lee <7+ann@users.noreply.github.com>` four.

    Those are the name, the address, and both parts of what stands before the `@`, without case and separators.
    """
    match = WITH_ADDRESS.fullmatch(name)
    shown, address = (match["name"], match["address"].strip()) if match else ("", name.strip())
    found = [shown, address]
    if ADDRESS.fullmatch(address):
        found += address.partition("@")[0].split("+")
    return frozenset(filter(None, map(normalize_person, found)))


def normalize_person(name: str) -> str:
    """Returns a name without case, accents of other forms, and separators."""
    return SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())


def is_same_person(one: str, other: str) -> bool:
    """Whether two names have a spelling in common."""
    return not find_spellings(one).isdisjoint(find_spellings(other))
