"""The rules by which a component's name may be spelled in the name of a test file, a directory or a specification.

NAMING_RULES are all of them: each derives other forms of one word. To add a pair of words, add a rule there and a row
to the table of its test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..model.light_dataclass import light_dataclass
from ..model.names import normalize

# Spellings that come from no form of a word: the name itself, the configuration, a plugin, and names without "_".
EXACT = "name"
ALIAS = "alias"
HOOK = "pytest_maturity_name_variants"
JOINED = "name without separators"
MIN_FORM_LENGTH = 4  # "parse" from "parsing", but not "log" from "logger": short words fit by chance
VOWELS = "aeiou"
# Words that end like a form of a verb and are none: no "numb" from "number", no "using" from "user".
NOUNS = frozenset(
    [
        "argument", "buffer", "center", "character", "cluster", "comment", "component", "corner", "document", "element",
        "evening", "folder", "header", "layer", "letter", "master", "member", "moment", "morning", "nothing", "number",
        "order", "paper", "parameter", "payment", "power", "segment", "something", "spring", "string", "thing", "user",
        "water",
    ]
)  # fmt: skip


@light_dataclass(frozen=True, slots=True)
class NamingRule:
    """A rule that derives other forms of a word; reports name it where a test file was found by it."""

    name: str
    forms: Callable[[str], Iterable[str]]


def change_number(word: str) -> Iterator[str]:
    """Yields the plural of a singular, and the singular of a plural."""
    if word.endswith("ies") and len(word) > 4:
        yield from (word[:-3] + "y", word[:-1])  # policies, cookies
    elif word.endswith(("ses", "xes", "ches", "shes", "zes")) and len(word) > 4:
        yield word[:-2]  # statuses, classes, boxes
        if not word.endswith("sses"):
            yield word[:-1]  # databases, caches
    elif word.endswith(("as", "is", "os", "us")):
        yield from (word + "es", word[:-1])  # alias and status, but apis and menus
    elif word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]
    elif word.endswith("y") and word[-2:-1] not in VOWELS:
        yield word[:-1] + "ies"
    elif word.endswith(("s", "x", "ch", "sh", "z")):
        yield word + "es"
    else:
        yield word + "s"


def exchange_endings(*endings: str) -> Callable[[str], Iterator[str]]:
    """Returns a function that exchanges one of the endings for the others; of those that fit, the longest.

    At least three letters of the word stay: "station" does not come from "state".
    """
    longest_first = sorted(endings, key=len, reverse=True)

    def exchange(word: str) -> Iterator[str]:
        for ending in longest_first:
            if word.endswith(ending) and len(word) > len(ending) + 2:
                stem = word.removesuffix(ending)
                yield from (stem + other for other in endings if other != ending)
                return

    return exchange


def derive_activity(word: str) -> Iterator[str]:
    """Yields the verb of a word, its activity and its agent: parse, parsing, parser."""
    for verb in sorted(find_verbs(word)):
        yield verb
        for ending in ("ing", "er"):
            yield from sorted(append_ending(verb, ending))


def derive_noun(word: str) -> Iterator[str]:
    """Yields the noun in -ment: management from manage, manager and managing."""
    for verb in sorted(find_verbs(word)):
        yield from {verb + "ment"} - NOUNS


def find_verbs(word: str) -> set[str]:
    """Returns the verbs that a word may come from: parsing, parser and parse all give parse."""
    verbs = {word}
    if word in NOUNS:
        return verbs
    for ending in ("ing", "er", "ment"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            verbs |= {stem, stem + "e"}
            if len(stem) > 3 and stem[-1] == stem[-2]:
                verbs.add(stem[:-1])
    return {verb for verb in verbs if len(verb) >= 3}


def append_ending(verb: str, ending: str) -> set[str]:
    """Returns a verb with an ending: parse and er are parser, plan and ing are planning."""
    if verb.endswith("e"):
        return {verb[:-1] + ending} - NOUNS
    doubles = verb[-1] not in VOWELS + "wxy" and verb[-2] in VOWELS and verb[-3] not in VOWELS
    doubled = {verb + verb[-1] + ending} if doubles else set()
    return {verb + ending, *doubled} - NOUNS


PLURAL = NamingRule("plural", change_number)
NAMING_RULES: tuple[NamingRule, ...] = (
    PLURAL,  # each other rule derives its forms from the singular and from the plural
    NamingRule("-ation, -ator, -ate", exchange_endings("ation", "ator", "ate", "ating")),
    NamingRule("-ization, -izer, -ize", exchange_endings("ization", "izer", "ize", "izing")),
    NamingRule("-isation, -iser, -ise", exchange_endings("isation", "iser", "ise", "ising")),
    NamingRule("-ification, -ifier, -ify", exchange_endings("ification", "ifier", "ify", "ifying")),
    NamingRule("-ution, -utor, -ute", exchange_endings("ution", "utor", "ute", "uting")),
    NamingRule("-ction, -ctor, -ct", exchange_endings("ction", "ctor", "ct", "cting")),
    NamingRule("-ption, -ptor, -pt", exchange_endings("ption", "ptor", "pt", "pting")),
    NamingRule("-ssion, -ssor, -ss", exchange_endings("ssion", "ssor", "ss", "ssing")),
    NamingRule("-ing, -er", derive_activity),
    NamingRule("-ment", derive_noun),
)


def find_spellings(name: str, aliases: Iterable[str] = (), extra: Iterable[str] = ()) -> dict[str, str]:
    """Returns every spelling of a name, normalized, with the rule that yields it; the most literal come first.

    Word forms are derived from the last word only. `aliases` come from the configuration, `extra` from plugins.
    """
    base = normalize(name.rpartition(".")[2])
    found = {base: EXACT}
    for alias in aliases:
        found.setdefault(normalize(alias), ALIAS)
    for spelling in extra:
        found.setdefault(normalize(spelling), HOOK)
    head, underscore, word = base.rpartition("_")
    for form, rule in derive_forms(word):
        found.setdefault(head + underscore + form, rule)
    for spelling in list(found):
        if "_" in spelling:
            found.setdefault(spelling.replace("_", ""), JOINED)
    return {spelling: rule for spelling, rule in found.items() if spelling}


def derive_forms(word: str) -> Iterator[tuple[str, str]]:
    """Yields the forms of one word with the names of their rules: its other number, then other forms of both."""
    numbers = dict.fromkeys(PLURAL.forms(word))
    yield from ((form, PLURAL.name) for form in numbers if len(form) > 1)
    for start in (word, *numbers):
        for rule in NAMING_RULES:
            if rule is PLURAL:
                continue
            for form in rule.forms(start):
                if len(form) >= MIN_FORM_LENGTH and form != word:
                    yield form, rule.name
                    yield from ((other, f"{rule.name}, {PLURAL.name}") for other in PLURAL.forms(form))
