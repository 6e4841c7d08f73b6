"""Outputs of the type checkers: their own, shortened."""

from __future__ import annotations

import json
from pathlib import Path

MYPY_ERROR = (
    '{"file": "src/alpha/__init__.py", "line": 3, "column": 11, "message": '
    '"Incompatible return value type (got \\"int\\", expected \\"str\\")", "code": "return-value", '
    '"severity": "error"}\n'
)
MYPY_NOTE = (
    '{"file": "src/alpha/__init__.py", "line": 2, "column": 16, "message": "Revealed type is \\"int\\"", '
    '"hint": null, "code": "misc", "severity": "note"}\n'
)
MYPY_SYNTAX = (
    '{"file": "src/beta.py", "line": 1, "column": 7, "message": "Expected a parameter", "hint": null, '
    '"code": "syntax", "severity": "error"}\n'
)
MYPY_LOG = (
    "\n"
    "LOG:  Mypy Version:           2.4.1\n"
    "LOG:  Found source:           BuildSource(path='src/alpha/__init__.py', module='alpha', has_text=False, "
    "base_dir='src', followed=False)\n"
    "LOG:  Found source:           BuildSource(path=\"src/al'pha/more.py\", module='alpha.more', "
    "base_dir='src', followed=False)\n"
    "LOG:  Build finished in 0.883 seconds with 47 modules, and 1 errors\n"
)
TY_ERROR = (
    "src/alpha/__init__.py:3:12: error[invalid-return-type] Return type does not match returned value: "
    "expected `str`, found `int`\n"
)
TY_WARNING = "src/alpha/__init__.py:4:1: warning[deprecated] The function `f` is deprecated\n"
TY_LOG = (
    "2026-01-01 12:00:00.850853472 INFO Indexed 2 file(s) in 0.002s\n"
    "2026-01-01 12:00:00.850853473 DEBUG Checking file 'src/alpha/__init__.py'\n"
)
PYREFLY_ERROR = {
    "line": 3,
    "column": 12,
    "stop_line": 3,
    "stop_column": 13,
    "path": "src/alpha/__init__.py",
    "code": -2,
    "name": "bad-return",
    "description": "Returned type `int` is not assignable to declared return type `str`\n  more",
    "concise_description": "Returned type `int` is not assignable to declared return type `str`",
    "severity": "error",
}
PYREFLY_LOG = (
    "DEBUG Checking 2 files (listing took 0.00s)\n INFO 1 error\nNo `pyrefly.toml` found — using preset `basic`.\n"
)


def pyright_answer(root: Path, *severities: str, analysed: int = 2) -> str:
    file = str(root / "src/alpha/__init__.py")
    span = {"start": {"line": 2, "character": 11}, "end": {"line": 2, "character": 12}}
    found = [
        {
            "file": file,
            "severity": severity,
            "message": 'Type "int" is not ...',
            "range": span,
            "rule": "reportX",
        }
        for severity in severities
    ]
    summary = {"filesAnalyzed": analysed, "errorCount": severities.count("error"), "timeInSec": 0.4}
    return json.dumps({"version": "1.1.414", "generalDiagnostics": found, "summary": summary})
