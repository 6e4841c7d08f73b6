"""What earlier runs of the same question left: to go on from one that was killed, or to take a whole one as it was.

All of it lies in the user's directory, outside of the repository, as the answers of tools do: what a change of the
repository could bring along proves nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ... import gates
from ...coverage import Recorder
from ...model.digests import digest
from ...model.errors import MaturityError
from ...model.report import Judgement
from ...model.text import plural, safe, some
from ...tools.cache import outside
from .. import xdist
from ..outcome_listener import Accounts
from ..plan import Plan
from ..report_files import Publisher
from . import shards
from .inputs import (
    BESIDE,
    CONFIGURATION,
    IMPORTED,
    Looked,
    TooManyError,
    arguments,
    differences,
    imported,
    inputs,
    places_of,
)
from .journal import Journal, name_of
from .shards import Merge, Seen, Shard

LOST = "lost"  # in the directory of a run that lost a worker
MOST = 50  # questions of which something is kept
WHY_NOT = ".txt"  # why nothing of the last run is kept
KEPT_STATUS = (0, 1)  # of pytest: the tests ran to their end


class Earlier:
    """Looks back before the tests, and leaves for the next run what it may need."""

    def __init__(self, config: pytest.Config, plan: Plan, publisher: Publisher) -> None:
        """Raises MaturityError for options that do not go together."""
        options = config.known_args_namespace
        self._resumes, self._reuses = options.maturity_resume, options.maturity_reuse
        refuse(options)
        self._config, self._plan, self._publisher = config, plan, publisher
        self._journal: Journal | None = None
        self._directory: Path | None = None  # of this run's journal
        self._looked: Looked | None = None
        self.notes: list[str] = []

    @property
    def _run_id(self) -> str:
        return self._publisher.run.id

    def _place(self, kind: str) -> Path | None:
        """Where the answers to this question are kept."""
        base = outside(self._plan.root, kind)
        question = [str(self._plan.root), self._plan.asked, self._plan.policy.digest, arguments(self._config)]
        return base and base / digest({"question": question})[:32]

    def _changed(self, shard: Shard) -> list[str]:
        """What is not as it was for these tests; a word where it cannot be told."""
        try:
            known, beside = (shard.inputs.get(kind, ()) for kind in (IMPORTED, BESIDE))
            return differences(shard.inputs, inputs(self._plan, self._config, known, places_of(beside)))
        except (OSError, TooManyError):
            return ["the files of the project cannot be compared"]

    # ── a whole run ──────────────────────────────────────────────────────────

    def whole(self) -> Merge | None:
        """What the last such run observed, to be judged again; None where tests are to run."""
        place = self._place("evidence")
        if place is None:
            self._not("reused", "what is kept would lie in the repository")
            return None
        path = place.with_suffix(".json")
        if not path.exists():
            self._not("reused", why_not(place))
            return None
        try:
            shard = Shard.read(path)
        except MaturityError as error:
            self._not("reused", *error.problems)
            return None
        if changed := self._own_gates() or self._changed(shard):
            self._not("reused", *changed)
            return None
        with suppress(OSError):
            os.utime(path)
        return Merge([shard], f"reused, because nothing changed: the tests of {when(shard)}")

    def _own_gates(self) -> list[str]:
        """What speaks against passing over tests: gates that the project's code brings may watch them run."""
        known = {one.name for one in (*gates.BUILTIN, *gates.configured(self._plan.policy.gates))}
        own = [name for name in self._plan.gates_asked() if name not in known]
        return [f"the project's own gate {safe(name, 60)} may count while tests run" for name in own]

    def _not(self, what: str, *why: str) -> None:
        self.notes.append(f"not {what}, everything ran: {safe('; '.join(why), 600)}")

    def keep(self, accounts: Accounts, recorder: Recorder, status: int, judged: tuple[Judgement, ...]) -> None:
        """Leave what this run observed, if it is the whole truth."""
        place = self._place("evidence") if self._reuses else None
        known = recorder.settings() in ("", *CONFIGURATION)  # another file is no input
        whole = status in KEPT_STATUS and not any(one.evidence.gaps for one in judged)
        if place is None or not known or not whole or self._looked is None:
            return
        with suppress(Exception):  # nothing depends on it, and a test may have broken what it uses
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.with_suffix(WHY_NOT).write_text("its files could not be compared", encoding="utf-8")
            found = inputs(self._plan, self._config, {*imported(self._plan.root), *accounts.imported})
            if changed := self._looked.changed(found):
                place.with_suffix(WHY_NOT).write_text(f"{some(changed)} changed while it ran", encoding="utf-8")
                return
            coverage = recorder.export(self._plan.components)
            seen = Seen(self._publisher.run, accounts, coverage, status=status, inputs=found)
            shards.write(place.with_suffix(".json"), self._plan, seen)
            place.with_suffix(WHY_NOT).unlink()
            prune(place.parent)

    # ── a run that was killed ────────────────────────────────────────────────

    def begin(self, accounts: Accounts, recorder: Recorder, workers: xdist.Workers) -> None:
        """Take over what passed before, where that is asked for, and write a journal where tests run."""
        with suppress(OSError, TooManyError), recorder.paused():  # else nothing is kept
            self._looked = Looked(self._plan, self._config, self._publisher.began)
        if xdist.is_worker(self._config):
            self._begin_worker(accounts, recorder)
            return
        place = self._place("runs")
        if place is not None:
            self._directory = place / self._run_id
            if self._resumes:
                self._resume(place, accounts, recorder)
            else:
                shutil.rmtree(place, ignore_errors=True)
            workers.more["journal"] = str(self._directory)
            workers.on_loss = self._lose
            if not xdist.has_workers(self._config):
                self._write_into(self._directory, accounts, recorder)
        elif self._resumes:
            self._not("resumed", "what a killed run would leave lies in the repository")

    def _lose(self) -> None:
        """A worker died with a test: only this process knows, and what the others write tells nothing of it."""
        with suppress(OSError):
            assert self._directory is not None
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._directory / LOST).touch()

    def _begin_worker(self, accounts: Accounts, recorder: Recorder) -> None:
        told = xdist.told(self._config)
        accounts.done = frozenset(told.get("done", ()))
        if "journal" in told:
            self._write_into(Path(told["journal"]), accounts, recorder)

    def _write_into(self, directory: Path, accounts: Accounts, recorder: Recorder) -> None:
        if self._looked is not None:
            name, run = name_of(self._config), self._publisher.run
            self._journal = Journal(directory, name, self._plan, run, self._looked)
            self._journal.listen(self._config, accounts, recorder)

    def _resume(self, place: Path, accounts: Accounts, recorder: Recorder) -> None:
        try:
            found = list(journals(place))
        except MaturityError as error:
            self._not("resumed", *error.problems)
            shutil.rmtree(place, ignore_errors=True)
            return
        if not found:
            self._not("resumed", "no such run was killed")
            return
        changed = self._own_gates() + [words for _, shard in found for words in self._changed(shard)]
        if (found[0][0].parent / LOST).exists():
            changed = ["a worker had died in it"]
        if changed or not self._carry_on([path for path, _ in found]):
            self._not("resumed", *(dict.fromkeys(changed) or ["its journal cannot be copied"]))
            shutil.rmtree(place, ignore_errors=True)
            return
        waiting: dict[str, set[str]] = {}
        for _, shard in found:
            recorder.take(shard.coverage)
            accounts.imported.update(shard.inputs.get(IMPORTED, ()))
            for name, nodeids in shard.waiting.items():
                waiting.setdefault(name, set()).update(nodeids)
        ledgers = [shard.ledger for _, shard in found]
        accounts.done = done = accounts.ledger.resume(ledgers, set().union(*waiting.values()))
        self.notes.append(f"resumed: {plural(len(done), 'test')} passed before, in {when(found[0][1])}")
        for name, users in sorted(waiting.items()):
            self.notes.append(f"{plural(len(users), 'test')} of {safe(name, 120)} ran again: it had not been torn down")

    def _carry_on(self, paths: list[Path]) -> bool:
        """Put the journals of a killed run beside this one's, which may be killed, too."""
        assert self._directory is not None
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number, path in enumerate(paths):
                shutil.copyfile(path, self._directory / f"before-{number}.json")
        except OSError:
            return False
        return True

    def tell_home(self, accounts: Accounts) -> None:
        """Of a worker: what it imported, where evidence is kept or handed over."""
        if self._reuses or self._config.known_args_namespace.maturity_evidence:
            accounts.imported.update(imported(self._plan.root))

    def end(self, interrupted: bool) -> None:
        """A run that was judged leaves no journal, unless it was interrupted: then all that it knows."""
        if interrupted and self._journal is not None:
            self._journal.write()
        if not interrupted and self._directory is not None:
            shutil.rmtree(self._directory.parent, ignore_errors=True)
            prune(self._directory.parent.parent)


