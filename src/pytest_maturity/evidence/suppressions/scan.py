"""Counts the suppressions of components in their files and in their coverage.

Comments in test files are not counted: no gate judges what they silence there.
"""

from __future__ import annotations

import os
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from ...model.evidence import Component, Coverage
from ...model.gates import Context
from ...model.light_dataclass import light_dataclass
from ...model.paths import find_conftests
from ...model.suppressions import IN_COMMENTS, IN_TESTS, OMITTED, Suppression, Suppressions
from ...model.syntax import UNPARSABLE
from ...model.text import safe
from .comments import find_comments
from .marks import find_marks
from .source import Source
from .unchecked import find_unchecked
from .warning_filters import find_warning_filters

# A TokenError is no SyntaxError: the tokenizer may refuse what the parser accepts.
UNREADABLE = (OSError, tokenize.TokenError, *UNPARSABLE)


@light_dataclass(frozen=True, slots=True)
class ScannedFile:
    """The suppressions in a file; `problem` says why it could not be read, else it is empty."""

    found: tuple[Suppression, ...] = ()
    problem: str = ""


def count_suppressions(
    components: Iterable[Component], coverage: Mapping[str, Coverage], context: Context
) -> dict[str, Suppressions]:
    """Returns the suppressions of each component, by its name. A file of several components is read once."""

    @cache
    def scan(path: Path, is_source: bool) -> ScannedFile:
        return scan_file(path, context.relative(path), is_source)

    return {one.name: count_in_component(one, coverage[one.name], context, scan) for one in components}


def count_in_component(
    component: Component, coverage: Coverage, context: Context, scan: Callable[[Path, bool], ScannedFile]
) -> Suppressions:
    """Returns the suppressions of a component. A file that cannot be read makes every kind unknown that it may have."""
    sources = [scan(path, True) for path in component.files]
    tests = [scan(path, False) for path in find_test_files(component, context.root)]
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
        problems.append(f"code that coverage omits is unknown: {coverage.problem}")
    else:
        found += find_omissions(component, coverage, context)
    return Suppressions(
        found=tuple(sorted(found, key=lambda one: one.sort_key)), unknown=frozenset(unknown), problems=tuple(problems)
    )


def find_test_files(component: Component, root: Path) -> Sequence[Path]:
    """Returns the component's test files that are no sources, and the conftest.py files that apply to them."""
    files = {claim.path for claim in component.tests}
    return sorted((files | find_conftests(files, root)).difference(component.files))


def scan_file(path: Path, displayed_path: str, is_source: bool) -> ScannedFile:
    """Returns the marks and the warning filters in a file, and the comments of a source."""
    try:
        with tokenize.open(path) as file:  # in the encoding that it declares
            text = file.read()
        source = Source(text, displayed_path)
        found = [*find_comments(source), *find_unchecked(source)] if is_source else []
        return ScannedFile((*found, *find_marks(source), *find_warning_filters(source)))
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return ScannedFile(problem=f"{displayed_path} could not be read for suppressions: {safe(reason, 200)}")


def find_omissions(component: Component, coverage: Coverage, context: Context) -> Iterator[Suppression]:
    """Yields what the coverage configuration omits: whole files, and lines that no comment excludes."""
    measured = {os.path.realpath(context.root / file.path) for file in coverage.files}
    for path in component.files:
        if os.path.realpath(path) not in measured:
            text = "omitted by the coverage configuration"
            yield Suppression(kind=OMITTED, path=context.relative(path), text=text)
    for file in coverage.files:
        for line in file.excluded_by_settings:
            text = "excluded by the coverage configuration"
            yield Suppression(kind=OMITTED, path=file.path, line=line, text=text)
