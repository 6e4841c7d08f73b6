"""Computes what a component must show at each stage: from the defaults up to the component's own settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from ..model.baseline import is_better
from ..model.errors import ConfigError
from ..model.gates import LARGEST, Gate, Requirement
from ..model.kinds import NeededKinds
from ..model.retries import RetryPolicy, merge_policies
from ..model.text import decimal_places, did_you_mean, format_number, safe
from . import defaults
from .settings import APPROVALS, NEW_CODE_COVERAGE, NO_GATES, REFINEMENTS, Config, KindsByStage, StageEntry

RequirementsByStage = Mapping[str, tuple[Requirement, ...]]
COVERAGE = "coverage"
COVERAGE_GATES = (COVERAGE, NEW_CODE_COVERAGE)  # for which coverage is recorded by kind of tests


def compute_requirements(
    config: Config, gates: Mapping[str, Gate], names: Sequence[str]
) -> dict[str, RequirementsByStage]:
    """Returns for each component of `names` the requirements of every stage, with those of the stages below.

    Raises ConfigError with every entry that fits no gate, every stage that requires nothing or nothing that can fail,
    and every gate without a direction.
    """
    problems = [*check_gates(gates), *check_entries(config, gates)]
    requirements = {name: compute_stages(config, name, gates, problems) for name in names}
    if not problems:
        problems += check_refinements(requirements, gates)
        problems += check_stages_can_fail(config, requirements, gates)
        problems += check_lines_are_needed(config, requirements, gates)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return requirements


def compute_kinds(config: Config, name: str) -> KindsByStage:
    """Returns the kinds of tests that each stage needs for a component: its own, or those of the next lower stage.

    A component's own win over those of its stage.
    """
    needed, by_stage = NeededKinds(source=defaults.SOURCE), {}
    for stage in config.ladder:
        for owner in (config, config.find_component(name)):
            needed = owner.stage_kinds.get(stage, needed)
        by_stage[stage] = needed
    return by_stage


def requires_coverage_of_kinds(config: Config, names: Iterable[str]) -> bool:
    """Whether a stage requires coverage by the tests of one kind, of any of these components."""
    tables = (config.stages, *(config.find_component(name).stages for name in names))
    entries = (entry for table in tables for of_stage in table.values() for entry in of_stage)
    return bool(config.kinds) and any(one.gate in COVERAGE_GATES and one.line and not one.is_dropped for one in entries)


def compute_retry_policy(config: Config, name: str) -> RetryPolicy:
    """Returns the retry policy of a component, merged from four kinds of tables; a later one wins.

    That of the whole policy, those of the stages up to the target, the component's own, and those of its stages.
    """
    reached = config.ladder[: config.ladder.index(config.find_target(name)) + 1]
    tables = [owner.retry.get(key, {}) for owner in (config, config.find_component(name)) for key in ("", *reached)]
    if config.max_retries is not None:
        tables.append({"max_retries": config.max_retries})
    return merge_policies(*tables)


def is_looser(threshold: Fraction, than: Requirement, gate: Gate) -> bool:
    """Whether a threshold is easier to meet than that of a requirement of the gate."""
    return is_better(than.threshold, threshold, gate.find_better(than.line))


def loosens(entry: StageEntry, present: Requirement, gate: Gate) -> bool:
    """Whether an entry would replace a threshold by one that is easier to meet; one that only warns counts for none."""
    if present.mode == "warn" and (entry.mode or "block") == "block":
        return False
    return entry.threshold is not None and is_looser(entry.threshold, present, gate)


def compute_stages(config: Config, name: str, gates: Mapping[str, Gate], problems: list[str]) -> RequirementsByStage:
    """Returns the requirements of every stage for one component; adds to `problems` what makes no sense.

    A default never loosens what the file requires at a lower stage, keeps its ratchet, and never brings back what the
    file drops there.
    """
    own = config.find_component(name).stages
    effective: dict[tuple[str, str], Requirement] = {}
    drops: list[StageEntry] = []
    stages = {}
    for stage in config.ladder:
        for entry in config.default_stages.get(stage, ()):
            present = effective.get((entry.gate, entry.line))
            if not is_dropped(entry, drops) and (present is None or not loosens(entry, present, gates[entry.gate])):
                apply_entry(keep_ratchet(entry, present) if present else entry, effective, problems)
        for entry in (*config.stages.get(stage, ()), *own.get(stage, ())):
            apply_entry(entry, effective, problems)
            drops += [entry] * entry.is_dropped
        stages[stage] = tuple(replace(one, line=stage) if one.gate == APPROVALS else one for one in effective.values())
        if not effective:
            problems.append(f"{config.source}.stages.{stage}: the stage {stage!r} requires nothing")
    return stages


def keep_ratchet(entry: StageEntry, present: Requirement) -> StageEntry:
    """Returns the entry with the ratchet of a requirement."""
    return replace(entry, ratchet=present.ratchet, tolerance=present.tolerance, max_increase=present.max_increase)


def is_dropped(entry: StageEntry, drops: Iterable[StageEntry]) -> bool:
    """Whether one of the entries that drop something drops this one: its gate, or the line that it is about."""
    return any(drop.gate == entry.gate and drop.line in ("", entry.line) for drop in drops)


def apply_entry(entry: StageEntry, effective: dict[tuple[str, str], Requirement], problems: list[str]) -> None:
    """Adds, changes or drops a requirement in `effective`; without a threshold, also the lines of the entry's gate."""
    affected = [key for key in effective if key[0] == entry.gate and entry.line in ("", key[1])]
    if entry.is_dropped:
        for key in affected:
            del effective[key]
    elif entry.threshold is not None:
        effective[entry.gate, entry.line] = Requirement(
            gate=entry.gate, line=entry.line, threshold=entry.threshold, source=entry.source, **entry.refinements
        )
    elif affected:
        for key in affected:
            effective[key] = replace(effective[key], source=entry.source, **entry.refinements)
    else:
        problems.append(f"{entry.source}: has no threshold, and no lower stage sets one: add min or max")


