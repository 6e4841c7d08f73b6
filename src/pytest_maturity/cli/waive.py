"""`pytest-maturity waive`: adds an entry to the waivers file, or checks all of them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from json import dumps
from pathlib import Path
from typing import Any

from .. import gates
from ..config.files import WAIVERS_NAMES, WorkingTreeFiles, parse_scalar
from ..config.schema import load_schema
from ..config.settings import Config
from ..config.waivers import KEY, WaivableNames, check_entries, find_file, list_gate_names, read_entries
from ..discovery.components import ALL, ComponentFinder
from ..discovery.project import ProjectLayout
from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.light_dataclass import light_dataclass
from ..model.text import plural, safe
from ..model.waivers import LONGEST, SOON, Waivers, find_last_day
from ..reports.verify import check_report, read_document
from ..reports.waivers import waiver_data
from ..tools.files import replace_file
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project

DAYS = re.compile(r"([0-9]{1,4})d")
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")  # needs no quotes in YAML
EMPTY_LIST = re.compile(rf"^{KEY}:[ ]*(\[[ ]*\])?[ ]*$", re.MULTILINE)
ITEM = re.compile(r"^([ ]*)-[ ]", re.MULTILINE)
FIELDS = (
    "gate",
    "rule",
    "path",
    "line",
    "message",
    "component",
    "reason",
    "justification",
    "owner",
    "approved_by",
    "id",
)


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = f"add a waiver to {WAIVERS_NAMES[0]}, or check all waivers"
    parser = verbs.add_parser("waive", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument(
        "--check", action="store_true",
        help="write nothing: exit 1 if a waiver does not count or, by the reports, excuses nothing",
    )  # fmt: skip
    parser.add_argument("report", type=Path, nargs="*", metavar="REPORT", help="with --check: JSON reports of runs")
    parser.add_argument("--gate", metavar="NAME", help="the gate, or one line of it: security.high")
    parser.add_argument("--rule", metavar="RULE", help="only findings of this rule; * stands for any characters")
    parser.add_argument("--path", metavar="PATH", help="only findings in this file, or below this directory")
    parser.add_argument("--line", type=int, metavar="N", help="only findings in this line")
    parser.add_argument("--message", metavar="TEXT", help="only findings with this message")
    parser.add_argument("--component", metavar="NAME", help="only of this component (default: every one)")
    parser.add_argument(
        "--stage", dest="stages", action="append", default=[], metavar="NAME",
        help="only at this stage (repeatable; default: every one)",
    )  # fmt: skip
    reasons = load_schema("waivers")["properties"]["reason"]["enum"]
    parser.add_argument("--reason", metavar="REASON", help=f"one of {', '.join(reasons)}")
    parser.add_argument("--justification", metavar="TEXT", help="the reason in words")
    parser.add_argument("--owner", metavar="NAME", help="who answers for it")
    parser.add_argument("--approved-by", metavar="NAME", help="who agreed: another person")
    parser.add_argument(
        "--expires", metavar="DATE", help=f"its last day, 2027-01-31, or in how many days: 90d; at most {LONGEST} ahead"
    )
    parser.add_argument("--id", metavar="NAME", help="a name of its own")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Adds a waiver, or checks all; returns the exit code: 1 where the check fails, 4 for what cannot be added."""
    try:
        project = read_project(options)
        given = {name: value for name in FIELDS if (value := getattr(options, name)) is not None}
        given |= {"stages": options.stages} if options.stages else {}
        given |= {"expires": find_date(options.expires)} if options.expires is not None else {}
        if options.check and given:
            raise MaturityError("--check writes nothing: leave out what a waiver has")
        if options.report and not options.check:
            raise MaturityError("a REPORT needs --check: a waiver is written from the options alone")
        return check(project, options.report) if options.check else add(project, given)
    except MaturityError as error:
        return fail_usage(error)
    except OSError as error:
        return fail([f"{safe(str(error.filename), 300)}: {error.strerror}"])


def find_date(text: str) -> str:
    """Returns the last day of a waiver: `90d` stands for the day in 90 days."""
    match = DAYS.fullmatch(text)
    return str((datetime.now(timezone.utc) + timedelta(days=int(match[1]))).date()) if match else text


def list_names(project: Project) -> WaivableNames:
    """Returns the names that a waiver may have; a gate of a hook is known by the stages that require it."""
    config = project.config
    known = [*gates.BUILTIN, *gates.make_record_gates(config.ladder), *gates.make_configured_gates(*config.gate_tables)]
    names = list_gate_names({gate.name: gate for gate in known}, ())
    tables = (config.stages, *(one.stages for one in config.components.values()))
    for entry in (entry for table in tables for entries in table.values() for entry in entries):
        counts = names.get(entry.gate, True)
        names.setdefault(entry.gate, counts)
        names.setdefault(f"{entry.gate}.{entry.line}" if entry.line else entry.gate, counts)
    finder = ComponentFinder(ProjectLayout(root=project.root, sources=config.sources, tests=config.tests), config)
    return WaivableNames(
        gates=names,
        stages=config.ladder,
        components=finder.list_names(),
        has_component=lambda name: has_component(project.root, config, name),
    )


def has_component(root: Path, config: Config, name: str) -> bool:
    """Whether there is a component of a name, also one inside of another."""
    layout = ProjectLayout(root=root, sources=config.sources, tests=config.tests)
    try:
        return name != ALL and bool(ComponentFinder(layout, config).find_components([name]))
    except MaturityError:
        return False


