"""The warnings of the component's own lines, by category, in one process and in several."""

from __future__ import annotations

import json
import re
from textwrap import dedent

import pytest

from tests.acceptance.project import Project

POLICY = (
    '[tool.maturity]\nladder = ["one"]\nstages.one = { pass_rate = 100, warnings = { max = 0, UserWarning = 0 } }\n'
)
SOURCES = {
    "src/orchestration/__init__.py": """
        import warnings

        from orchestration import plan

        class Old(DeprecationWarning):
            pass

        def run(steps):
            warnings.warn("use more", Old)
            return steps
        """,
    "src/orchestration/plan.py": """
        from billing import rates
        """,
    "src/billing/rates.py": """
        import warnings

        warnings.warn("rates go", FutureWarning, stacklevel=2)
        """,
    "tests/test_orchestrator.py": """
        import warnings

        import orchestration
        import pytest

        @pytest.mark.parametrize("steps", range(3))
        def test_run(steps):
            assert orchestration.run(steps) == steps

        def test_of_its_own():
            warnings.warn("in the tests", UserWarning)
        """,
    "tests/test_billing.py": """
        def test_price():
            from billing import rates
        """,
}
EXPECTED = """
    import orchestration
    import pytest

    def test_expected():
        with pytest.warns(DeprecationWarning):
            assert orchestration.run(1) == 1
    """
RECORDED = """
    def test_recorded(recwarn):
        assert orchestration.run(1) == 1
        assert len(recwarn) == 1
    """
QUIET_PLAN = {"src/orchestration/plan.py": ""}


@pytest.fixture
def warning(project: Project) -> Project:
    project.policy(POLICY)
    project.write(SOURCES)
    return project


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_each_line_of_the_component_that_warns_counts_once(warning: Project, workers: tuple[str, ...]) -> None:
    ran = warning.gate(*workers, subprocess=True)
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for one: warnings 2 > 0"
    found = [(one["path"], one["line"], one["rule"], one["message"]) for one in ran.gate("warnings")["findings"]]
    assert found == [
        ("src/orchestration/__init__.py", 9, "DeprecationWarning", "Old: use more"),
        ("src/orchestration/plan.py", 1, "FutureWarning", "rates go"),
    ]
    assert ran.gate("warnings.UserWarning")["value"] == 0


PLACE = re.compile(r"^(?:  )?(?P<place>\S+\.py:\d+): (?:Old|\w*Warning): ", re.MULTILINE)


def test_the_lines_are_those_of_pytests_own_summary(warning: Project) -> None:
    ran = warning.gate(subprocess=True)
    printed = {place.removeprefix(f"{warning.path}/") for place in PLACE.findall(ran.result.stdout.str())}
    found = [f"{one['path']}:{one['line']}" for one in ran.gate("warnings")["findings"]]
    assert len(printed) == 3  # one is of the tests
    assert found == sorted(place for place in printed if place.startswith("src/orchestration/"))


def test_each_component_has_its_own_lines(warning: Project) -> None:
    ran = warning.gate(component="all", subprocess=True)
    values = {
        one["name"]: next(gate["value"] for gate in one["gates"] if gate["gate"] == "warnings")
        for one in ran.report["components"]
    }
    assert values == {"orchestration": 2, "billing": 0}


def test_what_a_test_expects_or_records_does_not_count(warning: Project) -> None:
    warning.write({"tests/test_orchestrator.py": EXPECTED + RECORDED, **QUIET_PLAN})
    ran = warning.gate(subprocess=True)
    assert (ran.code, ran.gate("warnings")["value"]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (("-p", "no:warnings"), "pytest does not report warnings: its plugin warnings is off"),
        (("-W", "ignore"), "warnings are silenced by -W ignore: run without it"),
        (("-n1", "-W", "ig:use"), "warnings are silenced by -W ig:use: run without it"),
        (("-W", "once::UserWarning"), "warnings are silenced by -W once::UserWarning: run without it"),
    ],
)
def test_where_pytest_does_not_report_them_they_are_unknown(
    warning: Project, arguments: tuple[str, ...], note: str
) -> None:
    warning.write({"tests/test_orchestrator.py": EXPECTED + RECORDED, **QUIET_PLAN})
    ran = warning.gate(*arguments, subprocess=True)
    assert ran.code == 3, ran.result.stdout.str()
    assert note in ran.result.stdout.str()


@pytest.mark.parametrize(
    ("value", "filters", "code", "note"),
    [
        ("ignore", [], 3, "silenced by PYTHONWARNINGS=ignore"),
        ("ignore:use more", [], 3, "silenced by PYTHONWARNINGS=ignore:use more"),
        ("default::FutureWarning", [], 3, "silenced by PYTHONWARNINGS or a plugin, which makes Python ignore"),
        ("ignore", ["default"], 1, "warnings 1 > 0"),  # the project's filter wins
        ("default", [], 1, "warnings 1 > 0"),
        ("always", ["ignore:use more"], 0, "by the project's filters: ignore:use more"),
    ],
)
def test_a_variable_that_silences_warnings_makes_them_unknown(
    warning: Project, monkeypatch: pytest.MonkeyPatch, value: str, filters: list[str], code: int, note: str
) -> None:
    warning.policy(POLICY, f'pythonpath = ["src"]\nfilterwarnings = {filters}')
    warning.write(QUIET_PLAN)
    monkeypatch.setenv("PYTHONWARNINGS", value)
    ran = warning.gate(subprocess=True)
    assert (ran.code, note in json.dumps(ran.report) + ran.last_line) == (code, True), ran.result.stdout.str()


