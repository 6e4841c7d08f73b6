"""A killed run is resumed: what passed is not run again, and the verdict is that of a whole run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

from pytest_maturity.plugin.sharding import journal
from pytest_maturity.plugin.sharding.partial_evidence import PartialEvidence
from tests.acceptance.project import COVERAGE_ONLY, TESTS_ONLY, GateRun, Project, commit

# In the project: a journal after every test; what outlives a run is outside.
CONFTEST = """
    import os
    from pathlib import Path
    import pytest
    import pytest_maturity.plugin.sharding.journal as journal

    journal.INTERVAL = journal.SHARE = 0
    OUTSIDE = Path(os.environ["OUTSIDE"])

    @pytest.fixture(autouse=True)
    def ran(request):
        with (OUTSIDE / "ran.txt").open("a") as file:
            file.write(request.node.name + "\\n")

    def first(name):
        path = OUTSIDE / name
        known = path.exists()
        path.touch()
        return not known
    """
PARTS = {
    f"tests/test_orchestrator_{number}.py": f"""
        from conftest import first
        from orchestration import part_{number}

        def test_{number}_a():
            assert part_{number}.work(1) == 2

        def test_{number}_b():
            BODY_{number}
        """
    for number in range(4)
}
KILL = "import os\n            for pid in PID if first('kill') else (): os.kill(pid, 9)"
POLICY = COVERAGE_ONLY.replace("coverage = 50", "coverage = 50\n    pass_rate = 100")
OPTIONS = 'pythonpath = [".", "src"]'
xdist = pytest.param(("-n", "2", "--dist=loadfile"), "(os.getppid(), os.getpid())", id="workers")


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("outside")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setenv("OUTSIDE", str(place))
    return place


@pytest.fixture
def killed(project: Project, outside: Path) -> Callable[..., Project]:
    """A project whose first run is killed in `test_2_b`; `bodies` are what other tests do."""

    def build(bodies: dict[int, str] | None = None, pid: str = "[os.getpid()]", kill: str = KILL) -> Project:
        project.policy(POLICY, OPTIONS)
        (project.path / "tests/test_orchestrator.py").unlink()
        project.write({"conftest.py": CONFTEST})
        for number, (name, text) in enumerate(PARTS.items()):
            body = (bodies or {}).get(number, kill.replace("PID", pid) if number == 2 else "pass")
            source = "def work(x):\n    if x > 1:\n        return 1\n    return 2\n"
            project.write({name: text.replace(f"BODY_{number}", body), f"src/orchestration/part_{number}.py": source})
        return project

    return build


def run(project: Project, *arguments: str) -> GateRun:
    return project.gate("-p", "no:cacheprovider", *arguments, subprocess=True)


def ran_tests(outside: Path) -> list[str]:
    """Returns the tests that ran since the last call."""
    path = outside / "ran.txt"
    names = sorted(path.read_text().split()) if path.exists() else []
    path.unlink(missing_ok=True)
    return names


def note(ran: GateRun, beginning: str) -> str:
    (found,) = (one for one in ran.report["notes"] if one.startswith(beginning))
    return str(found)


@pytest.mark.processes
@pytest.mark.parametrize(("arguments", "pid"), [pytest.param((), "[os.getpid()]", id="serial"), xdist])
def test_only_what_had_not_passed_runs_again_and_everything_is_judged(
    killed: Callable[..., Project], outside: Path, arguments: tuple[str, ...], pid: str
) -> None:
    project = killed(pid=pid)
    first = run(project, *arguments)
    assert (first.code, first.report["verdict"]) == (-9, "INCOMPLETE")
    before = ran_tests(outside)
    resumed = run(project, "--maturity-resume", *arguments)
    again = ran_tests(outside)
    assert "test_2_b" in again
    assert len(again) < 8
    assert sorted({*before, *again}) == sorted(f"test_{number}_{letter}" for number in range(4) for letter in "ab")
    whole = run(project, *arguments)
    assert len(ran_tests(outside)) == 8
    assert resumed.code == whole.code == 0
    assert resumed.timeless == whole.timeless
    assert resumed.component["outcomes"]["passed"] == resumed.component["outcomes"]["collected"] == 8
    assert " passed before, in run " in note(resumed, "resumed")
    assert first.report["run"]["id"] in note(resumed, "resumed")


@pytest.mark.processes
def test_a_test_that_failed_before_the_run_was_killed_is_flaky_when_it_passes_now(
    killed: Callable[..., Project], outside: Path
) -> None:
    project = killed({0: "assert not first('fails')"})
    run(project)
    ran_tests(outside)
    resumed = run(project, "--maturity-resume")
    assert ran_tests(outside) == [f"test_{number}_{letter}" for number in (0, 2, 3) for letter in "ab"]
    outcomes = resumed.component["outcomes"]
    assert (outcomes["passed"], outcomes["failed"], outcomes["flaky"]) == (8, 0, 1)
    (flaky,) = resumed.component["retries"]["tests"]
    assert flaky["test"] == "tests/test_orchestrator_0.py::test_0_b"
    assert [(one["number"], one["outcome"]) for one in flaky["attempts"]] == [(1, "failed"), (2, "passed")]
    assert flaky["attempts"][0]["decision"] == "run again, because its run did not end"


@pytest.mark.processes
def test_a_run_that_is_killed_twice_keeps_what_both_had(killed: Callable[..., Project], outside: Path) -> None:
    project = killed({3: KILL.replace("'kill'", "'kill again'").replace("PID", "[os.getpid()]")})
    assert run(project).code == -9
    assert run(project, "--maturity-resume").code == -9
    ran_tests(outside)
    resumed = run(project, "--maturity-resume")
    assert ran_tests(outside) == ["test_3_a", "test_3_b"]
    assert resumed.code == 0
    assert resumed.component["outcomes"]["passed"] == 8


@pytest.mark.processes
def test_of_a_run_that_was_killed_at_its_end_only_the_last_file_runs(
    killed: Callable[..., Project], outside: Path
) -> None:
    project = killed({2: "pass"})
    project.write({"conftest.py": CONFTEST + """
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish():
        if first("kill"):
            os.kill(os.getpid(), 9)
    """})  # fmt: skip
    assert run(project).code == -9
    ran_tests(outside)
    resumed = run(project, "--maturity-resume")
    assert (resumed.code, ran_tests(outside)) == (0, ["test_3_a", "test_3_b"])
    assert resumed.component["outcomes"]["passed"] == 8
    assert resumed.component["gaps"] == []


@pytest.mark.processes
def test_an_interrupted_run_can_be_resumed_and_one_that_ended_leaves_no_journal(
    killed: Callable[..., Project], outside: Path
) -> None:
    project = killed(kill=KILL.replace("9", "2"))
    assert run(project).code == 2
    ran_tests(outside)
    assert run(project, "--maturity-resume").code == 0
    assert ran_tests(outside) == ["test_2_a", "test_2_b", "test_3_a", "test_3_b"]
    after = run(project, "--maturity-resume")
    assert note(after, "not resumed") == "not resumed, everything ran: no such run was killed"
    assert len(ran_tests(outside)) == 8


CHANGES = {
    "source": "src/orchestration/part_1.py", "test": "tests/test_orchestrator_1.py",
    "new test": "tests/test_orchestrator_9.py", "conftest": "conftest.py", "configuration": "setup.cfg",
    "what tests import": "src/billing/__init__.py",
}  # fmt: skip
CHANGES_IN_GIT = {**CHANGES, "lock file": "uv.lock", "data": "tests/data/rates.json"}


@pytest.mark.processes
@pytest.mark.parametrize("path", CHANGES.values(), ids=CHANGES)
def test_after_any_change_everything_runs_and_a_note_names_the_file(
    killed: Callable[..., Project], outside: Path, path: str
) -> None:
    change_after_the_kill(killed({1: "import billing"}), outside, path)


@pytest.mark.processes
@pytest.mark.parametrize("path", CHANGES_IN_GIT.values(), ids=CHANGES_IN_GIT)
def test_in_a_git_repository_every_file_counts(killed: Callable[..., Project], outside: Path, path: str) -> None:
    project = killed({1: "import billing"})
    commit(project)
    change_after_the_kill(project, outside, path)


def change_after_the_kill(project: Project, outside: Path, path: str) -> None:
    run(project)
    ran_tests(outside)
    file = project.path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + ("[x]\n" if path.endswith(".cfg") else "\n"))
    resumed = run(project, "--maturity-resume")
    assert note(resumed, "not resumed").endswith(f"not resumed, everything ran: different inputs: {path}")
    assert len(ran_tests(outside)) == 8
    assert resumed.component["outcomes"]["passed"] == 8


@pytest.mark.processes
def test_with_another_commit_nothing_is_resumed(killed: Callable[..., Project], outside: Path) -> None:
    project = killed()
    commit(project)
    run(project)
    commit(project, "two")
    resumed = run(project, "--maturity-resume")
    assert note(resumed, "not resumed").startswith("not resumed, everything ran: different inputs: commit ")


@pytest.mark.processes
def test_with_other_arguments_nothing_is_resumed(killed: Callable[..., Project], outside: Path) -> None:
    project = killed()
    run(project)
    assert note(run(project, "--maturity-resume", "-x"), "not resumed").endswith("no such run was killed")


@pytest.mark.processes
@pytest.mark.parametrize(("arguments", "pid"), [pytest.param((), "[os.getpid()]", id="serial"), xdist])
def test_what_pytest_cov_measured_is_in_the_journal(
    killed: Callable[..., Project], outside: Path, arguments: tuple[str, ...], pid: str
) -> None:
    project = killed(pid=pid)
    run(project, "--cov=src", *arguments)
    ran_tests(outside)
    resumed = run(project, "--cov=src", *arguments, "--maturity-resume")
    assert len(ran_tests(outside)) < 8
    whole = run(project, "--cov=src", *arguments)
    assert resumed.timeless == whole.timeless
    assert whole.component["coverage"]["measured_by"] == "pytest-cov"


@pytest.mark.processes
def test_the_journal_ends_where_a_test_file_changes_during_the_run(
    killed: Callable[..., Project], outside: Path
) -> None:
    project = killed({1: "(OUTSIDE.parent / 'x').touch(); import pathlib; pathlib.Path(__file__).touch()"})
    project.write({"tests/test_orchestrator_1.py": """
        import os, pathlib, time
        def test_1_a():
            os.utime(__file__, (time.time() + 9, time.time() + 9))
        """})  # fmt: skip
    run(project)
    resumed = run(project, "--maturity-resume")
    assert note(resumed, "resumed: 2 tests")


def test_a_merge_cannot_be_resumed(project: Project) -> None:
    ran = project.gate("--maturity-resume", "--maturity-merge=x.json")
    assert (ran.code, ran.errors) == (
        4, ["ERROR: --maturity-resume and --maturity-merge exclude each other: a merge runs no test"],
    )  # fmt: skip


ENOUGH = """
    import os
    from pathlib import Path
    import pytest
    import orchestration
    import billing

    def test_few():
        assert orchestration.run(1) == "few"

    def test_fails():
        assert Path(os.environ["OUTSIDE"], "fixed").exists()

    def test_stops():
        if not Path(os.environ["OUTSIDE"], "fixed").exists():
            pytest.exit("enough")
        assert orchestration.run(9) == "many"
    """


@pytest.fixture
def stopped(project: Project, outside: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose first run ended itself after one test that passed and one that failed."""
    monkeypatch.setattr(journal, "INTERVAL", 0)
    monkeypatch.setattr(journal, "SHARE", 0)
    project.write({"tests/test_orchestrator.py": ENOUGH})
    first = project.gate("-p", "no:cacheprovider")
    assert (first.code, first.report["verdict"]) == (2, "HOLD")
    (outside / "fixed").touch()
    return project


