"""Compares the plugin's numbers on real packages with those of pytest-cov and of the tools' own command lines.

    python tests/real/real.py [--ci] [--package NAME] [--work DIR] [--json OUT]

Exit codes: 0: everything is equal; 1: something differs; 2: a comparison could not be made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.real import baseline
from tests.real.catalog import Expected, Package, choose, load
from tests.real.compare import COLUMNS, Row, compare, compare_vulnerabilities, to_dict
from tests.real.packages import BrokenError, Workspace, default_directory, prepare


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares, prints and writes. Returns the exit code."""
    options = parse(arguments)
    packages = choose(load(), options.package, options.ci)
    try:
        workspaces = prepare(packages, options.work.resolve())
    except BrokenError as error:
        print(f"cannot compare: {error}", file=sys.stderr)
        return 2
    rows = []
    for package in packages:
        for component in package.components:
            rows.append(compare_component(package, component, workspaces[package.name], options.baseline_only))
            print_row(rows[-1])
    differs = False
    if not options.baseline_only:
        print(table(rows))
        environments = list_environments(packages, workspaces)
        differs = sum(compare_environment(package, workspace) for package, workspace in environments) > 0
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2, default=str))
    return 2 if any(row.problem for row in rows) else int(differs or any(not row.is_equal for row in rows))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; `work` and `json` are paths, `package` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ci", action="store_true", help="only the small packages")
    parser.add_argument("--package", action="append", default=[], metavar="NAME", help="only this package (repeatable)")
    parser.add_argument("--work", type=Path, default=default_directory(), metavar="DIR", help="keeps all files")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the numbers of both sides to this file")
    parser.add_argument("--baseline-only", action="store_true", help="measure without the plugin, to add a package")
    return parser.parse_args(arguments)


def compare_component(package: Package, component: Expected, workspace: Workspace, baseline_only: bool) -> Row:
    """Returns the comparison of one component, or only the numbers of the other side."""
    if not baseline_only:
        return compare(package, component, workspace)
    row = Row(package.name, component.name)
    try:
        row.expected = to_dict(baseline.measure(package, component, component.tests, workspace))
    except BrokenError as error:
        row.problem = str(error)
    return row


def list_environments(
    packages: Sequence[Package], workspaces: Mapping[str, Workspace]
) -> list[tuple[Package, Workspace]]:
    """Returns each environment once, with the first package in it."""
    found = {workspaces[one.name].python: (one, workspaces[one.name]) for one in reversed(packages)}
    return list(reversed(found.values()))


def compare_environment(package: Package, workspace: Workspace) -> bool:
    """Prints the vulnerabilities of an environment by both sides; returns whether they differ."""
    ours, expected = compare_vulnerabilities(package, workspace)
    words = "equal" if ours == expected else "DIFFERS"
    if ours is expected is None:
        words = "not compared: neither side could audit every distribution"
    print(f"vulnerabilities of the environment {package.environment}: {ours} and {expected}: {words}", flush=True)
    return ours != expected


def print_row(row: Row) -> None:
    """Prints a line for each difference, or the numbers if there is none."""
    where = f"{row.package} {row.component}"
    if row.problem:
        print(f"{where}: {row.problem}", flush=True)
    for difference in row.differences:
        print(f"{where}: {difference}", flush=True)
    if row.is_equal:
        print(f"{where}: {json.dumps(row.expected)}", flush=True)


def table(rows: Sequence[Row]) -> str:
    """Returns a table with a row for each component: `equal` or `DIFFERS` in every column."""
    lines: list[tuple[str, ...]] = [("package", "component", *COLUMNS, "verdict")]
    lines += [(row.package, row.component, *map(row.cell, COLUMNS), row.verdict or "-") for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    equal = sum(row.is_equal for row in rows)
    return "\n".join(["", *text, "", f"{equal} of {len(rows)} components are equal in everything"])


if __name__ == "__main__":
    sys.exit(main())
