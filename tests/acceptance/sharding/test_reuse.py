"""What a whole run observed is taken as it was while nothing that decides it has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_maturity.coverage import Recorder
from tests.acceptance.project import COVERAGE_ONLY, TESTS_ONLY, Project, Ran

POLICY = COVERAGE_ONLY.replace("coverage = 50", "coverage = 50\n    pass_rate = 100")


@pytest.fixture
def kept(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a cache of its own outside of it, and a test that says so when it runs."""
    # Where this process itself is measured, its configuration is not the project's: nothing would be kept.
    monkeypatch.setattr(Recorder, "settings", lambda _: "")
    place = tmp_path_factory.mktemp("outside")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setenv("RAN", str(place / "ran.txt"))
    project.write({"tests/test_orchestrator.py": """
        import os
        from pathlib import Path
        import billing
        import orchestration

        def test_few():
            Path(os.environ["RAN"]).touch()
            assert orchestration.run(1) == "few"

        def test_price():
            assert billing.price() == 1
        """})  # fmt: skip
    return project


def judge(project: Project, *arguments: str, component: str = "orchestration", subprocess: bool = False) -> Ran:
    return project.gate("--maturity-reuse", *arguments, component=component, subprocess=subprocess)


@pytest.fixture
def ran(kept: Project) -> Callable[[], bool]:
    """Did a test run since this was asked last?"""
    path = Path(os.environ["RAN"])

    def ask() -> bool:
        known = path.exists()
        path.unlink(missing_ok=True)
        return known

    return ask


def note(one: Ran, beginning: str) -> str:
    (found,) = (words for words in one.report["notes"] if words.startswith(beginning))
    return str(found)


@pytest.mark.parametrize("component", ["orchestration", "all"])
def test_where_nothing_changed_no_test_runs_and_the_judgement_is_the_same(
    kept: Project, ran: Callable[[], bool], component: str
) -> None:
    first = judge(kept, component=component)
    assert ran()
    assert note(first, "not reused") == "not reused, everything ran: there is no such run"
    second = judge(kept, component=component)
    assert not ran()
    assert (second.code, second.report["verdict"]) == (first.code, first.report["verdict"]) == (0, "PROMOTE")
    assert second.report["components"] == first.report["components"]
    assert first.report["run"]["id"] in note(second, "reused, because nothing changed: the tests of run ")
    assert second.report["run"]["id"] != first.report["run"]["id"]


@pytest.mark.workers
def test_workers_leave_it_and_are_not_started_again(kept: Project, ran: Callable[[], bool]) -> None:
    kept.policy(POLICY)
    first = judge(kept, "-n2", subprocess=True)
    assert first.component["coverage"]["covered_lines"] == 5
    assert ran()
    second = judge(kept, "-n2", subprocess=True)
    assert not ran()
    assert second.report["components"] == first.report["components"]
    assert "created: " not in second.result.stdout.str()
    (kept.path / "src/billing/__init__.py").write_text("def price() -> int:\n    return 2\n")
    third = judge(kept, "-n2", subprocess=True)
    assert note(third, "not reused").endswith("imported modules: src/billing/__init__.py")
    assert third.code == 1


def test_a_failed_run_is_held_again(kept: Project, ran: Callable[[], bool]) -> None:
    kept.write({"tests/test_orchestrator_more.py": "def test_wrong():\n    assert False\n"})
    first = judge(kept)
    assert (first.code, ran()) == (1, True)
    second = judge(kept)
    assert (second.code, ran()) == (1, False)
    assert second.report["components"] == first.report["components"]


def write(name: str, text: str) -> Callable[[Project], object]:
    return lambda project: project.write({name: text})


CHANGES: dict[str, tuple[Callable[[Project], object], tuple[str, ...], str]] = {
    "source": (write("src/orchestration/unused.py", "FIRST = 2\n"), (), "sources: src/orchestration/unused.py"),
    "test": (write("tests/test_orchestrator.py", "def test_it(): ...\n"), (), "tests: tests/test_orchestrator.py"),
    "imported": (write("src/billing/__init__.py", "price = int\n"), (), "imported modules: src/billing/__init__.py"),
    "conftest": (write("conftest.py", "\n"), (), "conftests: conftest.py"),
    "lock file": (write("requirements-dev.txt", "a==1\n"), (), "lock files: requirements-dev.txt"),
    "a conftest where pytest begins": (write("test_more/conftest.py", "\n"), (), "conftests: test_more/conftest.py"),
    "a module in the way": (write("src/os.py", "\n"), (), "modules beside them: src"),
    "a new test file": (
        write("tests/test_orchestrator_b.py", "def test_it():\n    pass\n"), (), "tests: tests/test_orchestrator_b.py",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "arguments", "words"), CHANGES.values(), ids=CHANGES)
