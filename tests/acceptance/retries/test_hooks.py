"""How a project says what is tried again: the rerun hook, the classification, and the news of an attempt."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.project import GateRun, Project
from tests.acceptance.retries.reruns import Retried, attempts, everywhere

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


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project)


def hook(retried: Retried, body: str, source: str = HOOK) -> None:
    retried.project.write({"conftest.py": source.format(body=body)})


def tried(ran: GateRun) -> list[dict[str, Any]]:
    """The attempts of the only retried test, as the report has them."""
    (test,) = ran.component["retries"]["tests"]
    found: list[dict[str, Any]] = test["attempts"]
    return found


# ── the rerun hook ───────────────────────────────────────────────────────────


@everywhere
def test_a_hook_that_says_true_has_a_failed_assertion_tried_again(retried: Retried, flags: tuple[str, ...]) -> None:
    hook(retried, "return True")
    ran = retried.run(FAILS_ONCE, *flags)
    assert ran.code == 0
    assert attempts(ran) == {"test_it": ["failed", "passed"]}
    assert (tried(ran)[0]["decision"], tried(ran)[0]["by"]) == ("rerun", "conftest.py")


def test_a_hook_that_says_false_has_a_lost_connection_not_tried_again(retried: Retried) -> None:
    hook(retried, "return False")
    ran = retried.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 1
    assert (tried(ran)[0]["decision"], tried(ran)[0]["by"]) == ("final: the hook refused", "conftest.py")


def test_a_hook_that_says_nothing_leaves_the_decision_to_the_policy(retried: Retried) -> None:
    hook(retried, "return None")
    ran = retried.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 0
    assert (tried(ran)[0]["decision"], tried(ran)[0]["by"]) == ("rerun: transient", "maturity_default_policy")


def test_a_reason_and_a_delay_are_kept_and_the_delay_is_waited(retried: Retried) -> None:
    hook(retried, "return Rerun(delay=0.05, reason='built\\x1b late')")
    ran = retried.run("""
        import time
        import journal

        def test_it(maturity_attempt):
            journal.write(time.monotonic())
            assert maturity_attempt > 1
        """)
    assert (tried(ran)[0]["delay"], tried(ran)[0]["decision"]) == (0.05, "rerun: built\\x1b late")
    first, second = map(float, retried.journal)
    assert second - first >= 0.05


@pytest.mark.parametrize(
    ("of_conftest", "of_plugin", "by"),
    [("True", "None", "conftest.py"), ("None", "True", "other"), ("None", "None", "maturity_default_policy")],
)
def test_of_several_plugins_the_one_that_answered_is_named(
    retried: Retried, of_conftest: str, of_plugin: str, by: str
) -> None:
    hook(retried, f"return {of_conftest}")
    body = f"return {of_plugin}"
    retried.project.write({"src/other.py": HOOK.format(body=body), "src/third.py": HOOK.format(body="return None")})
    ran = retried.run(LOSES_CONNECTION_ONCE, "-p", "other", "-p", "third", subprocess=True)
    assert ran.code == 0
    assert tried(ran)[0]["by"] == by


@pytest.mark.parametrize("answer", ["'yes'", "1", "0", "object()"])
@strict
def test_a_wrong_answer_is_a_warning_and_no_rerun(retried: Retried, answer: str, flags: tuple[str, ...]) -> None:
    hook(retried, f"return {answer}")
    ran = retried.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert len(tried(ran)) == 1
    assert "pytest_maturity_rerun returned" in ran.result.stdout.str()


@pytest.mark.parametrize("body", RAISES)
@strict
def test_a_hook_that_raises_is_a_warning_and_no_rerun(retried: Retried, body: str, flags: tuple[str, ...]) -> None:
    hook(retried, body)
    ran = retried.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert [(one["decision"], one["by"]) for one in tried(ran)] == [("final: the hook raised", "conftest.py")]
    assert "pytest_maturity_rerun raised" in ran.result.stdout.str()
    assert "the hook broke" in ran.result.stdout.str()


def test_a_hook_may_end_the_run(retried: Retried) -> None:
    hook(retried, "import pytest; pytest.exit('enough', returncode=0)")
    ran = retried.run(LOSES_CONNECTION_ONCE, subprocess=True)
    assert ran.code != 0
    assert ran.report["verdict"] != "PROMOTE"


def test_the_first_hook_that_answers_decides(retried: Retried) -> None:
    retried.project.write({
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
    assert retried.run(FAILS_ONCE).code == 0


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 8 knows no subtests")
def test_a_hook_is_told_the_item_the_attempt_and_every_failed_phase(retried: Retried) -> None:
    retried.project.write({
        "conftest.py": """
            import journal

            def pytest_maturity_rerun(item, failure, attempt):
                assert failure.exception is failure.phases[0].exception
                phases = [f"{phase.when}:{phase.exception!r}" for phase in failure.phases]
                journal.write(item.name, attempt, failure.classification, failure.retry_after, *phases)
            """,
    })  # fmt: skip
    retried.run("""
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
    assert retried.journal == [f"test_parts {attempt} transient 0.02 {phases}" for attempt in (1, 2, 3)]


