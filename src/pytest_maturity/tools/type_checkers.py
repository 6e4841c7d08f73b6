"""The type checkers, one row each: how to call it, how to tell it is configured, how to read its answer."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..model.evidence import Finding, ToolResult
from ..model.text import safe
from .findings import Said, UnclearError, excerpt, from_one, json_of, last_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """A type checker: its name is its program's and its table's in `[tool]`; `run` is how a person calls it.

    `interpreter` is the option for the Python whose packages it shall see. `files` configure it too.
    """

    name: str
    run: str
    options: tuple[str, ...]
    interpreter: str
    files: tuple[str, ...]
    install: str
    parse: Callable[[ToolResult], Said]
    documented: tuple[int, ...] = (0, 1)


FOUND_SOURCE = re.compile(r"^LOG:  Found source: +BuildSource\(path=(.+), module=", re.MULTILINE)


def mypy(result: ToolResult) -> Said:
    """mypy's `--output json`, one object per line, columns from 0; `--verbose` names the files on stderr."""
    log = result.stderr
    if result.exit_code == 2:  # a blocking error: what it printed is not a count of anything
        raise UnclearError(f"mypy stopped before it was done: {blocker(result)}")
    if "LOG:  Build finished" not in log:
        raise UnclearError(f"mypy ended without saying that it was done{last_words(log)}")
    findings = []
    for line in filter(str.strip, result.stdout.splitlines()):
        try:
            one = json.loads(line)
            if one["severity"] == "error":
                findings.append(
                    Finding(
                        path=one["file"],
                        message=one["message"],
                        line=from_one(one["line"]),
                        column=from_one(one["column"] + 1),
                        rule=one["code"] or "",
                        severity="error",
                    )
                )
        except (ValueError, KeyError, TypeError):
            raise UnclearError(f"mypy printed {excerpt(line)}, not JSON: is it older than 1.11?") from None
    return Said(tool="mypy", findings=findings, seen=set(map(ast.literal_eval, FOUND_SOURCE.findall(log))))


def blocker(result: ToolResult) -> str:
    """The error that stopped mypy, which it prints as JSON, as text, or on stderr."""
    text = result.stdout.splitlines() + result.stderr.splitlines()
    said = next((line for line in text if line.strip() and not line.startswith("LOG:")), "it did not say why")
    try:
        one = json.loads(said)
        said = f"{one['file']}:{one['line']}: {one['message']}".replace(":-1:", ":")
    except (ValueError, KeyError, TypeError):
        pass  # text, then, and good to read
    return safe(said, 300)


