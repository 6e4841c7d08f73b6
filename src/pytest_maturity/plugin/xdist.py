"""Data that the controller of pytest-xdist and its workers send each other. Without pytest-xdist, nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ..config.git_ref import GitRefFiles
from ..coverage import Recorder
from ..evidence.outcomes import OutcomeLog
from ..model.evidence import Gap
from ..model.text import safe
from .retries.budget import create_directory, remove_directory
from .supervisor import WORKER

KEY = "pytest_maturity"  # in a worker's input and in its output
USAGE_ERROR = "pytest_maturity_usage_error"
MAIN = "main"  # the process that is no worker
# A worker gets its input only after its plan is made. What it needs before that is set here, where no subprocess
# inherits it.
SET_EARLY_INPUT = f"import sys; sys.{WORKER} = channel.receive()"


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def has_workers(config: pytest.Config) -> bool:
    """Whether this process is the controller of workers."""
    return config.pluginmanager.has_plugin("dsession")


def count_workers(config: pytest.Config) -> int:
    """Returns how many processes run tests at once on this machine, as far as the command line says."""
    return int(getattr(config.option, "numprocesses", None) or 1) if has_workers(config) else 1


def pop_early_input() -> dict[str, Any] | None:
    """Returns what the controller set before pytest started in this worker; None where this is none.

    Under `policy` are the files of a git ref, if the policy comes from one. It can be read once: a test may run pytest
    in this process.
    """
    found: dict[str, Any] | None = vars(sys).pop(WORKER, None)
    return found


def read_worker_input(config: pytest.Config) -> Mapping[str, Any]:
    """Returns what the controller sent to this worker; empty where this is none."""
    found: Mapping[str, Any] = getattr(config, "workerinput", {}).get(KEY, {})
    return found


def read_process_name(config: pytest.Config) -> str:
    """Returns the name that pytest-xdist gave this worker, `main` where this is none."""
    return str(getattr(config, "workerinput", {}).get("workerid", MAIN))


def find_retries_directory(config: pytest.Config) -> Path | None:
    """Returns the directory in which all workers count their retries; None where this is no worker."""
    given = read_worker_input(config)
    return Path(given["retries"]) if given else None


def raise_usage_error(config: pytest.Config, message: str) -> NoReturn:
    """Ends the run with a usage error. The controller repeats a worker's, because pytest-xdist would lose it."""
    if is_worker(config):
        config.workeroutput[USAGE_ERROR] = message  # type: ignore[attr-defined]  # xdist adds it
    raise pytest.UsageError(message)


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

    def __init__(self, log: OutcomeLog, recorder: Recorder, ref_files: GitRefFiles | None) -> None:
        """`ref_files`: the policy files of a git ref, which workers need before they import anything."""
        self._log = log
        self._recorder = recorder
        self._ref_files = ref_files
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
        """Tells a process that it is a worker, and the policy of a git ref, before pytest starts there."""
        channel = gateway.remote_exec(SET_EARLY_INPUT)
        channel.send({"policy": self._ref_files.to_dict() if self._ref_files is not None else None})
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
