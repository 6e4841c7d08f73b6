"""Whether this session tries tests again, and by which policy."""

from __future__ import annotations

import pytest

from ...config.requirements import compute_retry_policy
from .. import xdist
from ..outcome_listener import Accounts
from ..plan import Plan
from . import policy
from .hooks import POLICY
from .rerun import Rerunner


def try_again(config: pytest.Config, plan: Plan, accounts: Accounts) -> None:
    """Where tests run: try again what fails for a passing reason, unless somebody wants to look at it."""
    options, names = config.option, [one.name for one in plan.components]
    if plan.policy.max_retries == 0 or options.usepdb or options.trace:
        return
    retries = policy.Recovery(
        {name: compute_retry_policy(plan.policy, name) for name in (*names, policy.UNOWNED)},
        plan.selection.owners,
        accounts.count,
        xdist.retries_directory(config),
        plan.policy.max_retries,
    )
    config.add_cleanup(retries.close)
    config.pluginmanager.register(retries, POLICY)
    config.pluginmanager.register(Rerunner(config, retries, policy.elsewhere(config)), "maturity_rerun")
