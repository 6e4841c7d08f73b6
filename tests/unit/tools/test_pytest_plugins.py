"""The pytest plugins that test files use and that are not installed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_maturity.model.gates import Context
from pytest_maturity.tools import pytest_plugins
from pytest_maturity.tools.findings import NotMeasuredError

USES = "import pytest\n\n@pytest.mark.asyncio\nasync def test_a(mocker): ...\n"


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    found = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr(pytest_plugins, "metadata", SimpleNamespace(distributions=lambda: found))


def find(root: Path, *files: str, **texts: str) -> list[str]:
    """Returns the messages about test files, and about a conftest, with these texts."""
    paths = {name: root / f"{name}.py" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    conftests = [path for name, path in paths.items() if name == "conftest"]
    tests = [path for name, path in paths.items() if name != "conftest"]
    found = pytest_plugins.find_missing_plugins(tests, conftests, Context(root=root))
    return [f"{one.location} {one.message}" for one in found]


def test_fixtures_and_marks_of_plugins_that_are_not_installed_are_found(tmp_path: Path) -> None:
    asyncio = "pytest-asyncio or alt-pytest-asyncio or pytest-asyncio-cooperative or pytest-aiohttp"
    missing = "which is not installed: no file of the project declares it"
    assert find(tmp_path, test_a=USES) == [
        f"test_a.py:4 the fixture mocker is of pytest-mock, {missing}",
        f"test_a.py:3 the mark asyncio is of {asyncio}, {missing}",
    ]


def test_the_extra_that_brings_it_is_named_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\noptional-dependencies.test = ['Pytest_Mock>=3']\n")
    (found,) = find(tmp_path, test_a="def test_a(mocker): ...\n")
    assert found.endswith("which is not installed: the extra test brings it: pip install -e .[test]")


def test_a_file_that_brings_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements-dev.txt").write_text("pytest-mock==3.14\n")
    (found,) = find(tmp_path, test_a="def test_a(mocker): ...\n")
    assert found.endswith("requirements-dev.txt brings it: pip install -r requirements-dev.txt")


def test_what_is_installed_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Pytest_Mock", "pytest-aiohttp")
    assert find(tmp_path, test_a=USES) == []


@pytest.mark.parametrize(
    "conftest",
    [
        "import pytest\n@pytest.fixture\ndef mocker(): ...\n",
        "import pytest\n@pytest.fixture(name='mocker')\ndef own(): ...\n",
        "from helpers import mocker\n",
        "from helpers import *\n",
        "pytest_plugins = ['helpers']\n",
        "mocker = make_fixture()\n",
    ],
)
def test_a_fixture_that_the_project_may_define_is_its_own(tmp_path: Path, conftest: str) -> None:
    assert find(tmp_path, conftest=conftest, test_a="def test_a(mocker): ...\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "def helper(mocker): ...\n",
        "def test_a(tmp_path, mocker=None, *, fs=None): ...\n",
        "import pytest\n@pytest.mark.parametrize('freezer, fs', [])\ndef test_a(freezer, fs): ...\n",
        "import pytest\n@pytest.mark.parametrize(('freezer', 'fs'), [])\ndef test_a(freezer, fs): ...\n",
        "import asyncio\nasyncio.run(mark.run)\n",
        "class Bench:\n    asyncio = 1\nBench().asyncio\n",
        "def test_a(tmp_path, client, settings): ...\n",
        "@pytest.mark.flaky\ndef test_a(): ...\n",
    ],
)
def test_other_names_are_no_plugins(tmp_path: Path, text: str) -> None:
    assert find(tmp_path, test_a=text) == []


def test_a_plugin_is_found_once_also_in_a_fixture_of_a_conftest(tmp_path: Path) -> None:
    fixture = "import pytest\n@pytest.fixture\ndef fake(mocker): ...\n"
    (found,) = find(tmp_path, conftest=fixture, test_a="def test_a(mocker, fake): ...\n")
    assert found.startswith("conftest.py:3 ")


def test_a_parameter_that_is_only_passed_by_name_is_a_fixture_too(tmp_path: Path) -> None:
    assert len(find(tmp_path, test_a="def test_a(x, /, y=1, *, fs): ...\n")) == 1


def test_a_file_that_cannot_be_read_is_no_proof(tmp_path: Path) -> None:
    with pytest.raises(NotMeasuredError, match=r"test_a\.py cannot be read"):
        find(tmp_path, test_a="def (\n")