@pytest.mark.parametrize(
    ("filters", "code"),
    [(["ignore"], 3), (["ignore:::orchestration"], 3), (["ignore::UserWarning"], 3), (["error"], 0)],
)
def test_filters_of_the_project(warning: Project, filters: list[str], code: int) -> None:
    warning.policy(POLICY, f'pythonpath = ["src"]\nfilterwarnings = {filters}')
    warning.write({"tests/test_orchestrator.py": EXPECTED, **QUIET_PLAN})
    assert warning.gate(subprocess=True).code == code


SILENCED = {
    "fixture": """
        @pytest.fixture(autouse=True)
        def quiet():
            warnings.simplefilter("ignore")
        """,
    "recorder": """
        @pytest.fixture(autouse=True)
        def recorded(recwarn):
            yield
        """,
    "mark": """
        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.filterwarnings("ignore"))
        """,
    "setting": """
        def pytest_collection_modifyitems(config):
            config.addinivalue_line("filterwarnings", "ignore")
        """,
    "setup": """
        def pytest_runtest_setup():
            warnings.simplefilter("ignore")
        """,
    "around": """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return (yield)
        """,
    "shown": """
        @pytest.fixture(autouse=True)
        def unseen(monkeypatch):
            monkeypatch.setattr(warnings, "showwarning", print)
        """,
    "raised": """
        warnings.warn = print
        """,
}


@pytest.mark.parametrize("way", list(SILENCED))
def test_warnings_that_no_test_reports_are_unknown(warning: Project, way: str) -> None:
    warning.write({"conftest.py": "import warnings\n\nimport pytest\n" + dedent(SILENCED[way]), **QUIET_PLAN})
    ran = warning.gate(*(("-n1",) if way == "fixture" else ()), subprocess=True)
    assert (ran.code, ran.gate("warnings")["status"]) == (3, "unknown"), ran.result.stdout.str()
    assert "every warning is ignored by filters, or taken by fixtures" in ran.last_line


@pytest.mark.parametrize("last", ["quiet", "loud"])
def test_one_test_that_silences_warnings_does_not_make_them_unknown(warning: Project, last: str) -> None:
    mark = '@pytest.mark.filterwarnings("ignore")\n' if last == "quiet" else ""
    tests = (
        dedent(SOURCES["tests/test_orchestrator.py"]) + f"\n{mark}def test_last(): assert orchestration.run(1) == 1\n"
    )
    warning.write({"tests/test_orchestrator.py": tests, **QUIET_PLAN})
    ran = warning.gate(subprocess=True)
    assert (ran.code, ran.gate("warnings")["value"]) == (1, 1)


def test_a_category_that_no_test_reports_is_unknown_and_the_others_are_not(warning: Project) -> None:
    conftest = 'def pytest_runtest_setup():\n    warnings.simplefilter("ignore", UserWarning)\n'
    warning.write({"conftest.py": "import warnings\n\n" + conftest, **QUIET_PLAN})
    ran = warning.gate(subprocess=True)
    assert (ran.gate("warnings")["value"], ran.gate("warnings.UserWarning")["value"]) == (1, None)


CHANGED = """
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(warning_message):
        warning_message.filename = "elsewhere.py"
    """


def test_a_hook_cannot_move_a_warning_elsewhere(warning: Project) -> None:
    warning.write({"conftest.py": CHANGED, **QUIET_PLAN})
    ran = warning.gate(subprocess=True)
    assert (ran.code, ran.gate("warnings")["value"]) == (1, 1)


def test_a_warning_while_the_conftest_is_imported_counts(warning: Project) -> None:
    warning.write({"conftest.py": "import orchestration\n", "tests/test_orchestrator.py": EXPECTED})
    ran = warning.gate(subprocess=True)
    assert (ran.code, ran.gate("warnings")["value"]) == (1, 1), ran.result.stdout.str()
    assert ran.gate("warnings")["findings"][0]["message"] == "rates go"


def test_a_warning_that_is_an_error_fails_its_test_instead(warning: Project) -> None:
    warning.policy(POLICY, 'pythonpath = ["src"]\nfilterwarnings = ["error"]')
    warning.write(QUIET_PLAN)
    ran = warning.gate(subprocess=True)
    assert (ran.code, ran.gate("warnings")["value"]) == (1, 0)
    assert ran.last_line.startswith("HOLD  orchestration is not ready for one: pass rate 0 % < 100")


def test_merged_shards_have_the_warnings_of_all(warning: Project) -> None:
    for number, name in ((1, "test_run"), (2, "test_of_its_own")):
        arguments = (f"--maturity-evidence=evidence-{number}.json", "-k", name)
        assert warning.gate(*arguments, subprocess=True).code == 0
    ran = warning.gate("--maturity-merge=evidence-1.json", "--maturity-merge=evidence-2.json", subprocess=True)
    assert ran.last_line == "HOLD  orchestration is not ready for one: warnings 2 > 0"
