"""Tests that pytest would have collected and that do not run, whichever hook lost them: a gap that names the hook."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.acceptance.project import TESTS_ONLY, GateRun, Project

CASES = """
    import pytest

    def test_one(): pass

    @pytest.mark.parametrize("number", [1, 2])
    def test_two(number): pass

    class TestMore:
        def test_three(self): pass
"""
# Hooks of a conftest that loses tests, each with the tests that are gone.
DROPPING = {
    "makeitem returns nothing": ("pytest_pycollect_makeitem", "test_one", """
        def pytest_pycollect_makeitem(name):
            return [] if name == "test_one" else None
        """),
    "makeitem cuts parameters": ("pytest_pycollect_makeitem", "test_two[2]", """
        @pytest.hookimpl(wrapper=True)
        def pytest_pycollect_makeitem(name):
            found = yield
            return found[:1] if name == "test_two" else found
        """),
    "makeitem hides a class": ("pytest_pycollect_makeitem", "TestMore::test_three", """
        @pytest.hookimpl(wrapper=True)
        def pytest_pycollect_makeitem(name):
            found = yield
            return None if name == "TestMore" else found
        """),
    "makeitem answers for a class": ("pytest_pycollect_makeitem", "TestMore::test_three", """
        def pytest_pycollect_makeitem(name):
            return [] if name == "TestMore" else None
        """),
    "makemodule gives another module": ("pytest_pycollect_makemodule", "test_one", """
        class Module(pytest.Module):
            def istestfunction(self, value, name):
                return name != "test_one" and super().istestfunction(value, name)

        def pytest_pycollect_makemodule(module_path, parent):
            return Module.from_parent(parent, path=module_path)
        """),
    "collect_file replaces the module": ("pytest_collect_file", "test_one", """
        class Module(pytest.Module):
            def collect(self):
                return [one for one in super().collect() if one.name != "test_one"]

        @pytest.hookimpl(wrapper=True)
        def pytest_collect_file(file_path, parent):
            yield
            return [Module.from_parent(parent, path=file_path)]
        """),
    "the report is cut": ("pytest_make_collect_report", "TestMore::test_three", """
        @pytest.hookimpl(wrapper=True)
        def pytest_make_collect_report(collector):
            report = yield
            report.result = [one for one in report.result or () if one.name != "TestMore"]
            return report
        """),
    "the report is the conftest's own": ("pytest_make_collect_report", "test_one", """
        def pytest_make_collect_report(collector):
            if isinstance(collector, pytest.Module):
                collector.obj
                return pytest.CollectReport(collector.nodeid, "passed", None, list(collector.collect())[1:])
        """),
    "modifyitems outside of every wrapper": ("pytest_collection_modifyitems", "test_one", """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(items):
            items[:] = [one for one in items if one.name != "test_one"]
            return (yield)
        """),
    "modifyitems after every wrapper": ("pytest_collection_modifyitems", "test_one", """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(items):
            yield
            items[:] = [one for one in items if one.name != "test_one"]
        """),
    "collection_finish": ("pytest_collection_finish", "test_one", """
        @pytest.hookimpl(trylast=True)
        def pytest_collection_finish(session):
            session.items = [one for one in session.items if one.name != "test_one"]
        """),
}  # fmt: skip


WARN = 'pythonpath = ["src"]\nfilterwarnings = ["ignore::pytest.PytestCollectionWarning"]'


@pytest.fixture(autouse=True)
def warnings_are_no_errors(project: Project) -> None:
    """Keeps the filter for warnings of this project's own tests out of the runs in this process."""
    project.policy(TESTS_ONLY, WARN)


@pytest.fixture
def nested(project: Project) -> Project:
    """A project whose component has tests in a directory of its own, where a conftest loads while pytest collects."""
    project.write({"tests/orchestration/test_cases.py": CASES})
    return project


@pytest.mark.parametrize("case", DROPPING)
def test_a_dropped_test_is_a_gap_that_names_the_hook(nested: Project, case: str) -> None:
    hook, test, conftest = DROPPING[case]
    nested.write({"tests/orchestration/conftest.py": f"import pytest\n{dedent(conftest)}"})
    ran = nested.gate()
    assert (ran.code, ran.report["verdict"]) == (3, "INCONCLUSIVE")
    (gap,) = ran.component["gaps"]
    assert gap["cause"] == "deselected"
    assert gap["message"].startswith("1 test deselected by "), gap
    assert f"{hook} of tests/orchestration/conftest.py" in gap["message"]
    assert gap["message"].endswith(f"tests/orchestration/test_cases.py::{test}"), gap


