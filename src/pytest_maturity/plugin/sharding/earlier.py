"""What a run of the same question that was killed left: to go on from it.

All of it lies in the user's directory, outside of the repository, as the answers of tools do: what a change of the
repository could bring along proves nothing.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ... import gates
from ...coverage import Recorder
from ...model.digests import digest
from ...model.errors import MaturityError
from ...model.text import plural, safe
from ...tools.cache import cache_directory
from ...tools.files import remove_oldest
from .. import xdist
from ..outcome_listener import Accounts
from ..plan import Plan
from ..report_files import Publisher
from .inputs import (
    BESIDE,
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
from .shards import Shard

LOST = "lost"  # in the directory of a run that lost a worker
MOST = 50  # questions of which something is kept


class Earlier:
    """Looks back before the tests, and leaves for the next run what it may need."""

    def __init__(self, config: pytest.Config, plan: Plan, publisher: Publisher) -> None:
        """Raises MaturityError for options that do not go together."""
        options = config.known_args_namespace
        self._resumes = bool(options.maturity_resume)
        refuse(options)
        self._config, self._plan, self._publisher = config, plan, publisher
        self._journal: Journal | None = None
        self._directory: Path | None = None  # of this run's journal
        self._looked: Looked | None = None
        self.notes: list[str] = []

    @property
    def _run_id(self) -> str:
        return self._publisher.run.id

    def _place(self) -> Path | None:
        """Where the journals of this question are kept."""
        base = cache_directory(self._plan.root, "runs")
        question = [str(self._plan.root), self._plan.asked, self._plan.policy.digest, arguments(self._config)]
        return base and base / digest({"question": question})[:32]

    def _changed(self, shard: Shard) -> list[str]:
        """What is not as it was for these tests; a word where it cannot be told."""
        try:
            known, beside = (shard.inputs.get(kind, ()) for kind in (IMPORTED, BESIDE))
            return differences(shard.inputs, inputs(self._plan, self._config, known, places_of(beside)))
        except (OSError, TooManyError):
            return ["the files of the project cannot be compared"]

    def _own_gates(self) -> list[str]:
        """What speaks against passing over tests: gates that the project's code brings may watch them run."""
        known = {one.name for one in (*gates.BUILTIN, *gates.configured(self._plan.policy.gates))}
        own = [name for name in self._plan.gates_asked() if name not in known]
        return [f"the project's own gate {safe(name, 60)} may count while tests run" for name in own]

    def _not_resumed(self, *why: str) -> None:
        self.notes.append(f"not resumed, everything ran: {safe('; '.join(why), 600)}")

    def begin(self, accounts: Accounts, recorder: Recorder, workers: xdist.Workers) -> None:
        """Take over what passed before, where that is asked for, and write a journal where tests run."""
        with suppress(OSError, TooManyError), recorder.paused():  # else nothing is kept
            self._looked = Looked(self._plan, self._config, self._publisher.began)
        if xdist.is_worker(self._config):
            self._begin_worker(accounts, recorder)
            return
        place = self._place()
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
            self._not_resumed("what a killed run would leave lies in the repository")

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
            self._not_resumed(*error.problems)
            shutil.rmtree(place, ignore_errors=True)
            return
        if not found:
            self._not_resumed("no such run was killed")
            return
        changed = self._own_gates() + [words for _, shard in found for words in self._changed(shard)]
        if (found[0][0].parent / LOST).exists():
            changed = ["a worker had died in it"]
        if changed or not self._carry_on([path for path, _ in found]):
            self._not_resumed(*(dict.fromkeys(changed) or ["its journal cannot be copied"]))
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
        """Of a worker: what it imported, where evidence is handed over."""
        if self._config.known_args_namespace.maturity_evidence:
            accounts.imported.update(imported(self._plan.root))

    def end(self, interrupted: bool) -> None:
        """A run that was judged leaves no journal, unless it was interrupted: then all that it knows."""
        if interrupted and self._journal is not None:
            self._journal.write()
        if not interrupted and self._directory is not None:
            shutil.rmtree(self._directory.parent, ignore_errors=True)
            remove_oldest(self._directory.parent.parent, keep=MOST)


def refuse(options: argparse.Namespace) -> None:
    """Raise MaturityError where nothing is run that could be resumed."""
    if options.maturity_resume and options.maturity_merge:
        raise MaturityError("--maturity-resume and --maturity-merge: a merge runs no test")


def journals(place: Path) -> Iterator[tuple[Path, Shard]]:
    """What the processes of the latest run that was killed had written. Raises MaturityError for what is not whole."""
    with suppress(OSError):
        directories = sorted(filter(Path.is_dir, place.iterdir()), key=lambda path: path.stat().st_mtime)
        for path in sorted(directories[-1].glob("*.json")) if directories else ():
            yield path, Shard.read(path)


def when(shard: Shard) -> str:
    """The run, as a reader finds it."""
    return f"run {safe(shard.run.id, 40)} of {safe(shard.run.started, 40)}"
