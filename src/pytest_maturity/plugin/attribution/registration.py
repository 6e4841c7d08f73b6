"""Registers the plugins that assign code to components, where tests of several components may run."""

from __future__ import annotations

import pytest

from ...coverage import Recorder
from ...evidence.outcomes import OutcomeLog
from .. import own_plugins, pytest_internals
from ..plan import Plan
from ..selection import Selection
from .current_scope import CurrentScope
from .fixtures import SharedFixtures
from .imports import ImportScopes
from .running_tests import RunningTests

IMPORTS = "maturity_import_scopes"


def track_imports(config: pytest.Config, plan: Plan, recorder: Recorder) -> None:
    """Assigns imports to scopes from now on; called before any conftest is imported."""
    if len(plan.components) > 1 or config.known_args_namespace.file_or_dir or plan.records_kinds:
        imports = ImportScopes(plan.root, recorder.copies, CurrentScope(plan, recorder), config.pluginmanager)
        own_plugins.register(config, imports, IMPORTS)
        config.add_cleanup(imports.stop)


def track_tests(config: pytest.Config, selection: Selection, log: OutcomeLog, plan: Plan) -> None:
    """Assigns collection, tests and shared fixtures to scopes from now on, where imports are.

    Where only kinds of tests share a session, no code is assigned to them, and the failures of their fixtures are.
    Called when the plan knows the components' tests.
    """
    imports = config.pluginmanager.get_plugin(IMPORTS)
    if imports is None and not plan.policy.kinds:
        return
    if imports is not None:
        imports.clear_cache()
    current = CurrentScope(plan, None) if imports is None else imports.current
    tests = RunningTests(selection, current, plan.records_kinds)
    pytest_internals.add_listener(config.hook.pytest_runtest_protocol, "item", tests.start)
    own_plugins.register(config, tests, "maturity_running_tests")
    fixtures = SharedFixtures(selection, log, current, tests)
    own_plugins.register(config, fixtures, "maturity_shared_fixtures")
