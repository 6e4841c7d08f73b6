"""Numbers and foreign strings on their way to a person: rounded toward failure, made harmless."""

from __future__ import annotations

import difflib
import math
import re
import traceback
import unicodedata
from collections.abc import Iterable
from fractions import Fraction

from .gates import Better, Number
from .redaction import redact

DIGITS = 6  # no threshold has more decimal places
UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LONGEST_LINE = 10_000
LONGEST_READ = 100_000  # of a tool's output of one line; what is cut off later may cut a secret in two, this does not
# Who keeps a log may obey it. GitHub: a line that begins with `::`, and `##[` anywhere; Azure: `##vso[`.
COMMAND = re.compile(r"(?<=#)#(?=[A-Za-z]*\[)")
STYLE = r"\x1b\[[0-9;]*m"
COMMAND_AT_START = re.compile(rf"(?:\s|{STYLE})*:(?=:)")


def safe(text: str, limit: int = 500) -> str:
    """`text` in one line of at most `limit` characters (3 or more) that tells, and does nothing else.

    Control, format, surrogate and unassigned characters become escapes, and so does what would be a command in
    a CI log. Secrets of the environment are left out. What is safe stays as it is.
    """
    text = redact(text[:LONGEST_READ])[: limit + 1]
    if not (text.isascii() and text.isprintable()):
        text = "".join(repr(char)[1:-1] if unicodedata.category(char) in UNSAFE_CATEGORIES else char for char in text)
    text = escape_ci_commands(text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def escape_ci_commands(line: str) -> str:
    """A line without a command to whoever keeps the log; styles for a terminal stay."""
    if "##" in line:
        line = COMMAND.sub(r"\\x23", line)
    if "::" in line and (found := COMMAND_AT_START.match(line)):
        line = f"{line[: found.end() - 1]}\\x3a{line[found.end() :]}"
    return line


def describe_error(error: BaseException, limit: int = 300) -> str:
    """`ValueError: its words` in one line, also where it cannot be turned into words."""
    return safe(" ".join("".join(traceback.format_exception_only(type(error), error)).split()), limit)


def safe_repr(value: object, limit: int = 200) -> str:
    """How Python writes a value, which is foreign code and may raise."""
    try:
        return safe(repr(value), limit)
    except Exception as error:
        return f"a {safe(type(value).__name__, 80)} whose repr raised {safe(type(error).__name__, 80)}"


def decimal_places(threshold: Fraction) -> int:
    """How many decimal places are needed to write `threshold`, at most 6."""
    return next((places for places in range(DIGITS) if (threshold * 10**places).denominator == 1), DIGITS)


def format_number(value: Number | None, better: Better = "higher", digits: int = 1) -> str:
    """`value` in at most `digits` decimal places, rounded toward failure: 69.96 is 69.9 where more is better.

    A whole number is written without a decimal point, None as `?`.
    """
    if value is None:
        return "?"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    scaled = exact * 10**digits
    whole = math.floor(scaled) if better == "higher" else math.ceil(scaled)
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    if not digits:
        return f"{sign}{whole}"
    integer, decimals = divmod(whole, 10**digits)
    return f"{sign}{integer}.{decimals:0{digits}d}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the nearest of `known`, or nothing."""
    near = nearest_names(word, known)
    return f" (did you mean {near[0]!r}?)" if near else ""


def nearest_names(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The spellings in `known` that resemble `word`, best first."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    return [by_fold[fold] for fold in difflib.get_close_matches(word.casefold(), by_fold, count, 0.6)]


def plural(count: int, noun: str) -> str:
    """`1 line`, `2 lines`, `2 matches`."""
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count} {noun}{ending}"


SHOWN_IDS = 3


def first_few(nodeids: list[str]) -> str:
    """The first few ids, and how many there are besides."""
    first = ", ".join(safe(nodeid, 120) for nodeid in nodeids[:SHOWN_IDS])
    return first if len(nodeids) <= SHOWN_IDS else f"{first} and {len(nodeids) - SHOWN_IDS} more"
