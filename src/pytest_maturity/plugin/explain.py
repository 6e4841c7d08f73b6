"""`--maturity-explain`: what would be selected and required, and why."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ..model.evidence import Component
from ..model.gates import Gate, Requirement
from ..model.text import decimal_places, format_number, safe
from ..reports.messages import heading, policy_lines, printable_line, settings_line, stage_label, unnamed_test_notes
from .plan import Plan
from .terminal import format_report_path, get_terminal_writer, print_line


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
    for line in (
        *policy_lines(plan.describe_policy()),
        *(f"  note: {safe(note)}" for note in (*plan.notes, *plan.list_left_out())),
    ):
        print_line(config, line)
    out.line(printable_line(f"  policy: {plan.policy.source}; report: {format_report_path(plan)}; nothing was run"))


def format_component(component: Component, plan: Plan) -> Iterable[str]:
    """Yields the files of a component and the requirements of each stage, with where each came from."""
    relative = plan.layout.relative_path
    yield f"  sources, found by {component.found_by}:"
    for path in component.files:
        yield f"    {safe(relative(path))}"
    yield "  tests:" if component.tests else "  tests: none"
    for claim in component.tests:
        yield f"    {safe(relative(claim.path))}  ({safe(claim.rule)})"
    for note in unnamed_test_notes(component, relative):
        yield f"  note: {note}"
    target = plan.policy.find_target(component.name)
    for stage, required in plan.requirements[component.name].items():
        yield f"  {stage_label(stage)} requires:{'   <- target' if stage == target else ''}"
        for one in required:
            yield f"    {format_requirement(one, plan.gates[one.gate])}  ({safe(one.source)})"


def format_requirement(one: Requirement, gate: Gate) -> str:
    """Returns a requirement as people read it: `coverage >= 70`."""
    sign = ">=" if gate.better == "higher" else "<="
    warn = " (warn)" if one.mode == "warn" else ""
    return f"{one.name} {sign} {format_number(one.threshold, digits=decimal_places(one.threshold))}{warn}"
