"""The whole gate: the tools run while the tests run, so it takes hardly longer than its longest part."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import packages
from environments import environment, versions, write
from environments import run as output
from measure import Sample, Side, Spread, interleave, run_once, spread
from packages import Case, remove_caches
from page import Result, Table, median_range, samples_data, versions_line, wall_and_cpu

GOAL = (
    "The whole gate's wall time is at most 1.10 times the largest of three times: the tests with coverage, the slowest "
    "tool, and the total CPU time divided by the cores. On at least three packages, with cold caches and two cores."
)
LIMIT, ENOUGH = 1.10, 3
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
print(json.dumps([[key, command.argv, command.exit_codes] for key, command in commands]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The samples of one component by side, and the report of the gate."""

    case: Case
    samples: Mapping[str, Sequence[Sample]]
    report: Mapping[str, Any]

    def bounds(self) -> dict[str, list[float]]:
        """Returns, for every round, the seconds of the three times that the gate cannot be faster than."""
        parts = [side for name, side in self.samples.items() if name != GATE]
        tools = [side for name, side in self.samples.items() if name not in (GATE, TESTS)]
        rounds = range(len(self.samples[GATE]))
        return {
            TESTS: [self.samples[TESTS][number].wall for number in rounds],
            "slowest tool": [max(tool[number].wall for tool in tools) for number in rounds],
            "CPU / cores": [sum(part[number].cpu for part in parts) / cores() for number in rounds],
        }

    def ratio(self) -> Spread:
        """Returns the gate's wall time divided by the largest bound, round by round."""
        largest = [max(each) for each in zip(*self.bounds().values(), strict=True)]
        return spread([one.wall / bound for one, bound in zip(self.samples[GATE], largest, strict=True)])

    def shortest_ratio(self) -> float:
        """Returns the gate's shortest wall time divided by the largest bound of each part's shortest time.

        Other processes of the machine can only make a time longer.
        """
        tools = [min(one.wall for one in side) for name, side in self.samples.items() if name not in (GATE, TESTS)]
        cpu = sum(min(one.cpu for one in side) for name, side in self.samples.items() if name != GATE)
        largest = max(*tools, min(one.wall for one in self.samples[TESTS]), cpu / cores())
        return min(one.wall for one in self.samples[GATE]) / largest

    def is_met(self) -> bool | None:
        """Whether both ratios are within the limit; None if only one of them is."""
        both = {self.ratio().median <= LIMIT, self.shortest_ratio() <= LIMIT}
        return both.pop() if len(both) == 1 else None

    def ratio_to_sum(self) -> Spread:
        """Returns the gate's wall time divided by the sum of all parts' wall times, round by round."""
        parts = [[one.wall for one in side] for name, side in self.samples.items() if name != GATE]
        sums = map(sum, zip(*parts, strict=True))
        return spread([one.wall / whole for one, whole in zip(self.samples[GATE], sums, strict=True)])


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures the gate and its parts on every case."""
    known = packages.packages_of(list(packages.CASES))
    found = []
    for case in packages.CASES:
        python, tree = packages.prepare(known[case.package], work, wheel)
        found.append(measure(case, python, tree, work, rounds))
    return make_result(found, versions(python, ("pytest", "coverage", *packages.TOOLS)))


def measure(case: Case, python: Path, tree: Path, work: Path, rounds: int) -> Measured:
    """Returns the samples of the gate and of its parts, each with cold caches."""
    out = write(work / "out" / case.component, {"policy.toml": packages.paths(case)})
    all_sides = list(sides(case, python, tree, out))
    run_once(all_sides[0])  # not counted: writes byte code, and the report that is read below
    samples = interleave(all_sides, rounds, quiet=True, warm=0)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["components"][0]
    return Measured(case, samples, report)


def tool_commands(case: Case, python: Path, tree: Path) -> list[tuple[str, Sequence[str], Sequence[int]]]:
    """Returns the name, the command line and the documented exit codes of each tool that the gate runs."""
    found: list[tuple[str, Sequence[str], Sequence[int]]] = json.loads(
        output(str(python), "-c", COMMANDS, str(tree), *case.sources)
    )
    return found


def sides(case: Case, python: Path, tree: Path, out: Path) -> Iterator[Side]:
    """Yields the gate, the tests under `coverage run`, and each tool with the gate's own command line."""

    def side(name: str, argv: Sequence[str], codes: Sequence[int]) -> Side:
        prepare = partial(remove_caches, tree)
        return Side(name=name, argv=argv, cwd=tree, env=environment(python), codes=codes, prepare=prepare)

    gate = ("--maturity-component", case.component, "--maturity-target", "production", "--maturity-no-cache")
    files = (f"--maturity-config={out / 'policy.toml'}", f"--maturity-report={out / 'report.json'}")
    yield side(GATE, (str(python), "-m", "pytest", *gate, *files), (0, 1, 3))
    scope = (f"--data-file={out / 'coverage'}", f"--source={','.join(case.sources)}")
    tests = ("-m", "coverage", "run", *scope, "-m", "pytest", "-p", "no:maturity", *case.tests)
    yield side(TESTS, (str(python), *tests), (0, 1))
    for name, argv, codes in tool_commands(case, python, tree):
        yield side(name, argv, codes)


