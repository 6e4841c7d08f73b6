"""Prints which stage real components reach with the default thresholds, and what keeps each from the next one.

    python tests/real/stages.py [--package NAME] [--work DIR] [--json OUT] [--before JSON]

Runs `pytest --maturity-component NAME --maturity-target staging` in each package of packages.toml and stages.toml, as a
user without a configuration would. `--before` adds the stages of an earlier run's --json to the table.

Exit codes: 0: every component was judged; 1: one was not; 2: a package could not be installed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.real.catalog import HERE, Expected, Package, choose, load
from tests.real.packages import BrokenError, Workspace, default_directory, prepare

TARGET = "staging"
BELOW = {None: "-", "dev": "dev"}  # the stages below the target; the reason is printed for these


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """The stage of one component. `unmet` holds the gate and the message of each reason why it is at none higher."""

    package: str
    component: str
    verdict: str = ""
    reached: str | None = None
    coverage: float | None = None
    tests: int = 0
    unmet: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def key(self) -> str:
        return f"{self.package} {self.component}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, prints and writes. Returns the exit code."""
    options = parse(arguments)
    packages = choose([*load(), *load(HERE / "stages.toml")], options.package, ci=False)
    before = read_before(options.before) if options.before else {}
    try:
        workspaces = prepare(packages, options.work.resolve())
    except BrokenError as error:
        print(f"cannot run: {error}", file=sys.stderr)
        return 2
    rows = []
    for package in packages:
        for component in package.components:
            rows.append(judge(package, component, workspaces[package.name]))
            print(f"{rows[-1].key}: {rows[-1].problem or rows[-1].reached}", file=sys.stderr, flush=True)
    print(table(rows, before))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return int(any(row.problem for row in rows))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; `work`, `json` and `before` are paths, `package` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", action="append", default=[], metavar="NAME", help="only this package (repeatable)")
    parser.add_argument("--work", type=Path, default=default_directory(), metavar="DIR", help="keeps all files")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows to this file")
    parser.add_argument("--before", type=Path, metavar="JSON", help="the --json of an earlier run")
    return parser.parse_args(arguments)


def read_before(path: Path) -> Mapping[str, str]:
    """Returns the stage of each component in the --json of an earlier run."""
    return {f"{one['package']} {one['component']}": str(one["reached"] or "-") for one in json.loads(path.read_text())}


def judge(package: Package, component: Expected, workspace: Workspace) -> StageRow:
    """Runs the plugin on one component and returns its row."""
    report = workspace.out / "report.json"
    report.unlink(missing_ok=True)
    arguments = ("--maturity-component", component.name, "--maturity-target", TARGET, f"--maturity-report={report}")
    log = f"{package.name}-{component.name}-stage.txt"
    try:
        result = workspace.run("-m", "pytest", *arguments, log=log)
    except BrokenError as error:
        return StageRow(package=package.name, component=component.name, problem=str(error))
    if not report.exists():
        return StageRow(package=package.name, component=component.name, problem=result.tail())
    (workspace.out / f"{package.name}-{component.name}-stage.json").write_text(report.read_text())
    return read_row(package, component, json.loads(report.read_text())["components"])


def read_row(package: Package, component: Expected, components: Sequence[Mapping[str, Any]]) -> StageRow:
    """Returns the row of a component, with the reasons why it is not at the target."""
    if not components:
        return StageRow(package=package.name, component=component.name, problem="nothing was judged")
    (one,) = components
    return StageRow(
        package=package.name,
        component=component.name,
        verdict=one["verdict"],
        reached=one["reached"],
        coverage=one["coverage"]["percent"],
        tests=one["outcomes"]["passed"],
        unmet=tuple((unmet["gate"], unmet["message"]) for unmet in one["next"]["unmet"])
        if one["reached"] in BELOW
        else (),
    )


def table(rows: Sequence[StageRow], before: Mapping[str, str]) -> str:
    """Returns a table in Markdown: each component, the stage before and now, and the reasons below the target."""
    lines = ["| package | component | tests | coverage | before | reached | held by |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        coverage = "-" if row.coverage is None else f"{row.coverage:.1f}"
        reasons = row.problem or "; ".join(f"{gate or 'gap'}: {message}" for gate, message in row.unmet)
        cells = (
            row.package, row.component, str(row.tests), coverage, before.get(row.key, ""), row.reached or "-",
            " ".join(reasons.split()).replace("|", r"\|"),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
