"""Every kind of test is tried again as if for the first time: classes, unittest, Hypothesis, doctests."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.reruns import RETRIES, Retried, attempts, everywhere


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project)


# ── setup of classes, modules and packages ───────────────────────────────────


@everywhere
def test_setup_class_that_failed_is_executed_again(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(
        """
        from journal import fail, write

        class TestIt:
            @classmethod
            def setup_class(cls):
                write("+ class")
                fail("class", times=2)

            @classmethod
            def teardown_class(cls):
                write("- class")

            def test_first(self): write("first")
            def test_second(self): write("second")
        """,
        *flags,
    )
    assert attempts(ran) == {"TestIt::test_first": ["error", "error", "passed"]}
    assert retried.journal == ["+ class"] * 3 + ["first", "second", "- class"]


@everywhere
def test_set_up_class_that_failed_is_executed_again_after_its_cleanups(
    retried: Retried, flags: tuple[str, ...]
) -> None:
    ran = retried.run(
        """
        import unittest
        from journal import fail, write

        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                write("+ class")
                cls.addClassCleanup(write, "cleanup")
                fail("class", times=2)

            @classmethod
            def tearDownClass(cls):
                write("- class")

            def test_first(self): write("first")
            def test_second(self): write("second")
        """,
        *flags,
    )
    assert attempts(ran) == {"TestIt::test_first": ["error", "error", "passed"]}
    assert retried.journal == ["+ class", "cleanup"] * 2 + ["+ class", "first", "second", "- class", "cleanup"]


def test_setup_module_that_failed_is_executed_again(retried: Retried) -> None:
    ran = retried.run(
        """
        from journal import fail, write

        def setup_module():
            write("+ module")
            fail("module", times=2)

        def teardown_module():
            write("- module")

        def test_first(): write("first")
        def test_second(): write("second")
        """
    )
    assert attempts(ran) == {"test_first": ["error", "error", "passed"]}
    assert retried.journal == ["+ module"] * 3 + ["first", "second", "- module"]


@everywhere
def test_the_setup_of_a_package_that_failed_is_executed_again(retried: Retried, flags: tuple[str, ...]) -> None:
    retried.project.write({
        "tests/inner/__init__.py": """
        from journal import fail, write

        def setup_module():
            write("+ package")
            fail("package", times=2)

        def teardown_module():
            write("- package")
        """,
    })  # fmt: skip
    ran = retried.run(
        """
        from journal import write

        def test_first(): write("first")
        def test_second(): write("second")
        """,
        *flags,
        file="tests/inner/test_orchestrator_inner.py",
    )
    assert attempts(ran) == {"test_first": ["error", "error", "passed"]}
    assert retried.journal == ["+ package"] * 3 + ["first", "second", "- package"]


def test_the_setup_of_a_package_that_stays_dead_costs_its_attempts_once(retried: Retried) -> None:
    retried.project.write({
        "tests/inner/__init__.py": """
        from journal import fail, write

        def setup_module():
            write("+ package")
            fail("package", times=99)
        """,
        "tests/inner/test_orchestrator_more.py": "def test_third(): pass\n",
    })  # fmt: skip
    ran = retried.run(
        "def test_first(): pass\ndef test_second(): pass\n", file="tests/inner/test_orchestrator_inner.py"
    )
    assert ran.component["outcomes"]["error"] == 3
    assert retried.journal == ["+ package"] * 3


# ── instances ────────────────────────────────────────────────────────────────


@everywhere
def test_a_method_runs_on_a_fresh_instance(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(
        """
        from journal import fail

        class TestIt:
            def test_it(self):
                assert not vars(self)
                self.used = True
                fail("it", times=2)
        """,
        *flags,
    )
    assert attempts(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}


def test_a_method_and_the_fixtures_of_its_class_share_the_fresh_instance(retried: Retried) -> None:
    ran = retried.run(
        """
        import pytest
        from journal import fail

        class TestIt:
            @pytest.fixture(autouse=True)
            def prepare(self):
                self.ready = True

            def setup_method(self):
                assert not vars(self)
                self.set_up = True

            def test_it(self):
                assert vars(self) == {"ready": True, "set_up": True}
                fail("it", times=2)
        """
    )
    assert attempts(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}


@everywhere
def test_a_unittest_method_is_set_up_and_cleaned_up_for_each_attempt(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(
        """
        import unittest
        from journal import fail, write

        class TestIt(unittest.TestCase):
            def setUp(self):
                assert not hasattr(self, "used")
                self.used = True
                self.addCleanup(write, "cleanup")
                write("+")

            def tearDown(self):
                write("-")

            def test_it(self):
                fail("it", times=2)
        """,
        *flags,
    )
    assert ran.code == 0
    assert attempts(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}
    assert retried.journal == ["+", "-", "cleanup"] * 3


def test_a_unittest_method_whose_tear_down_fails_for_good_is_not_tried_again(retried: Retried) -> None:
    ran = retried.run(
        """
        import unittest
        from journal import fail, write

        class TestIt(unittest.TestCase):
            def tearDown(self):
                raise AssertionError("left something")

            def test_it(self):
                write("ran")
                fail("it")
        """
    )
    assert ran.code == 1
    assert retried.journal == ["ran"]


@pytest.mark.parametrize("base", ["object", "unittest.TestCase"])
@pytest.mark.parametrize("plugins", [(), ("hypothesispytest",)], ids=["without its plugin", "with its plugin"])
def test_a_hypothesis_method_is_tried_again(retried: Retried, base: str, plugins: tuple[str, ...]) -> None:
    retried.project.write({
        "tests/test_orchestrator.py": f"""
        import unittest
        from hypothesis import given, settings, strategies as st
        from journal import fail, write

        class TestIt({base}):
            @given(st.integers())
            @settings(max_examples=3, database=None)
            def test_it(self, number):
                fail("it", times=2)
                write("passed")
        """
    })  # fmt: skip
    retried.project.plugins = plugins
    ran = retried.again()
    assert ran.code == 0
    (outcomes,) = attempts(ran).values()
    assert outcomes == ["failed", "passed"]


# ── what is no function ──────────────────────────────────────────────────────


def test_a_doctest_is_tried_again_with_the_names_of_its_module(retried: Retried) -> None:
    ran = retried.run(
        '''
        import journal

        def helper():
            """
            >>> left_over = globals().get("left_over", 0) + 1
            >>> journal.fail("doctest", times=2)
            >>> left_over
            1
            """
        ''',
        "--doctest-modules",
    )
    assert ran.code == 0
    assert attempts(ran) == {"test_orchestrator.helper": ["failed", "failed", "passed"]}


def test_a_doctest_with_a_wrong_answer_is_not_tried_again(retried: Retried) -> None:
    ran = retried.run(
        '''
        import journal

        def helper():
            """
            >>> journal.write("ran")
            >>> 1
            2
            """
        ''',
        "--doctest-modules",
    )
    assert ran.code == 1
    assert retried.journal == ["ran"]


@everywhere
def test_a_custom_item_is_tried_again(retried: Retried, flags: tuple[str, ...]) -> None:
    retried.project.write({
        "tests/conftest.py": """
        import pytest
        from journal import fail, write

        def pytest_collect_file(parent, file_path):
            if file_path.name == "orchestration.check":
                return File.from_parent(parent, path=file_path)

        class File(pytest.File):
            def collect(self):
                yield Check.from_parent(self, name="check")

            def setup(self):
                write("+ file")
                fail("file")

            def teardown(self):
                write("- file")

        class Check(pytest.Item):
            def setup(self):
                write("+ check")

            def runtest(self):
                fail("check")

            def teardown(self):
                write("- check")
        """,
    })  # fmt: skip
    retried.project.policy(RETRIES + '    components.orchestration.tests = ["tests/orchestration.check"]')
    ran = retried.run("anything", *flags, file="tests/orchestration.check")
    assert attempts(ran) == {"check": ["error", "failed", "passed"]}
    assert retried.journal == ["+ file", "- file", "+ file", *["+ check", "- check"] * 2, "- file"]


def test_a_function_that_is_no_attribute_of_its_module_is_tried_again(retried: Retried) -> None:
    retried.project.write({
        "tests/conftest.py": """
        import pytest
        from journal import fail

        def pytest_pycollect_makeitem(collector, name, obj):
            if name == "CASES":
                return [pytest.Function.from_parent(collector, name=f"case{one}", callobj=make(one)) for one in obj]

        def make(number):
            return lambda: fail(number, times=number)
        """
    })  # fmt: skip
    ran = retried.run("CASES = [0, 1, 2]")
    assert attempts(ran) == {"case1": ["failed", "passed"], "case2": ["failed", "failed", "passed"]}
