"""ruff: the command that checks the components' files, and the parser of its findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Component, Finding, ToolResult
from ..model.gates import Context
from .findings import NotMeasuredError, ParsedOutput, keep_positive, list_source_paths, parse_json, read_text
from .processes import NO_USER_SETTINGS, find_program
from .settings import list_directories_above, name_files, read_toml, read_tool_tables

NAME = "ruff"
SETTINGS_FILES = (".ruff.toml", "ruff.toml")  # in the order of precedence
# --no-fix, --no-fix-only: a project may set them to true, and a measurement never edits. --no-cache and --verbose: only
# then ruff names every file that it checks, which proves that an empty list of findings is not that of no file.
# --force-exclude: else an exclude would not apply to the paths that are passed.
OPTIONS = (
    "check", "--no-fix", "--no-fix-only", "--no-cache", "--verbose", "--force-exclude", "--output-format", "json",
)  # fmt: skip
# ruff's own defaults grow (59 rules up to 0.15, 413 from 0.16): where the project selects none, the old ones are used.
DEFAULT_RULES = "E4,E7,E9,F"
RULE_LISTS = ("extend-select", "ignore", "extend-ignore")  # of the settings, and options of the same names
CHECKED = re.compile(r"\[ruff::diagnostics\]\[DEBUG\] Checking: (.+)$", re.MULTILINE)


def make_command(components: Sequence[Component], context: Context, directory: str, timeout: float) -> Command:
    """Returns the run of ruff in a directory. Exit code 2 is wrong usage, a broken configuration or a crash."""
    options = find_default_options(components, context.root)
    return Command(
        argv=(find_program(NAME), *OPTIONS, *options, *list_source_paths(components, context, directory)),
        install=("pip", "install", "ruff"),
        exit_codes=(0, 1),
        timeout=timeout,
        directory=directory,
        isolated=True,
        variables=NO_USER_SETTINGS,
        settings=name_files(list_settings_files(components, context.root), context.root),
    )


def has_settings(directory: Path) -> bool:
    """Whether ruff reads settings from a directory (docs.astral.sh/ruff, "configuration")."""
    return find_settings_file(directory) is not None


def find_settings_file(directory: Path) -> Path | None:
    """Returns the file in a directory that ruff reads its settings from; None without one."""
    if file := next((directory / name for name in SETTINGS_FILES if (directory / name).is_file()), None):
        return file
    return directory / "pyproject.toml" if NAME in read_tool_tables(directory) else None


def list_settings_files(components: Sequence[Component], root: Path) -> Iterator[Path]:
    """Yields the file that ruff reads for each directory with code: the nearest, as far as the repository goes."""
    top = [root, *list_directories_above(root)][-1]
    for directory in dict.fromkeys(path.parent for one in components for path in one.files or one.sources):
        parents = (path for path in (directory, *directory.parents) if path.is_relative_to(top))
        if file := next(filter(None, map(find_settings_file, parents)), None):
            yield file


def list_rule_options(file: Path, depth: int = 9) -> tuple[str, ...] | None:
    """Returns what a settings file, or one that it extends, adds to the selected rules and ignores, as options.

    None where it selects rules itself, or extends a file that cannot be read, or itself after at most `depth` others.
    """
    table: Any = read_toml(file)
    table = table.get("tool", {}).get(NAME, {}) if file.name == "pyproject.toml" else table
    base = file.parent / Path(str(table.get("extend", file))).expanduser()
    inherited = () if base == file else list_rule_options(base, depth - 1) if depth and base.is_file() else None
    tables = (table, table.get("lint", {}))
    if inherited is None or any("select" in one for one in tables):
        return None
    lists = {key: [str(rule) for one in tables for rule in one.get(key, ())] for key in RULE_LISTS}
    return (*inherited, *(part for key, rules in lists.items() if rules for part in (f"--{key}", ",".join(rules))))


def find_default_options(components: Sequence[Component], root: Path) -> tuple[str, ...]:
    """Returns the options for a project that selects no rules; none for one that does, or has several settings files.

    On the command line, --select replaces all that the settings select, so what they add and ignore follows it. ruff
    also reads settings above the repository, which no project has: then it must read none.
    """
    if files := list(list_settings_files(components, root)):
        added = list_rule_options(files[0]) if len(files) == 1 else None
        return () if added is None else ("--select", DEFAULT_RULES, *added)
    above = list(list_directories_above(root))
    top = above[-1] if above else root
    options = ("--select", DEFAULT_RULES)
    if any(map(has_settings, top.parents)):
        version = re.search(r"^requires-python\s*=.*?3\.(\d+)", read_text(root / "pyproject.toml"), re.MULTILINE)
        options += ("--isolated", *(("--target-version", f"py3{version[1]}") if version else ()))
    return options


def parse(result: ToolResult) -> ParsedOutput:
    """Returns the findings in ruff's JSON (docs.astral.sh/ruff, "output-format"). Raises NotMeasuredError.

    Lines and columns count from 1.
    """
    try:
        findings = [
            Finding(
                path=one["filename"],
                message=one["message"],
                line=keep_positive(one["location"]["row"]),
                column=keep_positive(one["location"]["column"]),
                rule=one["code"] or "invalid-syntax",  # before 0.10 a syntax error had no code
            )
            for one in parse_json(result, NAME)
        ]
    except (KeyError, TypeError):
        raise NotMeasuredError("ruff printed JSON of another form; it may be older than 0.5") from None
    return ParsedOutput(
        tool=NAME,
        findings=findings,
        files=CHECKED.findall(result.stderr),
        excluded_by="its configuration or .gitignore",
        note=f"rules {DEFAULT_RULES}" if DEFAULT_RULES in result.argv else "",
        directory=result.directory,
    )
