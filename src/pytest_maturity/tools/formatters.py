"""The formatters: which one a project uses, the command of each, and the parsers of what they print.

To add one, write a parser and a row of ROWS.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ..model.evidence import Command, Component, Finding, ToolResult
from ..model.gates import Context
from ..model.light_dataclass import light_dataclass
from . import ruff
from .findings import NotMeasuredError, ParsedOutput, format_last_line, group_lines, list_source_paths
from .processes import NO_USER_SETTINGS, find_program
from .settings import name_files, read_toml, read_tool_tables
from .unified_diff import find_replaced_lines

MESSAGE = "the formatter would change it"


@light_dataclass(frozen=True, slots=True)
class FormatterOutput:
    """The files that a formatter would change, and `failed`, those that it could not format."""

    output: ParsedOutput
    failed: Sequence[str] = ()


def use_no_options(_components: Sequence[Component], _root: Path, _directory: str) -> tuple[str, ...]:
    """Returns no options: the formatter finds the settings of the project itself."""
    return ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Formatter:
    """A formatter. `name` is that of its program and of its table in `[tool]`.

    * `options`: the subcommand, and what applies to checking and formatting alike.
    * `check`: the options with which it only reports.
    * `exit_codes`: those after which its output is complete.
    * `find_options`: more options, from the components, the root and the directory from the root.
    * `list_files`: the files that hold the settings, from the components and the root or their own directory in it.
    * `variables`: more environment variables.
    """

    name: str
    options: tuple[str, ...]
    check: tuple[str, ...]
    exit_codes: tuple[int, ...]
    parse: Callable[[ToolResult], FormatterOutput]
    list_files: Callable[[Sequence[Component], Path], Iterable[Path]]
    find_options: Callable[[Sequence[Component], Path, str], tuple[str, ...]] = use_no_options
    variables: tuple[tuple[str, str], ...] = NO_USER_SETTINGS

    def make_command(self, components: Sequence[Component], context: Context, directory: str) -> Command:
        """Returns the run that lists the files which the formatter would change, in a directory."""
        options = self.find_options(components, context.root, directory)
        paths = list_source_paths(components, context, directory)
        return Command(
            argv=(find_program(self.name), *self.options, *self.check, *options, *paths),
            install=("pip", "install", self.name),
            exit_codes=self.exit_codes,
            timeout=float(context.option("format", "timeout", 600)),
            directory=directory,
            isolated=True,
            variables=self.variables,
            settings=name_files(self.list_files(components, context.root / directory), context.root),
        )

    def make_format_command(self, result: ToolResult, paths: Sequence[str]) -> tuple[str, ...]:
        """Returns the argument list that formats files, with the settings of the run that listed them."""
        start = 1 + len(self.options) + len(self.check)
        options = tuple(one for one in result.argv[start:] if one.startswith("--"))
        if "--target-version" in options:
            options += (result.argv[result.argv.index("--target-version") + 1],)
        return (result.argv[0], *self.options, *options, *paths)


def find_configured(directory: Path) -> str | None:
    """Returns the name of the formatter with settings in a directory; None without any.

    ruff's settings may be those of its linter alone, beside black's.
    """
    tables = read_tool_tables(directory)
    if has_format_table(directory):
        return ruff.NAME
    if "black" in tables:
        return "black"
    return ruff.NAME if ruff.has_settings(directory) else None


def has_format_table(directory: Path) -> bool:
    """Whether the file in a directory that ruff reads has a table of its formatter."""
    file = ruff.find_settings_file(directory)
    if file is None:
        return False
    table = read_tool_tables(directory).get(ruff.NAME) if file.name == "pyproject.toml" else read_toml(file)
    return isinstance(table, dict) and "format" in table


def list_black_files(_components: Sequence[Component], directory: Path) -> Iterable[Path]:
    """Returns the file that black reads for a directory."""
    return [directory / "pyproject.toml"] if "black" in read_tool_tables(directory) else []


def make_findings(changed: Iterable[str], diff: str) -> list[Finding]:
    """Returns a finding for each file that a formatter would change, with the lines that its diff replaces.

    The lines of a notebook are those of its cells, so it has none.
    """
    replaced = find_replaced_lines(diff)
    return [Finding(path=path, message=MESSAGE, ranges=group_lines(replaced.get(path, ()))) for path in changed]


# Patterns are compiled where they are used: few runs need them.
RUFF_CHANGED = r"(?m)^--- (.+)\n\+\+\+ \1\n@@ "
RUFF_FILE = r"(?m)\[ruff::commands::format\]\[DEBUG\] format_path; path=(.+)$"
RUFF_ERROR = r"error: (?:Failed to \w+|Panicked while formatting) (?P<path>.+?):(?:\d+:\d+:)? "
RUFF_TOTAL = r"(?:(\d+) files? would be reformatted)?(?:, )?(?:\d+ files? already formatted)?"
CELL = r":cell \d+$"  # behind the path of a notebook


def parse_ruff(result: ToolResult) -> FormatterOutput:
    """Returns the files in the diff of `ruff format --diff`; its log names the files, and its last line counts them."""
    lines = [line for line in result.stderr.splitlines() if line and not line.startswith("[")]
    totals = [found for line in lines if (found := re.fullmatch(RUFF_TOTAL, line))]
    errors = [line for line in lines if line.startswith("error:")]
    failed = [found["path"] for line in errors if (found := re.match(RUFF_ERROR, line))]
    if len(failed) != len(errors) or (len(totals) != 1 and not failed):  # without a formatted file there is no total
        raise NotMeasuredError(f"ruff did not format to the end{format_last_line(result.stderr)}")
    changed = dict.fromkeys(re.sub(CELL, "", path) for path in re.findall(RUFF_CHANGED, result.stdout))
    total = int(totals[0][1] or 0) if totals else 0
    if len(changed) != total:
        raise NotMeasuredError(f"ruff printed {len(changed)} diffs, and that it would change {total} files")
    findings = make_findings(changed, result.stdout)
    return FormatterOutput(
        ParsedOutput(
            tool=ruff.NAME,
            findings=findings,
            files=re.findall(RUFF_FILE, result.stderr),
            excluded_by="its configuration or .gitignore",
            directory=result.directory,
        ),
        failed,
    )


BLACK_CHANGED = r"(?m)^would reformat (.+)$"
BLACK_UNCHANGED = r"(?m)^(.+?) (?:already well formatted, good job\.|wasn't modified on disk since last run\.)$"
BLACK_ERROR = r"(?m)^error: cannot (?:format|parse):? (.+?):(?: |\d+:\d+)"
BLACK_TOTAL = r"(\d+) files? would (be reformatted|be left unchanged|fail to reformat)"


def parse_black(result: ToolResult) -> FormatterOutput:
    """Returns the files that `black --check --diff --verbose` would change; the last line counts all that it names."""
    patterns = (BLACK_CHANGED, BLACK_UNCHANGED, BLACK_ERROR)
    changed, unchanged, failed = (re.findall(pattern, result.stderr) for pattern in patterns)
    last = (result.stderr.strip().splitlines() or [""])[-1]
    totals = {words: int(count) for count, words in re.findall(BLACK_TOTAL, last)}
    named = {"be reformatted": len(changed), "be left unchanged": len(unchanged), "fail to reformat": len(failed)}
    if not totals or {**dict.fromkeys(named, 0), **totals} != named:
        raise NotMeasuredError(f"black did not name each file that it counted{format_last_line(result.stderr)}")
    findings = make_findings(changed, result.stdout)
    return FormatterOutput(
        ParsedOutput(
            tool="black",
            findings=findings,
            files={*changed, *unchanged, *failed},
            excluded_by="its configuration or .gitignore",
            directory=result.directory,
        ),
        failed,
    )


def find_ruff_options(components: Sequence[Component], root: Path, _directory: str) -> tuple[str, ...]:
    """Returns the options of ruff for a project without settings, without those that select its linter's rules."""
    options = ruff.find_default_options(components, root)
    return options[options.index("--isolated") :] if "--isolated" in options else ()


ROWS = (
    Formatter(
        name=ruff.NAME,
        # --force-exclude: else an exclude would not apply to the paths that are passed.
        options=("format", "--force-exclude"),
        # --no-cache and --verbose: only then ruff names every file that it reads. --diff has one form in all versions.
        check=("--diff", "--no-cache", "--verbose"),
        exit_codes=(0, 1, 2),  # 2 also where it could not format one of the files
        parse=parse_ruff,
        list_files=ruff.list_settings_files,
        find_options=find_ruff_options,
    ),
    Formatter(
        name="black",
        options=(),
        check=("--check", "--diff", "--verbose"),
        exit_codes=(0, 1, 123),  # 123 where it could not format one of the files
        parse=parse_black,
        list_files=list_black_files,
        variables=(*NO_USER_SETTINGS, ("BLACK_CACHE_DIR", os.devnull)),
    ),
)
FORMATTERS: Mapping[str, Formatter] = MappingProxyType({formatter.name: formatter for formatter in ROWS})
