"""Which files use a module or another file, whatever is on sys.path."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.discovery.importers import Importers, computes_imports
from pytest_maturity.discovery.project import ProjectLayout

from .test_components import plant

USES = {
    "import shop.money.rates": "shop.money",
    "from shop import money": "shop.money",
    "from shop.money.rates import RATE": "shop.money",
    "from shop.money import *": "shop.money",
    "if TYPE_CHECKING:\n    import shop.money": "shop.money",
    "def f():\n    from shop.money import rates": "shop.money",
    "mock.patch('shop.money.rates.RATE')": "shop.money",
    "import_module('shop.money')": "shop.money",
    "run(['python', '-m', 'shop.money'])": "shop.money",
    "exec('from shop import money')": "shop.money",
    "import src.shop.money": "src.shop.money",
    "Path('src/shop/money/rates.py').read_text()": "rates.py",
}


def users(root: Path, path: str) -> dict[str, str]:
    found = Importers(ProjectLayout(root=root))
    uses = found.find_users(found.make_file_target(root / path))
    return {use.file.relative_to(root).as_posix(): use.name for use in uses}


@pytest.mark.parametrize("text", USES)
def test_a_file_uses_what_it_imports_or_names(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "src/shop/__init__.py", "src/shop/money/__init__.py", src__shop__money__rates="RATE = 1\n")
    plant(tmp_path, tests__test_it=text + "\n")
    found = Importers(ProjectLayout(root=tmp_path))
    sources, files = [tmp_path / "src/shop/money"], [*(tmp_path / "src/shop/money").iterdir()]
    target = found.make_source_target(sources, files, ["shop.money"], [tmp_path / "src/shop/money/rates.py"])
    (use,) = found.find_users(target)
    assert (use.file, use.is_import) == (tmp_path / "tests/test_it.py", not text.startswith("Path"))
    assert use.name == USES[text]


@pytest.mark.parametrize(
    "text", ["import shop", "from shop import cart", "import money", "moneyshop.money", "# money", "other_rates.py"]
)
def test_a_file_does_not_use_what_has_a_similar_name(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "src/shop/__init__.py", "src/shop/money/__init__.py", "src/shop/money/rates.py")
    plant(tmp_path, tests__test_it=text + "\n")
    assert users(tmp_path, "src/shop/money/rates.py") == {}


def test_a_module_outside_of_packages_has_the_name_of_each_directory_that_may_be_on_the_path(tmp_path: Path) -> None:
    plant(tmp_path, "tests/lib/helper.py", tests__test_a="import helper", tests__test_b="from tests.lib import helper")
    plant(tmp_path, tests__test_c="from .lib.helper import x", tests__test_d="from lib import helper", a__helper="")
    assert users(tmp_path, "tests/lib/helper.py") == {
        "tests/test_a.py": "helper",
        "tests/test_b.py": "tests.lib.helper",
        "tests/test_c.py": "lib.helper",
        "tests/test_d.py": "lib.helper",
    }
    assert users(tmp_path, "gone/helper.py") == {"tests/test_a.py": "helper"}  # a removed file


def test_the_module_of_a_package_is_used_by_every_file_in_it(tmp_path: Path) -> None:
    plant(tmp_path, "src/shop/__init__.py", "src/shop/a/b.py", "src/c.py", src__d="import shop.a.b")
    assert users(tmp_path, "src/shop/__init__.py") == {"src/d.py": "shop", "src/shop/a/b.py": ""}


def test_a_text_is_used_by_who_names_it_its_kind_or_its_directory(tmp_path: Path) -> None:
    plant(tmp_path, a="open('README.md')", b="root.glob('*.md')", c="(root / 'docs').iterdir()", d="# docs, and md")
    found = Importers(ProjectLayout(root=tmp_path))
    readme, guide = (found.make_text_target(tmp_path / path) for path in ("README.md", "docs/guide.md"))
    assert [use.file.stem for use in found.find_users(readme)] == ["a", "b"]
    assert [(use.file.stem, use.name) for use in found.find_users(guide)] == [("b", ".md"), ("c", "docs/")]


@pytest.mark.parametrize(
    ("text", "computes"),
    [
        ("from importlib import import_module\nimport_module('shop.money')\n", False),
        ("importlib.import_module('shop.money', package=None)\n", False),
        ("pytest_plugins = ['helpers.fixtures']\n", False),
        ("pytest_plugins = 'helpers'\n", False),
        ("import_module(name)\n", True),
        ("import_module('shop.' + name)\n", True),
        ("import_module(f'shop.{name}')\n", True),
        ("from importlib import import_module as load\n", True),
        ("map(__import__, names)\n", True),
        ("pytest_plugins = [one for one in names]\n", True),
        ("for one in pkgutil.iter_modules(path):\n", True),
        ("entry_points(group='shop')\n", True),
        ("spec_from_file_location('x', path)\n", True),
    ],
)
def test_a_name_that_only_a_run_knows_is_computed(text: str, computes: bool) -> None:
    assert computes_imports(text.encode()) is computes
