"""Goal 2: the gate's own cost per test, beyond coverage itself, on ten thousand trivial tests.

Whole sessions vary by several hundred microseconds per test between two runs of the same thing; what the gate
adds is a tenth of that. So the instructions of each session are counted (valgrind's cachegrind): they repeat
to a thousandth. How long an instruction takes is measured on sessions of `coverage run` without valgrind.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from measure import Sample, Side, instructions, interleave, once, spread
from page import Answer, Table, microseconds, versions_line
from venvs import environment, furnish, install_plugin, versions, write

GOAL = "The gate's own cost per test, beyond coverage itself: under 50 microseconds on 10,000 trivial tests."
LIMIT = 50e-6
MANY, FEW = 100, 1  # files
COUNTED_FILES, GROWN = 10, 30  # valgrind takes a quarter of an hour for a session of all
EACH = 100  # tests in a file
PLAIN, COVERED, TWIN = "pytest", "coverage run", "coverage run, a second time"
BORROWED, OWN = "coverage run + gate", "gate with its own tracer"
OFF = "the same, retries switched off"
COUNTED = (PLAIN, COVERED, BORROWED, OWN, OFF)
GROWING = (COVERED, OWN)  # counted once more in sessions of GROWN files
PAIRS = {
    "own tracer, against `coverage run`": (OWN, COVERED),
    "beside `coverage run` (borrowed)": (BORROWED, COVERED),
    "retries enabled and none needed, against retries switched off": (OWN, OFF),
    "own tracer, against plain pytest (coverage included)": (OWN, PLAIN),
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


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Count the instructions of sessions of 1,000 and of 100 tests, and time what one instruction takes.

    That the cost of a test does not grow with their number is seen on two sessions of 3,000.
    """
    python = furnish(work / "venvs" / "with", str(built))
    install_plugin(python, built)
    sizes = (MANY, GROWN, COUNTED_FILES, FEW)
    by_files = {files: {one.name: one for one in warmed(python, project(work, files))} for files in sizes}
    counted = {
        files * EACH: {name: instructions(by_files[files][name]) for name in names}
        for files, names in ((GROWN, GROWING), (COUNTED_FILES, COUNTED), (FEW, COUNTED))
    }
    timed = interleave([by_files[MANY][name] for name in (COVERED, TWIN, OWN)], rounds, warm=0)
    return answer(counted, timed, versions(python, ("pytest", "pluggy", "coverage")))


def project(work: Path, files: int) -> Path:
    """A component of one module, and files of trivial tests that call it."""
    tests = "from comp import one\n" + "".join(
        f"\n\ndef test_{number}():\n    assert one() == 1\n" for number in range(EACH)
    )
    content = {"pyproject.toml": POLICY, "src/comp/__init__.py": "def one():\n    return 1\n"}
    return write(
        work / "projects" / f"per_test_{files}",
        {**content, **{f"tests/test_{number:03}.py": tests for number in range(files)}},
    )


def warmed(python: Path, root: Path) -> Sequence[Side]:
    """The sides, after a session of each kind that only collects: it writes the byte code."""
    found = sides(python, root)
    for side in found:
        once(replace(side, argv=[*side.argv, "--collect-only"], codes=(0, 3)))
    return found


def sides(python: Path, root: Path) -> Sequence[Side]:
    """The compared sessions; all of them print little and none writes a report of coverage."""
    coverage = ("coverage", "run", "--source=src/comp", "-m")
    gate = ("--maturity-component", "comp")
    commands = {
        PLAIN: ("pytest", "-q", "tests"),
        COVERED: (*coverage, "pytest", "-q", "tests"),
        TWIN: (*coverage, "pytest", "-q", "tests"),
        BORROWED: (*coverage, "pytest", "-q", *gate),
        OWN: ("pytest", "-q", *gate),
        OFF: ("pytest", "-q", *gate, "--maturity-retries=0"),
    }
    return [
        Side(name=name, argv=[str(python), "-m", *words], cwd=root, env=environment(python))
        for name, words in commands.items()
    ]


def answer(
    counted: Mapping[int, Mapping[str, int]], timed: Mapping[str, Sequence[Sample]], found: Mapping[str, str]
) -> Answer:
    """The costs per test, all in and without what a session costs once."""
    many, some, few = MANY * EACH, COUNTED_FILES * EACH, FEW * EACH
    cpu = {name: spread([one.cpu for one in side]) for name, side in timed.items()}
    grown = GROWN * EACH
    slope = (counted[grown][COVERED] - counted[few][COVERED]) / (grown - few)
    second = cpu[COVERED].median / (counted[few][COVERED] + slope * (many - few))  # seconds of an instruction

    def more(count: int, how: str) -> int:
        one, other = PAIRS[how]
        return counted[count][one] - counted[count][other]

    each = {how: (more(some, how) - more(few, how)) / (some - few) for how in PAIRS}
    session = {how: more(few, how) - few * each[how] for how in PAIRS}
    whole = {how: (each[how] + session[how] / many) * second for how in PAIRS}
    bare = (counted[some][PLAIN] - counted[few][PLAIN]) / (some - few)
    python = ".".join(map(str, sys.version_info[:2]))
    own, borrowed, retries, _ = PAIRS
    later = (more(grown, own) - more(some, own)) / (grown - some) * second
    return Answer(
        key=f"per_test-{python}",
        title=f"The gate's own cost per test, Python {python}",
        goal=GOAL,
        met=max(whole[own], later, each[borrowed] * second) < LIMIT,
        result=(
            f"{microseconds(whole[own])} per test with its own tracer instead of `coverage run`, the session's start "
            f"included; beside `coverage run` {microseconds(each[borrowed] * second)} without the session's start, "
            f"{microseconds(whole[borrowed])} with it; retries that nothing needs are {microseconds(whole[retries])} "
            f"of it. From {some:,} to {grown:,} tests one more costs {microseconds(later)}, before "
            f"{microseconds(each[own] * second)}"
        ),
        tables=[
            Table(
                f"Instructions, from sessions of {some:,} and of {few} tests, and the time that they take; all in: "
                f"with {many:,} tests",
                ("compared", "instructions per test", "of a bare test's", "per test", "per session", "all in"),
                [
                    (how, f"{each[how]:,.0f}", f"{each[how] / bare:.1%}", microseconds(each[how] * second),
                     f"{session[how] * second * 1000:.0f} ms", microseconds(whole[how]))
                    for how in PAIRS
                ],
            ),
            Table(
                "The sessions: millions of instructions, and CPU seconds (median, range) where they were timed",
                ("session", f"{grown:,} tests", f"{some:,} tests", f"{few} tests", f"CPU seconds, {many:,} tests"),
                [
                    (name, *(f"{counted[count][name] / 1e6:,.0f}" if name in counted[count] else ""
                             for count in (grown, some, few)),
                     f"{cpu[name].median:.2f} ({cpu[name].low:.2f} to {cpu[name].high:.2f})" if name in cpu else "")
                    for name in COUNTED
                ],
            ),
        ],
        notes=[
            f"`coverage run` timed a second time: {cpu[TWIN].median:.2f} ({cpu[TWIN].low:.2f} to "
            f"{cpu[TWIN].high:.2f}) seconds: this is why times alone cannot tell.",
            versions_line(found),
        ],
        data={
            "versions": dict(found),
            "instructions": {str(count): dict(by) for count, by in counted.items()},
            "seconds_per_instruction": second,
            "seconds_per_test": whole,
            "samples": {name: [asdict(one) for one in side] for name, side in timed.items()},
        },
    )  # fmt: skip
