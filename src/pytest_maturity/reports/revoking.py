"""Takes back the report of a run that does not count any more."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ..config import schema
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.report import Verdict
from . import files, verify


def revoke_report(path: Path, note: str) -> None:
    """Makes the report of an earlier run INCOMPLETE, where this run does not replace it; `note` says why.

    On a full disk, removes the file instead. Where nothing may be changed the file stays: then only the exit code and
    the run id show that it is old. Leaves files alone that are no report.
    """
    with contextlib.suppress(OSError, ValueError, MaturityError):  # a name that no file can have, too
        document = verify.read_document(path)
        if schema.find_problems(document, schema.load_schema("report"), "report"):
            return
        if document["verdict"] == Verdict.INCOMPLETE.value:
            return
        document |= {"verdict": Verdict.INCOMPLETE.value, "components": [], "notes": [note]}
        text = json.dumps({**document, "seal": compute_seal(document)}, indent=2, ensure_ascii=False)
        try:
            files.write_file(path, f"{text}\n")
        except OSError:
            path.unlink()
