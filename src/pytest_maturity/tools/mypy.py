"""mypy: the settings that it runs with, the modules that stubs hide from it, and the parser of its errors."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..model.evidence import Component, Finding, ToolResult
from ..model.gates import Context
from ..model.paths import path_from_root
from ..model.syntax import UNPARSABLE, parse_source
from ..model.text import safe
from .findings import NotMeasuredError, ParsedOutput, format_last_line, keep_positive, quote_first_line
from .processes import is_inside
from .settings import Settings, list_directories_above, read_ini, read_tool_tables

NAME = "mypy"
# --verbose twice: once names the files that it analyses, twice those that its configuration excludes as well.
OPTIONS = ("--output", "json", "-vv", "--no-error-summary", "--no-pretty")
# Without a configuration of the project: none of the user either; functions without annotations are checked as well;
# a module has the name that it is imported by, also in a namespace package.
DEFAULT_OPTIONS = ("--config-file=", "--check-untyped-defs", "--explicit-package-bases")
# Errors in modules that the component imports are not printed: they do not count. They are checked all the same.
FOLLOW_SILENTLY = "--follow-imports=silent"
# For modules that stubs hide. The stub has the annotations, so the module may lack them.
HIDDEN_OPTIONS = (
    "--no-check-untyped-defs", "--allow-untyped-defs", "--allow-incomplete-defs", "--allow-untyped-calls",
    "--allow-untyped-globals", "--allow-untyped-decorators", "--allow-any-generics", "--no-warn-return-any",
)  # fmt: skip
MISSING_ANNOTATIONS = frozenset({"no-any-return", "no-untyped-call", "no-untyped-def", "type-arg", "var-annotated"})
# In a function without annotations these contradict a type that mypy inferred and that nobody wrote.
AGAINST_INFERRED_TYPES = frozenset({"assignment", "override", "union-attr", "var-annotated"})
# Printed as text, also with --output json, and no error: a section of the configuration fits no module of this run.
UNUSED_SECTIONS = re.compile(r"^.+: note: unused section\(s\): ")
FOUND_SOURCE = re.compile(r"^LOG:  Found source: +BuildSource\(path=(.+), module=", re.MULTILINE)
EXCLUDED = re.compile(r"^TRACE: Excluding (.+) \(matches (?:pattern .*|\.gitignore\) in (.+))$", re.MULTILINE)


def find_settings(components: Sequence[Component], directory: Path, root: Path) -> Settings:
    """Returns how mypy runs in a directory: with the project's configuration, or without any."""
    file = find_settings_file(directory)
    if file is None and directory == root:
        file = next(filter(None, map(find_settings_file, list_directories_above(root))), None)
    if file is None:
        bases = (base for component in components for base in find_package_bases(component))
        path = os.pathsep.join(dict.fromkeys(path_from_root(base, directory) for base in bases))
        return Settings(options=(*DEFAULT_OPTIONS, FOLLOW_SILENTLY), variables=(("MYPYPATH", path),))
    problem = ""
    if plugin := next((one for one in list_plugins(file) if is_in_project(one, file.parent, root)), None):
        problem = f"mypy would run the project's {safe(plugin, 120)} as its plugin: install it, and name its module"
    options = [] if file.parent == directory else [f"--config-file={os.path.relpath(file, directory)}"]
    if "follow_imports" not in read_settings(file):
        options.append(FOLLOW_SILENTLY)
    return Settings(options=tuple(options), problem=problem, files=(file,))


def find_settings_file(directory: Path) -> Path | None:
    """Returns the file in a directory that mypy reads its settings from (its docs, "config_file")."""
    for name in ("mypy.ini", ".mypy.ini"):
        if (directory / name).is_file():
            return directory / name
    if NAME in read_tool_tables(directory):
        return directory / "pyproject.toml"
    return directory / "setup.cfg" if read_ini(directory / "setup.cfg").has_section(NAME) else None


def read_settings(file: Path) -> Mapping[str, Any]:
    """Returns the settings in a file that hold for all modules; in an INI file each is text."""
    if file.suffix == ".toml":
        table = read_tool_tables(file.parent).get(NAME)
        return table if isinstance(table, dict) else {}
    ini = read_ini(file)
    return dict(ini.items(NAME)) if ini.has_section(NAME) else {}


def list_plugins(file: Path) -> list[str]:
    """Returns the plugins that a settings file names: modules, or paths from the file."""
    plugins = read_settings(file).get("plugins", ())
    names = [plugins] if isinstance(plugins, str) else plugins
    return [name.strip() for text in names for name in re.split(r"[,\n]", str(text)) if name.strip()]


