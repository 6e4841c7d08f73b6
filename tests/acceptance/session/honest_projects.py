"""Small honest projects of many kinds: each must reach staging under the default policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent

SRC = '[tool.pytest.ini_options]\npythonpath = ["src"]\n'
PRICE = """
    \"\"\"Prices.\"\"\"


    def price(count: int) -> int:
        \"\"\"Return the price.\"\"\"
        if count > 3:
            return 2 * count
        return 3 * count
    """
TEST_PRICE = """
    from shop import price


    def test_few():
        assert price(1) == 3


    def test_many():
        assert price(9) == 18
    """
SHOP = {"src/shop/__init__.py": PRICE, "tests/test_shop.py": TEST_PRICE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of project. `plugins` are those that its tests need, `arguments` those of its run in `directory`."""

    files: Mapping[str, str]
    settings: str = SRC
    component: str = "shop"
    arguments: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    directory: str = "."
    links: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "async tests with pytest-asyncio": Kind(
        settings=f'{SRC}asyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n',
        plugins=("asyncio",),
        files={
            "src/shop/__init__.py": """
                import asyncio


                async def fetch(count: int) -> int:
                    await asyncio.sleep(0)
                    return count + 1
                """,
            "tests/test_shop.py": """
                import pytest
                from shop import fetch


                @pytest.fixture
                async def count():
                    yield 1


                async def test_fetch(count):
                    assert await fetch(count) == 2
                """,
        },
    ),
    "async tests with anyio": Kind(
        plugins=("anyio",),
        files={
            "src/shop/__init__.py": """
                import asyncio


                async def fetch(count: int) -> int:
                    await asyncio.sleep(0)
                    return count + 1
                """,
            "tests/test_shop.py": """
                import pytest
                from shop import fetch

                pytestmark = pytest.mark.anyio


                @pytest.fixture
                def anyio_backend():
                    return "asyncio"


                async def test_fetch():
                    assert await fetch(1) == 2
                """,
        },
    ),
    "hypothesis": Kind(
        plugins=("hypothesispytest",),
        files={
            **SHOP,
            "tests/test_shop.py": """
                from hypothesis import given, strategies
                from shop import price


                @given(strategies.integers(min_value=0))
                def test_price(count):
                    assert price(count) >= 2 * count
                """,
        },
    ),
    "doctests beside tests": Kind(
        arguments=("--doctest-modules",),
        files={
            **SHOP,
            "src/shop/extra.py": '''
                """More prices."""


                def half(count: int) -> int:
                    """Return the half.

                    >>> half(4)
                    2
                    """
                    return count // 2
                ''',
        },
    ),
    "only doctests": Kind(
        settings=f'{SRC}addopts = ["--doctest-modules"]\n',
        files={
            "src/shop/__init__.py": '''
                """Prices."""


                def half(count: int) -> int:
                    """Return the half.

                    >>> half(4)
                    2
                    """
                    return count // 2
                '''
        },
    ),
    "unittest": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": """
                import unittest

                from shop import price


                class TestPrice(unittest.TestCase):
                    @classmethod
                    def setUpClass(cls):
                        cls.count = 9

                    def test_many(self):
                        self.assertEqual(price(self.count), 18)

                    def test_each(self):
                        for count in (0, 1, 2):
                            with self.subTest(count=count):
                                self.assertEqual(price(count), 3 * count)

                    @unittest.skipUnless(hasattr(unittest, "nothing"), "not here")
                    def test_elsewhere(self):
                        raise AssertionError
                """,
        },
    ),
    "a command line tested by subprocess": Kind(
        settings=f'{SRC}[tool.coverage.run]\npatch = ["subprocess"]\n',
        files={
            "src/shop/__init__.py": "",
            "src/shop/__main__.py": """
                import sys


                def main(arguments: list[str]) -> int:
                    print(sum(map(int, arguments)))
                    return 0


                if __name__ == "__main__":
                    sys.exit(main(sys.argv[1:]))
                """,
            "tests/test_shop.py": """
                import os
                import subprocess
                import sys

                from shop.__main__ import main


                def test_sum():
                    environment = {**os.environ, "PYTHONPATH": "src"}
                    command = [sys.executable, "-m", "shop", "1", "2"]
                    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                    assert done.stdout == "3\\n"


                def test_main(capsys):
                    assert main(["1"]) == 0
                """,
        },
    ),
    "a namespace package": Kind(
        component="ns.shop",
        files={
            "src/ns/shop/__init__.py": PRICE,
            "tests/test_shop.py": TEST_PRICE.replace("from shop", "from ns.shop"),
        },
    ),
    "a flat package": Kind(
        settings='[tool.pytest.ini_options]\npythonpath = ["."]\n',
        files={"shop/__init__.py": PRICE, "tests/test_shop.py": TEST_PRICE},
    ),
    "a single module": Kind(
        settings='[tool.pytest.ini_options]\npythonpath = ["."]\n',
        files={"shop.py": PRICE, "test_shop.py": TEST_PRICE},
    ),
    "no settings and a conftest in the root": Kind(
        settings="",
        files={"shop.py": PRICE, "conftest.py": "", "tests/test_shop.py": TEST_PRICE},
    ),
    "stubs beside modules": Kind(
        files={
            "src/shop/__init__.py": PRICE,
            "src/shop/__init__.pyi": "def price(count: int) -> int: ...\n",
            "src/shop/extra.py": '''
                """More prices."""


                def half(count):
                    """Return the half."""
                    return count // 2
                ''',
            "src/shop/extra.pyi": "def half(count: int) -> int: ...\n",
            "src/shop/py.typed": "",
            "tests/test_shop.py": f"""{TEST_PRICE}

    def test_half():
        from shop.extra import half

        assert half(4) == 2
    """,
        },
    ),
    "a linked source": Kind(
        files={
            **SHOP,
            "common/extra.py": "def half(count: int) -> int:\n    return count // 2\n",
            "tests/test_shop_extra.py": "from shop.extra import half\n\n\ndef test_half():\n    assert half(4) == 2\n",
        },
        links={"src/shop/extra.py": "../../common/extra.py"},
    ),
    "strict settings": Kind(
        settings=(
            f'{SRC}addopts = ["--strict-markers", "--strict-config", "-ra"]\nxfail_strict = true\n'
            'filterwarnings = ["error"]\nmarkers = ["slow: takes long"]\n'
        ),
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    import pytest


    @pytest.mark.slow
    def test_slow():
        assert price(2) == 6
    """,
        },
    ),
    "generated code that coverage omits": Kind(
        settings=(
            f'{SRC}[tool.coverage.run]\nomit = ["*_pb2.py"]\n[tool.ruff]\nextend-exclude = ["*_pb2.py"]\n'
            '[tool.mypy]\nexclude = "_pb2\\\\.py$"\n'
        ),
        files={
            **SHOP,
            "src/shop/shop_pb2.py": """
                # Generated by the protocol buffer compiler.  DO NOT EDIT!
                DESCRIPTOR = b"\\n\\x04shop"
                A: int = 1
                B: int = 2
                """,
        },
    ),
    "platform skips and odd ids": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    import sys

    import pytest


    @pytest.mark.skipif(sys.platform != "win32", reason="Windows only")
    def test_windows():
        assert price(1) == 1


    @pytest.mark.parametrize("text", ["a::b", "[x]", "ä/ö", "", " ", "a\\\\nb", "x" * 200])
    def test_ids(text):
        assert price(len(text)) >= 0


    @pytest.mark.parametrize("count", [pytest.param(1, id="one/two[3]"), 2])
    def test_more(count):
        assert price(count) == 3 * count
    """,
        },
    ),
    "fixtures of classes and folders": Kind(
        files={
            **SHOP,
            "conftest.py": """
                import pytest


                @pytest.fixture(scope="session")
                def base():
                    return 1
                """,
            "tests/conftest.py": """
                import pytest


                @pytest.fixture(autouse=True)
                def automatic(monkeypatch):
                    monkeypatch.setenv("SHOP", "1")
                """,
            "tests/shop/conftest.py": """
                import pytest


                @pytest.fixture(scope="class")
                def count(base, request):
                    request.cls.seen = base
                    yield base + 8
                """,
            "tests/shop/test_prices.py": """
                from shop import price


                class TestPrices:
                    def test_many(self, count):
                        assert price(count) == 18

                    def test_seen(self, count):
                        assert self.seen == 1
                """,
        },
    ),
    "an optional dependency that is missing": Kind(
        files={
            **SHOP,
            "tests/test_shop_plot.py": """
                import pytest

                plot = pytest.importorskip("a_plot_library")


                def test_plot():
                    assert plot
                """,
        },
    ),
    "a fallback for a compiled module": Kind(
        files={
            "src/shop/__init__.py": """
                try:
                    from shop._speedups import price  # type: ignore[import-not-found,unused-ignore]
                except ImportError:
                    from shop._pure import price

                __all__ = ["price"]
                """,
            "src/shop/_pure.py": PRICE,
            "tests/test_shop.py": TEST_PRICE,
        },
    ),
    "tests in the package": Kind(
        settings='[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["src"]\n',
        files={
            "src/shop/__init__.py": PRICE,
            "src/shop/tests/__init__.py": "",
            "src/shop/tests/test_prices.py": TEST_PRICE,
        },
    ),
    "two workers": Kind(files=SHOP, arguments=("-n2",)),
    "pytest-cov in addopts": Kind(
        settings=f'{SRC}addopts = ["--cov=shop", "--cov-report=term-missing", "--cov-branch"]\n', files=SHOP
    ),
    "one basename in two packages of tests": Kind(
        files={
            **SHOP,
            "tests/__init__.py": "",
            "tests/shop/__init__.py": "",
            "tests/shop/test_prices.py": TEST_PRICE,
            "tests/other/__init__.py": "",
            "tests/other/test_prices.py": "def test_other():\n    pass\n",
            "src/other/__init__.py": "A = 1\n",
        },
    ),
    "one basename with importlib": Kind(
        settings=f'{SRC}addopts = ["--import-mode=importlib"]\n',
        files={
            **SHOP,
            "tests/shop/unit/test_prices.py": TEST_PRICE,
            "tests/shop/more/test_prices.py": TEST_PRICE,
        },
    ),
    "several testpaths": Kind(
        settings='[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["unit", "integration"]\n',
        files={
            "src/shop/__init__.py": PRICE,
            "unit/test_shop.py": TEST_PRICE,
            "integration/test_shop_more.py": TEST_PRICE,
        },
    ),
    "a call from the parent folder": Kind(
        directory="..",
        arguments=("--rootdir=project", "-c", "project/pyproject.toml"),
        files=SHOP,
    ),
    "dataclasses and enums alone": Kind(
        files={
            "src/shop/__init__.py": '''
                """Kinds."""

                from dataclasses import dataclass
                from enum import Enum


                class Color(Enum):
                    """A color."""

                    RED = 1


                @dataclass(frozen=True)
                class Item:
                    """An item."""

                    name: str
                    color: Color = Color.RED
                ''',
            "tests/test_shop.py": """
                from shop import Color, Item


                def test_item():
                    assert Item("a").color is Color.RED
                """,
        },
    ),
    "data files beside sources": Kind(
        files={
            "src/shop/__init__.py": """
                import json
                from importlib.resources import files


                def rate() -> int:
                    found: int = json.loads(files("shop").joinpath("rates.json").read_text())["rate"]
                    return found
                """,
            "src/shop/rates.json": '{"rate": 3}\n',
            "src/shop/settings.yaml": "name: shop\nrates:\n  - 3\n",
            "src/shop/templates/page.html": "<p>{{ shop }}</p>\n",
            "tests/test_shop.py": "from shop import rate\n\n\ndef test_rate():\n    assert rate() == 3\n",
        },
    ),
    "tests that write": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    from pathlib import Path


    def test_writes(tmp_path):
        (tmp_path / "a.txt").write_text("a")
        Path(".cache").mkdir(exist_ok=True)
        Path(".cache/prices.json").write_text("[]")
        Path("out.log").write_text("x")
    """,
        },
    ),
    "type hints of type checking only, protocols and overloads": Kind(
        files={
            "src/shop/__init__.py": '''
                """Prices."""

                from __future__ import annotations

                from typing import TYPE_CHECKING, Protocol, overload

                if TYPE_CHECKING:
                    from collections.abc import Sequence


                class Priced(Protocol):
                    """Something with a price."""

                    def price(self) -> int: ...


                @overload
                def total(items: Sequence[Priced]) -> int: ...
                @overload
                def total(items: None) -> None: ...
                def total(items: Sequence[Priced] | None) -> int | None:
                    """Return the sum."""
                    return None if items is None else sum(item.price() for item in items)
                ''',
            "tests/test_shop.py": """
                from shop import total


                class Item:
                    def price(self):
                        return 2


                def test_total():
                    assert total([Item(), Item()]) == 4
                    assert total(None) is None
                """,
        },
    ),
    "mocks and patches": Kind(
        files={
            **SHOP,
            "src/shop/clock.py": """
                import time


                def now() -> float:
                    return time.time()
                """,
            "tests/test_shop_clock.py": """
                import time
                from unittest import mock

                from shop.clock import now


                @mock.patch("time.time", return_value=5.0)
                def test_now(patched):
                    assert now() == 5.0


                def test_open(monkeypatch):
                    with mock.patch("builtins.open", mock.mock_open(read_data="x")):
                        assert open("nothing").read() == "x"
                    monkeypatch.setattr(time, "time", lambda: 1.0)
                    assert now() == 1.0
                """,
        },
    ),
    "threads and processes": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from multiprocessing import get_context


    def test_threads():
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(price, [1, 9])) == [3, 18]


    def test_processes():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            assert list(pool.map(price, [1, 9])) == [3, 18]
    """,
        },
    ),
    "capturing, logging and recorded warnings": Kind(
        files={
            "src/shop/__init__.py": """
                import logging
                import warnings


                def old(count: int) -> int:
                    warnings.warn("old", DeprecationWarning, stacklevel=2)
                    logging.getLogger("shop").warning("old %s", count)
                    print(count)
                    return count
                """,
            "tests/test_shop.py": """
                import pytest
                from shop import old


                def test_old(capsys, caplog, recwarn):
                    assert old(1) == 1
                    assert (capsys.readouterr().out, len(recwarn)) == ("1\\n", 1)
                    assert caplog.messages == ["old 1"]


                def test_warns():
                    with pytest.warns(DeprecationWarning):
                        old(2)
                """,
        },
    ),
    "expected failures": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    import pytest


    @pytest.mark.xfail(reason="not yet", strict=True)
    def test_later():
        assert price(0) == 1


    def test_raises():
        with pytest.raises(TypeError, match="NoneType"):
            price(None)
    """,
        },
    ),
    "a settings file of its own": Kind(
        settings="",
        files={
            **SHOP,
            "pytest.ini": "[pytest]\npythonpath = src\ntestpaths = tests\n",
            ".coveragerc": "[run]\nbranch = true\nsource = src\n",
            "mypy.ini": "[mypy]\nstrict = true\nmypy_path = src\n",
            "ruff.toml": 'line-length = 100\n[lint]\nselect = ["E", "F", "I", "B"]\n',
        },
    ),
    "tox.ini and setup.cfg": Kind(
        settings="",
        files={
            **SHOP,
            "tox.ini": "[tox]\nenvlist = py\n[testenv]\ncommands = pytest\n",
            "setup.cfg": "[metadata]\nname = shop\n[tool:pytest]\npythonpath = src\n[coverage:run]\nbranch = true\n",
            "setup.py": "from setuptools import setup\n\nsetup()\n",
        },
    ),
    "asynchronous unittest and load_tests": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": """
                import unittest

                from shop import price


                class TestPrice(unittest.IsolatedAsyncioTestCase):
                    async def asyncSetUp(self):
                        self.count = 9

                    async def test_many(self):
                        self.assertEqual(price(self.count), 18)

                    def test_few(self):
                        self.assertEqual(price(1), 3)
                        self.addCleanup(print, "done")


                def load_tests(loader, tests, pattern):
                    return tests
                """,
        },
    ),
    "generated and inherited tests": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": """
                import pytest
                from shop import price


                def pytest_generate_tests(metafunc):
                    if "count" in metafunc.fixturenames:
                        metafunc.parametrize("count", [1, 2])


                class Base:
                    factor = 3

                    def test_factor(self, count):
                        assert price(count) == self.factor * count


                class TestFew(Base):
                    class TestInner:
                        def test_nothing(self):
                            assert price(0) == 0


                class TestMany(Base):
                    __test__ = True

                    def test_many(self):
                        assert price(9) == 18


                class TestAbstract(Base):
                    __test__ = False


                @pytest.fixture
                def doubled(request):
                    return 2 * request.param


                @pytest.mark.parametrize("doubled", [5], indirect=True)
                def test_indirect(doubled):
                    assert price(doubled) == 20
                """,
        },
    ),
    "a conftest that sorts, marks and adds an option": Kind(
        settings=f'{SRC}markers = ["slow: takes long"]\n',
        files={
            **SHOP,
            "conftest.py": """
                import pytest

                pytest_plugins = ["tests.helpers"]


                def pytest_addoption(parser):
                    parser.addoption("--run-slow", action="store_true", default=False)


                def pytest_collection_modifyitems(config, items):
                    items.sort(key=lambda item: item.name)
                    for item in items:
                        if "slow" in item.keywords and not config.getoption("--run-slow"):
                            item.add_marker(pytest.mark.skip(reason="needs --run-slow"))
                """,
            "tests/__init__.py": "",
            "tests/helpers.py": """
                import pytest


                @pytest.fixture
                def nine():
                    return 9
                """,
            "tests/test_shop.py": """
                import pytest
                from shop import price


                def test_few():
                    assert price(1) == 3


                def test_many(nine):
                    assert price(nine) == 18


                @pytest.mark.slow
                def test_slow():
                    raise AssertionError
                """,
        },
    ),
    "a conftest that ignores files": Kind(
        files={
            **SHOP,
            "conftest.py": 'collect_ignore = ["setup.py"]\ncollect_ignore_glob = ["docs/*"]\n',
            "setup.py": "raise SystemExit\n",
            "docs/test_docs.py": "raise SystemExit\n",
        },
    ),
    "a lazy package with relative imports": Kind(
        files={
            "src/shop/__init__.py": """
                from importlib import import_module
                from typing import Any


                def __getattr__(name: str) -> Any:
                    if name == "price":
                        return import_module("._price", __name__).price
                    raise AttributeError(name)
                """,
            "src/shop/_price.py": PRICE,
            "tests/test_shop.py": """
                import pytest
                import shop


                def test_price():
                    assert (shop.price(1), shop.price(9)) == (3, 18)


                def test_unknown():
                    with pytest.raises(AttributeError):
                        shop.unknown
                """,
        },
    ),
    "warnings are errors on the command line": Kind(files=SHOP, arguments=("-W", "error")),
    "workers by scope": Kind(
        arguments=("-n2", "--dist=loadscope"),
        files={
            **SHOP,
            "tests/test_shop.py": """
                import pytest
                from shop import price


                class TestPrices:
                    @pytest.fixture(scope="class", autouse=True)
                    def prepare(self, tmp_path_factory):
                        yield tmp_path_factory.mktemp("x")

                    def test_few(self):
                        assert price(1) == 3

                    def test_many(self):
                        assert price(9) == 18
                """,
        },
    ),
    "a plugin of pytest": Kind(
        files={
            "src/shop/__init__.py": "",
            "src/shop/plugin.py": """
                import pytest


                @pytest.fixture
                def nine() -> int:
                    return 9


                def pytest_report_header() -> str:
                    return "shop"
                """,
            "conftest.py": 'pytest_plugins = ["pytester"]\n',
            "tests/test_shop_plugin.py": """
                def test_header(pytester):
                    pytester.makepyfile("def test_nine(nine):\\n    assert nine == 9\\n")
                    result = pytester.runpytest("-p", "shop.plugin")
                    result.assert_outcomes(passed=1)
                    result.stdout.fnmatch_lines(["shop"])


                def test_subprocess(pytester, monkeypatch):
                    pytester.makepyfile("def test_one():\\n    pass\\n")
                    assert pytester.runpytest_subprocess().ret == 0
                """,
        },
    ),
    "tests that leave the directory": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    import os


    def test_leaves(tmp_path):
        os.chdir(tmp_path)
        os.environ["SHOP"] = "1"
        os.umask(0o077)
        assert price(0) == 0
    """,
        },
    ),
    "test helpers in the package of tests": Kind(
        settings='[tool.pytest.ini_options]\npythonpath = ["src", "."]\n',
        files={
            **SHOP,
            "tests/__init__.py": "",
            "tests/helpers/__init__.py": "NINE = 9\n",
            "tests/test_shop.py": """
                from shop import price

                from tests.helpers import NINE


                def test_many():
                    assert price(NINE) == 18


                def test_few():
                    assert price(1) == 3
                """,
        },
    ),
    "other encodings and line endings": Kind(
        files={
            "src/shop/__init__.py": dedent(PRICE).strip().replace("\n", "\r\n"),
            "src/shop/bom.py": "\ufeffA: int = 1\n",
            "src/shop/größe.py": "# -*- coding: utf-8 -*-\nGRÖSSE = 'ä'\n",
            "tests/test_shop.py": f"""{TEST_PRICE}

    from shop import bom, größe


    def test_others():
        assert (bom.A, größe.GRÖSSE) == (1, "ä")
    """,
        },
    ),
    "classes of the code with names like tests": Kind(
        files={
            "src/shop/__init__.py": """
                class TestClient:
                    __test__ = False

                    def __init__(self, count: int) -> None:
                        self.count = count

                    def get(self) -> int:
                        return self.count
                """,
            "tests/test_shop.py": """
                from shop import TestClient


                def test_get():
                    assert TestClient(1).get() == 1
                """,
        },
    ),
    "other names of tests": Kind(
        settings=(f'{SRC}python_files = ["check_*.py"]\npython_functions = ["check_*"]\npython_classes = ["Check*"]\n'),
        files={
            "src/shop/__init__.py": PRICE,
            "tests/check_shop.py": """
                from shop import price


                def check_few():
                    assert price(1) == 3


                class CheckMany:
                    def check_many(self):
                        assert price(9) == 18
                """,
        },
    ),
    "a part of a monorepo": Kind(
        files={
            "packages/shop/src/shop/__init__.py": PRICE,
            "packages/shop/tests/test_prices.py": TEST_PRICE,
            "packages/other/src/other/__init__.py": "A = 1\n",
            "packages/other/tests/test_other.py": "import other\n\n\ndef test_other():\n    assert other.A\n",
        },
        settings=(
            '[tool.pytest.ini_options]\npythonpath = ["packages/shop/src", "packages/other/src"]\n'
            'testpaths = ["packages/shop/tests", "packages/other/tests"]\n'
        ),
    ),
    "a run that starts pytest": Kind(
        files={
            **SHOP,
            "tests/test_shop.py": f"""{TEST_PRICE}

    import subprocess
    import sys


    def test_starts(tmp_path):
        (tmp_path / "test_x.py").write_text("def test_x(): pass")
        assert subprocess.run([sys.executable, "-m", "pytest", "-q", str(tmp_path)], cwd=tmp_path).returncode == 0
    """,
        },
    ),
    "abstract classes and exhaustive code": Kind(
        settings=(
            f'{SRC}[tool.coverage.report]\nexclude_also = ["@abstractmethod", "raise NotImplementedError"]\n'
            "[tool.coverage.run]\nbranch = true\n"
        ),
        files={
            "src/shop/__init__.py": """
                from abc import ABC, abstractmethod


                class Base(ABC):
                    @abstractmethod
                    def name(self) -> str: ...

                    def other(self) -> str:
                        raise NotImplementedError


                class Own(Base):
                    def name(self) -> str:
                        return "own"
                """,
            "tests/test_shop.py": "from shop import Own\n\n\ndef test_name():\n    assert Own().name() == 'own'\n",
        },
    ),
}
