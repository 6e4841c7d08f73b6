"""The records of 10,000 runs: open them, write one run, and read the last 200 runs of a component."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from environments import create, environment, install_plugin, versions
from environments import run as output
from page import Result, Table, milliseconds, python_version, versions_line

LIMIT = 0.050  # seconds
GOAL = "10,000 runs: open the records, write a run and read a component's last 200 in less than 50 ms."
MEASURE = """
import json, sys, time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement, RunRecord
from pytest_maturity.records.sqlite import SqliteStore

met = RecordedRequirement(threshold=Fraction(70), status=Status.PASSED)
stages = {"dev": met, "staging": met, "production": met}
def make(number):
    gates = tuple(RecordedGate(name=f"gate{one}", value=Fraction(number, 7), stages=stages) for one in range(10))
    return RunRecord(run_id=f"{number:032x}", component=f"part{number % 10}", started=f"2026-{number:06}",
                     verdict="HOLD", gates=gates, steps={"ruff": 0.1, "types": 2.0}, tools={"ruff": "0.15.1"})
store = SqliteStore(Path(sys.argv[1]))
store.write_runs(map(make, range(10_000)))
samples = []
for number in range(10_000, 10_000 + int(sys.argv[2])):
    begin = time.perf_counter()
    store.write_runs([make(number)])
    written = time.perf_counter()
    assert len(store.list_runs("part1", limit=200)) == 200
    samples.append([written - begin, time.perf_counter() - written])
print(json.dumps(samples))
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures on the disk of `work`; the first round is not counted."""
    python = create(work / "venvs" / "records", "pytest", str(wheel))
    install_plugin(python, wheel)
    database = work / "records.db"
    database.unlink(missing_ok=True)
    command = (str(python), "-c", MEASURE, str(database), str(rounds + 1))
    samples = json.loads(output(*command, cwd=work, env=environment(python)))[1:]
    written, read = (median(sample[place] for sample in samples) for place in (0, 1))
    size = database.stat().st_size // 2**20
    return Result(
        key=f"records-{python_version()}",
        title=f"Records, Python {python_version()}",
        goal=GOAL,
        met=written + read < LIMIT,
        result=f"{milliseconds(written + read)} of {size} MiB",
        tables=[
            Table(
                f"Median of {len(samples)} rounds",
                ("open and write a run", "open and read 200"),
                [(milliseconds(written), milliseconds(read))],
            )
        ],
        notes=[versions_line(versions(python, ("pytest",)))],
        data={"samples": samples},
    )
