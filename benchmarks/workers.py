"""With pytest-xdist: the wall time that the gate adds to the tests with coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import packages
import per_test
from environments import create, environment, install_plugin, versions, write
from measure import Sample, Side, interleave, ratio, run_once
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu

LIMIT = 1.05
GOAL = (
    "With pytest-xdist the whole gate's overhead is below 5 % of the wall time of the same tests with coverage "
    "(pytest-cov, without a report), on two workers."
)
BARE, COV, GATE = "pytest -n2", "pytest-cov -n2, no report", "gate -n2"


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures 10,000 trivial tests and a component of networkx."""
    python = create(work / "venvs" / "workers", str(wheel), "pytest-xdist", "pytest-cov")
    install_plugin(python, wheel)
    trivial = per_test.write_project(work, per_test.MANY_FILES)
    samples = {"10,000 trivial tests": measure(python, trivial, "comp", rounds)}
    (case,) = packages.cases_of("community")
    (package,) = packages.packages_of([case]).values()
    python, tree = packages.prepare(package, work, wheel, "pytest-xdist", "pytest-cov")
    out = write(work / "out" / "workers", packages.policies(case))
    files = (f"--maturity-config={out / 'coverage.toml'}", f"--maturity-report={out / 'report.json'}")
    samples["networkx community"] = measure(python, tree, case.component, rounds, case.sources, case.tests, files)
    return make_result(samples, versions(python, ("pytest", "coverage", "pytest-xdist", "pytest-cov")))


def measure(
    python: Path, tree: Path, component: str, rounds: int, sources: Sequence[str] = ("src/comp",),
    tests: Sequence[str] = ("tests",), files: Sequence[str] = (),
) -> dict[str, list[Sample]]:  # fmt: skip
    """Returns the samples of the three sides on one project."""
    pytest_ = (str(python), "-m", "pytest", "-q", "-n2")
    cov = ("--cov-report=", *(f"--cov={source}" for source in sources))
    gate = ("-p", "no:cov", "--maturity-component", component, *files)
    commands = {
        BARE: (*pytest_, "-p", "no:maturity", "-p", "no:cov", *tests),
        COV: (*pytest_, "-p", "no:maturity", *cov, *tests),
        GATE: (*pytest_, *gate),
    }
    sides = [
        Side(name=name, argv=argv, cwd=tree, env=environment(python), codes=(0, 1)) for name, argv in commands.items()
    ]
    for side in sides:
        run_once(side)  # not counted: writes byte code
    return interleave(sides, rounds, quiet=True, warm=0)


def make_result(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Result:
    """Returns the ratios of the wall times."""
    ratios = {name: ratio(sides[GATE], sides[COV], "wall") for name, sides in samples.items()}
    return Result(
        key=f"workers-{python_version()}",
        title=f"With pytest-xdist, Python {python_version()}",
        goal=GOAL,
        met=all(each.median <= LIMIT for each in ratios.values()),
        result=", ".join(f"{name} {median_range(each)}" for name, each in ratios.items()) + f" (goal {LIMIT:.2f})",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("tests", BARE, COV, GATE, "gate / pytest-cov, wall"),
                [
                    (name, *(wall_and_cpu(sides[side]) for side in (BARE, COV, GATE)), median_range(ratios[name]))
                    for name, sides in samples.items()
                ],
            )
        ],
        notes=[versions_line(found)],
        data={"versions": dict(found), "samples": {case: samples_data(sides) for case, sides in samples.items()}},
    )
