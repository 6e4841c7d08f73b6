"""The start of pytest with the plugin installed but not used, compared with pytest without the plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from environments import create, environment, freeze, install, install_plugin, versions, write
from environments import run as output
from measure import BrokenError, Sample, Side, Spread, count_instructions, differences, interleave, spread
from page import Result, Table, milliseconds, samples_data, versions_line

GOAL = "Installed but not used: no measurable start-up cost against pytest without the plugin."
HEAVY = ("coverage", "yaml", "sqlite3")
WITH, WITHOUT, REPEATED = "plugin installed", "without the plugin", "without, a second time"
PACKAGES = ("pytest", "pluggy", "coverage", "PyYAML")
FACTOR = 6  # more rounds than elsewhere: a session of one test is short
LIMIT = 0.05  # of the CPU time; with more noise than this, nothing can be called "not measurable"
MODULES = """
import contextlib, io, json, sys, pytest
with contextlib.redirect_stdout(io.StringIO()):
    code = pytest.main(["-q"])
print(json.dumps([int(code), sorted(sys.modules)]))
"""
# Entry points are loaded by importlib.import_module, which -X importtime does not measure.
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
def load_timed(entry):
    if entry.name != "maturity":
        return load(entry)
    module = timed("import of the entry point", load)(entry)
    for name, function in list(vars(module).items()):
        if name.startswith("pytest_"):
            setattr(module, name, timed(f"`{name}`", function))
    return module
importlib.metadata.EntryPoint.load = load_timed
with contextlib.redirect_stdout(io.StringIO()):
    pytest.main(["-q"])
print(json.dumps(spent))
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Compares environments with and without the plugin, and two without it."""
    pythons = create_pythons(work, wheel)
    root = write(
        work / "projects" / "startup",
        {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_one.py": "def test_one():\n    assert True\n"},
    )
    plain = measure(pythons, root, rounds * FACTOR, {})
    uncached = measure(pythons, root, rounds * FACTOR, {"PYTHONDONTWRITEBYTECODE": "1"})
    counted = {name: count_instructions(side) for name, side in sides(pythons, root, {}).items()}
    added = imported_modules(pythons[WITH], root) - imported_modules(pythons[WITHOUT], root)
    inside = [seconds_inside(pythons[WITH], root) for _ in range(rounds + 1)][1:]
    return make_result(plain, uncached, counted, added, inside, pythons[WITH])


def create_pythons(work: Path, wheel: Path) -> dict[str, Path]:
    """Returns three Pythons with the same packages; only one of them has the plugin."""
    pythons = {WITH: create(work / "venvs" / "with", str(wheel))}
    install_plugin(pythons[WITH], wheel)
    pins = freeze(pythons[WITH])
    for name, folder in ((WITHOUT, "without"), (REPEATED, "again")):
        pythons[name] = create(work / "venvs" / folder, *pins)
        if freeze(pythons[name]) != pins:
            install(pythons[name], *pins)
    return pythons


def measure(
    pythons: Mapping[str, Path], root: Path, rounds: int, variables: Mapping[str, str]
) -> Mapping[str, Sequence[Sample]]:
    """Returns the samples of a session with one test in each environment."""
    return interleave(list(sides(pythons, root, variables).values()), rounds)


def sides(pythons: Mapping[str, Path], root: Path, variables: Mapping[str, str]) -> dict[str, Side]:
    """Returns a session with one test for each environment."""
    return {
        name: Side(name=name, argv=[str(python), "-m", "pytest"], cwd=root, env={**environment(python), **variables})
        for name, python in pythons.items()
    }


def imported_modules(python: Path, root: Path) -> set[str]:
    """Returns the modules that have been imported at the end of a session."""
    code, names = json.loads(output(str(python), "-c", MODULES, cwd=root))
    if code:
        raise BrokenError(f"the session exited with {code}")
    return set(names)


def seconds_inside(python: Path, root: Path) -> dict[str, float]:
    """Returns the wall seconds that a session spends in the plugin's import and in each of its hooks."""
    spent: dict[str, float] = json.loads(output(str(python), "-c", INSIDE, cwd=root))
    return spent


def make_result(
    plain: Mapping[str, Sequence[Sample]],
    uncached: Mapping[str, Sequence[Sample]],
    counted: Mapping[str, int],
    added: set[str],
    inside: Sequence[Mapping[str, float]],
    python: Path,
) -> Result:
    """Returns the costs, and whether the plugin's cost can be distinguished from none."""
    heavy = sorted(name for name in added if name.partition(".")[0] in HEAVY)
    costs = {"written": compare(plain), "PYTHONDONTWRITEBYTECODE=1": compare(uncached)}
    main = costs["written"]["plugin"]
    steps = {name: median(one[name] for one in inside) for name in inside[0]}
    share, noise = ((counted[name] - counted[WITHOUT]) / counted[WITHOUT] for name in (WITH, REPEATED))
    base, found = median(sample.cpu for sample in plain[WITHOUT]), versions(python, PACKAGES)
    return Result(
        key="startup",
        title="Installed but not used",
        goal=GOAL,
        met=False if heavy else is_met(main, base),
        result=(
            f"{milliseconds(main.median)} of {milliseconds(base)} CPU ({main.median / base:+.1%}), with 95 % "
            f"confidence between {milliseconds(main.sure_low)} and {milliseconds(main.sure_high)}; "
            f"{share:+.2%} instructions (noise {noise:+.2%}); "
            f"measured inside, the plugin takes {milliseconds(sum(steps.values()))}"
        ),
        tables=[
            Table(
                f"Additional CPU time of a session with one test, {main.rounds} interleaved rounds",
                ("byte code", "compared", "median", "95 % confidence", "range"),
                [
                    (byte_code, name, milliseconds(one.median), confidence(one), value_range(one))
                    for byte_code, both in costs.items()
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
            f"The goal is met if the 95 % interval contains zero and ends below {LIMIT:.0%} of the CPU time, not met "
            "if it starts above zero, else undecided. The instructions (valgrind) show the cost: pytest reads the list "
            "of the files of every installed plugin, and this plugin has many files.",
            f"With the plugin, a session also imports {', '.join(f'`{name}`' for name in sorted(added))}. "
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
            "samples": {"written": samples_data(plain), "PYTHONDONTWRITEBYTECODE=1": samples_data(uncached)},
        },
    )


def is_met(one: Spread, base: float) -> bool | None:
    """Whether there is no measurable cost; None if the noise is larger than a cost that matters."""
    if one.sure_low > 0:
        return False
    return True if one.sure_high < LIMIT * base else None


def compare(samples: Mapping[str, Sequence[Sample]]) -> dict[str, Spread]:
    """Returns the CPU seconds that the plugin adds, and the difference between two environments without it (noise)."""
    cpu = {name: [sample.cpu for sample in found] for name, found in samples.items()}
    return {
        "plugin": spread(differences(cpu[WITH], cpu[WITHOUT])),
        "noise": spread(differences(cpu[REPEATED], cpu[WITHOUT])),
    }


def confidence(one: Spread) -> str:
    return f"{milliseconds(one.sure_low)} to {milliseconds(one.sure_high)}"


def value_range(one: Spread) -> str:
    return f"{milliseconds(one.low)} to {milliseconds(one.high)}"
