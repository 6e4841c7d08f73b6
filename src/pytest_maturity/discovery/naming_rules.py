"""How a component's name may be spelled in the name of a test file, a directory or a specification.

`NAMING_RULES` is the whole knowledge: each rule maps one word to other forms of it. To
teach the plugin a new pair of words, add a rule there and a row to its test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..model.names import normalize

EXACT = "name"
JOINED = "name without separators"
SHORTEST_FORM = 4  # "parse" from "parsing", but not "log" from "logger": a short word says too little
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


@dataclass(frozen=True, slots=True)
class NamingRule:
    """A named way from one word to its other forms."""

    name: str
    forms: Callable[[str], Iterable[str]]


def number(word: str) -> Iterator[str]:
    """The plural of a singular, the singular of a plural."""
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


def endings(*group: str) -> Callable[[str], Iterator[str]]:
    """A rule body that exchanges one ending of `group` for the others; the longest that fits is taken.

    What is left of the word has at least three letters: "station" does not come from "state".
    """
    longest_first = sorted(group, key=len, reverse=True)

    def forms(word: str) -> Iterator[str]:
        for ending in longest_first:
            if word.endswith(ending) and len(word) > len(ending) + 2:
                stem = word.removesuffix(ending)
                yield from (stem + other for other in group if other != ending)
                return

    return forms


def verbs(word: str) -> set[str]:
    """The verbs that `word` may come from: parsing, parser and parse all give parse."""
    found = {word}
    if word in NOUNS:
        return found
    for ending in ("ing", "er", "ment"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            found |= {stem, stem + "e"}
            if len(stem) > 3 and stem[-1] == stem[-2]:
                found.add(stem[:-1])
    return {verb for verb in found if len(verb) >= 3}


def forms_of(verb: str, ending: str) -> set[str]:
    """`verb` with an ending: parse + er is parser, plan + ing is planning."""
    if verb.endswith("e"):
        return {verb[:-1] + ending} - NOUNS
    plain = verb + ending
    doubled = verb[-1] not in VOWELS + "wxy" and verb[-2] in VOWELS and verb[-3] not in VOWELS
    return ({plain, verb + verb[-1] + ending} if doubled else {plain}) - NOUNS


def doing(word: str) -> Iterator[str]:
    """The activity, its agent and its verb: parsing, parser, parse."""
    for verb in sorted(verbs(word)):
        yield verb
        for ending in ("ing", "er"):
            yield from sorted(forms_of(verb, ending))


def managing(word: str) -> Iterator[str]:
    """The noun in -ment of a verb, and back: management, manager, managing, manage."""
    for verb in sorted(verbs(word)):
        yield from {verb + "ment"} - NOUNS


NAMING_RULES: tuple[NamingRule, ...] = (
    NamingRule("plural", number),
    NamingRule("-ation, -ator, -ate", endings("ation", "ator", "ate", "ating")),
    NamingRule("-ization, -izer, -ize", endings("ization", "izer", "ize", "izing")),
    NamingRule("-isation, -iser, -ise", endings("isation", "iser", "ise", "ising")),
    NamingRule("-ification, -ifier, -ify", endings("ification", "ifier", "ify", "ifying")),
    NamingRule("-ution, -utor, -ute", endings("ution", "utor", "ute", "uting")),
    NamingRule("-ction, -ctor, -ct", endings("ction", "ctor", "ct", "cting")),
    NamingRule("-ption, -ptor, -pt", endings("ption", "ptor", "pt", "pting")),
    NamingRule("-ssion, -ssor, -ss", endings("ssion", "ssor", "ss", "ssing")),
    NamingRule("-ing, -er", doing),
    NamingRule("-ment", managing),
)


def find_spellings(name: str, aliases: Iterable[str] = (), extra: Iterable[str] = ()) -> dict[str, str]:
    """Every spelling of `name`, normalised, with the rule that yields it; the most literal come first.

    Word forms are made of the last word only, from its singular and its plural.
    `aliases` come from the configuration, `extra` from plugins.
    """
    base = normalize(name.rpartition(".")[2])
    found = {base: EXACT}
    for alias in aliases:
        found.setdefault(normalize(alias), "alias")
    for spelling in extra:
        found.setdefault(normalize(spelling), "pytest_maturity_name_variants")
    head, _, word = base.rpartition("_")
    prefix = f"{head}_" if head else ""
    for form, rule in word_forms(word):
        found.setdefault(prefix + form, rule)
    for spelling in list(found):
        if "_" in spelling:
            found.setdefault(spelling.replace("_", ""), JOINED)
    return {spelling: rule for spelling, rule in found.items() if spelling}


def word_forms(word: str) -> Iterator[tuple[str, str]]:
    """The forms of one word with the names of their rules: first its number, then both numbers' other forms."""
    numbers = dict.fromkeys(number(word))
    yield from ((form, "plural") for form in numbers if len(form) > 1)
    for start in (word, *numbers):
        for rule in NAMING_RULES[1:]:
            for form in rule.forms(start):
                if len(form) >= SHORTEST_FORM and form != word:
                    yield form, rule.name
                    yield from ((other, f"{rule.name}, plural") for other in number(form))
