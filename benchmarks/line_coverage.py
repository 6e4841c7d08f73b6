"""Coverage of lines without branches, which sys.monitoring can measure on Python 3.12 and 3.13."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import packages
import peers
from environments import versions, write
from measure import Sample, Side, interleave, ratio, run_once
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu
from peers import BARE, COMPONENTS, COV, COVERED

LIMITS = {BARE: 1.15, COV: 0.75 if peers.MONITORED else 0.90}
GOAL = (
    "CPU, for coverage of lines without branches: a component with coverage takes at most 0.75 of pytest-cov with the "
    "same sources and its default report, and at most 1.15 of bare pytest, on Python 3.12 and later."
)
# jinja2, werkzeug and networkx configure branches: this replaces their configuration.
COVERAGE_RC = "[run]\nbranch = False\n"


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures bare pytest, pytest-cov and the gate on three components."""
    cases = packages.cases_of(*COMPONENTS)
    known = packages.packages_of(cases)
    samples = {}
    for case in cases:
        python, tree = packages.prepare(known[case.package], work, wheel, *peers.PLUGINS)
        files = {**packages.policies(case), "coverage.rc": COVERAGE_RC}
        out = write(work / "out" / f"line-coverage-{case.component}", files)
        sides = list(sides_without_tools(list(peers.sides(case, python, tree, out)), out / "coverage.rc"))
        for side in sides:
            run_once(side)  # not counted: writes byte code
        samples[case.component] = interleave(sides, rounds, quiet=True, warm=0)
    return make_result(samples, versions(python, ("pytest", "coverage", "pytest-cov")))


def sides_without_tools(sides: Sequence[Side], coverage_rc: Path) -> Iterator[Side]:
    """Yields the sides that run no tools, with this configuration of coverage.py."""
    for side in sides:
        if side.name in (BARE, COV, COVERED):
            yield replace(side, env={**side.env, "COVERAGE_RCFILE": str(coverage_rc)})


def make_result(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Result:
    """Returns the ratios of the CPU times."""
    ratios = {
        other: {case: ratio(sides[COVERED], sides[other], "cpu") for case, sides in samples.items()} for other in LIMITS
    }
    return Result(
        key=f"line_coverage-{python_version()}",
        title=f"Coverage of lines without branches, Python {python_version()}",
        goal=GOAL,
        met=all(one.median <= LIMITS[other] for other, by_case in ratios.items() for one in by_case.values()),
        result="; ".join(
            f"gate / {other} {', '.join(f'{one.median:.2f}' for one in by_case.values())} (goal {LIMITS[other]:.2f})"
            for other, by_case in ratios.items()
        ),
        tables=[
            Table(
                "CPU, ratios, median (range)",
                ("ratio", "goal", *samples),
                [
                    (f"gate / {other}", f"{LIMITS[other]:.2f}", *map(median_range, by_case.values()))
                    for other, by_case in ratios.items()
                ],
            ),
            Table(
                "Median seconds, wall (CPU)",
                ("side", *samples),
                [(name, *(wall_and_cpu(sides[name]) for sides in samples.values())) for name in (BARE, COV, COVERED)],
            ),
        ],
        notes=[versions_line(found)],
        data={"versions": dict(found), "samples": {case: samples_data(sides) for case, sides in samples.items()}},
    )
