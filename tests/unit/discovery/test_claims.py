"""Names decide first which component a test file belongs to, then imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_components import claims, finder, plant, refusal


def own_tests(root: Path, name: str, **contents: str) -> list[str]:
    """Returns the names of a component's test files in a project with files of these contents."""
    plant(root, **contents)
    found = finder(root)
    (component,) = found.find_tests(found.find_components([name]))
    return [claim.path.stem for claim in component.tests]


def test_a_package_has_the_tests_of_its_parts(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/util/retry.py", "src/shop/retries.py", "src/shop/util/url.py")
    plant(root, "tests/test_url.py", "tests/test_util.py", "tests/test_other.py")
    assert own_tests(root, "util") == ["test_url", "test_util"]
    assert own_tests(root, "util", tests__test_retry="import shop.util.retry") == [
        "test_retry",
        "test_url",
        "test_util",
    ]
    assert own_tests(root, "util", tests__test_retry="import shop.retries") == ["test_url", "test_util"]


def test_a_tie_about_a_part_inside_is_no_problem_of_the_whole(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/commands/crawl.py", "src/shop/spiders/crawl.py", "tests/test_crawl.py")
    plant(root, "tests/test_commands.py")
    assert claims(root, ["commands", "spiders"]) == {
        "commands": {"tests/test_commands.py": "file test_commands.py"},
        "spiders": {},
    }
    assert refusal(root, ["shop.commands.crawl"]) == (
        "tests/test_crawl.py could belong to 'shop.commands.crawl' or to 'shop.spiders.crawl'; "
        'set tests in tool.maturity.components."shop.commands.crawl"',
    )


def test_a_tie_is_settled_by_the_package_that_the_file_imports(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/auth.py", "src/cafe/auth.py", "src/shop/core.py")
    assert own_tests(root, "cafe.auth", tests__test_auth="from shop.core import x") == []
    assert own_tests(root, "shop.auth") == ["test_auth"]


def test_an_exact_name_deep_in_the_code_yields_to_the_plural_that_the_file_imports(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/app/spiders/core.py", "src/app/utils/spider.py", "tests/test_spiders.py")
    plural = "from app.spiders import Spider"
    assert own_tests(root, "spiders", tests__test_spider=plural) == ["test_spider", "test_spiders"]
    assert own_tests(root, "utils.spider") == []
    assert own_tests(root, "spiders", tests__test_spider=f"{plural}\nimport app.utils.spider") == ["test_spiders"]
    assert own_tests(root, "utils.spider") == ["test_spider"]


def test_files_that_import_a_component_and_end_with_its_name_or_abbreviate_it_are_its_own(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/app/grammar.py", "src/app/repo.py", "src/app/proxy.py", "tests/test_grammar.py")
    imports = "import app.grammar, app.repo"
    files = {"tests__test_load_grammar": imports, "tests__test_flow": imports, "tests__test_repository": imports}
    assert own_tests(root, "grammar", **files) == ["test_grammar", "test_load_grammar"]
    assert own_tests(root, "repo") == ["test_repository"]
    assert own_tests(root, "repo", tests__test_repository="import app.grammar") == ["test_flow", "test_load_grammar"]
    assert own_tests(root, "grammar", tests__test_proxy_grammar="import app.grammar")[-1] == "test_proxy_grammar"
    assert own_tests(root, "grammar", tests__test_proxy_grammar="import app.grammar, app.proxy")[-1] != (
        "test_proxy_grammar"
    )


def test_a_package_that_imports_the_component_is_enough_for_a_file_that_ends_with_its_name(tmp_path: Path) -> None:
    root = plant(tmp_path, "tests/test_client.py", "src/app/_client.py")
    (root / "src/app/__init__.py").write_text("from ._client import Client\n")
    assert own_tests(root, "client", tests__test_async_client="from app import Client") == [
        "test_async_client",
        "test_client",
    ]


def test_a_package_without_a_file_of_its_name_has_what_imports_it(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/cart/core.py", "src/shop/tax.py", "tests/test_tax.py", "tests/test_core.py")
    flow = {"tests__test_flow": "import shop.tax, shop.cart", "tests__test_other": "import os"}
    assert own_tests(root, "shop", **flow) == ["test_core", "test_flow", "test_tax"]
    assert own_tests(root, "cart") == ["test_core"]
    plant(root, "tests/test_shop.py")
    assert own_tests(root, "shop") == ["test_core", "test_shop", "test_tax"]


def instead(root: Path, name: str, **contents: str) -> tuple[str, ...] | None:
    plant(root, **contents)
    found = finder(root)
    (component,) = found.find_tests(found.find_components([name]))
    return component.imports_instead


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import app.auth", None),
        ("from app import auth", None),
        ("from app.auth.api import x", None),
        ("from app.main import client\nfrom app.db import x, y\nimport os", ("app.db", "app.main")),
        ("import os", ()),
    ],
)
def test_what_the_tests_import_instead_of_the_component(
    tmp_path: Path, text: str, modules: tuple[str, ...] | None
) -> None:
    root = plant(tmp_path, "src/app/auth.py", "src/app/main.py", "src/app/db.py")
    assert instead(root, "auth", tests__test_auth=text) == modules


def test_the_most_frequent_module_comes_first_and_conftests_and_packages_count(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/app/auth.py", "src/app/main.py", "src/app/db.py")
    files = {"tests__test_auth": "from app import main, db", "tests__test_auth_more": "import app.main"}
    assert instead(root, "auth", **files) == ("app.main", "app.db")
    assert instead(root, "auth", tests__conftest="from app import auth") is None
    plant(root, tests__conftest="")
    (root / "src/app/__init__.py").write_text("from . import auth\n")
    assert instead(root, "auth") is None
    assert instead(plant(tmp_path / "b", "src/app/auth.py"), "auth") is None
