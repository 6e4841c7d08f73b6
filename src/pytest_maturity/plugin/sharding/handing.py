"""What a shard leaves in place of a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ...coverage import Recorder
from ...model.evidence import Gap, ToolResult
from ...model.text import plural
from ...reports import overwriting
from ..outcome_listener import Accounts
from ..plan import Plan, path_of
from ..report_files import Publisher
from . import shards
from .premises import Premises


class HandOver:
    """The evidence of this run, if it is a shard: then `path` is where."""

    def __init__(self, config: pytest.Config, plan: Plan, publisher: Publisher) -> None:
        """Raises MaturityError for what no file can be called."""
        given = config.known_args_namespace.maturity_evidence
        self.path = path_of("evidence", given, config.invocation_params.dir)
        self._plan, self._publisher = plan, publisher
        self._premises = Premises(plan, config, publisher.began)

    def forget(self) -> None:
        """Remove what an earlier run left: it must not be taken for this one's. Raises MaturityError."""
        if self.path is not None:
            overwriting.prepare_output("--maturity-evidence", self.path)

    def begin(self, recorder: Recorder) -> None:
        """Look at what the tests rest on."""
        if self.path is not None:
            with recorder.paused():
                self._premises.look()

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
        coverage = recorder.export(self._plan.components)
        told = self._premises.tell(accounts.imported)
        every = [*gaps, *told.gaps]
        seen = shards.Seen(self._publisher.run, accounts, coverage, tools, every, status, told.inputs, told.left)
        self._publisher.tell(shards.write(self.path, self._plan, seen))
        return f"evidence of {plural(len(accounts.ledger.outcomes), 'test')}: {self.path}"
