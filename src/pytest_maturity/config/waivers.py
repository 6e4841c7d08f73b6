"""Reads `maturity-waivers.yaml` or `.toml`: what may be excused, by whom, and until when.

A file that cannot be read is an error, as a configuration is. An entry that does not count is listed with the reason:
most of them expire one day, and no run may break by that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ..model.errors import ConfigError, collect_problems
from ..model.gates import Gate, Requirement
from ..model.light_dataclass import light_dataclass
from ..model.text import did_you_mean, safe
from ..model.waivers import ANY, LONGEST, RefusedWaiver, Waiver, Waivers, find_end, find_last_day, is_same_person
from . import schema
from .files import WAIVERS_NAMES, PolicyFiles, load_toml, read_yaml

KEY = "waivers"
FINDING_KEYS = ("rule", "path", "line", "message")
SHOWN = 60  # characters of a name in a message


@light_dataclass(frozen=True, slots=True, kw_only=True)
class WaiverEntry:
    """An entry of the file as it is written, and its place: `maturity-waivers.yaml: waivers[0]`."""

    source: str
    data: Any


@light_dataclass(frozen=True, slots=True, kw_only=True)
class WaivableNames:
    """The names that a waiver may have in a project.

    `gates` are those of the gates and of their lines, each with whether single findings of it can be waived; None where
    nothing of it can.
    `has_component` says whether there is one of a name that is not among `components`.
    """

    gates: Mapping[str, bool | None]
    stages: Sequence[str]
    components: Collection[str]
    has_component: Callable[[str], bool] = lambda _: False


def list_gate_names(gates: Mapping[str, Gate], requirements: Collection[Requirement]) -> dict[str, bool | None]:
    """Returns the names of gates, of their lines and of requirements, as `WaivableNames` has them."""
    counts = {name: gate.counts_findings if gate.can_be_waived else None for name, gate in gates.items()}
    of_lines = {f"{name}.{line}": counts[name] for name, gate in gates.items() for line in gate.lines}
    return counts | of_lines | {one.name: counts[one.gate] for one in requirements if one.gate in gates}


# ── the file ─────────────────────────────────────────────────────────────────


def find_file(root: Path, files: PolicyFiles) -> Path | None:
    """Returns the waivers file; None without one. Raises ConfigError where there are two."""
    found = [root / name for name in WAIVERS_NAMES if files.has_file(root / name)]
    if len(found) > 1:
        raise ConfigError(f"both {' and '.join(map(files.format_name, found))} hold waivers: keep one of them")
    return found[0] if found else None


def read_entries(root: Path, files: PolicyFiles) -> tuple[WaiverEntry, ...]:
    """Returns the entries of the waivers file, as they are written. Raises ConfigError for a file that holds none."""
    path = find_file(root, files)
    if path is None:
        return ()
    name = files.format_name(path)
    table = load_toml(path, files) if path.suffix == ".toml" else read_yaml(path, files)
    problems = [f"{name}: {safe(key, 80)}: unknown key{did_you_mean(key, [KEY]) or f'; known: {KEY}'}"
                for key in table if key != KEY]  # fmt: skip
    entries = table.get(KEY) if KEY in table or table else []
    if not isinstance(entries, list) and not (problems and KEY not in table):
        problems.append(f"{name}: {KEY} must be a list, not {schema.format_value(entries)}")
    if problems:
        raise ConfigError(problems)
    return tuple(WaiverEntry(source=f"{name}: {KEY}[{number}]", data=data) for number, data in enumerate(entries or ()))


# ── its entries ──────────────────────────────────────────────────────────────


def check_entries(entries: Sequence[WaiverEntry], names: WaivableNames, now: datetime) -> Waivers:
    """Returns the waivers that count at `now`, a time in UTC, and those that do not, each with every reason."""
    today = now.date()
    read: list[tuple[WaiverEntry, Waiver | None, list[str]]] = []
    for entry in entries:
        problems: list[str] = []
        waiver = collect_problems(problems, lambda: read_entry(entry))  # noqa: B023  # called at once
        if waiver is not None:
            problems += check_waiver(waiver, names, now, today)
        read.append((entry, waiver, problems))
    count = Counter(filter(None, map(find_id, entries)))
    for entry, _, problems in read:
        given = find_id(entry)
        if count[given] > 1:
            problems.append(f"its id {safe(given, SHOWN)!r} is given to {count[given]} waivers")
    scopes: dict[tuple[object, ...], str] = {}
    for _, waiver, problems in read:
        if waiver is not None and not problems:
            first = scopes.setdefault(waiver.scope, waiver.source)
            if first != waiver.source:
                problems.append(f"it is about the same as {first.rpartition(': ')[2]}")
    return Waivers(
        valid=tuple(waiver for _, waiver, problems in read if waiver is not None and not problems),
        refused=tuple(
            RefusedWaiver(source=entry.source, problem="; ".join(problems), waiver=waiver)
            for entry, waiver, problems in read
            if problems
        ),
        today=today,
    )


def find_id(entry: WaiverEntry) -> str:
    """Returns the id of an entry, also of one that is malformed otherwise; empty without one."""
    given = entry.data.get("id") if isinstance(entry.data, dict) else None
    return given if isinstance(given, str) else ""


def read_entry(entry: WaiverEntry) -> Waiver:
    """Returns an entry as a waiver. Raises ConfigError with everything that is malformed in it."""
    data = entry.data
    if isinstance(data, dict):
        data = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in data.items()}
    problems = [describe_problem(one) for one in schema.find_problems(data, schema.load_schema("waivers"), "")]
    if not problems:
        blank = [key for key, value in data.items() if isinstance(value, str) and not value.strip()]
        problems += [f"{key} must not be empty" for key in blank]
    if isinstance(data, dict):
        if not {"gate", *FINDING_KEYS} & data.keys():
            problems.append("it names nothing that it excuses: add gate or rule")
        elif "gate" not in data and "rule" not in data:
            problems.append("it names no gate and no rule, only where they are: add one of them")
    if problems:
        raise ConfigError(problems)
    line = data.get("line")
    fields = {**data, "stages": tuple(data.get("stages", ())), "line": None if line is None else int(line)}
    waiver = Waiver(source=entry.source, **fields)
    try:
        find_last_day(waiver.expires)
    except (ValueError, OverflowError):
        raise ConfigError(f"expires: there is no {safe(waiver.expires, 40)}: give a date like 2027-01-31") from None
    return waiver


def describe_problem(problem: str) -> str:
    """Returns a problem of the schema as part of a sentence: without the empty path at its beginning."""
    return problem.removeprefix(": ").removeprefix(".")


def check_waiver(waiver: Waiver, names: WaivableNames, now: datetime, today: date) -> Iterator[str]:
    """Yields why a well-formed waiver does not count."""
    last = find_last_day(waiver.expires)
    if find_end(waiver.expires) <= now:
        yield f"it has expired, its last day was {last}"
    elif last > today + timedelta(days=LONGEST):
        latest = today + timedelta(days=LONGEST)
        yield f"it ends on {last}, more than {LONGEST} days ahead: the latest possible day is {latest}"
    if is_same_person(waiver.owner, waiver.approved_by):
        yield f"{safe(waiver.approved_by, SHOWN)!r} cannot approve it: that is its owner"
    if waiver.gate and waiver.gate not in names.gates:
        yield f"there is no gate {safe(waiver.gate, SHOWN)!r}{did_you_mean(waiver.gate, names.gates)}"
    elif waiver.gate and names.gates[waiver.gate] is None:
        yield f"{waiver.gate!r} cannot be waived"
    elif waiver.gate and waiver.is_of_findings and not names.gates[waiver.gate]:
        yield f"{waiver.gate!r} does not count findings: leave out {', '.join(FINDING_KEYS)}, to waive it as a whole"
    for stage in waiver.stages:
        if stage not in names.stages:
            yield f"there is no stage {safe(stage, SHOWN)!r}{did_you_mean(stage, names.stages)}"
    is_known = waiver.component == ANY or any(map(waiver.is_for_component, names.components))
    if not is_known and (ANY in waiver.component or not names.has_component(waiver.component)):
        hint = did_you_mean(waiver.component, names.components)
        yield f"there is no component {safe(waiver.component, SHOWN)!r}{hint}"
