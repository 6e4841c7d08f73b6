"""The components that a change can affect; what cannot be attributed affects all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.discovery.affected import BaseClaims, Project, UnattributedError, find_affected, may_move_tests
from pytest_maturity.discovery.components import ALL, ComponentFinder
from pytest_maturity.discovery.project import ProjectLayout
from pytest_maturity.reports.affected import describe_reason

from .test_components import finder

SHOP = {
    "src/shop/__init__.py": "",
    "src/shop/money/__init__.py": "",
    "src/shop/money/rates.py": "RATE = 1\n",
    "src/shop/cart/__init__.py": "from shop.money import rates\n",
    "src/shop/user/__init__.py": "from ..cart import total\n",
    "src/shop/log/__init__.py": "",
    "tests/money/test_money.py": "import shop.money\n",
    "tests/test_cart.py": "import shop.cart\n",
    "tests/test_user.py": "import shop.user\n",
    "tests/test_log.py": "import shop.log\n",
}


def plant(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def make_project(root: Path, components: Mapping[str, Any] | None = None, **more: Any) -> Project:
    found = finder(root, components)
    judged = found.find_tests(found.find_components([ALL]))
    return replace(Project(layout=found.layout, components=judged), **more)


def affected(root: Path, *changed: str, **more: Any) -> dict[str, str]:
    found = find_affected(make_project(root, **more), [root / path for path in changed])
    return {name: describe_reason(reason) for name, reason in found.items()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    plant(tmp_path, SHOP)
    return tmp_path


def test_a_component_is_affected_by_its_own_files_and_by_what_it_imports_over_any_number_of_steps(shop: Path) -> None:
    assert affected(shop, "src/shop/money/rates.py") == {
        "cart": "src/shop/cart/__init__.py imports shop.money, which changed: src/shop/money/rates.py",
        "money": "changed: src/shop/money/rates.py",
        "user": "src/shop/user/__init__.py imports shop.cart, which imports shop.money, "
        "which changed: src/shop/money/rates.py",
    }
    assert list(affected(shop, "src/shop/log/new.txt")) == ["log"]
    assert list(affected(shop, "src/shop/money/gone.py", "src/shop/log/x.py")) == ["cart", "log", "money", "user"]


def test_a_changed_test_affects_its_component_alone(shop: Path) -> None:
    assert affected(shop, "tests/test_cart.py") == {"cart": "changed: tests/test_cart.py"}


def test_a_helper_and_a_conftest_affect_the_tests_that_use_them(shop: Path) -> None:
    plant(shop, {"tests/helper.py": "import deep\n", "tests/deep.py": "", "tests/money/conftest.py": "import helper\n"})
    plant(shop, {"tests/test_log.py": "from tests.helper import x\n"})
    assert affected(shop, "tests/deep.py") == {
        "log": "tests/test_log.py imports tests.helper, which imports deep, which changed: tests/deep.py",
        "money": "tests/money/test_money.py uses tests/money/conftest.py, which imports helper, "
        "which imports deep, which changed: tests/deep.py",
    }
    assert list(affected(shop, "tests/money/conftest.py")) == ["money"]


def test_the_module_of_a_package_affects_everything_in_it(shop: Path) -> None:
    assert list(affected(shop, "src/shop/__init__.py")) == ["cart", "log", "money", "user"]


def test_a_computed_import_is_affected_by_any_change_of_code(shop: Path) -> None:
    plant(shop, {"tests/test_log.py": "import importlib\nimportlib.import_module(NAME)\n"})
    assert affected(shop, "src/shop/user/__init__.py") == {
        "log": "tests/test_log.py imports modules by names that only a run knows: any change may affect it",
        "user": "changed: src/shop/user/__init__.py",
    }


def test_a_data_file_of_a_component_affects_who_names_it(shop: Path) -> None:
    plant(shop, {"tests/test_log.py": "open('src/shop/user/table.csv')\n", "src/shop/user/table.csv": ""})
    assert list(affected(shop, "src/shop/user/table.csv")) == ["log", "user"]


def test_specifications_affect_their_component(shop: Path) -> None:
    specs = ("specs/{component}.md", "doc/**/{component}-api.rst")
    assert affected(shop, "specs/cart.md", specs=specs) == {"cart": "changed: specs/cart.md"}
    assert list(affected(shop, "doc/a/b/log-api.rst", specs=specs)) == ["log"]
    with pytest.raises(UnattributedError, match=r"specs/cash\.md changed, the specification of no known component"):
        affected(shop, "specs/cash.md", specs=specs)


def test_documentation_affects_only_those_who_name_it(shop: Path) -> None:
    assert affected(shop, "README.md", "docs/guide.rst", "LICENSE") == {}
    plant(shop, {"tests/test_log.py": "print(ROOT / 'README.md')\n"})
    assert affected(shop, "README.md") == {"log": "tests/test_log.py names README.md, which changed: README.md"}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("uv.lock", "uv.lock changed, which is no file of a component"),
        ("pyproject.toml", "pyproject.toml changed, which is no file of a component"),
        ("tests/data.json", "tests/data.json changed, which is no file of a component"),
        ("tests/README.md", "tests/README.md changed, which is no file of a component"),
        ("conftest.py", "conftest.py changed, which every test uses"),
        ("scripts/make.py", "scripts/make.py changed, which no component is known to use"),
        ("tests/other/conftest.py", "tests/other/conftest.py changed, which no component is known to use"),
        ("../lib/x.py", "/lib/x.py changed, outside of the project"),
    ],
)
def test_what_cannot_be_attributed_affects_all(shop: Path, path: str, why: str) -> None:
    with pytest.raises(UnattributedError) as caught:
        find_affected(make_project(shop), [(shop / path).resolve()])
    assert str(caught.value).endswith(why)


def test_what_pytest_itself_loads_affects_all(shop: Path) -> None:
    with pytest.raises(UnattributedError, match=r"rates.py changed, and pytest itself loads src/shop/cart/__init__.py"):
        affected(shop, "src/shop/money/rates.py", started=[shop / "src/shop/cart/__init__.py"])
    with pytest.raises(UnattributedError, match=r"rates.py changed, and its settings name shop.user"):
        affected(shop, "src/shop/money/rates.py", settings="-p shop.user")
    assert list(affected(shop, "src/shop/log/__init__.py", settings="-p shop.user")) == ["log"]


def test_a_component_that_all_leaves_out_affects_who_imports_it(shop: Path) -> None:
    plant(shop, {"src/old/__init__.py": "", "tests/test_old.py": "import old\n"})
    layout = ProjectLayout(root=shop)
    kept = [one for one in make_project(shop).components if one.name != "old"]
    project = Project(layout=layout, components=kept, passed_over=[shop / "src/old"])
    assert list(find_affected(project, [shop / "src/old/__init__.py"])) == []  # its tests run for nobody
    plant(shop, {"src/shop/cart/__init__.py": "import old\n"})
    assert [*find_affected(project, [shop / "src/old/__init__.py"])] == ["shop"]


def test_a_test_that_moves_affects_the_component_that_loses_it(shop: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    plant(base, SHOP | {"tests/test_flow.py": "import shop.log\n"})
    plant(base, {"tests/test_cart.py": "", "tests/test_log.py": "", "tests/money/test_money.py": ""})
    (base / "tests/test_log.py").unlink()  # without a test of its name, who imports it counts
    found = finder(base)
    claims = BaseClaims.read(found.find_tests(found.find_components([ALL])), base, shop)
    (shop / "tests/test_log.py").unlink()
    plant(shop, {"tests/test_flow.py": "import shop.user\n"})
    project = Project(layout=ProjectLayout(root=shop, tests=("tests",)), components=_find(shop), at_base=claims)
    assert find_affected(project, [shop / "tests/test_flow.py"]).keys() >= {"log"}


def _find(root: Path) -> Any:
    found: ComponentFinder = finder(root, sources=("src",), tests=("tests",))
    return found.find_tests(found.find_components([ALL]))


def test_a_new_component_is_affected_as_a_whole(shop: Path) -> None:
    claims = BaseClaims.read([one for one in make_project(shop).components if one.name != "log"], shop, shop)
    plant(shop, {"src/shop/log/more.py": ""})
    assert affected(shop, "src/shop/log/more.py", at_base=claims) == {"log": "new since the merge base: src/shop/log"}


@pytest.mark.parametrize(
    ("path", "existed", "moves"),
    [
        ("src/shop/money/rates.py", True, False),
        ("src/shop/money/rates.py", False, True),
        ("src/shop/money/gone.py", True, True),
        ("src/shop/money/__init__.py", True, True),
        ("tests/test_cart.py", True, True),
        ("README.md", True, False),
    ],
)
def test_tests_move_by_names_and_by_the_imports_of_tests(shop: Path, path: str, existed: bool, moves: bool) -> None:
    layout = ProjectLayout(root=shop)
    assert may_move_tests(layout, [shop / path], {shop / path} if existed else set()) is moves
