"""The fixtures that another attempt sets up again, and those that are kept."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import WORKERS, FlakyProject, everywhere, outcomes_by_test

SCOPES = ["session", "package", "module", "class", "function"]
# A fixture for each scope, named like the scope.
FIXTURES = """
    import pytest
    from journal import write

    def fixture(name):
        @pytest.fixture(scope=name, name=name)
        def made():
            write("+", name)
            yield
            write("-", name)
        return made

    one, two, three, four, five = map(fixture, ["session", "package", "module", "class", "function"])
    """


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    project.write({"tests/conftest.py": FIXTURES})
    return FlakyProject(project)


@everywhere
def test_function_fixtures_are_set_up_again_and_wider_ones_are_kept(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.mark.usefixtures("session", "module", "class", "function")
        class TestIt:
            def test_first(self):
                write("first")
                fail("first", times=2)

            def test_second(self):
                write("second")
        """,
        *flags,
    )
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"TestIt::test_first": ["failed", "failed", "passed"]}
    assert flaky_project.journal == [
        "+ session", "+ module", "+ class",
        *["+ function", "first", "- function"] * 3,
        "+ function", "second", "- function",
        "- class", "- module", "- session",
    ]  # fmt: skip


@everywhere
def test_the_last_test_of_a_session_keeps_wider_fixtures_and_tears_them_down_once(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.mark.usefixtures("session", "module", "class", "function")
        class TestIt:
            def test_last(self):
                write("last")
                fail("last", times=2)
        """,
        *flags,
    )
    assert outcomes_by_test(ran) == {"TestIt::test_last": ["failed", "failed", "passed"]}
    assert flaky_project.journal == [
        "+ session", "+ module", "+ class",
        *["+ function", "last", "- function"] * 3,
        "- class", "- module", "- session",
    ]  # fmt: skip


@everywhere
def test_the_last_test_of_a_module_tears_down_what_the_next_module_does_not_need(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({
        "tests/test_orchestrator_a.py": """
        from journal import fail, write

        def test_a(session, module):
            write("a")
            fail("a")
        """,
        "tests/test_orchestrator_b.py": """
        from journal import write

        def test_b(session, module):
            write("b")
        """,
    })  # fmt: skip
    ran = flaky_project.run("", *flags, *["-n1"] * bool(flags))
    assert outcomes_by_test(ran) == {"test_a": ["failed", "passed"]}
    assert flaky_project.journal == [
        "+ session", "+ module", "a", "a", "- module", "+ module", "b", "- module", "- session",
    ]  # fmt: skip


@everywhere
def test_a_test_that_stays_failed_tears_everything_down_once(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        """
        from journal import fail

        def test_it(session, module, function):
            fail("it", times=9)
        """,
        *flags,
    )
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "failed"]}
    assert flaky_project.journal == [
        "+ session", "+ module", *["+ function", "- function"] * 3, "- module", "- session",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "flags"), [("module", ()), ("session", ()), ("package", ()), ("class", ()), ("session", WORKERS)]
)
def test_a_failed_wider_fixture_is_executed_again_after_its_finalizers(
    flaky_project: FlakyProject, scope: str, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        f"""
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="session")
        def healthy():
            write("+ healthy")
            yield
            write("- healthy")

        @pytest.fixture(scope="{scope}")
        def broken(request, healthy):
            write("+ broken")
            request.addfinalizer(lambda: write("- broken"))
            fail("broken", times=2)

        class TestIt:
            def test_first(self, broken):
                write("first")

            def test_second(self, broken):
                write("second")
        """,
        *flags,
    )
    assert outcomes_by_test(ran) == {"TestIt::test_first": ["error", "error", "passed"]}
    assert flaky_project.journal == [
        "+ healthy", *["+ broken", "- broken"] * 2, "+ broken", "first", "second", "- broken", "- healthy",
    ]  # fmt: skip


def test_a_failed_fixture_that_is_requested_by_a_running_test_is_executed_again(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="module")
        def inner():
            write("inner")
            fail("inner")

        @pytest.fixture(scope="module")
        def outer(request):
            write("outer")
            request.getfixturevalue("inner")

        def test_it(request):
            request.getfixturevalue("outer")
        """
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert flaky_project.journal == ["outer", "inner"] * 2


