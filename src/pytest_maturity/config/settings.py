"""The policy as the user wrote it: `[tool.maturity]` or maturity.yaml, checked, over the defaults.

requirements.py computes from it what a component must show at each stage.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ..model.attestations import ATTEST, find_source
from ..model.digests import digest
from ..model.errors import ConfigError
from ..model.gates import Mode, Scope
from ..model.kinds import UNIT, KindRule, NeededKinds
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.text import did_you_mean, safe
from . import defaults, schema
from .files import PolicyFiles, WorkingTreeFiles, find_policy, read_policy
from .git_ref import describe_invalid_ref

BOUNDS = ("min", "max")
REFINEMENTS = (
    *BOUNDS,
    "mode",
    "ratchet",
    "tolerance",
    "max_increase",
    "scope",
)  # the keys of a gate's table that name no line of its breakdown
SOAK, DEPENDS_ON_STAGE, APPROVALS = "soak", "depends_on_stage", "approvals"
WITH_RECORDS = (SOAK, DEPENDS_ON_STAGE, "lost_tests", APPROVALS)  # the gates that need records
NO_GATES = ("retry", "kinds")  # the keys of a stage's table that name no gate
NEW_CODE_COVERAGE = "new_code_coverage"  # a gate that is about the lines that a change touches
SIGNING_KEY = re.compile(  # who signs, and an SSH public key with a comment or an OpenPGP fingerprint
    r"(?P<name>[^\s\"#*?!,]+) +(?:(?P<ssh>(?:ssh|ecdsa-sha2|sk-ssh|sk-ecdsa-sha2)-[\w@.-]+ +[A-Za-z0-9+/]+=*)(?: .*)?"
    r"|(?P<fingerprint>[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}))"
)
URL_SCHEMES = ("postgresql", "postgres")
URL_EXAMPLE = "postgresql://USER@HOST/DATABASE"
VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # the name of an environment variable
PASSWORDS = ("password", "sslpassword")  # the parameters of a URL that are secret
KIND = re.compile(r"[A-Za-z]\w*(-\w+)*", re.ASCII)  # the name of a kind of tests
BUILTIN_EXCEPTIONS = [
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
]


@light_dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """One entry of a stage's table: about a gate, or about one `line` of its breakdown.

    `threshold` is None in an entry that drops the requirement (`is_dropped`), and in one that only refines it.
    `bound` is `min` or `max` where the user wrote one of them. `source` is the path of the entry in its file. `mode`,
    `ratchet`, `tolerance`, `max_increase` and `scope` are None where the user wrote none: with a threshold the
    defaults of a requirement apply, without one it keeps what it has. `roles` are those of approvals.
    """

    gate: str
    line: str
    source: str
    threshold: Fraction | None = None
    is_dropped: bool = False
    bound: str = ""
    mode: Mode | None = None
    ratchet: bool | None = None
    tolerance: Fraction | None = None
    max_increase: Fraction | None = None
    scope: Scope | None = None
    roles: tuple[str, ...] = ()

    @property
    def refinements(self) -> dict[str, Any]:
        """The values that the user wrote besides the threshold, by the fields of a requirement."""
        names = ("mode", "ratchet", "tolerance", "max_increase", "scope")
        found = {name: value for name in names if (value := getattr(self, name)) is not None}
        return {**found, "roles": self.roles} if self.roles else found

    @property
    def name(self) -> str:
        return f"{self.gate}.{self.line}" if self.line else self.gate


StageTables = Mapping[str, tuple[StageEntry, ...]]  # by stage
RetryTables = Mapping[str, Mapping[str, Any]]  # a table's own `retry` under "", those of its stages by stage
KindsByStage = Mapping[str, NeededKinds]


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """The settings of one component."""

    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    tests_also: str = ""
    aliases: tuple[str, ...] = ()
    target: str = ""
    stages: StageTables = field(default_factory=dict)
    stage_kinds: KindsByStage = field(default_factory=dict)
    retry: RetryTables = field(default_factory=dict)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RecordSettings:
    """The place of the records, and which stores count. `retention` is in days, None for ever.

    `url` is that of a server, or `env:` and the environment variable that holds it; empty for the database at `path`.
    `trust` names the stores whose decisions count; it is empty where the file names none. `stage_file` is the pattern
    of the files that show the recorded stage, empty without any. `is_configured` is whether the table is there.
    """

    path: str = defaults.RECORDS
    url: str = ""
    trust: tuple[str, ...] = ()
    retention: int | None = None
    stage_file: str = ""
    is_configured: bool = False


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RoleSettings:
    """The people who may approve in a role.

    `members` are names, empty for everybody; `keys` are names, each with its key.
    """

    members: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """The people who may approve. `identity` is the weakest proof of who approved that counts.

    With `automatic`, an approval that has expired still counts for what it was given for. The approvals of `stages` are
    automatic.
    """

    identity: Literal["claimed", "signed", "ci"] = "claimed"
    automatic: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    roles: Mapping[str, RoleSettings] = field(default_factory=dict)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The effective configuration. `source` names the table it was read from.

    `stages` are the tables of the file, over `default_stages`. `kinds` are the rules of the kinds of tests, in the
    order in which they are tried, and `stage_kinds` the kinds that the stages of the file name. `max_retries` is
    --maturity-retries.
    """

    ladder: tuple[str, ...]
    target: str
    default_stages: StageTables
    stages: StageTables
    source: str
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    specs: tuple[str, ...] = defaults.SPECS
    kinds: tuple[KindRule, ...] = ()
    stage_kinds: KindsByStage = field(default_factory=dict)
    components: Mapping[str, ComponentConfig] = field(default_factory=dict)
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attestations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    retry: RetryTables = field(default_factory=dict)
    max_retries: int | None = None
    exclude: tuple[str, ...] = ()
    untested: Literal["hold", "ignore"] = "hold"
    junit_flaky_failures: bool = False
    reports: tuple[str, ...] = ()
    pytest_config: str = ""
    compare_branch: str = ""
    records: RecordSettings = RecordSettings()
    approvals: ApprovalSettings = field(default_factory=ApprovalSettings)

    def find_component(self, name: str) -> ComponentConfig:
        """Returns the settings of a component, in whatever spelling its name is; empty ones where it has none."""
        matches = (settings for key, settings in self.components.items() if identity(key) == identity(name))
        return next(matches, ComponentConfig())

    def find_target(self, name: str) -> str:
        """Returns the stage that a component is judged for: its own target, or that of the policy."""
        return self.find_component(name).target or self.target

    def with_target(self, stage: str) -> Config:
        """Returns the same configuration with one stage that every component is judged for."""
        components = {name: replace(settings, target="") for name, settings in self.components.items()}
        return replace(self, target=stage, components=components)

    def with_targets(self, targets: Mapping[str, str]) -> Config:
        """Returns the same configuration with a stage that each of these components is judged for."""
        components = dict(self.components)
        for name, stage in targets.items():
            key = next((key for key in components if identity(key) == identity(name)), name)
            components[key] = replace(components.get(key, ComponentConfig()), target=stage)
        return replace(self, components=components)

    @property
    def gate_tables(self) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Mapping[str, Any]]]:
        """The tables that configure gates: `gates` and `attestations`."""
        return self.gates, self.attestations

    @property
    def requires_records(self) -> bool:
        """Whether a stage of any component names a requirement that needs records."""
        needed = {*WITH_RECORDS, *self.list_attestations(ATTEST)}
        return any(entry.gate in needed for entry in self._list_entries())

    def list_attestations(self, source: str) -> list[str]:
        """Returns the attestations from a source that a stage of any component names."""
        named = {entry.gate for entry in self._list_entries()}
        return [name for name, table in self.attestations.items() if name in named and find_source(table) == source]

    @property
    def requires_approvals(self) -> bool:
        """Whether a stage of any component requires approvals."""
        return any(entry.gate == APPROVALS and not entry.is_dropped for entry in self._list_entries())

    @property
    def requires_dependencies(self) -> bool:
        """Whether a stage of any component requires something of the components that it imports."""
        return any(entry.gate == DEPENDS_ON_STAGE and not entry.is_dropped for entry in self._list_entries())

    def _list_entries(self) -> Iterator[StageEntry]:
        """Yields the entries of all stages, also those of components."""
        tables = (self.stages, *(one.stages for one in self.components.values()))
        return (entry for table in tables for of_stage in table.values() for entry in of_stage)

    @property
    def has_ratchet(self) -> bool:
        """Whether a requirement, of any component, has a ratchet."""
        tables = (self.stages, *(one.stages for one in self.components.values()))
        return any(entry.ratchet for table in tables for entries in table.values() for entry in entries)

    @property
    def judges_new_code(self) -> bool:
        """Whether a requirement, of any component, is about the lines that a change touches."""
        tables = (self.stages, *(one.stages for one in self.components.values()))
        entries = (entry for table in tables for entries in table.values() for entry in entries)
        return any(entry.scope == "new" or entry.gate == NEW_CODE_COVERAGE for entry in entries)

    @property
    def kind_names(self) -> tuple[str, ...]:
        """The names of all kinds of tests, `unit` among them."""
        return tuple(dict.fromkeys((*(rule.kind for rule in self.kinds), UNIT)))

    @property
    def digest(self) -> str:
        """SHA-256 of every setting that influences a verdict, independent of the file and the order of its keys.

        The order of the rules of the kinds of tests has an influence.
        """
        components = {
            identity(name): {
                **asdict(settings),
                "stages": to_digest_data(settings.stages),
                "stage_kinds": list_kinds_by_stage(settings.stage_kinds),
            }
            for name, settings in self.components.items()
        }
        stages = {
            "default_stages": to_digest_data(self.default_stages),
            "stages": to_digest_data(self.stages),
            "stage_kinds": list_kinds_by_stage(self.stage_kinds),
            "components": components,
        }
        without_influence = dict.fromkeys(("source", "junit_flaky_failures", "reports"))
        return digest({**asdict(self), **stages, **without_influence, "records": self.records.trust})

    @property
    def digest_without_target(self) -> str:
        """SHA-256 of the same settings but for the targets: equal for runs of one policy that judge other stages."""
        components = {name: replace(one, target="") for name, one in self.components.items()}
        components = {name: one for name, one in components.items() if one != ComponentConfig()}
        return replace(self, target="", components=components).digest


