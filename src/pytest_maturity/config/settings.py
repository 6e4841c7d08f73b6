"""The policy as the user wrote it: `[tool.maturity]` or maturity.yaml over the defaults.

What the thresholds mean for a component at a stage is in `policy.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model.digests import digest
from ..model.errors import ConfigError
from ..model.gates import Mode
from ..model.names import identity
from ..model.text import did_you_mean, safe
from . import schema
from .files import PolicyFiles, WorkingTreeFiles, find_policy, read_policy

DEFAULT = "default"  # the source of what no file says
DEFAULT_SPECS = ("specs/{component}.md",)
DEFAULT_STAGES: Mapping[str, Mapping[str, Any]] = {
    "dev": {"pass_rate": 100, "coverage": 50, "lint": 0},
    "staging": {"coverage": 70, "types": 0, "security": {"critical": 0, "high": 0, "medium": 5}, "flaky_rate": 2},
    "production": {"coverage": 80, "flaky_rate": 0},
}
REFINEMENTS = frozenset({"min", "max", "mode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
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


StageTables = Mapping[str, tuple[StageEntry, ...]]
RetryTables = Mapping[str, Mapping[str, Any]]  # a table's own `retry` under "", those of its stages under their names


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """What the configuration says about one component."""

    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    stages: StageTables = field(default_factory=dict)
    retry: RetryTables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The effective configuration. `source` names the file it came from, `max_retries` is the command line's."""

    ladder: tuple[str, ...]
    target: str
    defaults: StageTables
    stages: StageTables
    source: str
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    specs: tuple[str, ...] = DEFAULT_SPECS
    components: Mapping[str, ComponentConfig] = field(default_factory=dict)
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    retry: RetryTables = field(default_factory=dict)
    max_retries: int | None = None
    junit_flaky_failures: bool = False

    def component(self, name: str) -> ComponentConfig:
        """What is configured for a component, however its name is written."""
        own = (one for key, one in self.components.items() if identity(key) == identity(name))
        return next(own, ComponentConfig())

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides, wherever and in whatever order it was written."""
        components = {
            identity(name): {**asdict(one), "stages": plain(one.stages)} for name, one in self.components.items()
        }
        stages = {"defaults": plain(self.defaults), "stages": plain(self.stages), "components": components}
        nothing = {"source": None, "junit_flaky_failures": None}  # that decides
        return digest({**asdict(self), **stages, **nothing})


def load_config(root: Path, path: Path | None = None, files: PolicyFiles | None = None) -> Config:
    """The configuration of the project below `root`, or of the file at `path`; `files` says where both are read.

    Raises ConfigError with every mistake at once.
    """
    files = files or WorkingTreeFiles(root)
    named = read_policy(path, files) if path is not None else None
    file, table = find_policy(root, files) if named is None else (path, named)
    where = place(file, files)
    problems = [*schema.find_problems(table, schema.load_schema("config"), where), *nonsense(table, where)]
    if problems:
        raise ConfigError(problems)
    ladder = tuple(table.get("ladder", DEFAULT_STAGES))
    return Config(
        ladder=ladder,
        target=table.get("target", ladder[0]),
        defaults=asks(DEFAULT_STAGES, DEFAULT),
        stages=asks(table.get("stages", {}), f"{where}.stages"),
        sources=tuple(table.get("sources", ())),
        tests=tuple(table.get("tests", ())),
        specs=tuple(table.get("specs", DEFAULT_SPECS)),
        components={
            name: component(entry, f"{where}.components.{name}") for name, entry in table.get("components", {}).items()
        },
        gates=without_decimals(table.get("gates", {})),
        retry=retries(table),
        junit_flaky_failures=table.get("junit_flaky_failures", False),
        source=where,
    )


def retries(table: Mapping[str, Any]) -> RetryTables:
    """How failed tests are tried again, of a table and of its stages."""
    tables = {"": table, **table.get("stages", {})}
    found: RetryTables = without_decimals(
        {stage: entry["retry"] for stage, entry in tables.items() if entry.get("retry")}
    )
    return found


def plain(stages: StageTables) -> dict[str, list[list[str]]]:
    """What stages ask for, without the places where they were written, in one order; a gate may be called `a.b`."""
    return {
        stage: sorted([one.gate, one.line, str(one.threshold), str(one.drop), one.mode] for one in asked)
        for stage, asked in stages.items()
        if asked
    }


def without_decimals(value: Any) -> Any:
    """The same data with plain numbers: only thresholds need to be exact."""
    if isinstance(value, dict):
        return {key: without_decimals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_decimals(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def place(file: Path | None, files: PolicyFiles) -> str:
    """How messages name the table: the file, and the table's path in it."""
    if file is None:
        return DEFAULT
    name = files.display_name(file)
    return f"{name}: tool.maturity" if file.suffix == ".toml" else f"{name}: maturity"


def check_stage(where: str, stage: str, ladder: tuple[str, ...]) -> list[str]:
    """The complaint about a stage that is not on the ladder, if it is not."""
    if stage in ladder:
        return []
    return [
        f"{where}: {safe(stage, 60)!r} is not a stage of the ladder {', '.join(ladder)}{did_you_mean(stage, ladder)}"
    ]


