"""Approval files: approvals and revocations in a directory of the repository, which count as a git ref has them."""

from __future__ import annotations

from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import Any

from ..config.following_files import APPROVALS
from ..config.git_ref import GitRefFiles
from ..model.history import Decision
from ..model.light_dataclass import light_dataclass
from ..model.names import identity
from ..model.text import safe
from ..tools import git
from ..tools.files import replace_file
from .audit import SHOWN_ID, check_time
from .database import RecordsError

KINDS = ("approval", "revocation")
LARGEST = 100_000  # bytes of a file


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFile:
    """An approval file: its path from the root, and what it holds; None where that is no decision, see `problem`."""

    path: str
    decision: Decision | None = None
    problem: str = ""


def read_files_of_ref(ref_files: GitRefFiles) -> list[ApprovalFile]:
    """Returns the approval files of a git ref. Raises RecordsError."""
    prefix = f"{ref_files.prefix}{APPROVALS}/"
    try:
        found = [
            (path, one)
            for path, one in git.list_files(ref_files.root, ref_files.commit, prefix)
            if path.endswith(".json")
        ]
        contents = git.read_objects(ref_files.root, [one for _, one in found])
    except git.GitError as error:
        raise RecordsError(f"{safe(ref_files.ref, 200)}:{prefix} cannot be read: {error}") from error
    return [
        parse_file(path.removeprefix(ref_files.prefix), one.data)
        for (path, _), one in zip(found, contents, strict=True)
    ]


def read_files_of_tree(root: Path) -> list[ApprovalFile]:
    """Returns the approval files of the working tree."""
    files = []
    for path in sorted((root / APPROVALS).glob("*.json")):
        name = path.relative_to(root).as_posix()
        try:
            files.append(parse_file(name, path.read_bytes() if path.is_file() else b""))
        except OSError as error:
            files.append(ApprovalFile(path=name, problem=f"cannot be read: {error.strerror}"))
    return files


def parse_file(path: str, data: bytes) -> ApprovalFile:
    """Returns what an approval file holds."""
    try:
        if len(data) > LARGEST:
            raise ValueError("is too large")
        content: Any = loads(data.decode("utf-8"))
        decision = Decision.from_dict(content)
        check_time(decision.time)
        if decision.kind not in KINDS:
            raise ValueError(f"holds a {decision.kind}")
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        return ApprovalFile(path=path, problem=f"is no approval: {safe(str(error), 200)}")
    return ApprovalFile(path=path, decision=decision)


def write_file(root: Path, decision: Decision) -> str:
    """Writes a decision into a file of its own; returns its path from the root. Raises RecordsError."""
    name = f"{identity(decision.component)}-{decision.kind}-{decision.id[:SHOWN_ID]}.json".replace("/", "_")
    path = root / APPROVALS / name
    try:
        path.parent.mkdir(exist_ok=True)
        replace_file(path, dumps(decision.to_dict(), indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise RecordsError(f"{APPROVALS}/{safe(name, 200)} cannot be written: {error.strerror}") from error
    return f"{APPROVALS}/{name}"
