"""The failures that are transient, and the outcomes that are never rerun."""

from __future__ import annotations

import pytest

from tests.acceptance.retries.flaky_project import FlakyProject, everywhere, outcomes_by_test

# ── exceptions ────────────────────────────────────────────────────────────────

TRANSIENT = [
    "raise ConnectionResetError('x')",
    "raise TimeoutError",
    "raise OSError(errno.ENETUNREACH, 'x')",
    "raise socket.gaierror(socket.EAI_AGAIN, 'x')",
    "raise http_error(503)",
    "raise urllib.error.URLError(ConnectionRefusedError())",
    "raise RuntimeError from ConnectionError()",
    "raise ExceptionGroup('', [TimeoutError(), ConnectionError()])",
]
PERMANENT = [
    "import nowhere",
    "compile('(', '', 'eval')",
    "undefined",
    "None.attribute",
    "len(1)",
    "{}['key']",
    "assert 0",
    "pytest.fail('x')",
    "raise NotImplementedError",
    "open('nowhere')",
    "raise PermissionError",
    "raise ssl.SSLCertVerificationError(1, 'x')",
    "raise http_error(500)",
    "raise RuntimeError",
    "raise AssertionError from ConnectionError()",
    "\ntry: raise ConnectionError\nexcept ConnectionError: raise RuntimeError",
    "raise ExceptionGroup('', [TimeoutError(), ValueError()])",
]

# Closed: an open one warns when it is collected, in the middle of another test.
HTTP_ERROR = """
def http_error(status):
    error = urllib.error.HTTPError("u", status, "words", {}, None)
    error.close()
    return error
"""


def one_test_each(bodies: list[str]) -> str:
    imports = "import errno, socket, ssl, sys, urllib.error, pytest\n"
    group = "if sys.version_info < (3, 11):\n    from exceptiongroup import ExceptionGroup\n"
    indented = [body.replace("\n", "\n    ") for body in bodies]
    return imports + group + HTTP_ERROR + "".join(f"def test_{n}():\n    {body}\n" for n, body in enumerate(indented))


def test_transient_failures_are_rerun_and_no_others(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 100\nbreaker = 100\nmax_retries = 1")
    ran = flaky_project.run(one_test_each([*TRANSIENT, *PERMANENT]))
    assert outcomes_by_test(ran) == {f"test_{number}": ["failed", "failed"] for number in range(len(TRANSIENT))}
    assert ran.component["outcomes"]["failed"] == len(TRANSIENT) + len(PERMANENT)


def test_the_configuration_adds_transient_exceptions_by_name(flaky_project: FlakyProject) -> None:
    flaky_project.configure('transient = ["json.decoder.JSONDecodeError", "ZeroDivisionError"]')
    ran = flaky_project.run("""
        import json

        def test_text(maturity_attempt):
            assert json.loads("1" if maturity_attempt > 1 else "<html>") == 1

        def test_number(maturity_attempt):
            assert 1 / (maturity_attempt - 1)

        def test_other():
            raise ValueError
        """)
    assert outcomes_by_test(ran) == {"test_text": ["failed", "passed"], "test_number": ["failed", "passed"]}


# ── outcomes that are not rerun ───────────────────────────────────────────────

OUTCOMES = {
    "skipped": ("pytest.skip('later')", "skipped"),
    "xfailed": ("pytest.xfail('known')", "xfailed"),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_skip_and_an_xfail_are_not_rerun(flaky_project: FlakyProject, outcome: str) -> None:
    ran = flaky_project.run(f"""
        import journal, pytest

        def test_it():
            journal.write("ran")
            {OUTCOMES[outcome][0]}
        """)
    assert flaky_project.journal == ["ran"]
    assert ran.component["outcomes"][outcome] == 1
    assert outcomes_by_test(ran) == {}


@pytest.mark.parametrize(
    ("marker", "body", "outcome"),
    [
        ("xfail", "raise ConnectionError", "xfailed"),
        ("xfail(strict=True)", "raise ConnectionError", "xfailed"),
        ("xfail(strict=True)", "pass", "failed"),
        ("xfail(strict=False)", "pass", "xpassed"),
        ("skip", "raise ConnectionError", "skipped"),
    ],
)
def test_a_test_with_an_xfail_or_skip_marker_is_not_rerun(
    flaky_project: FlakyProject, marker: str, body: str, outcome: str
) -> None:
    ran = flaky_project.run(f"""
        import journal, pytest

        @pytest.mark.{marker}
        def test_it():
            journal.write("ran")
            {body}
        """)
    assert len(flaky_project.journal) == (outcome != "skipped")
    assert ran.component["outcomes"][outcome] == 1
    assert outcomes_by_test(ran) == {}


@everywhere
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_test_that_fails_and_is_then_skipped_is_failed(
    flaky_project: FlakyProject, outcome: str, flags: tuple[str, ...]
) -> None:
    ran = flaky_project.run(f"""
        import pytest

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ConnectionError("gone")
            {OUTCOMES[outcome][0]}

        def test_other(): pass
        """, *flags)  # fmt: skip
    assert ran.code == 1
    assert outcomes_by_test(ran) == {"test_it": ["failed", outcome]}
    counts = ran.component["outcomes"]
    assert (counts["failed"], counts["skipped"], counts["xfailed"], counts["flaky"]) == (1, 0, 0, 0)


@everywhere
def test_a_teardown_error_of_a_passed_test_is_not_rerun(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run("""
        import journal, pytest

        @pytest.fixture
        def thing():
            yield
            raise ConnectionError("gone")

        def test_it(thing):
            journal.write("ran")
        """, *flags)  # fmt: skip
    assert ran.code == 1
    assert flaky_project.journal == ["ran"]
    assert outcomes_by_test(ran) == {}
    assert ran.component["outcomes"]["error"] == 1


# ── a fixture that fails for several tests ────────────────────────────────────


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_five_tests_of_one_failed_fixture_execute_it_three_times(flaky_project: FlakyProject, scope: str) -> None:
    ran = flaky_project.run(f"""
        import journal, pytest

        @pytest.fixture(scope="{scope}")
        def database():
            journal.write("connect")
            raise ConnectionError("no database")

        class TestIt:
            @pytest.mark.parametrize("number", range(5))
            def test_it(self, database, number): pass
        """)
    assert flaky_project.journal == ["connect"] * 3
    assert ran.component["outcomes"]["error"] == 5
    assert list(map(len, outcomes_by_test(ran).values())) == [3, 1, 1, 1, 1]
    assert ran.component["retries"]["used"] == 2


def test_a_fixture_that_failed_in_one_module_is_executed_in_the_next(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 100\nbreaker = 100")
    conftest = """
        import journal, pytest

        @pytest.fixture(scope="module")
        def database():
            journal.write("connect")
            raise ConnectionError("no database")
        """
    modules = {f"tests/test_orchestrator_{number}.py": "def test_it(database): pass\n" for number in range(8)}
    flaky_project.project.write({"tests/conftest.py": conftest, **modules})
    flaky_project.run("def test_it(database): pass\n")
    assert flaky_project.journal == ["connect"] * 27
