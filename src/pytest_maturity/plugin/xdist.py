"""The process's part in a run of pytest-xdist: controller, worker or neither; and what a worker was sent.

Is imported before the fork of the supervisor, so it imports nothing heavy.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from .supervisor import WORKER

KEY = "pytest_maturity"  # in a worker's input and in its output
USAGE_ERROR = "pytest_maturity_usage_error"
MAIN = "main"  # the process that is no worker


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

    Under `policy` are the files of a git ref, if the policy comes from one; under `targets` the recorded stages that
    the components are judged for, and under `affected` the names of the affected components. It can be read once: a
    test may run pytest in this process.
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