def check_gates(gates: Mapping[str, Gate]) -> Iterator[str]:
    """Yields the gates, of hooks for example, that no requirement can be checked with."""
    for name, gate in gates.items():
        directions = {"": gate.better, **gate.line_better}
        for line, better in directions.items():
            shown = safe(f"{name}.{line}" if line else name, 80)
            if better not in ("higher", "lower"):
                yield f"the gate {shown!r} is better 'higher' or 'lower', not {safe(str(better), 80)!r}"
            if line and line not in gate.lines:
                yield f"the gate {safe(name, 80)!r} has a direction for {safe(line, 80)!r}, which is none of its lines"
    for name in NO_GATES:
        if name in gates:
            yield f"no gate can be called {name!r}: in a stage's table it has another meaning"


def check_entries(config: Config, gates: Mapping[str, Gate]) -> Iterator[str]:
    """Yields the problems of every entry in the file, also for components that are not judged."""
    for stages in (config.stages, *(settings.stages for settings in config.components.values())):
        for entries in stages.values():
            for entry in entries:
                yield from check_entry(entry, gates, config.kind_names)


def check_entry(entry: StageEntry, gates: Mapping[str, Gate], kinds: Sequence[str]) -> Iterator[str]:
    """Yields an unknown gate or line, a bound in the wrong direction, and a threshold beyond the scale.

    The `kinds` of tests are lines of a gate that measures by kind.
    """
    gate, source = gates.get(entry.gate), safe(entry.source)
    if gate is None:
        yield f"{source}: there is no gate {safe(entry.gate, 80)!r}{suggest_name(entry.gate, gates)}"
        return
    lines = (*gate.lines, *(kinds if gate.by_kind else ()))
    if entry.line and entry.line not in lines:
        hint = did_you_mean(entry.line, (*lines, *REFINEMENTS)) or suggest_name(entry.line, lines)
        yield f"{source}: the gate {entry.gate!r} has no line {safe(entry.line, 80)!r}{hint}"
    better = gate.find_better(entry.line)
    bound = "min" if better == "higher" else "max"
    if entry.bound not in ("", bound):
        shown = f"{entry.gate}.{entry.line}" if entry.line in gate.line_better else entry.gate
        yield f"{source}: {shown!r} is better the {better}, so it takes {bound}, not {entry.bound}"
    if gate.unit == "%" and entry.threshold is not None and entry.threshold > 100:
        threshold = format_number(entry.threshold, digits=decimal_places(entry.threshold))
        yield f"{source}: must be at most 100, not {threshold}"
    is_limited = gate.largest is not None and not entry.ratchet
    if is_limited and entry.threshold is not None and not can_exceed(entry.threshold, gate):
        yield f"{source}: cannot fail: {entry.gate!r} is never more than {gate.largest}, so require less, as 0"


