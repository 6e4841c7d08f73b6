"""Reruns of every kind of item: methods, unittest, Hypothesis, doctests, custom items, and their setup."""

from __future__ import annotations

import pytest

from tests.acceptance.retries.flaky_project import RETRIES, FlakyProject, everywhere, outcomes_by_test

# ── setup of classes, modules and packages ───────────────────────────────────


@everywhere
def test_setup_class_that_failed_is_executed_again(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"TestIt::test_first": ["error", "error", "passed"]}
    assert flaky_project.journal == ["+ class"] * 3 + ["first", "second", "- class"]


@everywhere
def test_set_up_class_that_failed_is_executed_again_after_its_cleanups(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"TestIt::test_first": ["error", "error", "passed"]}
    assert flaky_project.journal == ["+ class", "cleanup"] * 2 + ["+ class", "first", "second", "- class", "cleanup"]


def test_setup_module_that_failed_is_executed_again(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"test_first": ["error", "error", "passed"]}
    assert flaky_project.journal == ["+ module"] * 3 + ["first", "second", "- module"]


@everywhere
def test_the_setup_of_a_package_that_failed_is_executed_again(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({
        "tests/inner/__init__.py": """
        from journal import fail, write

        def setup_module():
            write("+ package")
            fail("package", times=2)

        def teardown_module():
            write("- package")
        """,
    })  # fmt: skip
    ran = flaky_project.run(
        """
        from journal import write

        def test_first(): write("first")
        def test_second(): write("second")
        """,
        *flags,
        file="tests/inner/test_orchestrator_inner.py",
    )
    assert outcomes_by_test(ran) == {"test_first": ["error", "error", "passed"]}
    assert flaky_project.journal == ["+ package"] * 3 + ["first", "second", "- package"]


def test_a_package_setup_that_stays_failed_is_executed_three_times(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "tests/inner/__init__.py": """
        from journal import fail, write

        def setup_module():
            write("+ package")
            fail("package", times=99)
        """,
        "tests/inner/test_orchestrator_more.py": "def test_third(): pass\n",
    })  # fmt: skip
    ran = flaky_project.run(
        "def test_first(): pass\ndef test_second(): pass\n", file="tests/inner/test_orchestrator_inner.py"
    )
    assert ran.component["outcomes"]["error"] == 3
    assert flaky_project.journal == ["+ package"] * 3


# ── instances ────────────────────────────────────────────────────────────────


@everywhere
def test_each_attempt_of_a_method_has_a_new_instance(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}


def test_a_method_and_its_fixtures_share_the_new_instance(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}


@everywhere
def test_a_unittest_method_is_set_up_and_cleaned_up_in_each_attempt(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["+", "-", "cleanup"] * 3


def test_a_unittest_method_with_a_permanent_teardown_error_is_not_rerun(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
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
    assert flaky_project.journal == ["ran"]


@pytest.mark.parametrize("base", ["object", "unittest.TestCase"])
@pytest.mark.parametrize("plugins", [(), ("hypothesispytest",)], ids=["without its plugin", "with its plugin"])
def test_a_hypothesis_method_is_rerun(flaky_project: FlakyProject, base: str, plugins: tuple[str, ...]) -> None:
    flaky_project.project.write({
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
    flaky_project.project.plugins = plugins
    ran = flaky_project.again()
    assert ran.code == 0
    (outcomes,) = outcomes_by_test(ran).values()
    assert outcomes == ["failed", "passed"]


# ── other items ──────────────────────────────────────────────────────


def test_a_doctest_is_rerun_with_the_names_of_its_module(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
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
    assert outcomes_by_test(ran) == {"test_orchestrator.helper": ["failed", "failed", "passed"]}


def test_a_doctest_with_a_wrong_answer_is_not_rerun(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
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
    assert flaky_project.journal == ["ran"]


@everywhere
def test_a_custom_item_is_rerun(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.project.write({
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
    flaky_project.project.policy(RETRIES + '    components.orchestration.tests = ["tests/orchestration.check"]')
    ran = flaky_project.run("anything", *flags, file="tests/orchestration.check")
    assert outcomes_by_test(ran) == {"check": ["error", "failed", "passed"]}
    assert flaky_project.journal == ["+ file", "- file", "+ file", *["+ check", "- check"] * 2, "- file"]


def test_a_function_that_is_no_attribute_of_its_module_is_rerun(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
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
    ran = flaky_project.run("CASES = [0, 1, 2]")
    assert outcomes_by_test(ran) == {"case1": ["failed", "passed"], "case2": ["failed", "failed", "passed"]}
