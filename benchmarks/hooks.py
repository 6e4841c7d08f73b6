"""Goal 2 once more, from inside: the CPU time of each of the gate's own hooks on the ten thousand tests.

Whole processes vary by more than the gate takes; a hook's own clock does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from measure import spread
from page import Answer, Table, microseconds, versions_line
from per_test import BORROWED, EACH, LIMIT, MANY, OWN, project, sides, warmed
from venvs import environment, furnish, install_plugin, output, versions

GOAL = (
    "The same without retries, by the clocks of the gate's own hooks; an upper bound, because the clocks cost "
    "something, too."
)
ONCE = ("plugin.pytest_load_initial_conftests", "MaturitySession.pytest_configure")
Spent = Mapping[str, tuple[int, float]]


def run(work: Path, built: Path, rounds: int) -> Answer:
    """The time inside the gate's hooks, with both tracers."""
    python = furnish(work / "venvs" / "with", str(built))
    install_plugin(python, built)
    root = project(work, MANY)
    warmed(python, root)
    # With retries, the hook that runs a test is the gate's own, and holds the test.
    more = ("--maturity-retries=0", "-p", "inside")
    commands = {side.name: [*side.argv, *more] for side in sides(python, root) if side.name in (BORROWED, OWN)}
    env = {**environment(python), "PYTHONPATH": str(Path(__file__).parent)}
    found: dict[str, list[Spent]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            found[name].append(json.loads(output(*argv, cwd=root, env=env).splitlines()[-1]))
    return answer(found, versions(python, ("pytest", "pluggy", "coverage")))


def answer(found: Mapping[str, Sequence[Spent]], versions_: Mapping[str, str]) -> Answer:
    """The sums per test, and the hooks one by one."""
    tests = MANY * EACH
    sums = {
        name: spread([sum(seconds for _, seconds in one.values()) / tests for one in all_])
        for name, all_ in found.items()
    }
    hooks = {
        name: {hook: spread([one[hook][1] for one in all_ if hook in one]) for hook in all_[0]}
        for name, all_ in found.items()
    }
    names = sorted(hooks[OWN], key=lambda hook: -hooks[OWN][hook].median)
    calls = {hook: found[OWN][0][hook][0] for hook in names}
    return Answer(
        key="hooks",
        title="Inside the gate's hooks",
        goal=GOAL,
        met=True if max(one.median for one in sums.values()) < LIMIT else None,
        result=", ".join(
            f"{microseconds(one.median)} per test ({microseconds(one.low)} to {microseconds(one.high)}) in `{name}`, "
            f"{microseconds(one.median - sum(hooks[name][hook].median for hook in ONCE) / tests)} without its start"
            for name, one in sums.items()
        ),
        tables=[
            Table(
                f"Milliseconds of CPU in a session of {tests:,} tests, median of {len(found[OWN])}",
                ("hook", "calls", *hooks),
                [
                    (f"`{hook}`", str(calls[hook]), *(f"{by[hook].median * 1000:.1f}" for by in hooks.values()))
                    for hook in names
                    if all(hook in by for by in hooks.values())
                ],
            )
        ],
        notes=[versions_line(versions_)],
        data={
            "versions": dict(versions_),
            "seconds_per_test": {name: asdict(one) for name, one in sums.items()},
            "seconds_of_hooks": {name: {hook: asdict(one) for hook, one in by.items()} for name, by in hooks.items()},
        },
    )
