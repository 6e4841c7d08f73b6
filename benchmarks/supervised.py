"""What the supervisor costs: a run of the gate with its parent process, against the same run without."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from measure import Side, differences, interleave, spread
from page import Answer, Table, milliseconds, versions_line
from per_test import FEW, project
from venvs import environment, furnish, install_plugin, versions

GOAL = "The supervisor costs milliseconds: less than 20 ms of wall time, noise included."
LIMIT = 20e-3
FACTOR = 4  # a session of 100 tests is cheap: more rounds than elsewhere
WITH, WITHOUT, AGAIN = "supervised", "not supervised", "not supervised, a second time"


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Compare sessions of the gate that differ in `--maturity-supervise` alone."""
    python = furnish(work / "venvs" / "with", str(built))
    install_plugin(python, built)
    root = project(work, FEW)
    gate = [str(python), "-m", "pytest", "-q", "--maturity-component", "comp"]
    more = {WITH: ["--maturity-supervise"], WITHOUT: [], AGAIN: []}
    env = {name: value for name, value in environment(python).items() if name != "CI"}
    sides = [Side(name=name, argv=[*gate, *words], cwd=root, env=env) for name, words in more.items()]
    samples = interleave(sides, rounds * FACTOR, quiet=True)
    wall = {name: [one.wall for one in side] for name, side in samples.items()}
    costs = {
        "supervised - not": spread(differences(wall[WITH], wall[WITHOUT])),
        "not - not (noise)": spread(differences(wall[AGAIN], wall[WITHOUT])),
    }
    cost = costs["supervised - not"]
    return Answer(
        key="supervised",
        title="The supervisor",
        goal=GOAL,
        met=True if cost.sure_high < LIMIT else False if cost.sure_low >= LIMIT else None,
        result=(
            f"{milliseconds(cost.median)} of {milliseconds(spread(wall[WITHOUT]).median)}, 95 % sure between "
            f"{milliseconds(cost.sure_low)} and {milliseconds(cost.sure_high)}"
        ),
        tables=[
            Table(
                f"Wall time of a session of 100 tests, {cost.rounds} interleaved rounds",
                ("compared", "median", "95 % sure", "range"),
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
