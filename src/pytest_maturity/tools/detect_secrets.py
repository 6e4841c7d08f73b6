"""detect-secrets: how to run it without touching the project's baseline, and what it found that is new."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..model.evidence import Command, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement
from .findings import Said, UnclearError, from_one, heard, json_of, own_files, own_measurement, place, text_of
from .processes import find_program, is_own_program

NAME = "detect-secrets"
BASELINE = ".secrets.baseline"
# A baseline may name plugins, word lists and models of its own, by path (detect-secrets' README).
ELSEWHERE = re.compile(r'file://|"file_name"|"model"')
CHECKED = re.compile(r"\[scan\]\tINFO\tChecking file: (.+)$", re.MULTILINE)

# `scan --baseline` takes plugins, limits and filters from the baseline, and then overwrites it. So it gets a
# copy, and what was known before is printed beside what there is now.
ON_A_COPY = """
import json, pathlib, shutil, subprocess, sys, tempfile
baseline, *scan = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    copy = shutil.copy(baseline, folder)
    code = subprocess.call([*scan, "--baseline", copy])
    if not code:
        known, now = (json.loads(pathlib.Path(path).read_text("utf-8")) for path in (baseline, copy))
        print(json.dumps({**now, "known": known["results"]}))
sys.exit(code)
"""


def command(paths: Sequence[str], root: Path, timeout: float) -> Command:
    """Exit code 0 is success, with or without findings. All files, because git need not be there."""
    # --verbose names the files that are read. --no-verify: else a secret is tried out over the network.
    tool = find_program(NAME)
    scan: tuple[str, ...] = (tool, "--verbose", "scan", "--all-files", "--no-verify", *paths)
    if tool != NAME and (root / BASELINE).is_file():  # the bare name means that it is not installed
        scan = (sys.executable, "-c", ON_A_COPY, BASELINE, *scan)
    return Command(
        argv=scan,
        install="pip install detect-secrets",
        documented=(0,),
        timeout=timeout,
        reads=(*paths, BASELINE) if is_own_program(tool) and not ELSEWHERE.search(text_of(root / BASELINE)) else None,
    )


def leaks(evidence: Evidence, context: Context) -> Measurement:
    """The secrets that the project's baseline does not know; None where a file was not read."""
    try:
        said, known = parse(heard(evidence, NAME, NAME))
        measurement = own_measurement(said, evidence, context)
        files = own_files(evidence, context)
    except UnclearError as unclear:  # the last line of its log may tell a candidate that it skipped
        return Measurement(None, re.sub(r"Skipping .*", "Skipping a candidate", str(unclear)))
    for path in evidence.component.files:
        if not is_utf8(path):  # the tool takes such a file for binary and says nothing
            return Measurement(None, f"{NAME} cannot read {context.relative(path)}: it is not UTF-8")
    ignored = sum(place(context.root, path) in files for path in known)
    note = f", {ignored} known in {BASELINE} not counted" if ignored else ""
    return replace(measurement, note=measurement.note + note)


def parse(result: ToolResult) -> tuple[Said, list[str]]:
    """The JSON of `detect-secrets scan` (its README): what is new, and the path of each that is not."""
    answer = json_of(result, NAME, quote=False)
    try:
        known = {identity for identity, _ in secrets(answer.get("known", {}))}
        found = list(secrets(answer["results"]))
    except (KeyError, TypeError, AttributeError):
        raise UnclearError(f"{NAME} printed JSON of another form") from None
    findings = [finding for identity, finding in found if identity not in known]
    old = [finding.path for identity, finding in found if identity in known]
    return Said(tool=NAME, findings=findings, seen=CHECKED.findall(result.stderr)), old


def secrets(results: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], Finding]]:
    """Each secret: what tells it from others, as in the tool itself, and where it is. Never its text."""
    for path, found in results.items():
        for one in found:
            kind, line = one["type"], from_one(one.get("line_number"))
            finding = Finding(path=path, message=kind, line=line, rule=NAME, severity="critical")
            yield (path.replace("\\", "/"), kind, one["hashed_secret"]), finding


def is_utf8(path: Path) -> bool:
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    except OSError:
        pass  # judged on another machine: what the tool said about it still stands
    return True
