"""Attested numbers in JSON files of the project.

A change must not attest itself. Under the policy of a git ref, a file that git tracks counts as the ref has it; one
that git does not track is what another step of the job has written. Its age is that of a time in the file or of the
commit that wrote it, never that of the file system, which anything can set.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..config import git_ref
from ..config.git_ref import GitRefFiles
from ..model.attestations import Attested
from ..model.errors import ConfigError
from ..model.names import insert_name
from ..model.text import first_few, safe
from ..tools import git
from ..tools.attested_json import read_attested
from ..tools.findings import NotMeasuredError

LARGEST = 1024 * 1024  # bytes
SHALLOW = "this clone is shallow, so that its commit is not known: type git fetch --unshallow"


def read_file(
    root: Path, table: Mapping[str, Any], component: str, ref_files: GitRefFiles | None, now: datetime
) -> Attested:
    """Returns what the file of an attestation says about a component; without a number, why it does not count."""
    name = posixpath.normpath(insert_name(table["file"], component))
    shown = safe(name, 200)
    try:
        text, written = find_content(root, name, ref_files, needs_commit="timestamp" not in table)
        return read_attested(text, table, shown, written, now)
    except NotMeasuredError as error:
        return Attested(value=None, note=str(error))
    except (git.GitError, ConfigError, OSError, ValueError) as error:
        reason = first_few(error.problems) if isinstance(error, ConfigError) else safe(str(error), 300)
        return Attested(value=None, note=f"{shown} cannot be read: {reason}")


def find_content(
    root: Path, name: str, ref_files: GitRefFiles | None, needs_commit: bool
) -> tuple[str, datetime | None]:
    """Returns the text that counts of a file and, with `needs_commit`, the time of the commit that wrote it.

    `name` is its path from the root. Raises NotMeasuredError where nothing counts, and the errors of what reads it.
    """
    path, shown = root / name, safe(name, 200)
    if nested := find_other_repository(root, path):
        raise NotMeasuredError(f"{shown} is in another repository, {safe(nested, 120)}: its commits are not known here")
    is_tracked = bool(git.list_tracked(root, [Path(name)]))
    if ref_files is not None:
        found = git_ref.read_files(ref_files, [path])
        if path in found:
            time = find_commit_time(root, ref_files.commit, name) if needs_commit else None
            return decode(found[path], shown), time
        if is_tracked:
            raise NotMeasuredError(f"{shown} is not in {ref_files.ref}: a change cannot attest itself")
    text = decode(read_bytes(root, path, shown), shown)
    if not needs_commit:
        return text, None
    if not is_tracked:
        raise NotMeasuredError(f"{shown} has no time: git does not track it, so name a timestamp in it")
    if git.run_git(root, "--literal-pathspecs", "diff", "--quiet", "HEAD", "--", name).problem:
        raise NotMeasuredError(f"{shown} differs from its commit: commit it, or name a timestamp in it")
    return text, find_commit_time(root, "HEAD", name)


def find_other_repository(root: Path, path: Path) -> str:
    """Returns the directory below the root that is a repository of its own and holds the path; empty without one."""
    below = [folder for folder in path.parents if root in folder.parents]
    return next((folder.relative_to(root).as_posix() for folder in below if (folder / ".git").exists()), "")


def read_bytes(root: Path, path: Path, shown: str) -> bytes:
    """Returns the content of a file in the work tree. Raises NotMeasuredError, OSError."""
    if not path.exists():
        raise NotMeasuredError(f"there is no {shown}")
    if not path.resolve().is_relative_to(root.resolve()):
        raise NotMeasuredError(f"{shown} is a link that leads out of the project")
    if not path.is_file():
        raise NotMeasuredError(f"{shown} is no file")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise NotMeasuredError(f"{shown} has more than {LARGEST // 2**20} MiB")
    return data


def decode(data: bytes, shown: str) -> str:
    """Returns the text of a file. Raises NotMeasuredError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotMeasuredError(f"{shown} is not UTF-8") from None


def find_commit_time(root: Path, commit: str, name: str) -> datetime:
    """Returns the time of the last commit, of those that lead to `commit`, that wrote a file.

    Raises GitError, and NotMeasuredError where a shallow clone may lack that commit.
    """
    arguments = ("log", "-1", "--format=%ct %P", commit, "--", name)
    found = git.run_git_checked(root, "--literal-pathspecs", *arguments).decode("ascii", "replace").split()
    if not found:
        raise git.GitError("git knows no commit that wrote it")
    if len(found) == 1 and git.is_shallow(root):  # a commit without parents is where the clone was cut
        raise NotMeasuredError(f"{safe(name, 200)}: {SHALLOW}")
    return datetime.fromtimestamp(int(found[0]), tz=timezone.utc)
