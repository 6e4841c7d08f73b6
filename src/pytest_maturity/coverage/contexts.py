"""For whom something was executed, as the name of a coverage context.

The name is a base and the files of the modules that are being imported, the outermost first:

    pytest-maturity:billing,orders                    a test of both
    pytest-maturity:#1f3a.7                           a fixture that several may share: whoever has asked for it
    pytest-maturity:@tests/orders                     a conftest.py there: whoever has tests below it
    pytest-maturity:@tests/test_orders.py             that file is collected: whoever has it among its tests
    pytest-maturity:billing>src/orders/__init__.py    a test of billing is the first to import orders

What comes before all that has no context, and counts for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..model.evidence import Component

GROUP = "pytest-maturity:"
PLACE, SHARED, INTO, AND = "@", "#", ">", ","
Asked = Mapping[str, Collection[str]]  # the components whose tests asked for a fixture, by its key


@dataclass(frozen=True, slots=True)
class Scope:
    """`base` is for whom something is executed, `modules` what is being imported meanwhile."""

    base: str
    modules: tuple[str, ...] = ()

    @classmethod
    def of(cls, components: Iterable[str]) -> Scope:
        """What is executed for the tests of all these components."""
        return cls(AND.join(sorted(components)))

    @classmethod
    def at(cls, path: str) -> Scope:
        """What is executed for whoever has tests at a path from the root."""
        return cls(PLACE + path)

    @classmethod
    def shared(cls, key: str) -> Scope:
        """What is executed for whoever asks for a fixture, which has a key in `Asked`."""
        return cls(SHARED + key)

    @classmethod
    def read(cls, context: str) -> Scope | None:
        """What a context says, also behind a static one; None where it is somebody else's."""
        _, ours, rest = context.partition(GROUP)
        base, *modules = rest.split(INTO)
        return cls(base, tuple(modules)) if ours else None

    def importing(self, module: str) -> Scope:
        """The same while a module is imported, by its path from the root."""
        return Scope(self.base, (*self.modules, module))

    @property
    def components(self) -> frozenset[str] | None:
        """The components that alone may count what is executed; None where others may, too."""
        return None if self.modules or self.base.startswith((PLACE, SHARED)) else frozenset(self.base.split(AND))

    @property
    def is_shared(self) -> bool:
        """Is it that of a fixture?"""
        return self.base.startswith(SHARED)

    def __str__(self) -> str:
        return GROUP + INTO.join((self.base, *self.modules))

    def is_for(self, component: Component, root: Path, asked: Asked) -> bool:
        """Is the base the component's own?"""
        if self.base.startswith(SHARED):
            return component.name in asked.get(self.base.removeprefix(SHARED), ())
        if not self.base.startswith(PLACE):
            return component.name in self.base.split(AND)
        place = root / self.base.removeprefix(PLACE)
        return any(place == claim.path or place in claim.path.parents for claim in component.tests)


def foreign(contexts: Iterable[str], static: str) -> list[str]:
    """The contexts that somebody else named; `static` is the one that the configuration gives to everything."""
    return [one for one in contexts if one not in ("", static) and Scope.read(one) is None]


def own(component: Component, contexts: Iterable[str], root: Path, asked: Asked) -> set[str]:
    """Those of the contexts that count for a component, whatever it imports."""
    scopes = {one: Scope.read(one) for one in contexts}
    return {one for one, scope in scopes.items() if scope is None or scope.is_for(component, root, asked)}


def also(contexts: Iterable[str], reached: Callable[[], set[str]]) -> set[str]:
    """Those of the contexts in which modules were executed that a component's tests would have imported.

    They count for it, too, as if its tests had run alone, whoever was the first to import them. Which modules these
    are, `reached` tells; it is asked only where somebody imported any.
    """
    scopes = {one: Scope.read(one) for one in contexts}
    imported = {one: scope.modules for one, scope in scopes.items() if scope is not None and scope.modules}
    modules = reached() if imported else set()
    return {one for one, names in imported.items() if not modules.isdisjoint(names)}


def pattern(contexts: Iterable[str]) -> str:
    """A regular expression for these contexts, and no others."""
    return f"^(?:{'|'.join(map(re.escape, sorted(contexts)))})$"
