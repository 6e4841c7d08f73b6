"""The merge of shards: which of them may be judged together, and what keeps them from being one whole run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ...coverage import MergedRecorder, Recorder
from ...evidence.outcomes import OutcomeLog
from ...model.errors import MaturityError
from ...model.evidence import Gap, ToolResult
from ...model.report import Run
from ...model.text import first_few, plural, safe
from .. import own_plugins
from ..plan import Plan
from .inputs import read_inputs
from .partial_evidence import PartialEvidence

COMPARED = {"python": "Python", "pytest": "pytest", "plugin": "pytest-maturity"}
NEEDS_NO_REASON = (0, 5)  # exit statuses of pytest: passed, and no test collected


def read_merge(config: pytest.Config, plan: Plan, run: Run) -> Merge:
    """Reads the shards that the command line names. Raises MaturityError with every problem."""
    paths = config.known_args_namespace.maturity_merge
    shards = read_shards(config.invocation_params.dir / path for path in paths)
    refuse_unlike(shards, plan, run)
    return Merge(shards, plan, config)


def read_shards(paths: Iterable[Path]) -> list[PartialEvidence]:
    """Reads the evidence of all shards. Raises MaturityError with every problem."""
    found: list[PartialEvidence] = []
    problems: list[str] = []
    for path in paths:
        try:
            found.append(PartialEvidence.read(path))
        except MaturityError as error:
            problems += [f"--maturity-merge: {problem}" for problem in error.problems]
    if problems:
        raise MaturityError(problems)
    return found


def refuse_unlike(shards: Iterable[PartialEvidence], plan: Plan, run: Run) -> None:
    """Raises MaturityError with every shard of another policy, of other components or of other versions."""
    problems = []
    for shard in shards:
        versions = ((name, getattr(shard.run, key), getattr(run, key)) for key, name in COMPARED.items())
        differences = [f"{name} {safe(str(there), 60)}, here {here}" for name, there, here in versions if there != here]
        if shard.run.policy_digest != run.policy_digest:
            differences.append("another policy, target or number of retries")
        if shard.components != plan.found_names:
            differences.append(f"components {', '.join(map(safe, shard.components))}")
        problems += [f"--maturity-merge: {safe(shard.name)} was run with {one}" for one in differences]
    if problems:
        raise MaturityError(problems)


class Merge:
    """The shards of one run, judged together. A session that merges collects the tests and runs none."""

    def __init__(self, shards: Sequence[PartialEvidence], plan: Plan, config: pytest.Config) -> None:
        """Reads the inputs to compare the shards with. Raises MaturityError where that is not possible."""
        self.shards = shards
        self.note = f"judged from {plural(len(shards), 'shard')}: {', '.join(safe(one.name, 120) for one in shards)}"
        self._plan = plan
        self._inputs = read_inputs(plan, config)
        own_plugins.register(config, self, "maturity_merge")

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Starts no workers of pytest-xdist."""
        for name, value in (("numprocesses", None), ("dist", "no"), ("tx", [])):
            if hasattr(config.option, name):
                setattr(config.option, name, value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool:
        """Runs no test."""
        return True

    def make_recorder(self) -> Recorder:
        """Returns the coverage of all shards. Raises MaturityError."""
        exported = [(shard.name, shard.coverage, self._find_moved(shard)) for shard in self.shards]
        try:
            return MergedRecorder(self._plan.root, self._plan.components, exported)
        except Exception as error:  # whatever coverage.py says of data that is not its own
            raise MaturityError(f"--maturity-merge: the coverage of a shard cannot be read: {error}") from error

    def _find_moved(self, shard: PartialEvidence) -> dict[str, str]:
        """Returns the directories that have another name here, by the shard's."""
        names = {shard.root: str(self._plan.root), shard.prefix: sys.prefix}
        return {there: here for there, here in names.items() if there != here}

    def list_tool_results(self) -> dict[str, ToolResult]:
        """Returns the results of tools that the shards bring along, by the cache key of each."""
        found = (result for shard in self.shards for result in shard.tools.values())
        return {result.fingerprint: result for result in found if result.fingerprint and not result.problem}

    def add_outcomes(self, log: OutcomeLog) -> None:
        """Adds the outcomes of all shards to those of this session."""
        for shard in self.shards:
            log.merge(shard.outcomes)

    def find_gaps(self, kind_of: Callable[[str], str]) -> list[Gap]:
        """Returns what keeps the shards from being one whole run of what is here. `kind_of`: the kind of a test."""
        return [*self._find_gaps_of_shards(), *self._find_repeated_tests(kind_of), *self._find_different_inputs()]

    def _find_gaps_of_shards(self) -> Iterable[Gap]:
        """Yields the gaps that the shards themselves found, and one for a shard whose exit status nothing explains."""
        for shard in self.shards:
            name = safe(shard.name, 120)
            yield from (replace(gap, message=f"{name}: {gap.message}") for gap in shard.gaps)
            status, failed = shard.status, {"failed", "error"} & set(shard.outcomes.outcomes.values())
            has_reason = status in NEEDS_NO_REASON or (failed and status in (1, 2))
            if not has_reason and not shard.gaps:
                yield Gap(cause="exit", message=f"{name}: pytest exited with {status}")

    def _find_repeated_tests(self, kind_of: Callable[[str], str]) -> Iterable[Gap]:
        """Yields a gap for tests of each kind that more than one shard ran: which outcome counts is not decided."""
        runs = Counter(nodeid for shard in self.shards for nodeid in shard.outcomes.started)
        twice: dict[str, list[str]] = {}
        for nodeid, count in runs.items():
            if count > 1:
                twice.setdefault(kind_of(nodeid), []).append(nodeid)
        for kind, tests in twice.items():
            message = f"{plural(len(tests), 'test')} ran in more than one shard: {first_few(tests)}"
            yield Gap(cause="duplicate", message=message, kinds=(kind,) if kind else ())

    def _find_different_inputs(self) -> Iterable[Gap]:
        """Yields a gap for each shard that was made with other inputs than there are here.

        The options of the merge itself are no input of it: it runs no test. Those of the shards must agree.
        """
        here = replace(self._inputs, options=self.shards[0].inputs.options)
        for shard in self.shards:
            if differences := shard.inputs.find_differences(here):
                message = f"{safe(shard.name, 120)} was made with different inputs: {'; '.join(differences)}"
                yield Gap(cause="changed", message=message)
