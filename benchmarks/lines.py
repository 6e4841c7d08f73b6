"""Coverage of lines alone: on Python 3.12 and 3.13 sys.monitoring can tell those, and not branches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import beside
import peers
from measure import Sample, Side, interleave, once, over
from page import Answer, Table, versions_line
from peers import BARE, CHOSEN, COV, COVERED
from venvs import install, versions, write

sys.path.append(str(Path(__file__).resolve().parents[1]))
from tests.real.catalog import choose, load

LIMITS = {BARE: 1.15, COV: 0.75 if peers.MONITORED else 0.90}
GOAL = (
    "CPU, where the project asks for lines and not for branches: a component with coverage at most 0.75 of pytest-cov "
    "scoped to the same sources with its default report and at most 1.15 of bare pytest, on Python 3.12 and later."
)
# jinja2, werkzeug and networkx ask for branches: here they do not.
RC = "[run]\nbranch = False\n"


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time bare pytest, pytest-cov and the gate on three components."""
    (work / "sdists").mkdir(exist_ok=True)
    cases = [case for case in beside.CASES if case.component in CHOSEN]
    packages = {one.name: one for one in choose(load(), [case.package for case in cases], ci=False)}
    samples = {}
    for case in cases:
        python, tree = beside.workshop(packages[case.package], work, built)
        install(python, *peers.PLUGINS)
        out = write(work / "out" / f"lines-{case.component}", {**peers.policies(case), "lines.rc": RC})
        found = list(sides(list(peers.sides(case, python, tree, out)), out / "lines.rc"))
        for side in found:
            once(side)  # not counted: byte code
        samples[case.component] = interleave(found, rounds, quiet=True, warm=0)
    return answer(samples, versions(python, ("pytest", "coverage", "pytest-cov")))


def sides(known: Sequence[Side], rc: Path) -> Iterator[Side]:
    """Those without tools, with that configuration of coverage.py in place of the project's."""
    for side in known:
        if side.name in (BARE, COV, COVERED):
            yield replace(side, env={**side.env, "COVERAGE_RCFILE": str(rc)})


def answer(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Answer:
    """The ratios of the CPU times."""
    ratios = {
        other: {case: over(sides[COVERED], sides[other], "cpu") for case, sides in samples.items()} for other in LIMITS
    }
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"lines-{python}",
        title=f"Coverage of lines alone, Python {python}",
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
                    (f"gate / {other}", f"{LIMITS[other]:.2f}", *map(beside.ranged, by_case.values()))
                    for other, by_case in ratios.items()
                ],
            ),
            Table(
                "Median seconds, wall (CPU)",
                ("side", *samples),
                [(name, *(peers.cost(of[name]) for of in samples.values())) for name in (BARE, COV, COVERED)],
            ),
        ],
        notes=[versions_line(found)],
        data={
            "versions": dict(found),
            "samples": {
                case: {name: [asdict(one) for one in side] for name, side in of.items()} for case, of in samples.items()
            },
        },
    )
