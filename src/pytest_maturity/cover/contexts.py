"""For whom something was executed, as the name of a coverage context.

The name is a base and the files of the modules that are being imported, the outermost first:

    pytest-maturity:billing,orders                    a test of both, or a fixture for tests of both
    pytest-maturity:@tests/orders                     a conftest.py there: whoever has tests below it
    pytest-maturity:@tests/test_orders.py             that file is collected: whoever has it among its tests
    pytest-maturity:billing>src/orders/__init__.py    a test of billing is the first to import orders

What comes before all that has no context, and counts for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..model import Component

GROUP = "pytest-maturity:"
PLACE, INTO, AND = "@", ">", ","


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
        return None if self.modules or self.base.startswith(PLACE) else frozenset(self.base.split(AND))

    def __str__(self) -> str:
        return GROUP + INTO.join((self.base, *self.modules))

    def is_for(self, component: Component, root: Path) -> bool:
        """Is the base the component's own?"""
        if not self.base.startswith(PLACE):
            return component.name in self.base.split(AND)
        place = root / self.base.removeprefix(PLACE)
        return any(place == claim.path or place in claim.path.parents for claim in component.tests)


def foreign(contexts: Iterable[str], static: str) -> list[str]:
    """The contexts that somebody else named; `static` is the one that the configuration gives to everything."""
    return [one for one in contexts if one not in ("", static) and Scope.read(one) is None]


def pattern(component: Component, contexts: Iterable[str], root: Path, reached: Callable[[], set[str]]) -> str:
    """A regular expression for the contexts that count for a component: as if its tests had run alone.

    What a module executes that its own tests would have imported counts for it, whoever was the first to import it.
    Which these are, `reached` tells; it is asked only where somebody else was.
    """
    scopes = {one: Scope.read(one) for one in contexts}
    own = {one for one, scope in scopes.items() if scope is None or scope.is_for(component, root)}
    others = {one: scope.modules for one, scope in scopes.items() if scope is not None and one not in own}
    if any(others.values()):
        modules = reached()
        own |= {one for one, imported in others.items() if not modules.isdisjoint(imported)}
    return f"^(?:{'|'.join(map(re.escape, sorted(own)))})$"