def resume(project: Project, *arguments: str) -> GateRun:
    return project.gate("-p", "no:cacheprovider", "--maturity-resume", *arguments)


def test_a_run_that_ended_itself_is_resumed(stopped: Project) -> None:
    ran = resume(stopped)
    outcomes = ran.component["outcomes"]
    assert ran.code == 0
    assert (outcomes["collected"], outcomes["passed"], outcomes["flaky"]) == (3, 3, 1)
    assert note(ran, "resumed").startswith("resumed: 1 test passed before")


def test_everything_runs_where_a_journal_cannot_be_read(stopped: Project, outside: Path) -> None:
    """Another process's journal may be whole, but failures may have been in this one."""
    (path,) = outside.glob("cache/pytest-maturity/runs/*/*/main.json")
    path.write_text(path.read_text()[:-20])
    assert "main.json" in note(resume(stopped), "not resumed, everything ran: ")
    assert note(resume(stopped), "not resumed").endswith("no such run was killed")


def test_an_interrupted_run_writes_its_journal_once_more(
    project: Project, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"tests/test_orchestrator.py": ENOUGH})
    assert project.gate("-p", "no:cacheprovider").code == 2
    (outside / "fixed").touch()
    ran = resume(project)
    assert (ran.component["outcomes"]["passed"], ran.component["outcomes"]["flaky"]) == (3, 1)


