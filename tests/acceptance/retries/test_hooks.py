"""The hooks of reruns: the decision, the classification, and the notification of an attempt."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import FlakyProject, attempts, everywhere, outcomes_by_test

ALWAYS_FAILS = "def test_it(): assert 0\n"
FAILS_ONCE = """
    def test_it(maturity_attempt):
        assert maturity_attempt > 1
"""
LOSES_CONNECTION_ONCE = """
    def test_it(maturity_attempt):
        if maturity_attempt == 1:
            raise ConnectionError("gone")
"""
HOOK = """
    from pytest_maturity import Rerun

    def pytest_maturity_rerun(item, failure, attempt):
        {body}
"""
CLASSIFY = """
    def pytest_maturity_classify(item, exception):
        {body}
"""
RAISES = [
    "raise RuntimeError('the hook broke')",
    "import pytest; pytest.fail('the hook broke')",
    "import pytest; pytest.skip('the hook broke')",
]
strict = pytest.mark.parametrize("flags", [("-W", "default"), ("-W", "error")], ids=["", "warnings are errors"])


def write_hook(flaky_project: FlakyProject, body: str, source: str = HOOK) -> None:
    flaky_project.project.write({"conftest.py": source.format(body=body)})


# ── the rerun hook ───────────────────────────────────────────────────────────


@everywhere
def test_a_hook_that_returns_true_reruns_a_failed_assertion(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    write_hook(flaky_project, "return True")
    ran = flaky_project.run(FAILS_ONCE, *flags)
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert (attempts(ran)[0]["decision"], attempts(ran)[0]["by"]) == ("rerun", "conftest.py")


def test_a_hook_that_returns_false_prevents_a_rerun(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "return False")
    ran = flaky_project.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 1
    assert (attempts(ran)[0]["decision"], attempts(ran)[0]["by"]) == ("final: the hook refused", "conftest.py")


def test_a_hook_that_returns_none_leaves_the_decision_to_the_policy(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "return None")
    ran = flaky_project.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 0
    assert (attempts(ran)[0]["decision"], attempts(ran)[0]["by"]) == ("rerun: transient", "maturity_default_policy")


def test_reason_and_delay_of_a_rerun_are_in_the_report_and_the_delay_is_waited(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "return Rerun(delay=0.05, reason='built\\x1b late')")
    ran = flaky_project.run("""
        import time
        import journal

        def test_it(maturity_attempt):
            journal.write(time.monotonic())
            assert maturity_attempt > 1
        """)
    assert (attempts(ran)[0]["delay_s"], attempts(ran)[0]["decision"]) == (0.05, "rerun: built\\x1b late")
    first, second = map(float, flaky_project.journal)
    assert second - first >= 0.05


@pytest.mark.parametrize(
    ("of_conftest", "of_plugin", "by"),
    [("True", "None", "conftest.py"), ("None", "True", "other"), ("None", "None", "maturity_default_policy")],
)
def test_the_plugin_that_decided_is_in_the_report(
    flaky_project: FlakyProject, of_conftest: str, of_plugin: str, by: str
) -> None:
    write_hook(flaky_project, f"return {of_conftest}")
    body = f"return {of_plugin}"
    flaky_project.project.write(
        {"src/other.py": HOOK.format(body=body), "src/third.py": HOOK.format(body="return None")}
    )
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, "-p", "other", "-p", "third", subprocess=True)
    assert ran.code == 0
    assert attempts(ran)[0]["by"] == by


@pytest.mark.parametrize("answer", ["'yes'", "1", "0", "object()"])
@strict
def test_a_wrong_answer_gives_a_warning_and_no_rerun(
    flaky_project: FlakyProject, answer: str, flags: tuple[str, ...]
) -> None:
    write_hook(flaky_project, f"return {answer}")
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert len(attempts(ran)) == 1
    assert "pytest_maturity_rerun returned" in ran.result.stdout.str()


@pytest.mark.parametrize("body", RAISES)
@strict
def test_a_hook_that_raises_gives_a_warning_and_no_rerun(
    flaky_project: FlakyProject, body: str, flags: tuple[str, ...]
) -> None:
    write_hook(flaky_project, body)
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert [(one["decision"], one["by"]) for one in attempts(ran)] == [("final: the hook raised", "conftest.py")]
    assert "pytest_maturity_rerun raised" in ran.result.stdout.str()
    assert "the hook broke" in ran.result.stdout.str()


def test_a_wrapper_that_discards_the_rerun_of_the_policy_refuses_it(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "conftest.py": """
            import pytest

            @pytest.hookimpl(wrapper=True)
            def pytest_maturity_rerun():
                yield
            """,
    })  # fmt: skip
    ran = flaky_project.run(LOSES_CONNECTION_ONCE)
    assert [one["decision"] for one in attempts(ran)] == ["final: the hook refused"]


def test_a_hook_can_end_the_run(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "import pytest; pytest.exit('enough', returncode=0)")
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, subprocess=True)
    assert ran.code != 0
    assert ran.report["verdict"] != "PROMOTE"


def test_the_first_hook_that_answers_decides(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "conftest.py": """
            import pytest

            class Other:
                def pytest_maturity_rerun(self, item):
                    return False

            def pytest_configure(config):
                config.pluginmanager.register(Other(), "other")

            @pytest.hookimpl(tryfirst=True)
            def pytest_maturity_rerun(item):
                return True
            """,
    })  # fmt: skip
    assert flaky_project.run(FAILS_ONCE).code == 0


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 8 knows no subtests")
def test_a_hook_gets_the_item_the_attempt_and_every_failed_phase(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "conftest.py": """
            import journal

            def pytest_maturity_rerun(item, failure, attempt):
                assert failure.exception is failure.phases[0].exception
                phases = [f"{phase.when}:{phase.exception!r}" for phase in failure.phases]
                journal.write(item.name, attempt, failure.classification, failure.retry_after, *phases)
            """,
    })  # fmt: skip
    flaky_project.run("""
        import unittest
        from pytest_maturity import TransientError

        class TestIt(unittest.TestCase):
            def test_parts(self):
                with self.subTest("a"):
                    raise TransientError("a", retry_after=0.01)
                with self.subTest("b"):
                    raise TransientError("b", retry_after=0.02)
                raise TransientError("c")
        """)
    phases = "call:TransientError('a') call:TransientError('b') call:TransientError('c')"
    assert flaky_project.journal == [f"test_parts {attempt} transient 0.02 {phases}" for attempt in (1, 2, 3)]


def test_a_hook_gets_a_failed_setup_as_a_phase(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "import journal; journal.write(*(phase.when for phase in failure.phases))")
    ran = flaky_project.run("""
        import pytest

        @pytest.fixture
        def broker():
            raise TimeoutError("no answer")

        def test_it(broker): pass
        """)
    assert flaky_project.journal == ["setup"] * 3
    assert {one["phase"] for one in attempts(ran)} == {"setup"}
    assert {one["outcome"] for one in attempts(ran)} == {"error"}


def test_a_hook_can_exceed_max_retries_but_not_the_budget(
    flaky_project: FlakyProject,
) -> None:
    write_hook(flaky_project, "return True")
    flaky_project.project.policy("""
        [tool.maturity]
        ladder = ["bronze"]
        stages.bronze.pass_rate = 100
        retry = { base_delay = 0, max_retries = 0, budget = 4 }
        """)
    ran = flaky_project.run(ALWAYS_FAILS)
    assert len(attempts(ran)) == 5
    last = attempts(ran)[-1]
    assert (last["decision"], last["by"]) == ("final: the budget of 4 retries is used up", "maturity_default_policy")
    assert ran.component["retries"]["used"] == ran.component["retries"]["budget"] == 4


@pytest.mark.parametrize(
    ("scope", "rebuilt"),
    [
        ("function", []),
        ("class", ["class"]),
        ("module", ["class", "module"]),
        ("package", ["class", "module", "package"]),
        ("session", ["class", "module", "package", "session"]),
    ],
)
def test_a_rerun_with_a_wider_scope_sets_up_wider_fixtures_again(
    flaky_project: FlakyProject, scope: str, rebuilt: list[str]
) -> None:
    write_hook(flaky_project, f"return Rerun(scope={scope!r})")
    flaky_project.project.write({
        "tests/__init__.py": "",
        "tests/conftest.py": """
            import journal, pytest

            def fixture(scope):
                @pytest.fixture(scope=scope)
                def made():
                    journal.write(scope)
                return made

            session, package, module, klass = map(fixture, ["session", "package", "module", "class"])
            """,
    })  # fmt: skip
    source = """
        class TestIt:
            def test_it(self, session, package, module, klass, maturity_attempt):
                assert maturity_attempt > 1
        """
    ran = flaky_project.run(source, subprocess=True)  # this process has a package of that name
    assert ran.code == 0
    everything = ["session", "package", "module", "class"]
    assert flaky_project.journal[:4] == everything
    assert flaky_project.journal[4:] == [one for one in everything if one in rebuilt]


def test_the_hook_of_a_conftest_applies_to_the_tests_below_it_only(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "tests/below/conftest.py": "def pytest_maturity_rerun(item):\n    return True\n",
        "tests/below/test_orchestrator_below.py": FAILS_ONCE,
    })  # fmt: skip
    ran = flaky_project.run(FAILS_ONCE)
    assert ran.component["outcomes"]["failed"] == 1
    assert ran.component["retries"]["flaky"] == ["tests/below/test_orchestrator_below.py::test_it"]


def test_the_hook_of_a_conftest_does_not_apply_to_the_tests_above_it(project: Project) -> None:
    project.policy("")
    project.write({
        "tests/orchestrator/x/conftest.py": "def pytest_maturity_rerun(item):\n    return True\n",
        "tests/orchestrator/x/test_below.py": "def test_below(): pass\n",
        "tests/orchestrator/test_above.py": "def test_it(): raise RuntimeError\n",
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert {name: ran.component["outcomes"][name] for name in ("failed", "passed")} == {"failed": 1, "passed": 2}


# ── the classification ───────────────────────────────────────────────────────


def test_a_hook_classifies_an_exception_as_transient(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "return 'transient' if 'deadlock' in str(exception) else None", CLASSIFY)
    ran = flaky_project.run("""
        def test_it(maturity_attempt):
            assert maturity_attempt > 1, "deadlock"

        def test_other():
            assert 0
        """)
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert ran.component["outcomes"]["failed"] == 1


@pytest.mark.parametrize("answer", ["permanent", "unknown"])
def test_a_hook_classifies_a_lost_connection_otherwise(flaky_project: FlakyProject, answer: str) -> None:
    write_hook(flaky_project, f"return {answer!r}", CLASSIFY)
    ran = flaky_project.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 1
    assert outcomes_by_test(ran) == {}


def test_every_exception_of_a_group_is_classified_by_itself(flaky_project: FlakyProject) -> None:
    write_hook(flaky_project, "import journal; journal.write(repr(exception))", CLASSIFY)
    flaky_project.run("""
        import sys

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it():
            raise ExceptionGroup("several", [ValueError(1), ExceptionGroup("more", [ConnectionError(2)])])
        """)
    assert flaky_project.journal == ["ValueError(1)", "ConnectionError(2)"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 'passing'", "pytest_maturity_classify returned 'passing'"),
        ("return []", "pytest_maturity_classify returned []"),
        *((body, "pytest_maturity_classify raised") for body in RAISES),
    ],
)
@strict
def test_a_wrong_classification_gives_a_warning_and_no_rerun(
    flaky_project: FlakyProject, body: str, message: str, flags: tuple[str, ...]
) -> None:
    write_hook(flaky_project, body, CLASSIFY)
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert outcomes_by_test(ran) == {}
    assert message in ran.result.stdout.str()


# ── the attempt hook ───────────────────────────────────────────────────

LOGGED_TEST = """
    import journal, pytest

    @pytest.fixture
    def thing():
        journal.write("set up")
        yield
        journal.write("torn down")

    def test_it(thing, maturity_attempt):
        if maturity_attempt < 3:
            raise ConnectionError("gone")
