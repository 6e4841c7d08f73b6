"""In one session with others, a component is judged as if its tests ran alone: what counts for whom."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import Any

import pytest

from tests.acceptance.project import Project

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
# src/alpha and src/beta, and who of them would count too much or too little if nobody asked for whom code is executed.
CASES = {
    "a module of another component calls it while it is imported": {
        "src/beta/__init__.py": USES_ALPHA,
        "tests/test_beta.py": "import beta\n\ndef test_b(): assert beta.X == 3\n",
    },
    "another component's test file calls it": {"tests/test_beta.py": USES_ALPHA + "def test_b(): assert X == 3\n"},
    "another component's conftest.py calls it": {
        "tests/beta/conftest.py": USES_ALPHA,
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "another component's conftest.py calls it when tests are made": {
        "tests/beta/conftest.py": "import alpha\n\ndef pytest_generate_tests(metafunc): alpha.f(1)\n",
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "another component's conftest.py calls it once all are collected, and as soon as it is known": {
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
    "a plugin of another component's conftest.py calls it": {
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
    "its own conftest.py calls it once all are collected": {
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
    "another component's conftest.py calls it whenever a test runs, whose ever": {
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
    "the package of another component's tests calls it": {
        "tests/__init__.py": "",
        "tests/beta/__init__.py": USES_ALPHA,
        "tests/beta/conftest.py": "",
        "tests/beta/test_b.py": "def test_b(): pass\n",
    },
    "another component's test executes it once more": {
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
    "a fixture of each module, class and parameter calls it for another component's": {
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
    "a fixture of a module is shared in another file": {
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
    "its tests name a fixture that calls it, and another component's ask for it": {
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
    "a fixture that its tests ask for by name at last": {
        "tests/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef wide():\n    import alpha\n"
        "    yield\n    alpha.f(1)\n",
        "tests/a/test_beta.py": "def test_b(wide): pass\n",
        "tests/test_alpha.py": "def test_a(request): request.getfixturevalue('wide')\n",
    },
    "a parameter keeps a fixture for the tests of a file, which are of several components": {
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
    "it is imported where its tests never get to": {
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
    "only another component imports a part of it": {
        "src/alpha/part.py": "A = 1\nB = 2\nC = 3\nD = 4\nE = 5\nF = 6\n",
        "tests/test_beta.py": "import alpha.part\n\ndef test_b(): assert alpha.part.F == 6\n",
    },
    "another component imports first what it imports, too": {
        "src/alpha/__init__.py": "from alpha.part import made\n\nONE = made(1)\n",
        "src/alpha/part.py": "def made(n):\n    n += 1\n    return n\n",
        "src/beta/__init__.py": "import alpha\n\nX = alpha.ONE\n",
        "tests/a/test_beta.py": "import beta\n\ndef test_b(): assert beta.X == 2\n",
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.ONE == 2\n",
    },
    "another component's test starts a process that calls it": {
        "pyproject.toml": '[tool.coverage.run]\npatch = ["subprocess"]\n' + dedent(POLICY),
        "pytest.ini": "[pytest]\npythonpath = src\n",
        "tests/test_beta.py": """
            import subprocess, sys

            def test_b():
                subprocess.run([sys.executable, "-c", "import sys; sys.path.insert(0, 'src'); import alpha; alpha.g()"])
            """,
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.f(1) == 3\n",
    },
    "what it imports by computed names was imported with it": {
        "src/alpha/__init__.py": """
            import importlib

            FOUND = [importlib.import_module(f"alpha.{name}") for name in ("one",)]
            """,
        "src/alpha/one.py": "A = 1\nB = 2\nC = 3\n",
        "tests/a/test_beta.py": "import alpha\n\ndef test_b(): assert alpha.FOUND\n",
        "tests/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha.FOUND\n",
    },
    "a helper of the tests calls it, and another component was first to import that": {
        "tests/helper.py": USES_ALPHA,
        "tests/a/conftest.py": "",
        "tests/test_alpha.py": "import helper\n\ndef test_a(): assert helper.X == 3\n",
        "tests/test_a_beta.py": "import helper\n\ndef test_b(): assert helper.X == 3\n",
        "pytest.ini": "[pytest]\npythonpath = src tests\n",
    },
    "tests import it, and those of another component do so first": {
        "tests/test_alpha.py": "def test_a():\n    import alpha\n    assert alpha.f(1) == 3\n",
        "tests/a/test_beta.py": "def test_b():\n    import alpha\n    assert alpha\n",
    },
    "the end of another component's fixture calls it": {
        "tests/beta/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    yield\n"
        "    import alpha\n    alpha.f(1)\n",
        "tests/beta/test_b.py": "def test_b(s): pass\n",
        "tests/zz/test_alpha.py": "import alpha\n\ndef test_a(): assert alpha\n",
    },
    "a fixture that both share calls it": {
        "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    import alpha\n"
        "    yield alpha.f(1)\n    alpha.g()\n",
        "tests/a/test_beta.py": "def test_b(s): assert s == 3\n",
        "tests/test_alpha.py": "def test_a(s): assert s == 3\n",
    },
    "the module's and the class's own set-up call it, and its tests are of several components": {
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
    "a fixture that it shares with its own overriding one": {
        "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    import alpha\n"
        "    return alpha.f(1)\n",
        "tests/alpha/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s(): return 3\n",
        "tests/alpha/test_a.py": "import alpha\n\ndef test_a(s): assert alpha\n",
        "tests/beta/test_b.py": "def test_b(s): assert s == 3\n",
    },
    "a fixture of it fails in the end, while another component's test is the last": {
        "tests/alpha/conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef s():\n    yield\n"
        "    raise ValueError('left open')\n",
        "tests/alpha/test_a.py": "import alpha\n\ndef test_a(s): assert alpha.g() == 3\n",
    },
    "a fixture that both share fails at first, in another component's test": {
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
# Of these, what happened in another component's test counts for that one, too.
STRICTER_FOR_BETA = "a fixture of it fails in the end, while another component's test is the last"


def make(project: Project, files: dict[str, str]) -> None:
    """Both components with an ordinary test each, where the files do not say otherwise."""
    project.policy(POLICY)
    project.write({"src/alpha/__init__.py": ALPHA, "src/beta/__init__.py": "", **files})
    for name in ("alpha", "beta"):
        if not any(f"/{name}/test" in path or f"_{name}.py" in path or "both" in path for path in files):
            project.write({f"tests/test_{name}.py": f"import {name}\n\ndef test_it(): assert {name}\n"})


def counts(component: dict[str, Any]) -> dict[str, int]:
    return {name: component["outcomes"][name] for name in ("collected", "passed", "failed", "error", "flaky")}


def seen(component: dict[str, Any]) -> dict[str, Any]:
    """What must be equal: the verdict, the stage, the counts and the lines."""
    files = component["coverage"]["files"]
    return {**counts(component), "verdict": component["verdict"], "reached": component["reached"], "files": files}


@pytest.mark.parametrize("case", CASES)
def test_it_is_judged_as_if_it_ran_alone(project: Project, case: str) -> None:
    make(project, CASES[case])
    alone = {name: seen(project.gate(component=name, subprocess=True).component) for name in ("alpha", "beta")}
    assert "calls it" not in case or any(file["covered_lines"] for file in alone["alpha"]["files"])
    for order in (("alpha", "beta"), ("beta", "alpha")):
        first, second = order
        ran = project.gate("--maturity-component", second, component=first, subprocess=True)
        together = {one["name"]: seen(one) for one in ran.report["components"]}
        assert together["alpha"] == alone["alpha"], ran.result.outlines
        if case != STRICTER_FOR_BETA:
            assert together["beta"] == alone["beta"], ran.result.outlines


@pytest.mark.parametrize("case", [case for case in CASES if "process" not in case])  # it would find coverage configured
def test_what_becomes_of_its_tests_is_the_same_whoever_measures(project: Project, case: str) -> None:
    """In this process, where our own tracer may not be the one that measures: the counts, and no coverage."""
    make(project, CASES[case])
    for name in ("alpha", "beta"):
        alone = counts(project.gate(component=name).component)
        together = counts(both(project, subprocess=False)[name])
        assert together == alone or (name, case) == ("beta", STRICTER_FOR_BETA)


def both(project: Project, *arguments: str, subprocess: bool = True) -> dict[str, dict[str, Any]]:
    """Both components as one session judges them."""
    ran = project.gate("--maturity-component", "beta", *arguments, component="alpha", subprocess=subprocess)
    return {one["name"]: one for one in ran.report["components"]}


@pytest.mark.parametrize("way", ["-n2 --dist=loadfile", "-n2 --dist=load", "--cov=src", "-n2 --cov=src"])
def test_whoever_measures_and_however_many_run(project: Project, way: str) -> None:
    make(project, CASES["a module of another component calls it while it is imported"])
    alone = seen(project.gate(component="alpha", subprocess=True).component)
    together = both(project, *way.split())
    assert seen(together["alpha"]) == alone
    assert together["alpha"]["reached"] == "first"


@pytest.mark.parametrize("case", [case for case in CASES if "fail" in case or "ask for" in case])
@pytest.mark.parametrize("flags", [(), ("--cov=src",)], ids=["here", "pytest-cov"])
def test_a_worker_tells_what_a_shared_fixture_did(project: Project, case: str, flags: tuple[str, ...]) -> None:
    make(project, CASES[case])
    alone = seen(project.gate(component="alpha", subprocess=True).component)
    assert seen(both(project, "-n1", *flags)["alpha"]) == alone


def test_contexts_of_somebody_else_leave_coverage_unknown(project: Project) -> None:
    make(project, CASES["tests import it, and those of another component do so first"])
    for workers in ("-n0", "-n1"):
        for one in both(project, workers, "--cov=src", "--cov-context=test").values():
            assert "measure without --cov-context" in one["coverage"]["problem"]
            assert one["reached"] == "first"
    alone = project.gate("--cov=src", "--cov-context=test", component="alpha", subprocess=True).component
    assert not alone["coverage"]["problem"]


def test_what_executes_modules_is_as_before_in_the_end(project: Project) -> None:
    make(project, {})
    project.write({
        "check.py": """
            import importlib.machinery, sys, pytest
            from _pytest.assertion.rewrite import AssertionRewritingHook

            loaders = (importlib.machinery.SourceFileLoader, AssertionRewritingHook)
            before = [loader.exec_module for loader in loaders]
            code = pytest.main(sys.argv[1:])
            assert [loader.exec_module for loader in loaders] == before
            assert "exec_module" not in vars(loaders[0])
            sys.exit(code)
            """,
    })  # fmt: skip
    ran = project.pytester.run(
        sys.executable, "check.py", "--maturity-component=alpha", "--maturity-component=beta", *project.plugin_options()
    )
    assert (ran.ret, ran.errlines) == (0, [])


def test_nothing_is_written_while_pytest_cov_may_still_start_elsewhere(project: Project) -> None:
    """It removes all files of data that it finds, also those of a worker that collects already."""
    make(project, CASES["a module of another component calls it while it is imported"])
    project.write({
        "conftest.py": """
            from pathlib import Path

            def pytest_collection_finish(session):
                there = sorted(path.name for path in Path(session.config.rootpath).glob(".coverage*"))
                assert not there, there
            """,
    })  # fmt: skip
    together = both(project, "-n1", "--cov=src")
    assert together["alpha"]["reached"] == "first"
    assert together["alpha"]["coverage"]["percent"] > 0


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
@pytest.mark.parametrize("act", ["pass", "recorder.dump()"])
def test_what_was_executed_for_one_is_told_again_for_the_next(
    project: Project, monkeypatch: pytest.MonkeyPatch, core: str, act: str
) -> None:
    """Also where it was written meanwhile, as it is for a run that may be resumed."""
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("Python has no sys.monitoring")
    monkeypatch.setenv("COVERAGE_CORE", core)
    project.write({"src/alpha.py": dedent(ALPHA)})
    project.write({
        "check.py": f"""
            import sys
            from pathlib import Path
            from pytest_maturity.coverage import Scope
            from pytest_maturity.coverage.own import OwnRecorder
            from pytest_maturity.model.evidence import Component

            sys.path.insert(0, "src")
            file = Path("src/alpha.py").resolve()
            both = [Component(name=name, sources=(file,), files=(file,), found_by="") for name in ("a", "b")]
            recorder = OwnRecorder(Path.cwd(), both)
            recorder.start()
            import alpha
            for component in both:
                recorder.switch(Scope.of([component.name]))
                alpha.f(1)
                {act}
            recorder.switch(Scope.of([]))
            alpha.g()
            recorder.stop()
            for component in both:
                print(sum(file.covered_lines for file in recorder.measure(component).files))
            recorder.close()
            """,
    })  # fmt: skip
    assert project.pytester.run(sys.executable, "check.py").outlines == ["5", "5"]
