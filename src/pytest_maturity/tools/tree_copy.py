"""Copies files of a commit to a temporary directory: all of them by their names, some with their contents."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from . import git


@contextmanager
def copy_tree(
    root: Path,
    commit: str,
    prefix: str,
    is_copied: Callable[[PurePosixPath], bool],
    is_read: Callable[[PurePosixPath], bool],
) -> Iterator[Path]:
    """Copies the files of a commit below `prefix`, the path of the root from the top of the repository.

    Files without `is_read` are empty. The functions get paths from the root. Raises GitError.
    """
    found = {
        path: blob
        for name, blob in git.list_files(root, commit, prefix)
        if is_copied(path := PurePosixPath(name.removeprefix(prefix)))
    }
    read = [path for path in found if is_read(path)]
    contents = dict(zip(read, git.read_objects(root, [found[path] for path in read]), strict=True))
    with tempfile.TemporaryDirectory(prefix="pytest-maturity-") as place:
        copy = Path(place).resolve()
        for path in found:
            file = copy / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents[path].data if path in contents else b"")
        yield copy