def suggest_name(name: str, known: Iterable[str]) -> str:
    """Returns the nearest of the known names; where none is near, all of them."""
    return did_you_mean(name, known) or f"; known: {', '.join(known) or 'none'}"


def check_stages_can_fail(
    config: Config, requirements: Mapping[str, RequirementsByStage], gates: Mapping[str, Gate]
) -> Iterator[str]:
    """Yields the stages of which no blocking requirement can fail; one that only warns may: it never promotes."""
    for name, stages in requirements.items():
        for stage, required in stages.items():
            blocking = [requirement for requirement in required if requirement.mode == "block"]
            if not any(can_fail(requirement, gates[requirement.gate]) for requirement in blocking or required):
                yield f"{config.source}.stages.{stage}: nothing that {stage!r} requires of {name!r} can fail"


def check_lines_are_needed(
    config: Config, requirements: Mapping[str, RequirementsByStage], gates: Mapping[str, Gate]
) -> Iterator[str]:
    """Yields the requirements for a kind of tests that the stage does not need, each at the lowest such stage."""
    reported: set[tuple[str, str]] = set()
    for name, stages in requirements.items():
        needed = compute_kinds(config, name)
        for stage, required in stages.items():
            for one in required:
                is_needed = not needed[stage].kinds or one.line in needed[stage].kinds
                if gates[one.gate].is_kind(one.line) and not is_needed and (name, one.source) not in reported:
                    reported.add((name, one.source))
                    cure = f"add it to {needed[stage].source}, or drop the line with false"
                    yield f"{one.source}: {stage!r} does not need the tests of kind {one.line!r}: {cure}"


def check_refinements(requirements: Mapping[str, RequirementsByStage], gates: Mapping[str, Gate]) -> Iterator[str]:
    """Yields ratchets, tolerances and scopes that a gate cannot have, or that say nothing together."""
    required = (one for stages in requirements.values() for of_stage in stages.values() for one in of_stage)
    for one in required:
        gate = gates[one.gate]
        if one.scope == "new" and not can_be_new(gate):
            fitting = ", ".join(name for name, other in gates.items() if can_be_new(other))
            instead = "; new_code_coverage measures that of new code" if one.gate == COVERAGE else ""
            yield f'{one.source}: scope = "new" is for gates that count findings ({fitting}), not {one.gate!r}{instead}'
        if one.ratchet and (one.scope == "new" or gate.measures_change):
            yield f"{one.source}: ratchet has no meaning here: the number is about one change alone, so remove it"
        if one.tolerance and not one.ratchet:
            yield f"{one.source}: tolerance has no meaning without ratchet = true"
        if one.max_increase and not one.ratchet:
            yield f"{one.source}: max_increase has no meaning with ratchet = false"


def can_be_new(gate: Gate) -> bool:
    """Whether a stage can require a gate of new code alone."""
    return gate.counts_findings and gate.fits_new_code


def can_fail(requirement: Requirement, gate: Gate) -> bool:
    """Whether the gate can measure a number that does not meet the requirement."""
    if requirement.ratchet:
        return True
    is_higher = gate.find_better(requirement.line) == "higher"
    return requirement.threshold > 0 if is_higher else can_exceed(requirement.threshold, gate)


def can_exceed(threshold: Fraction, gate: Gate) -> bool:
    """Whether the gate can measure a larger number than the threshold."""
    largest = 100 if gate.unit == "%" else LARGEST
    return threshold < (largest if gate.largest is None else gate.largest)
