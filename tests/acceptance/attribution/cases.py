"""Projects with two components, alpha and beta, whose tests execute code of alpha in many ways."""

from __future__ import annotations

from textwrap import dedent

POLICY = """
    [tool.maturity]
    ladder = ["first", "second"]
    [tool.maturity.stages.first]
    pass_rate = 100
    [tool.maturity.stages.second]
    coverage = 70
    flaky_rate = 0
"""
ALPHA = """
    def f(n):
        n += 1
        n += 1
        return n

    def g():
        return f(1)
"""
USES_ALPHA = "import alpha\n\nX = alpha.f(1)\n"
# The files of each case. Without attribution, alpha or beta would count too much or too little in a common session.
CASES = {
    "a module of beta calls alpha while it is imported": {
        "src/beta/__init__.py": USES_ALPHA,
        "tests/test_beta.py": "import beta\n\ndef test_b(): assert beta.X == 3\n",
    },
    "a test file of beta calls alpha": {"tests/test_beta.py": USES_ALPHA + "def test_b(): assert X == 3\n"},
    "a conftest.py of beta calls alpha": {
        "tests/beta/conftest.py": USES_ALPHA,
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "a conftest.py of beta calls alpha while tests are generated": {
        "tests/beta/conftest.py": "import alpha\n\ndef pytest_generate_tests(metafunc): alpha.f(1)\n",
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "a conftest.py of beta calls alpha when it is registered and after the collection": {
        "tests/beta/conftest.py": """
            import pytest

            def pytest_addoption(parser):
                import alpha
                alpha.f(1)

            def pytest_configure(config):
                import alpha
                alpha.f(1)

            def pytest_collection_modifyitems(items):
                import alpha
                alpha.f(1)

            @pytest.hookimpl(wrapper=True)
            def pytest_collection_finish(session):
                import alpha
                alpha.f(1)
                yield
                alpha.f(1)
            """,
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "a plugin that beta's conftest.py registers calls alpha": {
        "tests/beta/conftest.py": """
            class Plugin:
                def pytest_collection_finish(self, session):
                    import alpha
                    alpha.f(1)

            def pytest_configure(config):
                config.pluginmanager.register(Plugin())
            """,
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "a conftest.py of alpha calls alpha after the collection": {
        "tests/alpha/conftest.py": """
            import alpha, pytest

            def pytest_configure(config):
                config.pluginmanager.register(Plugin())

            class Plugin:
                def pytest_collection_modifyitems(self, items): alpha.f(1)

            @pytest.hookimpl(hookwrapper=True)
            def pytest_collection_finish(session):
                yield
                alpha.g()
            """,
        "tests/alpha/test_a.py": "def test_a(): pass\n",
    },
    "a conftest.py of beta calls alpha in the hooks of every test": {
        "tests/beta/conftest.py": """
            import alpha, pytest

            class Plugin:
                def pytest_runtest_setup(self, item): alpha.f(1)

            def pytest_collection_modifyitems(config): config.pluginmanager.register(Plugin())

            @pytest.hookimpl(tryfirst=True)
            def pytest_runtest_protocol(item): alpha.f(1)

            def pytest_report_teststatus(report): alpha.g()
            """,
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "the package of beta's tests calls alpha": {
        "tests/__init__.py": "",
        "tests/beta/__init__.py": USES_ALPHA,
        "tests/beta/conftest.py": "",
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "a test of beta executes alpha's module again": {
        "src/alpha/__init__.py": "import os\n\nif 'AGAIN' in os.environ:\n    A = 1\n    B = 2\n",
        "tests/beta/test_b.py": """
            import alpha, importlib, sys

            def test_b(monkeypatch):
                monkeypatch.setenv("AGAIN", "1")
                importlib.reload(alpha)
                del sys.modules["alpha"]
                importlib.import_module("alpha")
            """,
    },
    "fixtures of each module, class and parameter call alpha for beta": {
        "tests/conftest.py": """
            import alpha, pytest

            @pytest.fixture(scope="module", autouse=True)
            def module(request): return request.module.BIG and alpha.f(1)

            @pytest.fixture(scope="class")
            def kind(request):
                yield
                if request.cls.BIG: alpha.f(1)

            @pytest.fixture(scope="session", params=["small", "big"])
            def size(request): return request.param == "big" and alpha.f(1)

            @pytest.fixture(scope="session")
            def made(size): return size and alpha.g()
            """,
        "tests/test_alpha.py": """
            import alpha, pytest

            BIG = False

            class TestIt:
                BIG = False

                @pytest.mark.parametrize("size", ["small"], indirect=True)
                def test_a(self, kind, made): assert alpha
            """,
        "tests/a/test_beta.py": """
            BIG = True

            class TestIt:
                BIG = True

                def test_b(self, kind, made): pass
            """,
    },
    "a module fixture is shared in one file and used in another": {
        "tests/conftest.py": """
            import alpha, pytest

            @pytest.fixture(scope="module")
            def made(request): return request.module.BIG and alpha.g()
            """,
        "tests/a/test_both.py": """
            import pytest

            BIG = True

            @pytest.mark.maturity_component("beta")
            def test_b(made): pass

            @pytest.mark.maturity_component("alpha")
            def test_a(): pass
            """,
        "tests/test_alpha.py": "import alpha\n\nBIG = False\n\ndef test_a(made): assert alpha\n",
    },
    "tests of alpha that are skipped name a fixture that calls alpha, and a test of beta requests it": {
        "tests/conftest.py": """
            import alpha, pytest

            @pytest.fixture(scope="session")
            def wide(): return alpha.g()

            @pytest.fixture(scope="session")
            def unless(): pytest.skip("not here")
            """,
        "tests/a/test_beta.py": "def test_b(wide): assert wide == 3\n",
        "tests/test_alpha.py": """
            import alpha, pytest

            @pytest.mark.skip
            def test_skipped(wide): pass

            @pytest.mark.xfail(run=False)
            def test_not_run(wide): pass

            def test_skips(unless, wide): pass

            def test_a(): assert alpha
            """,
    },
    "a test of alpha requests a shared fixture while it runs": {
        "tests/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef wide():\n    import alpha\n"
        "    yield\n    alpha.f(1)\n",
        "tests/a/test_beta.py": "def test_b(wide): pass\n",
        "tests/test_alpha.py": "def test_a(request): request.getfixturevalue('wide')\n",
    },
    "a parameter keeps a fixture for a file with tests of both": {
        "tests/test_both.py": """
            import alpha, pytest

            @pytest.fixture
            def made(request): return alpha.f(request.param)

            @pytest.mark.parametrize("made", [1], indirect=True, scope="module")
            @pytest.mark.maturity_component("beta")
            def test_b(made): assert made == 3

            @pytest.mark.parametrize("made", [1], indirect=True, scope="module")
            @pytest.mark.maturity_component("alpha")
            def test_a(made): assert made == 3
            """,
    },
    "tests of alpha have imports of a module that are never executed, and beta imports it": {
        "src/alpha/__init__.py": "def f():\n    import alpha.lazy\n\nONE = 1\n",
        "src/alpha/lazy.py": "A = 1\nB = 2\nC = 3\nD = 4\nE = 5\n",
        "tests/a/test_beta.py": "import alpha.lazy\n\ndef test_b(): assert alpha.lazy.E == 5\n",
        "tests/test_alpha.py": """
            import sys
            from typing import TYPE_CHECKING

            if TYPE_CHECKING or not True:
                import alpha.lazy
            if not TYPE_CHECKING:
                import alpha
            else:
                import alpha.lazy
            if sys.platform == "none" and True:
                import alpha.lazy
            try:
                raise ValueError
                import alpha.lazy
            except ValueError:
                pass

            def test_a(): assert alpha.ONE == 1
            """,
    },
    "only beta imports a part of alpha": {
        "src/alpha/part.py": "A = 1\nB = 2\nC = 3\nD = 4\nE = 5\nF = 6\n",
        "tests/test_beta.py": "import alpha.part\n\ndef test_b(): assert alpha.part.F == 6\n",
    },
    "beta is the first to import a part that alpha imports, too": {
        "src/alpha/__init__.py": "from alpha.part import made\n\nONE = made(1)\n",
        "src/alpha/part.py": "def made(n):\n    n += 1\n    return n\n",
        "src/beta/__init__.py": "import alpha\n\nX = alpha.ONE\n",
        "tests/a/test_beta.py": "import beta\n\ndef test_b(): assert beta.X == 2\n",
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.ONE == 2\n",
    },
    "a test of beta starts a process that calls alpha": {
        "pyproject.toml": '[tool.coverage.run]\npatch = ["subprocess"]\n' + dedent(POLICY),
        "pytest.ini": "[pytest]\npythonpath = src\n",
        "tests/test_beta.py": """
            import subprocess, sys

            def test_b():
                subprocess.run([sys.executable, "-c", "import sys; sys.path.insert(0, 'src'); import alpha; alpha.g()"])
            """,
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.f(1) == 3\n",
    },
    "alpha imports a part by a computed name": {
        "src/alpha/__init__.py": """
            import importlib

            FOUND = [importlib.import_module(f"alpha.{name}") for name in ("one",)]
            """,
        "src/alpha/one.py": "A = 1\nB = 2\nC = 3\n",
        "tests/a/test_beta.py": "import alpha\n\ndef test_b(): assert alpha.FOUND\n",
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.FOUND\n",
    },
    "a helper of the tests calls alpha, and beta is the first to import the helper": {
        "tests/helper.py": USES_ALPHA,
        "tests/a/conftest.py": "",
        "tests/test_alpha.py": "import helper\n\ndef test_a(): assert helper.X == 3\n",
        "tests/test_a_beta.py": "import helper\n\ndef test_b(): assert helper.X == 3\n",
        "pytest.ini": "[pytest]\npythonpath = src tests\n",
    },
    "tests of both import alpha, and beta's are the first": {
        "tests/test_alpha.py": "def test_a():\n    import alpha\n    assert alpha.f(1) == 3\n",
        "tests/a/test_beta.py": "def test_b():\n    import alpha\n    assert alpha\n",
    },
    "the teardown of beta's fixture calls alpha": {
        "tests/beta/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    yield\n"
        "    import alpha\n    alpha.f(1)\n",
        "tests/beta/test_b.py": "def test_b(s): pass\n",
        "tests/zz/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha\n",
    },
    "a fixture that both share calls alpha": {
        "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    import alpha\n"
        "    yield alpha.f(1)\n    alpha.g()\n",
        "tests/a/test_beta.py": "def test_b(s): assert s == 3\n",
        "tests/test_alpha.py": "def test_a(s): assert s == 3\n",
    },
    "the setup of a module and a class with tests of both calls alpha": {
        "tests/test_both.py": """
            import alpha, pytest

            @pytest.fixture(scope="module", autouse=True)
            def made(): return alpha.f(1)

            @pytest.mark.maturity_component("beta")
            def test_b(): pass

            class TestIt:
                @classmethod
                def setup_class(cls): alpha.g()

                @pytest.mark.maturity_component("beta")
                def test_b(self): pass

                @pytest.mark.maturity_component("alpha")
                def test_a(self): pass
            """,
    },
    "alpha overrides a fixture that calls alpha and that beta uses": {
        "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    import alpha\n"
        "    return alpha.f(1)\n",
        "tests/alpha/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s(): return 3\n",
        "tests/alpha/test_a.py": "import alpha\n\ndef test_a(s): assert alpha\n",
        "tests/beta/test_b.py": "def test_b(s): assert s == 3\n",
    },
    "a fixture of alpha fails in its teardown after a test of beta": {
        "tests/alpha/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    yield\n"
        "    raise ValueError('left open')\n",
        "tests/alpha/test_a.py": "import alpha\n\ndef test_a(s): assert alpha.g() == 3\n",
    },
    "a fixture that both share fails at first in a test of beta": {
        "conftest.py": """
            import pytest

            seen = []

            @pytest.fixture(scope="session")
            def s():
                seen.append(1)
                if len(seen) == 1:
                    raise ConnectionError("not yet")
            """,
        "tests/a/test_beta.py": "def test_b(s): pass\n",
        "tests/test_alpha.py": "import alpha\n\ndef test_a(s): assert alpha.g() == 3\n",
    },
}  # fmt: skip
# Here beta has an error that it would not have alone.
STRICTER_FOR_BETA = "a fixture of alpha fails in its teardown after a test of beta"