def test_an_empty_file_in_place_of_the_module_drops_its_tests(nested: Project) -> None:
    nested.write({
        "tests/orchestration/conftest.py": """
        import pytest

        class Empty(pytest.File):
            def collect(self):
                return []

        @pytest.hookimpl(wrapper=True)
        def pytest_collect_file(file_path, parent):
            yield
            return [Empty.from_parent(parent, path=file_path)]
        """
    })  # fmt: skip
    ran = nested.gate()
    assert ran.code == 3
    (gap,) = (one for one in ran.component["gaps"] if one["cause"] == "deselected")
    assert gap["message"].startswith("4 tests deselected by pytest_collect_file of tests/orchestration/conftest.py")


@pytest.mark.parametrize(
    "case", ["makeitem answers for a class", "modifyitems after every wrapper", "collection_finish"]
)
def test_a_worker_tells_which_tests_were_dropped(nested: Project, case: str) -> None:
    _, test, conftest = DROPPING[case]
    nested.write({"tests/orchestration/conftest.py": f"import pytest\n{dedent(conftest)}"})
    ran = nested.gate("-n2", subprocess=True)
    assert ran.code != 0
    assert f"tests/orchestration/test_cases.py::{test}" in str(ran.component["gaps"])


def test_a_merge_notices_what_its_shards_dropped(nested: Project) -> None:
    nested.write({"tests/orchestration/conftest.py": dedent(DROPPING["makeitem returns nothing"][2])})
    nested.gate("--maturity-evidence=one.json", subprocess=True)
    ran = nested.gate("--maturity-merge=one.json", subprocess=True)
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert "tests/orchestration/test_cases.py::test_one" in str(ran.component["gaps"])


# Conftests and settings that change how pytest collects, and lose no test.
HONEST = {
    "makeitem answers like pytest": """
        def pytest_pycollect_makeitem(collector, name, obj):
            if collector.istestfunction(obj, name):
                return list(collector._genfunctions(name, obj))
        """,
    "makeitem hides a class without tests": """
        def pytest_pycollect_makeitem(name):
            return [] if name == "TestClient" else None
        """,
    "a module of its own class": """
        class Module(pytest.Module):
            def collect(self):
                return list(reversed(super().collect()))

        def pytest_pycollect_makemodule(module_path, parent):
            return Module.from_parent(parent, path=module_path)
        """,
    "items of its own class": """
        class Function(pytest.Function):
            pass

        @pytest.hookimpl(wrapper=True)
        def pytest_pycollect_makeitem(collector, name):
            found = yield
            if isinstance(found, list):
                found = [Function.from_parent(one.parent, name=one.name, callspec=getattr(one, "callspec", None),
                    callobj=one.obj, originalname=one.originalname,
                    fixtureinfo=one._fixtureinfo) for one in found]
            return found
        """,
    "fewer parameters": """
        def pytest_generate_tests(metafunc):
            if "fewer" in metafunc.fixturenames:
                metafunc.parametrize("fewer", [1])
        """,
    "another order": """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(items):
            items.reverse()
            yield
            items.sort(key=lambda one: one.name)
        """,
    "a list of its own": """
        def pytest_collection_finish(session):
            session.items = list(session.items)
        """,
}


@pytest.mark.parametrize("case", HONEST)
@pytest.mark.parametrize("workers", [(), ("-n2", "--dist=loadgroup")], ids=["alone", "workers"])
def test_a_conftest_that_loses_no_test_is_no_gap(nested: Project, case: str, workers: tuple[str, ...]) -> None:
    cases = dedent(CASES) + dedent("""
        class TestClient:
            def __init__(self, url): pass
            def start(self): pass

        @pytest.mark.xdist_group("one")
        def test_grouped(): pass

        def test_fewer(request): pass
        """)
    cases = cases.replace("test_fewer(request)", "test_fewer(fewer)" if case == "fewer parameters" else "test_fewer()")
    nested.write(
        {
            "tests/orchestration/conftest.py": f"import pytest\n{dedent(HONEST[case])}",
            "tests/orchestration/test_cases.py": cases,
        }
    )
    ran = nested.gate(*workers, subprocess=bool(workers))
    assert (ran.code, ran.component["gaps"]) == (0, []), ran.result.outlines


# ── files from which no test comes ───────────────────────────────────────────


