"""Functions that the gates which run a tool share: paths to pass, the component's findings, proof that files were read.

A tool's exit code is a hint. Its parsed output is the evidence, together with proof that it analysed the component's
files: without that proof, an empty list of findings means nothing.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..model.evidence import Component, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement, Remedy, Requirement
from ..model.light_dataclass import light_dataclass
from ..model.paths import SKIPPED_DIRECTORIES, is_skipped_directory, path_from_root
from ..model.text import plural, safe
from .shown_commands import show_command

TEST_DIRECTORIES = ("test", "tests")


class NotMeasuredError(Exception):
    """A gate has no number; the message says why, and what would help."""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ParsedOutput:
    """A tool's findings about all files that it was given. Paths are absolute or start at the root.

    `files` are the files that the tool says it analysed. It is None for a tool that only counts them; `file_count` is
    then their number. `excluded` are the files and directories that the tool says its configuration excludes, with a
    slash at the end of a directory; None for a tool that leaves out nothing else. `excluded_by` is what does that.
    `note` is a remark for the gate's note. `directory` is where the tool ran, from the root: there its paths start.
    """

    tool: str
    findings: Sequence[Finding] = ()
    files: Collection[str] | None = None
    file_count: int = 0
    excluded: Collection[str] | None = None
    excluded_by: str = "its configuration"
    note: str = ""
    directory: str = ""

    def resolve(self, path: str, context: Context) -> str:
        """Returns one spelling for a file, whatever spelling or link the tool printed."""
        return resolve_path(context.root / self.directory, decode_path(path))

    def excludes(self, path: str, context: Context) -> bool:
        """Whether the tool's configuration excludes a resolved path that is not among `files`."""
        if self.excluded is None:
            return True
        excluded = {self.resolve(one, context) for one in self.excluded}
        return not excluded.isdisjoint({path, *map(str, Path(path).parents)})


def list_source_paths(components: Iterable[Component], context: Context, directory: str = "") -> tuple[str, ...]:
    """Returns the components' sources as arguments, each once: from a directory, absolute where they lie outside."""
    start = context.root / directory
    paths = (path_from_root(source, start) for component in components for source in component.sources)
    return tuple(dict.fromkeys(f"./{path}" if path.startswith("-") else path for path in paths))


def require_result(evidence: Evidence, key: str, tool: str) -> ToolResult:
    """Returns the tool's complete result. Raises NotMeasuredError where it did not run or cannot be trusted."""
    result = evidence.tools.get(key)
    if result is None:
        raise NotMeasuredError(f"{tool} was not run")
    if result.problem:
        raise NotMeasuredError(result.problem if tool in result.problem else f"{tool}: {result.problem}")
    return result


def parse_json(result: ToolResult, tool: str, quote: bool = True) -> Any:
    """Returns the JSON document that the tool printed. Raises NotMeasuredError where it printed anything else.

    `quote` is False for a tool whose output holds secrets: then the message does not quote the output.
    """
    try:
        return json.loads(result.stdout)
    except (ValueError, RecursionError):
        printed = (
            f"{quote_first_line(result.stdout)}, not JSON{format_last_line(result.stderr)}" if quote else "no JSON"
        )
        raise NotMeasuredError(f"{tool} printed {printed}") from None


def quote_first_line(text: str) -> str:
    """Returns the first line of a text in quotes, or `nothing`."""
    lines = text.strip().splitlines()
    return repr(safe(lines[0], 80)) if lines else "nothing"


def format_last_line(stderr: str) -> str:
    """Returns `: ` and the last line of an error output, or nothing."""
    lines = stderr.strip().splitlines()
    return f": {safe(lines[-1], 300)}" if lines else ""


def decode_path(text: str) -> str:
    """Returns a path that a tool printed in UTF-8 as this process spells it, whatever its locale."""
    try:
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    except UnicodeError:  # half a character: no file has such a name
        return text


@cache  # a tool names the same files for every component
def resolve_path(root: Path, path: str | Path) -> str:
    """Returns one spelling for a file, whatever spelling or link a tool writes."""
    try:
        return os.path.normcase(os.path.realpath(root / str(path)))
    except ValueError:  # a null byte: no file has such a name
        return str(path)


