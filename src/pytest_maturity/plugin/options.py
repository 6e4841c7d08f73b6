"""Checks values of the plugin's options that argparse cannot check."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from ..config.files import WorkingTreeFiles, find_policy
from ..model.errors import ConfigError
from ..model.retries import MAX_RETRIES
from ..model.text import safe
from ..reports.files import Request

# Options whose value pytest may take for a path of tests.
WITH_FOREIGN_VALUE = ("report", "config", "component", "policy-ref", "compare-branch")
AGENT_BUDGET = (500, 1_000_000)  # tokens, least and most


def read_path(config: pytest.Config, name: str) -> Path | None:
    """Returns the path that an option names, None without one. Raises ConfigError where no file can have that name."""
    value: str | None = getattr(config.known_args_namespace, f"maturity_{name}")
    if not value:
        return None
    check_file_name(f"--maturity-{name}", value)
    return config.invocation_params.dir / value


def check_file_name(source: str, value: str) -> None:
    """Raises ConfigError where no file can have this name."""
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ConfigError(f"{source}: {safe(value, 120)} cannot be the name of a file")


def read_report_requests(config: pytest.Config, root: Path, of_policy: Iterable[str], source: str) -> list[Request]:
    """Returns the reports that are asked for, by the policy and then by --maturity-report, which counts more.

    `source` is the name of the policy's table. Raises ConfigError where no file can have the name of one.
    """
    own = [Request(one, root, f"{source}.reports") for one in of_policy]
    given: list[str] = config.known_args_namespace.maturity_report
    own += [Request(one, config.invocation_params.dir, "--maturity-report") for one in given]
    for one in own:
        check_file_name(one.source, one.text)
    return own


def read_max_retries(options: argparse.Namespace) -> int | None:
    """Returns the number of --maturity-retries, None without one. Raises ConfigError for anything else."""
    return read_number("--maturity-retries", options.maturity_retries, 0, MAX_RETRIES)


def read_agent_budget(options: argparse.Namespace) -> int | None:
    """Returns the tokens of --maturity-agent-budget, None without them. Raises ConfigError for anything else."""
    return read_number("--maturity-agent-budget", options.maturity_agent_budget, *AGENT_BUDGET)


def read_number(option: str, value: str | None, least: int, most: int) -> int | None:
    """Returns the whole number that an option has, None without one. Raises ConfigError for anything else."""
    if value is None:
        return None
    if re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most:
        return int(value)
    raise ConfigError(f"{option}: must be a whole number from {least} to {most}, not {safe(value, 60)}")


def list_arguments(options: argparse.Namespace, root: Path) -> tuple[str, ...]:
    """Returns the arguments with which a merge judges the same: the components and the policy."""
    values = {
        "target": options.maturity_target,
        "retries": options.maturity_retries,
        "policy-ref": options.maturity_policy_ref,
        "compare-branch": options.maturity_compare_branch,
        "config": options.maturity_config and os.path.relpath(options.maturity_config, root),
    }
    components = (f"--maturity-component={name}" for name in options.maturity_component)
    return (*components, *(f"--maturity-{name}={value}" for name, value in values.items() if value is not None))


def refuse_foreign_root(config: pytest.Config) -> None:
    """Raises ConfigError where pytest took the value of an option for a path of tests, and its root from there.

    pytest looks for its root before it knows the options of plugins.
    """
    options, arguments = config.known_args_namespace, [str(one) for one in config.invocation_params.args]
    here = config.invocation_params.dir
    is_elsewhere = not here.is_relative_to(config.rootpath)
    for option in WITH_FOREIGN_VALUE:
        values = getattr(options, f"maturity_{option.replace('-', '_')}") or []
        for value in [values] if isinstance(values, str) else values:
            path = (here / value).resolve() if value in arguments and "\0" not in value else None
            if path and path.exists() and (is_elsewhere or not path.is_relative_to(here.resolve())):
                raise ConfigError(
                    f"write --maturity-{option}={value} in one word: pytest took {value} for a test path, "
                    f"and {config.rootpath} for the root of the project"
                )


def refuse_passed_over_policy(config: pytest.Config, root: Path) -> None:
    """Raises ConfigError where a directory between the working directory and the root has a policy of its own.

    The policy is that of pytest's root; in a repository of several projects that may lie above the one that is meant.
    """
    here = config.invocation_params.dir.resolve()
    if config.known_args_namespace.maturity_config or not here.is_relative_to(root):
        return
    files = WorkingTreeFiles(root)
    for directory in (here, *here.parents)[: len(here.parts) - len(root.parts)]:
        if path := find_policy(directory, files)[0]:
            raise ConfigError(
                f"{files.format_name(path)} has a policy, but the root of this run is {root}: add "
                f"--rootdir={os.path.relpath(directory, here)} to run that project, or "
                f"--maturity-config={os.path.relpath(path, here)} to use its policy here"
            )
