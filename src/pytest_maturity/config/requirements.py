"""What a component must show at each stage: the requirements, from the ladder down to one component's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..model.errors import ConfigError
from ..model.gates import LARGEST, Gate, Requirement
from ..model.retries import RetryPolicy, merged
from ..model.text import decimal_places, did_you_mean, format_number, safe
from .settings import Config, StageEntry

RequirementsByStage = Mapping[str, tuple[Requirement, ...]]


def compute_requirements(
    config: Config, gates: Mapping[str, Gate], names: Sequence[str]
) -> dict[str, RequirementsByStage]:
    """For each component of `names`, what every stage asks for, those below included.

    Raises ConfigError with every entry that names no gate, asks in the wrong
    direction or beyond the scale, every stage that asks for nothing that can
    fail, and every gate that does not know its direction.
    """
    problems = [
        f"the gate {safe(name, 80)!r} is better 'higher' or 'lower', not {safe(str(gate.better), 80)!r}"
        for name, gate in gates.items()
        if gate.better not in ("higher", "lower")
    ]
    if "retry" in gates:
        problems.append("no gate can be called 'retry': in a stage's table it is the table of retries")
    for table in tables(config):
        for entries in table.values():
            problems += [problem for ask in entries for problem in wrong(ask, gates)]
    found = {name: ladder(config, name, gates, problems) for name in names}
    if not problems:
        problems += vacuous(config, found, gates)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return found


def compute_retry_policy(config: Config, name: str) -> RetryPolicy:
    """How failed tests of a component are tried again: as a whole, at each stage up to the target, then its own."""
    reached = config.ladder[: config.ladder.index(config.target) + 1]
    tables = [one.retry.get(key, {}) for one in (config, config.component(name)) for key in ("", *reached)]
    if config.max_retries is not None:
        tables.append({"max_retries": config.max_retries})
    return merged(*tables)


def vacuous(config: Config, found: Mapping[str, RequirementsByStage], gates: Mapping[str, Gate]) -> Iterable[str]:
    """Stages of which nothing that blocks can fail; one that only warns is allowed, and never promotes."""
    for name, stages in found.items():
        for stage, asked in stages.items():
            blocking = [one for one in asked if one.mode == "block"]
            if not any(can_fail(one, gates[one.gate]) for one in blocking or asked):
                yield f"{config.source}.stages.{stage}: nothing that {stage!r} requires of {name!r} can fail"


def can_fail(one: Requirement, gate: Gate) -> bool:
    if gate.better == "higher":
        return one.threshold > 0
    return one.threshold < (100 if gate.unit == "%" else LARGEST)


def tables(config: Config) -> Iterable[Mapping[str, tuple[StageEntry, ...]]]:
    yield config.stages
    yield from (component.stages for component in config.components.values())


def wrong(ask: StageEntry, gates: Mapping[str, Gate]) -> Iterable[str]:
    gate, source = gates.get(ask.gate), safe(ask.source)
    if gate is None:
        yield f"{source}: there is no gate {safe(ask.gate, 80)!r}{did_you_mean(ask.gate, gates) or known(gates)}"
        return
    if ask.line and ask.line not in gate.lines:
        lines = did_you_mean(ask.line, gate.lines) or known(gate.lines)
        yield f"{source}: the gate {ask.gate!r} has no line {safe(ask.line, 80)!r}{lines}"
    right = "min" if gate.better == "higher" else "max"
    if ask.bound not in ("", right):
        yield f"{source}: {ask.gate!r} is better the {gate.better}, so it takes {right}, not {ask.bound}"
    if gate.unit == "%" and ask.threshold is not None and ask.threshold > 100:
        yield f"{source}: must be at most 100, not {format_number(ask.threshold, digits=decimal_places(ask.threshold))}"


def known(names: Iterable[str]) -> str:
    return f"; known: {', '.join(names) or 'none'}"


def ladder(config: Config, name: str, gates: Mapping[str, Gate], problems: list[str]) -> RequirementsByStage:
    """What one component must show at each stage; a default never loosens what the file asks of a lower one."""
    own = config.component(name).stages
    effective: dict[tuple[str, str], Requirement] = {}
    found = {}
    for stage in config.ladder:
        for table in (config.defaults, config.stages, own):
            for ask in table.get(stage, ()):
                if table is not config.defaults or not loosens(ask, effective, gates):
                    apply(ask, effective, problems)
        found[stage] = tuple(effective.values())
        if not effective:
            problems.append(f"{config.source}.stages.{stage}: the stage {stage!r} requires nothing")
    return found


def loosens(ask: StageEntry, effective: Mapping[tuple[str, str], Requirement], gates: Mapping[str, Gate]) -> bool:
    """Is an entry weaker than the requirement that it would replace?"""
    present = effective.get((ask.gate, ask.line))
    if present is None or ask.threshold is None:
        return False
    if gates[ask.gate].better == "higher":
        return ask.threshold < present.threshold
    return ask.threshold > present.threshold


def apply(ask: StageEntry, effective: dict[tuple[str, str], Requirement], problems: list[str]) -> None:
    """Let one entry add, change or drop a requirement; a drop or a mode of a gate is for its lines, too."""
    about = [key for key in effective if key[0] == ask.gate and ask.line in ("", key[1])]
    if ask.drop:
        for key in about:
            del effective[key]
    elif ask.threshold is not None:
        effective[ask.gate, ask.line] = Requirement(
            gate=ask.gate, line=ask.line, threshold=ask.threshold, mode=ask.mode, source=ask.source
        )
    elif about:
        for key in about:
            effective[key] = replace(effective[key], mode=ask.mode, source=ask.source)
    else:
        problems.append(f"{ask.source}: a mode without a threshold, and no lower stage sets one: add min or max")