def to_digest_data(stages: StageTables) -> dict[str, list[list[str]]]:
    """Returns the entries of stages in one order, without their sources.

    Gate and line stay apart, because a gate may be called `a.b`.
    """
    return {
        stage: sorted(
            [entry.gate, entry.line, str(entry.threshold), str(entry.is_dropped), *list_effective_refinements(entry)]
            for entry in entries
        )
        for stage, entries in stages.items()
        if entries
    }


def list_effective_refinements(entry: StageEntry) -> list[str]:
    """Returns what an entry makes of a requirement besides the threshold: one that sets no threshold keeps the rest."""
    defaults_of_requirement = {"mode": "block", "ratchet": False, "tolerance": Fraction(0), "scope": "all"}
    kept = defaults_of_requirement if entry.threshold is not None else dict.fromkeys(defaults_of_requirement)
    return [str(value) for value in {**kept, **entry.refinements}.values()]


def list_kinds_by_stage(needed: KindsByStage) -> dict[str, list[str]]:
    """Returns the kinds that stages name, in one order, without their sources."""
    return {stage: sorted(one.kinds) for stage, one in needed.items()}


# ── reading ──────────────────────────────────────────────────────────────────


def load_config(root: Path, path: Path | None = None, files: PolicyFiles | None = None) -> Config:
    """Returns the configuration of the project at `root`, or of the file at `path`, read from `files`.

    `files` are those of the working tree by default; where they need not have the file at `path`, the project's own
    file counts instead. Raises ConfigError with every mistake.
    """
    files = files or WorkingTreeFiles(root)
    table = read_policy(path, files) if path is not None else None
    if table is None:
        path, table = find_policy(root, files)
    where = name_table(path, files)
    problems = [*schema.find_problems(table, schema.load_schema("config"), where), *check_consistency(table, where)]
    if problems:
        raise ConfigError(problems)
    ladder = tuple(table.get("ladder", defaults.STAGES))
    return Config(
        ladder=ladder,
        target=table.get("target", ladder[0]),
        default_stages=read_stages(defaults.STAGES, defaults.SOURCE),
        stages=read_stages(table.get("stages", {}), f"{where}.stages"),
        sources=tuple(table.get("sources", ())),
        tests=tuple(table.get("tests", ())),
        specs=tuple(table.get("specs", defaults.SPECS)),
        kinds=tuple(map(read_kind, table.get("kinds", {}).items())),
        stage_kinds=read_stage_kinds(table.get("stages", {}), f"{where}.stages"),
        components={
            name: read_component(entry, f"{where}.components.{name}")
            for name, entry in table.get("components", {}).items()
        },
        gates=replace_decimals(table.get("gates", {})),
        attestations=replace_decimals(table.get("attestations", {})),
        retry=read_retry_tables(table),
        pytest_config=table.get("pytest_config", ""),
        compare_branch=table.get("compare_branch", ""),
        exclude=tuple(table.get("exclude", ())),
        untested=table.get("untested", "hold"),
        junit_flaky_failures=table.get("junit_flaky_failures", False),
        reports=tuple(table.get("reports", ())),
        records=read_records(table),
        approvals=read_approvals(table.get("approvals", {})),
        source=where,
    )


