"""The cost of the supervisor: a run of the gate with its parent process, compared with the same run without it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from environments import create, environment, install_plugin, versions
from measure import Side, differences, interleave, spread
from page import Result, Table, milliseconds, versions_line
from per_test import FEW_FILES, write_project

GOAL = "The supervisor costs milliseconds: less than 20 ms of wall time, noise included."
LIMIT = 20e-3
FACTOR = 4  # more rounds than elsewhere: a session of 100 tests is short
WITH, WITHOUT, REPEATED = "supervised", "not supervised", "not supervised, a second time"


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Compares sessions of the gate with and without `--maturity-supervise`."""
    python = create(work / "venvs" / "with", str(wheel))
    install_plugin(python, wheel)
    root = write_project(work, FEW_FILES)
    gate = [str(python), "-m", "pytest", "-q", "--maturity-component", "comp"]
    options = {WITH: ["--maturity-supervise"], WITHOUT: [], REPEATED: []}
    env = {name: value for name, value in environment(python).items() if name != "CI"}
    sides = [Side(name=name, argv=[*gate, *words], cwd=root, env=env) for name, words in options.items()]
    samples = interleave(sides, rounds * FACTOR, quiet=True)
    wall = {name: [one.wall for one in side] for name, side in samples.items()}
    costs = {
        "supervised - not": spread(differences(wall[WITH], wall[WITHOUT])),
        "not - not (noise)": spread(differences(wall[REPEATED], wall[WITHOUT])),
    }
    cost = costs["supervised - not"]
    return Result(
        key="supervisor",
        title="The supervisor",
        goal=GOAL,
        met=True if cost.sure_high < LIMIT else False if cost.sure_low >= LIMIT else None,
        result=(
            f"{milliseconds(cost.median)} of {milliseconds(spread(wall[WITHOUT]).median)}, with 95 % confidence "
            f"between {milliseconds(cost.sure_low)} and {milliseconds(cost.sure_high)}"
        ),
        tables=[
            Table(
                f"Wall time of a session of 100 tests, {cost.rounds} interleaved rounds",
                ("compared", "median", "95 % confidence", "range"),
                [
                    (
                        name,
                        milliseconds(one.median),
                        f"{milliseconds(one.sure_low)} to {milliseconds(one.sure_high)}",
                        f"{milliseconds(one.low)} to {milliseconds(one.high)}",
                    )
                    for name, one in costs.items()
                ],
            )
        ],
        notes=[versions_line(versions(python, ("pytest", "coverage")))],
        data={"seconds_wall": {name: asdict(one) for name, one in costs.items()}},
    )
