"""The built wheel, which users install."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from validate_pyproject import api, errors

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(place), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = place.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_package_with_its_schemas_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    source = ROOT / "src"
    expected = {
        str(path.relative_to(source))
        for path in (source / "pytest_maturity").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == {*expected, "pytest_maturity_start.pth"}  # Python reads the one beside the package at its start
    assert {"pytest_maturity/py.typed", "pytest_maturity/config/config.schema.json"} <= names


def test_the_wheel_needs_what_was_promised(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.partition(">")[0] for line in required) == [
        "coverage", "markdown-it-py", "pluggy", "pytest", "pyyaml", "tomli",
    ]  # fmt: skip
    assert metadata["Requires-Python"] == ">=3.10"


def test_validate_pyproject_finds_our_schema_and_refuses_what_we_refuse() -> None:
    check = api.Validator(extra_plugins=[])
    good = {"tool": {"maturity": {"ladder": ["dev"], "stages": {"dev": {"coverage": 50, "lint": False}}}}}
    assert check(good)
    wrongs: list[Any] = [{"ladder": []}, {"stage": {}}, {"stages": {"dev": {"lint": True}}}, {"ladder": ["a\x07"]}]
    for wrong in wrongs:
        with pytest.raises(errors.ValidationError):
            check({"tool": {"maturity": wrong}})
