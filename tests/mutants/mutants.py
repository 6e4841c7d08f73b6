"""Changes the core in small ways, one change at a time, and counts the changes that its unit tests notice.

Start it with `python tests/mutants/mutants.py [FOLDER ...]`. A changed module is a *mutant*; a test that fails kills
it. The mutants of a folder of src/pytest_maturity are tested with the unit tests of the same folder. mutmut makes the
mutants of functions, `definitions.py` those of constants and defaults.

Exit codes: 0: in every folder at least 95 % of the mutants were killed; 1: fewer in some folder; 2: the mutants could
not be run.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a script

from tests.mutants.definitions import Variant, find_variants

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build" / "mutants"
PACKAGE = Path("src", "pytest_maturity")
FOLDERS = ("model", "config", "evidence")
LEAST = 95  # percent of a folder's mutants that must be killed
LIMIT = 60.0  # seconds for the tests of one mutant of a definition
CORES = os.cpu_count() or 1
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider")
KNOWN_STATUSES = frozenset({"killed", "survived", "timeout", "no tests", "suspicious", "segfault"})
# Read by pytest and mutmut in a copy of the project. Unit tests need none of the project's plugins.
SETTINGS = """\
[tool.pytest.ini_options]
filterwarnings = ["error"]
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["{package}/{folder}/*"]
also_copy = ["conftest.py"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["tests/unit/{folder}"]
"""


class BrokenError(Exception):
    """The mutants could not be run; the message gives the reason."""


@dataclass(frozen=True)
class Mutant:
    """A change of a module, and its status: `killed`, or the reason why no test failed."""

    folder: str
    module: str
    place: str
    change: str
    status: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the mutants and prints the survivors and a table. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", choices=[*FOLDERS, []], metavar="FOLDER", help=f"of {', '.join(FOLDERS)}")
    folders = tuple(dict.fromkeys(parser.parse_args(arguments).folders)) or FOLDERS
    start = time.monotonic()
    found: list[Mutant] = []
    try:
        for folder in folders:
            found += run_definitions(folder)
            found += run_functions(folder)
    except BrokenError as error:
        print(f"cannot run the mutants: {error}", file=sys.stderr)
        return 2
    for mutant in found:
        if mutant.status != "killed":
            print(f"{mutant.status}: {mutant.place}\n{mutant.change}\n")
    print(f"{table(found)}\n\n{time.monotonic() - start:.0f} seconds")
    return int(any(killed_percent(found, folder) < LEAST for folder in folders))


def make_copy(folder: str, name: str) -> Path:
    """Returns a copy of everything that the tests of a folder need, so that no mutant is ever in the work tree."""
    copy = WORK / f"{folder}-{name}"
    shutil.rmtree(copy, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    for tree in ("src", "tests"):
        shutil.copytree(REPOSITORY / tree, copy / tree, ignore=unwanted)
    shutil.copy2(REPOSITORY / "conftest.py", copy)
    settings = SETTINGS.format(package=PACKAGE.as_posix(), folder=folder)
    (copy / "pyproject.toml").write_text(settings, encoding="utf-8")
    return copy


def modules_of(copy: Path, folder: str) -> list[Path]:
    """Returns the modules of a folder and of the folders in it, from the root of the copy."""
    return sorted(path.relative_to(copy) for path in (copy / PACKAGE / folder).rglob("*.py"))


def run_definitions(folder: str) -> list[Mutant]:
    """Runs the mutants of constants and defaults; each is a file, tested in a process of its own."""
    copies = [make_copy(folder, f"definitions-{number}") for number in range(CORES)]
    modules = modules_of(copies[0], folder)
    check_tests(copies[0], folder, modules[-1])
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def run(job: tuple[Path, Variant]) -> Mutant:
        module, variant = job
        copy = free.get()
        original = (copy / module).read_text(encoding="utf-8")
        try:
            (copy / module).write_text(variant.source, encoding="utf-8")
            status = run_tests(copy, folder, module)
        finally:
            (copy / module).write_text(original, encoding="utf-8")
            free.put(copy)
        place = f"{module.relative_to(PACKAGE)}:{variant.line}"
        print(f"{place}: {variant.change}: {status}", flush=True)
        return Mutant(folder, module_name(module), place, f"  {variant.change}", status)

    jobs = [
        (module, variant)
        for module in modules
        for variant in find_variants((copies[0] / module).read_text(encoding="utf-8"))
    ]
    with ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(run, jobs))


def check_tests(copy: Path, folder: str, module: Path) -> None:
    """Raises BrokenError unless the tests pass without a mutant and fail if the copy's module cannot be imported."""
    if (status := run_tests(copy, folder, module)) != "survived":
        raise BrokenError(f"the tests of {folder} fail without a mutant ({status})")
    source = (copy / module).read_text(encoding="utf-8")
    (copy / module).write_text(source + "\nraise RuntimeError('a mutant')\n", encoding="utf-8")
    if run_tests(copy, folder, module) == "survived":
        raise BrokenError(f"the tests of {folder} import another copy of {module}")
    (copy / module).write_text(source, encoding="utf-8")


def run_tests(copy: Path, folder: str, module: Path) -> str:
    """Returns the status of the copy's mutant. The module's own tests run first: they notice most of its mutants."""
    inner = module.relative_to(PACKAGE)
    own = Path("tests/unit", inner.parent, f"test_{inner.name}")
    tests = [*([str(own)] if (copy / own).exists() else []), f"tests/unit/{folder}"]
    command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    try:
        run = subprocess.run(
            command, cwd=copy, env=environment(copy), capture_output=True, timeout=LIMIT, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "timeout"
    return "killed" if run.returncode else "survived"


def environment(copy: Path) -> dict[str, str]:
    """The variables of a run in a copy: no plugins, and no byte code.

    Python would take the byte code of one mutant for that of another with the same length and time.
    """
    without = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {
        **without,
        "PYTHONPATH": str(copy / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def run_functions(folder: str) -> Iterator[Mutant]:
    """Runs the mutants that mutmut makes of a folder's functions and properties."""
    copy = make_copy(folder, "functions")
    for module in modules_of(copy, folder):
        source = (copy / module).read_text(encoding="utf-8")
        (copy / module).write_text(without_decorators(source), encoding="utf-8")
    if mutmut(copy, "run", "--max-children", str(CORES), show=True)[0]:
        raise BrokenError("mutmut run failed")
    results = mutmut(copy, "results", "--all", "true")[1]
    for key, status in re.findall(r"^ +(\S+): (.+)$", results, re.MULTILINE):
        if status not in KNOWN_STATUSES:
            raise BrokenError(f"{key} has the unknown status {status}")
        name = ".".join(key.split(".")[1:-1])
        yield Mutant(folder, name, key, "" if status == "killed" else change_of(copy, key), status)


def module_name(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE).with_suffix("").parts)


def without_decorators(source: str) -> str:
    """Returns the module with `name = property(name)` instead of `@property`, and the same for other plain decorators.

    mutmut does not change decorated functions, except static and class methods.
    """
    lines = source.splitlines()
    for node in sorted(ast.walk(ast.parse(source)), key=lambda one: -getattr(one, "lineno", 0)):
        if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1:
            decorator = node.decorator_list[0]
            if isinstance(decorator, ast.Name) and decorator.id not in ("classmethod", "staticmethod"):
                assert node.end_lineno is not None
                lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {decorator.id}({node.name})")
                del lines[decorator.lineno - 1]
    return "\n".join(lines) + "\n"


def mutmut(copy: Path, *arguments: str, show: bool = False) -> tuple[int, str]:
    """Runs mutmut in a copy. Returns its exit code and its output; the output is empty where it is shown instead."""
    if find_spec("mutmut") is None:
        raise BrokenError("mutmut is not installed: `make mutants` installs it")
    command = [sys.executable, "-m", "mutmut", *arguments]
    variables = environment(copy)
    del variables["PYTHONPATH"]  # mutmut tests a copy of its own
    run = subprocess.run(
        command, cwd=copy, env=variables, stdout=None if show else subprocess.PIPE, text=True, check=False
    )  # fmt: skip
    return run.returncode, run.stdout or ""


def change_of(copy: Path, key: str) -> str:
    """Returns the changed lines of a function's mutant."""
    lines = mutmut(copy, "show", key)[1].splitlines()
    return "\n".join(f"  {line}" for line in lines if re.match(r"[-+](?![-+]{2} )", line))


def killed_percent(found: Sequence[Mutant], folder: str) -> float:
    """Returns the percentage of a folder's mutants that were killed; a time-out is not a kill."""
    statuses = [mutant.status for mutant in found if mutant.folder == folder]
    return 100 * statuses.count("killed") / len(statuses) if statuses else 0.0


def table(found: Sequence[Mutant]) -> str:
    """Returns a Markdown table with a row for each module and each folder. The percentage is rounded down."""
    lines = ["| | mutants | killed | survived | timeouts | killed, % |", "| --- | --- | --- | --- | --- | --- |"]
    for folder in dict.fromkeys(mutant.folder for mutant in found):
        for module in sorted({mutant.module for mutant in found if mutant.folder == folder}):
            lines.append(row(f"`{module}`", [mutant.status for mutant in found if mutant.module == module]))
        lines.append(row(f"**{folder}**", [mutant.status for mutant in found if mutant.folder == folder]))
    return "\n".join(lines)


def row(name: str, statuses: Sequence[str]) -> str:
    count = Counter(statuses)
    killed, late = count["killed"], count["timeout"]
    survived = len(statuses) - killed - late
    return f"| {name} | {len(statuses)} | {killed} | {survived} | {late} | {killed * 1000 // len(statuses) / 10} |"


if __name__ == "__main__":
    sys.exit(main())
