"""The report of a run: its verdicts, the results that they follow from, and which run it was. Plain, frozen data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import Enum
from pathlib import Path

from .affected import Affected
from .evidence import Component, Evidence, Finding, Gap
from .gates import Better, Judged, Number, Scope
from .light_dataclass import light_dataclass
from .waivers import ListedWaiver


class Verdict(str, Enum):
    """The decision about a component, or about a whole run.

    INCOMPLETE stands only in a report on disk: a run writes it when it starts, and replaces it when it has judged.
    """

    PROMOTE = "PROMOTE"
    INCONCLUSIVE = "INCONCLUSIVE"
    HOLD = "HOLD"
    INCOMPLETE = "INCOMPLETE"


WORST_FIRST = (Verdict.HOLD, Verdict.INCONCLUSIVE, Verdict.PROMOTE)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Returns the verdict of several components together: HOLD is the worst; without any, INCONCLUSIVE."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.INCONCLUSIVE)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """A gate, or one line of its breakdown, judged for every stage that requires it: a row of the table.

    `name` is the requirement's (`coverage`, `security.high`); `stages` holds each stage's requirement and status.
    Stages that need other kinds of tests may have other numbers. Then there are several results of one name, and
    `kinds` are the kinds of tests that were measured; empty for all. `tools` are the versions of the gate's tools,
    where a baseline needs them. With the scope `new` only findings in changed lines count. `is_applicable` is False
    where the component has nothing to measure. `duration_s` is how many seconds the gate took to measure; it does not
    enter comparisons.
    """

    name: str
    value: Number | None
    better: Better = "higher"
    unit: str = ""
    note: str = ""
    findings: tuple[Finding, ...] = ()
    stages: Mapping[str, Judged] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = "all"
    is_applicable: bool = True
    duration_s: float = field(default=0.0, compare=False)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict for one component, with the evidence and the results that it follows from.

    `reached` is the highest stage of which everything is met, None where there is none. `next_stage` is the lowest
    one above it, None at the top of the ladder. `needed_kinds` are the kinds of tests that each stage needs; one that
    needs all is left out.
    """

    evidence: Evidence
    verdict: Verdict
    target: str
    reached: str | None
    next_stage: str | None
    results: tuple[GateResult, ...]
    needed_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def component(self) -> Component:
        """The judged component."""
        return self.evidence.component

    @property
    def demoted_from(self) -> str | None:
        """The recorded stage that the component was judged for and no longer meets; None where it is not demoted."""
        standing = self.evidence.standing
        is_demoted = standing is not None and standing.is_target and self.verdict is Verdict.HOLD
        return standing.stage if standing is not None and is_demoted and standing.stage == self.target else None

    def unmet(self, stage: str) -> tuple[GateResult, ...]:
        """Returns the results that keep the component from a stage."""
        return tuple(result for result in self.results if stage in result.stages and result.stages[stage].is_blocking)

    def gaps(self, stage: str) -> tuple[Gap, ...]:
        """Returns the gaps that keep the component from a stage: those that concern the tests that it needs."""
        return tuple(gap for gap in self.evidence.gaps if gap.concerns(self.needed_kinds.get(stage, ())))


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The identity of a run. `started` is ISO 8601 in UTC, `duration_s` is in seconds.

    `commit` is None outside of a git repository; `branch` is None there, and where the head is detached. `shallow` is
    whether the clone lacks the older part of its history, `dirty` whether files differed from the commit before the
    tests. `uncommitted` are the paths of the first of them, from the root. `audit_head` is the hash that stands for
    the audit log when the run began; empty where no records are used.
    """

    id: str
    started: str
    duration_s: float = 0.0
    python: str = ""
    pytest: str = ""
    plugin: str = ""
    command_line: tuple[str, ...] = ()
    commit: str | None = None
    branch: str | None = None
    shallow: bool | None = None
    dirty: bool | None = None
    uncommitted: tuple[str, ...] = ()
    policy_digest: str = ""
    audit_head: str = ""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """The old and the new value of one setting, as text, with the place in each policy that says so.

    `components` and `stages` are those that it concerns; both are empty for a setting of the whole policy.
    """

    setting: str
    new: str
    old: str
    new_source: str
    old_source: str
    components: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class EnforcedPolicy:
    """The policy that was enforced.

    `digest` is that of the policy as its file has it, whatever the targets and the options of the command line were.
    `ref` is the git ref that it was read from and `commit` the commit that the ref named; both are None for the
    policy of the working tree. `loosened` are the changes by which the working tree's policy requires less, or may.
    """

    digest: str = ""
    ref: str | None = None
    commit: str | None = None
    loosened: tuple[PolicyChange, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a run: the worst verdict, and every component's.

    `target` is the stage that all were judged for, None where they have different ones.
    `only_gates` are the gates of --maturity-gate; empty where all were judged. `affected` is what a change can affect;
    None where the components were chosen otherwise. `waivers` are the entries of the waivers file.
    `others` are the files of its other formats. `agent_budget` are the tokens of the format `agent`, None for its own.
    """

    verdict: Verdict
    target: str | None
    ladder: tuple[str, ...]
    run: Run
    root: Path
    policy: EnforcedPolicy = EnforcedPolicy()
    components: tuple[Judgement, ...] = ()
    notes: tuple[str, ...] = ()
    only_gates: tuple[str, ...] = ()
    affected: Affected | None = None
    waivers: tuple[ListedWaiver, ...] = ()
    others: tuple[ReportFile, ...] = ()
    agent_budget: int | None = None


@light_dataclass(frozen=True, slots=True)
class Reporter:
    """A report format: `render(report)` returns the text of the file, `suffix` is the ending of its name.

    `beginning` is how each of its files begins, by which an earlier one is recognised; empty where they differ.
    `is_per_component` is whether each component has a file of its own: `render` gets a report on one. `needs_tests` is
    whether it reads the outcome and the duration of every test.
    """

    name: str
    render: Callable[[Report], str]
    suffix: str
    beginning: str = ""
    is_per_component: bool = False
    needs_tests: bool = False


@light_dataclass(frozen=True, slots=True)
class ReportFile:
    """A file that a run writes besides its JSON report: the format, and the path from the root."""

    format: str
    path: str
