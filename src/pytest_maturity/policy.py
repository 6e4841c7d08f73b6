"""What a component must show at each stage: the requirements, from the ladder down to one component's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .config import Ask, Config
from .errors import ConfigError
from .model import Gate, Requirement
from .text import did_you_mean, digits_of, show

Requirements = Mapping[str, tuple[Requirement, ...]]


def requirements(config: Config, gates: Mapping[str, Gate], names: Sequence[str]) -> dict[str, Requirements]:
    """For each component of `names`, what every stage asks for, those below included.

    Raises ConfigError with every entry that names no gate, asks in the wrong
    direction or beyond the scale, and every stage that asks for nothing.
    """
    problems: list[str] = []
    for table in tables(config):
        for entries in table.values():
            problems += [problem for ask in entries for problem in wrong(ask, gates)]
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    found = {name: ladder(config, name, problems) for name in names}
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return found


def tables(config: Config) -> Iterable[Mapping[str, tuple[Ask, ...]]]:
    yield config.stages
    yield from (component.stages for component in config.components.values())


def wrong(ask: Ask, gates: Mapping[str, Gate]) -> Iterable[str]:
    gate = gates.get(ask.gate)
    if gate is None:
        yield f"{ask.source}: there is no gate {ask.gate!r}{did_you_mean(ask.gate, gates) or known(gates)}"
        return
    if ask.line and ask.line not in gate.lines:
        lines = did_you_mean(ask.line, gate.lines) or known(gate.lines)
        yield f"{ask.source}: the gate {ask.gate!r} has no line {ask.line!r}{lines}"
    right = "min" if gate.better == "higher" else "max"
    if ask.bound not in ("", right):
        yield f"{ask.source}: {ask.gate!r} is better the {gate.better}, so it takes {right}, not {ask.bound}"
    if gate.unit == "%" and ask.threshold is not None and ask.threshold > 100:
        yield f"{ask.source}: must be at most 100, not {show(ask.threshold, digits=digits_of(ask.threshold))}"


def known(names: Iterable[str]) -> str:
    return f"; known: {', '.join(names) or 'none'}"


def ladder(config: Config, name: str, problems: list[str]) -> Requirements:
    """What one component must show at each stage."""
    own = config.component(name).stages
    effective: dict[tuple[str, str], Requirement] = {}
    found = {}
    for stage in config.ladder:
        for table in (config.defaults, config.stages, own):
            for ask in table.get(stage, ()):
                apply(ask, effective, problems)
        found[stage] = tuple(effective.values())
        if not effective:
            problems.append(f"{config.source}.stages.{stage}: the stage {stage!r} requires nothing")
    return found


def apply(ask: Ask, effective: dict[tuple[str, str], Requirement], problems: list[str]) -> None:
    """Let one entry add, change or drop a requirement."""
    key = (ask.gate, ask.line)
    if ask.drop:
        for gate, line in list(effective):
            if gate == ask.gate and ask.line in ("", line):
                del effective[gate, line]
        return
    threshold = ask.threshold
    if threshold is None:
        if key not in effective:
            problems.append(f"{ask.source}: a mode without a threshold, and no lower stage sets one: add min or max")
            return
        threshold = effective[key].threshold
    effective[key] = Requirement(gate=ask.gate, line=ask.line, threshold=threshold, mode=ask.mode, source=ask.source)