def is_in_project(plugin: str, directory: Path, root: Path) -> bool:
    """Whether a plugin is a file of the project: `path.py`, or `path.py:function`."""
    path = re.sub(r":\w+$", "", plugin)
    return path.endswith(".py") and is_inside(os.path.join(directory, path), root)  # noqa: PTH118  # it may be absolute


def find_package_bases(component: Component) -> Iterator[Path]:
    """Yields the directories from which the component is imported."""
    for source in component.sources:
        parts = source.with_suffix("").parts if source.suffix == ".py" else source.parts
        names = (tuple(name.split(".")) for name in component.imports)
        depth = next((len(name) for name in names if parts[-len(name) :] == name), 0)
        if depth:
            yield source.parents[depth - 1]
        elif source.is_dir():
            yield next(path for path in (source, *source.parents) if not (path / "__init__.py").exists())


def list_hidden_modules(components: Iterable[Component]) -> list[Path]:
    """Returns the modules that mypy leaves out because a stub, or a package, of the same name lies beside them."""
    return [path for component in components for path in component.files if is_hidden(path)]


def is_hidden(path: Path) -> bool:
    """Whether a stub or a package of the same name lies beside a module."""
    package = path.with_suffix("")
    return path.with_suffix(".pyi").is_file() or any(
        entry.suffix in (".py", ".pyi") for entry in (package.iterdir() if package.is_dir() else ())
    )


def drop_errors_of_inference(output: ParsedOutput, context: Context) -> ParsedOutput:
    """Returns the output of a run with DEFAULT_OPTIONS without the errors that only annotations could avoid."""
    suspects = [one for one in output.findings if one.rule in AGAINST_INFERRED_TYPES]
    paths = {one.path: Path(output.resolve(one.path, context)) for one in suspects}
    lines = {printed: find_lines_without_annotations(path) for printed, path in paths.items()}
    kept = [one for one in output.findings if one not in suspects or one.line not in lines[one.path]]
    return replace(output, findings=kept)


def find_lines_without_annotations(path: Path) -> set[int]:
    """Returns the lines of a file in functions that have no annotation at all; none of a file that does not parse."""
    try:
        pending: list[ast.AST] = [parse_source(path.read_bytes(), str(path))]
    except (OSError, *UNPARSABLE):
        return set()
    found: set[int] = set()
    while pending:  # a function is visited after the one around it
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = (one for one in ast.walk(node.args) if isinstance(one, ast.arg))
            is_bare = node.returns is None and all(one.annotation is None for one in arguments)
            lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            found = found | lines if is_bare else found - lines
        pending += ast.iter_child_nodes(node)
    return found


def parse(result: ToolResult) -> ParsedOutput:
    """Returns the errors in mypy's `--output json`: an object per line, columns from 0; its log names the files."""
    log = result.stderr
    if result.exit_code == 2:  # a blocking error: what it printed is not all that it would find
        raise NotMeasuredError(f"mypy stopped early: {find_blocker(result)}")
    if "LOG:  Build finished" not in log:
        raise NotMeasuredError(f"mypy did not report that it finished{format_last_line(log)}")
    findings = []
    for line in filter(str.strip, result.stdout.splitlines()):
        if UNUSED_SECTIONS.match(line):
            continue
        try:
            one = json.loads(line)
            if one["severity"] == "error":
                findings.append(read_error(one))
        except (ValueError, KeyError, TypeError):
            printed = quote_first_line(line)
            raise NotMeasuredError(f"mypy printed {printed}, not JSON; it may be older than 1.11") from None
    return ParsedOutput(
        tool=NAME,
        findings=findings,
        files=set(map(ast.literal_eval, FOUND_SOURCE.findall(log))),
        excluded=[os.path.join(base, path) for path, base in EXCLUDED.findall(log)],  # noqa: PTH118  # both are text
    )


def read_error(one: Mapping[str, Any]) -> Finding:
    """Returns the finding of one of mypy's errors, its hint behind its message. Raises KeyError or TypeError."""
    hint = " ".join(str(one.get("hint") or "").split())  # of several lines
    return Finding(
        path=one["file"],
        message=f"{one['message']} ({hint})" if hint else one["message"],
        line=keep_positive(one["line"]),
        column=keep_positive(one["column"] + 1),
        rule=one["code"] or "",
        severity="error",
    )


def find_blocker(result: ToolResult) -> str:
    """Returns the error that stopped mypy, which it prints as JSON, as text, or on stderr."""
    text = result.stdout.splitlines() + result.stderr.splitlines()
    lines = (line for line in text if line.strip() and not line.startswith(("LOG:", "TRACE:")))
    line = next(lines, "it printed no reason")
    try:
        one = json.loads(line)
        line = f"{one['file']}:{one['line']}: {one['message']}".replace(":-1:", ":")
    except (ValueError, KeyError, TypeError):
        pass  # it is text
    return safe(line, 300)
