"""What one policy asks less than another, in sentences: what a change loosened that it is to be judged by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ..model.gates import Gate, Requirement
from ..model.names import identity
from ..model.retries import RetryPolicy
from ..model.text import decimal_places, format_number, plural, safe
from .requirements import RequirementsByStage, compute_retry_policy
from .settings import ComponentConfig, Config

ANY_NUMBER = (0, 10**9)  # of tests: where a budget is in proportion to them, these two decide which is larger
IN_PROPORTION = "in proportion to the tests"
NAMED = 6  # components in one sentence
LONGEST = 300  # characters of a value


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPolicy:
    """A policy, the gates that it knows, and what it requires of each component that is judged."""

    config: Config
    gates: Mapping[str, Gate]
    requirements: Mapping[str, RequirementsByStage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one thing, and where each policy says so."""

    what: str
    new: str
    old: str
    new_source: str
    old_source: str

    def sentence(self, who: str = "") -> str:
        return f"{self.what}{who}: {self.new} instead of {self.old} ({self.new_source}; {self.old_source})"


def find_loosened(old: ResolvedPolicy, new: ResolvedPolicy) -> tuple[str, ...]:
    """A sentence for everything that `new` asks less than `old`, or decides in another way.

    What is new or stricter is not listed; what moved (a component's tests, a gate's
    command) is, because it may have loosened anything.
    """
    whole = (*ladder(old.config, new.config), *gates(old.config, new.config), *compare_paths(old.config, new.config))
    return (*(one.sentence() for one in whole), *of_components(old, new))


def of_components(old: ResolvedPolicy, new: ResolvedPolicy) -> Iterator[str]:
    """What changed at the stages of the judged components; the same change of several is one sentence."""
    stages = [stage for stage in old.config.ladder if stage in new.config.ladder]
    spread: dict[tuple[Change, tuple[str, ...]], list[str]] = {}
    for name in old.requirements:
        found: dict[Change, list[str]] = {}
        for stage in stages:
            for change in (*requirements(old, new, name, stage), *retries(old.config, new.config, name, stage)):
                found.setdefault(change, []).append(stage)
        for change, at in found.items():
            spread.setdefault((change, tuple(at)), []).append(name)
    for (change, stage_names), names in spread.items():
        who = ", ".join(names) if len(names) <= NAMED else plural(len(names), "component")
        yield change.sentence(f" of {who} at {', '.join(stage_names)}")


def requirements(old: ResolvedPolicy, new: ResolvedPolicy, name: str, stage: str) -> Iterator[Change]:
    """Requirements that were dropped, that are easier to meet, and that only warn."""
    present = {(one.gate, one.line): one for one in new.requirements[name][stage]}
    for was in old.requirements[name][stage]:
        now = present.get((was.gate, was.line))
        if now is None:
            where = {"new_source": dropped_at(new.config, name, was, stage), "old_source": was.source}
            yield Change(what=was.name, new="dropped", old=written(was), **where)
            continue
        where = {"new_source": now.source, "old_source": was.source}
        if easier(now.threshold, was.threshold, old.gates[was.gate]):
            yield Change(what=was.name, new=written(now), old=written(was), **where)
        if (was.mode, now.mode) == ("block", "warn"):
            yield Change(what=was.name, new="warns", old="blocks", **where)


def easier(now: Fraction, was: Fraction, gate: Gate) -> bool:
    return now < was if gate.better == "higher" else now > was


def written(one: Requirement) -> str:
    return format_number(one.threshold, digits=decimal_places(one.threshold))


def dropped_at(config: Config, name: str, was: Requirement, stage: str) -> str:
    """Where a policy says that it does not require something; where it does not even say that, the policy."""
    drops = [
        ask.source
        for below in config.ladder[: config.ladder.index(stage) + 1]
        for table in (config.stages, config.component(name).stages)
        for ask in table.get(below, ())
        if ask.drop and ask.gate == was.gate and ask.line in ("", was.line)
    ]
    return drops[-1] if drops else config.source


def retries(old: Config, new: Config, name: str, stage: str) -> Iterator[Change]:
    """More attempts, larger accounts and more exceptions that are taken for transient."""
    was, now = (compute_retry_policy(replace(one, target=stage, max_retries=None), name) for one in (old, new))
    for key in ("max_retries", "time_budget"):
        if getattr(now, key) > getattr(was, key):
            words = [f"{getattr(one, key):g}" for one in (now, was)]
            yield Change(what=key, new=words[0], old=words[1], **sources(old, new))
    for key, count in (("budget", RetryPolicy.retries_for), ("breaker", RetryPolicy.outage_above)):
        if any(count(now, tests) > count(was, tests) for tests in ANY_NUMBER):
            words = [IN_PROPORTION if (number := getattr(one, key)) is None else str(number) for one in (now, was)]
            yield Change(what=key, new=words[0], old=words[1], **sources(old, new))
    if not {*now.transient} <= {*was.transient}:
        yield Change(what="transient", new=listed(now.transient), old=listed(was.transient), **sources(old, new))


def ladder(old: Config, new: Config) -> Iterator[Change]:
    """Stages that are gone, renamed or in another order, and a lower default target."""
    if tuple(stage for stage in new.ladder if stage in old.ladder) != old.ladder:
        yield Change(what="ladder", new=listed(new.ladder), old=listed(old.ladder), **sources(old, new))
    rungs = list(old.ladder)
    if new.target not in rungs or rungs.index(new.target) < rungs.index(old.target):
        yield Change(what="target", new=safe(new.target, 80), old=safe(old.target, 80), **sources(old, new))


def gates(old: Config, new: Config) -> Iterator[Change]:
    """Options of gates that are not what they were; a new gate of the user's own takes nothing away."""
    for name in dict.fromkeys((*old.gates, *new.gates)):
        was, now = old.gates.get(name, {}), new.gates.get(name, {})
        if name in old.gates or "command" not in now:
            yield from differences(f"gates.{safe(name, 80)}.", was, now, sources(old, new))


def compare_paths(old: Config, new: Config) -> Iterator[Change]:
    """Where code, tests and specifications are sought: files may have come under another component, or under none."""
    yield from differences("", sought(old), sought(new), sources(old, new))
    names = {identity(name): name for one in (new, old) for name in one.components}
    for name in names.values():
        was, now = (sought(one.component(name)) for one in (old, new))
        yield from differences(f"components.{safe(name, 80)}.", was, now, sources(old, new))


def sought(one: Config | ComponentConfig) -> dict[str, Any]:
    return {key: getattr(one, key) for key in ("sources", "tests", "specs", "aliases") if hasattr(one, key)}


def differences(
    path: str, was: Mapping[str, Any], now: Mapping[str, Any], where: Mapping[str, str]
) -> Iterator[Change]:
    """The keys of a table that have another value."""
    for key in dict.fromkeys((*was, *now)):
        if was.get(key) != now.get(key):
            yield Change(what=f"{path}{key}", new=listed(now.get(key)), old=listed(was.get(key)), **where)


def sources(old: Config, new: Config) -> dict[str, str]:
    return {"new_source": new.source, "old_source": old.source}


def listed(value: Any) -> str:
    """A value of the configuration in words."""
    if value is None or value == ():
        return "nothing"
    items: Iterable[Any] = value if isinstance(value, tuple | list) else [value]
    return safe(", ".join(map(str, items)), LONGEST)
