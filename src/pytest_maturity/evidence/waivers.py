"""Finds what waivers excuse: findings first, then whole requirements. The narrowest waiver wins.

Only what failed is excused. What is unknown is not: nobody has seen it. Nor is a gap: it belongs to no requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ..model.evidence import Finding
from ..model.gates import Gate, Judged, Number, Status
from ..model.waivers import Waived, Waiver
from ..model.wildcards import STAR, PathPatterns

Rejudge = Callable[[int], Status]  # returns the status that a requirement has with another number


class WaiverIndex:
    """Waivers that are found without comparing each of them with each finding. The narrowest comes first."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        ordered = sorted(waivers, key=lambda one: one.narrowness, reverse=True)
        self._of_requirements = [one for one in ordered if not one.is_of_findings]
        self._of_findings = [one for one in ordered if one.is_of_findings]
        self._patterns: dict[str, PathPatterns] = {}  # of the paths, by the rule; empty for rules with wildcards
        self._anywhere: dict[str, list[int]] = {}  # those without a path, by the rule
        for number, one in enumerate(self._of_findings):
            rule = "" if STAR in one.rule else one.rule
            if one.path:
                self._patterns.setdefault(rule, PathPatterns()).add(one.path, number)
            else:
                self._anywhere.setdefault(rule, []).append(number)
        self._found: dict[tuple[str, str], tuple[Waiver, ...]] = {}  # by the path and the rule of findings

    @classmethod
    def of_component(cls, waivers: Iterable[Waiver], name: str) -> WaiverIndex:
        """Returns the waivers that are about a component."""
        return cls(one for one in waivers if one.is_for_component(name))

    def find_for_requirement(self, name: str, stage: str | None) -> Waiver | None:
        """Returns the waiver of a whole requirement, at a stage or at any; None without one."""
        found = (one for one in self._of_requirements if one.is_for_gate(name) and is_for(one, stage))
        return next(found, None)

    def find_for_findings(
        self, name: str, findings: Sequence[Finding], stage: str | None
    ) -> Iterator[tuple[Waiver, Finding]]:
        """Yields each waived finding of a requirement, at a stage or at any, with its waiver."""
        for finding in findings if self._of_findings else ():
            for one in self._find_by_place(finding):
                if one.is_for_gate(name) and is_for(one, stage) and one.is_for_text(finding):
                    yield one, finding
                    break

    def _find_by_place(self, finding: Finding) -> tuple[Waiver, ...]:
        """Returns the waivers of the path and the rule of a finding."""
        key = finding.path, finding.rule
        if key not in self._found:
            rules = {"", finding.rule}
            numbers = [one for rule in rules for one in self._anywhere.get(rule, ())]
            numbers += [
                one for rule in rules if rule in self._patterns for one in self._patterns[rule].find(finding.path)
            ]
            candidates = (self._of_findings[number] for number in sorted(numbers))
            self._found[key] = tuple(one for one in candidates if one.is_for_rule(finding))
        return self._found[key]


def is_for(waiver: Waiver, stage: str | None) -> bool:
    """Whether a waiver is about a stage; None stands for any."""
    return stage is None or waiver.is_for_stage(stage)


def waive(
    judged: Judged, gate: Gate, value: Number | None, findings: Sequence[Finding], stage: str, index: WaiverIndex,
    rejudge: Rejudge,
) -> Judged:  # fmt: skip
    """Returns a requirement with what waivers excuse of it. One that did not fail, or whose
    gate cannot be waived, is returned as it is.

    `value` and `findings` are those of the requirement, `rejudge` judges it with the number of findings that are left.
    Findings are excused where the number is theirs. Where what is left does not meet the requirement, it stays failed,
    unless a waiver excuses the requirement as a whole.
    """
    if judged.status is not Status.FAILED or not gate.can_be_waived:
        return judged
    name = judged.requirement.name
    waived: dict[str, tuple[Waiver, list[Finding]]] = {}  # by the place of the waiver
    if counts_findings(gate, value, findings):
        for waiver, finding in index.find_for_findings(name, findings, stage):
            waived.setdefault(waiver.source, (waiver, []))[1].append(finding)
    left = len(findings) - sum(len(found) for _, found in waived.values())
    excused = [Waived(waiver=waiver, findings=tuple(found)) for waiver, found in waived.values()]
    is_met = bool(excused) and rejudge(left) in (Status.PASSED, Status.WAIVED)
    whole = None if is_met else index.find_for_requirement(name, stage)
    if whole is not None:
        excused.append(Waived(waiver=whole))
    if not excused:
        return judged
    if is_met or whole is not None:
        judged = replace(judged, status=Status.WAIVED)
    return replace(judged, waived=tuple(excused))


def counts_findings(gate: Gate, value: Number | None, findings: Sequence[Finding]) -> bool:
    """Whether a number is that of the findings, so that single ones can be taken from it."""
    return gate.counts_findings and value == len(findings)
