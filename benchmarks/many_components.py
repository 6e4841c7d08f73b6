"""Twelve components in one session of the gate, compared with a session of pytest-cov for each of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import large_repository
import line_coverage
import packages
import peers
from environments import environment, versions, write
from measure import Sample, Side, interleave, ratio, run_once
from packages import Case
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu

LIMIT = 0.40 if sys.version_info >= (3, 12) else 0.50
GOAL = (
    "Twelve components judged in one session take at most 0.40 of the CPU time of twelve sessions of pytest-cov on "
    "Python 3.12 and later, at most 0.50 on 3.11."
)
ONE, EACH = "one session of the gate", "a session of pytest-cov for each"
SMALL, REAL = "12 components of 250 trivial tests", "networkx.algorithms, 12 packages"
LINES = f"{REAL}, lines without branches"
# The first twelve packages of networkx.algorithms, in alphabetical order, that have tests of their own.
PACKAGES = (
    "approximation", "assortativity", "bipartite", "centrality", "coloring", "community", "components",
    "connectivity", "flow", "isomorphism", "link_analysis", "operators",
)  # fmt: skip
CASES = {
    SMALL: [
        Case("", f"part_{number:03}", (f"src/part_{number:03}",), (f"tests/part_{number:03}",)) for number in range(12)
    ],
    REAL: [
        Case("networkx", name, (f"networkx/algorithms/{name}",), (f"networkx/algorithms/{name}/tests",))
        for name in PACKAGES
    ],
}


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures both. A round of the real packages takes minutes: they get a third of the rounds, at least five."""
    (package,) = packages.packages_of(CASES[REAL][:1]).values()
    python, tree = packages.prepare(package, work, wheel, *peers.PLUGINS)
    few = max(min(rounds, 5), rounds // 3)
    small = large_repository.write_repository(work / "projects" / "many_components", 12)
    samples = {
        SMALL: measure(python, small, rounds, CASES[SMALL], work),
        REAL: measure(python, tree, few, CASES[REAL], work),
    }
    if peers.MONITORED:  # networkx configures branches, which sys.monitoring cannot measure before Python 3.14
        samples[LINES] = measure(python, tree, few, CASES[REAL], work, line_coverage.COVERAGE_RC)
    return make_result(samples, versions(python, ("pytest", "coverage", "pytest-cov")))


def measure(
    python: Path, tree: Path, rounds: int, cases: Sequence[Case], work: Path, coverage_rc: str = ""
) -> dict[str, list[Sample]]:
    """Returns the samples of the gate with all components, and of the sessions of pytest-cov one after the other.

    `coverage_rc` replaces the project's configuration of coverage.py.
    """
    policy = packages.COVERAGE_ONLY + "".join(map(packages.paths, cases))
    out = write(work / "out" / "many_components", {"policy.toml": policy, "coverage.rc": coverage_rc})
    off = ("-p", "no:rerunfailures", "-p", "no:jsonreport")
    cov = (str(python), "-m", "pytest", "-p", "no:maturity", *off, "--cov-fail-under=1")
    steps = [(*cov, *(f"--cov={source}" for source in case.sources), *case.tests) for case in cases]
    components = [word for case in cases for word in ("--maturity-component", case.component)]
    files = (f"--maturity-config={out / 'policy.toml'}", f"--maturity-report={out / 'report.json'}")
    gate = (str(python), "-m", "pytest", "-p", "no:cov", *off, *components, *files)
    env = environment(python) | ({"COVERAGE_RCFILE": str(out / "coverage.rc")} if coverage_rc else {})
    sides = [
        Side(name=ONE, argv=gate, cwd=tree, env=env, codes=(0, 1, 3)),
        Side(name=EACH, argv=(str(python), "-c", peers.RUN_IN_TURN, json.dumps(steps)), cwd=tree, env=env),
    ]
    run_once(sides[0])  # not counted: writes byte code
    return interleave(sides, rounds, quiet=True, warm=0)


def make_result(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Result:
    """Returns the ratios of the CPU times and of the wall times."""
    cpu, wall = (
        {name: ratio(sides[ONE], sides[EACH], quantity) for name, sides in samples.items()}
        for quantity in ("cpu", "wall")
    )
    return Result(
        key=f"many_components-{python_version()}",
        title=f"Twelve components in one session, Python {python_version()}",
        goal=GOAL,
        met=all(each.median <= LIMIT for each in cpu.values()),
        result=", ".join(f"{name}: {median_range(each)}" for name, each in cpu.items()) + f" (goal {LIMIT:.2f})",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("components", ONE, EACH, "CPU, ratio", "wall, ratio", "rounds"),
                [
                    (name, *map(wall_and_cpu, sides.values()), *(median_range(found[name]) for found in (cpu, wall)),
                     str(cpu[name].rounds))
                    for name, sides in samples.items()
                ],
            )
        ],
        notes=[f"The packages of networkx: {', '.join(PACKAGES)}.", versions_line(found)],
        data={"versions": dict(found), "samples": {case: samples_data(sides) for case, sides in samples.items()}},
    )  # fmt: skip
