"""Continuing a run that was killed, from the journals that its processes left.

The journals lie in the user's cache directory, outside of the repository, as the results of tools do: what a change of
the repository could bring along proves nothing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from ... import gates
from ...coverage import Recorder
from ...evidence.outcomes import OutcomeLog
from ...model.digests import digest
from ...model.errors import MaturityError
from ...model.text import plural, safe
from ...tools.cache import choose_cache_directory
from ...tools.files import remove_oldest
from .. import xdist
from ..plan import Plan
from ..report_files import ReportFiles
from ..workers import Workers
from .inputs import Inputs, read_files, read_settings
from .journal import Journal
from .partial_evidence import PartialEvidence

WORKER_DIED = "worker-died"  # a file in the directory of a run that lost a worker
MAX_COMMAND_LINES = 50  # command lines of which journals are kept
# Arguments that may differ between a killed run and the run that resumes it.
IGNORED_ARGUMENTS = re.compile(
    r"--maturity-(resume|no-cache)|-[vq]+|--(verbose|quiet|no-header|no-summary)"
    r"|--(basetemp|junit-?xml|report-log|html|color|tb|durations|maturity-report|maturity-time-limit)=.*"
)


class Resume:
    """Continues a run that was killed, where that is requested, and keeps the journals of this run."""

    def __init__(self, config: pytest.Config, plan: Plan, reports: ReportFiles) -> None:
        self._is_requested = bool(config.known_args_namespace.maturity_resume)
        self._config, self._plan, self._reports = config, plan, reports
        self._inputs: Inputs | None = None
        self._has_files = False  # whether the files are among the inputs
        self._journal: Journal | None = None
        self._directory: Path | None = None  # of this run's journals
        self.notes: list[str] = []

    def read_inputs(self) -> None:
        """Reads the inputs of this run, before the first conftest.py; without them, no journal is kept.

        The files are read now only where they are compared at once. Else the journal reads them when it is written
        for the first time: most runs have ended by then.
        """
        with suppress(OSError):
            self._inputs = read_settings(self._plan, self._config)
            if self._is_requested:
                self._inputs = read_files(self._inputs, self._plan, self._config)
                self._has_files = True

    def begin(self, log: OutcomeLog, recorder: Recorder, workers: Workers) -> None:
        """Takes over what passed before, where that is requested, and begins the journals; on the controller."""
        place = self._choose_directory()
        if place is None:
            if self._is_requested:
                self._note_refusal("the user's cache directory lies in the repository")
            return
        self._directory = place / self._reports.run.id
        if self._is_requested:
            with recorder.paused():
                self._resume(place, log, recorder)
        else:
            shutil.rmtree(place, ignore_errors=True)
        workers.call_on_loss(self._note_loss)
        workers.add_input({"passed_before": sorted(log.passed_before)})
        if self._inputs is not None:
            workers.add_input({"journal": str(self._directory), "inputs": self._inputs.to_dict()})
        if not xdist.has_workers(self._config):
            self._begin_journal(self._directory, log, recorder)

    def _choose_directory(self) -> Path | None:
        """Returns the directory for the journals of this command line; None where there is no safe place."""
        base = choose_cache_directory(self._plan.root, "runs")
        arguments = [one for one in map(str, self._config.invocation_params.args) if not is_ignored(one)]
        key = [str(self._plan.root), self._plan.found_names, self._plan.arguments, self._plan.policy.digest, arguments]
        return base and base / digest({"run": key})[:32]

    def _note_loss(self) -> None:
        """Records that a worker died with a test: the journals of the others do not show it."""
        with suppress(OSError):
            assert self._directory is not None
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._directory / WORKER_DIED).touch()

    def begin_worker(self, log: OutcomeLog, recorder: Recorder) -> None:
        """Begins the journal of a worker, with what the controller took over."""
        given = xdist.read_worker_input(self._config)
        log.expect_passed(given.get("passed_before", ()))
        if "journal" in given:
            self._inputs = Inputs.from_dict(given["inputs"])
            self._has_files = bool(self._inputs.files)
            self._begin_journal(Path(given["journal"]), log, recorder)

    def _begin_journal(self, directory: Path, log: OutcomeLog, recorder: Recorder) -> None:
        """Begins the journal of this process; none without inputs, because nothing could be compared."""
        if self._inputs is not None:
            path = directory / f"{xdist.read_process_name(self._config)}.json"
            self._journal = Journal(path, self._plan, self._reports, self._inputs, self._has_files)
            self._journal.listen(self._config, log, recorder)

    # ── a run that was killed ────────────────────────────────────────────────

    def _resume(self, place: Path, log: OutcomeLog, recorder: Recorder) -> None:
        """Takes over what the latest run of this command line had observed, unless something changed since."""
        try:
            found = list(read_journals(place))
        except MaturityError as error:
            reasons: Sequence[str] = error.problems
        else:
            reasons = self._find_reasons_against(found)
            if not reasons:
                self._continue_run([journal for _, journal in found], log, recorder)
                return
        self._note_refusal(*dict.fromkeys(reasons))
        shutil.rmtree(place, ignore_errors=True)

    def _find_reasons_against(self, journals: Sequence[tuple[Path, PartialEvidence]]) -> list[str]:
        """Returns why these journals cannot be continued, in words; empty where they can."""
        if not journals:
            return ["no such run was killed"]
        if (journals[0][0].parent / WORKER_DIED).exists():
            return ["a worker died in that run"]
        if self._inputs is None:
            return ["the inputs of this run cannot be read"]
        reasons = self._find_project_gates()
        differences = [one for _, journal in journals for one in journal.inputs.find_differences(self._inputs)]
        if differences:
            reasons.append(f"different inputs: {'; '.join(dict.fromkeys(differences))}")
        if not reasons and not self._copy_journals([path for path, _ in journals]):
            reasons.append("its journals cannot be copied")
        return reasons

    def _find_project_gates(self) -> list[str]:
        """Returns what forbids that tests are left out: a gate of the project's own code may observe them."""
        known = {gate.name for gate in (*gates.BUILTIN, *gates.make_configured_gates(*self._plan.policy.gate_tables))}
        own = [name for name in self._plan.list_required_gates() if name not in known]
        return [f"the project's own gate {safe(name, 60)} may count while tests run" for name in own]

    def _continue_run(self, journals: Sequence[PartialEvidence], log: OutcomeLog, recorder: Recorder) -> None:
        """Takes over the outcomes and the coverage of the killed run's processes."""
        waiting: dict[str, set[str]] = {}
        for journal in journals:
            recorder.merge(journal.coverage)
            for name, nodeids in journal.waiting.items():
                waiting.setdefault(name, set()).update(nodeids)
        log.resume([journal.outcomes for journal in journals], set().union(*waiting.values()))
        run = journals[0].run
        when = f"run {safe(run.id, 40)} of {safe(run.started, 40)}"
        self.notes.append(f"resumed: {plural(len(log.passed_before), 'test')} passed before, in {when}")
        for name, users in sorted(waiting.items()):
            self.notes.append(f"{plural(len(users), 'test')} of {safe(name, 120)} ran again: it had not been torn down")

    def _copy_journals(self, paths: Sequence[Path]) -> bool:
        """Puts the journals of the killed run beside this run's, which may be killed, too; returns whether it did."""
        assert self._directory is not None
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number, path in enumerate(paths):
                shutil.copyfile(path, self._directory / f"before-{number}.json")
        except OSError:
            return False
        return True

    def _note_refusal(self, *reasons: str) -> None:
        """Notes why nothing was continued."""
        self.notes.append(f"not resumed, everything ran: {safe('; '.join(reasons), 600)}")

    # ── the end of this run ──────────────────────────────────────────────────

    def end(self, interrupted: bool) -> None:
        """Removes the journals of a run that was judged; of one that was interrupted, writes the last."""
        if interrupted and self._journal is not None:
            self._journal.write()
        if not interrupted and self._directory is not None:
            shutil.rmtree(self._directory.parent, ignore_errors=True)
            remove_oldest(self._directory.parent.parent, MAX_COMMAND_LINES)


def is_ignored(argument: str) -> bool:
    """Whether a killed run and the run that resumes it may differ in this argument."""
    return IGNORED_ARGUMENTS.fullmatch(argument) is not None


def read_journals(place: Path) -> Iterator[tuple[Path, PartialEvidence]]:
    """Yields what the processes of the latest killed run wrote, by path. Raises MaturityError for a damaged journal."""
    with suppress(OSError):
        directories = sorted(filter(Path.is_dir, place.iterdir()), key=lambda path: path.stat().st_mtime)
        for path in sorted(directories[-1].glob("*.json")) if directories else ():
            yield path, PartialEvidence.read(path)