def nonsense(table: Mapping[str, Any], where: str) -> Iterator[str]:
    """What the schema cannot see. The table may also be wrong in ways that the schema does see."""
    for name, entry in table_in(table, "gates").items():
        if isinstance(entry, dict) and "command" in entry:
            yield from wrong_command(entry, f"{where}.gates.{safe(str(name), 80)}")
    components = table_in(table, "components")
    yield from same_names(components, f"{where}.components")
    places = {f"{where}.stages": table_in(table, "stages")}
    for name in components:
        places[f"{where}.components.{safe(str(name), 80)}.stages"] = table_in(table_in(components, name), "stages")
    for path, stages in places.items():
        for stage in stages:
            yield from two_bounds(table_in(stages, stage), f"{path}.{safe(str(stage), 80)}")
    ladder = table.get("ladder", list(DEFAULT_STAGES))
    if isinstance(ladder, list) and ladder and all(isinstance(stage, str) for stage in ladder):
        yield from unknown_stages(places, tuple(ladder), where)
        if isinstance(table.get("target"), str):
            yield from check_stage(f"{where}.target", table["target"], tuple(ladder))


def wrong_command(entry: Mapping[str, Any], path: str) -> Iterator[str]:
    """A command needs one way, and a valid one, to find its number."""
    if len({"pattern", "pointer"} & entry.keys()) != 1:
        yield f"{path}: needs either pattern or pointer, to find the number in what the command prints"
    try:
        re.compile(str(entry.get("pattern", "")))
    except re.error as error:
        yield f"{path}.pattern: is not a regular expression: {error}"


def table_in(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def two_bounds(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Entries with min and max."""
    for gate in table:
        entry, where = table_in(table, gate), f"{path}.{safe(str(gate), 80)}"
        if {"min", "max"} <= entry.keys():
            yield f"{where}: has both min and max: a gate has one direction, keep one"
        yield from two_bounds(entry, where)


def unknown_stages(places: Mapping[str, Mapping[str, Any]], ladder: tuple[str, ...], where: str) -> Iterator[str]:
    """StageTables that have a table and no rung, and rungs without a table."""
    for path, stages in places.items():
        for stage in stages:
            yield from check_stage(path, str(stage), ladder)
    defined: dict[str, Any] = {**DEFAULT_STAGES, **places[f"{where}.stages"]}
    for stage in dict.fromkeys(ladder):
        if defined.get(stage, {}) == {}:
            name = safe(stage, 60)
            yield f"{where}.ladder: the stage {name!r} has no requirements: add {where}.stages.{name}"


def same_names(names: Iterable[str], where: str) -> Iterator[str]:
    """Components that are configured twice under two spellings of one name."""
    first: dict[str, str] = {}
    for name in map(str, names):
        other = first.setdefault(identity(name), name)
        if other != name:
            yield f"{where}.{safe(name, 80)}: the same component as {safe(other, 80)!r}: keep one"


def component(entry: Mapping[str, Any], where: str) -> ComponentConfig:
    return ComponentConfig(
        sources=tuple(entry.get("sources", ())),
        tests=tuple(entry.get("tests", ())),
        aliases=tuple(entry.get("aliases", ())),
        stages=asks(entry.get("stages", {}), f"{where}.stages"),
        retry=retries(entry),
    )


def asks(stages: Mapping[str, Mapping[str, Any]], where: str) -> StageTables:
    """The tables of stages as data, each entry with the place it was written at."""
    return {
        stage: tuple(
            ask
            for gate, entry in table.items()
            if gate != "retry"
            for ask in asks_of(gate, entry, f"{where}.{stage}.{gate}")
        )
        for stage, table in stages.items()
    }


def asks_of(gate: str, entry: Any, where: str) -> list[StageEntry]:
    """One gate's entry in a stage's table, as data: its own threshold, and those of the lines it names."""
    if not isinstance(entry, dict):
        return [ask(gate, "", entry, where)]
    own = {key: value for key, value in entry.items() if key in REFINEMENTS}
    lines = {key: value for key, value in entry.items() if key not in REFINEMENTS}
    mode = entry.get("mode", "block")  # of the gate's own threshold, and of the lines that are named beside it
    found = [ask(gate, "", own, where)] if own.keys() - ({"mode"} if lines else set()) else []
    return found + [ask(gate, line, value, f"{where}.{line}", mode) for line, value in lines.items()]


def ask(gate: str, line: str, entry: Any, where: str, mode: Mode = "block") -> StageEntry:
    """One entry: a number, false, or a table of min or max and mode. `mode` is that of the gate's own table."""
    if entry is False:
        return StageEntry(gate=gate, line=line, source=where, drop=True)
    if not isinstance(entry, dict):
        return StageEntry(gate=gate, line=line, source=where, threshold=Fraction(entry), mode=mode)
    bound = next((key for key in ("min", "max") if key in entry), "")
    return StageEntry(
        gate=gate,
        line=line,
        source=where,
        threshold=Fraction(entry[bound]) if bound else None,
        bound=bound,
        mode=entry.get("mode", mode),
    )
