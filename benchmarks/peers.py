"""Programs that projects use today, on the same work: bare pytest, pytest-cov with and without plugins, all tools."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import packages
from environments import environment, versions, write
from measure import Sample, Side, Spread, interleave, ratio, run_once
from packages import Case
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu
from whole_gate import tool_commands

GOAL = (
    "CPU: a component with coverage takes at most 0.90 of pytest-cov with the same sources and its default report; on "
    "Python 3.12 and later 0.75, and at most 1.15 of bare pytest. Wall time: the whole gate takes at most 0.65 of the "
    "same steps one after the other with cold caches, 0.60 with warm caches."
)
PLUGINS = ("pytest-cov", "pytest-rerunfailures", "pytest-json-report")
PACKAGES = ("pytest", "coverage", *PLUGINS, *packages.TOOLS)
BARE, COV, WITH_PLUGINS, COVERED = "pytest", "pytest-cov", "with reruns and JSON", "gate, coverage only"
PIPELINE, GATE = "pipeline", "whole gate"
COLD, WARM = ", cold", ", warm"
COMPONENTS = ("jinja2", "routing", "community")
MONITORED = sys.version_info >= (3, 12)


@dataclass(frozen=True, slots=True)
class Goal:
    """The largest allowed ratio of a quantity (cpu or wall) of two sides."""

    name: str
    one: str
    other: str
    quantity: str
    limit: float

    def measure(self, samples: Mapping[str, Sequence[Sample]]) -> Spread:
        return ratio(samples[self.one], samples[self.other], self.quantity)


def goals() -> Iterator[Goal]:
    """Yields the goals on this Python."""
    if MONITORED:
        yield Goal("coverage / bare", COVERED, BARE, "cpu", 1.15)
    yield Goal("coverage / pytest-cov", COVERED, COV, "cpu", 0.75 if MONITORED else 0.90)
    yield Goal("gate / pipeline, cold", GATE + COLD, PIPELINE + COLD, "wall", 0.65)
    yield Goal("gate / pipeline, warm", GATE + WARM, PIPELINE + WARM, "wall", 0.60)


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures all sides on three components."""
    cases = packages.cases_of(*COMPONENTS)
    known = packages.packages_of(cases)
    samples = {}
    for case in cases:
        python, tree = packages.prepare(known[case.package], work, wheel, *PLUGINS)
        out = write(work / "out" / f"peers-{case.component}", packages.policies(case))
        found = list(sides(case, python, tree, out))
        for side in found:
            run_once(side)  # not counted: writes byte code, and the caches of the warm sides
        samples[case.component] = interleave(found, rounds, quiet=True, warm=0)
    return make_result(samples, versions(python, PACKAGES))


def sides(case: Case, python: Path, tree: Path, out: Path) -> Iterator[Side]:
    """Yields all compared commands. Warm sides have the caches of their previous run, cold ones none."""
    env = {**environment(python), "XDG_CACHE_HOME": str(out / "cache")}
    pytest_ = (str(python), "-m", "pytest", "-p", "no:maturity")
    cov = ("--cov-fail-under=1", *(f"--cov={source}" for source in case.sources))
    off = ("-p", "no:cov", "-p", "no:rerunfailures", "-p", "no:jsonreport")
    plugins = ("--reruns=2", "--json-report", f"--json-report-file={out / 'json-report.json'}")

    def side(name: str, argv: Sequence[str], prepare: Callable[[], None] = lambda: None) -> Side:
        return Side(name=name, argv=argv, cwd=tree, env=env, codes=(0, 1, 3), prepare=prepare)

    def gate(policy: str) -> tuple[str, ...]:
        files = (f"--maturity-config={out / policy}", f"--maturity-report={out / 'report.json'}")
        return (str(python), "-m", "pytest", *off, "--maturity-component", case.component, *files)

    def remove_all_caches() -> None:
        packages.remove_caches(tree)
        shutil.rmtree(out / "cache", ignore_errors=True)

    yield side(BARE, (*pytest_, *off, *case.tests))
    yield side(COV, (*pytest_, *off[2:], *cov, *case.tests))
    yield side(WITH_PLUGINS, (*pytest_, *cov, *plugins, *case.tests))
    yield side(COVERED, gate("coverage.toml"))
    tools = (argv for _, argv, _ in tool_commands(case, python, tree))
    steps = [(*pytest_, *off[2:], *cov, *case.tests), *tools]
    pipeline = (str(python), "-c", RUN_IN_TURN, json.dumps(steps))
    whole = (*gate("policy.toml"), "--maturity-target", "production")
    for temperature, prepare in ((COLD, remove_all_caches), (WARM, lambda: None)):
        yield side(PIPELINE + temperature, pipeline, prepare)
        yield side(GATE + temperature, whole, prepare)


# The steps of a CI script, whatever their exit codes are.
RUN_IN_TURN = """
import json, subprocess, sys
for argv in json.loads(sys.argv[1]):
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


def make_result(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Result:
    """Returns the ratios of all components; a goal must be met by each of them."""
    wanted = list(goals())
    ratios = {goal.name: [goal.measure(sides) for sides in samples.values()] for goal in wanted}
    return Result(
        key=f"peers-{python_version()}",
        title=f"Compared with other programs, Python {python_version()}",
        goal=GOAL,
        met=all(each.median <= goal.limit for goal in wanted for each in ratios[goal.name]),
        result="; ".join(
            f"{goal.name} {', '.join(f'{each.median:.2f}' for each in ratios[goal.name])} (goal {goal.limit:.2f})"
            for goal in wanted
        ),
        tables=[
            Table(
                f"Ratios, median (range) of {ratios[wanted[0].name][0].rounds} rounds",
                ("ratio", "of", "goal", *samples),
                [
                    (goal.name, goal.quantity, f"{goal.limit:.2f}", *map(median_range, ratios[goal.name]))
                    for goal in wanted
                ],
            ),
            Table(
                "Median seconds, wall (CPU)",
                ("side", *samples),
                [
                    (name, *(wall_and_cpu(sides[name]) for sides in samples.values()))
                    for name in next(iter(samples.values()))
                ],
            ),
        ],
        notes=[
            "The pipeline is `pytest --cov` with its default report and a threshold, then ruff, mypy, detect-secrets "
            "and bandit with the gate's own command lines. Cold: without the caches of the tools and without cached "
            f"results of the gate; warm: with those of the previous run. {os.cpu_count()} cores.",
            versions_line(found),
        ],
        data={"versions": dict(found), "samples": {case: samples_data(sides) for case, sides in samples.items()}},
    )
