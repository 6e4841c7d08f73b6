"""Reads which lines of each component a change touches."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..model.evidence import Component, NewCode
from ..tools.changed_files import Change, read_change
from ..tools.changed_lines import find_changed_lines, read_diff
from ..tools.git import GitError
from .judged_files import is_version_module


def read_new_code(components: Iterable[Component], root: Path, branch: str) -> dict[str, NewCode]:
    """Returns the new code of each component against a branch; with the reason where it cannot be known."""
    given = list(components)
    try:
        change = read_change(root, branch)
        diff = read_diff(change)
        found = {}
        for one in given:
            lines, changed = find_changed_lines(change, diff, list_files(one, change), root, is_version_module)
            found[one.name] = NewCode(
                branch=change.base.branch, commit=change.base.commit, lines=lines, changed=changed
            )
    except GitError as error:
        return dict.fromkeys((one.name for one in given), NewCode(problem=str(error)))
    return found


def list_files(component: Component, change: Change) -> list[Path]:
    """Returns the component's files, and the changed ones below its sources of whatever type."""
    below = [path for path in change.files if any(path.is_relative_to(source) for source in component.sources)]
    return [*component.files, *(path for path in below if path.is_file())]
