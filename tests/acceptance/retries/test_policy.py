"""The default policy: what is tried again, how often, how long after, what it may cost, and what is said of it."""

from __future__ import annotations

import json
import re
from importlib import resources
from itertools import pairwise
from typing import Any

import jsonschema
import pytest

from tests.acceptance.project import GateRun, Project, lines_with
from tests.acceptance.retries.reruns import WORKERS, Retried, attempts, everywhere

FAILS_ALWAYS = """
    def test_it():
        raise ConnectionError("gone")
"""
FAILS_TWICE = """
    def test_it(maturity_attempt):
        if maturity_attempt < 3:
            raise ConnectionError("gone")
"""


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project)


def policy(retried: Retried, text: str) -> None:
    """One stage, `bronze`, and retries without a pause, unless `text` says otherwise; it begins with `retry` keys."""
    retried.project.policy(f"""
[tool.maturity]
ladder = ["bronze"]
stages.bronze.pass_rate = 100
[tool.maturity.retry]
{"" if "base_delay" in text else "base_delay = 0"}
{text}
""")


def tried(ran: GateRun) -> list[dict[str, Any]]:
    """The attempts of the only retried test, as the report has them."""
    (test,) = ran.component["retries"]["tests"]
    found: list[dict[str, Any]] = test["attempts"]
    return found


def delays(ran: GateRun) -> list[float | None]:
    return [one["delay"] for one in tried(ran)]


# ── how often, and how long after ────────────────────────────────────────────


@everywhere
def test_a_lost_connection_is_tried_again_twice(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(FAILS_TWICE, *flags)
    assert ran.code == 0
    assert attempts(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert ran.component["retries"]["used"] == 2
    ran = retried.run(FAILS_ALWAYS, *flags)
    assert ran.code == 1
    assert [one["decision"] for one in tried(ran)] == ["rerun: transient"] * 2 + ["final: max_retries is 2"]


def test_a_failed_assertion_is_never_tried_again(retried: Retried) -> None:
    ran = retried.run("def test_it(): assert 0\n")
    assert ran.code == 1
    assert attempts(ran) == {}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("base_delay = 0.01\nfactor = 2\njitter = false", [0.01, 0.02, 0.04, None]),
        ("base_delay = 0.01\nfactor = 3\nmax_delay = 0.02\njitter = false", [0.01, 0.02, 0.02, None]),
        ("base_delay = 0.01\nfactor = 1\njitter = false", [0.01, 0.01, 0.01, None]),
    ],
)
def test_pauses_grow_by_the_factor_up_to_the_longest(retried: Retried, keys: str, expected: list[float | None]) -> None:
    policy(retried, f"max_retries = 3\n{keys}")
    assert delays(retried.run(FAILS_ALWAYS)) == expected


def test_a_pause_is_really_made(retried: Retried) -> None:
    policy(retried, "base_delay = 0.05\njitter = false\nmax_retries = 1")
    retried.run("""
        import journal, time

        def test_it():
            journal.write(time.monotonic())
            raise ConnectionError("gone")
        """)
    first, second = map(float, retried.journal)
    assert second - first >= 0.05


def test_a_test_that_patches_random_and_time_changes_neither_jitter_nor_pauses(retried: Retried) -> None:
    policy(retried, "base_delay = 0.02\nmax_retries = 3")
    ran = retried.run("""
        import random, time
        import pytest

        def never(*args):
            raise AssertionError("asked a patched module")

        @pytest.fixture
        def patched(monkeypatch):
            random.seed(1)
            monkeypatch.setattr(random, "random", never)
            monkeypatch.setattr(random.SystemRandom, "random", never)
            monkeypatch.setattr(time, "sleep", never)
            monkeypatch.setattr(time, "monotonic", never)

        def test_it(patched):
            raise ConnectionError("gone")
        """)
    first, second, third, last = delays(ran)
    assert last is None
    assert first is not None
    assert second is not None
    assert third is not None
    assert 0.01 <= first <= 0.02 <= second <= 0.04 <= third <= 0.08
    assert len({first, second / 2, third / 4}) == 3


def test_a_clock_that_is_frozen_in_every_module_changes_no_duration(retried: Retried) -> None:
    ran = retried.run("""
        import sys, time
        import pytest

        @pytest.fixture
        def frozen(monkeypatch):
            real = time.monotonic
            for module in list(sys.modules.values()):
                for name in [name for name, value in list(vars(module).items()) if value is real]:
                    monkeypatch.setattr(module, name, lambda: -1e9)

        def test_it(frozen, maturity_attempt):
            if maturity_attempt < 3:
                raise ConnectionError("gone")
        """, subprocess=True)  # fmt: skip
    assert ran.code == 0
    assert all(0 <= one["duration"] < 60 for one in tried(ran))


