"""The type checkers: which one a project uses, the command of each, and the parsers of what they print.

To add one, write a parser and a row of ROWS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..model.evidence import Command, Component, Finding, ToolResult
from ..model.gates import Context
from ..model.light_dataclass import light_dataclass
from . import mypy
from .findings import (
    NotMeasuredError,
    ParsedOutput,
    format_last_line,
    keep_positive,
    list_source_paths,
    parse_json,
    quote_first_line,
)
from .processes import NO_USER_SETTINGS, find_program
from .settings import Settings, name_files, read_tool_tables


def ignore_user_settings(_components: Sequence[Component], _directory: Path, _root: Path) -> Settings:
    """Returns the settings of a checker that finds those of the project itself."""
    return Settings(variables=NO_USER_SETTINGS)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """A type checker. `name` is that of its program and of its table in `[tool]`; `files` may configure it, too.

    `interpreter` is the option that names the Python whose installed packages it uses. `exit_codes` are those after
    which its output is complete. `find_settings` gets the components, and the absolute paths of the directory and the
    root. `cache_variable` is the environment variable that names the directory of its own cache.
    """

    name: str
    options: tuple[str, ...]
    interpreter: str
    files: tuple[str, ...]
    parse: Callable[[ToolResult], ParsedOutput]
    requirement: str = ""
    exit_codes: tuple[int, ...] = (0, 1)
    find_settings: Callable[[Sequence[Component], Path, Path], Settings] = ignore_user_settings
    cache_variable: str = ""

    def make_command(
        self,
        components: Sequence[Component],
        context: Context,
        directory: str,
        *,
        paths: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> Command:
        """Returns the run of the checker in a directory, with the packages of this interpreter.

        `paths` replace the components' sources; `options` come last of all.
        """
        settings = self.find_settings(components, context.root / directory, context.root)
        return Command(
            argv=(
                find_program(self.name), *self.options, *settings.options, *options, self.interpreter, sys.executable,
                *(paths or list_source_paths(components, context, directory)),
            ),
            install=("pip", "install", self.requirement or self.name),
            exit_codes=self.exit_codes,
            timeout=float(context.option("types", "timeout", 600)),
            directory=directory,
            isolated=True,
            variables=settings.variables,
            cache_variable=self.cache_variable,
            problem=settings.problem,
            settings=name_files(settings.files or self.list_files(context.root / directory), context.root),
        )  # fmt: skip

    def list_files(self, directory: Path) -> list[Path]:
        """Returns the files in a directory that configure this checker by its name."""
        named = [directory / file for file in self.files if (directory / file).is_file()]
        return named or [directory / "pyproject.toml"] * (self.name in read_tool_tables(directory))

    def select_paths(self, argv: Sequence[str]) -> Sequence[str]:
        """Returns the paths that a command line of this checker passed to it."""
        return argv[argv.index(self.interpreter) + 2 :] if self.interpreter in argv else ()


def find_configured(directory: Path) -> str | None:
    """Returns the name of the first checker with a configuration file or table in a directory; None without any."""
    tables = read_tool_tables(directory)
    for checker in ROWS:
        if checker.name in tables or any((directory / file).is_file() for file in checker.files):
            return checker.name
        if checker.name == mypy.NAME and mypy.find_settings_file(directory):
            return checker.name
    return None


def parse_pyright(result: ToolResult, tool: str = "pyright") -> ParsedOutput:
    """Returns the errors in pyright's `--outputjson` (its docs, "command-line"): lines and columns from 0.

    pyright does not name the files that it analysed, it only counts them.
    """
    answer = parse_json(result, tool)
    try:
        errors = [one for one in answer["generalDiagnostics"] if one["severity"] == "error"]
        findings = [
            Finding(
                path=one["file"],
                message=one["message"],
                line=keep_positive(start.get("line", -1) + 1),
                column=keep_positive(start.get("character", -1) + 1),
                rule=one.get("rule", ""),
                severity="error",
            )
            for one in errors
            for start in [one.get("range", {}).get("start", {})]
        ]
        return ParsedOutput(tool=tool, findings=findings, file_count=int(answer["summary"]["filesAnalyzed"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotMeasuredError(f"{tool} printed JSON of another form") from None


def parse_basedpyright(result: ToolResult) -> ParsedOutput:
    """Returns the errors in basedpyright's output: pyright's JSON, sometimes after a line about its baseline file."""
    lines = result.stdout.lstrip().splitlines(keepends=True)
    if lines and lines[0].startswith("baseline file is outdated"):
        result = replace(result, stdout="".join(lines[1:]))
    return parse_pyright(result, "basedpyright")


TY_DIAGNOSTIC = re.compile(r"(?P<place>.*?)(?P<severity>fatal|error|warning|info)\[(?P<rule>[\w-]+)\] (?P<message>.*)")
TY_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): ")
TY_CHECKED = re.compile(r"DEBUG Checking file '(.+)'$", re.MULTILINE)


def parse_ty(result: ToolResult) -> ParsedOutput:
    """Returns the errors in ty's concise format, which ends in a line with the total; `-vv` names the checked files.

    ty's JSON is made for GitLab and writes paths relative to CI_PROJECT_DIR, so it is not used.
    """
    *lines, last = result.stdout.strip().splitlines() or [""]
    total = re.fullmatch(r"Found (\d+) diagnostics?|All checks passed!", last)
    matches = [TY_DIAGNOSTIC.match(line) for line in lines]
    if total is None or len(lines) != int(total[1] or 0) or None in matches:
        printed = f"{quote_first_line(result.stdout)}, not its concise format{format_last_line(result.stderr)}"
        raise NotMeasuredError(f"ty printed {printed}")
    findings = list(read_ty_errors(filter(None, matches)))
    return ParsedOutput(tool="ty", findings=findings, files=set(TY_CHECKED.findall(result.stderr)))


def read_ty_errors(diagnostics: Iterable[re.Match[str]]) -> Iterator[Finding]:
    """Returns the findings of ty's errors; a diagnostic without a place is about no file, and left out."""
    for one in diagnostics:
        place = TY_PLACE.fullmatch(one["place"])
        if one["severity"] in ("error", "fatal") and place is not None:
            yield Finding(
                path=place["path"],
                message=one["message"],
                line=keep_positive(int(place["line"])),
                column=keep_positive(int(place["column"])),
                rule=one["rule"],
                severity="error",
            )