def test_a_changed_file_is_named_and_the_journals_are_removed(stopped: Project, outside: Path) -> None:
    stopped.write({"src/billing/__init__.py": "def price() -> int:\n    return 3\n"})
    assert note(resume(stopped), "not resumed").endswith(": different inputs: src/billing/__init__.py")
    assert not list(outside.glob("cache/pytest-maturity/runs/*/*"))


def test_a_run_that_ends_removes_the_journals_of_its_command_line(stopped: Project, outside: Path) -> None:
    stopped.gate("-p", "no:cacheprovider")
    assert not list(outside.glob("cache/pytest-maturity/runs/*/*"))


@pytest.mark.parametrize(("owner", "broken"), [(journal, "read_files"), (PartialEvidence, "write")])
def test_without_a_journal_the_run_goes_on(
    project: Project, outside: Path, monkeypatch: pytest.MonkeyPatch, owner: object, broken: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(journal, "INTERVAL", 0)
    monkeypatch.setattr(owner, broken, refuse)
    assert project.gate().code == 0
    assert not list(outside.glob("cache/pytest-maturity/runs/*/*"))


def test_no_journal_is_written_into_the_repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.path / "cache"))
    monkeypatch.setattr(journal, "INTERVAL", 0)
    expected = "not resumed, everything ran: the user's cache directory lies in the repository"
    assert note(resume(project), "not resumed") == expected
    assert not (project.path / "cache").exists()


