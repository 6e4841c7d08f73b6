"""`pytest-maturity baseline`: writes the numbers of a report that may not get worse. No run writes them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..config.baseline import DIRECTORY, baseline_path, format_baseline, read_baseline
from ..config.files import WorkingTreeFiles
from ..model.baseline import Baseline, BaselineNumber, Lowering, is_better
from ..model.ci import find_ci_variable
from ..model.errors import MaturityError, collect_problems
from ..model.exit_codes import WRONG_USAGE
from ..model.gates import Better
from ..model.text import decimal_places, did_you_mean, first_few, format_number, safe
from ..reports.files import write_file
from ..reports.verify import check_report, list_components, read_document
from .parser import Parser


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = f"write the numbers of a report that may not get worse to {DIRECTORY}/COMPONENT.json (never in CI)"
    parser = verbs.add_parser("baseline", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("report", type=Path, metavar="REPORT", help="the JSON report of a run")
    parser.add_argument(
        "--component", action="append", default=[], metavar="NAME",
        help="write the baseline of this component (repeatable; default: all components of the report)",
    )  # fmt: skip
    parser.add_argument("--lower", action="store_true", help="allow numbers that are worse than the baseline")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why they may be worse; the file keeps it")


def run(options: argparse.Namespace) -> int:
    """Writes the baselines of a report's components below the working directory; returns 0, or 4 where it may not."""
    problems = list(check_usage(options))
    document = collect_problems(problems, lambda: read_report(options.report))
    written: list[tuple[Path, Baseline, list[str]]] = []
    if document is not None and not problems:
        components = collect_problems(problems, lambda: choose_components(document, options.component))
        for component in components or ():
            one = collect_problems(problems, lambda: update(Path.cwd(), component, options.reason))  # noqa: B023  # called at once
            written += [one] if one is not None else []
    if not problems:
        try:
            for path, baseline, changes in written:
                if changes:
                    write_file(path, format_baseline(baseline))
        except OSError as error:
            problems.append(f"{safe(str(error.filename), 300)}: {error.strerror}")
    for problem in problems:
        print(f"ERROR: {problem}", file=sys.stderr)
    if problems:
        return WRONG_USAGE
    for path, _, changes in written:
        print(f"{safe(path.relative_to(Path.cwd()).as_posix())}: {', '.join(changes) or 'unchanged'}")
    return 0


def check_usage(options: argparse.Namespace) -> Iterator[str]:
    """Yields why the verb may not write anything."""
    if name := find_ci_variable():
        yield f"{name} is set: CI never writes a baseline; write it on your machine and commit it"
    if options.lower and not options.reason.strip():
        yield "--lower needs --reason TEXT, which the file keeps"
    if options.reason and not options.lower:
        yield "--reason needs --lower"


def read_report(path: Path) -> dict[str, Any]:
    """Returns a report that can be trusted. Raises MaturityError."""
    try:
        document = read_document(path)
    except OSError as error:
        raise MaturityError(f"{safe(str(path))}: {error.strerror}") from error
    except MaturityError as error:
        raise MaturityError(f"{safe(str(path))}: {error}") from error
    if problems := check_report(document):
        raise MaturityError([f"{safe(str(path))}: {problem}" for problem in problems])
    return document


def choose_components(document: Mapping[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """Returns the report's parts about the named components, or all. Raises MaturityError for an unknown name."""
    judged = {one["name"]: one for one in list_components(document)}
    problems = [
        f"the report does not judge {safe(name, 60)!r}{did_you_mean(name, judged)}"
        for name in names
        if name not in judged
    ]
    if not judged:
        problems.append("the report judges no component")
    if problems:
        raise MaturityError(problems)
    return [one for name, one in judged.items() if name in names or not names]


def update(root: Path, component: Mapping[str, Any], reason: str) -> tuple[Path, Baseline, list[str]]:
    """Returns the path of a component's baseline, its new content, and the changes as text.

    Raises MaturityError where the run had gaps, no requirement has a ratchet, a number is missing or, without a
    `reason`, one is worse than before.
    """
    name = component["name"]
    if gaps := [gap["message"] for gap in component["gaps"]]:
        raise MaturityError(f"{safe(name, 60)}: the run does not represent the component: {first_few(gaps)}")
    path = baseline_path(root, name)
    files = WorkingTreeFiles(root)
    before = read_baseline(path, name, files).numbers if files.has_file(path) else {}
    numbers, changes, problems = dict(before), [], []
    measured = dict(list_measured(component))
    if not measured:
        raise MaturityError(f"{safe(name, 60)}: no requirement that was judged has ratchet = true")
    for key, (gate, better, counted) in measured.items():
        old = before.get(key)
        if gate["value"] is None:
            problems.append(f"{safe(name, 60)}: {safe(key)} is unknown: {safe(gate['note'])}")
            continue
        value, lowered = Fraction(str(gate["value"])), old.lowered if old else ()
        known = [*([old.value] if old else []), *([Fraction(str(counted))] if counted is not None else [])]
        best = next((one for one in known if not any(is_better(other, one, better) for other in known)), value)
        if is_better(best, value, better) and (old is None or old.value != value or not lowered):
            words = f"{safe(key)} is {format_exact(value)}, worse than the baseline {format_exact(best)}"
            if not reason.strip():
                problems.append(f"{safe(name, 60)}: {words}: improve it, or give --lower --reason TEXT")
            lowered = (*lowered, Lowering(old=best, new=value, reason=reason.strip()))
        new = BaselineNumber(value=value, tools=gate["tools"], lowered=lowered)
        if old != new:
            numbers[key] = new
            changes.append(f"{safe(key)} {format_exact(value)}" + (f" (was {format_exact(old.value)})" if old else ""))
    if problems:
        raise MaturityError(problems)
    return path, Baseline(component=name, source=str(path), numbers=numbers), changes


def list_measured(component: Mapping[str, Any]) -> Iterator[tuple[str, tuple[dict[str, Any], Better, float | None]]]:
    """Yields the name in the baseline of each requirement with a ratchet; the gate, its direction, and the baseline.

    That is the number which counted in the run: it may come from a record.
    """
    for gate in component["gates"]:
        for stage in gate["stages"].values():
            if stage["ratchet"] is not None:
                yield stage["ratchet"]["name"], (gate, gate["better"], stage["ratchet"]["baseline"])


def format_exact(number: Fraction) -> str:
    return format_number(number, digits=decimal_places(number))
