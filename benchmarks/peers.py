"""What people run today, on the same work: bare pytest, pytest-cov, that with more plugins, and every tool after it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import beside
from beside import CASES, Case
from measure import Sample, Side, Spread, interleave, once, over
from page import Answer, Table, versions_line
from venvs import REPOSITORY, environment, install, output, versions, write

sys.path.append(str(REPOSITORY))
from tests.real.catalog import choose, load

GOAL = (
    "CPU: a component with coverage at most 0.90 of pytest-cov scoped to the same sources with its default report, "
    "0.75 on Python 3.12 and later, and there at most 1.15 of bare pytest. Wall: the whole gate at most 0.65 of the "
    "pipeline one after the other from cold caches, 0.60 from warm ones."
)
PLUGINS = ("pytest-cov", "pytest-rerunfailures", "pytest-json-report")
PACKAGES = ("pytest", "coverage", *PLUGINS, *beside.TOOLS)
BARE, COV, GLUED, COVERED = "pytest", "pytest-cov", "with reruns and JSON", "gate, coverage only"
PIPELINE, GATE = "pipeline", "whole gate"
COLD, WARM = ", cold", ", warm"
CHOSEN = ("jinja2", "routing", "community")
MONITORED = sys.version_info >= (3, 12)
COVERAGE_ONLY = '[tool.maturity]\nladder = ["own"]\n[tool.maturity.stages.own]\npass_rate = 0.1\ncoverage = 1\n'


@dataclass(frozen=True, slots=True)
class Compared:
    """A ratio that has a goal: which sides, what of their samples, and the most that it may be."""

    name: str
    one: str
    other: str
    of: str  # cpu or wall
    limit: float


def ratios() -> Iterator[Compared]:
    """The ratios with a goal on this Python."""
    if MONITORED:
        yield Compared("coverage / bare", COVERED, BARE, "cpu", 1.15)
    yield Compared("coverage / pytest-cov", COVERED, COV, "cpu", 0.75 if MONITORED else 0.90)
    yield Compared("gate / pipeline, cold", GATE + COLD, PIPELINE + COLD, "wall", 0.65)
    yield Compared("gate / pipeline, warm", GATE + WARM, PIPELINE + WARM, "wall", 0.60)


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time all sides on three components."""
    (work / "sdists").mkdir(exist_ok=True)
    cases = [case for case in CASES if case.component in CHOSEN]
    packages = {one.name: one for one in choose(load(), [case.package for case in cases], ci=False)}
    samples = {}
    for case in cases:
        python, tree = beside.workshop(packages[case.package], work, built)
        install(python, *PLUGINS)
        out = write(work / "out" / f"peers-{case.component}", policies(case))
        found = list(sides(case, python, tree, out))
        for side in found:
            once(side)  # not counted: byte code, and the caches of the warm ones
        samples[case.component] = interleave(found, rounds, quiet=True, warm=0)
    return answer(samples, versions(python, PACKAGES))


def policies(case: Case) -> dict[str, str]:
    """The default ladder, and one that asks for tests and coverage alone, with the component's paths."""
    return {"policy.toml": beside.policy(case), "coverage.toml": COVERAGE_ONLY + beside.policy(case)}


def sides(case: Case, python: Path, tree: Path, out: Path) -> Iterator[Side]:
    """Everything that is compared; warm sides find the caches of their own last run, cold ones none."""
    env = {**environment(python), "XDG_CACHE_HOME": str(out / "cache")}
    pytest_ = (str(python), "-m", "pytest", "-p", "no:maturity")
    cov = ("--cov-fail-under=1", *(f"--cov={source}" for source in case.sources))
    off = ("-p", "no:cov", "-p", "no:rerunfailures", "-p", "no:jsonreport")
    more = ("--reruns=2", "--json-report", f"--json-report-file={out / 'json-report.json'}")

    def side(name: str, argv: Sequence[str], prepare: Callable[[], None] = lambda: None) -> Side:
        return Side(name=name, argv=argv, cwd=tree, env=env, codes=(0, 1, 3), prepare=prepare)

    def gate(policy: str) -> tuple[str, ...]:
        files = (f"--maturity-config={out / policy}", f"--maturity-report={out / 'report.json'}")
        return (str(python), "-m", "pytest", *off, "--maturity-component", case.component, *files)

    def chill() -> None:
        beside.chill(tree)
        shutil.rmtree(out / "cache", ignore_errors=True)

    yield side(BARE, (*pytest_, *off, *case.tests))
    yield side(COV, (*pytest_, *off[2:], *cov, *case.tests))
    yield side(GLUED, (*pytest_, *cov, *more, *case.tests))
    yield side(COVERED, gate("coverage.toml"))
    documented = json.loads(output(str(python), "-c", beside.COMMANDS, str(tree), *case.sources))
    steps = [(*pytest_, *off[2:], *cov, *case.tests), *(argv for _, argv, _ in documented)]
    pipeline = (str(python), "-c", IN_TURN, json.dumps(steps))
    whole = (*gate("policy.toml"), "--maturity-target", "production")
    for temperature, prepare in ((COLD, chill), (WARM, lambda: None)):
        yield side(PIPELINE + temperature, pipeline, prepare)
        yield side(GATE + temperature, whole, prepare)


# What a shell script of a CI does; each step's exit code is its own affair.
IN_TURN = """
import json, subprocess, sys
for argv in json.loads(sys.argv[1]):
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


def ratio(samples: Mapping[str, Sequence[Sample]], compared: Compared) -> Spread:
    """One side over the other, round by round."""
    return over(samples[compared.one], samples[compared.other], compared.of)


def answer(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Answer:
    """The ratios of all cases; each must hold on all of them."""
    asked = list(ratios())
    medians = {one.name: {case: ratio(sides, one) for case, sides in samples.items()} for one in asked}
    met = [each.median <= one.limit for one in asked for each in medians[one.name].values()]
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"peers-{python}",
        title=f"Against what people run today, Python {python}",
        goal=GOAL,
        met=all(met),
        result="; ".join(
            f"{one.name} {', '.join(f'{each.median:.2f}' for each in medians[one.name].values())} "
            f"(goal {one.limit:.2f})"
            for one in asked
        ),
        tables=[
            Table(
                f"Ratios, median (range) of {next(iter(medians[asked[0].name].values())).rounds} rounds",
                ("ratio", "of", "goal", *samples),
                [
                    (one.name, one.of, f"{one.limit:.2f}", *map(beside.ranged, medians[one.name].values()))
                    for one in asked
                ],
            ),
            Table(
                "Median seconds, wall (CPU)",
                ("side", *samples),
                [(name, *(cost(sides[name]) for sides in samples.values())) for name in next(iter(samples.values()))],
            ),
        ],
        notes=[
            "The pipeline is `pytest --cov` with its default report and a threshold, then ruff, mypy, detect-secrets "
            "and bandit by the gate's own command lines. Cold: without the caches of any tool and without kept "
            f"answers; warm: with those of the run before. {os.cpu_count()} cores.",
            versions_line(found),
        ],
        data={
            "versions": dict(found),
            "samples": {case: {name: [asdict(one) for one in side] for name, side in sides.items()}
                        for case, sides in samples.items()},
        },
    )  # fmt: skip


def cost(side: Sequence[Sample]) -> str:
    return f"{median(one.wall for one in side):.2f} ({median(one.cpu for one in side):.2f})"
