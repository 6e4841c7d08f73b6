"""The components that executed code counts for, as the name of a coverage context.

The name is a base and the files of the modules that are being imported, the outermost first:

    pytest-maturity:billing,orders                    a test of both components
    pytest-maturity:billing,billing:unit              a unit test of billing, where coverage counts by kind
    pytest-maturity:#1f3a.7                           a shared fixture: counts for components whose tests request it
    pytest-maturity:@tests/orders                     a conftest.py there: for components with tests below the directory
    pytest-maturity:@tests/test_orders.py             that file is collected: for components that have it as a test file
    pytest-maturity:billing>src/orders/__init__.py    a test of billing is the first to import orders

Code that was executed before all that has no context, and counts for every component.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from ..model.evidence import Component
from ..model.light_dataclass import light_dataclass

PREFIX = "pytest-maturity:"
PATH, FIXTURE, IMPORT, AND = "@", "#", ">", ","
Requesters = Mapping[str, Collection[str]]  # the components whose tests request a shared fixture, by its key


@light_dataclass(frozen=True, slots=True)
class Scope:
    """The components that code counts for: a base, and the modules that are being imported."""

    base: str
    modules: tuple[str, ...] = ()

    @classmethod
    def of(cls, components: Iterable[str]) -> Scope:
        """Returns the scope of tests that belong to all these components."""
        return cls(AND.join(sorted(components)))

    @classmethod
    def at(cls, path: str) -> Scope:
        """Returns the scope of components with tests at a path from the root, or below it."""
        return cls(PATH + path)

    @classmethod
    def shared(cls, key: str) -> Scope:
        """Returns the scope of components whose tests request a fixture, which has this key in Requesters."""
        return cls(FIXTURE + key)

    @classmethod
    def parse(cls, context: str) -> Scope | None:
        """Returns the scope that a context names, also behind a static context; None for any other context."""
        _, prefix, name = context.partition(PREFIX)
        base, *modules = name.split(IMPORT)
        return cls(base, tuple(modules)) if prefix else None

    def importing(self, module: str) -> Scope:
        """Returns this scope while a module is imported, which is given by its path from the root."""
        return Scope(self.base, (*self.modules, module))

    @property
    def components(self) -> frozenset[str] | None:
        """The components that the code counts for; None where it may count for others, too."""
        is_open = self.modules or self.base.startswith((PATH, FIXTURE))
        return None if is_open else frozenset(self.base.split(AND))

    @property
    def is_shared(self) -> bool:
        """Whether this is the scope of a shared fixture."""
        return self.base.startswith(FIXTURE)

    def __str__(self) -> str:
        return PREFIX + IMPORT.join((self.base, *self.modules))

    def is_for(self, component: Component, root: Path, requesters: Requesters) -> bool:
        """Whether code of the base counts for a component, also if it imports modules."""
        if self.base.startswith(FIXTURE):
            return component.name in requesters.get(self.base.removeprefix(FIXTURE), ())
        if not self.base.startswith(PATH):
            return component.name in self.base.split(AND)
        path = root / self.base.removeprefix(PATH)
        return any(path == claim.path or path in claim.path.parents for claim in component.tests)


def name_kind(component: str, kind: str) -> str:
    """Returns the name under which the tests of one kind of a component count code for themselves."""
    return f"{component}:{kind}"


def find_foreign_contexts(contexts: Iterable[str], static: str) -> list[str]:
    """Returns the contexts that the plugin did not name; `static` is the configured one of all code."""
    return [one for one in contexts if one not in ("", static) and Scope.parse(one) is None]


def select_own_contexts(component: Component, contexts: Iterable[str], root: Path, requesters: Requesters) -> set[str]:
    """Returns the contexts that count for a component because of their base."""
    scopes = {one: Scope.parse(one) for one in contexts}
    return {one for one, scope in scopes.items() if scope is None or scope.is_for(component, root, requesters)}


def select_import_contexts(contexts: Iterable[str], find_reachable: Callable[[], set[str]]) -> set[str]:
    """Returns the contexts in which modules were imported that a component's tests would have imported.

    They count for it, too, as if its tests had run alone, whichever test was the first to import them.
    `find_reachable` returns these modules; it is called only where a context imports any.
    """
    scopes = {one: Scope.parse(one) for one in contexts}
    imported = {one: scope.modules for one, scope in scopes.items() if scope is not None and scope.modules}
    modules = find_reachable() if imported else set()
    return {one for one, names in imported.items() if not modules.isdisjoint(names)}


def make_pattern(contexts: Iterable[str]) -> str:
    """Returns a regular expression for exactly these contexts."""
    return f"^(?:{'|'.join(map(re.escape, sorted(contexts)))})$"
