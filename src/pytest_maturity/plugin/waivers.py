"""The waivers of a run: read before the first conftest.py, checked when every gate is known.

This module is imported only where a waivers file exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from ..config.files import WorkingTreeFiles
from ..config.git_ref import GitRefFiles
from ..config.waivers import WaivableNames, WaiverEntry, check_entries, read_entries
from ..model.errors import ConfigError, collect_problems
from ..model.report import PolicyChange
from ..model.text import safe
from ..model.waivers import Waiver, Waivers

_now = datetime.now  # bound here: a test may freeze the clock


class RunWaivers:
    """The waivers file of one run: the working tree's, or that of the policy's git ref and what differs from it."""

    def __init__(self, root: Path, ref_files: GitRefFiles | None) -> None:
        """Reads the files, and the clock. Raises ConfigError with everything that makes a file unreadable."""
        problems: list[str] = []
        self._now = _now(timezone.utc)
        self._ref = ref_files.ref if ref_files is not None else ""
        tree = collect_problems(problems, lambda: read_entries(root, WorkingTreeFiles(root)))
        of_ref = collect_problems(problems, lambda: read_entries(root, ref_files)) if ref_files is not None else None
        if problems:
            raise ConfigError(problems)
        self._counted: Sequence[WaiverEntry] = (tree if ref_files is None else of_ref) or ()
        self._proposed: Sequence[WaiverEntry] = (tree or ()) if ref_files is not None else ()

    def check(self, names: WaivableNames) -> Waivers:
        """Returns the waivers that count, and those that do not."""
        return check_entries(self._counted, names, self._now)

    def find_new(self, counted: Waivers, names: WaivableNames) -> Iterator[PolicyChange]:
        """Yields the waivers of the working tree that the policy's git ref does not have: they do not count."""
        known = {replace(one, source=""): one for one in counted.valid}
        before = {one.scope: one for one in counted.valid}
        for one in check_entries(self._proposed, names, self._now).valid:
            if replace(one, source="") not in known:
                old = before.get(one.scope)
                yield PolicyChange(
                    setting=f"waiver of {safe(one.label, 200)}",
                    new=describe_end(one),
                    old=describe_end(old) if old is not None else "nothing",
                    new_source=one.source,
                    old_source=old.source if old is not None else self._ref,
                )

    def list_notes(self, names: WaivableNames) -> Iterator[str]:
        """Yields notes on the waivers of the working tree that the git ref does not have, and that would not count."""
        known = [one.data for one in self._counted]
        new = {one.source for one in self._proposed if one.data not in known}
        for one in check_entries(self._proposed, names, self._now).refused:
            if one.source in new:
                yield f"waiver {one.source} arrives with the change, and would not count: {one.problem}"


def describe_end(waiver: Waiver) -> str:
    """Returns who approved a waiver, and until when it counts."""
    return f"by {safe(waiver.approved_by, 60)} until {waiver.expires}"
