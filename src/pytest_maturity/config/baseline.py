"""Reads and writes `maturity-baseline/<component>.json`: the numbers of a component that may not get worse.

The file is sorted and has neither times nor lines of the code, so that it changes only where a number does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from ..model.baseline import Baseline, BaselineNumber, Baselines, Lowering
from ..model.errors import ConfigError, collect_problems
from ..model.names import file_name, identity
from ..model.text import safe
from ..tools import git
from . import schema
from .files import PolicyFiles, WorkingTreeFiles, read_text
from .git_ref import GitRefFiles, read_more

DIRECTORY = "maturity-baseline"
SCHEMA = 1


def baseline_path(root: Path, component: str) -> Path:
    """Returns the path of a component's baseline: the same for each spelling of its name."""
    return root / DIRECTORY / f"{file_name(identity(component))}.json"


def read_baselines(root: Path, components: Iterable[str], ref_files: GitRefFiles | None) -> dict[str, Baselines]:
    """Returns the baselines that count for each component: those of the working tree, or of a git ref.

    Raises ConfigError with every file that is not valid.
    """
    names = list(components)
    problems: list[str] = []
    tree = collect_problems(problems, lambda: read_all(root, names, WorkingTreeFiles(root))) or {}
    if ref_files is None:
        found = {name: Baselines(committed=one) for name, one in tree.items()}
    else:
        paths = [baseline_path(root, name) for name in names]
        more = collect_problems(problems, lambda: read_more(ref_files, paths))
        of_ref = collect_problems(problems, lambda: read_all(root, names, more)) if more else None
        found = {
            name: Baselines(committed=(of_ref or {}).get(name), proposed=tree.get(name), is_of_ref=True)
            for name in names
        }
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return found


def list_baselines_of_ref(ref_files: GitRefFiles) -> dict[str, str]:
    """Returns the files in the ref, as git names them, by the identity of the component. Raises ConfigError."""
    prefix = f"{ref_files.prefix}{DIRECTORY}/"
    try:
        paths = [Path(path) for path, _ in git.list_files(ref_files.root, ref_files.commit, prefix)]
    except git.GitError as error:
        raise ConfigError(f"{safe(ref_files.ref, 200)}:{prefix} cannot be read: {error}") from error
    return {path.stem: f"{ref_files.ref}:{path.as_posix()}" for path in paths if path.suffix == ".json"}


def read_all(root: Path, names: Iterable[str], files: PolicyFiles) -> dict[str, Baseline]:
    """Returns the baselines of those components that have a file. Raises ConfigError with every invalid one."""
    problems: list[str] = []
    found: dict[str, Baseline] = {}
    for name in names:
        path = baseline_path(root, name)
        if files.has_file(path):
            baseline = collect_problems(problems, partial(read_baseline, path, name, files))
            found |= {name: baseline} if baseline is not None else {}
    if problems:
        raise ConfigError(problems)
    return found


def read_baseline(path: Path, component: str, files: PolicyFiles) -> Baseline:
    """Returns the baseline of a component. Raises ConfigError for a file that is invalid or of another component."""
    where = files.format_name(path)
    text = read_text(path, files)
    try:
        document = json.loads(
            text, parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=refuse_duplicates
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{where}: is not a valid baseline: {safe(str(error), 200)}") from error
    problems = schema.find_problems(document, schema.load_schema("baseline"), where)
    if not problems and identity(document["component"]) != identity(component):
        problems = [f"{where}: is the baseline of {safe(document['component'], 60)!r}, not of {safe(component, 60)!r}"]
    if problems:
        raise ConfigError(problems)
    numbers = {name: read_number(entry) for name, entry in document["gates"].items()}
    return Baseline(component=component, source=where, numbers=numbers)


def read_number(entry: Mapping[str, Any]) -> BaselineNumber:
    """Returns one number of a baseline."""
    lowered = tuple(
        Lowering(old=Fraction(one["from"]), new=Fraction(one["to"]), reason=one["reason"])
        for one in entry.get("lowered", ())
    )
    return BaselineNumber(value=Fraction(entry["value"]), tools=dict(entry["tools"]), lowered=lowered)


def refuse_constant(constant: str) -> None:
    """Raises ValueError for NaN and the infinities, which Python's parser would accept."""
    raise ValueError(f"{constant} is not a number in JSON")


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns a JSON object. Raises ValueError where a key comes twice, as after a merge by hand."""
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return table


def format_baseline(baseline: Baseline) -> str:
    """Returns the text of a baseline's file."""
    document = {
        "schema": SCHEMA,
        "component": baseline.component,
        "gates": {name: number_data(number) for name, number in baseline.numbers.items()},
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def number_data(number: BaselineNumber) -> dict[str, Any]:
    """Returns one number of a baseline as plain data."""
    lowered = [{"from": to_json(one.old), "to": to_json(one.new), "reason": one.reason} for one in number.lowered]
    data: dict[str, Any] = {"value": to_json(number.value), "tools": dict(number.tools)}
    return {**data, "lowered": lowered} if lowered else data


def to_json(number: Fraction) -> int | float:
    """Returns a number as JSON has it: whole, or the float that is read back as the same decimal number."""
    return number.numerator if number.denominator == 1 else float(number)
