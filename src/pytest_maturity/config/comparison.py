"""Finds what one policy loosened compared with another: a change must not lower the thresholds that it is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

from ..model.gates import Gate, Requirement
from ..model.kinds import KindRule
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.report import PolicyChange
from ..model.retries import RetryPolicy
from ..model.text import decimal_places, format_number, safe
from .requirements import RequirementsByStage, compute_kinds, compute_retry_policy, is_looser
from .settings import ComponentConfig, Config, RoleSettings

PROPORTIONAL = "in proportion to the tests"
MAX_VALUE_LENGTH = 300  # characters


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPolicy:
    """A policy, the gates that it knows, and the requirements of each judged component."""

    config: Config
    gates: Mapping[str, Gate]
    requirements: Mapping[str, RequirementsByStage]


def find_loosened(old: ResolvedPolicy, new: ResolvedPolicy) -> tuple[PolicyChange, ...]:
    """Returns every setting by which `new` requires less than `old`, or may do so.

    New and stricter settings are left out. A component's tests or a gate's command that changed are in it: what that
    loosened cannot be computed.
    """
    return (
        *compare_ladders(old.config, new.config),
        *compare_targets(old.config, new.config, old.requirements),
        *compare_gates(old.config, new.config),
        *compare_paths(old.config, new.config),
        *compare_exclusions(old.config, new.config),
        *compare_kinds(old.config, new.config),
        *compare_branches(old.config, new.config),
        *compare_records(old.config, new.config),
        *compare_approvals(old.config, new.config),
        *compare_components(old, new),
    )


def compare_components(old: ResolvedPolicy, new: ResolvedPolicy) -> Iterator[PolicyChange]:
    """Yields what was loosened at the stages of the judged components; the same change of several is one."""
    stages = [stage for stage in old.config.ladder if stage in new.config.ladder]
    components: dict[PolicyChange, list[str]] = {}
    for name in old.requirements:
        at_stages: dict[PolicyChange, list[str]] = {}
        for stage in stages:
            for change in compare_requirements(old, new, name, stage):
                at_stages.setdefault(change, []).append(stage)
            for change in compare_needed_kinds(old.config, new.config, name, stage):
                at_stages.setdefault(change, []).append(stage)
            for change in compare_retries(old.config, new.config, name, stage):
                at_stages.setdefault(change, []).append(stage)
        for change, where in at_stages.items():
            components.setdefault(replace(change, stages=tuple(where)), []).append(name)
    for change, names in components.items():
        yield replace(change, components=tuple(names))


def compare_requirements(old: ResolvedPolicy, new: ResolvedPolicy, name: str, stage: str) -> Iterator[PolicyChange]:
    """Yields the requirements that were dropped, that are easier to meet, and that only warn."""
    present = {(requirement.gate, requirement.line): requirement for requirement in new.requirements[name][stage]}
    for was in old.requirements[name][stage]:
        now = present.get((was.gate, was.line))
        if now is None:
            source = find_drop(new.config, name, was, stage)
            yield PolicyChange(
                setting=was.name, new="dropped", old=format_threshold(was), new_source=source, old_source=was.source
            )
            continue
        change = PolicyChange(
            setting=was.name,
            new=format_threshold(now),
            old=format_threshold(was),
            new_source=now.source,
            old_source=was.source,
        )
        if is_looser(now.threshold, was, old.gates[was.gate]):
            yield change
        if (was.mode, now.mode) == ("block", "warn"):
            yield replace(change, new="warns", old="blocks")
        for new_words, old_words in compare_ratchets(was, now):
            yield replace(change, new=new_words, old=old_words)
        if (was.scope, now.scope) == ("all", "new"):
            yield replace(change, new="new code", old="all code")
        if was.roles and set(was.roles) != set(now.roles):
            yield replace(change, new=format_roles(now.roles), old=format_roles(was.roles))


def compare_ratchets(was: Requirement, now: Requirement) -> Iterator[tuple[str, str]]:
    """Yields in words what of a ratchet is easier to meet than it was, and what it was."""
    if was.ratchet and not now.ratchet:
        yield "no ratchet", "a ratchet"
    elif now.ratchet and not was.ratchet:
        yield "a ratchet, whose baseline may excuse it", "no ratchet"
    else:
        for name, new, old in (
            ("tolerance", now.tolerance, was.tolerance), ("max_increase", now.max_increase, was.max_increase)
        ):  # fmt: skip
            if new > old:
                yield f"{name} {format_exact(new)}", f"{name} {format_exact(old)}"


def format_roles(roles: tuple[str, ...]) -> str:
    """Returns the roles in which approvals count, as text."""
    return f"roles {safe(', '.join(roles), MAX_VALUE_LENGTH)}" if roles else "any role"


def find_drop(config: Config, name: str, requirement: Requirement, stage: str) -> str:
    """Returns where a policy drops a requirement for the stage; where no entry does, the policy's own place."""
    tables = (config.stages, config.find_component(name).stages)
    drops = [
        entry.source
        for lower in config.ladder[: config.ladder.index(stage) + 1]
        for table in tables
        for entry in table.get(lower, ())
        if entry.is_dropped and entry.gate == requirement.gate and entry.line in ("", requirement.line)
    ]
    return drops[-1] if drops else config.source


