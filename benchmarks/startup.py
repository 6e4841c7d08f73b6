"""Goal 1: a plugin that is installed and not used adds nothing measurable to pytest's start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from measure import BrokenError, Sample, Side, Spread, differences, instructions, interleave, spread
from page import Answer, Table, milliseconds, versions_line
from venvs import environment, furnish, install, install_plugin, installed, output, versions, write

GOAL = "Installed but not used: no measurable start-up cost against pytest without the plugin."
HEAVY = ("coverage", "rich", "yaml", "sqlite3")
WITH, WITHOUT, AGAIN = "plugin installed", "without the plugin", "without, a second time"
PACKAGES = ("pytest", "pluggy", "coverage", "rich", "PyYAML")
FACTOR = 6  # a session of one test is cheap: more rounds than elsewhere
LIMIT = 0.05  # of the CPU time: "not measurable" must not be the answer of a machine that is too noisy to measure it
MODULES = """
import contextlib, io, json, sys, pytest
with contextlib.redirect_stdout(io.StringIO()):
    code = pytest.main(["-q"])
print(json.dumps([int(code), sorted(sys.modules)]))
"""
# -X importtime does not see importlib.import_module, by which entry points are loaded.
INSIDE = """
import contextlib, functools, importlib.metadata, io, json, time, pytest
spent = {}
def timed(name, function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
    return call
load = importlib.metadata.EntryPoint.load
def watched(entry):
    if entry.name != "maturity":
        return load(entry)
    module = timed("import of the entry point", load)(entry)
    for name, function in list(vars(module).items()):
        if name.startswith("pytest_"):
            setattr(module, name, timed(f"`{name}`", function))
    return module
importlib.metadata.EntryPoint.load = watched
with contextlib.redirect_stdout(io.StringIO()):
    pytest.main(["-q"])
print(json.dumps(spent))
"""


def run(work: Path, built: Path, rounds: int) -> Answer:
    """Compare two environments that differ in the plugin alone, and one of them with its own twin."""
    pythons = twins(work, built)
    root = write(
        work / "projects" / "startup",
        {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_one.py": "def test_one():\n    assert True\n"},
    )
    plain = timed(pythons, root, rounds * FACTOR, {})
    uncached = timed(pythons, root, rounds * FACTOR, {"PYTHONDONTWRITEBYTECODE": "1"})
    counted = {name: instructions(side) for name, side in sides(pythons, root, {}).items()}
    added = modules_of(pythons[WITH], root) - modules_of(pythons[WITHOUT], root)
    inside = [seconds_inside(pythons[WITH], root) for _ in range(rounds + 1)][1:]
    return answer(plain, uncached, counted, added, inside, pythons[WITH])


def twins(work: Path, built: Path) -> dict[str, Path]:
    """Three Pythons with the same packages; one of them has the plugin, too."""
    pythons = {WITH: furnish(work / "venvs" / "with", str(built))}
    install_plugin(pythons[WITH], built)
    pins = installed(pythons[WITH])
    for name, folder in ((WITHOUT, "without"), (AGAIN, "again")):
        pythons[name] = furnish(work / "venvs" / folder, *pins)
        if installed(pythons[name]) != pins:
            install(pythons[name], *pins)
    return pythons


def timed(
    pythons: Mapping[str, Path], root: Path, rounds: int, more: Mapping[str, str]
) -> Mapping[str, Sequence[Sample]]:
    """Samples of a session with one test in each environment."""
    return interleave(list(sides(pythons, root, more).values()), rounds)


def sides(pythons: Mapping[str, Path], root: Path, more: Mapping[str, str]) -> dict[str, Side]:
    """A session with one test for each environment."""
    return {
        name: Side(name=name, argv=[str(python), "-m", "pytest"], cwd=root, env={**environment(python), **more})
        for name, python in pythons.items()
    }


def modules_of(python: Path, root: Path) -> set[str]:
    """The modules that are imported at the end of a session."""
    code, names = json.loads(output(str(python), "-c", MODULES, cwd=root))
    if code:
        raise BrokenError(f"the session exited with {code}")
    return set(names)


def seconds_inside(python: Path, root: Path) -> dict[str, float]:
    """Wall seconds of one unused session inside the plugin: in its import, and in each of its hooks."""
    spent: dict[str, float] = json.loads(output(str(python), "-c", INSIDE, cwd=root))
    return spent


def answer(
    plain: Mapping[str, Sequence[Sample]],
    uncached: Mapping[str, Sequence[Sample]],
    counted: Mapping[str, int],
    added: set[str],
    inside: Sequence[Mapping[str, float]],
    python: Path,
) -> Answer:
    """The numbers, and whether the plugin's difference is told apart from none at all."""
    heavy = sorted(name for name in added if name.partition(".")[0] in HEAVY)
    costs = {"written": compared(plain), "PYTHONDONTWRITEBYTECODE=1": compared(uncached)}
    main = costs["written"]["plugin"]
    steps = {name: median(one[name] for one in inside) for name in inside[0]}
    share, noise = ((counted[name] - counted[WITHOUT]) / counted[WITHOUT] for name in (WITH, AGAIN))
    base, found = median(sample.cpu for sample in plain[WITHOUT]), versions(python, PACKAGES)
    return Answer(
        key="startup",
        title="Installed but not used",
        goal=GOAL,
        met=False if heavy else decided(main, base),
        result=(
            f"{milliseconds(main.median)} of {milliseconds(base)} CPU ({main.median / base:+.1%}), 95 % sure between "
            f"{milliseconds(main.sure_low)} and {milliseconds(main.sure_high)}; "
            f"{share:+.2%} instructions (noise {noise:+.2%}); "
            f"timed from inside, the plugin takes {milliseconds(sum(steps.values()))}"
        ),
        tables=[
            Table(
                f"CPU time that a session with one test costs more, {main.rounds} interleaved rounds",
                ("byte code", "compared", "median", "95 % sure", "range"),
                [
                    (how, name, milliseconds(one.median), sure(one), whole(one))
                    for how, both in costs.items()
                    for name, one in (("plugin - none", both["plugin"]), ("none - none (noise)", both["noise"]))
                ],
            ),
            Table(
                f"Inside the plugin, median of {len(inside)} sessions",
                ("step", "milliseconds"),
                [(name, f"{value * 1000:.2f}") for name, value in steps.items()],
            ),
        ],
        notes=[
            f"Met if zero is within the 95 % and these end below {LIMIT:.0%} of the CPU time; refuted if they begin "
            "above zero; else undecided. By instructions (valgrind) the cost is seen: pytest itself reads the list of "
            "the files of every plugin that is installed, and this one has many.",
            f"Only with the plugin a session imports {', '.join(f'`{name}`' for name in sorted(added))}. "
            f"Of {', '.join(HEAVY)} it imports {', '.join(heavy) or 'none'}.",
            versions_line(found),
        ],
        data={
            "versions": found,
            "seconds_cpu": {how: {name: asdict(one) for name, one in both.items()} for how, both in costs.items()},
            "instructions": dict(counted),
            "seconds_inside": steps,
            "modules_added": sorted(added),
            "heavy_modules": heavy,
            "samples": {"written": raw(plain), "PYTHONDONTWRITEBYTECODE=1": raw(uncached)},
        },
    )


def decided(one: Spread, base: float) -> bool | None:
    """Whether there is no measurable cost; None where the noise is larger than what would matter."""
    if one.sure_low > 0:
        return False
    return True if one.sure_high < LIMIT * base else None


def compared(samples: Mapping[str, Sequence[Sample]]) -> dict[str, Spread]:
    """CPU seconds that the plugin adds, and those by which twins differ."""
    cpu = {name: [sample.cpu for sample in found] for name, found in samples.items()}
    return {
        "plugin": spread(differences(cpu[WITH], cpu[WITHOUT])),
        "noise": spread(differences(cpu[AGAIN], cpu[WITHOUT])),
    }


def sure(one: Spread) -> str:
    return f"{milliseconds(one.sure_low)} to {milliseconds(one.sure_high)}"


def whole(one: Spread) -> str:
    return f"{milliseconds(one.low)} to {milliseconds(one.high)}"


def raw(samples: Mapping[str, Sequence[Sample]]) -> dict[str, Any]:
    """Every sample as plain data."""
    return {name: [asdict(sample) for sample in found] for name, found in samples.items()}