def test_a_failed_setup_is_told_as_such(retried: Retried) -> None:
    hook(retried, "import journal; journal.write(*(phase.when for phase in failure.phases))")
    ran = retried.run("""
        import pytest

        @pytest.fixture
        def broker():
            raise TimeoutError("no answer")

        def test_it(broker): pass
        """)
    assert retried.journal == ["setup"] * 3
    assert {one["phase"] for one in tried(ran)} == {"setup"}
    assert {one["outcome"] for one in tried(ran)} == {"error"}


def test_a_hook_may_ask_for_more_attempts_than_the_policy_has_but_not_for_more_than_the_budget(
    retried: Retried,
) -> None:
    hook(retried, "return True")
    retried.project.policy("""
        [tool.maturity]
        ladder = ["bronze"]
        stages.bronze.pass_rate = 100
        retry = { base_delay = 0, max_retries = 0, budget = 4 }
        """)
    ran = retried.run(ALWAYS_FAILS)
    assert len(tried(ran)) == 5
    last = tried(ran)[-1]
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
def test_a_rerun_may_ask_for_wider_fixtures_to_be_rebuilt(retried: Retried, scope: str, rebuilt: list[str]) -> None:
    hook(retried, f"return Rerun(scope={scope!r})")
    retried.project.write({
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
    ran = retried.run(source, subprocess=True)  # this process has a package of that name
    assert ran.code == 0
    everything = ["session", "package", "module", "class"]
    assert retried.journal[:4] == everything
    assert retried.journal[4:] == [one for one in everything if one in rebuilt]


def test_a_conftest_speaks_for_the_tests_below_it_only(retried: Retried) -> None:
    retried.project.write({
        "tests/below/conftest.py": "def pytest_maturity_rerun(item):\n    return True\n",
        "tests/below/test_orchestrator_below.py": FAILS_ONCE,
    })  # fmt: skip
    ran = retried.run(FAILS_ONCE)
    assert ran.component["outcomes"]["failed"] == 1
    assert ran.component["retries"]["flaky"] == ["tests/below/test_orchestrator_below.py::test_it"]


def test_a_conftest_that_is_left_out_says_nothing(project: Project) -> None:
    project.policy("")
    project.write({
        "tests/orchestrator/x/conftest.py": "def pytest_maturity_rerun(item):\n    return True\n",
        "tests/orchestrator/x/test_below.py": "def test_below(): pass\n",
        "tests/orchestrator/test_above.py": "def test_it(): raise RuntimeError\n",
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert {name: ran.component["outcomes"][name] for name in ("failed", "passed")} == {"failed": 1, "passed": 2}


# ── the classification ───────────────────────────────────────────────────────


def test_a_project_may_call_an_exception_transient(retried: Retried) -> None:
    hook(retried, "return 'transient' if 'deadlock' in str(exception) else None", CLASSIFY)
    ran = retried.run("""
        def test_it(maturity_attempt):
            assert maturity_attempt > 1, "deadlock"

        def test_other():
            assert 0
        """)
    assert attempts(ran) == {"test_it": ["failed", "passed"]}
    assert ran.component["outcomes"]["failed"] == 1


@pytest.mark.parametrize("answer", ["permanent", "unknown"])
def test_a_project_may_call_a_lost_connection_anything_else(retried: Retried, answer: str) -> None:
    hook(retried, f"return {answer!r}", CLASSIFY)
    ran = retried.run(LOSES_CONNECTION_ONCE)
    assert ran.code == 1
    assert attempts(ran) == {}


def test_every_exception_of_a_group_is_classified_alone(retried: Retried) -> None:
    hook(retried, "import journal; journal.write(repr(exception))", CLASSIFY)
    retried.run("""
        import sys

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it():
            raise ExceptionGroup("several", [ValueError(1), ExceptionGroup("more", [ConnectionError(2)])])
        """)
    assert retried.journal == ["ValueError(1)", "ConnectionError(2)"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 'passing'", "pytest_maturity_classify returned 'passing'"),
        ("return []", "pytest_maturity_classify returned []"),
        *((body, "pytest_maturity_classify raised") for body in RAISES),
    ],
)
@strict
def test_a_broken_classification_is_a_warning_and_no_rerun(
    retried: Retried, body: str, words: str, flags: tuple[str, ...]
) -> None:
    hook(retried, body, CLASSIFY)
    ran = retried.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 1
    assert attempts(ran) == {}
    assert words in ran.result.stdout.str()


# ── the news of an attempt ───────────────────────────────────────────────────

WATCHED = """
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
WATCH = """
    import journal

    def pytest_maturity_attempt(item, attempt):
        journal.write(item.name, attempt.number, attempt.outcome, attempt.exception, attempt.message, attempt.by)
"""


@everywhere
def test_an_attempt_is_told_after_its_teardown_and_the_last_one_is_not(
    retried: Retried, flags: tuple[str, ...]
) -> None:
    retried.project.write({"conftest.py": WATCH})
    retried.run(WATCHED, *flags)
    assert retried.journal == [
        "set up", "torn down", "test_it 1 failed ConnectionError gone maturity_default_policy",
        "set up", "torn down", "test_it 2 failed ConnectionError gone maturity_default_policy",
        "set up", "torn down",
    ]  # fmt: skip


def test_an_attempt_is_told_before_the_pause(retried: Retried) -> None:
    retried.project.write({
        "conftest.py": """
            import journal, time
            from pytest_maturity import Rerun

            def pytest_maturity_rerun():
                return Rerun(delay=0.05)

            def pytest_maturity_attempt(attempt):
                journal.write(time.monotonic())
            """,
    })  # fmt: skip
    retried.run("""
        import journal, time

        def test_it(maturity_attempt):
            if maturity_attempt > 1:
                journal.write(time.monotonic())
            assert maturity_attempt > 1
        """)
    told, began = map(float, retried.journal)
    assert began - told >= 0.05


@pytest.mark.parametrize("body", RAISES)
@strict
def test_a_listener_that_raises_is_a_warning_and_the_test_is_tried_again(
    retried: Retried, body: str, flags: tuple[str, ...]
) -> None:
    hook(retried, body, "def pytest_maturity_attempt():\n    {body}\n")
    ran = retried.run(LOSES_CONNECTION_ONCE, *flags)
    assert ran.code == 0
    assert attempts(ran) == {"test_it": ["failed", "passed"]}
    assert "pytest_maturity_attempt raised" in ran.result.stdout.str()