def compare_needed_kinds(old: Config, new: Config, name: str, stage: str) -> Iterator[PolicyChange]:
    """Yields the kinds of tests of a stage that no longer needs all that it needed."""
    was, now = (compute_kinds(config, name)[stage] for config in (old, new))
    if now.kinds and not set(was.kinds or new.kind_names) <= set(now.kinds):
        yield PolicyChange(
            setting="kinds", new=", ".join(now.kinds), old=", ".join(was.kinds) or "all", new_source=now.source,
            old_source=was.source,
        )  # fmt: skip


def compare_retries(old: Config, new: Config, name: str, stage: str) -> Iterator[PolicyChange]:
    """Yields more reruns, larger budgets and more transient exceptions."""
    at_stage = (replace(config.with_target(stage), max_retries=None) for config in (old, new))
    was, now = (compute_retry_policy(config, name) for config in at_stage)
    for key in ("max_retries", "time_budget"):
        if getattr(now, key) > getattr(was, key):
            yield make_change(key, f"{getattr(now, key):g}", f"{getattr(was, key):g}", old, new)
    for key, limit in (("budget", RetryPolicy.compute_budget), ("breaker", RetryPolicy.compute_outage_threshold)):
        new_limit, old_limit = getattr(now, key), getattr(was, key)
        # One in proportion to the tests is above any other for many tests, and at its least for none.
        if (new_limit is None and old_limit is not None) or limit(now, 0) > limit(was, 0):
            yield make_change(key, format_limit(new_limit), format_limit(old_limit), old, new)
    if not {*now.transient} <= {*was.transient}:
        yield make_change("transient", format_value(now.transient), format_value(was.transient), old, new)