def resolve_files(evidence: Evidence, context: Context) -> dict[str, str]:
    """Returns the component's files: resolved path -> path from the root. Raises NotMeasuredError where it has none."""
    files = {resolve_path(context.root, path): context.relative(path) for path in evidence.component.files}
    if not files:
        raise NotMeasuredError("the component has no Python files")
    return files


def count_findings(output: ParsedOutput, evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings in the component's files: its Python files, and all others below its sources.

    Raises NotMeasuredError where the tool names the files that it analysed and none of the component's Python files is
    among them, or one is not and no configuration excludes it.
    """
    files = resolve_files(evidence, context)
    sources = [Path(resolve_path(context.root, source)) for source in evidence.component.sources]
    findings = [
        replace(finding, path=files.get(path) or context.relative(path))
        for finding in output.findings
        if (path := output.resolve(finding.path, context)) in files or is_other_file(Path(path), sources)
    ]
    if output.files is None:
        analysed = plural(output.file_count, "file")
    else:
        missing = sorted(files.keys() - {output.resolve(path, context) for path in output.files})
        if len(missing) == len(files):
            raise NotMeasuredError(describe_none_analysed(output.tool, len(files)))
        if unexplained := next((path for path in missing if not output.excludes(path, context)), None):
            raise NotMeasuredError(f"{output.tool} did not analyse {files[unexplained]}, and nothing excludes it")
        analysed = plural(len(files), "file")
        if missing:
            count = len(files) - len(missing)
            analysed = f"{count} of {analysed}, the others are excluded by {output.excluded_by}"
    findings.sort(key=lambda finding: (finding.path, finding.line or 0, finding.column or 0))
    note = ", ".join(filter(None, (output.tool, output.note, analysed)))
    return Measurement(len(findings), note, tuple(findings))


def is_other_file(path: Path, sources: Iterable[Path]) -> bool:
    """Whether a file below the sources is the component's, though no Python module: a stub, a notebook, settings.

    Tests are not, nor are hidden directories, installed packages and build output.
    """
    source = next((source for source in sources if source in path.parents), None)
    if source is None or path.suffix == ".py":
        return False
    above = [part for part in (source / one for one in path.relative_to(source).parents) if part != source]
    return not any(one.name in TEST_DIRECTORIES or is_skipped_directory(str(one.parent), one.name) for one in above)


def describe_none_analysed(tool: str, count: int) -> str:
    """Returns the message for a tool that analysed none of the component's `count` files."""
    files = plural(count, "file")
    return f"{tool} analysed none of the component's {files}; check whether its configuration excludes them"


def read_text(path: Path) -> str:
    """Returns the file's text, empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def walk_python_files(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Returns the resolved paths of all .py and .pyi files below `paths`, hidden directories left out."""
    for path in paths:
        if (root / path).is_file():
            yield resolve_path(root, path)
        for directory, directories, names in os.walk(root / path):
            directories[:] = [name for name in directories if name[0] != "." and name not in SKIPPED_DIRECTORIES]
            yield from (resolve_path(root, Path(directory, name)) for name in names if name.endswith((".py", ".pyi")))


def keep_positive(number: object) -> int | None:
    """Returns a line or column, which count from 1; None for anything else that a tool prints in its place."""
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def group_lines(lines: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Returns the first and the last line of each group of consecutive lines: (3, 5), (8, 8) for 3, 4, 5 and 8."""
    groups: list[tuple[int, int]] = []
    for line in lines:
        if groups and line == groups[-1][1] + 1:
            groups[-1] = (groups[-1][0], line)
        else:
            groups.append((line, line))
    return tuple(groups)


def make_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement, key: str, noun: str) -> Remedy:
    """Returns `fix 1 of 5 findings`, with the command that prints what the tool under `key` found."""
    found = [one for one in measurement.findings if requirement.line in ("", one.severity)]
    excess = math.ceil(len(found) - requirement.threshold)
    amount = plural(len(found), noun) if excess >= len(found) else f"{excess} of {plural(len(found), noun)}"
    text = f"fix {amount}"
    result = evidence.tools.get(key)
    if result is None:
        return Remedy(text)
    where = f" (in {safe(result.directory, 120)})" if result.directory else ""
    return Remedy(text + where, show_command(result))
