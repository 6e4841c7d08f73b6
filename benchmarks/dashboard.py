"""The dashboard of 50 components with 500 runs each: how long the command takes, and how large the page is."""

from __future__ import annotations

from pathlib import Path

from environments import create, environment, install_plugin, versions, write
from environments import run as output
from measure import Side, interleave, spread
from page import Result, Table, python_version, samples_data, versions_line, wall_and_cpu

LIMIT, LARGEST = 2.0, 2_000_000  # seconds, bytes
GOAL = "The dashboard of 50 components with 500 runs each is written in less than 2 seconds, and has less than 2 MB."
NAME = "dashboard"
FILL = """
import random, sys
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement, RunRecord
from pytest_maturity.records.sqlite import SqliteStore

LADDER = ("dev", "staging", "production")
GATES = {"pass_rate": (100, 100, 100), "coverage": (50, 70, 80), "lint": (0, 0, 0), "format": (None, 0, 0),
         "types": (None, 0, 0), "security.critical": (0, 0, 0), "security.high": (None, 0, 0),
         "flaky_rate": (None, 2, 0), "skipped_rate": (20, 10, 5), "duration": (None, 60, 60)}
HIGHER, PER_CENT = ("pass_rate", "coverage"), ("pass_rate", "coverage", "flaky_rate", "skipped_rate")
chance, now = random.Random(7), datetime.now(timezone.utc)

def judge(name, value, threshold):
    is_met = value >= threshold if name in HIGHER else value <= threshold
    return RecordedRequirement(threshold=Fraction(threshold), status=Status.PASSED if is_met else Status.FAILED)

def make(component, number):
    values = {**dict.fromkeys(GATES, Fraction(0)), "pass_rate": Fraction(100), "lint": Fraction(chance.randrange(3)),
              "coverage": Fraction(chance.randrange(40_000, 90_000), 1000), "types": Fraction(chance.randrange(30)),
              "duration": Fraction(chance.randrange(200, 700), 10)}
    gates = tuple(
        RecordedGate(name=name, value=values[name], better="higher" if name in HIGHER else "lower",
                     unit="%" * (name in PER_CENT),
                     stages={stage: judge(name, values[name], threshold)
                             for stage, threshold in zip(LADDER, thresholds) if threshold is not None})
        for name, thresholds in GATES.items()
    )
    failed = any(one.stages["production"].status is Status.FAILED for one in gates)
    return RunRecord(
        run_id=f"{component:08x}{number:024x}", component=f"part_{component:02}", target="production",
        started=(now - timedelta(hours=4 * (500 - number))).isoformat(timespec="milliseconds"),
        verdict="HOLD" if failed else "PROMOTE", gates=gates, duration_s=float(values["duration"]),
        commit=f"{chance.getrandbits(160):040x}", outcomes={"collected": 90, "passed": 88, "failed": 0, "skipped": 2},
        flaky=(f"tests/test_part.py::test_{number % 7}",) * (number % 9 == 0),
        steps={"ruff": 0.3, "types": 6.2, "bandit": 2.1, "detect-secrets": 0.7}, python="3.14.0", actor="ci",
    )

SqliteStore(Path(sys.argv[1])).write_runs(make(component, number) for component in range(50) for number in range(500))
"""
POLICY = """[tool.maturity]
[tool.maturity.records]
path = ".maturity/records.db"
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures the whole command on records that are made once."""
    python = create(work / "venvs" / NAME, "pytest", str(wheel))
    install_plugin(python, wheel)
    root = work / "projects" / NAME
    sources = {f"src/part_{number:02}.py": "ONE = 1\n" for number in range(50)}
    write(root, {"pyproject.toml": POLICY, **sources})
    (root / ".maturity").mkdir(exist_ok=True)
    output(str(python), "-c", FILL, str(root / ".maturity" / "records.db"), cwd=root, env=environment(python))
    command = (str(python.with_name("pytest-maturity")), "dashboard", "--output", "page.html")
    side = Side(name=NAME, argv=command, cwd=root, env=environment(python))
    samples = interleave([side], rounds, quiet=True)
    wall, size = spread([one.wall for one in samples[NAME]]), (root / "page.html").stat().st_size
    return Result(
        key=f"{NAME}-{python_version()}",
        title=f"The dashboard, Python {python_version()}",
        goal=GOAL,
        met=wall.median < LIMIT and size < LARGEST,
        result=f"{wall.median:.2f} s, {size / 10**6:.2f} MB",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("seconds", "fastest", "slowest", "page"),
                [(wall_and_cpu(samples[NAME]), f"{wall.low:.2f}", f"{wall.high:.2f}", f"{size / 10**6:.2f} MB")],
            )
        ],
        notes=[versions_line(versions(python, ("pytest",)))],
        data={"samples": samples_data(samples), "bytes": size},
    )
