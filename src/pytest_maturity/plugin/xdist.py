"""What workers send home, and how it is merged. Used only where pytest-xdist runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ..config.git_ref import GitRefFiles
from ..coverage import Recorder
from ..model.evidence import Gap
from ..model.text import safe
from .outcome_listener import Accounts
from .retries.budget import create_directory, remove_directory
from .selection import Selection
from .supervisor import WORKER

KEY = "pytest_maturity"
REFUSAL = "pytest_maturity_refusal"
# A worker knows its input only after its plan is made. What it needs before, it gets where nothing inherits it.
HAND_OVER = f"import sys; sys.{WORKER} = channel.receive()"


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def handed_over() -> dict[str, Any] | None:
    """What the controller gave this worker, None where this is none; once: a test may run pytest in this process.

    Under `policy` is what it read of a git ref, if it did.
    """
    found: dict[str, Any] | None = vars(sys).pop(WORKER, None)
    return found


def has_workers(config: pytest.Config) -> bool:
    return config.pluginmanager.has_plugin("dsession")


def busy(config: pytest.Config) -> int:
    """How many processes run tests at once on this machine, as far as the command line tells."""
    return int(getattr(config.option, "numprocesses", None) or 1) if has_workers(config) else 1


def retries_directory(config: pytest.Config) -> Path | None:
    """Where a worker counts retries together with the others; None where this is no worker."""
    given = told(config)
    return Path(given["retries"]) if given else None


def told(config: pytest.Config) -> dict[str, Any]:
    """What the controller told this worker before the tests; nothing where this is none."""
    found: dict[str, Any] = getattr(config, "workerinput", {}).get(KEY, {})
    return found


def refuse(config: pytest.Config, words: str) -> NoReturn:
    """End the run with a usage error; the controller repeats what a worker raises, because xdist would lose it."""
    if is_worker(config):
        config.workeroutput[REFUSAL] = words  # type: ignore[attr-defined]  # xdist adds it
    raise pytest.UsageError(words)


def send(config: pytest.Config, accounts: Accounts, selection: Selection, recorder: Recorder) -> None:
    """Put all that this worker knows into its output, as plain data."""
    output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]  # xdist adds it
    output[KEY] = {
        "coverage": recorder.dump() if recorder.sends else b"",
        "deselected": accounts.ledger.deselected,
        "marked": selection.marked_tests,
        "unseen": selection.find_uncollected_files(accounts.seen),
        "missing": accounts.ledger.missing,
        "resumed": accounts.resumed,
        "shared": accounts.shared,
        "asked": {key: sorted(names) for key, names in recorder.asked.items()},
    }


class Workers:
    """Receives what the workers send; lives on the controller."""

    def __init__(
        self, accounts: Accounts, selection: Selection, recorder: Recorder, ref_files: GitRefFiles | None
    ) -> None:
        self._ref_files = ref_files
        self._accounts = accounts
        self._selection = selection
        self._recorder = recorder
        self.used = False
        self.unseen: set[str] = set()
        self.gaps: list[Gap] = []
        self.retries: Path | None = None
        self.more: dict[str, Any] = {}  # that workers are told
        self.on_loss: Callable[[], object] = lambda: None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway: Any) -> None:
        """Tell a process that it is a worker, and of the policy of a git ref, before pytest starts there."""
        channel = gateway.remote_exec(HAND_OVER)
        channel.send({"policy": self._ref_files.to_dict() if self._ref_files is not None else None})
        channel.waitclose()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the retries of all workers are counted."""
        self.retries = self.retries or create_directory()
        node.workerinput[KEY] = {"retries": str(self.retries), "done": sorted(self._accounts.done), **self.more}

    def close(self) -> None:
        if self.retries is not None:
            remove_directory(self.retries)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        self.used = True
        output = getattr(node, "workeroutput", {})
        if REFUSAL in output:
            raise pytest.UsageError(output[REFUSAL])
        data = output.get(KEY)
        if data is None:
            why = f": {safe(str(error), 200)}" if error else ""
            self.gaps.append(Gap(cause="worker", message=f"worker {node.gateway.id} died{why}"))
            self.on_loss()
            return
        self._accounts.ledger.drop(data["deselected"])
        self._accounts.ledger.pass_over(data["resumed"])
        self._accounts.resumed += data["resumed"]
        self._selection.merge_marked_tests(data["marked"])
        self.unseen.update(data["unseen"])
        for shared in data["shared"]:
            self._accounts.share(*shared)
        for module, nodeid in data["missing"].items():
            self._accounts.ledger.lack(module, nodeid)
        self._recorder.hear(data["asked"])
        if data["coverage"]:
            self._recorder.absorb(data["coverage"])
