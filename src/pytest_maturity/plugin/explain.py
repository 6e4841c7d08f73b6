"""`--maturity-explain`: what would be selected and required, and why."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import PurePosixPath

import pytest

from ..config.settings import Config
from ..discovery.imports import list_marks
from ..discovery.kinds import find_idle_kinds
from ..model.baseline import Baselines
from ..model.evidence import Claim, Component
from ..model.gates import Gate, Requirement
from ..model.kinds import UNIT, find_kinds_of_path
from ..model.text import decimal_places, format_number, safe
from ..model.waivers import Waiver
from ..reports.affected import describe_reason
from ..reports.messages import (
    describe_idle_kind,
    heading,
    policy_lines,
    printable_line,
    settings_line,
    stage_label,
    unnamed_test_notes,
)
from .plan import Plan
from .terminal import format_report_path, get_terminal_writer, print_line

USUAL_KINDS = ("integration", "e2e", "slow")


def explain(config: pytest.Config, plan: Plan) -> None:
    """Prints what would be selected and required, and why."""
    out = get_terminal_writer(config)
    for component in plan.components:
        out.sep("=", heading(component.name))
        for line in format_component(component, plan):
            out.line(printable_line(line))
    settings = {key: command.settings for key, command in plan.list_commands().items()}
    if settings:
        print_line(config, f"  settings of the tools: {settings_line(settings)}")
    for rule in find_idle_kinds(plan.policy.kinds, plan.layout, ()):
        out.line(printable_line(f"  note: {describe_idle_kind(rule.kind, plan.policy.source)}"))
    for line in propose_kinds(config, plan):
        out.line(printable_line(line))
    refused = [f"waiver {one.source} does not count: {one.problem}" for one in plan.waivers.refused]
    for line in (
        *policy_lines(plan.describe_policy()),
        *(f"  note: {safe(note)}" for note in (*plan.notes, *plan.list_left_out(), *refused, *plan.waiver_notes)),
    ):
        print_line(config, line)
    out.line(printable_line(f"  policy: {plan.policy.source}; report: {format_report_path(plan)}; nothing was run"))


def format_component(component: Component, plan: Plan) -> Iterable[str]:
    """Yields the files of a component and the requirements of each stage, with where each came from."""
    relative = plan.layout.relative_path
    if plan.affected and (reason := plan.affected.reasons.get(component.name)):
        yield f"  affected: {describe_reason(reason)}"
    yield f"  sources, found by {component.found_by}:"
    for path in component.files:
        yield f"    {safe(relative(path))}"
    yield from format_tests(component, plan)
    for note in unnamed_test_notes(component, relative):
        yield f"  note: {note}"
    standing = plan.find_standing(component.name)
    if standing is not None:
        yield f"  on record: {safe(standing.problem or f'at {standing.stage}')}"
    target = plan.policy.find_target(component.name)
    for stage, required in plan.requirements[component.name].items():
        yield f"  {stage_label(stage)} requires:{'   <- target' if stage == target else ''}"
        needed = plan.needed_kinds[component.name][stage]
        if needed.kinds:
            yield f"    tests of the kinds {', '.join(needed.kinds)}  ({safe(needed.source)})"
        for one in required:
            yield f"    {format_requirement(one, plan.gates[one.gate])}  ({safe(one.source)})"
            yield from list_waivers(component, stage, one, plan)
            if one.ratchet:
                yield f"      not worse than its baseline: {describe_baseline(one, plan.baselines.get(component.name))}"


def format_tests(component: Component, plan: Plan) -> Iterable[str]:
    """Yields the test files of a component, with the rule by which each was found."""
    relative = plan.layout.relative_path
    yield "  tests:" if component.tests else "  tests: none"
    for claim in component.tests:
        kind = f"; {describe_kind(relative(claim.path), plan.policy)}" if plan.policy.kinds else ""
        nodes = f": {', '.join(claim.nodes)}" if claim.nodes else ""
        yield f"    {safe(relative(claim.path) + nodes)}  ({safe(claim.rule)}{kind})"
        if missing := find_missing_nodes(claim):
            yield f"      note: there is no {safe(', '.join(missing), 200)} in the file"


def find_missing_nodes(claim: Claim) -> list[str]:
    """Returns the node ids of the configuration that no class or function in a test file has; other bases may."""
    if not claim.nodes or claim.path.suffix != ".py":
        return []
    names = list_marks(claim.path, ())
    return [node for node in claim.nodes if not has_node(node.partition("[")[0].split("::"), names)]


def has_node(parts: Sequence[str], names: Collection[str]) -> bool:
    """Whether a class or function has a name; a method of a class in the file may be inherited."""
    return ".".join(parts) in names or (len(parts) > 1 and ".".join(parts[:-1]) in names)


def describe_kind(path: str, policy: Config) -> str:
    """Returns the kind of the tests in a file, as far as its path decides it."""
    kinds = find_kinds_of_path(policy.kinds, path)
    if len(kinds) > 1:
        return f"kind {' or '.join(kinds)}, by their markers"
    return f"kind {kinds[0]}" if kinds else f"kind {UNIT}, or by their markers"


def propose_kinds(config: pytest.Config, plan: Plan) -> Iterator[str]:
    """Yields the lines of TOML that configure the usual kinds of tests, where the project has them and none is set.

    They are known by registered markers, and by the directories of the components' tests.
    """
    if plan.policy.kinds:
        return
    registered = {line.partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}
    places: dict[str, dict[str, None]] = {}
    for claim in (claim for component in plan.components for claim in component.tests):
        for folder in PurePosixPath(plan.layout.relative_path(claim.path)).parents:
            places.setdefault(folder.name, {})[folder.as_posix()] = None
    rules = {}
    for kind in USUAL_KINDS:
        found = {"markers": [kind] if kind in registered else [], "paths": sorted(places.get(kind, ()))}
        if parts := [f"{key} = {json.dumps(values)}" for key, values in found.items() if values]:
            rules[kind] = f"{kind} = {{ {', '.join(parts)} }}"
    if rules:
        lowest, highest = plan.policy.ladder[0], plan.policy.ladder[-1]
        yield "  kinds of tests are not configured; these lines sort them, and let a stage need some only:"
        yield from (f"    {line}" for line in ("[tool.maturity.kinds]", *rules.values()))
        yield f"    [tool.maturity.stages.{safe(lowest, 60)}]"
        yield f"    kinds = {json.dumps([UNIT])}"
        if highest != lowest:
            yield f"    [tool.maturity.stages.{safe(highest, 60)}]"
            yield f"    kinds = {json.dumps([UNIT, *rules])}"


def format_requirement(one: Requirement, gate: Gate) -> str:
    """Returns a requirement as people read it: `coverage >= 70`."""
    sign = ">=" if gate.find_better(one.line) == "higher" else "<="
    warn = " (warn)" if one.mode == "warn" else ""
    scope = " in new code" if one.scope == "new" else ""
    return f"{one.name}{scope} {sign} {format_exact(one.threshold)}{warn}"


def list_waivers(component: Component, stage: str, one: Requirement, plan: Plan) -> Iterator[str]:
    """Yields the waivers that may excuse a requirement of a stage, or findings of its gate."""
    for waiver in plan.waivers.valid:
        has_findings = plan.gates[one.gate].counts_findings or not waiver.is_of_findings
        fits = waiver.is_for_component(component.name) and waiver.is_for_stage(stage) and waiver.is_for_gate(one.name)
        if has_findings and fits:
            yield f"      waived where it fails: {describe_waiver(waiver)}"


def describe_waiver(waiver: Waiver) -> str:
    """Returns what a waiver excuses, who approved it, until when it counts, and where it stands."""
    label, by = safe(waiver.label, 200), safe(waiver.approved_by, 60)
    return f"{label}, by {by} until {waiver.expires} ({waiver.source})"


def describe_baseline(one: Requirement, baselines: Baselines | None) -> str:
    """Returns the baseline of a requirement with its source and the tolerance: `300 (maturity-baseline/shop.json)`."""
    known = [baseline for baseline in (baselines.committed, baselines.recorded) if baseline] if baselines else []
    found = [
        f"{format_exact(number.value)} ({safe(baseline.source, 200)})"
        for baseline in known
        if (number := baseline.numbers.get(one.name)) is not None
    ]
    tolerance = f", tolerance {format_exact(one.tolerance)}" if one.tolerance else ""
    increase = f", max_increase {format_exact(one.max_increase)} %" if one.max_increase else ""
    return ("; ".join(found) or "none yet") + tolerance + increase


def format_exact(number: Fraction) -> str:
    return format_number(number, digits=decimal_places(number))
