"""The decisions file: a copy of the audit log in the repository, which counts as a git ref has it."""

from __future__ import annotations

import posixpath
from pathlib import Path

from ..config.following_files import DECISIONS
from ..config.git_ref import GitRefFiles
from ..model.text import safe
from ..tools import git
from ..tools.files import replace_file
from .database import LOCAL, SERVER, RecordsError
from .export import format_entry, parse_lines
from .history import REF, History, check_entries
from .store import Store


def add_ref(local: History, trust: tuple[str, ...], ref_files: GitRefFiles | None) -> History:
    """Returns the decisions that count: those of the git ref, where `trust` names it, besides those of the store.

    `local` is the history of the store. Without a ref, its decisions file counts nothing.
    """
    if REF not in trust:
        return local
    is_store_trusted = not {LOCAL, SERVER}.isdisjoint(trust)
    of_ref = read_ref(ref_files) if ref_files is not None else History()
    if of_ref.problem or (local.problem and is_store_trusted):
        return of_ref if of_ref.problem else local
    known = {one for entry in local.entries for one in (entry.hash, entry.origin)}
    more = (one for one in of_ref.entries if one.hash not in known and (one.origin or one.hash) not in known)
    proven = {entry.hash for entry in of_ref.entries}
    return History(
        entries=(*local.entries, *more),
        unproven=tuple(one for one in local.unproven if one.hash not in proven and one.origin not in proven),
        head=local.head if is_store_trusted else of_ref.head or local.head,
    )


def read_ref(ref_files: GitRefFiles) -> History:
    """Returns the decisions in the decisions file of a git ref; none where it has no such file."""
    name = f"{ref_files.ref}:{DECISIONS}"
    try:
        path = posixpath.normpath(ref_files.prefix + DECISIONS)
        found = git.find_objects(ref_files.root, ref_files.commit, [path]).values()
        data = b"".join(one.data for one in git.read_objects(ref_files.root, list(found)))
        return check_entries(parse_lines(data.decode("utf-8").splitlines(), name)[1])
    except (git.GitError, RecordsError, ValueError) as error:
        return History(problem=f"{safe(name, 200)} cannot be read: {safe(str(error), 300)}")


def import_decisions(root: Path, store: Store) -> None:
    """Adds the decisions of the decisions file in the working tree to the database. Raises RecordsError."""
    path = root / DECISIONS
    if not path.exists():
        return
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise RecordsError(f"{DECISIONS} cannot be read: {safe(str(error), 200)}") from error
    store.merge([], parse_lines(lines, DECISIONS)[1])


def write_decisions(root: Path, store: Store) -> None:
    """Writes the audit log into the decisions file of the working tree. Raises RecordsError."""
    try:
        replace_file(root / DECISIONS, "".join(map(format_entry, store.list_entries())))
    except OSError as error:
        raise RecordsError(f"{DECISIONS} cannot be written: {error.strerror}") from error
