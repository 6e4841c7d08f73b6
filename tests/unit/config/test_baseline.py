"""The file of a baseline: read, refused and written."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.baseline import baseline_path, format_baseline, read_baselines
from pytest_maturity.config.git_ref import GitRefFiles
from pytest_maturity.model.baseline import Baseline, BaselineNumber, Lowering
from pytest_maturity.model.errors import ConfigError

NUMBERS = {
    "security.high": BaselineNumber(value=Fraction(2), tools={"bandit": "1.8"}),
    "coverage": BaselineNumber(
        value=Fraction("42.195121"),
        tools={"coverage": "7.10.1"},
        lowered=(Lowering(old=Fraction("50.5"), new=Fraction("42.195121"), reason="the généric part moved"),),
    ),
}


def write(root: Path, text: str | dict[str, Any], component: str = "shop") -> None:
    path = baseline_path(root, component)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    text = format_baseline(Baseline(component="shop", source="", numbers=NUMBERS))
    write(tmp_path, text)
    found = read_baselines(tmp_path, ["shop", "other"], None)
    assert list(found) == ["shop"]
    assert found["shop"].committed == Baseline(component="shop", source="maturity-baseline/shop.json", numbers=NUMBERS)
    assert not found["shop"].is_of_ref


def test_the_text_is_sorted_and_readable() -> None:
    text = format_baseline(Baseline(component="shop", source="", numbers=NUMBERS))
    assert text.index('"coverage"') < text.index('"security.high"')
    assert '"value": 2\n' in text
    assert "généric" in text


def test_a_device_of_windows_is_no_name_of_a_file() -> None:
    assert baseline_path(Path("/p"), "aux") == Path("/p/maturity-baseline/aux_.json")


def test_each_spelling_of_a_name_has_the_same_baseline(tmp_path: Path) -> None:
    write(tmp_path, format_baseline(Baseline(component="my-shop", source="", numbers=NUMBERS)), "my-shop")
    found = read_baselines(tmp_path, ["MyShop", "my_shop", "my.shop"], None)
    assert list(found) == ["MyShop", "my_shop"]
    assert found["MyShop"].committed is not None
    assert found["MyShop"].committed.source == "maturity-baseline/my_shop.json"


GATE: dict[str, Any] = {"value": 1, "tools": {}}
WITHOUT_REASON = {"from": 1, "to": 2, "reason": ""}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not a valid baseline: Expecting value"),
        ("<<<<<<< HEAD\n{}", "is not a valid baseline: Expecting value"),
        ("[]", "must be a table, not a list"),
        ('{"schema": 1, "schema": 1}', "is not a valid baseline: the key 'schema' is given twice"),
        ('{"schema": NaN}', "is not a valid baseline: NaN is not a number in JSON"),
        ("[" * 100_000, "is not a valid baseline"),
        ({"schema": 1, "component": "shop"}, "the key 'gates' is missing"),
        ({"schema": 2, "component": "shop", "gates": {}}, "schema: must be 1, not 2"),
        ({"schema": 1, "component": "auth", "gates": {}}, "is the baseline of 'auth', not of 'shop'"),
        ({"schema": 1, "component": "shop", "gates": {"lint": 5}}, "gates.lint: must be a table, not 5"),
        (
            {"schema": 1, "component": "shop", "gates": {"lint": {**GATE, "valeu": 3}}},
            "gates.lint.valeu: unknown key (did you mean 'value'?)",
        ),
        (
            {"schema": 1, "component": "shop", "gates": {"lint": {**GATE, "lowered": [WITHOUT_REASON]}}},
            "gates.lint.lowered[0].reason: must not be empty",
        ),
        ('{"schema": 1, "component": "shop", "gates": {"lint": {"tools": {}, "value": 1e999999}}}', "must be at most"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_baseline_of_the_component_is_refused(
    tmp_path: Path, text: str | dict[str, Any], problem: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_baselines(tmp_path, ["shop"], None)
    assert caught.value.problems[0].startswith("maturity-baseline/shop.json")
    assert problem in caught.value.problems[0]


def test_every_invalid_file_is_reported(tmp_path: Path) -> None:
    for name in ("shop", "auth"):
        write(tmp_path, "", name)
    with pytest.raises(ConfigError) as caught:
        read_baselines(tmp_path, ["shop", "auth"], None)
    assert len(caught.value.problems) == 2


def test_a_ref_has_baselines_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def text(value: int) -> str:
        numbers = {"lint": BaselineNumber(value=Fraction(value))}
        return format_baseline(Baseline(component="shop", source="", numbers=numbers))

    write(tmp_path, text(310))
    of_ref = {baseline_path(tmp_path, "shop"): text(300).encode()}
    monkeypatch.setattr(
        "pytest_maturity.config.git_ref.read_files",
        lambda _, paths: {path: of_ref[path] for path in paths if path in of_ref},
    )
    ref_files = GitRefFiles(root=tmp_path, ref="main", commit="0" * 40, prefix="", files={})
    found = read_baselines(tmp_path, ["shop", "auth"], ref_files)
    shop, auth = found["shop"], found["auth"]
    assert shop.committed is not None
    assert shop.committed.source == "main:maturity-baseline/shop.json"
    assert shop.committed.numbers["lint"].value == 300
    assert shop.proposed is not None
    assert shop.proposed.numbers["lint"].value == 310
    assert (auth.committed, auth.proposed, auth.is_of_ref) == (None, None, True)


def test_a_broken_baseline_of_a_ref_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_maturity.config.git_ref.read_files", lambda _, paths: dict.fromkeys(paths, b"{"))
    ref_files = GitRefFiles(root=tmp_path, ref="main", commit="0" * 40, prefix="", files={})
    with pytest.raises(ConfigError, match=r"main:maturity-baseline/shop\.json: is not a valid baseline"):
        read_baselines(tmp_path, ["shop"], ref_files)
