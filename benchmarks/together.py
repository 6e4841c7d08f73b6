"""Twelve components in one session of the gate, against a session of pytest-cov for each of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import beside
import large
import lines
import peers
from beside import Case
from measure import Sample, Side, interleave, once, over
from page import Answer, Table, versions_line
from venvs import environment, install, versions, write

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tests.real.catalog import choose, load

LIMIT = 0.40 if sys.version_info >= (3, 12) else 0.50
GOAL = (
    "Twelve components judged in one session take at most 0.40 of the CPU time of twelve sessions of pytest-cov on "
    "Python 3.12 and later, at most 0.50 on 3.11."
)
ONE, EACH = "one session of the gate", "a session of pytest-cov for each"
SMALL, REAL = "12 components of 250 trivial tests", "networkx.algorithms, 12 packages"
LINES = f"{REAL}, lines alone"
# The first twelve packages of networkx.algorithms that have tests of their own, in the order of the alphabet.
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


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time both, on the real packages in a third of the rounds, but five of those asked for: each takes minutes."""
    (work / "sdists").mkdir(exist_ok=True)
    (package,) = choose(load(), ["networkx"], ci=False)
    python, tree = beside.workshop(package, work, built)
    install(python, *peers.PLUGINS)
    few = max(min(rounds, 5), rounds // 3)
    small = large.repository(work / "projects" / "together", 12)
    samples = {
        SMALL: compared(python, small, rounds, CASES[SMALL], work),
        REAL: compared(python, tree, few, CASES[REAL], work),
    }
    if peers.MONITORED:  # networkx asks for branches, which sys.monitoring does not tell before Python 3.14
        samples[LINES] = compared(python, tree, few, CASES[REAL], work, rc=lines.RC)
    return answer(samples, versions(python, ("pytest", "coverage", "pytest-cov")))


def compared(
    python: Path, tree: Path, rounds: int, cases: Sequence[Case], work: Path, rc: str = ""
) -> dict[str, list[Sample]]:
    """The samples of the gate with all components, and of the sessions of pytest-cov one after the other.

    `rc` is a configuration of coverage.py in place of the project's.
    """
    policy = peers.COVERAGE_ONLY + "".join(map(beside.policy, cases))
    out = write(work / "out" / "together", {"policy.toml": policy, "coverage.rc": rc})
    off = ("-p", "no:rerunfailures", "-p", "no:jsonreport")
    cov = (str(python), "-m", "pytest", "-p", "no:maturity", *off, "--cov-fail-under=1")
    steps = [(*cov, *(f"--cov={source}" for source in case.sources), *case.tests) for case in cases]
    asked = [word for case in cases for word in ("--maturity-component", case.component)]
    files = (f"--maturity-config={out / 'policy.toml'}", f"--maturity-report={out / 'report.json'}")
    gate = (str(python), "-m", "pytest", "-p", "no:cov", *off, *asked, *files)
    env = environment(python) | ({"COVERAGE_RCFILE": str(out / "coverage.rc")} if rc else {})
    sides = [
        Side(name=ONE, argv=gate, cwd=tree, env=env, codes=(0, 1, 3)),
        Side(name=EACH, argv=(str(python), "-c", peers.IN_TURN, json.dumps(steps)), cwd=tree, env=env),
    ]
    once(sides[0])  # not counted: byte code
    return interleave(sides, rounds, quiet=True, warm=0)


def answer(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Answer:
    """The ratios of the CPU times, and those of the clock's."""
    cpu, wall = ({name: over(sides[ONE], sides[EACH], of) for name, sides in samples.items()} for of in ("cpu", "wall"))
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"together-{python}",
        title=f"Twelve components in one session, Python {python}",
        goal=GOAL,
        met=all(each.median <= LIMIT for each in cpu.values()),
        result=", ".join(f"{name}: {beside.ranged(each)}" for name, each in cpu.items()) + f" (goal {LIMIT:.2f})",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("components", ONE, EACH, "CPU, ratio", "wall, ratio", "rounds"),
                [
                    (name, *map(peers.cost, sides.values()), *(beside.ranged(of[name]) for of in (cpu, wall)),
                     str(cpu[name].rounds))
                    for name, sides in samples.items()
                ],
            )
        ],
        notes=[f"The packages of networkx: {', '.join(PACKAGES)}.", versions_line(found)],
        data={
            "versions": dict(found),
            "samples": {case: {name: [asdict(one) for one in side] for name, side in sides.items()}
                        for case, sides in samples.items()},
        },
    )  # fmt: skip
