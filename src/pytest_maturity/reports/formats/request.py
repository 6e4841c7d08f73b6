"""A promotion request as Markdown, filled by a report: a box for each requirement, ticked where it is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..waivers import list_waived
from . import overview
from .links import Links
from .markdown import describe_run
from .markup import code
from .overview import Component
from .requirements import is_met, list_required


def render(document: Mapping[str, Any], links: Links) -> str:
    """Returns a request for each component of the report, with the measured numbers."""
    parts = ["\n".join(make_request(one, links)) for one in overview.order(document["components"])]
    footer = f"<sub>{' · '.join(describe_run(document['run']))}</sub>"
    return "\n\n".join([*parts, footer]) + "\n"


def make_request(component: Component, links: Links) -> Iterator[str]:
    """Yields the request to promote one component to its target."""
    recorded = f", now at {code(component['recorded'])}" if component["recorded"] else ""
    yield f"## Promote {code(component['name'])} to {code(component['target'])}{recorded}"
    yield ""
    yield f"The gate says **{component['verdict']}**" + (
        f": {code(component['reasons'])}" if component["reasons"] else "."
    )
    yield ""
    for gate in list_required(component):
        judged = gate["stages"][component["target"]]
        tick = "x" if is_met(gate, component["target"]) else " "
        bound = "" if judged["required"] is None else f", needs {overview.show_number(judged['required'], gate)}"
        how = " (waived)" if judged["status"] == "waived" else ""
        yield f"- [{tick}] {code(overview.gate_name(gate))} {overview.show_value(gate)}{bound}{how}"
    for gap in component["gaps"]:
        yield f"- [ ] no gap in the run: {code(gap['message'])}"
    if waived := list_waived(component, component["target"]):
        yield ""
        yield "Waived:"
        yield ""
        yield from (f"- {code(one)}" for one in waived)
    if links.run:
        yield ""
        yield f"Evidence: [CI run]({links.run})"
