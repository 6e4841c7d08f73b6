"""Assigns what an import executes: a module of the project, and a conftest.py with its hooks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from ...coverage import Scope
from ...model.paths import is_installed
from . import interception
from .current_scope import CurrentScope


class ImportScopes:
    """Runs each import in a scope of its own, from its creation until `stop` is called."""

    def __init__(
        self, root: Path, copies: Mapping[Path, Path], current: CurrentScope, manager: pytest.PytestPluginManager
    ) -> None:
        """`copies` are the components' installed files, each with the source file that it is a copy of."""
        self._prefix = f"{root}{os.sep}"
        self._copies = {str(copy): os.path.relpath(source, root) for copy, source in copies.items()}
        self.current = current
        self._thread = threading.get_ident()
        self._cached_components = cache(current.find_components)
        self._executed: set[tuple[str, str]] = set()
        self.stop = interception.intercept_module_execution(self._enter_module)
        interception.intercept_conftest_imports(manager, self._import_conftest)

    def clear_cache(self) -> None:
        """Forgets which components have tests at a path, once the plan knows the components' tests."""
        self._cached_components.cache_clear()

    # ── modules ──────────────────────────────────────────────────────────────

    def _enter_module(self, module: Any) -> AbstractContextManager[None]:
        """Enters the scope of the import-time code of a module that is about to be executed."""
        scope = self._module_scope(module.__name__, getattr(module.__spec__, "origin", None))
        return nullcontext() if scope is None else self.current.within(scope)

    def _module_scope(self, name: str, origin: object) -> Scope | None:
        """Returns the scope of a module's import-time code; None stays in the importer's.

        None on a reload, in another thread, for a conftest.py, and for a module outside of the project.
        """
        path = self._path_in_project(origin) if threading.get_ident() == self._thread else None
        if path is None or path.rpartition("/")[2] == "conftest.py" or (name, path) in self._executed:
            return None
        self._executed.add((name, path))
        importer = self.current.scope
        return importer.importing(path) if importer is not None else None

    def _path_in_project(self, origin: object) -> str | None:
        """Returns the path of a module's source from the root; None where it is not part of the project."""
        if not isinstance(origin, str):
            return None
        if origin.startswith(self._prefix) and not is_installed(origin):
            return origin[len(self._prefix) :].replace(os.sep, "/")
        return self._copies.get(origin)

    # ── conftests ────────────────────────────────────────────────────────────

    def _import_conftest(self, path: Path, proceed: Callable[[], Any]) -> Any:
        """Imports a conftest.py, with the packages that it is in, in the scope of the tests below its directory."""
        __tracebackhide__ = True
        directory = (self._path_in_project(str(path)) or "").rpartition("/")[0]
        with self.current.within(Scope.at(directory)) if directory else nullcontext():
            return proceed()

    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Runs the hooks of a plugin that is registered in a scope, as a conftest.py is, in that scope."""
        scope = self.current.scope
        if scope is not None:
            interception.wrap_hook_implementations(manager, plugin, partial(self._within_hook_scope, scope))

    def _within_hook_scope(self, scope: Scope) -> AbstractContextManager[None]:
        """Enters the scope in which a conftest's hook runs: its own or, while a test runs, what both have in common."""
        current = self.current.scope
        if current is None:
            return self.current.within(scope)
        if current == scope or current.modules:
            return nullcontext()
        here, there = map(self._find_components, (current, scope))
        return nullcontext() if here <= there else self.current.within(Scope.of(here & there))

    def _find_components(self, scope: Scope) -> frozenset[str]:
        """Returns the components of a scope, from the cache but for a shared fixture's, which may get more."""
        return self.current.find_components(scope) if scope.is_shared else self._cached_components(scope)
