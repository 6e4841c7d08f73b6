"""The evidence that workers of pytest-xdist send, and the controller that merges it; nothing is sent without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..coverage import Recorder
from ..evidence.outcomes import OutcomeLog
from ..model.evidence import Gap
from ..model.text import safe
from .retries.budget import create_directory, remove_directory
from .supervisor import WORKER
from .xdist import KEY, USAGE_ERROR

# A worker gets its input only after its plan is made. What it needs before that is set here, where no subprocess
# inherits it.
SET_EARLY_INPUT = f"import sys; sys.{WORKER} = channel.receive()"


def send_evidence(config: pytest.Config, log: OutcomeLog, recorder: Recorder, removed_parts: Sequence[str]) -> None:
    """Puts the evidence of this worker into its output, with the parts of this plugin that were removed in it."""
    output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]  # xdist adds it
    output[KEY] = {
        "outcomes": log.to_dict(),
        "coverage": recorder.to_dict(with_data=recorder.sends_data),
        "removed_parts": removed_parts,
    }


class Workers:
    """The workers of a controller: sends them their input, and merges the evidence that they send back."""

    def __init__(self, log: OutcomeLog, recorder: Recorder, early_input: Mapping[str, Any]) -> None:
        """`early_input`: the data that workers need before they import anything, see `xdist.pop_early_input`."""
        self._log = log
        self._recorder = recorder
        self._early_input = dict(early_input)
        self._retries: Path | None = None
        self._input: dict[str, Any] = {}
        self._on_loss: Callable[[], object] = lambda: None
        self.gaps: list[Gap] = []
        self.removed_parts: set[str] = set()  # of this plugin, in any worker

    def add_input(self, data: Mapping[str, Any]) -> None:
        """Adds to what is sent to every worker before its tests."""
        self._input.update(data)

    def call_on_loss(self, function: Callable[[], object]) -> None:
        """Calls a function whenever a worker dies."""
        self._on_loss = function

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway: Any) -> None:
        """Tells a process that it is a worker, and its early input, before pytest starts there."""
        channel = gateway.remote_exec(SET_EARLY_INPUT)
        channel.send(self._early_input)
        channel.waitclose()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Sends a worker its input."""
        self._retries = self._retries or create_directory()
        node.workerinput[KEY] = {"retries": str(self._retries), **self._input}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Merges the evidence of a worker that ended; one that sent none has died."""
        output = getattr(node, "workeroutput", {})
        if USAGE_ERROR in output:
            raise pytest.UsageError(output[USAGE_ERROR])
        data = output.get(KEY)
        if data is None:
            reason = f": {safe(str(error), 200)}" if error else ""
            self.gaps.append(Gap(cause="worker", message=f"worker {node.gateway.id} died{reason}"))
            self._on_loss()
            return
        self._log.merge(OutcomeLog.from_dict(data["outcomes"]))
        self._recorder.merge(data["coverage"])
        self.removed_parts.update(data["removed_parts"])

    def close(self) -> None:
        """Removes the directory in which the workers counted their retries."""
        if self._retries is not None:
            remove_directory(self._retries)