def test_after_a_change_everything_runs_and_it_is_said_what_changed(
    kept: Project, change: Callable[[Project], object], arguments: tuple[str, ...], words: str
) -> None:
    judge(kept)
    change(kept)
    assert note(judge(kept, *arguments), "not reused").startswith(f"not reused, everything ran: {words}")
    assert note(judge(kept, *arguments), "reused")


def test_data_for_all_tests_count_for_those_in_a_directory_beside(kept: Project) -> None:
    (kept.path / "tests/test_orchestrator.py").unlink()
    kept.write({"tests/unit/test_orchestrator.py": "def test_a(): import orchestration"})
    judge(kept)
    kept.write({"tests/data/rates.json": "{}", "tests/data/rates.py": ""})
    assert note(judge(kept), "not reused").endswith(": data of the tests: tests/data/rates.json")


def test_a_file_of_arguments_counts_by_its_content(kept: Project, ran: Callable[[], bool]) -> None:
    kept.write({"more.txt": "--strict-markers\n"})
    judge(kept, "@more.txt")
    assert note(judge(kept, "@more.txt"), "reused")
    kept.write({"more.txt": "--strict-config\n"})
    assert note(judge(kept, "@more.txt"), "not reused").endswith("the run: pytest's arguments")


@pytest.mark.parametrize(
    "body",
    ["DATA.unlink()", "DATA.with_name('new.txt').touch()", "DATA.unlink(); DATA.symlink_to(DATA.parent / 'b.txt')"],
)
def test_nothing_is_kept_where_the_files_are_others_at_the_end(kept: Project, body: str) -> None:
    kept.write({"tests/data/a.txt": "a", "tests/data/b.txt": "b"})
    for name in ("a.txt", "b.txt"):
        os.utime(kept.path / "tests/data" / name, (1, 1))
    kept.write({"tests/test_orchestrator_data.py": f"""
        from pathlib import Path
        DATA = Path(__file__).parent / "data/a.txt"

        def test_data():
            {body}
        """})  # fmt: skip
    judge(kept)
    words = note(judge(kept), "not reused, everything ran: the run before was not kept: tests/data/")
    assert words.endswith(" changed while it ran")


def test_a_gate_of_the_project_may_count_while_tests_run(kept: Project, ran: Callable[[], bool]) -> None:
    kept.policy(TESTS_ONLY + "    setups = 2\n", 'pythonpath = ["src"]')
    kept.write({"conftest.py": """
        from pytest_maturity import Gate, Measurement

        seen = []

        def pytest_runtest_setup(item):
            seen.append(item)

        def pytest_maturity_gates():
            return [Gate("setups", lambda evidence, context: Measurement(len(seen)), better="higher")]
        """})  # fmt: skip
    for _ in range(2):
        judged = judge(kept, "--maturity-target=silver")
        assert (judged.code, ran()) == (0, True)
    assert "the project's own gate setups may count while tests run" in note(judged, "not reused")


def test_what_nobody_imports_may_change(kept: Project, ran: Callable[[], bool]) -> None:
    kept.write({"src/other.py": "a = 1\n"})
    judge(kept)
    ran()
    kept.write({"src/other.py": "a = 2\n", "docs/index.md": "more\n"})
    assert note(judge(kept), "reused")
    assert not ran()


def test_an_incomplete_run_is_not_kept(kept: Project) -> None:
    judge(kept, "-k", "few")
    assert note(judge(kept, "-k", "few"), "not reused")


def test_evidence_that_was_changed_is_not_taken(kept: Project) -> None:
    judge(kept)
    (path,) = Path(os.environ["XDG_CACHE_HOME"]).glob("pytest-maturity/evidence/*.json")
    path.write_text(path.read_text().replace('"passed"', '"failed"'))
    assert "the seal does not fit" in note(judge(kept), "not reused")


def test_a_cache_in_the_repository_is_neither_read_nor_written(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept.path / "cache"))
    judge(kept)
    assert not (kept.path / "cache").exists()
    assert note(judge(kept), "not reused").endswith("what is kept would lie in the repository")


def test_tools_are_asked_again(kept: Project) -> None:
    """They know best what they read, and some keep their answers themselves."""
    kept.policy(TESTS_ONLY + "    lint = 0\n", 'pythonpath = ["src"]')
    judge(kept, "--maturity-target=silver")
    second = judge(kept, "--maturity-target=silver")
    assert note(second, "reused")
    assert second.gate("lint")["status"] == "passed"
