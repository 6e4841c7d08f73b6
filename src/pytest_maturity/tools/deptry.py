"""deptry: the command that compares a project's imports with its dependencies, and the parser of what it prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..model.evidence import Command, Component, Finding, ToolResult
from ..model.paths import path_from_root
from ..model.text import plural, safe
from . import mypy
from .findings import NotMeasuredError, ParsedOutput, format_last_line
from .processes import find_program, is_own_program
from .settings import name_files, read_toml_table, read_tool_tables

NAME = "deptry"
# Its rules (deptry.com, "rules-violations"), by the line of the gate that counts them.
LINES = {
    "DEP001": "undeclared",
    "DEP002": "unused",
    "DEP003": "transitive",
    "DEP004": "development",
    "DEP005": "unused",
}
# How each kind of finding is settled. deptry takes the groups of [dependency-groups] for those of the development.
CURES = {
    "undeclared": "add it to the project's dependencies",
    "unused": "remove it; or, if it is run and never imported, name it in [tool.deptry.per_rule_ignores]",
    "transitive": "add it to the project's dependencies",
    "development": "move it from the group to the project's dependencies",
}
# --verbose: only then deptry names the files that it reads.
OPTIONS = ("--verbose", "--no-ansi")
# Patterns are compiled where they are used: few runs need them.
FILES = r"(?m)^Python files to scan for imports:\n((?:.+\n)+)\nScanning (\d+) files?\.\.\.$"
ISSUE = r"(?m)^(?P<path>.+?):(?:(?P<line>\d+):(?P<column>\d+):)? (?P<rule>DEP\d+) (?P<message>.+)$"
# The settings that decide what deptry finds, as --verbose prints them; without any, they are empty.
DECIDING = (
    "ignore", "per_rule_ignores", "extend_exclude", "known_first_party", "package_module_name_map",
    "optional_dependencies_dev_groups", "pep621_dev_dependency_groups", "non_dev_dependency_groups",
)  # fmt: skip
REPLACED = ("exclude", "requirements_files")  # these have a default, and --verbose says whether it counts
TOTAL = r"(?m)^(?:Found (\d+) dependency issues?|Success! No dependency issues found)\.$"
SKIPPED = r"(?m)^Warning: Skipping processing of (.+) because of the following error: "
OTHER_ENVIRONMENT = "deptry of another environment does not know what is installed here"


def make_command(components: Sequence[Component], root: Path, directory: str, timeout: float) -> Command:
    """Returns the run of deptry in a project's directory, on what its components are imported from: `src` or `.`.

    Only the modules in these are the project's own for deptry; all others must be dependencies.
    """
    program = find_program(NAME)
    table = read_tool_tables(root / directory).get(NAME)
    problem = ""
    if Path(program).is_absolute() and not is_own_program(program):
        problem = f"{OTHER_ENVIRONMENT}: pip install deptry"
    elif isinstance(table, dict) and "json_output" in table:
        problem = "deptry would write to a file: remove `json_output` from [tool.deptry]"
    return Command(
        argv=(program, *OPTIONS, *find_roots(components, root / directory)),
        install=("pip", "install", NAME),
        timeout=timeout,
        directory=directory,
        isolated=True,
        problem=problem,
        settings=name_files([root / directory / "pyproject.toml"] if table else [], root),
    )


def find_roots(components: Sequence[Component], start: Path) -> list[str]:
    """Returns the directories from which the components are imported, from `start`; none that lies in another."""
    bases = {base for component in components for base in mypy.find_package_bases(component)} or {start}
    top = {base for base in bases if bases.isdisjoint(base.parents)}
    return sorted(path_from_root(base, start) for base in top)


def has_settings(directory: Path) -> bool:
    """Whether a directory declares dependencies, or has settings of deptry."""
    pyproject, tools = directory / "pyproject.toml", read_tool_tables(directory)
    if read_toml_table(pyproject, "project") or not {NAME, "poetry"}.isdisjoint(tools):
        return True
    return (directory / "requirements.txt").is_file()


def parse(result: ToolResult) -> tuple[ParsedOutput, list[str]]:
    """Returns deptry's findings, of which the severity is the line that counts them, and the files that it skipped.

    Those about a dependency that nobody imports are about the file that declares it. Raises NotMeasuredError.
    """
    files, totals = re.search(FILES, result.stderr), re.findall(TOTAL, result.stderr)
    if files is None or len(totals) != 1:
        raise NotMeasuredError(f"deptry did not run to its end{format_last_line(result.stderr)}")
    findings = [read_issue(one) for one in re.finditer(ISSUE, result.stderr[files.end() :])]
    if len(findings) != int(totals[0] or 0):
        raise NotMeasuredError(f"deptry counted {totals[0] or 0} issues, and named {len(findings)}")
    paths = files[1].splitlines()
    if len(paths) != int(files[2]):
        raise NotMeasuredError(f"deptry scanned {plural(int(files[2]), 'file')}, and named {len(paths)}")
    decided = list_deciding_settings(result.stderr[: files.start()])
    note = f"by its settings: {'; '.join(decided)}" if decided else ""
    output = ParsedOutput(
        tool=NAME,
        findings=findings,
        files=paths,
        excluded_by="its configuration or .gitignore",
        note=note,
        directory=result.directory,
    )
    return output, re.findall(SKIPPED, result.stderr)


def find_ignored_lines(result: ToolResult) -> frozenset[str]:
    """Returns the lines of which the project's settings ignore a rule, and so every finding of that rule."""
    ignored = re.search(r"(?m)^ignore: (.+)$", result.stderr)
    return frozenset(line for rule, line in LINES.items() if ignored and f"'{rule}'" in ignored[1])


def list_deciding_settings(text: str) -> list[str]:
    """Returns the settings of the project that decide what deptry finds, each with the names in it."""
    replaced = [name for name in REPLACED if re.search(rf"(?m)^using_default_{name}: False$", text)]
    found = []
    for name in (*DECIDING, *replaced):
        value = re.search(rf"(?m)^{name}: (.+)$", text)
        names = dict.fromkeys(re.findall(r"'([^']+)'", value[1])) if value else {}
        found += [f"{name} {safe(', '.join(names), 120)}"] * bool(names)
    return found + ["ignore_notebooks"] * bool(re.search(r"(?m)^ignore_notebooks: True$", text))


def read_issue(one: re.Match[str]) -> Finding:
    """Returns the finding of an issue. Raises NotMeasuredError for a rule that a newer deptry added."""
    rule = one["rule"]
    if rule not in LINES:
        raise NotMeasuredError(f"deptry has a rule that is not known here: {rule}")
    return Finding(
        path=one["path"],
        message=f"{one['message']}: {CURES[LINES[rule]]}",
        line=int(one["line"]) if one["line"] else None,
        column=int(one["column"]) if one["column"] else None,
        rule=rule,
        severity=LINES[rule],
    )
