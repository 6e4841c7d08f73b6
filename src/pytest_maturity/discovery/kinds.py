"""Finds the kinds of tests that a policy describes and no test of the project has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..model.kinds import KindRule
from ..model.paths import find_conftests
from .imports import read_file
from .project import ProjectLayout


def find_idle_kinds(rules: Sequence[KindRule], layout: ProjectLayout, known: Collection[str]) -> Iterator[KindRule]:
    """Yields the rules that fit no test file by a path, and of which no test file has a marker's name in its text.

    `known` are kinds that tests are known to have.
    """
    idle = [rule for rule in rules if rule.kind not in known]
    paths = list(map(layout.relative_path, layout.test_files)) if idle else []
    idle = [rule for rule in idle if not any(map(rule.has_path, paths))]
    if not idle:
        return
    files = [*layout.test_files, *find_conftests(layout.test_files, layout.root)]
    unused = {marker for rule in idle for marker in rule.markers}
    for file in files:
        if not unused:
            break
        text = read_file(file)
        unused -= {marker for marker in unused if marker.encode() in text}
    yield from (rule for rule in idle if unused.issuperset(rule.markers))
