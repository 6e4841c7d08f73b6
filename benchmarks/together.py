"""Twelve components in one session of the gate, against a session of pytest-cov for each of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import beside
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
# The first twelve packages of networkx.algorithms that have tests of their own, in the order of the alphabet.
PACKAGES = (
    "approximation", "assortativity", "bipartite", "centrality", "coloring", "community", "components",
    "connectivity", "flow", "isomorphism", "link_analysis", "operators",
)  # fmt: skip
CASES = tuple(
    Case("networkx", name, (f"networkx/algorithms/{name}",), (f"networkx/algorithms/{name}/tests",))
    for name in PACKAGES
)


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time both."""
    (work / "sdists").mkdir(exist_ok=True)
    (package,) = choose(load(), ["networkx"], ci=False)
    python, tree = beside.workshop(package, work, built)
    install(python, *peers.PLUGINS)
    out = write(work / "out" / "together", {"policy.toml": peers.COVERAGE_ONLY + "".join(map(beside.policy, CASES))})
    found = sides(python, tree, out)
    for side in found:
        once(side)  # not counted: byte code
    return answer(interleave(found, rounds, quiet=True, warm=0), versions(python, ("pytest", "coverage", "pytest-cov")))


def sides(python: Path, tree: Path, out: Path) -> Sequence[Side]:
    """The gate with all components, and the sessions of pytest-cov one after the other."""
    off = ("-p", "no:rerunfailures", "-p", "no:jsonreport")
    cov = (str(python), "-m", "pytest", "-p", "no:maturity", *off, "--cov-fail-under=1")
    steps = [(*cov, *(f"--cov={source}" for source in case.sources), *case.tests) for case in CASES]
    asked = [word for case in CASES for word in ("--maturity-component", case.component)]
    files = (f"--maturity-config={out / 'policy.toml'}", f"--maturity-report={out / 'report.json'}")
    gate = (str(python), "-m", "pytest", "-p", "no:cov", *off, *asked, *files)
    env = environment(python)
    return [
        Side(name=ONE, argv=gate, cwd=tree, env=env),
        Side(name=EACH, argv=(str(python), "-c", peers.IN_TURN, json.dumps(steps)), cwd=tree, env=env),
    ]


def answer(samples: Mapping[str, Sequence[Sample]], found: Mapping[str, str]) -> Answer:
    """The ratio of the CPU times, and that of the clock's."""
    cpu, wall = (over(samples[ONE], samples[EACH], of) for of in ("cpu", "wall"))
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"together-{python}",
        title=f"Twelve components in one session, Python {python}",
        goal=GOAL,
        met=cpu.median <= LIMIT,
        result=f"CPU {beside.ranged(cpu)}, wall {beside.ranged(wall)} (goal {LIMIT:.2f})",
        tables=[
            Table(
                f"Median seconds of {cpu.rounds} interleaved rounds, wall (CPU)",
                ("side", *samples),
                [("networkx.algorithms, twelve packages", *map(peers.cost, samples.values()))],
            )
        ],
        notes=[f"The packages: {', '.join(PACKAGES)}.", versions_line(found)],
        data={
            "versions": dict(found),
            "samples": {name: [asdict(one) for one in side] for name, side in samples.items()},
        },
    )
