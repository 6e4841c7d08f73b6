"""The decisions file: an audit log in the repository, which counts as a git ref has it.

A change can bring decisions of its own in this file. So none of it gets into the database, from which it would come
into the file of another branch; what the database has, `record` and `demote` add to the file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from pathlib import Path

from ..config.following_files import DECISIONS
from ..config.git_ref import GitRefFiles
from ..model.text import safe
from ..tools import git
from ..tools.files import replace_file
from .audit import Entry, make_entry
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
    return History(
        entries=(*local.entries, *select_missing(of_ref.entries, local.entries)),
        unproven=tuple(select_missing(local.unproven, of_ref.entries)),
        head=local.head if is_store_trusted else of_ref.head or local.head,
    )


def read_ref(ref_files: GitRefFiles) -> History:
    """Returns the decisions in the decisions file of a git ref; none where it has no such file."""
    try:
        return check_entries(parse_file(ref_files.root, ref_files))
    except RecordsError as error:
        return History(problem=str(error))


def parse_file(root: Path, ref_files: GitRefFiles | None = None) -> list[Entry]:
    """Returns the entries of the decisions file, whether their chain is whole or not: see `audit.find_break`.

    The file is that of a git ref, without one that of the working tree. Raises RecordsError.
    """
    name = safe(f"{ref_files.ref}:{DECISIONS}" if ref_files is not None else DECISIONS, 200)
    try:
        data = read_bytes(root, ref_files)
        return parse_lines(data.decode("utf-8").splitlines(), name)[1]
    except (git.GitError, OSError, ValueError) as error:
        raise RecordsError(f"{name} cannot be read: {safe(str(error), 300)}") from error


def read_bytes(root: Path, ref_files: GitRefFiles | None) -> bytes:
    """Returns the contents of the decisions file; nothing where there is none. Raises GitError or OSError."""
    if ref_files is None:
        path = root / DECISIONS
        return path.read_bytes() if path.exists() else b""
    path_in_ref = posixpath.normpath(ref_files.prefix + DECISIONS)
    found = git.find_objects(root, ref_files.commit, [path_in_ref]).values()
    return b"".join(one.data for one in git.read_objects(root, list(found)))


def select_missing(entries: Iterable[Entry], known: Iterable[Entry]) -> list[Entry]:
    """Returns the entries with decisions that are in none of the known ones, by whatever hash."""
    ids = {entry.decision.id for entry in known}
    return [entry for entry in entries if entry.decision.id not in ids]


def read_file(root: Path) -> tuple[Entry, ...]:
    """Returns the entries of the decisions file in the working tree. Raises RecordsError where it was changed."""
    history = check_entries(parse_file(root))
    if history.problem:
        raise RecordsError(f"{DECISIONS}: {history.problem}")
    return history.entries


def write_file(root: Path, store: Store) -> None:
    """Adds the decisions of the database to the decisions file of the working tree. Raises RecordsError."""
    entries = list(read_file(root))
    for one in select_missing(store.list_entries(), entries):
        entries.append(make_entry(one.decision, entries[-1] if entries else None))
    try:
        replace_file(root / DECISIONS, "".join(map(format_entry, entries)))
    except OSError as error:
        raise RecordsError(f"{DECISIONS} cannot be written: {error.strerror}") from error
