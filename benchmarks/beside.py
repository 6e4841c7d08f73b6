"""Goal 3: the tools run beside the tests, so the gate takes hardly longer than its longest part."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measure import Sample, Side, Spread, interleave, once, spread
from page import Answer, Table, versions_line
from venvs import REPOSITORY, environment, furnish, install, install_plugin, output, versions, write

sys.path.append(str(REPOSITORY))
from tests.real.catalog import Package, choose, load
from tests.real.workshop import fetch, unpack

GOAL = (
    "The whole gate's wall time is at most 1.15 times the largest of the tests with coverage, the slowest tool, "
    "and the total CPU time over the cores, on at least three packages; cold caches, two cores."
)
LIMIT, ENOUGH = 1.15, 3
TOOLS = ("ruff", "mypy", "bandit", "detect-secrets")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".maturity")
COUNTS = ("tests passed", "failed", "statements")
GATE, TESTS = "gate", "tests with coverage"
COMMANDS = """
import json, sys
from pathlib import Path
from pytest_maturity import Component, Context
from pytest_maturity.gates import BUILTIN
root = Path(sys.argv[1])
sources = tuple(root / source for source in sys.argv[2:])
component = Component(name="component", sources=sources, files=(), found_by="benchmark")
gates = [gate for gate in BUILTIN if gate.name in ("lint", "types", "security")]
commands = [item for gate in gates for item in gate.commands([component], Context(root=root)).items()]
print(json.dumps([[key, command.argv, command.documented] for key, command in commands]))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A component of a package of tests/real/packages.toml, by paths from the package's root."""

    package: str
    component: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]


