"""Changes the core in small ways, one at a time, and counts how many changes its unit tests notice.

    python tests/mutants/mutants.py [MODULE ...]

mutmut changes what runs in functions, `definitions.py` what is evaluated at import. Exit code 0:
of every module at least 90 % of the mutants were killed; 1: of some module less; 2: it could not be told.
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
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # it is run as a script

from tests.mutants.definitions import variants

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build" / "mutants"
MODULES = ("model", "assess", "ledger", "config")
PACKAGE = Path("src", "pytest_maturity")
LEAST = 90  # percent of a module's mutants, of functions and of definitions together
LIMIT = 60.0  # seconds for the tests of one definition's mutant
OPTIONS = ("-x", "-q", "-p", "no:sugar", "-p", "no:cacheprovider")
DONE = frozenset({"killed", "survived", "timeout", "no tests", "suspicious", "segfault"})


class BrokenError(Exception):
    """The mutants could not be run; the message says why."""


@dataclass(frozen=True)
class Mutant:
    """One change and what the tests made of it: `killed`, `timeout`, or that nobody noticed."""

    module: str
    where: str
    change: str
    status: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants and print what became of them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], metavar="MODULE", help=f"of {', '.join(MODULES)}")
    chosen = tuple(dict.fromkeys(parser.parse_args(arguments).modules)) or MODULES
    begun = time.monotonic()
    try:
        lay()
        found = [one for module in chosen for one in of_definitions(module)]
        found += of_functions(chosen)
    except BrokenError as error:
        print(f"cannot tell: {error}")
        return 2
    for one in found:
        if one.status != "killed":
            print(f"{one.status}: {one.where}\n{one.change}\n")
    print(f"{table(chosen, found)}\n\n{time.monotonic() - begun:.0f} seconds")
    return int(any(share(module, found) < LEAST for module in chosen))


def lay() -> None:
    """A copy of everything that the tests need, so that no mutant ever stands in the work tree."""
    shutil.rmtree(WORK, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("src", "tests"):
        shutil.copytree(REPOSITORY / name, WORK / name, ignore=unwanted)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy2(REPOSITORY / name, WORK / name)


def of_definitions(module: str) -> Iterator[Mutant]:
    """The mutants of a module's constants and defaults, each tested in a process of its own."""
    path = WORK / PACKAGE / f"{module}.py"
    source = path.read_text(encoding="utf-8")
    if (before := tested(module)) != "survived":
        raise BrokenError(f"the tests of {module} fail without any mutant ({before})")
    path.write_text(source + "\nraise RuntimeError('a mutant')\n", encoding="utf-8")
    if tested(module) == "survived":
        raise BrokenError(f"the tests of {module} test another copy of it")
    try:
        for one in variants(source):
            path.write_text(one.source, encoding="utf-8")
            status = tested(module)
            print(f"{module}.py:{one.line}: {one.change}: {status}", flush=True)
            yield Mutant(module, f"{module}.py:{one.line}", f"  {one.change}", status)
    finally:
        path.write_text(source, encoding="utf-8")


def tested(module: str) -> str:
    """What the tests of a module make of the copy as it is."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"tests/unit/test_{module}.py"]
    # Without byte code: two mutants of one second and one length would be taken for each other.
    environment = {**os.environ, "PYTHONPATH": str(WORK / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(command, cwd=WORK, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return "timeout"
    return "killed" if run.returncode else "survived"


def of_functions(modules: Sequence[str]) -> Iterator[Mutant]:
    """The mutants that mutmut makes of the modules' functions and properties."""
    for module in modules:
        path = WORK / PACKAGE / f"{module}.py"
        path.write_text(without_decorators(path.read_text(encoding="utf-8")), encoding="utf-8")
    some = [f"pytest_maturity.{module}.*" for module in modules] if len(modules) < len(MODULES) else []
    if mutmut("run", "--max-children", "1", *some, show=True)[0]:
        raise BrokenError("mutmut run failed")
    for key, status in re.findall(r"^ +(\S+): (.+)$", mutmut("results", "--all", "true")[1], re.MULTILINE):
        module = key.split(".")[1]
        if module in modules:
            if status not in DONE:
                raise BrokenError(f"{key} was left out: {status}")
            yield Mutant(module, key, "" if status == "killed" else change_of(key), status)


def without_decorators(source: str) -> str:
    """The same module with `name = property(name)` for `@property`: mutmut leaves decorated functions alone."""
    lines = source.splitlines()
    for node in sorted(ast.walk(ast.parse(source)), key=lambda one: -getattr(one, "lineno", 0)):
        if isinstance(node, ast.FunctionDef) and [ast.unparse(one) for one in node.decorator_list] == ["property"]:
            assert node.end_lineno is not None
            lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = property({node.name})")
            del lines[node.decorator_list[0].lineno - 1]
    return "\n".join(lines) + "\n"


def mutmut(*arguments: str, show: bool = False) -> tuple[int, str]:
    """The exit code of mutmut in the copy, and what it printed, unless that is shown."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    try:
        run = subprocess.run(command, cwd=WORK, stdout=None if show else subprocess.PIPE, text=True, check=False)
    except FileNotFoundError:
        raise BrokenError(f"{command[0]} is missing: make mutants installs it") from None
    return run.returncode, run.stdout or ""


def change_of(key: str) -> str:
    """What a mutant of a function changed, as the lines of its diff."""
    lines = mutmut("show", key)[1].splitlines()
    return "\n".join(f"  {line}" for line in lines if re.match(r"[-+](?![-+]{2} )", line))


def share(module: str, found: Sequence[Mutant]) -> float:
    """The percentage of a module's mutants that were killed; a time-out is no kill."""
    own = [one.status for one in found if one.module == module]
    return 100 * own.count("killed") / len(own) if own else 0.0


def table(modules: Sequence[str], found: Sequence[Mutant]) -> str:
    """A line for each module."""
    lines = ["| module | mutants | killed | survived | timeouts | killed, % |", "| --- | --- | --- | --- | --- | --- |"]
    for module in modules:
        count = Counter(one.status for one in found if one.module == module)
        mutants, killed, late = count.total(), count["killed"], count["timeout"]
        percent = int(10 * share(module, found)) / 10  # toward failure
        lines.append(f"| `{module}` | {mutants} | {killed} | {mutants - killed - late} | {late} | {percent} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
