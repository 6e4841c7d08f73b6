"""A large repository: one component out of 200 costs what its own tests cost, and all of them little memory."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from measure import Sample, Side, Spread, interleave, once, over
from page import Answer, Table, versions_line
from venvs import environment, furnish, install_plugin, versions, write

GOAL = (
    "One component out of 200 in 50,000 tests takes at most 1.10 of the CPU time that the same tests take alone in a "
    "small repository; 50,000 tests judged in one session need at most 1.15 of the memory that bare pytest needs."
)
COMPONENTS, FILES, EACH = 200, 10, 25  # test files of a component, tests in a file
TIME, MEMORY = 1.10, 1.15
ONE_OF_MANY, ALONE, AGAIN = "one of 200", "the same alone", "the same alone, a second time"
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


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Time one component in both repositories, and weigh all of them once or twice."""
    python = furnish(work / "venvs" / "with", str(built))
    install_plugin(python, built)
    large, small = (repository(work / "projects" / f"large_{count}", count) for count in (COMPONENTS, 1))
    one = (str(python), "-m", "pytest", "-q", "--maturity-component", "part_000")
    every = (str(python), "-m", "pytest", "-q")
    covered = (str(python), "-m", "coverage", "run", "--source=src", "-m", "pytest", "-q")
    env = environment(python)

    def side(name: str, cwd: Path) -> Side:
        # pytest itself reads the ids of all tests that ran there once: after a run of all, 50,000.
        return Side(name=name, argv=one, cwd=cwd, env=env, prepare=lambda: forget(cwd))

    timed = [side(ONE_OF_MANY, large), side(ALONE, small), side(AGAIN, small)]
    samples = interleave(timed, rounds * 2, quiet=True)
    weighed = [
        Side(name=BARE, argv=(*every, "tests"), cwd=large, env=env),
        Side(name=COVERED, argv=(*covered, "tests"), cwd=large, env=env),
        Side(name=ALL, argv=(*every, "--maturity-component", "all"), cwd=large, env=env),
    ]
    once(weighed[0])  # not counted: byte code
    samples |= interleave(weighed, max(1, rounds // 3), warm=0)
    return answer(samples, versions(python, ("pytest", "coverage")))


def forget(tree: Path) -> None:
    """Remove what pytest knows of the runs before."""
    shutil.rmtree(tree / ".pytest_cache", ignore_errors=True)


def repository(root: Path, count: int) -> Path:
    """`count` components of five modules, each with its test files."""
    files = {"pyproject.toml": POLICY}
    for number in range(count):
        name = f"part_{number:03}"
        files[f"src/{name}/__init__.py"] = f"from {name}.module_0 import one\n"
        files |= {f"src/{name}/module_{part}.py": "def one():\n    return 1\n" for part in range(5)}
        tests = f"from {name} import one\n" + "".join(
            f"\n\ndef test_{test}():\n    assert one() == 1\n" for test in range(EACH)
        )
        files |= {f"tests/{name}/test_{name}_{file}.py": tests for file in range(FILES)}
    return write(root, files)


def answer(samples: Mapping[str, Sequence[Sample]], found: Mapping[str, str]) -> Answer:
    """The two ratios; the first is told with that of a thing with itself."""
    time, noise = (over(samples[name], samples[ALONE], "cpu") for name in (ONE_OF_MANY, AGAIN))
    memory, cpu = (over(samples[ALL], samples[BARE], of) for of in ("memory", "cpu"))
    memory_covered, cpu_covered = (over(samples[ALL], samples[COVERED], of) for of in ("memory", "cpu"))
    python = ".".join(map(str, sys.version_info[:2]))
    return Answer(
        key=f"large-{python}",
        title=f"Large repositories, Python {python}",
        goal=GOAL,
        met=time.median <= TIME and memory.median <= MEMORY,
        result=f"time {ranged(time)} (noise {ranged(noise)}), memory {ranged(memory)}",
        tables=[
            Table(
                f"{COMPONENTS} components, {COMPONENTS * FILES:,} test files, {COMPONENTS * FILES * EACH:,} tests",
                ("compared", "of", "ratio"),
                [
                    (f"{ONE_OF_MANY} / {ALONE}", "CPU", ranged(time)),
                    (f"{AGAIN} / {ALONE} (noise)", "CPU", ranged(noise)),
                    (f"{ALL} / {BARE}", "memory", ranged(memory)),
                    (f"{ALL} / {COVERED}", "memory", ranged(memory_covered)),
                    (f"{ALL} / {BARE} (coverage included)", "CPU", ranged(cpu)),
                    (f"{ALL} / {COVERED}", "CPU", ranged(cpu_covered)),
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
        data={"samples": {name: [asdict(one) for one in side] for name, side in samples.items()}},
    )


def ranged(found: Spread) -> str:
    return f"{found.median:.2f} ({found.low:.2f} to {found.high:.2f})"