def compare_ladders(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields stages that are gone, renamed or in another order, and a lower default target."""
    if tuple(stage for stage in new.ladder if stage in old.ladder) != old.ladder:
        yield make_change("ladder", format_value(new.ladder), format_value(old.ladder), old, new)
    if is_lower(new.target, old.target, old.ladder):
        yield make_change("target", format_value(new.target), format_value(old.target), old, new)


def compare_targets(old: Config, new: Config, names: Iterable[str]) -> Iterator[PolicyChange]:
    """Yields the lower targets of components, where one of the policies has a target of their own."""
    for name in names:
        was, now = old.find_target(name), new.find_target(name)
        if (was, now) != (old.target, new.target) and is_lower(now, was, old.ladder):
            yield make_change(f"components.{safe(name, 80)}.target", format_value(now), format_value(was), old, new)


def is_lower(stage: str, than: str, ladder: Sequence[str]) -> bool:
    """Whether a stage is lower on the ladder than another one, or not on it."""
    return stage not in ladder or ladder.index(stage) < ladder.index(than)


def compare_gates(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields options of gates that have another value; a new gate of the user's own loosens nothing.

    So is each setting of an attestation that has another value: who states the number, and how old it may be.
    """
    for name in dict.fromkeys((*old.gates, *new.gates)):
        was, now = old.gates.get(name, {}), new.gates.get(name, {})
        if name in old.gates or "command" not in now:
            yield from compare_tables(f"gates.{safe(name, 80)}.", was, now, old, new)
    for name, was in old.attestations.items():
        yield from compare_tables(f"attestations.{safe(name, 80)}.", was, new.attestations.get(name, {}), old, new)


def compare_paths(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields other paths of code, tests and specifications: a file may belong to another component, or to none."""
    yield from compare_tables("", list_path_settings(old), list_path_settings(new), old, new)
    names = {identity(name): name for config in (new, old) for name in config.components}
    for name in names.values():
        was, now = (list_path_settings(config.find_component(name)) for config in (old, new))
        yield from compare_tables(f"components.{safe(name, 80)}.", was, now, old, new)


def compare_exclusions(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields what may leave more components out of `all`: new names and globs in `exclude`, a new `untested`."""
    if (old.untested, new.untested) == ("hold", "ignore"):
        yield make_change("untested", new.untested, old.untested, old, new)
    if not {*new.exclude} <= {*old.exclude}:
        yield make_change("exclude", format_value(new.exclude), format_value(old.exclude), old, new)


def compare_kinds(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields other rules and another order of the kinds of tests: a test may then be of a kind that no stage needs."""
    was, now = ({rule.kind: format_kind(rule) for rule in config.kinds} for config in (old, new))
    yield from compare_tables("kinds.", was, now, old, new)
    if [kind for kind in was if kind in now] != [kind for kind in now if kind in was]:
        yield make_change("kinds", format_value(tuple(now)), format_value(tuple(was)), old, new)


def compare_branches(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields another branch to compare with: less code may be new."""
    if old.compare_branch != new.compare_branch:
        now, was = format_value(new.compare_branch), format_value(old.compare_branch)
        yield make_change("compare_branch", now, was, old, new)


def compare_records(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields other records, from which decisions may come that nobody made: another file, and more trusted stores."""
    if old.records.path != new.records.path:
        yield make_change("records.path", new.records.path, old.records.path, old, new)
    if old.records.url != new.records.url:
        yield make_change("records.url", format_value(new.records.url), format_value(old.records.url), old, new)
    if not {*new.records.trust} <= {*old.records.trust}:
        trusts = format_value(new.records.trust), format_value(old.records.trust)
        yield make_change("records.trust", *trusts, old, new)


def compare_approvals(old: Config, new: Config) -> Iterator[PolicyChange]:
    """Yields other proofs of who approved, other people and keys, and more that is approved automatically."""
    was, now = old.approvals, new.approvals
    if was.identity != now.identity and now.identity != "signed":
        yield make_change("approvals.identity", now.identity, was.identity, old, new)
    for key in ("automatic", "stages"):
        if not {*getattr(now, key)} <= {*getattr(was, key)}:
            present, before = (format_value(getattr(one, key)) for one in (now, was))
            yield make_change(f"approvals.{key}", present, before, old, new)
    for name in dict.fromkeys((*was.roles, *now.roles)):
        old_role, new_role = (asdict(one.roles.get(name, RoleSettings())) for one in (was, now))
        yield from compare_tables(f"approvals.roles.{safe(name, 80)}.", old_role, new_role, old, new)


def list_path_settings(settings: Config | ComponentConfig) -> dict[str, Any]:
    """Returns the settings that decide which files belong to a component, and by which settings pytest runs them."""
    keys = ("sources", "tests", "tests_also", "specs", "aliases", "pytest_config")
    return {key: getattr(settings, key) for key in keys if hasattr(settings, key)}


def compare_tables(
    prefix: str, was: Mapping[str, Any], now: Mapping[str, Any], old: Config, new: Config
) -> Iterator[PolicyChange]:
    """Yields the keys of a table that have another value."""
    for key in dict.fromkeys((*was, *now)):
        if was.get(key) != now.get(key):
            yield make_change(prefix + key, format_value(now.get(key)), format_value(was.get(key)), old, new)


def make_change(setting: str, now: str, was: str, old: Config, new: Config) -> PolicyChange:
    """Returns the change of a setting that no single entry of a stage's table is the source of."""
    return PolicyChange(setting=setting, new=now, old=was, new_source=new.source, old_source=old.source)


def format_threshold(requirement: Requirement) -> str:
    return format_exact(requirement.threshold)


def format_exact(number: Fraction) -> str:
    return format_number(number, digits=decimal_places(number))


def format_kind(rule: KindRule) -> str:
    """Returns the rule of a kind of tests as text: `markers a, b; paths tests/a`."""
    parts = {"markers": rule.markers, "paths": rule.paths}
    return "; ".join(f"{key} {', '.join(values)}" for key, values in parts.items() if values)


def format_limit(limit: int | None) -> str:
    return PROPORTIONAL if limit is None else str(limit)


def format_value(value: Any) -> str:
    """Returns a value of the configuration as text of at most MAX_VALUE_LENGTH characters."""
    if value in (None, (), ""):
        return "nothing"
    items: Iterable[Any] = value if isinstance(value, tuple | list) else [value]
    return safe(", ".join(map(str, items)), MAX_VALUE_LENGTH)
