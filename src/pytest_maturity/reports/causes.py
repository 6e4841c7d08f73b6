"""Groups the failures of tests that have the same cause."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model.evidence import Finding
from ..model.light_dataclass import light_dataclass

# What differs between failures of one cause: addresses of objects, and numbers.
CHANGING = re.compile(r"0x[0-9a-fA-F]+|\d+")


@light_dataclass(frozen=True, slots=True)
class Cause:
    """Findings about tests whose messages are the same but for numbers, in their own order. There is at least one."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first of the findings."""
        return self.findings[0]

    @property
    def tests(self) -> tuple[str, ...]:
        """The node ids of the tests, each once."""
        return tuple(dict.fromkeys(one.test for one in self.findings))


def group_by_cause(findings: Iterable[Finding]) -> list[Cause]:
    """Returns the causes of the findings that are about a test, the one of most tests first."""
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        if one.test:
            groups.setdefault(CHANGING.sub("0", one.explanation), []).append(one)
    return sorted((Cause(tuple(group)) for group in groups.values()), key=lambda cause: -len(cause.tests))
