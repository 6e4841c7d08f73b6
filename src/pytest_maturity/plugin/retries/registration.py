"""Registers the plugins that rerun tests, unless retries are off or another plugin reruns tests."""

from __future__ import annotations

import pytest

from ...config.requirements import compute_retry_policy
from ...evidence.outcomes import OutcomeLog
from .. import own_plugins, xdist
from ..plan import Plan
from ..selection import Selection
from .policy import NO_COMPONENT, PLUGIN_NAME, DefaultPolicy
from .rerun import Rerunner

OTHER_RERUN_PLUGINS = ("rerunfailures", "flaky", "pytest-retry")
RERUN_ALL_OPTIONS = ("reruns", "force_reruns", "force_flaky")


def register_retries(config: pytest.Config, plan: Plan, selection: Selection, log: OutcomeLog) -> None:
    """Registers the default policy and the mechanism, in a process that runs tests.

    Nothing is rerun with `--maturity-retries=0`, while a debugger is used, or where another plugin reruns every test.
    """
    options = config.option
    if plan.policy.max_retries == 0 or options.usepdb or options.trace or other_plugin_reruns_all(config):
        return
    names = [component.name for component in plan.components]
    policy = DefaultPolicy(
        {name: compute_retry_policy(plan.policy, name) for name in (*names, NO_COMPONENT)},
        selection.owners,
        lambda name: selection.count_tests(log.collected, name),
        xdist.find_retries_directory(config),
        plan.policy.max_retries,
    )
    config.add_cleanup(policy.close)
    own_plugins.register(config, policy, PLUGIN_NAME)
    has_other_plugin = any(map(config.pluginmanager.hasplugin, OTHER_RERUN_PLUGINS))
    rerunner = Rerunner(config, policy, is_marked_flaky if has_other_plugin else None)
    own_plugins.register(config, rerunner, "maturity_rerun")


def other_plugin_reruns_all(config: pytest.Config) -> bool:
    """Whether an option or setting of pytest-rerunfailures, flaky or pytest-retry makes it rerun every test."""
    if any(config.getoption(name, None) for name in RERUN_ALL_OPTIONS):
        return True
    try:
        return str(config.getini("reruns") or 0) != "0"
    except (KeyError, ValueError):  # no such setting
        return False


def is_marked_flaky(item: pytest.Item) -> bool:
    """Whether a test has the marker or decorator by which one of those plugins reruns it: then that plugin runs it."""
    decorated = (getattr(item, "obj", None), getattr(item, "cls", None))
    return item.get_closest_marker("flaky") is not None or any(hasattr(one, "_flaky_max_runs") for one in decorated)
