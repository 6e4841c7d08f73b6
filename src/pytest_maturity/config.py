"""The policy as the user wrote it: `[tool.maturity]` or maturity.yaml over the defaults.

What the thresholds mean for a component at a stage is in `policy.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from . import policyfile, schema
from .errors import ConfigError
from .model import Mode
from .naming import normal
from .text import did_you_mean, safe

DEFAULT_SPECS = ("specs/{component}.md",)
DEFAULT_STAGES: Mapping[str, Mapping[str, Any]] = {
    "dev": {"pass_rate": 100, "coverage": 50, "lint": 0},
    "staging": {"coverage": 70, "types": 0, "security": {"critical": 0, "high": 0, "medium": 5}},
    "production": {"coverage": 80},
}
REFINEMENTS = frozenset({"min", "max", "mode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one entry of a stage's table says about a gate, or about one `line` of its breakdown.

    `threshold` None with `drop` drops the requirement, without it keeps the
    threshold and changes the mode. `bound` is `min` or `max` where the user said which.
    """

    gate: str
    line: str
    source: str
    threshold: Fraction | None = None
    drop: bool = False
    bound: str = ""
    mode: Mode = "block"

    @property
    def name(self) -> str:
        return f"{self.gate}.{self.line}" if self.line else self.gate


Stages = Mapping[str, tuple[Ask, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """What the configuration says about one component."""

    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    stages: Stages = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The effective configuration. `source` names the file it came from, or says that there is none."""

    ladder: tuple[str, ...]
    target: str
    defaults: Stages
    stages: Stages
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    specs: tuple[str, ...] = DEFAULT_SPECS
    components: Mapping[str, ComponentConfig] = field(default_factory=dict)
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = "defaults"

    def component(self, name: str) -> ComponentConfig:
        """What is configured for a component, however its name is written."""
        return next((one for key, one in self.components.items() if normal(key) == normal(name)), ComponentConfig())

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides: equal digests are equal policies."""
        policy = {**asdict(self), "source": ""}
        text = json.dumps(policy, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def load(root: Path, path: Path | None = None) -> Config:
    """The configuration of the project below `root`, or of the file at `path`.

    Raises ConfigError with every mistake at once.
    """
    file, table = policyfile.find(root) if path is None else (path, policyfile.read(path))
    where = place(root, file)
    problems = schema.problems(table, schema.load("config"), where)
    if problems:
        raise ConfigError(problems)
    ladder = tuple(table.get("ladder", DEFAULT_STAGES))
    target = table.get("target", ladder[0])
    problems += unknown_stages(table, ladder, where)
    problems += same_names(table.get("components", {}), f"{where}.components")
    problems += not_a_stage(f"{where}.target", target, ladder)
    if problems:
        raise ConfigError(problems)
    return Config(
        ladder=ladder,
        target=target,
        defaults=asks(DEFAULT_STAGES, "default"),
        stages=asks(table.get("stages", {}), f"{where}.stages"),
        sources=tuple(table.get("sources", ())),
        tests=tuple(table.get("tests", ())),
        specs=tuple(table.get("specs", DEFAULT_SPECS)),
        components={
            name: component(entry, f"{where}.components.{name}") for name, entry in table.get("components", {}).items()
        },
        gates=without_decimals(table.get("gates", {})),
        source=where,
    )


def without_decimals(value: Any) -> Any:
    """The same data with plain floats: only thresholds need to be exact."""
    if isinstance(value, dict):
        return {key: without_decimals(item) for key, item in value.items()}
    return float(value) if isinstance(value, Decimal) else value


def place(root: Path, file: Path | None) -> str:
    """How messages name the table: the file, and the table's path in it."""
    if file is None:
        return "default"
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
    return f"{name}: tool.maturity" if file.suffix == ".toml" else f"{name}: maturity"


def not_a_stage(where: str, stage: str, ladder: tuple[str, ...]) -> list[str]:
    """The complaint about a stage that is not on the ladder, if it is not."""
    if stage in ladder:
        return []
    return [
        f"{where}: {safe(stage, 60)!r} is not a stage of the ladder {', '.join(ladder)}{did_you_mean(stage, ladder)}"
    ]


def unknown_stages(table: Mapping[str, Any], ladder: tuple[str, ...], where: str) -> list[str]:
    """Stages that have a table and no rung, and rungs without a table."""
    problems = []
    places = {f"{where}.stages": table.get("stages", {})}
    for name, entry in table.get("components", {}).items():
        places[f"{where}.components.{name}.stages"] = entry.get("stages", {})
    for path, stages in places.items():
        for stage in stages:
            problems += not_a_stage(path, stage, ladder)
    defined = {**DEFAULT_STAGES, **table.get("stages", {})}
    for stage in ladder:
        if not defined.get(stage):
            problems.append(f"{where}.ladder: the stage {stage!r} has no requirements: add {where}.stages.{stage}")
    return problems


def same_names(names: Iterable[str], where: str) -> list[str]:
    """Components that are configured twice under two spellings of one name."""
    first: dict[str, str] = {}
    return [
        f"{where}.{name}: the same component as {first[normal(name)]!r}: keep one"
        for name in names
        if first.setdefault(normal(name), name) != name
    ]


def component(entry: Mapping[str, Any], where: str) -> ComponentConfig:
    return ComponentConfig(
        sources=tuple(entry.get("sources", ())),
        tests=tuple(entry.get("tests", ())),
        aliases=tuple(entry.get("aliases", ())),
        stages=asks(entry.get("stages", {}), f"{where}.stages"),
    )


def asks(stages: Mapping[str, Mapping[str, Any]], where: str) -> Stages:
    """The tables of stages as data, each entry with the place it was written at."""
    return {
        stage: tuple(ask for gate, entry in table.items() for ask in asks_of(gate, entry, f"{where}.{stage}.{gate}"))
        for stage, table in stages.items()
    }


def asks_of(gate: str, entry: Any, where: str) -> list[Ask]:
    if not isinstance(entry, dict):
        return [ask(gate, "", entry, where)]
    found = []
    if not REFINEMENTS.isdisjoint(entry):
        found.append(ask(gate, "", {key: entry[key] for key in REFINEMENTS & entry.keys()}, where))
    lines = {key: value for key, value in entry.items() if key not in REFINEMENTS}
    return found + [ask(gate, line, value, f"{where}.{line}") for line, value in lines.items()]


def ask(gate: str, line: str, entry: Any, where: str) -> Ask:
    """One entry: a number, false, or a table of min or max and mode."""
    if entry is False:
        return Ask(gate=gate, line=line, source=where, drop=True)
    if not isinstance(entry, dict):
        return Ask(gate=gate, line=line, source=where, threshold=Fraction(entry))
    if {"min", "max"} <= entry.keys():
        raise ConfigError(f"{where}: has both min and max: a gate has one direction, keep one")
    bound = next((key for key in ("min", "max") if key in entry), "")
    return Ask(
        gate=gate,
        line=line,
        source=where,
        threshold=Fraction(entry[bound]) if bound else None,
        bound=bound,
        mode=entry.get("mode", "block"),
    )
