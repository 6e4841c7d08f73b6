"""Decorates frozen dataclasses whose methods are shared, not compiled for each class.

The standard library's decorator compiles seven methods for every class, 0.3 ms each time: for the classes that a run
needs, a third of the time of its imports. `fields`, `replace` and `asdict` work on these classes as on any dataclass.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["light_dataclass"]


class Layout(NamedTuple):
    """The facts of a class that the shared methods need."""

    names: frozenset[str]
    positional: tuple[str, ...]
    defaults: dict[str, Any]
    factories: dict[str, Any]
    compared: Any  # returns the values that decide whether two objects are equal


def make_layout(cls: type) -> Layout:
    """Returns the layout of a class that the standard library has made a dataclass."""
    found = dataclasses.fields(cls)
    compared = [one.name for one in found if one.compare]
    getter = attrgetter(*compared) if compared else lambda _: ()
    return Layout(
        names=frozenset(one.name for one in found),
        positional=tuple(one.name for one in found if not one.kw_only),
        defaults={one.name: one.default for one in found if one.default is not dataclasses.MISSING},
        factories={one.name: one.default_factory for one in found if one.default_factory is not dataclasses.MISSING},
        compared=getter,
    )


def initialize(self: Any, *values: object, **named: object) -> None:
    """Sets all fields, and calls `__post_init__` where the class has one. Raises TypeError for wrong arguments."""
    layout: Layout = self._layout
    given = dict(zip(layout.positional, values, strict=False)) if values else {}
    if len(given) < len(values) or not given.keys().isdisjoint(named):
        raise TypeError(f"{type(self).__qualname__}() got too many positional arguments")
    given.update(named)
    if unknown := given.keys() - layout.names:
        raise TypeError(f"{type(self).__qualname__}() got unexpected arguments: {', '.join(sorted(unknown))}")
    if len(given) < len(layout.names):
        for name, make in layout.factories.items():
            if name not in given:
                given[name] = make()
        given = {**layout.defaults, **given}
        if missing := layout.names - given.keys():
            raise TypeError(f"{type(self).__qualname__}() misses arguments: {', '.join(sorted(missing))}")
    set_state(self, given)
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def set_state(self: object, state: dict[str, object]) -> None:
    """Sets fields, also those of a frozen object."""
    for name, value in state.items():
        object.__setattr__(self, name, value)


def get_state(self: Any) -> dict[str, object]:
    """Returns the fields and their values."""
    return {name: getattr(self, name) for name in self.__dataclass_fields__}


def refuse_change(self: object, name: str, *_: object) -> None:
    """Raises FrozenInstanceError: nothing changes a field."""
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__} is frozen: its field {name!r} cannot change")


def is_equal(self: Any, other: Any) -> Any:
    """Whether two objects have the same class and equal fields; NotImplemented for one of another class."""
    if type(other) is not type(self):
        return NotImplemented
    compared = self._layout.compared
    return compared(self) == compared(other)


def compute_hash(self: Any) -> int:
    """Returns a hash of the fields that are compared."""
    return hash((type(self), self._layout.compared(self)))


def represent(self: Any) -> str:
    """Returns the object as Python writes it."""
    values = ", ".join(f"{name}={value!r}" for name, value in get_state(self).items())
    return f"{type(self).__qualname__}({values})"


METHODS = {
    "__init__": initialize,
    "__repr__": represent,
    "__eq__": is_equal,
    "__hash__": compute_hash,
    "__setattr__": refuse_change,
    "__delattr__": refuse_change,
    "__getstate__": get_state,  # so that copy and pickle do not set the fields one by one
    "__setstate__": set_state,
}

if TYPE_CHECKING:
    from dataclasses import dataclass as light_dataclass
else:

    def light_dataclass(*, frozen: bool, slots: bool, kw_only: bool = False):
        """Returns a decorator like `dataclasses.dataclass`, with the same arguments; `frozen` and `slots` are True."""
        if not (frozen and slots):
            raise TypeError("a class that is not frozen, or has no slots, is a dataclass of the standard library")

        def decorate(cls: type) -> type:
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
            for name, method in METHODS.items():
                if name not in made.__dict__:
                    setattr(made, name, method)
            made._layout = make_layout(made)
            return made

        return decorate
