"""Reads the components' files for what they ask to overlook: comments in the sources, skips in the tests.

Comments in test files are not counted: no gate judges what they silence there.
"""

from __future__ import annotations

import os
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...model.evidence import Component, Coverage
from ...model.gates import Context
from ...model.paths import find_conftests
from ...model.suppressions import IN_COMMENTS, IN_TESTS, OMITTED, Suppression, Suppressions
from ...model.syntax import UNPARSABLE
from ...model.text import safe
from .comments import comments
from .marks import marks

# A TokenError is no SyntaxError: the tokenizer may refuse what the parser accepts.
UNREADABLE = (OSError, tokenize.TokenError, *UNPARSABLE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one file says; `problem` is not empty where it could not be read."""

    found: tuple[Suppression, ...] = ()
    problem: str = ""


def count(
    components: Iterable[Component], coverage: Mapping[str, Coverage], context: Context
) -> dict[str, Suppressions]:
    """The suppressions of each component by its name. A file that several of them have is read once."""

    @cache
    def look(path: Path, source: bool) -> Seen:
        return seen(path, context.relative(path), source)

    return {one.name: of(one, coverage[one.name], context, look) for one in components}


def of(component: Component, coverage: Coverage, context: Context, look: Callable[[Path, bool], Seen]) -> Suppressions:
    """The suppressions of one component: a file that cannot be read leaves every kind unknown that it may hold."""
    sources = [look(path, True) for path in component.files]
    tests = [look(path, False) for path in tests_of(component, context.root)]
    found = [one for file in (*sources, *tests) for one in file.found]
    problems = [file.problem for file in (*sources, *tests) if file.problem]
    unknown: set[str] = set()
    if not sources:
        problems.append("the component has no Python files")
    if not sources or any(file.problem for file in sources):
        unknown.update(IN_COMMENTS)
    if not sources or problems:
        unknown.update(IN_TESTS)
    if coverage.problem:
        unknown.add(OMITTED)
        problems.append(f"what coverage leaves out could not be told: {coverage.problem}")
    else:
        found += left_out(component, coverage, context)
    return Suppressions(
        found=tuple(sorted(found, key=lambda one: one.place)), unknown=frozenset(unknown), problems=tuple(problems)
    )


def tests_of(component: Component, root: Path) -> Sequence[Path]:
    """The component's test files that are no sources, and the conftest.py files that pytest applies to them."""
    files = {claim.path for claim in component.tests}
    return sorted((files | find_conftests(files, root)).difference(component.files))


def seen(path: Path, where: str, source: bool) -> Seen:
    """What a file says: of a source its comments, too."""
    try:
        with tokenize.open(path) as file:  # in the encoding that it declares
            text = file.read()
        return Seen((*(comments(text, where) if source else ()), *marks(text, where)))
    except UNREADABLE as error:
        words = " ".join(str(error).split()) or type(error).__name__
        return Seen(problem=f"{where} could not be read for suppressions: {safe(words, 200)}")


def left_out(component: Component, coverage: Coverage, context: Context) -> Iterator[Suppression]:
    """What the coverage configuration keeps out of the numbers: whole files, and lines that no comment excludes."""
    measured = {os.path.realpath(context.root / file.path) for file in coverage.files}
    for path in component.files:
        if os.path.realpath(path) not in measured:
            text = "omitted by the coverage configuration"
            yield Suppression(kind=OMITTED, path=context.relative(path), text=text)
    for file in coverage.files:
        for line in file.excluded_by_settings:
            text = "excluded by the coverage configuration"
            yield Suppression(kind=OMITTED, path=file.path, line=line, text=text)