def test_a_function_fixture_that_is_parametrized_per_module_is_executed_again(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture
        def made(request):
            write(request.param)
            fail("made")

        @pytest.mark.parametrize("made", ["a"], indirect=True, scope="module")
        def test_it(made):
            pass
        """
    )
    assert outcomes_by_test(ran) == {"test_it[a]": ["error", "passed"]}
    assert flaky_project.journal == ["a", "a"]


def test_a_fixture_that_stayed_failed_for_one_test_is_not_executed_for_the_next(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="module")
        def first():
            write("first")
            fail("first", times=99)

        @pytest.fixture(scope="module")
        def second():
            write("second")
            fail("second", times=99)

        def test_a(first): pass
        def test_b(second): pass
        def test_c(first): pass
        def test_d(second): pass
        def test_e(request): request.getfixturevalue("first")
        """
    )
    assert outcomes_by_test(ran) == {
        "test_a": ["error"] * 3, "test_b": ["error"] * 3,
        "test_c": ["error"], "test_d": ["error"], "test_e": ["failed"],
    }  # fmt: skip
    assert flaky_project.journal == ["first"] * 3 + ["second"] * 3


def test_each_parameter_of_a_failed_fixture_has_its_own_attempts(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import write

        @pytest.fixture(scope="module", params=range(4))
        def dead(request):
            write(request.param)
            raise ConnectionError("no route")

        def test_it(dead): pass
        """
    )
    assert ran.component["outcomes"]["error"] == 4
    assert flaky_project.journal == [str(number) for number in range(4) for _ in range(3)]


@everywhere
def test_parametrized_module_fixtures_are_neither_set_up_again_nor_reordered(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.fixture(scope="module", params="ab")
        def made(request):
            write("+", request.param)
            yield request.param
            write("-", request.param)

        def test_first(made):
            write("first", made)
            fail(f"first-{made}")

        def test_second(made):
            write("second", made)
            fail(f"second-{made}", times=2)
        """,
        *flags,
    )
    assert len(outcomes_by_test(ran)) == 4
    assert [line for line, _ in groupby(flaky_project.journal)] == [
        "+ a", "first a", "second a", "- a", "+ b", "first b", "second b", "- b",
    ]  # fmt: skip
    assert len(flaky_project.journal) == 4 + 2 * (2 + 3)


RERUN_WIDER = """
    from pytest_maturity import Rerun

    def pytest_maturity_rerun(item, failure, attempt):
        return Rerun(delay=0, scope="{}") if attempt == 1 else None
    """


@pytest.mark.parametrize(("scope", "flags"), [*((scope, ()) for scope in SCOPES), ("session", WORKERS)])
def test_the_scope_of_a_rerun_sets_up_exactly_those_fixtures_again(
    flaky_project: FlakyProject, scope: str, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({
        "conftest.py": RERUN_WIDER.format(scope),
        "tests/inner/__init__.py": "",
        "tests/inner/conftest.py": FIXTURES,
    })  # fmt: skip
    ran = flaky_project.run(
        """
        import pytest
        from journal import fail, write

        @pytest.mark.usefixtures("session", "package", "module", "class", "function")
        class TestIt:
            def test_it(self):
                write("test")
                fail("it", error=AssertionError)
        """,
        *flags,
        file="tests/inner/test_orchestrator_inner.py",
    )
    assert outcomes_by_test(ran) == {"TestIt::test_it": ["failed", "passed"]}
    rebuilt = SCOPES[SCOPES.index(scope) :]
    assert flaky_project.journal == [
        *[f"+ {name}" for name in SCOPES], "test",
        *[f"- {name}" for name in reversed(rebuilt)], *[f"+ {name}" for name in rebuilt], "test",
        *[f"- {name}" for name in reversed(SCOPES)],
    ]  # fmt: skip


def test_a_scope_that_a_test_does_not_have_sets_up_its_own_fixtures_again(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({"conftest.py": RERUN_WIDER.format("class")})
    ran = flaky_project.run(
        """
        from journal import fail

        def test_it(module, function):
            fail("it")
        """
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert flaky_project.journal == ["+ module", *["+ function", "- function"] * 2, "- module"]