@pytest.mark.parametrize("asked", [0, 0.03])
def test_the_wait_that_an_exception_asks_for_is_honoured(retried: Retried, asked: float) -> None:
    policy(retried, "base_delay = 5")
    ran = retried.run(f"""
        from pytest_maturity import TransientError

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise TransientError("busy", retry_after={asked})
        """)
    assert delays(ran) == [asked, None]
    assert ran.code == 0


def test_of_several_waits_the_longest_counts(retried: Retried) -> None:
    ran = retried.run("""
        import sys
        from pytest_maturity import TransientError

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ExceptionGroup("", [TransientError("", retry_after=after) for after in (0.01, 0.02, 0)])
        """)
    assert delays(ran) == [0.02, None]


# ── where the policy comes from ──────────────────────────────────────────────

LAYERS = [
    ("retry.max_retries = 3", "bronze", 3),
    ("retry.max_retries = 3\nstages.bronze.retry.max_retries = 1", "bronze", 1),
    ("retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "bronze", 3),
    ("retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "silver", 1),
    ("stages.bronze.retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "silver", 1),
    ("stages.silver.retry.max_retries = 3\ncomponents.orchestration.retry.max_retries = 1", "silver", 1),
    (
        "components.orchestration.retry.max_retries = 1\ncomponents.orchestration.stages.silver.retry.max_retries = 3",
        "silver",
        3,
    ),
    ("components.billing.retry.max_retries = 4", "bronze", 2),
]


@pytest.mark.parametrize(("text", "target", "retries"), LAYERS)
def test_what_is_nearer_to_the_test_wins(retried: Retried, text: str, target: str, retries: int) -> None:
    retried.project.policy(f"""
[tool.maturity]
ladder = ["bronze", "silver"]
stages.bronze.pass_rate = 100
stages.silver.skipped_rate = 0
retry.base_delay = 0
{text}
""")
    ran = retried.run(FAILS_ALWAYS, "--maturity-target", target)
    assert len(tried(ran)) == retries + 1


MARKED = """
    import pytest

    @pytest.mark.maturity_rerun(max_retries=3)
    def test_it():
        raise ConnectionError("gone")
"""


def test_a_marker_counts_more_than_the_configuration(retried: Retried) -> None:
    policy(retried, "max_retries = 1")
    assert len(tried(retried.run(MARKED))) == 4


def test_the_command_line_counts_more_than_a_marker(retried: Retried) -> None:
    assert len(tried(retried.run(MARKED, "--maturity-retries", "1"))) == 2


@everywhere
def test_no_retries_on_the_command_line_switches_them_off(retried: Retried, flags: tuple[str, ...]) -> None:
    retried.project.write({"conftest.py": "def pytest_maturity_rerun():\n    return True\n"})
    ran = retried.run(MARKED, "--maturity-retries", "0", *flags)
    assert ran.code == 1
    assert ran.component["retries"]["tests"] == []
    assert ran.component["retries"]["used"] == 0


def test_a_negative_number_of_retries_is_refused(retried: Retried) -> None:
    ran = retried.run(MARKED, "--maturity-retries", "-1")
    assert ran.code == 4
    assert "--maturity-retries" in ran.errors[0]


def test_a_number_of_attempts_is_of_no_use_without_the_gate(retried: Retried) -> None:
    result = retried.project.run("--maturity-retries", "1")
    assert int(result.ret) == 4


# ── the marker ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "named", ["LookupError", "'LookupError'", "'builtins.LookupError'", "'builtins.KeyError'", "KeyError"]
)
def test_a_marker_names_what_passes_by_for_one_test(retried: Retried, named: str) -> None:
    ran = retried.run(f"""
        import pytest

        @pytest.mark.maturity_rerun(transient=[{named}])
        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise KeyError("not yet")

        def test_other():
            raise KeyError("not yet")
        """)
    assert attempts(ran) == {"test_it": ["failed", "passed"]}
    assert ran.component["outcomes"]["failed"] == 1


def test_a_type_of_the_project_itself_may_be_named(retried: Retried) -> None:
    ran = retried.run("""
        import pytest

        class Busy(Exception): pass

        @pytest.mark.maturity_rerun(transient=[Busy])
        class TestIt:
            def test_it(self, maturity_attempt):
                if maturity_attempt == 1:
                    raise Busy
        """)
    assert attempts(ran) == {"TestIt::test_it": ["failed", "passed"]}


WRONG = """
    import pytest

    @pytest.mark.maturity_rerun(2)
    def test_positional(): open("ran", "w")

    @pytest.mark.maturity_rerun(retries=2, transients=[OSError])
    def test_unknown(): open("ran", "w")

    @pytest.mark.parametrize("number", range(3))
    @pytest.mark.maturity_rerun(max_retries=-1)
    def test_negative(number): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries=True)
    def test_boolean(): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries="2", transient=OSError)
    class TestBoth:
        def test_one(self): open("ran", "w")
        def test_two(self): open("ran", "w")

    @pytest.mark.maturity_rerun(transient=[int])
    def test_no_exception(): open("ran", "w")

    @pytest.mark.maturity_rerun(max_retries=0, transient=[])
    def test_right(): open("ran", "w")
"""
LIST = "maturity_rerun: transient must be a list of exception types, or of their names as module.Class"
MISTAKES = [
    "::test_positional: maturity_rerun: takes max_retries=... and transient=[...], no positional arguments",
    "::test_unknown: maturity_rerun: there is no 'retries' (did you mean 'max_retries'?)",
    "::test_unknown: maturity_rerun: there is no 'transients' (did you mean 'transient'?)",
    "::test_negative: maturity_rerun: max_retries must be a whole number from 0 to 100, not -1",
    "::test_boolean: maturity_rerun: max_retries must be a whole number from 0 to 100, not True",
    "::TestBoth: maturity_rerun: max_retries must be a whole number from 0 to 100, not '2'",
    f"::TestBoth: {LIST}",
    f"::test_no_exception: {LIST}",
]


@pytest.mark.parametrize("flags", [(), ("--maturity-retries", "0")])
def test_every_wrong_marker_is_named_once_before_any_test_runs(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(WRONG, *flags)
    assert ran.code == 4
    assert ran.errors == [f"ERROR: tests/test_orchestrator.py{mistake}" for mistake in MISTAKES]
    assert not (retried.project.path / "ran").exists()


def test_a_wrong_marker_in_a_worker_is_said_and_no_test_runs(retried: Retried) -> None:
    ran = retried.run(WRONG, *WORKERS)
    assert ran.code == 4
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert ran.errors == [f"ERROR: tests/test_orchestrator.py{mistake}" for mistake in MISTAKES]
    assert not (retried.project.path / "ran").exists()


def test_a_wrong_marker_that_a_test_gives_itself_is_as_if_it_were_not_there(retried: Retried) -> None:
    ran = retried.run("""
        import pytest

        @pytest.fixture
        def late(request):
            request.node.add_marker(pytest.mark.maturity_rerun(max_retries="many", transient=1))

        def test_it(late):
            raise ConnectionError("gone")
        """)
    assert len(tried(ran)) == 3


# ── the fixture ──────────────────────────────────────────────────────────────

NUMBERS = """
    import journal, pytest

    @pytest.fixture
    def broker(maturity_attempt):
        journal.write("fixture", maturity_attempt)

    def test_it(broker, maturity_attempt):
        journal.write("test", maturity_attempt)
        if maturity_attempt < 3:
            raise ConnectionError("gone")

    def test_next(maturity_attempt):
        journal.write("next", maturity_attempt)
"""


def test_a_test_is_told_the_number_of_its_attempt(retried: Retried) -> None:
    assert retried.run(NUMBERS).code == 0
    pairs = [f"{who} {number}" for number in (1, 2, 3) for who in ("fixture", "test")]
    assert retried.journal == [*pairs, "next 1"]


@pytest.mark.parametrize("flags", [("--maturity-component", "orchestration", "--maturity-retries", "0"), ()])
def test_without_retries_every_attempt_is_the_first(retried: Retried, flags: tuple[str, ...]) -> None:
    retried.project.write({"tests/test_orchestrator.py": NUMBERS})
    retried.project.run("tests/test_orchestrator.py", *flags)
    assert retried.journal == ["fixture 1", "test 1", "next 1"]


# ── what retries may cost ────────────────────────────────────────────────────

MANY = """
    import pytest

    @pytest.mark.parametrize("number", range({count}))
    def test_it(number):
        raise {error}("gone")
"""


def retries_used(ran: GateRun) -> int:
    return sum(len(one["attempts"]) - 1 for one in ran.component["retries"]["tests"])


def test_the_budget_is_what_all_tests_may_use_together(retried: Retried) -> None:
    policy(retried, "budget = 3")
    ran = retried.run(MANY.format(count=4, error="ConnectionError"))
    assert list(map(len, attempts(ran).values())) == [3, 2, 1, 1]
    decisions = [one["attempts"][-1]["decision"] for one in ran.component["retries"]["tests"]]
    assert decisions == ["final: max_retries is 2"] + ["final: the budget of 3 retries is used up"] * 3
    assert (ran.component["retries"]["used"], ran.component["retries"]["budget"]) == (3, 3)


def test_the_budget_is_ten_for_few_tests(retried: Retried) -> None:
    ran = retried.run(MANY.format(count=7, error="ConnectionError"))
    assert retries_used(ran) == ran.component["retries"]["used"] == ran.component["retries"]["budget"] == 10


def test_a_component_has_a_budget_of_its_own(retried: Retried) -> None:
    policy(retried, "budget = 1")
    retried.project.write({
        "tests/test_billing.py": FAILS_ALWAYS,
        "tests/test_orchestrator.py": FAILS_ALWAYS,
    })  # fmt: skip
    ran = retried.project.gate(component="all")
    used = {one["name"]: one["retries"]["used"] for one in ran.report["components"]}
    assert used == {"billing": 1, "journal": 0, "orchestration": 1}


@everywhere
def test_a_test_of_two_components_takes_a_retry_of_each(retried: Retried, flags: tuple[str, ...]) -> None:
    policy(retried, "budget = 5\n[tool.maturity.components.billing.retry]\nbudget = 1\n")
    retried.project.write({
        "tests/test_shared.py": """
            import pytest

            @pytest.mark.maturity_component("billing", "orchestration")
            def test_it():
                raise ConnectionError("gone")
            """,
    })  # fmt: skip
    ran = retried.project.gate(component="all", *flags, subprocess=bool(flags))  # noqa: B026
    for one in ran.report["components"]:
        if one["name"] == "journal":
            continue
        (test,) = one["retries"]["tests"]
        assert [each["decision"] for each in test["attempts"]] == [
            "rerun: transient",
            "final: the budget of 1 retries is used up",
        ]


def test_a_retry_that_one_component_refuses_costs_the_other_nothing(retried: Retried) -> None:
    policy(retried, "budget = 0\n[tool.maturity.components.billing.retry]\nbudget = 2\n")
    retried.project.write({
        "tests/test_a_shared.py": """
            import pytest

            @pytest.mark.maturity_component("billing", "orchestration")
            def test_it():
                raise ConnectionError("gone")
            """,
        "tests/test_billing.py": FAILS_TWICE,
    })  # fmt: skip
    ran = retried.project.gate(component="all")
    used = {one["name"]: one["retries"]["used"] for one in ran.report["components"]}
    assert used == {"billing": 2, "journal": 0, "orchestration": 0}


@pytest.mark.parametrize("key", ["budget", "time_budget", "max_retries"])
def test_nothing_may_be_spent_where_an_allowance_is_zero(retried: Retried, key: str) -> None:
    policy(retried, f"{key} = 0")
    ran = retried.run(FAILS_TWICE)
    assert ran.code == 1
    assert len(tried(ran)) == 1


def test_the_time_budget_counts_pauses_and_attempts(retried: Retried) -> None:
    policy(retried, "time_budget = 0.5\nmax_retries = 9")
    ran = retried.run("""
        import time

        def test_it():
            time.sleep(0.3)
            raise ConnectionError("gone")
        """)
    assert len(tried(ran)) == 3
    assert tried(ran)[-1]["decision"].startswith("final: the time budget is 0.5 s: ")


def test_a_wait_beyond_the_time_budget_is_not_begun(retried: Retried) -> None:
    ran = retried.run("""
        from pytest_maturity import TransientError

        def test_it():
            raise TransientError("closed", retry_after=3600)
        """)
    words = "final: the time budget is 300 s: 0.0 s used, 3600.0 s to wait"
    assert [one["decision"] for one in tried(ran)] == [words]


def test_a_group_goes_by_the_names_of_its_members(retried: Retried) -> None:
    policy(retried, "max_retries = 0")
    ran = retried.run("""
        import sys

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it():
            raise ExceptionGroup("several", [TimeoutError(), ExceptionGroup("", [ConnectionError(), TimeoutError()])])
        """)
    assert [one["exception"] for one in tried(ran)] == ["TimeoutError, ConnectionError"]


@everywhere
def test_an_outage_stops_retries_and_is_said_with_its_exceptions(retried: Retried, flags: tuple[str, ...]) -> None:
    policy(retried, "breaker = 2\nmax_retries = 1")
    source = MANY.format(count=4, error="ConnectionError") + MANY.format(count=1, error="TimeoutError").replace(
        "test_it", "test_slow"
    )
    ran = retried.run(source, *flags)
    assert list(map(len, attempts(ran).values())) == [2, 2, 1, 1, 1]
    assert tried_last(ran, 2) == "final: outage suspected: 3 tests needed a retry"
    (note,) = [note for note in ran.report["notes"] if "outage" in note]
    words = "outage suspected: 5 tests needed a retry: ConnectionError 4, TimeoutError 1"
    assert note == f"orchestration: {words}"
    assert words in " ".join(ran.result.stdout.str().split())


def tried_last(ran: GateRun, number: int) -> str:
    decision: str = ran.component["retries"]["tests"][number]["attempts"][-1]["decision"]
    return decision


def test_as_many_as_may_need_a_retry_are_no_outage(retried: Retried) -> None:
    policy(retried, "breaker = 4\nmax_retries = 1")
    ran = retried.run(MANY.format(count=4, error="ConnectionError"))
    assert list(map(len, attempts(ran).values())) == [2, 2, 2, 2]
    assert ran.report["notes"] == []


@pytest.mark.parametrize("dist", ["load", "loadfile"])
def test_the_budget_is_exact_when_two_workers_share_it(retried: Retried, dist: str) -> None:
    policy(retried, "budget = 7\nbreaker = 100")
    many = MANY.format(count=10, error="ConnectionError")
    retried.project.write({"tests/test_orchestrator_more.py": many})
    ran = retried.run(many, *WORKERS, f"--dist={dist}")
    assert retries_used(ran) == ran.component["retries"]["used"] == 7
    assert len(ran.component["retries"]["tests"]) == 20


# ── what passes by ───────────────────────────────────────────────────────────

PASSING = [
    "raise ConnectionResetError('x')",
    "raise TimeoutError",
    "raise OSError(errno.ENETUNREACH, 'x')",
    "raise socket.gaierror(socket.EAI_AGAIN, 'x')",
    "raise urllib.error.HTTPError('u', 503, 'busy', {}, None)",
    "raise urllib.error.URLError(ConnectionRefusedError())",
    "raise RuntimeError from ConnectionError()",
    "raise ExceptionGroup('', [TimeoutError(), ConnectionError()])",
]
STAYING = [
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
    "raise urllib.error.HTTPError('u', 500, 'broken', {}, None)",
    "raise RuntimeError",
    "raise AssertionError from ConnectionError()",
    "\ntry: raise ConnectionError\nexcept ConnectionError: raise RuntimeError",
    "raise ExceptionGroup('', [TimeoutError(), ValueError()])",
]


def one_test_each(bodies: list[str]) -> str:
    imports = "import errno, socket, ssl, sys, urllib.error, pytest\n"
    group = "if sys.version_info < (3, 11):\n    from exceptiongroup import ExceptionGroup\n"
    indented = [body.replace("\n", "\n    ") for body in bodies]
    return imports + group + "".join(f"def test_{n}():\n    {body}\n" for n, body in enumerate(indented))


def test_what_passes_by_is_tried_again_and_nothing_else_is(retried: Retried) -> None:
    policy(retried, "budget = 100\nbreaker = 100\nmax_retries = 1")
    ran = retried.run(one_test_each([*PASSING, *STAYING]))
    assert attempts(ran) == {f"test_{number}": ["failed", "failed"] for number in range(len(PASSING))}
    assert ran.component["outcomes"]["failed"] == len(PASSING) + len(STAYING)


def test_the_configuration_adds_exceptions_by_name(retried: Retried) -> None:
    policy(retried, 'transient = ["json.decoder.JSONDecodeError", "ZeroDivisionError"]')
    ran = retried.run("""
        import json

        def test_text(maturity_attempt):
            assert json.loads("1" if maturity_attempt > 1 else "<html>") == 1

        def test_number(maturity_attempt):
            assert 1 / (maturity_attempt - 1)

        def test_other():
            raise ValueError
        """)
    assert attempts(ran) == {"test_text": ["failed", "passed"], "test_number": ["failed", "passed"]}


# ── missing dependencies ─────────────────────────────────────────────────────

LACKING = {
    "at collection": "import yamll\ndef test_a(): pass\n",
    "in a test": "def test_a(): import yamll\ndef test_b(): import yamll.more\n",
    "in a fixture": (
        "import pytest\n@pytest.fixture\ndef yamll(): import yamll\ndef test_a(yamll): pass\ndef test_b(yamll): pass\n"
    ),
    "as the cause": "def test_a():\n    try: import yamll\n    except ImportError as e: raise OSError('x') from e\n",
}


@everywhere
@pytest.mark.parametrize("where", LACKING)
def test_a_missing_dependency_is_said_once_with_what_installs_it_and_not_tried_again(
    retried: Retried, where: str, flags: tuple[str, ...]
) -> None:
    ran = retried.run(LACKING[where], *flags)
    assert ran.code == 1
    assert attempts(ran) == {}
    (note,) = [note for note in ran.report["notes"] if "is missing" in note]
    assert note.startswith("the module yamll is missing (tests/test_orchestrator.py")
    assert note.endswith("): pip install yamll")


@pytest.mark.parametrize(
    "source", ["import orchestration.nowhere", "import json.nowhere", "from orchestration import nowhere"]
)
def test_a_module_that_a_present_package_lacks_is_no_missing_dependency(retried: Retried, source: str) -> None:
    ran = retried.run(f"def test_a():\n    {source}\n")
    assert ran.code == 1
    assert ran.report["notes"] == []


# ── outcomes that are not tried again ────────────────────────────────────────

OUTCOMES = {
    "skipped": ("pytest.skip('later')", "skipped"),
    "xfailed": ("pytest.xfail('known')", "xfailed"),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_skip_and_an_xfail_are_not_tried_again(retried: Retried, outcome: str) -> None:
    ran = retried.run(f"""
        import journal, pytest

        def test_it():
            journal.write("ran")
            {OUTCOMES[outcome][0]}
        """)
    assert retried.journal == ["ran"]
    assert ran.component["outcomes"][outcome] == 1
    assert attempts(ran) == {}


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
def test_what_is_expected_to_fail_is_not_tried_again(retried: Retried, marker: str, body: str, outcome: str) -> None:
    ran = retried.run(f"""
        import journal, pytest

        @pytest.mark.{marker}
        def test_it():
            journal.write("ran")
            {body}
        """)
    assert len(retried.journal) == (outcome != "skipped")
    assert ran.component["outcomes"][outcome] == 1
    assert attempts(ran) == {}


@everywhere
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_failed_and_was_then_skipped_is_failed(retried: Retried, outcome: str, flags: tuple[str, ...]) -> None:
    ran = retried.run(f"""
        import pytest

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ConnectionError("gone")
            {OUTCOMES[outcome][0]}

        def test_other(): pass
        """, *flags)  # fmt: skip
    assert ran.code == 1
    assert attempts(ran) == {"test_it": ["failed", outcome]}
    counts = ran.component["outcomes"]
    assert (counts["failed"], counts["skipped"], counts["xfailed"], counts["flaky"]) == (1, 0, 0, 0)


@everywhere
def test_an_error_in_the_teardown_of_a_passed_test_is_not_tried_again(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run("""
        import journal, pytest

        @pytest.fixture
        def thing():
            yield
            raise ConnectionError("gone")

        def test_it(thing):
            journal.write("ran")
        """, *flags)  # fmt: skip
    assert ran.code == 1
    assert retried.journal == ["ran"]
    assert attempts(ran) == {}
    assert ran.component["outcomes"]["error"] == 1


# ── one dead fixture ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_five_tests_on_one_dead_fixture_cost_three_executions(retried: Retried, scope: str) -> None:
    ran = retried.run(f"""
        import journal, pytest

        @pytest.fixture(scope="{scope}")
        def database():
            journal.write("connect")
            raise ConnectionError("no database")

        class TestIt:
            @pytest.mark.parametrize("number", range(5))
            def test_it(self, database, number): pass
        """)
    assert retried.journal == ["connect"] * 3
    assert ran.component["outcomes"]["error"] == 5
    assert list(map(len, attempts(ran).values())) == [3, 1, 1, 1, 1]
    assert ran.component["retries"]["used"] == 2


def test_a_fixture_that_is_dead_in_one_module_is_tried_in_the_next(retried: Retried) -> None:
    policy(retried, "budget = 100\nbreaker = 100")
    conftest = """
        import journal, pytest

        @pytest.fixture(scope="module")
        def database():
            journal.write("connect")
            raise ConnectionError("no database")
        """
    modules = {f"tests/test_orchestrator_{number}.py": "def test_it(database): pass\n" for number in range(8)}
    retried.project.write({"tests/conftest.py": conftest, **modules})
    retried.run("def test_it(database): pass\n")
    assert retried.journal == ["connect"] * 27


# ── workers ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "worksteal"])
def test_a_test_that_kills_its_worker_stays_failed(retried: Retried, dist: str) -> None:
    ran = retried.run("""
        import os
        import journal

        def test_kills():
            with open("killed", "a") as file:
                file.write("x")
            if len(open("killed").read()) == 1:
                os._exit(1)

        def test_a(): pass
        def test_b(): pass
        """, *WORKERS, f"--dist={dist}")  # fmt: skip
    assert ran.code in (1, 3)
    assert ran.report["verdict"] != "PROMOTE"
    counts = ran.component["outcomes"]
    assert (counts["failed"], counts["flaky"], counts["passed"]) == (1, 0, 2)


def test_a_worker_that_dies_in_a_later_attempt_leaves_the_test_failed(retried: Retried) -> None:
    ran = retried.run("""
        import os

        def test_it(maturity_attempt):
            if maturity_attempt == 2:
                os._exit(1)
            raise ConnectionError("gone")

        def test_other(): pass
        """, *WORKERS)  # fmt: skip
    assert ran.report["verdict"] != "PROMOTE"
    assert ran.component["outcomes"]["failed"] == 1


# ── memory ───────────────────────────────────────────────────────────────────


def test_no_frame_of_a_failed_attempt_is_kept_alive(retried: Retried) -> None:
    ran = retried.run("""
        import gc, weakref
        import pytest

        class Big: pass

        kept = []

        @pytest.fixture
        def thing(maturity_attempt):
            big = Big()
            kept.append(weakref.ref(big))
            yield big

        @pytest.fixture(scope="module")
        def wide():
            big = Big()
            kept.append(weakref.ref(big))
            if len(kept) == 1:
                raise ConnectionError("gone")

        def test_it(wide, thing, maturity_attempt):
            big = Big()
            kept.append(weakref.ref(big))
            gc.collect()
            alive = [one() for one in kept[:-2]]
            assert alive == [None] * len(alive), alive
            if maturity_attempt < 4:
                raise ConnectionError("gone")

        def test_after():
            gc.collect()
            assert len(kept) == 8
            assert [one() for one in kept] == [None] * 8
        """, "--maturity-retries", "3", subprocess=True)  # fmt: skip  # pytester keeps what it hears in this process
    assert ran.code == 0
    assert attempts(ran) == {"test_it": ["error", "failed", "failed", "passed"]}


# ── what must be seen ────────────────────────────────────────────────────────

ONE_FLAKY_OF_TEN = """
    import pytest

    @pytest.mark.parametrize("number", range(10))
    def test_it(number, maturity_attempt):
        if number == 7 and maturity_attempt < 3:
            raise ConnectionError("gone")
"""
DEFAULTS = """
    [tool.maturity]
    stages.dev = { coverage = false, lint = false }
    stages.staging = { coverage = false, types = false, security = false }
    stages.production = { coverage = false }
    retry.base_delay = 0
"""
FLAKY = "tests/test_orchestrator.py::test_it[7]"
STORY = "passed in attempt 3, after ConnectionError in call, ConnectionError in call"


@pytest.mark.parametrize(("target", "code", "limit"), [("dev", 0, None), ("staging", 1, "2"), ("production", 1, "0")])
def test_one_flaky_of_ten_is_good_enough_for_dev_only(
    retried: Retried, target: str, code: int, limit: str | None
) -> None:
    retried.project.policy(DEFAULTS)
    ran = retried.run(ONE_FLAKY_OF_TEN, "--maturity-target", target)
    assert ran.code == code
    assert ran.component["reached"] == "dev"
    gate = ran.gate("flaky_rate")
    assert gate["value"] == 10
    assert gate["stages"]["staging"]["status"] == gate["stages"]["production"]["status"] == "failed"
    assert [(finding["test"], finding["message"]) for finding in gate["findings"]] == [(FLAKY, STORY)]
    if limit:
        assert ran.last_line == f"HOLD  orchestration is not ready for {target}: flaky rate 10 % > {limit}"
    shown = " ".join(ran.result.stdout.str().split())
    assert f"make 1 flaky test steady: {FLAKY}: {STORY}" in shown
    assert f"FLAKY {FLAKY} attempt 1: ConnectionError in call after" in shown


@everywhere
def test_attempts_are_in_the_report_and_enter_no_denominator(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(ONE_FLAKY_OF_TEN + "\n    def test_worse(): assert 0\n", *flags)
    schema = json.loads(resources.files("pytest_maturity").joinpath("reports/report.schema.json").read_text("utf-8"))
    jsonschema.validate(ran.report, schema)
    counts, retries = ran.component["outcomes"], ran.component["retries"]
    assert (counts["collected"], counts["passed"], counts["failed"], counts["flaky"]) == (11, 10, 1, 1)
    assert (retries["pass_rate"], retries["clean_pass_rate"], retries["flaky_rate"]) == (90.90909, 81.818181, 10)
    assert (retries["used"], retries["budget"], retries["flaky"]) == (2, 10, [FLAKY])
    (test,) = retries["tests"]
    assert (test["test"], test["outcome"]) == (FLAKY, "passed")
    first, second, third = test["attempts"]
    assert [one.pop("duration") >= 0 for one in (first, second, third)] == [True] * 3
    assert second == {**first, "number": 2}
    assert first == {
        "number": 1, "outcome": "failed", "phase": "call", "exception": "ConnectionError", "message": "gone",
        "classification": "transient", "delay": 0, "decision": "rerun: transient", "by": "maturity_default_policy",
    }  # fmt: skip
    assert third == {
        "number": 3, "outcome": "passed", "phase": "", "exception": "", "message": "", "classification": "",
        "delay": None, "decision": "", "by": "",
    }  # fmt: skip


def test_lines_that_only_a_failed_attempt_reached_are_covered_and_that_is_said(retried: Retried) -> None:
    retried.project.policy("""
        [tool.maturity]
        ladder = ["covered"]
        stages.covered.coverage = 100
        retry.base_delay = 0
        """)
    retried.project.write({
        "src/orchestration/engine.py": "def run(steps):\n    if steps == 1:\n        return 'few'\n    return 'many'\n",
        "src/orchestration/unused.py": "",
    })  # fmt: skip
    source = """
        import orchestration

        def test_it(maturity_attempt):
            orchestration.run(maturity_attempt)
            if maturity_attempt == 1:
                raise ConnectionError("gone")
        """
    ran = retried.run(source, subprocess=True)
    assert ran.component["coverage"]["percent"] == 100
    assert ran.component["coverage"]["notes"] == ["lines that only failed attempts reached count as covered"]
    ran = retried.run(source.replace("== 1", "== 99"), subprocess=True)
    assert ran.component["coverage"]["notes"] == []


# ── the terminal ─────────────────────────────────────────────────────────────

MIXED = """
    import pytest
    from pytest_maturity import TransientError

    def test_good(): pass

    def test_flaky(maturity_attempt):
        if maturity_attempt == 1:
            raise ConnectionError("the connection to the broker was reset by the peer \\x1b[31m" + "x" * 999)

    @pytest.fixture
    def dead():
        raise TimeoutError

    def test_dead(dead): pass

    def test_closed():
        raise TransientError("come back tomorrow", retry_after=86400)
"""


@everywhere
def test_a_flaky_test_shows_as_an_r_and_is_counted_apart(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run("def test_good(): pass\n" + FAILS_TWICE.replace("\n    ", "\n"), *flags)
    assert lines_with(ran.result, ".R") or lines_with(ran.result, "R.")
    assert re.search("1 passed.*1 flaky in", ran.result.stdout.str())


@everywhere
def test_a_flaky_test_shows_how_many_attempts_it_took(retried: Retried, flags: tuple[str, ...]) -> None:
    ran = retried.run(FAILS_TWICE, "-v", *flags)
    assert lines_with(ran.result, "FLAKY 3/3")
    ran = retried.run(FAILS_TWICE.replace("< 3", "== 1"), "-v", *flags)
    assert lines_with(ran.result, "FLAKY 2/3")


def section(ran: GateRun) -> list[str]:
    """The lines about rerun tests, without their times."""
    lines = ran.result.outlines
    first = next(number for number, line in enumerate(lines) if "maturity: rerun tests" in line)
    last = next(number for number, line in enumerate(lines) if "maturity: orchestration" in line)
    return lines[first + 1 : last]


def test_every_attempt_is_listed_with_its_exception_its_time_and_its_pause(
    retried: Retried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    policy(retried, "base_delay = 0.01\njitter = false\nmax_retries = 1")
    lines = section(retried.run(MIXED, subprocess=True))
    assert "(waited 0.01 s)" in "".join(lines)
    shown = [re.sub(r"\d+\.\d+ s", "T s", line) for line in lines]
    reset = "the connection to the broker was reset by the peer \\x1b[31m" + "x" * 18 + "..."
    assert shown == [
        "  FLAKY tests/test_orchestrator.py::test_flaky",
        f"    attempt 1: ConnectionError in call after T s (waited T s): {reset}",
        "    attempt 2: passed after T s",
        "  ERROR tests/test_orchestrator.py::test_dead",
        "    attempt 1: TimeoutError in setup after T s (waited T s)",
        "    attempt 2: TimeoutError in setup after T s (final: max_retries is 1)",
        "  1 test not rerun: the time budget is 300 s: T s used, T s to wait",
    ]


@pytest.mark.parametrize("width", ["40", "60", "120"])
def test_no_line_about_retries_is_wider_than_the_terminal(
    retried: Retried, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = section(retried.run(MIXED, subprocess=True))
    words = [line for line in lines if len(line.split()) > 1]
    assert max(map(len, words)) <= int(width)
    text = " ".join(" ".join(lines).split())
    assert "attempt 1: ConnectionError in call" in text


def test_retried_tests_have_colours_where_pytest_has_them(retried: Retried) -> None:
    coloured = retried.run(MIXED, "--color=yes", "-v").result.stdout.str()
    assert "\x1b[33m  FLAKY tests/test_orchestrator.py::test_flaky\x1b[0m" in coloured
    assert "\x1b[31m  ERROR tests/test_orchestrator.py::test_dead\x1b[0m" in coloured
    assert "\x1b[33mFLAKY 2/3\x1b[0m" in coloured
    assert "\x1b[31mx" not in coloured
    assert "\x1b" not in retried.again("--color=no").result.stdout.str()


@pytest.mark.parametrize("flag", ["-q", "-qq"])
def test_a_quiet_run_does_not_list_attempts(retried: Retried, flag: str) -> None:
    text = retried.run(MIXED, flag).result.stdout.str()
    assert "attempt 1" not in text


def test_where_nothing_was_tried_again_nothing_is_said_of_it(retried: Retried) -> None:
    assert "rerun tests" not in retried.run("def test_it(): assert 0\n").result.stdout.str()


def test_of_many_retried_tests_the_first_twenty_are_listed(retried: Retried) -> None:
    policy(retried, "budget = 100\nbreaker = 100\nmax_retries = 1")
    lines = section(retried.run(MANY.format(count=23, error="ConnectionError")))
    assert sum("FAILED" in line for line in lines) == 20
    assert lines[-1] == "  and 3 more; the report has them all"


def test_pauses_differ_from_test_to_test(retried: Retried) -> None:
    policy(retried, "base_delay = 0.01\nmax_retries = 1\nbreaker = 100")
    ran = retried.run(MANY.format(count=5, error="ConnectionError"))
    found = [one["attempts"][0]["delay"] for one in ran.component["retries"]["tests"]]
    assert all(one != other for one, other in pairwise(found))
    assert all(0.005 <= delay <= 0.01 for delay in found)
