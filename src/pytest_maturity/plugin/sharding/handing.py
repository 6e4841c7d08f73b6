"""What a shard leaves in place of a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ...coverage import Recorder
from ...model.evidence import Gap, ToolResult
from ...model.text import plural
from ...reports import overwriting
from .. import judging
from ..outcome_listener import Accounts
from ..plan import Plan, path_of
from ..report_files import ReportFiles
from . import shard
from .inputs import Inputs, read_inputs


class HandOver:
    """The evidence of this run, if it is a shard: then `path` is where."""

    def __init__(self, config: pytest.Config, plan: Plan, reports: ReportFiles) -> None:
        """Raises MaturityError for what no file can be called."""
        given = config.known_args_namespace.maturity_evidence
        self.path = path_of("evidence", given, config.invocation_params.dir)
        self._config, self._plan, self._reports = config, plan, reports
        self._inputs: Inputs | None = None

    def forget(self) -> None:
        """Removes the evidence of an earlier run: it must not be taken for this one's. Raises MaturityError."""
        if self.path is not None:
            overwriting.prepare_output("--maturity-evidence", self.path)

    def read_inputs(self) -> None:
        """Reads the inputs of this run, before the first conftest.py. Raises MaturityError."""
        if self.path is not None:
            self._inputs = read_inputs(self._plan, self._config)

    def end(
        self,
        accounts: Accounts,
        recorder: Recorder,
        tools: Mapping[str, ToolResult],
        gaps: Sequence[Gap],
        status: int,
    ) -> str:
        """Write the evidence; returns in words what was written. Raises OSError, and whatever a test has broken."""
        assert self.path is not None
        assert self._inputs is not None
        coverage = recorder.export(self._plan.components)
        changed = (gap for component in self._plan.components for gap in judging.changed(component, self._plan))
        every = [*gaps, *changed]
        seen = shard.Seen(self._reports.run, accounts, coverage, self._inputs, tools, every, status)
        self._reports.announce(shard.write(self.path, self._plan, seen))
        return f"evidence of {plural(len(accounts.ledger.outcomes), 'test')}: {self.path}"
