"""With pytest-xdist: what the gate adds to the wall time of the tests with coverage."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import beside
import peers
import per_test
from measure import Sample, Side, interleave, once, over
from page import Answer, Table, versions_line
from venvs import environment, furnish, install, install_plugin, versions, write

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tests.real.catalog import choose, load

LIMIT = 1.05
GOAL = (
    "With pytest-xdist the whole gate's overhead is below 5 % of the wall time of the same tests with coverage "
    "(pytest-cov, without a report), on two workers."
)
BARE, COV, GATE = "pytest -n2", "pytest-cov -n2, no report", "gate -n2"
CASE = next(case for case in beside.CASES if case.component == "community")


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time both on 10,000 trivial tests and on a component of networkx."""
    python = furnish(work / "venvs" / "workers", str(built), "pytest-xdist", "pytest-cov")
    install_plugin(python, built)
    samples = {"10,000 trivial tests": compared(python, per_test.project(work, per_test.MANY), "comp", rounds)}
    (work / "sdists").mkdir(exist_ok=True)
    (package,) = choose(load(), [CASE.package], ci=False)
    python, tree = beside.workshop(package, work, built)
    install(python, "pytest-xdist", "pytest-cov")
    out = write(work / "out" / "workers", peers.policies(CASE))
    files = (f"--maturity-config={out / 'coverage.toml'}", f"--maturity-report={out / 'report.json'}")
    samples["networkx community"] = compared(python, tree, CASE.component, rounds, CASE.sources, CASE.tests, files)
    return answer(samples, versions(python, ("pytest", "coverage", "pytest-xdist", "pytest-cov")))


def compared(
    python: Path, tree: Path, component: str, rounds: int, sources: Sequence[str] = ("src/comp",),
    tests: Sequence[str] = ("tests",), files: Sequence[str] = (),
) -> dict[str, list[Sample]]:  # fmt: skip
    """The samples of the three sides on one project."""
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
        once(side)  # not counted: byte code
    return interleave(sides, rounds, quiet=True, warm=0)


def answer(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Answer:
    """The ratios of the wall times."""
    ratios = {name: over(sides[GATE], sides[COV], "wall") for name, sides in samples.items()}
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"workers-{python}",
        title=f"With pytest-xdist, Python {python}",
        goal=GOAL,
        met=all(each.median <= LIMIT for each in ratios.values()),
        result=", ".join(f"{name} {beside.ranged(each)}" for name, each in ratios.items()) + f" (goal {LIMIT:.2f})",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("tests", BARE, COV, GATE, "gate / pytest-cov, wall"),
                [
                    (name, *(peers.cost(sides[side]) for side in (BARE, COV, GATE)), beside.ranged(ratios[name]))
                    for name, sides in samples.items()
                ],
            )
        ],
        notes=[versions_line(found)],
        data={
            "versions": dict(found),
            "samples": {
                case: {name: [asdict(one) for one in side] for name, side in sides.items()}
                for case, sides in samples.items()
            },
        },
    )
