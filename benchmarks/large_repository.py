"""A large repository: the time of one component out of 200, and the memory of all of them in one session."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from environments import create, environment, install_plugin, versions, write
from measure import Sample, Side, interleave, ratio, run_once
from page import Result, Table, median_range, python_version, samples_data, versions_line

GOAL = (
    "One component out of 200 in 50,000 tests takes at most 1.10 of the CPU time that the same tests take alone in a "
    "small repository; 50,000 tests judged in one session need at most 1.15 of the memory that bare pytest needs."
)
COMPONENTS, FILES, TESTS = 200, 10, 25  # components; test files of a component; tests in a file
TIME_LIMIT, MEMORY_LIMIT = 1.10, 1.15
ONE_OF_MANY, ALONE, REPEATED = "one of 200", "the same alone", "the same alone, a second time"
BARE, COVERED, ALL = "pytest, all tests", "coverage run, all tests", "gate, all components"
POLICY = """\
[tool.pytest.ini_options]
pythonpath = ["src"]
[tool.maturity]
ladder = ["own"]
[tool.maturity.stages.own]
pass_rate = 100
coverage = 1
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures the time of one component in a large and a small repository, and the memory of all components."""
    python = create(work / "venvs" / "with", str(wheel))
    install_plugin(python, wheel)
    large, small = (write_repository(work / "projects" / f"large_{count}", count) for count in (COMPONENTS, 1))
    one = (str(python), "-m", "pytest", "-q", "--maturity-component", "part_000")
    every = (str(python), "-m", "pytest", "-q")
    covered = (str(python), "-m", "coverage", "run", "--source=src", "-m", "pytest", "-q")
    env = environment(python)

    def side(name: str, cwd: Path) -> Side:
        # At its start pytest reads the ids of all tests that ever ran there: after a run of all tests, 50,000.
        return Side(name=name, argv=one, cwd=cwd, env=env, prepare=lambda: remove_pytest_cache(cwd))

    time_sides = [side(ONE_OF_MANY, large), side(ALONE, small), side(REPEATED, small)]
    samples = interleave(time_sides, rounds * 2, quiet=True)
    memory_sides = [
        Side(name=BARE, argv=(*every, "tests"), cwd=large, env=env),
        Side(name=COVERED, argv=(*covered, "tests"), cwd=large, env=env),
        Side(name=ALL, argv=(*every, "--maturity-component", "all"), cwd=large, env=env),
    ]
    run_once(memory_sides[0])  # not counted: writes byte code
    samples |= interleave(memory_sides, max(1, rounds // 3), warm=0)
    return make_result(samples, versions(python, ("pytest", "coverage")))


def remove_pytest_cache(tree: Path) -> None:
    shutil.rmtree(tree / ".pytest_cache", ignore_errors=True)


def write_repository(root: Path, count: int) -> Path:
    """Writes a repository of `count` components, each with five modules and its test files."""
    files = {"pyproject.toml": POLICY}
    for number in range(count):
        name = f"part_{number:03}"
        files[f"src/{name}/__init__.py"] = f"from {name}.module_0 import one\n"
        files |= {f"src/{name}/module_{part}.py": "def one():\n    return 1\n" for part in range(5)}
        tests = f"from {name} import one\n" + "".join(
            f"\n\ndef test_{test}():\n    assert one() == 1\n" for test in range(TESTS)
        )
        files |= {f"tests/{name}/test_{name}_{file}.py": tests for file in range(FILES)}
    return write(root, files)


def make_result(samples: Mapping[str, Sequence[Sample]], found: Mapping[str, str]) -> Result:
    """Returns the ratios of time and memory; next to that of time, the ratio of a side to itself (noise)."""
    time, noise = (ratio(samples[name], samples[ALONE], "cpu") for name in (ONE_OF_MANY, REPEATED))
    memory, cpu = (ratio(samples[ALL], samples[BARE], quantity) for quantity in ("memory", "cpu"))
    memory_covered, cpu_covered = (ratio(samples[ALL], samples[COVERED], quantity) for quantity in ("memory", "cpu"))
    return Result(
        key=f"large_repository-{python_version()}",
        title=f"Large repositories, Python {python_version()}",
        goal=GOAL,
        met=time.median <= TIME_LIMIT and memory.median <= MEMORY_LIMIT,
        result=f"time {median_range(time)} (noise {median_range(noise)}), memory {median_range(memory)}",
        tables=[
            Table(
                f"{COMPONENTS} components, {COMPONENTS * FILES:,} test files, {COMPONENTS * FILES * TESTS:,} tests",
                ("compared", "of", "ratio"),
                [
                    (f"{ONE_OF_MANY} / {ALONE}", "CPU", median_range(time)),
                    (f"{REPEATED} / {ALONE} (noise)", "CPU", median_range(noise)),
                    (f"{ALL} / {BARE}", "memory", median_range(memory)),
                    (f"{ALL} / {COVERED}", "memory", median_range(memory_covered)),
                    (f"{ALL} / {BARE} (coverage included)", "CPU", median_range(cpu)),
                    (f"{ALL} / {COVERED}", "CPU", median_range(cpu_covered)),
                ],
            ),
            Table(
                "Medians",
                ("session", "CPU seconds", "MiB"),
                [
                    (name, f"{median(one.cpu for one in side):.2f}", f"{median(one.memory for one in side):.0f}")
                    for name, side in samples.items()
                ],
            ),
        ],
        notes=[versions_line(found)],
        data={"samples": samples_data(samples)},
    )
