"""Goal 2: the gate's own cost per test, beyond coverage itself, on ten thousand trivial tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

from measure import Sample, Side, Spread, differences, interleave, once, spread
from page import Answer, Table, microseconds, versions_line
from venvs import environment, furnish, install_plugin, versions, write

GOAL = "The gate's own cost per test, beyond coverage itself: under 50 microseconds on 10,000 trivial tests."
LIMIT = 50e-6
MANY, FEW = 100, 1  # files
EACH = 100  # tests in a file
PLAIN, COVERED, TWIN = "pytest", "coverage run", "coverage run, a second time"
BORROWED, OWN = "coverage run + gate", "gate with its own tracer"
OFF = "the same, retries switched off"
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
    """Compare sessions with and without the gate, of 10,000 and of 100 tests."""
    python = furnish(work / "venvs" / "with", str(built))
    install_plugin(python, built)
    samples = {files * EACH: interleave(warmed(python, project(work, files)), rounds, warm=0) for files in (MANY, FEW)}
    return answer(samples, versions(python, ("pytest", "pluggy", "coverage")))


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


def answer(samples: Mapping[int, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Answer:
    """The costs per test, all in and without what a session costs once."""
    cpu = {count: {name: [one.cpu for one in side] for name, side in by.items()} for count, by in samples.items()}
    many, few = MANY * EACH, FEW * EACH
    pairs = {
        "beside `coverage run` (borrowed)": (BORROWED, COVERED),
        "own tracer, against `coverage run`": (OWN, COVERED),
        "own tracer, against plain pytest (coverage included)": (OWN, PLAIN),
        "retries enabled and none needed, against retries switched off": (OWN, OFF),
        "`coverage run` against itself (noise)": (TWIN, COVERED),
    }
    whole = {
        how: spread([each / many for each in differences(cpu[many][one], cpu[many][other])])
        for how, (one, other) in pairs.items()
    }
    once = {how: spread(differences(cpu[few][one], cpu[few][other])) for how, (one, other) in pairs.items()}
    slope = {how: (one.median * many - once[how].median) / (many - few) for how, one in whole.items()}
    main = whole["beside `coverage run` (borrowed)"]
    other = whole["own tracer, against `coverage run`"]
    return Answer(
        key="per_test",
        title="The gate's own cost per test",
        goal=GOAL,
        met=decided(main, other),
        result=(
            f"{microseconds(main.median)} per test ({ranged(main)}) beside `coverage run`, "
            f"{microseconds(other.median)} ({ranged(other)}) with its own tracer instead of `coverage run`; "
            f"all in, what a session costs once included"
        ),
        tables=[
            Table(
                f"CPU time per test, {many:,} tests in {MANY} files, {main.rounds} interleaved rounds",
                ("compared", "per test, all in", "range", f"per session of {few} tests", "per test without that"),
                [
                    (how, microseconds(one.median), ranged(one), f"{once[how].median * 1000:.0f} ms",
                     microseconds(slope[how]))
                    for how, one in whole.items()
                ],
            ),
            Table(
                "CPU seconds of the sessions (median, range)",
                ("session", f"{many:,} tests", f"{few} tests"),
                [(name, *(seconds(spread(cpu[count][name])) for count in (many, few))) for name in cpu[many]],
            ),
        ],
        notes=[versions_line(found)],
        data={
            "versions": dict(found),
            "seconds_cpu_per_test": {how: asdict(one) for how, one in whole.items()},
            "seconds_cpu_per_session": {how: asdict(one) for how, one in once.items()},
            "seconds_cpu_per_test_without_session": slope,
            "median_wall": {name: median(one.wall for one in side) for name, side in samples[many].items()},
            "samples": {
                str(count): {name: [asdict(one) for one in side] for name, side in by.items()}
                for count, by in samples.items()
            },
        },
    )  # fmt: skip


def decided(*costs: Spread) -> bool | None:
    """Whether all of them are below the limit, noise included; None where they are on both sides of it."""
    if all(one.sure_high < LIMIT for one in costs):
        return True
    return False if any(one.sure_low >= LIMIT for one in costs) else None


def ranged(one: Spread) -> str:
    return f"{microseconds(one.low)} to {microseconds(one.high)}"


def seconds(one: Spread) -> str:
    return f"{one.median:.2f} ({one.low:.2f} to {one.high:.2f})"
