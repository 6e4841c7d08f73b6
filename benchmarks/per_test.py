"""The plugin's own cost per test, without that of coverage.py, in a session of 10,000 trivial tests.

The time of the same session varies by several hundred microseconds per test, ten times the cost of the gate. So the
instructions of each session are counted (valgrind's cachegrind), which vary by a thousandth. The time of an instruction
is measured on sessions of `coverage run` without valgrind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from environments import create, environment, install_plugin, versions, write
from measure import Sample, Side, count_instructions, interleave, run_once, spread
from page import Result, Table, median_range, microseconds, python_version, samples_data, versions_line

GOAL = "The gate's own cost per test, beyond coverage itself: under 50 microseconds on 10,000 trivial tests."
LIMIT = 50e-6
TESTS = 100  # tests in a file
MANY_FILES, FEW_FILES = 100, 1
COUNTED_FILES, GROWN_FILES = 10, 30  # valgrind takes a quarter of an hour for a session of MANY_FILES
PLAIN, COVERED, REPEATED = "pytest", "coverage run", "coverage run, a second time"
BORROWED, OWN = "coverage run + gate", "gate with its own tracer"
OFF = "the same without retries"
COUNTED = (PLAIN, COVERED, BORROWED, OWN, OFF)
GROWING = (COVERED, OWN)  # counted once more in sessions of GROWN_FILES
PAIRS = {
    "own tracer, compared with `coverage run`": (OWN, COVERED),
    "under `coverage run` (borrowed tracer)": (BORROWED, COVERED),
    "retries enabled and none needed, compared with disabled retries": (OWN, OFF),
    "own tracer, compared with plain pytest (coverage included)": (OWN, PLAIN),
}
POLICY = """\
[tool.pytest.ini_options]
pythonpath = ["src"]
[tool.maturity]
ladder = ["own"]
[tool.maturity.stages.own]
pass_rate = 100
[tool.maturity.components.comp]
sources = ["src/comp"]
tests = ["tests"]
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Counts the instructions of sessions of 1,000 and of 100 tests, and measures the time of one instruction.

    Two sessions of 3,000 tests show whether the cost of a test grows with the number of tests.
    """
    python = create(work / "venvs" / "with", str(wheel))
    install_plugin(python, wheel)
    sizes = (MANY_FILES, GROWN_FILES, COUNTED_FILES, FEW_FILES)
    by_files = {files: {one.name: one for one in warm_sides(python, write_project(work, files))} for files in sizes}
    counted = {
        files * TESTS: {name: count_instructions(by_files[files][name]) for name in names}
        for files, names in ((GROWN_FILES, GROWING), (COUNTED_FILES, COUNTED), (FEW_FILES, COUNTED))
    }
    timed = interleave([by_files[MANY_FILES][name] for name in (COVERED, REPEATED, OWN)], rounds, warm=0)
    return make_result(counted, timed, versions(python, ("pytest", "pluggy", "coverage")))


def write_project(work: Path, files: int) -> Path:
    """Writes a component of one module, and files of trivial tests that call it."""
    tests = "from comp import one\n" + "".join(
        f"\n\ndef test_{number}():\n    assert one() == 1\n" for number in range(TESTS)
    )
    content = {"pyproject.toml": POLICY, "src/comp/__init__.py": "def one():\n    return 1\n"}
    return write(
        work / "projects" / f"per_test_{files}",
        {**content, **{f"tests/test_{number:03}.py": tests for number in range(files)}},
    )


def warm_sides(python: Path, root: Path) -> Sequence[Side]:
    """Returns the sides, after each has collected the tests once, which writes the byte code."""
    found = sides(python, root)
    for side in found:
        run_once(replace(side, argv=[*side.argv, "--collect-only"], codes=(0, 3)))
    return found


def sides(python: Path, root: Path) -> Sequence[Side]:
    """Returns the compared sessions; all print little, and none writes a report of coverage."""
    coverage = ("coverage", "run", "--source=src/comp", "-m")
    gate = ("--maturity-component", "comp")
    commands = {
        PLAIN: ("pytest", "-q", "tests"),
        COVERED: (*coverage, "pytest", "-q", "tests"),
        REPEATED: (*coverage, "pytest", "-q", "tests"),
        BORROWED: (*coverage, "pytest", "-q", *gate),
        OWN: ("pytest", "-q", *gate),
        OFF: ("pytest", "-q", *gate, "--maturity-retries=0"),
    }
    return [
        Side(name=name, argv=[str(python), "-m", *words], cwd=root, env=environment(python))
        for name, words in commands.items()
    ]


def make_result(
    counted: Mapping[int, Mapping[str, int]], timed: Mapping[str, Sequence[Sample]], found: Mapping[str, str]
) -> Result:
    """Returns the costs per test, with and without the cost of a session's start."""
    many, grown, some, few = (files * TESTS for files in (MANY_FILES, GROWN_FILES, COUNTED_FILES, FEW_FILES))
    cpu = {name: spread([one.cpu for one in side]) for name, side in timed.items()}
    slope = (counted[grown][COVERED] - counted[few][COVERED]) / (grown - few)
    second = cpu[COVERED].median / (counted[few][COVERED] + slope * (many - few))  # seconds of an instruction

    def difference(count: int, pair: str) -> int:
        one, other = PAIRS[pair]
        return counted[count][one] - counted[count][other]

    per_test = {pair: (difference(some, pair) - difference(few, pair)) / (some - few) for pair in PAIRS}
    session = {pair: difference(few, pair) - few * per_test[pair] for pair in PAIRS}
    total = {pair: (per_test[pair] + session[pair] / many) * second for pair in PAIRS}
    bare = (counted[some][PLAIN] - counted[few][PLAIN]) / (some - few)
    own, borrowed, retries, _ = PAIRS
    later = (difference(grown, own) - difference(some, own)) / (grown - some) * second
    return Result(
        key=f"per_test-{python_version()}",
        title=f"The gate's own cost per test, Python {python_version()}",
        goal=GOAL,
        met=max(total[own], later, per_test[borrowed] * second) < LIMIT,
        result=(
            f"{microseconds(total[own])} per test with its own tracer instead of `coverage run`, including the start "
            f"of the session; under `coverage run` {microseconds(per_test[borrowed] * second)} without the start of "
            f"the session, {microseconds(total[borrowed])} with it; {microseconds(total[retries])} of it are for "
            f"retries that no test needs. Between {some:,} and {grown:,} tests each test costs {microseconds(later)}, "
            f"below that {microseconds(per_test[own] * second)}"
        ),
        tables=[
            Table(
                f"Instructions, from sessions of {some:,} and of {few} tests, and their time; in total, per test of a "
                f"session of {many:,}",
                ("compared", "instructions per test", "of a bare test's", "per test", "per session", "in total"),
                [
                    (pair, f"{per_test[pair]:,.0f}", f"{per_test[pair] / bare:.1%}",
                     microseconds(per_test[pair] * second), f"{session[pair] * second * 1000:.0f} ms",
                     microseconds(total[pair]))
                    for pair in PAIRS
                ],
            ),
            Table(
                "The sessions: millions of instructions, and CPU seconds (median, range) where they were timed",
                ("session", f"{grown:,} tests", f"{some:,} tests", f"{few} tests", f"CPU seconds, {many:,} tests"),
                [
                    (name, *(f"{counted[count][name] / 1e6:,.0f}" if name in counted[count] else ""
                             for count in (grown, some, few)),
                     median_range(cpu[name]) if name in cpu else "")
                    for name in COUNTED
                ],
            ),
        ],
        notes=[
            f"`coverage run` measured a second time: {median_range(cpu[REPEATED])} seconds. The difference shows why "
            "the cost is not measured by times alone.",
            versions_line(found),
        ],
        data={
            "versions": dict(found),
            "instructions": {str(count): dict(by) for count, by in counted.items()},
            "seconds_per_instruction": second,
            "seconds_per_test": total,
            "samples": samples_data(timed),
        },
    )  # fmt: skip