def name_table(file: Path | None, files: PolicyFiles) -> str:
    """Returns the name of the policy's table in messages: the file, and the path of the table in it."""
    if file is None:
        return defaults.SOURCE
    return f"{files.format_name(file)}: {'tool.maturity' if file.suffix == '.toml' else 'maturity'}"


def read_records(table: Mapping[str, Any]) -> RecordSettings:
    """Returns the settings of the records, from the policy's table."""
    own = table.get("records", {})
    return RecordSettings(
        path=own.get("path", defaults.RECORDS),
        url=own.get("url", ""),
        trust=tuple(own.get("trust", ())),
        retention=own.get("retention"),
        stage_file=own.get("stage_file", ""),
        is_configured="records" in table,
    )


def read_approvals(table: Mapping[str, Any]) -> ApprovalSettings:
    """Returns the settings of approvals; signatures are needed by default where a role lists keys."""
    roles = {
        name: RoleSettings(members=tuple(role.get("members", ())), keys=tuple(role.get("keys", ())))
        for name, role in table.get("roles", {}).items()
    }
    default: Literal["signed", "claimed"] = "signed" if any(role.keys for role in roles.values()) else "claimed"
    return ApprovalSettings(
        identity=table.get("identity", default),
        automatic=tuple(table.get("automatic", ())),
        stages=tuple(table.get("stages", ())),
        roles=roles,
    )