# ── the check ────────────────────────────────────────────────────────────────


def check(project: Project, reports: Sequence[Path]) -> int:
    """Prints the waivers that do not count, those that excuse nothing by the reports, and those that end soon."""
    entries = read_entries(project.root, WorkingTreeFiles(project.root))
    waivers = check_entries(entries, list_names(project), datetime.now(timezone.utc))
    problems = [f"{one.source}: {one.problem}" for one in waivers.refused]
    problems += find_unused(waivers, [read_report(path) for path in reports])
    for one in waivers.valid:
        days = (find_last_day(one.expires) - waivers.today).days
        if days <= SOON:
            print(f"note: {one.source} ({safe(one.label, 200)}) ends on {one.expires}, in {plural(days, 'day')}")
    for problem in problems:
        print(f"HOLD  {safe(problem, 2000)}", file=sys.stderr)
    if problems:
        return exit_codes.HELD
    print(f"{plural(len(entries), 'waiver')}: all count")
    return exit_codes.PROMOTED


def read_report(path: Path) -> dict[str, Any]:
    """Returns a report that can be trusted. Raises MaturityError and OSError."""
    document = read_document(path)
    if problems := check_report(document):
        raise MaturityError([f"{safe(str(path))}: {problem}" for problem in problems])
    return document


def find_unused(waivers: Waivers, reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yields the waivers that excuse nothing by any of the reports, and could by one of them."""
    for waiver in waivers.valid:
        data = waiver_data(waiver)
        states = {one["state"] for report in reports for one in report["waivers"] if one["waiver"] == data}
        if "unused" in states and "used" not in states:
            yield f"{waiver.source} ({safe(waiver.label, 200)}): it excuses nothing: remove it"


# ── a new entry ──────────────────────────────────────────────────────────────


@light_dataclass(frozen=True, slots=True)
class ChangedFile:
    """The working tree in which one file has another text. Implements PolicyFiles."""

    tree: WorkingTreeFiles
    path: Path
    text: str
    is_required = True

    def has_file(self, path: Path) -> bool:
        return path == self.path or self.tree.has_file(path)

    def read_bytes(self, path: Path) -> bytes:
        return self.text.encode() if path == self.path else self.tree.read_bytes(path)

    def format_name(self, path: Path) -> str:
        return self.tree.format_name(path)


def add(project: Project, given: Mapping[str, Any]) -> int:
    """Adds a waiver at the end of the file; the rest of it stays as it is. Raises MaturityError where it may not."""
    tree = WorkingTreeFiles(project.root)
    path = find_file(project.root, tree) or project.root / WAIVERS_NAMES[0]
    before = [one.data for one in read_entries(project.root, tree)]
    text = path.read_text("utf-8") if path.exists() else ""
    is_toml = path.suffix == ".toml"
    block = format_toml(given) if is_toml else format_yaml(given, find_indentation(text))
    new = append_toml(text, block) if is_toml else append_yaml(text, block)
    try:
        entries = read_entries(project.root, ChangedFile(tree, path, new))
        is_added = [to_text(one.data) for one in entries] == [*map(to_text, before), to_text(dict(given))]
    except MaturityError:
        is_added = False
    if not is_added:
        raise MaturityError(f"{tree.format_name(path)}: its list is written in a way that nothing can be added to")
    waivers = check_entries(entries, list_names(project), datetime.now(timezone.utc))
    source = entries[-1].source
    if problems := [one.problem for one in waivers.refused if one.source == source]:
        raise MaturityError(f"not written: {problem}" for problem in problems)
    replace_file(path, new)
    print(f"written: {source}")
    return exit_codes.PROMOTED


def to_text(data: Any) -> str:
    """Returns an entry as text that is equal for equal entries of both formats."""
    return dumps(data, sort_keys=True, default=str)


def find_indentation(text: str) -> str:
    """Returns the spaces before the items of the list in YAML."""
    match = ITEM.search(text)
    return match[1] if match else "  "


def format_yaml(given: Mapping[str, Any], indentation: str) -> str:
    """Returns an item of the list in YAML."""
    lines = [f"{key}: {yaml_value(value)}" for key, value in given.items()]
    return "".join(f"{indentation}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def yaml_value(value: Any) -> str:
    """Returns a value in YAML, in quotes where it needs them."""
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_value, value))}]"
    is_plain = isinstance(value, str) and PLAIN.fullmatch(value) and parse_scalar(value) == value
    return str(value) if is_plain else dumps(value, ensure_ascii=False)


def append_yaml(text: str, block: str) -> str:
    """Returns a YAML file with one more item at its end."""
    text = text if text.endswith("\n") or not text else f"{text}\n"
    if ITEM.search(text):
        return text + block
    if EMPTY_LIST.search(text):
        return EMPTY_LIST.sub(lambda _: f"{KEY}:\n{block.rstrip()}", text)
    return f"{text}{KEY}:\n{block}"


def format_toml(given: Mapping[str, Any]) -> str:
    """Returns a table of the list in TOML."""
    lines = [
        f"{key} = {value if key == 'expires' and PLAIN.fullmatch(value) else dumps(value, ensure_ascii=False)}"
        for key, value in given.items()
    ]
    return "".join(f"{line}\n" for line in (f"[[{KEY}]]", *lines))


def append_toml(text: str, block: str) -> str:
    """Returns a TOML file with one more table at its end."""
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block
