"""The project that a verb works on: the configuration in the working directory, and its records."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..config.git_ref import GitRefFiles, read_ref
from ..config.settings import Config, load_config
from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.history import Decision
from ..model.text import safe
from ..records.audit import Entry
from ..records.configured import choose_store
from ..records.database import RecordsError
from ..records.from_report import find_actor
from ..records.history import REF, History, is_trusted, read_history
from ..records.ref import add_ref, read_file, select_missing, write_file
from ..records.store import Store
from ..reports.refused_start import find_values
from .parser import Parser


@dataclass(frozen=True)
class Project:
    """The project at `root`."""

    root: Path
    config: Config
    ref_files: GitRefFiles | None = None  # of --policy-ref

    @cached_property
    def store(self) -> Store:
        """The store that the configuration names, whether it exists or not."""
        return choose_store(self.config.records, self.root, os.environ)

    def read_store(self) -> History:
        """Returns all decisions in the store. Raises RecordsError."""
        history = read_history(self.store, is_trusted=True)
        if history.problem:
            raise RecordsError(history.problem)
        return history

    def read_log(self) -> History:
        """Returns all decisions, whether they count or not, of the store and of the decisions file, if it is used.

        Raises RecordsError.
        """
        history = self.read_store()
        if REF not in self.config.records.trust:
            return history
        more = select_missing(read_file(self.root), history.entries)
        return replace(history, entries=(*history.entries, *more))

    def read_history(self) -> History:
        """Returns the decisions that count, and those that do not. Raises RecordsError."""
        trust = self.config.records.trust
        history = add_ref(read_history(self.store, is_trusted=is_trusted(self.store, trust)), trust, self.ref_files)
        if history.problem:
            raise RecordsError(history.problem)
        return history

    def append(self, decisions: Sequence[Decision]) -> list[Entry]:
        """Adds decisions to the audit log, and to the decisions file where that is trusted. Raises RecordsError."""
        entries = self.store.append(decisions)
        if REF in self.config.records.trust:
            write_file(self.root, self.store)
        return entries

    @property
    def actor(self) -> str:
        """The user who runs this verb."""
        return find_actor(os.environ)


def add_config_option(parser: Parser) -> None:
    """Adds the option that names the configuration."""
    parser.add_argument(
        "--config", type=Path, metavar="PATH",
        help="read the configuration from this file (default: that of the working directory)",
    )  # fmt: skip
    parser.add_argument(
        "--policy-ref", metavar="REF",
        help="use the configuration of this git ref, and its decisions where they are trusted",
    )  # fmt: skip


def read_project(options: argparse.Namespace) -> Project:
    """Returns the project in the working directory. Raises MaturityError."""
    root = Path.cwd()
    path = root / options.config if options.config is not None else None
    ref_files = read_ref(root, options.policy_ref, path) if options.policy_ref is not None else None
    return Project(root, load_config(root, path, ref_files), ref_files)


def find_other_policy(document: Mapping[str, Any], project: Project) -> Iterator[str]:
    """Yields why the policy that a report was judged by is not that of the project, and what would be right."""
    judged, own = document["policy"], safe(project.config.source, 300)
    if judged["digest"] == project.config.digest_without_target:
        return
    here = project.ref_files.ref if project.ref_files is not None else None
    named = next(reversed(find_values(document["run"]["command_line"], "--maturity-config")), "")
    if judged["ref"] != here:
        was = f"that of the git ref {safe(judged['ref'], 100)}" if judged["ref"] else "that of the working tree"
        advice = f"add --policy-ref {judged['ref']}" if judged["ref"] else f"run pytest --maturity-policy-ref={here}"
    elif named:
        was = f"--maturity-config {safe(named, 200)}"
        advice = f"run pytest without that option, or give --config {shlex.quote(named)} here, too"
    else:
        was, advice = "another one", "run pytest again"
    yield f"the policy that it was judged by is not that of {own}, but {was}: {safe(advice, 300)}"


def warn_where_nothing_counts(project: Project) -> None:
    """Prints that what is written to the store does not count, where the configuration does not trust it."""
    store, trust = project.store, project.config.records.trust
    if not is_trusted(store, trust) and REF not in trust:
        print(
            f'note: {store.name} does not count here: add "{store.kind}" to trust in [tool.maturity.records]',
            file=sys.stderr,
        )


def fail(problems: Iterable[str], code: int = exit_codes.INCONCLUSIVE) -> int:
    """Prints what keeps a verb from its work, and returns the exit code."""
    for problem in problems:
        print(f"ERROR: {safe(problem, 2000)}", file=sys.stderr)
    return code


def fail_usage(error: MaturityError) -> int:
    """Prints what is wrong with the configuration or the command line, and returns 4."""
    return fail(error.problems, exit_codes.WRONG_USAGE)