@pytest.mark.parametrize(("text", "message"), [
    ("def tset_typo(): pass\n", "no test was collected from tests/test_orchestration_more.py"),
    ("class Hidden:\n    __test__ = False\n    def test_a(self): pass\n", "no test was collected from"),
    ("def test_a(): pass\ntest_a.__test__ = False\n", "no test was collected from"),
    ("class TestA:\n    def __init__(self): pass\n    def test_a(self): pass\n\ndef test_b(): pass\n",
     "tests/test_orchestration_more.py::TestA has a constructor, so pytest collects none of its tests: test_a"),
])  # fmt: skip
def test_a_test_file_without_a_test_is_a_gap(project: Project, text: str, message: str) -> None:
    project.write({"tests/test_orchestration_more.py": text})
    ran = project.gate()
    assert ran.code == 3
    assert ran.gaps == ["no-tests"]
    assert message in ran.component["gaps"][0]["message"]


@pytest.mark.parametrize(("text", "importer"), [
    ('"""Nothing yet."""\n', ""),
    ("import sys\n\nif sys.platform == 'other':\n    def test_a(): pass\n", ""),
    ("def make(): pass\n", "from test_orchestration_more import make\n"),
    ("import pytest\n\nclass Base:\n    def test_a(self): pass\n",
     "from test_orchestration_more import Base\n\nclass TestA(Base): pass\n"),
    ("class TestServer:\n    def __init__(self): pass\n    def start(self): pass\n\ndef test_b(): pass\n", ""),
    ("import pytest\n\npytest.importorskip('absent')\n\ndef test_b(): pass\n", ""),
])  # fmt: skip
def test_a_file_that_helps_or_is_empty_needs_no_test(project: Project, text: str, importer: str) -> None:
    project.write(
        {
            "tests/test_orchestration_more.py": text,
            "tests/test_orchestration_other.py": f"{importer}\ndef test_other(): pass\n",
        }
    )
    ran = project.gate()
    assert (ran.code, ran.component["gaps"]) == (0, [])


def test_a_pattern_for_every_file_expects_no_test_in_each(project: Project) -> None:
    project.policy(TESTS_ONLY, WARN + '\npython_files = ["*.py"]')
    project.write(
        {
            "tests/orchestration/helpers.py": "def help(): pass\n",
            "tests/orchestration/cases.py": "from helpers import help\n\ndef test_a(): help()\n",
        }
    )
    ran = project.gate()
    assert (ran.code, ran.component["gaps"]) == (0, [])


# ── two modules of one name ──────────────────────────────────────────────────


@pytest.fixture
def namesakes(project: Project) -> Project:
    """Two components, each with a test file `tests/test_main.py` of its own; one of the two is wrong."""
    for name, number in (("alpha", 1), ("beta", 2)):
        test = f"import {name} as own\n\ndef test_a(): assert own.NUMBER == {number}\n"
        project.write({f"packages/{name}/src/{name}/__init__.py": "NUMBER = 1\n"})
        project.write({f"packages/{name}/tests/test_main.py": test})
    return project


def verdicts(ran: GateRun) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in ran.report["components"]}


def test_a_module_that_stands_in_for_another_test_file_is_a_gap(namesakes: Project) -> None:
    sources = 'pythonpath = ["packages/alpha/src", "packages/beta/src"]\naddopts = "--import-mode=importlib"'
    namesakes.policy(TESTS_ONLY, sources)
    namesakes.write({f"packages/{name}/tests/__init__.py": "" for name in ("alpha", "beta")})
    ran = namesakes.gate("--maturity-component", "beta", component="alpha", subprocess=True)
    assert verdicts(ran) == {"alpha": "PROMOTE", "beta": "INCONCLUSIVE"}
    (gap,) = ran.report["components"][1]["gaps"]
    assert gap["cause"] == "displaced"
    assert gap["message"].startswith("packages/beta/tests/test_main.py did not run: pytest imported ")
    assert "both are the module tests.test_main" in gap["message"]
    assert namesakes.gate(component="beta", subprocess=True).code == 1
    assert namesakes.gate(component="alpha", subprocess=True).code == 0


def test_two_modules_of_one_name_are_told_with_the_cure(namesakes: Project) -> None:
    namesakes.write({"packages/beta/tests/test_main.py": "def test_a(): pass\n"})
    namesakes.policy(TESTS_ONLY, 'pythonpath = ["packages/alpha/src", "packages/beta/src"]')
    ran = namesakes.gate("--maturity-component", "beta", component="alpha", subprocess=True)
    assert verdicts(ran) == {"alpha": "PROMOTE", "beta": "HOLD"}
    assert "set addopts = --import-mode=importlib" in str(ran.report["components"][1]["gates"])
    assert namesakes.gate(component="beta", subprocess=True).code == 0