def read_component(table: Mapping[str, Any], where: str) -> ComponentConfig:
    return ComponentConfig(
        sources=tuple(table.get("sources", ())),
        tests=tuple(table.get("tests", ())),
        tests_also=table.get("tests_also", ""),
        aliases=tuple(table.get("aliases", ())),
        target=table.get("target", ""),
        stages=read_stages(table.get("stages", {}), f"{where}.stages"),
        stage_kinds=read_stage_kinds(table.get("stages", {}), f"{where}.stages"),
        retry=read_retry_tables(table),
    )


def read_kind(entry: tuple[str, Mapping[str, Any]]) -> KindRule:
    """Returns the rule of a kind of tests, from its name and its table."""
    kind, table = entry
    return KindRule(kind=kind, markers=tuple(table.get("markers", ())), paths=tuple(table.get("paths", ())))


def read_stage_kinds(stages: Mapping[str, Mapping[str, Any]], where: str) -> KindsByStage:
    """Returns the kinds of tests that the tables of stages name."""
    return {
        stage: NeededKinds(kinds=tuple(table["kinds"]), source=f"{where}.{stage}.kinds")
        for stage, table in stages.items()
        if "kinds" in table
    }


def read_stages(stages: Mapping[str, Mapping[str, Any]], where: str) -> StageTables:
    """Returns the entries of every stage's table."""
    return {
        stage: tuple(
            entry
            for gate, value in table.items()
            if gate not in NO_GATES
            for entry in read_gate(gate, value, f"{where}.{stage}.{gate}", stage)
        )
        for stage, table in stages.items()
    }


