"""The parts of a report that a step of GitHub Actions shows: annotations, the summary of the step, and its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from json import dumps
from typing import Any

from . import overview
from .findings import Located, list_located
from .markdown import make_footer, make_overview, make_section
from .markup import cut_folds
from .requirements import iterate_cases

MOST = 10  # annotations of a level that GitHub shows of a step
LIMIT = 900 * 1024  # bytes of the summary; GitHub drops one of more than 1 MiB without a word
WIDEST = 4  # bytes of a character in UTF-8
IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
IN_PROPERTY = {**IN_MESSAGE, **str.maketrans({":": "%3A", ",": "%2C"})}


def list_annotations(document: Mapping[str, Any]) -> list[str]:
    """Returns the workflow commands of the annotations, at most 10 errors and 10 warnings: those in new code first.

    An error is a finding that keeps a component from its target, or a requirement without a place; the other findings
    are warnings. The last line says what was left out.
    """
    found = sorted(
        (one for one in list_located(document) if not one.waiver), key=lambda one: (not one.is_blocking, not one.is_new)
    )
    errors = [*map(annotate_requirement, list_without_place(document, found))]
    errors += [annotate(one, "error") for one in found if one.is_blocking]
    warnings = [annotate(one, "warning") for one in found if not one.is_blocking]
    left = len(errors[MOST:]) + len(warnings[MOST:])
    notice = [f"::notice::{left} more findings are in the report"] if left else []
    return [*errors[:MOST], *warnings[:MOST], *notice]


def annotate(one: Located, level: str) -> str:
    """Returns the workflow command for a finding at its place."""
    properties = {"file": one.path, "line": one.line, "col": one.column, "title": f"maturity: {one.check}"}
    return command(level, {name: str(value) for name, value in properties.items() if value is not None}, one.message)


def annotate_requirement(pair: tuple[str, str]) -> str:
    """Returns the workflow command for a requirement that has no place."""
    return command("error", {"title": f"maturity: {pair[0]}"}, pair[1])


def list_without_place(document: Mapping[str, Any], found: list[Located]) -> Iterator[tuple[str, str]]:
    """Yields the component, and what is wrong, of each requirement that is not met and has no finding in a file."""
    placed = {(name, one.gate) for one in found if one.is_blocking for name in one.components}
    for component in overview.order(document["components"]):
        for case in iterate_cases(component):
            gate = case.name.partition(" (")[0]
            if case.status in ("failed", "unknown") and (component["name"], gate) not in placed:
                yield component["name"], f"{case.name}: {case.message}"


def command(level: str, properties: Mapping[str, str], message: str) -> str:
    """Returns a workflow command, in which nothing that a text holds is another one."""
    pairs = ",".join(f"{name}={encode(value, IN_PROPERTY)}" for name, value in properties.items())
    return f"::{level} {pairs}::{encode(message, IN_MESSAGE)}"


def encode(text: str, table: Mapping[int, str]) -> str:
    """Returns a text as it stands in a workflow command."""
    return text.translate(table)


def make_summary(document: Mapping[str, Any]) -> str:
    """Returns the summary of the step as Markdown: of a long report, the last sections are left out, and it says so."""
    top = "\n".join(make_overview(document))
    components = overview.order(document["components"])
    held = [one for one in components if one["verdict"] != "PROMOTE"]
    sections = ["\n".join(make_section(one, document)) for one in held]
    footer = "\n".join(make_footer(document))
    limit = LIMIT if "\n".join(chain([top], sections)).isascii() else LIMIT // WIDEST
    return cut_folds(top, sections, footer, limit)


def make_outputs(document: Mapping[str, Any], report: str) -> dict[str, str]:
    """Returns the outputs of the step: the verdict, the stage that each component reached, the path of the report.

    `reached` is the stage of the only component, of several a JSON object of them.
    """
    reached = {one["name"]: one["reached"] or "" for one in document["components"]}
    only = next(iter(reached.values())) if len(reached) == 1 else dumps(reached)
    return {"verdict": document["verdict"], "reached": only, "report": report}