def cores() -> int:
    return len(os.sched_getaffinity(0))


def make_result(found: Sequence[Measured], versions_: Mapping[str, str]) -> Result:
    """Returns the ratios of all cases."""
    ratios = {one.case.component: one.ratio() for one in found}
    return Result(
        key="whole_gate",
        title="Tools while the tests run",
        goal=GOAL,
        met=enough_are_met([one.is_met() for one in found]),
        result=", ".join(f"{name} {median_range(ratio)}" for name, ratio in ratios.items()),
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
                    "of the shortest times",
                    "gate / sum of parts",
                ),
                [times(one) for one in found],
            ),
            Table(
                "The parts, each alone: median wall seconds (CPU seconds)",
                ("component", *found[0].samples),
                [(one.case.component, *(wall_and_cpu(side) for side in one.samples.values())) for one in found],
            ),
            Table(
                "The measurements of the gate",
                ("component", *COUNTS, *(gate["gate"] for gate in found[0].report["gates"])),
                [measurements(one) for one in found],
            ),
        ],
        notes=[
            "`CPU / cores` is the CPU time of all parts, each measured alone, divided by the cores. The ratio of a "
            "round is computed from the times of that round. `of the shortest times` takes the shortest time of each "
            "part and of the gate, because other processes can only make a time longer. Undecided if only one of the "
            f"two ratios is at most {LIMIT}.",
            other_load(found),
            versions_line(versions_),
        ],
        data={
            "versions": dict(versions_),
            "ratio": {name: asdict(ratio) for name, ratio in ratios.items()},
            "ratio_of_shortest": {one.case.component: one.shortest_ratio() for one in found},
            "seconds_of_bounds": {one.case.component: one.bounds() for one in found},
            "samples": {one.case.component: samples_data(one.samples) for one in found},
        },
    )


def enough_are_met(answers: Sequence[bool | None]) -> bool | None:
    """Whether enough cases are within the limit; None if that depends on undecided cases."""
    if answers.count(True) >= ENOUGH:
        return True
    return None if len(answers) - answers.count(False) >= ENOUGH else False


def times(one: Measured) -> tuple[str, ...]:
    bounds = [f"{median(seconds):.2f}" for seconds in one.bounds().values()]
    gate = median_range(spread([sample.wall for sample in one.samples[GATE]]))
    ratios = (median_range(one.ratio()), f"{one.shortest_ratio():.2f}", median_range(one.ratio_to_sum()))
    return (one.case.component, gate, *bounds, *ratios)


def measurements(one: Measured) -> tuple[str, ...]:
    outcomes, coverage = one.report["outcomes"], one.report["coverage"]
    values = [gate["value"] for gate in one.report["gates"]]
    shown = ("unknown" if value is None else f"{value:.10g}" for value in values)
    counts = (outcomes["passed"], outcomes["failed"] + outcomes["error"], coverage["statements"])
    return (one.case.component, *map(str, counts), *shown)


def other_load(found: Sequence[Measured]) -> str:
    """Returns the load of other processes as a sentence."""
    foreign = [sample.foreign for one in found for side in one.samples.values() for sample in side]
    return f"Other processes used {median(foreign):.2f} cores meanwhile (median; at most {max(foreign):.2f})."