def read_gate(gate: str, value: Any, where: str, stage: str) -> list[StageEntry]:
    """Returns the entries about one gate of a stage: its own threshold, and those of the lines that its table names.

    `soak = { stage = "dev", days = 7 }` is a threshold for the line of that stage, `depends_on_stage = true` one for
    the line of its own stage.
    """
    if gate == SOAK and isinstance(value, dict):
        return [read_entry(gate, value["stage"], {"min": value["days"], "mode": value.get("mode")}, where)]
    if gate == APPROVALS and isinstance(value, dict):
        roles = tuple(value.get("roles", ()))
        entry = read_entry(gate, "", {"min": value.get("min", len(roles) or 1), "mode": value.get("mode")}, where)
        return [replace(entry, roles=roles)]
    if gate == DEPENDS_ON_STAGE and value is True:
        return [read_entry(gate, stage, 0, where)]
    if not isinstance(value, dict):
        return [read_entry(gate, "", value, where)]
    own = {key: item for key, item in value.items() if key in REFINEMENTS}
    lines = {key: item for key, item in value.items() if key not in REFINEMENTS}
    shared = {key: item for key, item in own.items() if key not in BOUNDS}  # with the gate's lines
    has_own_entry = not lines or any(bound in own for bound in BOUNDS)  # next to lines, the rest is about the lines
    entries = [read_entry(gate, "", own, where)] if has_own_entry else []
    return entries + [read_entry(gate, line, item, f"{where}.{line}", shared) for line, item in lines.items()]


def read_entry(
    gate: str, line: str, value: Any, where: str, shared: Mapping[str, Any] = MappingProxyType({})
) -> StageEntry:
    """Returns one entry, written as a number, as false, or as a table of REFINEMENTS.

    `shared` are those of the gate's table without its bounds, which the line's own override. `max_increase` is one of
    a ratchet, so it needs no `ratchet = true`.
    """
    if value is False:
        return StageEntry(gate=gate, line=line, source=where, is_dropped=True)
    table: Mapping[str, Any] = {**shared, **(value if isinstance(value, dict) else {})}
    bound = next((key for key in BOUNDS if key in table), "")
    threshold = table[bound] if bound else None if isinstance(value, dict) else value
    tolerance, increase = table.get("tolerance"), table.get("max_increase")
    return StageEntry(
        gate=gate,
        line=line,
        source=where,
        threshold=None if threshold is None else Fraction(threshold),
        bound=bound,
        mode=table.get("mode"),
        ratchet=table.get("ratchet", None if increase is None else True),
        tolerance=None if tolerance is None else Fraction(tolerance),
        max_increase=None if increase is None else Fraction(increase),
        scope=table.get("scope"),
    )


def read_retry_tables(table: Mapping[str, Any]) -> RetryTables:
    """Returns the `retry` of a table and of its stages."""
    tables = {"": table, **table.get("stages", {})}
    return {stage: replace_decimals(entry["retry"]) for stage, entry in tables.items() if entry.get("retry")}


