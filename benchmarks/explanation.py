"""`--maturity-explain` of every component of a large Django project, compared with pytest's collection of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import packages
from environments import create, environment, install, install_plugin, versions
from measure import Sample, Side, interleave, ratio
from packages import Case
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu

LIMIT = 0.50
GOAL = "CPU: `--maturity-component all --maturity-explain` takes at most 0.50 of `pytest --collect-only` of the tree."
COLLECT, EXPLAIN = "pytest --collect-only", "all --maturity-explain"
PACKAGE = "wagtail"
SETTINGS = "[pytest]\npython_files = test*.py\nDJANGO_SETTINGS_MODULE = wagtail.test.settings\n"


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures both sides. Some test files cannot be imported without further packages: pytest then exits with 2."""
    (package,) = packages.packages_of([Case(PACKAGE, "", (), ())]).values()
    tree = packages.unpack_sdist(package, work)
    (tree / "pytest.ini").write_text(SETTINGS)
    python = create(work / "venvs" / PACKAGE, package.pin, *package.requirements, str(wheel))
    install_plugin(python, wheel)
    install(python, "--no-deps", "-e", str(tree))
    arguments = {COLLECT: ("--collect-only", "-q"), EXPLAIN: ("--maturity-component=all", "--maturity-explain")}
    sides = [
        Side(name=name, argv=(str(python), "-m", "pytest", *given), cwd=tree, env=environment(python), codes=(0, 1, 2))
        for name, given in arguments.items()
    ]
    return make_result(interleave(sides, max(3, rounds // 2)), versions(python, ("pytest", "Django", PACKAGE)))


def make_result(samples: Mapping[str, Sequence[Sample]], found: Mapping[str, str]) -> Result:
    """Returns the ratio of the CPU times."""
    compared = ratio(samples[EXPLAIN], samples[COLLECT], "cpu")
    return Result(
        key=f"explanation-{python_version()}",
        title=f"The explanation of a large project, Python {python_version()}",
        goal=GOAL,
        met=compared.median <= LIMIT,
        result=f"{PACKAGE} {median_range(compared)}",
        tables=[
            Table(
                f"Median seconds of {compared.rounds} rounds, wall (CPU)",
                ("command", PACKAGE),
                [(name, wall_and_cpu(one)) for name, one in samples.items()],
            )
        ],
        notes=[versions_line(found)],
        data={"samples": samples_data(samples)},
    )
