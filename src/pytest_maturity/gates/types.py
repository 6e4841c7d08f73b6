"""The types gate: how many errors the project's type checker reports in the component's files."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.text import did_you_mean
from ..tools.findings import (
    Said,
    UnclearError,
    advice,
    heard,
    nothing_seen,
    own_files,
    own_measurement,
    passed_paths,
    python_files,
    text_of,
)
from ..tools.processes import find_program
from ..tools.type_checkers import CHECKERS, ROWS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KEY = "types"


def commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """One run of the checker for all components, with this interpreter's packages in its sight."""
    checker = CHECKERS.get(chosen(context))
    if checker is None:
        return {}
    return {
        KEY: Command(
            argv=(
                find_program(checker.name),
                *checker.options,
                checker.interpreter,
                sys.executable,
                *passed_paths(components, context),
            ),
            install=checker.install,
            documented=checker.documented,
            timeout=float(context.option("types", "timeout", 600)),
        )
    }


def chosen(context: Context) -> str:
    """The checker's name: as asked for, else the first that the project configures, else mypy."""
    asked = context.option("types", "tool")
    return asked if asked is not None else configured(context.root)


def configured(root: Path) -> str:
    """The first checker with a configuration file or table in `root`; mypy where there is none."""
    tables = tool_tables(root)
    for checker in ROWS:
        if checker.name in tables or any((root / file).is_file() for file in checker.files):
            return checker.name
        if checker.name == "mypy" and re.search(r"^\[mypy\]", text_of(root / "setup.cfg"), re.MULTILINE):
            return checker.name
    return "mypy"


def tool_tables(root: Path) -> Mapping[str, Any]:
    """`[tool]` of pyproject.toml; empty where the file is missing or broken."""
    try:
        tables = tomllib.loads(text_of(root / "pyproject.toml")).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}
    return tables if isinstance(tables, dict) else {}


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of errors; None without proof that the checker analysed the component."""
    result = evidence.tools.get(KEY)
    name = Path(result.argv[0]).stem if result else chosen(context)
    checker = CHECKERS.get(name)
    if checker is None:
        return Measurement(None, f"there is no type checker {name!r}{did_you_mean(name, CHECKERS)}")
    try:
        said = checker.parse(heard(evidence, KEY, name))
        measurement = own_measurement(said, evidence, context)
        if said.seen is None and not measurement.findings:
            demand_enough(said, evidence, context)
    except UnclearError as unclear:
        return Measurement(None, str(unclear))
    return measurement


def demand_enough(said: Said, evidence: Evidence, context: Context) -> None:
    """Raise UnclearError unless a checker that only counts its files must have seen one of the component's.

    It must if it left out fewer files of all those it was given than the component has.
    """
    paths = evidence.tools[KEY].argv[len(CHECKERS[said.tool].options) + 3 :]
    given = set(python_files(context.root, paths))
    own = own_files(evidence, context)
    if said.count == 0:
        raise UnclearError(nothing_seen(said.tool, len(own)))
    if len(given) - said.count >= len(own):
        words = f"{said.tool} analysed {said.count} of {len(given)} files and does not say which"
        raise UnclearError(f"{words}: judge the component alone")


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which errors to fix first, and how to see them all."""
    result = evidence.tools.get(KEY)
    checker = CHECKERS.get(Path(result.argv[0]).stem if result else "")
    run = checker.run if checker else ""
    return advice(evidence, measurement, requirement, key=KEY, what="type error", run=run)


GATE = Gate("types", measure, better="lower", commands=commands, remedy=remedy)