def refuse(options: argparse.Namespace) -> None:
    """Raise MaturityError where nothing is run that could be resumed, or where a shard is to be run."""
    for name in ("resume", "reuse"):
        if getattr(options, f"maturity_{name}") and options.maturity_merge:
            raise MaturityError(f"--maturity-{name} and --maturity-merge: a merge runs no test")
    if options.maturity_reuse and options.maturity_evidence:
        raise MaturityError("--maturity-reuse and --maturity-evidence: a shard runs its tests")


def journals(place: Path) -> Iterator[tuple[Path, Shard]]:
    """What the processes of the latest run that was killed had written. Raises MaturityError for what is not whole."""
    with suppress(OSError):
        directories = sorted(filter(Path.is_dir, place.iterdir()), key=lambda path: path.stat().st_mtime)
        for path in sorted(directories[-1].glob("*.json")) if directories else ():
            yield path, Shard.read(path)


def why_not(place: Path) -> str:
    """Why there is nothing to be reused."""
    try:
        why = place.with_suffix(WHY_NOT).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return "there is no such run"
    return f"the run before was not kept: {safe(why, 300)}"


def when(shard: Shard) -> str:
    """The run, as a reader finds it."""
    return f"run {safe(shard.run.id, 40)} of {safe(shard.run.started, 40)}"


def prune(directory: Path) -> None:
    """Forget what was not asked for the longest time."""
    with suppress(OSError):
        entries = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[MOST:]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
