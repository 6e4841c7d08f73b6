"""Light dataclasses behave like frozen dataclasses of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_maturity.model.light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A class of keywords."""

    size: int
    brand: str = ""
    spokes: tuple[int, ...] = field(default_factory=tuple)
    worn: float = field(default=0.0, compare=False)

    @property
    def label(self) -> str:
        return f"{self.brand} {self.size}"


@light_dataclass(frozen=True, slots=True)
class Pair:
    """A class of positions."""

    left: int
    right: int = 2


@light_dataclass(frozen=True, slots=True)
class Checked:
    """A light_dataclass that checks its fields."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A class like `Wheel`, made by the standard library."""

    size: int
    brand: str = ""


def test_fields_have_their_values_and_defaults() -> None:
    wheel = Wheel(size=28)
    assert (wheel.size, wheel.brand, wheel.spokes, wheel.worn, wheel.label) == (28, "", (), 0.0, " 28")


def test_positions_and_keywords_mix() -> None:
    assert (Pair(1), Pair(1, right=5), Pair(left=1, right=2)) == (Pair(1, 2), Pair(1, 5), Pair(1))


@pytest.mark.parametrize("compared", [Wheel, Standard])
def test_wrong_arguments_are_refused(compared: Any) -> None:
    for arguments in ({}, {"brand": "x"}, {"size": 1, "colour": "red"}):
        with pytest.raises(TypeError):
            compared(**arguments)
    with pytest.raises(TypeError):
        compared(1)


def test_a_class_is_made_with_its_fields_defaults_and_factories() -> None:
    @light_dataclass(frozen=True, slots=True)
    class Gear:
        teeth: int
        ratio: float = 1.5
        marks: list[int] = field(default_factory=list)
        oil: str = field(default="", kw_only=True)
        dust: int = field(default=0, compare=False)

    made: Any = Gear  # so that wrong arguments can be given
    gear = made(12)
    assert (gear.teeth, gear.ratio, gear.marks, gear.oil, gear.dust) == (12, 1.5, [], "", 0)
    assert made(12).marks is not gear.marks
    assert (
        repr(made(12, 2.5, [3], 4, oil="x")) == f"{Gear.__qualname__}(teeth=12, ratio=2.5, marks=[3], oil='x', dust=4)"
    )
    assert made(12, dust=9) == gear
    for other in (made(13), made(12, 2.5), made(12, 1.5, [1]), made(12, oil="x")):
        assert other != gear
    with pytest.raises(TypeError, match="got too many positional arguments"):
        made(12, 2.5, [], 4, "x")  # oil has no position


def test_a_class_may_have_no_field_to_compare() -> None:
    @light_dataclass(frozen=True, slots=True, kw_only=True)
    class Noise:
        level: int = field(default=1, compare=False)

    assert Noise() == Noise(level=2)
    assert hash(Noise()) == hash(Noise(level=2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Wheel() misses arguments: size"),
        ({"size": 1, "colour": "red", "age": 3}, "Wheel() got unexpected arguments: age, colour"),
    ],
)
def test_the_error_names_the_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        Wheel(**arguments)


def test_every_missing_argument_is_named() -> None:
    @light_dataclass(frozen=True, slots=True)
    class Edge:
        start: int
        end: int

    made: Any = Edge
    with pytest.raises(TypeError, match=r"Edge\(\) misses arguments: end, start$"):
        made()


def test_the_error_of_a_change_names_the_field() -> None:
    wheel: Any = Wheel(size=28)
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"^Wheel is frozen: its field 'size' cannot change$"):
        wheel.size = 29


def test_records_of_two_classes_have_two_hashes() -> None:
    assert len({hash(Pair(1, 2)), hash(Pair(2, 1)), hash(Pair(1, 3))}) == 3
    assert hash(Checked(1)) != hash((1,)) != hash(None)


@pytest.mark.parametrize(("values", "named"), [((1, 2, 3), {}), ((1,), {"left": 2})])
def test_too_many_positions_are_refused(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"^Pair\(\) got too many positional arguments$"):
        Pair(*values, **named)


def test_a_field_cannot_be_changed_deleted_or_added() -> None:
    wheel: Any = Wheel(size=28)
    with pytest.raises(dataclasses.FrozenInstanceError):
        wheel.size = 29
    with pytest.raises(dataclasses.FrozenInstanceError):
        del wheel.size
    with pytest.raises(dataclasses.FrozenInstanceError):
        wheel.colour = "red"
    assert not hasattr(wheel, "__dict__")


def test_equal_fields_make_equal_records_with_equal_hashes() -> None:
    assert Wheel(size=28, worn=0.5) == Wheel(size=28)
    assert hash(Wheel(size=28, worn=0.5)) == hash(Wheel(size=28))
    assert Wheel(size=28) != Wheel(size=29)
    other: Any = Checked(28)
    assert Pair(28) != other


def test_the_standard_librarys_functions_work() -> None:
    wheel: Any = Wheel(size=28, brand="Acme")
    assert dataclasses.is_dataclass(Wheel)
    assert dataclasses.replace(wheel, size=26) == Wheel(size=26, brand="Acme")
    assert dataclasses.asdict(wheel) == {"size": 28, "brand": "Acme", "spokes": (), "worn": 0.0}
    assert [one.name for one in dataclasses.fields(Wheel)] == ["size", "brand", "spokes", "worn"]
    with pytest.raises(TypeError):
        dataclasses.replace(wheel, colour="red")


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_equal(duplicate: Callable[[Wheel], Wheel]) -> None:
    wheel = Wheel(size=28, spokes=(1, 2))
    assert duplicate(wheel) == wheel


def test_a_record_is_written_as_python_writes_it() -> None:
    assert repr(Wheel(size=28)) == "Wheel(size=28, brand='', spokes=(), worn=0.0)"


def test_a_record_checks_itself() -> None:
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)
    with pytest.raises(ValueError, match="negative"):
        dataclasses.replace(Checked(1), number=-1)


def test_a_record_is_frozen_and_has_slots() -> None:
    with pytest.raises(TypeError):
        light_dataclass(frozen=False, slots=True)
