"""The standing of a component at each stage, in the order in which components are read, and the sentence about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ...model.gates import Status
from ...model.history import RecordedGate
from ...model.light_dataclass import light_dataclass
from ...model.text import plural
from ..numbers import SPACE, compare, format_threshold, format_value, label_gate
from .markup import badge, name, text

ORDER = ("demoted", "HOLD", "below", "INCONCLUSIVE", "INCOMPLETE", "PROMOTE")
SHOWN_NAMES = 6
MET = (Status.PASSED, Status.WAIVED)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The latest verdict about a component, with the results that it follows from.

    `recorded` is the stage on record, `unproven` one that a store says which is not trusted. `gaps` are messages.
    """

    name: str
    verdict: str
    target: str
    reached: str | None
    recorded: str | None = None
    unproven: str | None = None
    gates: tuple[RecordedGate, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def is_below(self) -> bool:
        """Whether the component fails a requirement of the stage that it is on record at."""
        return self.recorded is not None and self.count(self.recorded)["failed"] > 0

    @property
    def is_demoted(self) -> bool:
        """Whether the component is held, and no longer meets its recorded stage."""
        return self.verdict == "HOLD" and self.is_below

    @property
    def order(self) -> tuple[int, str]:
        """The place among others: what is worst first, then by name."""
        is_quiet = self.verdict == "PROMOTE" and self.is_below
        return ORDER.index("demoted" if self.is_demoted else "below" if is_quiet else self.verdict), self.name

    @property
    def sentence(self) -> str:
        """The verdict in words, as HTML."""
        shown, target = name(self.name), name(self.target)
        if self.verdict == "PROMOTE":
            return f"{shown} is ready for {target}"
        if self.verdict == "HOLD":
            return f"{shown} is not ready for {target}"
        return f"It is not known whether {shown} is ready for {target}"

    def count(self, stage: str) -> Counter[str]:
        """Returns how many requirements of a stage have each status: those that block, and what is waived."""
        judged = (gate.stages[stage] for gate in self.gates if stage in gate.stages)
        return Counter(one.status.value for one in judged if one.mode == "block" or one.status is Status.PASSED)

    def list_unmet(self, stage: str) -> list[RecordedGate]:
        """Returns the gates that keep the component from a stage."""
        return [
            gate
            for gate in self.gates
            if stage in gate.stages and gate.stages[stage].mode == "block" and gate.stages[stage].status not in MET
        ]


def order(standings: Iterable[Standing]) -> list[Standing]:
    """Returns the standings, the worst first."""
    return sorted(standings, key=lambda one: one.order)


def describe_unmet(gate: RecordedGate, stage: str) -> str:
    """Returns why a gate is not met, as HTML: `coverage 62.4 %, needs ≥ 70`."""
    return f"{text(label_gate(gate))} {describe_numbers(gate, stage)}"


def describe_numbers(gate: RecordedGate, stage: str) -> str:
    """Returns what was measured and what a stage needs, as HTML: `62.4 %, needs ≥ 70`."""
    if gate.value is None:
        return "unknown"
    bound = f"{compare(gate)}{SPACE}{format_threshold(gate, stage)}"
    is_bound = " (only a bound)" if gate.stages[stage].status is Status.UNKNOWN else ""
    return f"{text(format_value(gate, gate.value))}{is_bound}, needs {text(bound)}"


def describe_stages(standing: Standing) -> str:
    """Returns which stage was reached, and which is on record where one is, as HTML."""
    reached = f"Reached <b>{name(standing.reached)}</b>" if standing.reached is not None else "Reached no stage"
    if standing.recorded is not None:
        return f"{reached}. On record at <b>{name(standing.recorded)}</b>."
    if standing.unproven is not None:
        return f"{reached}. On record at {name(standing.unproven)}, which is not proven here."
    return f"{reached}."


def describe_count(standing: Standing) -> str:
    """Returns how many requirements of the target are not met, as HTML."""
    counts = standing.count(standing.target)
    whole = counts.total()
    if not whole:
        return "The target requires nothing."
    parts = [
        f"{counts[status]} {word}" for status, word in (("failed", "failed"), ("unknown", "unknown")) if counts[status]
    ]
    waived = f", {counts['waived']} of them waived" if counts["waived"] else ""
    if not parts:
        return f"{plural(whole, 'requirement')} of {name(standing.target)} met{waived}."
    return f"Of {plural(whole, 'requirement')} of {name(standing.target)}, {' and '.join(parts)}."


def make_ladder_heads(ladder: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the heads of the columns of the stages, with their class."""
    return [(stage, "stage") for stage in ladder]


def make_rung(standing: Standing, stage: str, ladder: Sequence[str]) -> str:
    """Returns how a component stands at a stage: met, what failed, what is unknown, what is left to do."""
    counts = standing.count(stage)
    failed, unknown, waived = (counts[one] for one in ("failed", "unknown", "waived"))
    is_above = stage in ladder and standing.target in ladder and ladder.index(stage) > ladder.index(standing.target)
    open_ = failed + unknown
    if is_above and open_:
        kind, shown, spoken = "", f"{open_} to go", f"{open_} to go"
    elif failed:
        kind, shown, spoken = "failed", f"✗ {failed}", f"{failed} failed"
    elif unknown or (standing.gaps and not is_above):
        number = unknown or len(standing.gaps)
        kind, shown, spoken = "unknown", f"? {number}", f"{number} unknown"
    elif waived:
        kind, shown, spoken = "waived", f"✓ ~ {waived}", f"met, {waived} waived"
    else:
        kind, shown, spoken = "met", "✓", "met"
    is_target, is_recorded = stage == standing.target, stage == standing.recorded
    spoken += ", target" * is_target + ", on record" * is_recorded
    record = '<span class="record">◆</span>' if is_recorded else ""
    classes = " ".join(filter(None, ("rung", kind, "target" if is_target else "")))
    label = text(f"{stage}: {spoken}")
    return f'<span class="{classes}" role="img" aria-label="{label}">{shown}{record}</span>'


def count_components(standings: Sequence[Standing]) -> Mapping[str, int]:
    """Returns how many components have each verdict, and how many are demoted."""
    counts = Counter(one.verdict for one in standings)
    counts["demoted"] = sum(one.is_demoted for one in standings)
    return counts


def list_names(standings: Sequence[Standing]) -> str:
    """Returns the first names, and how many more there are, as HTML."""
    shown = [name(one.name) for one in standings[:SHOWN_NAMES]]
    left = len(standings) - len(shown)
    if left:
        return f"{', '.join(shown)} and {left} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def head_with_badge(standing: Standing) -> str:
    """Returns the verdict with its sentence, as HTML of a heading."""
    return f"{badge(standing.verdict)} {standing.sentence}"