def pyright(result: ToolResult, tool: str = "pyright") -> Said:
    """pyright's `--outputjson` (its docs, "command-line"): ranges count from 0; it only counts its files."""
    answer = json_of(result, tool)
    try:
        errors = [one for one in answer["generalDiagnostics"] if one["severity"] == "error"]
        findings = [
            Finding(
                path=one["file"],
                message=one["message"],
                line=from_one(start.get("line", -1) + 1),
                column=from_one(start.get("character", -1) + 1),
                rule=one.get("rule", ""),
                severity="error",
            )
            for one in errors
            for start in [one.get("range", {}).get("start", {})]
        ]
        return Said(tool=tool, findings=findings, count=int(answer["summary"]["filesAnalyzed"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnclearError(f"{tool} printed JSON of another form") from None


def basedpyright(result: ToolResult) -> Said:
    """As pyright, but a line about its baseline file may come before the JSON."""
    lines = result.stdout.lstrip().splitlines(keepends=True)
    if lines and lines[0].startswith("baseline file is outdated"):
        result = ToolResult(argv=result.argv, stdout="".join(lines[1:]), stderr=result.stderr)
    return pyright(result, "basedpyright")


TY_DIAGNOSTIC = re.compile(r"(?P<place>.*?)(?P<severity>fatal|error|warning|info)\[(?P<rule>[\w-]+)\] (?P<message>.*)")
TY_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): ")
TY_CHECKED = re.compile(r"DEBUG Checking file '(.+)'$", re.MULTILINE)


def ty(result: ToolResult) -> Said:
    """ty's concise format, which ends in a line with the total; `-vv` names the files it checks on stderr.

    Its JSON, made for GitLab, writes paths from whatever CI_PROJECT_DIR says, so it is not asked for.
    """
    *lines, last = result.stdout.strip().splitlines() or [""]
    total = re.fullmatch(r"Found (\d+) diagnostics?|All checks passed!", last)
    said = [TY_DIAGNOSTIC.match(line) for line in lines]
    if total is None or len(lines) != int(total[1] or 0) or None in said:
        words = f"{excerpt(result.stdout)}, not its concise format{last_words(result.stderr)}"
        raise UnclearError(f"ty printed {words}")
    return Said(tool="ty", findings=list(ty_errors(filter(None, said))), seen=set(TY_CHECKED.findall(result.stderr)))


def ty_errors(diagnostics: Iterable[re.Match[str]]) -> Iterable[Finding]:
    for one in diagnostics:
        place = TY_PLACE.fullmatch(one["place"])
        if one["severity"] in ("error", "fatal") and place is not None:
            yield Finding(
                path=place["path"],
                message=one["message"],
                line=from_one(int(place["line"])),
                column=from_one(int(place["column"])),
                rule=one["rule"],
                severity="error",
            )


def pyrefly(result: ToolResult) -> Said:
    """pyrefly's JSON: lines and columns from 1; `--verbose` counts its files, and a line tells its preset."""
    answer = json_of(result, "pyrefly")
    count = re.search(r"\bChecking (\d+) files?\b", result.stderr)
    preset = re.search(r"using preset `([\w-]+)`", result.stderr)
    try:
        errors = [one for one in answer["errors"] if one.get("severity", "error") == "error"]
        findings = [pyrefly_finding(one) for one in errors]
    except (KeyError, TypeError, AttributeError):
        raise UnclearError("pyrefly printed JSON of another form") from None
    note = f"preset {preset[1]}" if preset else ""
    return Said(tool="pyrefly", findings=findings, count=int(count[1]) if count else 0, note=note)


def pyrefly_finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        path=one["path"],
        message=one["concise_description"],
        line=from_one(one["line"]),
        column=from_one(one["column"]),
        rule=one["name"],
        severity="error",
    )


ROWS = (
    Checker(
        name="mypy",
        run="mypy",
        options=("--output", "json", "--verbose", "--no-error-summary", "--no-pretty"),
        interpreter="--python-executable",
        files=("mypy.ini", ".mypy.ini"),
        install="pip install mypy",
        parse=mypy,
        documented=(0, 1, 2),
    ),
    Checker(
        name="pyright",
        run="pyright",
        options=("--outputjson",),
        interpreter="--pythonpath",
        files=("pyrightconfig.json",),
        install="pip install pyright[nodejs]",
        parse=pyright,
    ),
    Checker(
        name="basedpyright",
        run="basedpyright",
        options=("--outputjson", "--baselinemode=discard"),  # by default it rewrites the project's baseline
        interpreter="--pythonpath",
        files=(),
        install="pip install basedpyright",
        parse=basedpyright,
    ),
    Checker(
        name="ty",
        run="ty check",
        options=("check", "-vv", "--output-format", "concise"),
        interpreter="--python",
        files=("ty.toml",),
        install="pip install ty",
        parse=ty,
    ),
    Checker(
        name="pyrefly",
        run="pyrefly check",
        options=("check", "--verbose", "--output-format", "json"),
        interpreter="--python-interpreter-path",
        files=("pyrefly.toml",),
        install="pip install pyrefly",
        parse=pyrefly,
    ),
)
CHECKERS: Mapping[str, Checker] = MappingProxyType({checker.name: checker for checker in ROWS})