def replace_decimals(value: Any) -> Any:
    """Returns the same data with int and float for Decimal: only thresholds need to be exact."""
    if isinstance(value, dict):
        return {key: replace_decimals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [replace_decimals(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


# ── checks that a JSON Schema cannot express; what it does find (a wrong type) must not break them ──────────────────


def check_consistency(table: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields the problems of a policy's table; `where` is its name in messages."""
    yield from check_branch(table.get("compare_branch"), f"{where}.compare_branch")
    for name, gate in iterate_subtables(table, "gates", where):
        if "command" in gate:
            yield from check_command(gate, name)
    if "attestations" in table:
        from .attestations import check_attestations  # here: few projects have one

        yield from check_attestations(table, where)
    components = list(iterate_subtables(table, "components", where))
    yield from check_component_names(get_subtable(table, "components"), f"{where}.components")
    owners = [(where, table), *components]  # that may have stages and retry
    stage_tables = [entry for path, owner in owners for entry in iterate_subtables(owner, "stages", path)]
    yield from check_records(get_subtable(table, "records"), table.get("specs", defaults.SPECS), f"{where}.records")
    yield from check_approvals(get_subtable(table, "approvals"), table.get("ladder"), f"{where}.approvals")
    yield from check_kinds(get_subtable(table, "kinds"), f"{where}.kinds")
    kinds = [*map(str, get_subtable(table, "kinds")), UNIT]
    for path, stage in stage_tables:
        yield from check_bounds(stage, path)
        yield from check_stage_kinds(stage.get("kinds"), kinds, f"{path}.kinds")
        yield from check_approval(stage.get(APPROVALS), get_subtable(table, "approvals"), f"{path}.{APPROVALS}")
    for path, owner in (*owners, *stage_tables):
        yield from check_exceptions(get_subtable(owner, "retry").get("transient"), f"{path}.retry.transient")
    yield from check_stage_names(table, owners, stage_tables, where)


def check_stage_names(
    table: Mapping[str, Any],
    owners: Sequence[tuple[str, Mapping[str, Any]]],
    stage_tables: Sequence[tuple[str, Mapping[str, Any]]],
    where: str,
) -> Iterator[str]:
    """Yields the problems of the names of stages: of their tables, of targets, of those that a soak is about.

    `owners` are the tables that may have stages, `stage_tables` those of the stages.
    """
    ladder = table.get("ladder", list(defaults.STAGES))
    if not (isinstance(ladder, list) and ladder and all(isinstance(stage, str) for stage in ladder)):
        return
    for path, owner in owners:
        for name in get_subtable(owner, "stages"):
            yield from check_stage(f"{path}.stages", str(name), tuple(ladder))
    for path, stage in stage_tables:
        yield from check_soak(stage.get(SOAK), path, tuple(ladder))
    yield from check_ladder(ladder, get_subtable(table, "stages"), where)
    for path, owner in owners:
        if isinstance(owner.get("target"), str):
            yield from check_stage(f"{path}.target", owner["target"], tuple(ladder))


def get_subtable(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Returns the table at a key; an empty one where there is none."""
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def iterate_subtables(table: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the tables in the table at a key, each with its path."""
    for name, found in get_subtable(table, key).items():
        yield f"{where}.{key}.{safe(str(name), 80)}", found if isinstance(found, dict) else {}


def check_stage(where: str, stage: str, ladder: tuple[str, ...]) -> list[str]:
    """Returns the problem of a stage that is not on the ladder; nothing where it is."""
    if stage in ladder:
        return []
    return [
        f"{where}: {safe(stage, 60)!r} is not a stage of the ladder {', '.join(ladder)}{did_you_mean(stage, ladder)}"
    ]


def check_ladder(ladder: Iterable[str], stages: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields the stages of the ladder that have no requirements, neither in the file nor by default."""
    defined = {**defaults.STAGES, **stages}
    for stage in dict.fromkeys(ladder):
        if defined.get(stage, {}) == {}:
            name = safe(stage, 60)
            yield f"{where}.ladder: the stage {name!r} has no requirements: add {where}.stages.{name}"


def check_branch(branch: Any, where: str) -> Iterator[str]:
    """Yields why a text cannot name a branch: it must never become an option of git."""
    if isinstance(branch, str) and (problem := describe_invalid_ref(branch)):
        yield f"{where}: {safe(branch, 80)!r} {problem}"


def check_bounds(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yields the entries of a stage's table, and the lines in them, that have both min and max."""
    for gate in table:
        entry, where = get_subtable(table, gate), f"{path}.{safe(str(gate), 80)}"
        if all(bound in entry for bound in BOUNDS):
            yield f"{where}: has both min and max: a gate has one direction, keep one"
        yield from check_bounds(entry, where)


def check_soak(table: Any, path: str, ladder: tuple[str, ...]) -> Iterator[str]:
    """Yields a soak at a stage that is not on the ladder, or not below the stage that requires it."""
    stage = table.get("stage") if isinstance(table, dict) else None
    if isinstance(stage, str):
        own = path.rpartition(".")[2]
        problems = check_stage(f"{path}.{SOAK}.stage", stage, ladder)
        yield from problems
        if not problems and own in ladder and ladder.index(stage) >= ladder.index(own):
            yield f"{path}.{SOAK}.stage: must be a stage below {safe(own, 60)}, not {safe(stage, 60)}"


def check_command(gate: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields the problems of a gate that runs a command: it needs one valid way to find the number."""
    count = gate.get("count")
    if count is None and ("pattern" in gate) == ("pointer" in gate):
        yield f"{where}: needs either pattern or pointer, to find the number in what the command prints, or count"
    unused = {"exit": ("pattern", "pointer", "default"), "lines": ("pointer", "default")}
    for key in unused.get(count, ()) if isinstance(count, str) else ():
        if key in gate:
            yield f'{where}.{key}: has no meaning with count = "{count}": remove it'
    if count == "exit" and gate.get("better") == "higher":
        yield f'{where}.better: must be "lower" with count = "exit": the number is 0 where the command passed'
    if count is None and "default" in gate and "clean_exit_codes" not in gate:
        yield f"{where}.default: needs clean_exit_codes: the exit codes that say that the command found nothing"
    if count is None and "clean_exit_codes" in gate and "default" not in gate:
        yield f"{where}.clean_exit_codes: has no meaning without count or default: use exit_codes"
    if isinstance(pattern := gate.get("pattern"), str):
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{where}.pattern: is not a regular expression: {error}"


def check_component_names(names: Iterable[Any], where: str) -> Iterator[str]:
    """Yields the components that are configured twice, in two spellings of one name."""
    first: dict[str, str] = {}
    for name in map(str, names):
        other = first.setdefault(identity(name), name)
        if other != name:
            yield f"{where}.{safe(name, 80)}: is the same component as {safe(other, 80)!r}: keep one of them"


def check_records(table: Mapping[str, Any], specs: Any, where: str) -> Iterator[str]:
    """Yields contradictions, a URL with a password, and a stage file that is no place for the recorded stage."""
    url, trust = table.get("url"), table.get("trust")
    if isinstance(url, str):
        yield from check_url(url, f"{where}.url")
        if "path" in table:
            yield f"{where}.url: the records are in one place: keep url or path"
    if isinstance(trust, list):
        wrong, right = ("server", "local") if url is None else ("local", "server")
        if wrong in trust:
            yield f'{where}.trust: the records are {"not " if url is None else ""}on a server: "{right}" names them'
    stage_file = table.get("stage_file")
    if isinstance(stage_file, str) and (stage_file.startswith("/") or ".." in stage_file.split("/")):
        yield f"{where}.stage_file: must be a path from the root of the project, not {safe(stage_file, 80)!r}"
    if isinstance(specs, list | tuple) and stage_file in specs:
        yield f"{where}.stage_file: is the path of the specifications, too: nobody writes those but people"


def check_approvals(table: Mapping[str, Any], ladder: Any, where: str) -> Iterator[str]:
    """Yields keys that cannot be read, roles in which nobody can approve, and automatic stages that do not exist."""
    roles = list(iterate_subtables(table, "roles", where))
    owners: dict[str, str] = {}  # by key
    for path, role in roles:
        keys = role.get("keys", ())
        for number, text in enumerate(keys if isinstance(keys, list) else ()):
            if not isinstance(text, str):
                continue
            match = SIGNING_KEY.fullmatch(text)
            if match is None:
                yield f"{path}.keys[{number}]: must be a name, a space, and an SSH public key or a fingerprint"
                continue
            key = match["ssh"] or match["fingerprint"].upper()
            if (owner := owners.setdefault(key, match["name"])) != match["name"]:
                yield f"{path}.keys[{number}]: is the key of {safe(owner, 60)}, too: a key has one owner"
        if table.get("identity") == "signed" and not keys:
            yield f'{path}: nobody can approve in this role: identity = "signed" needs keys'
    if table.get("identity") == "signed" and not roles:
        yield f'{where}.identity: "signed" needs keys in {where}.roles'
    stages = table.get("stages")
    known = ladder if isinstance(ladder, list) and all(isinstance(one, str) for one in ladder) else defaults.STAGES
    for stage in stages if isinstance(stages, list) else ():
        if isinstance(stage, str):
            yield from check_stage(f"{where}.stages", stage, tuple(known))


def check_approval(entry: Any, settings: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields unknown roles of a requirement, and fewer people than roles: each role needs a person of its own."""
    roles = entry.get("roles") if isinstance(entry, dict) else None
    known = [*map(str, get_subtable(settings, "roles"))]
    for number, role in enumerate(roles if isinstance(roles, list) else ()):
        if known and isinstance(role, str) and role not in known:
            hint = did_you_mean(role, known) or f"; known: {', '.join(map(safe, known))}"
            yield f"{where}.roles[{number}]: there is no role {safe(role, 60)!r}{hint}"
    least = entry.get("min") if isinstance(entry, dict) else None
    if isinstance(roles, list) and isinstance(least, int | Decimal) and least < len(roles):
        yield f"{where}.min: must be at least {len(roles)}: each of the roles needs a person of its own"


def check_url(url: str, where: str) -> Iterator[str]:
    """Yields the mistakes in the URL of a server. They never quote it, because it may hold a password."""
    scheme, _, rest = url.partition(":")
    if scheme == "env":
        if VARIABLE.fullmatch(rest) is None:
            yield f'{where}: must name an environment variable, like "env:MATURITY_RECORDS_URL"'
    elif scheme not in URL_SCHEMES or not rest.startswith("//"):
        yield f'{where}: must be "env:" and the name of an environment variable that holds the URL, or {URL_EXAMPLE}'
    elif has_password(url):
        yield (
            f"{where}: holds a password, which everybody could read here: put the URL into an environment variable "
            'and name that, like "env:MATURITY_RECORDS_URL"'
        )


def has_password(url: str) -> bool:
    """Whether a URL of PostgreSQL has a password: before the host, or among its parameters."""
    from urllib.parse import unquote  # here: few projects have a server, and it takes milliseconds

    rest = url.partition("://")[2]
    logins = (part.rpartition("@")[0] for part in (rest.partition("/")[0], rest.partition("?")[0]))
    names = [unquote(one.partition("=")[0]).strip().lower() for one in re.split("[?&]", rest)]
    return any(":" in login for login in logins) or not set(PASSWORDS).isdisjoint(names)


def check_kinds(table: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields kinds of tests with an invalid name, those in two spellings, and paths that do not start at the root."""
    first: dict[str, str] = {}
    for name in map(str, table):
        path = f"{where}.{safe(name, 80)}"
        if KIND.fullmatch(name) is None or name in REFINEMENTS:
            also = f", and not {', '.join(REFINEMENTS)}" if name in REFINEMENTS else ""
            yield f"{path}: is no name of a kind: use letters, digits, - and _{also}"
        other = first.setdefault(name.casefold().replace("-", "_"), name)
        if other != name:
            yield f"{path}: is the same kind as {safe(other, 80)!r}: keep one of them"
        paths = get_subtable(table, name).get("paths")
        for number, given in enumerate(paths if isinstance(paths, list) else ()):
            if isinstance(given, str) and (given.startswith("/") or ".." in given.split("/")):
                yield f"{path}.paths[{number}]: must be a path from the root of the project, not {safe(given, 80)!r}"


def check_stage_kinds(names: Any, known: Sequence[str], where: str) -> Iterator[str]:
    """Yields the kinds of tests that a stage needs and that do not exist."""
    for number, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in known:
            hint = did_you_mean(name, known) or f"; known: {', '.join(map(safe, known))}"
            yield f"{where}[{number}]: there is no kind of tests {safe(name, 60)!r}{hint}"


def check_exceptions(names: Any, where: str) -> Iterator[str]:
    """Yields the names without a module that no builtin exception has: they would never match."""
    for number, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name.isidentifier() and name not in BUILTIN_EXCEPTIONS:
            yield (
                f"{where}[{number}]: there is no builtin exception {safe(name, 60)!r}"
                f"{did_you_mean(name, BUILTIN_EXCEPTIONS)}; "
                f'write any other with its module, like "module.{safe(name, 60)}"'
            )