"""
ATTEMPT_HOOK = """
    import journal

    def pytest_maturity_attempt(item, attempt):
        journal.write(item.name, attempt.number, attempt.outcome, attempt.exception, attempt.message, attempt.by)
"""


@everywhere
def test_the_attempt_hook_is_called_after_each_teardown_but_the_last(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({"conftest.py": ATTEMPT_HOOK})
    flaky_project.run(LOGGED_TEST, *flags)
    assert flaky_project.journal == [
        "set up", "torn down", "test_it 1 failed ConnectionError gone maturity_default_policy",
        "set up", "torn down", "test_it 2 failed ConnectionError gone maturity_default_policy",
        "set up", "torn down",
    ]  # fmt: skip


def test_the_attempt_hook_is_called_before_the_delay(flaky_project: FlakyProject) -> None:
    flaky_project.project.write({
        "conftest.py": """
            import journal, time
            from pytest_maturity import Rerun

            def pytest_maturity_rerun():
                return Rerun(delay=0.05)

            def pytest_maturity_attempt(attempt):
                journal.write(time.monotonic())
            """,
    })  # fmt: skip
    flaky_project.run("""
        import journal, time

        def test_it(maturity_attempt):
            if maturity_attempt > 1:
                journal.write(time.monotonic())
            assert maturity_attempt > 1
        """)
    notified, started = map(float, flaky_project.journal)
    assert started - notified >= 0.05


@pytest.mark.parametrize("body", RAISES)
@strict
def test_an_attempt_hook_that_raises_gives_a_warning_and_the_test_is_rerun(
    flaky_project: FlakyProject, body: str, flags: tuple[str, ...]
) -> None:
    write_hook(flaky_project, body, "def pytest_maturity_attempt():\n    {body}\n")
    ran = flaky_project.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "passed"]}
    assert "pytest_maturity_attempt raised" in ran.result.stdout.str()
