"""Compares reports of several components judged in one session with reports of each judged in its own session.

    python tests/real/many_components.py [--work DIR] [--package NAME] [--json OUT]

Exit codes: 0: all reports are equal; 1: something differs; 2: a session failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.real.catalog import choose, load
from tests.real.packages import BrokenError, Workspace, default_directory, prepare

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
    """Compares, prints and writes. Returns the exit code."""
    options = parse(arguments)
    packages = choose(load(), options.package or list(COMPONENTS), ci=False)
    found: dict[str, list[str]] = {}
    try:
        workspaces = prepare(packages, options.work.resolve())
        for package in packages:
            found |= compare(package.name, workspaces[package.name])
    except BrokenError as error:
        print(f"cannot compare: {error}", file=sys.stderr)
        return 2
    equal = sum(not differences for differences in found.values())
    print(f"{equal} of {len(found)} components are equal in everything")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))
    return int(equal < len(found))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; `work` and `json` are paths, `package` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--package", action="append", default=[], choices=COMPONENTS, help="only this package (repeatable)"
    )
    parser.add_argument("--work", type=Path, default=default_directory(), metavar="DIR", help="keeps all files")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the differences to this file")
    return parser.parse_args(arguments)


def compare(package: str, workspace: Workspace) -> dict[str, list[str]]:
    """Returns the differences between the two sessions by component."""
    names = COMPONENTS[package]
    together = {one["name"]: one for one in run_session(workspace, names)}
    if set(together) != set(names):
        raise BrokenError(f"{package}: {', '.join(names)} were selected, {', '.join(together)} were judged")
    found = {}
    for name in names:
        (alone,) = run_session(workspace, [name])
        found[f"{package} {name}"] = lines = list(find_differences(alone, together[name]))
        coverage = alone["coverage"]
        tests = f"{alone['outcomes']['passed']} passed, {coverage['covered_lines']} of {coverage['statements']} lines"
        print(f"{package} {name}: {'; '.join(lines) or 'equal: ' + alone['verdict'] + ', ' + tests}", flush=True)
    return found


def run_session(workspace: Workspace, names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the components of the report of one session. Raises BrokenError if nothing was judged."""
    report = workspace.out / "together.json"
    report.unlink(missing_ok=True)
    components = [word for name in names for word in ("--maturity-component", name)]
    files = (f"--maturity-config={POLICY}", f"--maturity-report={report}")
    # Without pytest-cov, which would measure all components of the session at once.
    result = workspace.run("-m", "pytest", "-q", "-p", "no:cov", *components, "--maturity-target=production", *files)
    if result.code not in JUDGED or not report.exists():
        raise BrokenError(f"{' '.join(names)}: exit code {result.code}: {result.tail(12)}")
    found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["components"]
    return found


def find_differences(alone: Mapping[str, Any], together: Mapping[str, Any]) -> Iterator[str]:
    """Yields every difference between the two reports of one component."""
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
