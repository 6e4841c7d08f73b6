"""Coverage of a component with a suite of a second or two: there, what each run costs counts most.

Five real packages, and two generated suites: 400 small tests, which show what a run costs beyond pytest with coverage,
and 5,000 subtests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import packages
from environments import create, environment, install, install_plugin, versions, write
from measure import Sample, Side, differences, interleave, ratio, spread
from packages import Case
from page import Result, Table, median_range, milliseconds, python_version, samples_data, versions_line, wall_and_cpu

LIMIT, FIXED_LIMIT = 1.00, 0.10
GOAL = (
    "CPU: a component with coverage takes at most 1.00 of pytest-cov with the same sources and its default report, "
    "also with 5,000 subtests; with 400 small tests, at most 0.10 s more than pytest-cov without a report."
)
BARE, WITHOUT_REPORT, COV, GATE = "pytest", "pytest-cov, no report", "pytest-cov", "gate, coverage only"
CASES = (
    Case("h11", "h11", ("h11",), ("h11/tests",)),
    Case("cachetools", "cachetools", ("src/cachetools",), ("tests",)),
    Case("sqlparse", "sqlparse", ("sqlparse",), ("tests",)),
    Case("tomlkit", "tomlkit", ("tomlkit",), ("tests",)),
    Case("marshmallow", "marshmallow", ("src/marshmallow",), ("tests",)),
)
SMALL, SUBTESTS = "400 small tests", "5,000 subtests"
CART = Case("", "cart", ("src/cart",), ("tests",))
MODULES, FUNCTIONS = 10, 40  # of the generated suites


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures all suites, in one environment."""
    known = packages.packages_of(list(CASES))
    trees = {name: packages.unpack_sdist(package, work) for name, package in known.items()}
    requirements = dict.fromkeys(one for package in known.values() for one in package.requirements)
    python = create(work / "venvs" / "small-suites", "pytest-cov", *requirements, str(wheel))
    install_plugin(python, wheel)
    for tree in trees.values():
        install(python, "--no-deps", "-e", str(tree))
    suites = {case.component: (case, trees[case.package]) for case in CASES}
    for name, tests in ((SMALL, write_small_tests()), (SUBTESTS, write_subtests())):
        suites[name] = (CART, write(work / "projects" / name.replace(" ", "-"), {**write_modules(), **tests}))
    samples = {}
    for name, (case, tree) in suites.items():
        out = write(work / "out" / f"small-suites-{name}", packages.policies(case))
        samples[name] = interleave(list(sides(case, python, tree, out)), rounds)
    return make_result(samples, versions(python, ("pytest", "coverage", "pytest-cov")))


def write_modules() -> dict[str, str]:
    """Returns a package of ten modules of 160 lines."""
    body = "".join(
        f"def f{number}(a, b):\n    if a > b:\n        return a - b\n    return a + b\n\n\n"
        for number in range(FUNCTIONS)
    )
    modules = {f"src/cart/m{number}.py": body for number in range(MODULES)}
    return {
        "src/cart/__init__.py": "",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
        **modules,
    }


def write_small_tests() -> dict[str, str]:
    """Returns ten files of forty tests."""
    return {
        f"tests/test_cart_m{module}.py": f"from cart import m{module}\n"
        + "".join(f"\n\ndef test_f{one}():\n    assert m{module}.f{one}(1, 2) == 3\n" for one in range(FUNCTIONS))
        for module in range(MODULES)
    }


def write_subtests() -> dict[str, str]:
    """Returns a file of fifty tests with a hundred subtests each."""
    return {
        "tests/test_cart.py": "import pytest\nfrom cart import m0\n\n\n"
        '@pytest.mark.parametrize("number", range(50))\ndef test_it(subtests, number):\n    for one in range(100):\n'
        "        with subtests.test(one=one):\n            assert m0.f0(1, 2) == 3\n"
    }


def sides(case: Case, python: Path, tree: Path, out: Path) -> Iterator[Side]:
    """Yields the compared commands."""
    cov = ("-p", "no:maturity", *(f"--cov={source}" for source in case.sources))
    files = (f"--maturity-config={out / 'coverage.toml'}", f"--maturity-report={out / 'report.json'}")
    found = {
        BARE: ("-p", "no:maturity", "-p", "no:pytest_cov", *case.tests),
        WITHOUT_REPORT: (*cov, "--cov-report=", *case.tests),
        COV: (*cov, *case.tests),
        GATE: ("-p", "no:pytest_cov", "--maturity-component", case.component, *files),
    }
    for name, arguments in found.items():
        argv = (str(python), "-m", "pytest", *arguments)
        yield Side(name=name, argv=argv, cwd=tree, env=environment(python), codes=(0, 1, 3))


def make_result(samples: Mapping[str, Mapping[str, Sequence[Sample]]], found: Mapping[str, str]) -> Result:
    """Returns the ratios; the goal must be met by each suite but the one that the cost of a run is measured with."""
    ratios = {name: ratio(one[GATE], one[COV], "cpu") for name, one in samples.items()}
    cpu = {side: [one.cpu for one in samples[SMALL][side]] for side in samples[SMALL]}
    fixed = spread(differences(cpu[GATE], cpu[WITHOUT_REPORT]))
    others = [name for name in samples if name != SMALL]
    return Result(
        key=f"small_suites-{python_version()}",
        title=f"Small suites, Python {python_version()}",
        goal=GOAL,
        met=all(ratios[name].median <= LIMIT for name in others) and fixed.median <= FIXED_LIMIT,
        result=f"{', '.join(f'{name} {ratios[name].median:.2f}' for name in others)}; beyond pytest-cov without a "
        f"report {milliseconds(fixed.median)} ({milliseconds(fixed.low)} to {milliseconds(fixed.high)})",
        tables=[
            Table(
                f"CPU, gate / pytest-cov with its default report, median (range) of {fixed.rounds} rounds",
                ("suite", "gate / pytest-cov", "gate / without a report", "gate / pytest"),
                [
                    (
                        name,
                        *(median_range(ratio(one[GATE], one[other], "cpu")) for other in (COV, WITHOUT_REPORT, BARE)),
                    )
                    for name, one in samples.items()
                ],
            ),
            Table(
                "Median seconds, wall (CPU)",
                ("side", *samples),
                [
                    (side, *(wall_and_cpu(one[side]) for one in samples.values()))
                    for side in (BARE, WITHOUT_REPORT, COV, GATE)
                ],
            ),
        ],
        notes=[versions_line(found)],
        data={"samples": {name: samples_data(one) for name, one in samples.items()}},
    )
