"""What a run has to say, as plain, frozen data: verdicts, the rows they follow from, and which run it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from .evidence import Component, Evidence, Finding
from .gates import Better, Judged, Number


class Verdict(str, Enum):
    """The answer for a component or for a whole run.

    INCOMPLETE is only ever seen on disk: a run wrote it at its start and did not
    live to replace it.
    """

    PROMOTE = "PROMOTE"
    INCONCLUSIVE = "INCONCLUSIVE"
    HOLD = "HOLD"
    INCOMPLETE = "INCOMPLETE"


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several components; without any, nothing is proven."""
    order = [Verdict.PROMOTE, Verdict.INCONCLUSIVE, Verdict.HOLD]
    return max(verdicts, key=order.index, default=Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One row of the table: a gate (or a line of its breakdown) against every stage that asks for it."""

    name: str
    gate: str
    value: Number | None
    better: Better = "higher"
    unit: str = ""
    note: str = ""
    findings: tuple[Finding, ...] = ()
    stages: Mapping[str, Judged] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is missing for the next stage, in words somebody can act on."""

    gate: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict for one component, and everything it was made of.

    `needs` is what is missing for `next_stage`, `target_needs` what is missing for the target.
    """

    evidence: Evidence
    verdict: Verdict
    target: str
    reached: str | None
    next_stage: str | None
    results: tuple[GateResult, ...]
    needs: tuple[Need, ...] = ()
    target_needs: tuple[Need, ...] = ()

    @property
    def component(self) -> Component:
        return self.evidence.component


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which run this was. `started` is ISO 8601 in UTC, `duration_s` is in seconds."""

    id: str
    started: str
    duration_s: float = 0.0
    python: str = ""
    pytest: str = ""
    plugin: str = ""
    command_line: tuple[str, ...] = ()
    commit: str | None = None
    dirty: bool | None = None
    policy_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcedPolicy:
    """Which policy was enforced. `ref` is the git ref that it was read from, `commit` what that named; None: the tree.

    `loosened` is what the working tree asks less than the ref, a sentence each.
    """

    digest: str = ""
    ref: str | None = None
    commit: str | None = None
    loosened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run has to say: the worst verdict, and every component's."""

    verdict: Verdict
    target: str
    ladder: tuple[str, ...]
    run: Run
    root: Path
    policy: EnforcedPolicy = EnforcedPolicy()
    components: tuple[Judgement, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reporter:
    """A format: `render(report)` is the text of the file; `suffix` is the file's ending."""

    name: str
    render: Callable[[Report], str]
    suffix: str
