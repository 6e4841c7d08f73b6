"""A change to one component out of 200, judged as `affected`, compared with the gate of that component."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from environments import create, environment, install_plugin, versions, write
from measure import Sample, Side, interleave, ratio, run_once
from page import Result, Table, median_range, python_version, samples_data, versions_line, wall_and_cpu

LIMIT = 1.30
GOAL = (
    "In a repository of 200 components, a change to one that no other imports costs at most 1.30 of the CPU time of "
    "that component's own gate, with the default requirements."
)
COMPONENTS, FILES, TESTS = 200, 3, 20  # components; test files of a component; tests in a file, functions in a module
AFFECTED, OWN, REPEATED = "affected", "the component's own gate", "the same gate, a second time"
CHANGED = f"part_{COMPONENTS - 1:03}"
FUNCTION = "def f_{number}(x: int) -> int:\n    if x > {number}:\n        return x - {number}\n    return x\n"
TEST = (
    "def test_{number}() -> None:\n    assert core.f_{number}(0) == api.f_{number}(0)\n    assert data.f_{number}(9)\n"
)


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures the run that finds the one affected component, and the run to which its name is given."""
    python = create(work / "venvs" / "affected", f"{wheel}[all]")
    install_plugin(python, wheel)
    tree = write_repository(work / "projects" / "affected")
    pytest = (str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--maturity-component")

    def side(name: str, component: str) -> Side:
        return Side(name=name, argv=(*pytest, component), cwd=tree, env=environment(python))

    sides = [side(AFFECTED, "affected"), side(OWN, CHANGED), side(REPEATED, CHANGED)]
    run_once(sides[0])  # not counted: fills the caches of the tools
    samples = interleave(sides, rounds, quiet=True)
    return make_result(samples, versions(python, ("pytest", "coverage", "ruff", "mypy", "bandit")))


def write_repository(root: Path) -> Path:
    """Writes a repository whose branch `topic` changed one component since `main`; each third imports another one."""
    body = "\n\n".join(FUNCTION.format(number=number) for number in range(TESTS))
    tests = "\n\n".join(TEST.format(number=number) for number in range(TESTS))
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
        ".gitignore": "__pycache__/\n.*_cache/\n.maturity/\n",
        "src/shop/__init__.py": "",
    }
    for number in range(COMPONENTS):
        name, other = f"part_{number:03}", f"part_{number // 3:03}"
        uses = f"from shop.{other} import core\n\nUSED = core.f_1(2)\n\n\n" if number else ""
        files |= {f"src/shop/{name}/__init__.py": "", f"src/shop/{name}/api.py": uses + body}
        files |= {f"src/shop/{name}/{module}.py": body for module in ("core", "data")}
        files |= {
            f"tests/{name}/test_{name}_{count}.py": f"from shop.{name} import api, core, data\n\n\n{tests}"
            for count in range(FILES)
        }
    write(root, files)
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "base"), ("switch", "-qc", "topic")):
        run_git(root, *command)
    with (root / f"src/shop/{CHANGED}/data.py").open("a") as file:
        file.write("\n\nCHANGED = True\n")
    run_git(root, "commit", "-qam", "change")
    return root


def run_git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def make_result(samples: Mapping[str, Sequence[Sample]], found: Mapping[str, str]) -> Result:
    """Returns the ratio of the CPU times, beside that of the component's gate to itself."""
    cpu, noise = (ratio(samples[one], samples[OWN], "cpu") for one in (AFFECTED, REPEATED))
    return Result(
        key=f"affected-{python_version()}",
        title=f"One affected component out of {COMPONENTS}, Python {python_version()}",
        goal=GOAL,
        met=cpu.median <= LIMIT,
        result=f"{median_range(cpu)} (goal {LIMIT:.2f})",
        tables=[
            Table(
                "Median seconds, wall (CPU)",
                ("run", "seconds", "CPU, ratio"),
                [
                    (AFFECTED, wall_and_cpu(samples[AFFECTED]), median_range(cpu)),
                    (OWN, wall_and_cpu(samples[OWN]), "1"),
                    (REPEATED, wall_and_cpu(samples[REPEATED]), median_range(noise)),
                ],
            )
        ],
        notes=[versions_line(found)],
        data={"versions": dict(found), "samples": samples_data(samples)},
    )
