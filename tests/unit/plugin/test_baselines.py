"""The versions that a baseline belongs to, and what a change makes worse in one."""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

from pytest_maturity import gates
from pytest_maturity.model.baseline import Baseline, BaselineNumber, Baselines
from pytest_maturity.model.evidence import Component
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.plugin.baselines import find_lost_components, find_tool_versions, find_worse_baselines

GATES = {gate.name: gate for gate in gates.BUILTIN}


def require(gate: str, ratchet: bool = True) -> Requirement:
    return Requirement(gate=gate, threshold=Fraction(0), source="here", ratchet=ratchet)


def test_only_gates_with_a_ratchet_are_looked_up(tmp_path: Path) -> None:
    component = Component(name="shop", sources=(tmp_path / "shop",), files=(), found_by="src")
    required = [require("coverage"), require("lint"), require("pass_rate"), require("types", ratchet=False)]
    assert find_tool_versions(component, required, GATES, Context(root=tmp_path)) == {
        "coverage": {"coverage": version("coverage")}, "lint": {"ruff": version("ruff")},
    }  # fmt: skip


def test_for_a_record_all_gates_are_looked_up(tmp_path: Path) -> None:
    component = Component(name="shop", sources=(tmp_path / "shop",), files=(), found_by="src")
    required = [require("coverage", ratchet=False), require("pass_rate", ratchet=False)]
    assert find_tool_versions(component, required, GATES, Context(root=tmp_path), is_recorded=True) == {
        "coverage": {"coverage": version("coverage")},
    }


def baseline(source: str, **values: int) -> Baseline:
    numbers = {name.replace("__", "."): BaselineNumber(value=Fraction(value)) for name, value in values.items()}
    return Baseline(component="shop", source=source, numbers=numbers)


def test_numbers_that_a_change_removes_or_makes_worse_are_found() -> None:
    of_ref = baseline("main:b.json", coverage=80, lint=5, security__high=1, types=3)
    tree = baseline("b.json", coverage=79, lint=5, security__high=2)
    found = find_worse_baselines({"shop": Baselines(committed=of_ref, proposed=tree, is_of_ref=True)}, GATES)
    assert [(one.setting, one.new, one.old, one.new_source, one.components) for one in found] == [
        ("baseline of coverage", "79", "80", "b.json", ("shop",)),
        ("baseline of security.high", "2", "1", "b.json", ("shop",)),
        ("baseline of types", "nothing", "3", "b.json", ("shop",)),
    ]


def test_the_working_trees_own_baselines_are_compared_with_nothing() -> None:
    assert list(find_worse_baselines({"shop": Baselines(committed=baseline("b.json", lint=5))}, GATES)) == []
    assert list(find_worse_baselines({"shop": Baselines(is_of_ref=True)}, GATES)) == []


def test_a_component_with_a_baseline_that_is_gone_is_found() -> None:
    of_ref = {one: f"main:maturity-baseline/{one}.json" for one in ("my_shop", "shop.cart", "old")}
    found = find_lost_components(of_ref, ["MyShop"], lambda name: name == "shop.cart")
    assert [(one.setting, one.new, one.old, one.old_source, one.components) for one in found] == [
        ("component old", "missing", "with a baseline", "main:maturity-baseline/old.json", ()),
    ]
