"""detect-secrets: the command, which leaves the project's baseline as it is, and the parser of the new secrets."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement
from ..model.text import safe
from .findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    keep_positive,
    parse_json,
    read_text,
    require_result,
    resolve_files,
)
from .processes import find_program, is_inside, is_own_program
from .settings import find_directory, make_key, name_files

NAME = "detect-secrets"
BASELINE = ".secrets.baseline"
PRAGMA = "# pragma: allowlist secret"
SCAN_WITH_BASELINE = Path(__file__).with_name("scan_with_baseline.py")
LOG_FILTER = f"file://{Path(__file__).with_name('detect_secrets_log.py').as_posix()}::exclude_nothing"
# A baseline may name plugins, word lists and models of its own, by path (detect-secrets' README).
OTHER_INPUTS = re.compile(r'file://|"file_name"|"model"')
CHECKED = re.compile(r"\[scan\]\tINFO\tChecking file: (.+)$", re.MULTILINE)

Identity = tuple[str, str, str]  # of a secret, as detect-secrets compares them: path, type and hash


def make_command(paths: Sequence[str], root: Path, directory: str, timeout: float) -> Command:
    """Returns the run of detect-secrets, which exits with 0 with and without findings.

    --all-files: git need not be there. --verbose and the filter name the files that are read. --no-verify: else a
    secret is tried out over the network.
    """
    tool = find_program(NAME)
    options = ("--all-files", "--no-verify", "--filter", LOG_FILTER)
    argv: tuple[str, ...] = (tool, "--verbose", "scan", *options, *paths)
    if tool != NAME and has_settings(root / directory):  # the bare name means that it is not installed
        argv = (sys.executable, "-I", str(SCAN_WITH_BASELINE), BASELINE, *argv)
    has_known_inputs = is_own_program(tool) and not OTHER_INPUTS.search(read_text(root / directory / BASELINE))
    code = find_code(root / directory, root)
    return Command(
        argv=argv,
        install=("pip", "install", "detect-secrets"),
        exit_codes=(0,),
        timeout=timeout,
        inputs=(*paths, BASELINE) if has_known_inputs else None,
        directory=directory,
        isolated=True,
        settings=name_files([root / directory / BASELINE] * has_settings(root / directory), root),
        problem=f"{NAME} would run code of the project: {safe(code, 120)} in {BASELINE}" if code else "",
    )


def has_settings(directory: Path) -> bool:
    """Whether a directory has a baseline."""
    return (directory / BASELINE).is_file()


def find_code(directory: Path, root: Path) -> str:
    """Returns the first plugin or filter in a baseline that is a file of the project; empty without one."""
    paths = re.findall(r'"path":\s*"file://([^":]+)', read_text(directory / BASELINE))
    return next((path for path in paths if is_inside(str(directory / path), root)), "")


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of secrets that the project's baseline does not know; unknown where a file was not read."""
    key = make_key(NAME, find_directory(evidence.component, context.root, has_settings))
    try:
        output, known = parse(require_result(evidence, key, NAME))
        measurement = count_findings(output, evidence, context)
        files = resolve_files(evidence, context)
    except NotMeasuredError as error:  # the last line of the log may quote a candidate that it skipped
        return Measurement(None, re.sub(r"Skipping .*", "Skipping a candidate", str(error)))
    for path in evidence.component.files:
        if not is_utf8(path):  # the tool takes such a file for a binary one, and does not say so
            return Measurement(None, f"{NAME} cannot read {context.relative(path)}: it is not UTF-8")
    ignored = sum(output.resolve(path, context) in files for path in known)
    note = f", {ignored} known in {BASELINE} not counted" if ignored else ""
    return replace(measurement, note=measurement.note + note)


def advise_on_false_alarms(findings: Sequence[Finding], result: ToolResult) -> str:
    """Returns the two ways to settle what is no secret: a comment on the line, or an entry in the baseline.

    With a baseline, all files are scanned again: detect-secrets drops the entries of those that it does not scan.
    """
    inside = f"{result.directory}/" if result.directory else ""
    paths = dict.fromkeys(one.path.removeprefix(inside) for one in findings)
    if str(SCAN_WITH_BASELINE) in result.argv:
        command = f"{NAME} scan --no-verify --baseline {BASELINE}"
        more = ", which adds every secret in the repository: read what it adds"
    else:
        command, more = f"{NAME} scan --no-verify --all-files {shlex.join(paths)} > {BASELINE}", ""
    harmless = "if it is none (a local address, a password for tests), add"
    return f"{harmless} the comment `{PRAGMA}` to its line, or an entry to the baseline: `{command}`{more}"


def parse(result: ToolResult) -> tuple[ParsedOutput, list[str]]:
    """Returns the new secrets in the JSON of `detect-secrets scan` (its README), and the path of each known one.

    Raises NotMeasuredError.
    """
    answer = parse_json(result, NAME, quote=False)
    try:
        known = {identity for identity, _ in read_secrets(answer.get("known", {}))}
        found = list(read_secrets(answer["results"]))
    except (KeyError, TypeError, AttributeError):
        raise NotMeasuredError(f"{NAME} printed JSON of another form") from None
    findings = [finding for identity, finding in found if identity not in known]
    known_paths = [finding.path for identity, finding in found if identity in known]
    files = CHECKED.findall(result.stderr)
    return ParsedOutput(tool=NAME, findings=findings, files=files, directory=result.directory), known_paths


def read_secrets(results: Mapping[str, Any]) -> Iterator[tuple[Identity, Finding]]:
    """Returns each secret's identity and its finding, which never holds the secret itself."""
    for path, found in results.items():
        for one in found:
            kind, line = one["type"], keep_positive(one.get("line_number"))
            finding = Finding(path=path, message=kind, line=line, rule=NAME, severity="critical")
            yield (path.replace("\\", "/"), kind, one["hashed_secret"]), finding


def is_utf8(path: Path) -> bool:
    """Whether a file is UTF-8. A file that cannot be read is: its tool ran on another machine and read it there."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    except OSError:
        pass
    return True