CASES = (
    Case("jinja2", "jinja2", ("src/jinja2",), ("tests",)),
    Case("werkzeug", "routing", ("src/werkzeug/routing",), ("tests/test_routing.py",)),
    Case("click", "click", ("src/click",), ("tests",)),
    Case("networkx", "community", ("networkx/algorithms/community",), ("networkx/algorithms/community/tests",)),
    Case("structlog", "structlog", ("src/structlog",), ("tests",)),
    Case("boltons", "boltons", ("boltons",), ("tests",)),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one case took: samples by side, and what the gate said at the end."""

    case: Case
    samples: Mapping[str, Sequence[Sample]]
    report: Mapping[str, Any]

    def bounds(self) -> dict[str, list[float]]:
        """For every round, the seconds of each of the three things that the gate cannot be faster than."""
        parts = [found for name, found in self.samples.items() if name != GATE]
        tools = [found for name, found in self.samples.items() if name not in (GATE, TESTS)]
        rounds = range(len(self.samples[GATE]))
        return {
            TESTS: [self.samples[TESTS][number].wall for number in rounds],
            "slowest tool": [max(tool[number].wall for tool in tools) for number in rounds],
            "CPU / cores": [sum(part[number].cpu for part in parts) / cores() for number in rounds],
        }

    def ratio(self) -> Spread:
        """The gate's wall time over the largest bound, round by round."""
        largest = [max(each) for each in zip(*self.bounds().values(), strict=True)]
        return spread([one.wall / bound for one, bound in zip(self.samples[GATE], largest, strict=True)])

    def least(self) -> float:
        """The gate's shortest wall time over the largest bound, formed of each part's shortest.

        What others do on the machine only ever makes a time longer.
        """
        tools = [min(one.wall for one in side) for name, side in self.samples.items() if name not in (GATE, TESTS)]
        cpu = sum(min(one.cpu for one in side) for name, side in self.samples.items() if name != GATE)
        largest = max(*tools, min(one.wall for one in self.samples[TESTS]), cpu / cores())
        return min(one.wall for one in self.samples[GATE]) / largest

    def met(self) -> bool | None:
        """Whether both ratios are within the limit; None where only one is."""
        both = {self.ratio().median <= LIMIT, self.least() <= LIMIT}
        return both.pop() if len(both) == 1 else None

    def one_after_the_other(self) -> Spread:
        """The gate's wall time over the sum of all parts', round by round."""
        parts = [[one.wall for one in found] for name, found in self.samples.items() if name != GATE]
        sums = map(sum, zip(*parts, strict=True))
        return spread([one.wall / whole for one, whole in zip(self.samples[GATE], sums, strict=True)])


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time the gate and its parts on every case."""
    (work / "sdists").mkdir(exist_ok=True)
    packages = {one.name: one for one in choose(load(), [case.package for case in CASES], ci=False)}
    found = []
    for case in CASES:
        python, tree = workshop(packages[case.package], work, built)
        found.append(measured(case, python, tree, work, rounds))
    return answer(found, versions(python, ("pytest", "coverage", *TOOLS)))


def workshop(package: Package, work: Path, built: Path) -> tuple[Path, Path]:
    """A Python with the plugin, the tools and the package, and the package's unpacked sdist."""
    tree = unpack(package, fetch(package, work / "sdists"), work / "trees")
    python = furnish(work / "venvs" / package.name, *TOOLS, *package.requirements, str(built))
    install_plugin(python, built)
    install(python, "--no-deps", "-e", str(tree))
    return python, tree


def measured(case: Case, python: Path, tree: Path, work: Path, rounds: int) -> Found:
    """The samples of the gate and of its parts, each from cold caches."""
    out = write(work / "out" / case.component, {"policy.toml": policy(case)})
    all_sides = list(sides(case, python, tree, out))
    once(all_sides[0])  # not counted: it writes the byte code, and the report that is read below
    samples = interleave(all_sides, rounds, quiet=True, warm=0)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["components"][0]
    return Found(case, samples, report)


def policy(case: Case) -> str:
    """The default ladder, with the component's paths."""
    table = f"[tool.maturity.components.{case.component}]"
    return f"{table}\nsources = {json.dumps(case.sources)}\ntests = {json.dumps(case.tests)}\n"


def sides(case: Case, python: Path, tree: Path, out: Path) -> Iterator[Side]:
    """The gate, the tests under `coverage run`, and each tool by the gate's own command line."""

    def side(name: str, argv: Sequence[str], codes: Sequence[int]) -> Side:
        return Side(name=name, argv=argv, cwd=tree, env=environment(python), codes=codes, prepare=lambda: chill(tree))

    gate = ("--maturity-component", case.component, "--maturity-target", "production", "--maturity-no-cache")
    files = (f"--maturity-config={out / 'policy.toml'}", f"--maturity-report={out / 'report.json'}")
    yield side(GATE, (str(python), "-m", "pytest", *gate, *files), (0, 1, 3))
    scope = (f"--data-file={out / 'coverage'}", f"--source={','.join(case.sources)}")
    yield side(
        TESTS,
        (str(python), "-m", "coverage", "run", *scope, "-m", "pytest", "-p", "no:maturity", *case.tests),
        (0, 1),
    )
    for name, argv, codes in json.loads(output(str(python), "-c", COMMANDS, str(tree), *case.sources)):
        yield side(name, argv, codes)


def chill(tree: Path) -> None:
    """Remove what tools keep between runs; compiled byte code stays."""
    for name in CACHES:
        shutil.rmtree(tree / name, ignore_errors=True)


def cores() -> int:
    return len(os.sched_getaffinity(0))


def answer(found: Sequence[Found], versions_: Mapping[str, str]) -> Answer:
    """The ratios of all cases."""
    ratios = {one.case.component: one.ratio() for one in found}
    return Answer(
        key="beside",
        title="Tools beside the tests",
        goal=GOAL,
        met=reached([one.met() for one in found]),
        result=", ".join(f"{name} {ranged(ratio)}" for name, ratio in ratios.items()),
        tables=[
            Table(
                f"Wall seconds, cold caches, medians of {len(found[0].samples[GATE])} interleaved rounds",
                (
                    "component",
                    "gate",
                    TESTS,
                    "slowest tool",
                    "CPU / cores",
                    "gate / largest",
                    "of the least times",
                    "gate / sum of parts",
                ),
                [row(one) for one in found],
            ),
            Table(
                "The parts, each alone: median wall seconds (CPU seconds)",
                ("component", *found[0].samples),
                [(one.case.component, *(cost(side) for side in one.samples.values())) for one in found],
            ),
            Table(
                "What the gate said",
                ("component", *COUNTS, *(gate["gate"] for gate in found[0].report["gates"])),
                [said(one) for one in found],
            ),
        ],
        notes=[
            "`CPU / cores` is the CPU time of all parts, each measured alone, over the cores. The ratio is formed in "
            "every round from that round's times. `of the least times` takes the shortest of every part and of the "
            "gate: what others do on the machine only makes a time longer. Undecided where the two ratios disagree "
            f"about {LIMIT}.",
            disturbance(found),
            versions_line(versions_),
        ],
        data={
            "versions": dict(versions_),
            "ratio": {name: asdict(ratio) for name, ratio in ratios.items()},
            "ratio_of_least": {one.case.component: one.least() for one in found},
            "seconds_of_bounds": {one.case.component: one.bounds() for one in found},
            "samples": {
                one.case.component: {name: [asdict(sample) for sample in side] for name, side in one.samples.items()}
                for one in found
            },
        },
    )


def reached(answers: Sequence[bool | None]) -> bool | None:
    """Whether enough cases are within the limit; None where that hangs on undecided ones."""
    if answers.count(True) >= ENOUGH:
        return True
    return None if len(answers) - answers.count(False) >= ENOUGH else False


def row(one: Found) -> tuple[str, ...]:
    bounds = [f"{median(seconds):.2f}" for seconds in one.bounds().values()]
    gate = spread([sample.wall for sample in one.samples[GATE]])
    whole = f"{gate.median:.2f} ({gate.low:.2f} to {gate.high:.2f})"
    return (
        one.case.component,
        whole,
        *bounds,
        ranged(one.ratio()),
        f"{one.least():.2f}",
        ranged(one.one_after_the_other()),
    )


def cost(side: Sequence[Sample]) -> str:
    return f"{median(one.wall for one in side):.2f} ({median(one.cpu for one in side):.2f})"


def said(one: Found) -> tuple[str, ...]:
    outcomes, coverage = one.report["outcomes"], one.report["coverage"]
    values = [gate["value"] for gate in one.report["gates"]]
    shown = ("unknown" if value is None else f"{value:.10g}" for value in values)
    counts = (outcomes["passed"], outcomes["failed"] + outcomes["error"], coverage["statements"])
    return (one.case.component, *map(str, counts), *shown)


def disturbance(found: Sequence[Found]) -> str:
    """How much others used of the machine, as a sentence."""
    foreign = [sample.foreign for one in found for side in one.samples.values() for sample in side]
    return f"Meanwhile others used {median(foreign):.2f} cores (median; at most {max(foreign):.2f})."


def ranged(one: Spread) -> str:
    return f"{one.median:.2f} ({one.low:.2f} to {one.high:.2f})"