def parse_pyrefly(result: ToolResult) -> ParsedOutput:
    """Returns the errors in pyrefly's JSON: lines and columns from 1.

    `--verbose` counts the files, and another line names the preset of rules.
    """
    answer = parse_json(result, "pyrefly")
    count = re.search(r"\bChecking (\d+) files?\b", result.stderr)
    preset = re.search(r"using preset `([\w-]+)`", result.stderr)
    try:
        errors = [one for one in answer["errors"] if one.get("severity", "error") == "error"]
        findings = [read_pyrefly_error(one) for one in errors]
    except (KeyError, TypeError, AttributeError):
        raise NotMeasuredError("pyrefly printed JSON of another form") from None
    note = f"preset {preset[1]}" if preset else ""
    return ParsedOutput(tool="pyrefly", findings=findings, file_count=int(count[1]) if count else 0, note=note)


def read_pyrefly_error(one: Mapping[str, Any]) -> Finding:
    """Returns the finding of one of pyrefly's errors. Raises KeyError."""
    return Finding(
        path=one["path"],
        message=one["concise_description"],
        line=keep_positive(one["line"]),
        column=keep_positive(one["column"]),
        rule=one["name"],
        severity="error",
    )


ROWS = (
    Checker(
        name=mypy.NAME,
        options=mypy.OPTIONS,
        interpreter="--python-executable",
        files=(),  # mypy.find_settings_file knows them
        parse=mypy.parse,
        exit_codes=(0, 1, 2),
        find_settings=mypy.find_settings,
        cache_variable="MYPY_CACHE_DIR",
    ),
    Checker(
        name="pyright",
        options=("--outputjson",),
        interpreter="--pythonpath",
        files=("pyrightconfig.json",),
        requirement="pyright[nodejs]",
        parse=parse_pyright,
    ),
    Checker(
        name="basedpyright",
        options=("--outputjson", "--baselinemode=discard"),  # else it rewrites the project's baseline
        interpreter="--pythonpath",
        files=(),
        parse=parse_basedpyright,
    ),
    Checker(
        name="ty",
        options=("check", "-vv", "--output-format", "concise"),
        interpreter="--python",
        files=("ty.toml",),
        parse=parse_ty,
    ),
    Checker(
        name="pyrefly",
        options=("check", "--verbose", "--output-format", "json"),
        interpreter="--python-interpreter-path",
        files=("pyrefly.toml",),
        parse=parse_pyrefly,
    ),
)
CHECKERS: Mapping[str, Checker] = MappingProxyType({checker.name: checker for checker in ROWS})
