"""The modules that a component's tests would import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_maturity.coverage.reachable import ReachableModules
from pytest_maturity.model.evidence import Claim, Component


def reached(root: Path, files: dict[str, str], *tests: str, executed: Sequence[int] = range(99)) -> set[str]:
    """Returns the files that the tests would import, where the `executed` lines in functions were executed."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    claims = tuple(Claim(path=root / test, rule="") for test in tests)
    component = Component(name="a", sources=(), files=(), found_by="", tests=claims)
    modules = ReachableModules(root, [name for name in files if name not in tests])
    return modules.find(component, lambda _, line: line in executed)


@pytest.mark.parametrize(
    "statement",
    [
        "import shop.tax",
        "import shop.tax as t, os",
        "from shop import tax",
        "from shop.tax import rate",
        "def f():\n    import shop.tax",
    ],
)
def test_a_module_is_imported_with_the_packages_that_it_is_in(tmp_path: Path, statement: str) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/tax.py": "", "src/shop/other.py": "", "tests/test_a.py": statement}
    assert reached(tmp_path, files, "tests/test_a.py") == {"src/shop/__init__.py", "src/shop/tax.py"}


@pytest.mark.parametrize(
    "block",
    [
        "if TYPE_CHECKING:\n    {}",
        "if typing.TYPE_CHECKING:\n    {}",
        "if not TYPE_CHECKING:\n    pass\nelif x:\n    {}\nelse:\n    {}",
        "if 0 or TYPE_CHECKING:\n    {}",
        "if x and 0:\n    {}",
        "if sys.version_info < (3, 5):\n    {}",
        "if sys.platform != 'none':\n    pass\nelse:\n    {}",
        "def f():\n    return 1\n    {}",
        "try:\n    raise ValueError\n    {}\nexcept ValueError:\n    pass",
    ],
)
def test_an_import_that_is_never_executed_does_not_count(tmp_path: Path, block: str) -> None:
    files = {"a.py": "", "test_a.py": block.replace("{}", "import a")}
    assert reached(tmp_path, files, "test_a.py") == set()


@pytest.mark.parametrize(
    "block",
    [
        "if x:\n    {}",
        "if sys.version_info >= (3, 5):\n    {}",
        "if sys.platform == x:\n    {}",
        "if x or 0:\n    {}",
        "if x and 1:\n    {}",
        "if 1 and (x or 1):\n    {}",
        "if 'a' == 'b':\n    {}",
        "if 0 < 1 < 2:\n    {}",
        "if TYPE_CHECKING:\n    pass\nelse:\n    {}",
        "try:\n    {}\nexcept ImportError:\n    pass",
        "try:\n    import b\nexcept ImportError:\n    {}",
        "with x:\n    {}",
        "class A:\n    {}",
        "for x in y:\n    {}",
        "match x:\n    case 1:\n        {}",
    ],
)
def test_an_import_that_may_be_executed_counts(tmp_path: Path, block: str) -> None:
    files = {"a.py": "", "test_a.py": block.replace("{}", "import a")}
    assert reached(tmp_path, files, "test_a.py", executed=()) == {"a.py"}


def test_an_import_in_a_function_counts_if_it_was_executed(tmp_path: Path) -> None:
    files = {
        "a.py": "",
        "b.py": "",
        "test_a.py": "class T:\n    def f():\n        import a\n\nasync def g():\n    if x:\n        import b\n",
    }
    assert reached(tmp_path, files, "test_a.py", executed=(3,)) == {"a.py"}
    assert reached(tmp_path, files, "test_a.py", executed=(7,)) == {"b.py"}


def test_imports_are_followed(tmp_path: Path) -> None:
    files = {
        "a.py": "from b import x",
        "b/__init__.py": "from . import c\nfrom .d import y",
        "b/c.py": "import a",
        "b/d.py": "",
        "b/e.py": "",
        "test_a.py": "import a",
    }
    assert reached(tmp_path, files, "test_a.py") == {"a.py", "b/__init__.py", "b/c.py", "b/d.py"}


def test_a_conftest_above_the_tests_counts_and_one_beside_them_does_not(tmp_path: Path) -> None:
    files = {
        "src/one.py": "",
        "src/two.py": "",
        "tests/conftest.py": "import one",
        "tests/b/conftest.py": "import two",
        "tests/a/test_a.py": "",
    }
    assert reached(tmp_path, files, "tests/a/test_a.py") == {"src/one.py"}


def test_a_file_that_cannot_be_parsed_or_read_imports_nothing(tmp_path: Path) -> None:
    assert reached(tmp_path, {"a.py": "", "test_a.py": "import a\ndef"}, "test_a.py", "test_b.py") == set()