def test_journals_are_written_every_few_seconds_and_never_for_long(
    project: Project, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock advances by a second whenever it is read: the first test ends within the interval."""
    seconds = iter(range(10_000))
    written: list[float] = []
    monkeypatch.setattr(journal, "REAL", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    write = PartialEvidence.write

    def counted(shard: PartialEvidence, path: Path) -> None:
        written.append(1)
        write(shard, path)

    monkeypatch.setattr(PartialEvidence, "write", counted)
    tests = "".join(f"def test_{number}():\n    pass\n" for number in range(30))
    project.write({"tests/test_orchestrator.py": f"import orchestration\n{tests}"})
    assert project.gate().code == 0
    assert 1 <= len(written) <= 2  # the first took one second of this clock: the next is due after a hundred


WIDER = """
    import os
    from pathlib import Path
    import pytest

    @pytest.fixture(scope="session")
    def constant():
        return 1

    @pytest.fixture(scope="session")
    def server():
        yield []

    @pytest.fixture(scope="session")
    def watched(server):
        yield server
        assert server == []

    def ran(name):
        with Path(os.environ["OUTSIDE"], "ran.txt").open("a") as file:
            file.write(name + "\\n")
    """


@pytest.mark.processes
def test_a_test_whose_fixture_was_not_torn_down_runs_again(project: Project, outside: Path) -> None:
    """The leak of the first test is found at the end of the session."""
    project.write({"conftest.py": WIDER, "tests/test_orchestrator_a.py": """
        from conftest import ran

        def test_leaks(watched):
            ran("leaks")
            watched.append("a connection")

        def test_plain(constant):
            ran("plain")
        """, "tests/test_orchestrator_b.py": """
        import os, pytest
        from pathlib import Path
        from conftest import ran

        def test_stops():
            path = Path(os.environ["OUTSIDE"], "known")
            if not path.exists():
                path.touch()
                os.kill(os.getpid(), 9)
        """})  # fmt: skip
    project.policy(POLICY, 'pythonpath = ["src", "."]')
    (project.path / "conftest.py").write_text(
        (project.path / "conftest.py").read_text()
        + "\nimport pytest_maturity.plugin.sharding.journal as journal\njournal.INTERVAL = journal.SHARE = 0\n"
    )
    assert run(project).code == -9
    assert ran_tests(outside) == ["leaks", "plain"]
    resumed = run(project, "--maturity-resume")
    assert ran_tests(outside) == ["leaks", "plain"]
    assert resumed.code == 1
    assert note(resumed, "3 tests of session ran again: it had not been torn down")


HELD = {
    "a failure with a fixture that was open": ("""
        @pytest.fixture(scope="module")
        def open_(): yield

        def test_one(open_): assert not first("fails")
        """, "flaky_rate = 0", 1),
    "an exception in a thread": ("""
        def test_one():
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """, "unhandled = 0", 1),
    "a warning": ("""
        def test_one():
            import orchestration.engine as engine
            import warnings
            warnings.warn_explicit("old", UserWarning, engine.__file__, 2)
        """, "warnings = 0", 1),
    "a slow test": ("""
        def test_one(): time.sleep(0.6)
        """, "duration = 0.5", 1),
    "a child that goes on as pytest": ("""
        def test_one():
            if os.fork() == 0:
                time.sleep(0.5)
                return
            assert False

        def test_two():
            if os.fork() == 0:
                os._exit(0)
            time.sleep(1)
        """, "", 1),
    "a test that needs another": ("""
        STATE = []
        def test_one(): STATE.append(1)
        def test_two():
            kill()
            if not STATE:
                pytest.skip("alone")
            assert False
        """, "", 1),
    "parameters that are numbered": ("""
        class Case:
            def __init__(self, good): self.good = good
        CASES = [Case(True), Case(False)]
        @pytest.mark.parametrize("case", CASES if first("order") else CASES[::-1])
        def test_one(case): assert case.good
        """, "", 1),
}  # fmt: skip


@pytest.mark.processes
@pytest.mark.parametrize(("body", "requirement", "code"), HELD.values(), ids=HELD)
def test_what_a_whole_run_would_hold_is_held_after_a_kill(
    project: Project, outside: Path, body: str, requirement: str, code: int
) -> None:
    head = "import os, threading, time\nimport pytest\nfrom conftest import OUTSIDE, first\n"
    kill = "def kill():\n    if first('kill'):\n        os.kill(os.getpid(), 9)\n"
    project.policy(TESTS_ONLY.replace("pass_rate = 100", f"pass_rate = 100\n    {requirement}"), OPTIONS)
    project.write({"conftest.py": CONFTEST})
    (project.path / "tests/test_orchestrator_a.py").write_text(head + kill + dedent(body))
    project.write({"tests/test_orchestrator_b.py": "from test_orchestrator_a import kill\ndef test_end(): kill()\n"})
    project.policy(TESTS_ONLY.replace("pass_rate = 100", f"pass_rate = 100\n    {requirement}"),
                   'pythonpath = [".", "src", "tests"]')  # fmt: skip
    assert run(project, "--maturity-retries=0").code == -9
    resumed = run(project, "--maturity-resume", "--maturity-retries=0")
    assert note(resumed, "resumed")
    assert resumed.code == code
