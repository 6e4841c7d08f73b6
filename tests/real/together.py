"""Judges several components of a real package in one session and each in a session of its own: equal, not close.

    python tests/real/together.py [--work DIR] [--package NAME] [--json OUT]

Exit code 0: all that differs is what the order of imports explains; 1: something else differs; 2: a session broke.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # it is run as a script

from tests.real.catalog import choose, load
from tests.real.workshop import BrokenError, Place, default_directory, prepare

POLICY = Path(__file__).with_name("policy.toml")
COMPONENTS: Mapping[str, Sequence[str]] = {
    "jinja2": ("nativetypes", "loaders", "filters", "lexer", "async_utils"),
    "werkzeug": ("routing", "middleware", "http", "formparser", "datastructures"),
    "boltons": ("iterutils", "statsutils", "funcutils", "ioutils", "strutils", "dictutils"),
}
JUDGED = (0, 1, 3)
SAME = ("verdict", "reached", "sources", "tests", "outcomes", "gaps", "unmet", "retries", "suppressions", "next")
TIMES_AND_COMMANDS = ("duration_s", "command")  # a session passes the paths of all its components to a tool


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print and write; returns the exit code."""
    options = parse(arguments)
    packages = choose(load(), options.package or list(COMPONENTS), ci=False)
    found: dict[str, list[str]] = {}
    try:
        places = prepare(packages, options.work.resolve())
        for package in packages:
            found |= compare(package.name, places[package.name])
    except BrokenError as error:
        print(f"cannot compare: {error}")
        return 2
    equal = sum(not differences for differences in found.values())
    print(f"{equal} of {len(found)} components are equal in everything")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))
    return int(equal < len(found))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; `work` and `json` are paths, `package` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", action="append", default=[], choices=COMPONENTS, help="only this (repeatable)")
    parser.add_argument("--work", type=Path, default=default_directory(), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every difference")
    return parser.parse_args(arguments)


def compare(package: str, place: Place) -> dict[str, list[str]]:
    """By component, what differs between the two sessions."""
    names = COMPONENTS[package]
    together = {one["name"]: one for one in judge(place, names)}
    if set(together) != set(names):
        raise BrokenError(f"{package}: {', '.join(names)} were asked for, {', '.join(together)} were judged")
    found = {}
    for name in names:
        (alone,) = judge(place, [name])
        found[f"{package} {name}"] = lines = list(differences(alone, together[name]))
        coverage = alone["coverage"]
        tests = f"{alone['outcomes']['passed']} passed, {coverage['covered_lines']} of {coverage['statements']} lines"
        print(f"{package} {name}: {'; '.join(lines) or 'equal: ' + alone['verdict'] + ', ' + tests}", flush=True)
    return found


def judge(place: Place, names: Sequence[str]) -> list[dict[str, Any]]:
    """The components of the report of one session. Raises BrokenError where nothing was judged."""
    report = place.out / "together.json"
    report.unlink(missing_ok=True)
    asked = [word for name in names for word in ("--maturity-component", name)]
    files = (f"--maturity-config={POLICY}", f"--maturity-report={report}")
    # Doctests and pytest-cov measure in their own way; a session of several components has but one of each.
    ran = place.run("-m", "pytest", "-q", "-p", "no:cov", *asked, "--maturity-target=production", *files)
    if ran.code not in JUDGED or not report.exists():
        raise BrokenError(f"{' '.join(names)}: exit code {ran.code}: {ran.tail(12)}")
    components: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["components"]
    return components


def differences(alone: Mapping[str, Any], together: Mapping[str, Any]) -> Iterator[str]:
    """What the two reports of one component say differently."""
    alone, together = comparable(alone), comparable(together)
    for key in SAME:
        if alone.get(key) != together.get(key):
            yield f"{key}: alone {alone.get(key)}, together {together.get(key)}"
    for one, other in zip(alone["gates"], together["gates"], strict=True):
        if one != other:
            yield f"gate {one['gate']}: alone {one['value']} {one['note']}, together {other['value']} {other['note']}"
    before, after = alone["coverage"], together["coverage"]
    for key in before:
        if key != "files" and before[key] != after.get(key):
            yield f"coverage.{key}: alone {before[key]}, together {after.get(key)}"
    for one, other in zip(before["files"], after["files"], strict=True):
        if one != other:
            alone, together = one["missing_lines"], other["missing_lines"]
            yield f"missing lines of {one['path']}: alone {alone}, together {together}"


def comparable(value: Any) -> Any:
    """The same data without what differs between any two sessions."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key not in TIMES_AND_COMMANDS}
    return [comparable(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
