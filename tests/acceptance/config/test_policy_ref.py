"""The policy of a git ref is enforced, and what the working tree loosened is listed: in real repositories."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from pytest_maturity.config import schema
from pytest_maturity.plugin import supervisor, xdist
from tests.acceptance.project import GateRun, Project

STRICT = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    target = "silver"
    [tool.maturity.stages.bronze]
    pass_rate = 100
    [tool.maturity.stages.silver]
    skipped_rate = 0
"""
LOOSE = STRICT.replace("pass_rate = 100", "pass_rate = 50").replace("skipped_rate = 0", "skipped_rate = 60")
HALF_SKIPPED = """
    import pytest

    def test_few(): pass

    @pytest.mark.skip(reason="later")
    def test_many(): pass
"""
T = "pyproject.toml: tool.maturity"
WORKER = ("-n1",)
WORKERS = pytest.mark.parametrize(
    "flags", [pytest.param((), id="here"), pytest.param(("-n2",), id="workers", marks=pytest.mark.workers)]
)


def git(path: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(("git", *identity, *arguments), cwd=path, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(path: Path) -> str:
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(path, "rev-parse", "HEAD")


@pytest.fixture
def repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project in a repository whose branch main has the strict policy; another branch is checked out."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.path.parent))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(project.path, "init", "--quiet", "--initial-branch=main")
    project.write({".gitignore": "__pycache__/\n.maturity/\n.pytest_cache/\n"})
    project.policy(STRICT)
    commit(project.path)
    git(project.path, "switch", "--quiet", "--create", "change")
    return project


def judged(project: Project, *arguments: str, ref: str = "main") -> GateRun:
    return project.gate(f"--maturity-policy-ref={ref}", *arguments, subprocess="-n2" in arguments or "-n1" in arguments)


def messages(ran: GateRun) -> list[str]:
    return [change["message"] for change in ran.report["policy"]["loosened"]]


def refused(project: Project, *arguments: str, ref: str = "main") -> list[str]:
    """Returns the problems of a run that must end as wrong usage and leave no verdict."""
    ran = judged(project, *arguments, ref=ref)
    assert (ran.code, ran.report.get("verdict", "INCOMPLETE")) == (4, "INCOMPLETE")
    assert "INTERNALERROR" not in ran.result.stdout.str() + ran.result.stderr.str()
    return [line.removeprefix("ERROR: ") for line in ran.result.errlines if line]


# ── what is enforced, and what the working tree loosened ─────────────────────


@WORKERS
def test_a_change_is_judged_by_the_policy_that_it_loosens(repository: Project, flags: tuple[str, ...]) -> None:
    repository.policy(LOOSE)
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    assert repository.gate().code == 0
    ran = judged(repository, *flags)
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0"
    assert ran.gate("skipped_rate")["stages"]["silver"]["source"] == f"main:{T}.stages.silver.skipped_rate"
    loosened = [
        f"pass_rate of orchestration at bronze, silver: 50 instead of 100 "
        f"({T}.stages.bronze.pass_rate; main:{T}.stages.bronze.pass_rate)",
        f"skipped_rate of orchestration at silver: 60 instead of 0 "
        f"({T}.stages.silver.skipped_rate; main:{T}.stages.silver.skipped_rate)",
    ]
    assert messages(ran) == loosened
    assert ran.report["policy"] == {
        "ref": "main",
        "commit": git(repository.path, "rev-parse", "main"),
        "digest": ran.report["policy"]["digest"],
        "loosened": ran.report["policy"]["loosened"],
    }
    assert ran.report["policy"]["loosened"][1] == {
        "setting": "skipped_rate",
        "components": ["orchestration"],
        "stages": ["silver"],
        "new": "60",
        "old": "0",
        "new_source": f"{T}.stages.silver.skipped_rate",
        "old_source": f"main:{T}.stages.silver.skipped_rate",
        "message": loosened[1],
    }
    jsonschema.Draft7Validator(schema.load_schema("report")).validate(ran.report)
    shown = " ".join(ran.result.stdout.str().split())
    assert f"commit {git(repository.path, 'rev-parse', 'main')[:12]}, is enforced; the working tree loosened:" in shown
    assert all(sentence in shown for sentence in loosened)


def test_loosening_alone_holds_nothing(repository: Project) -> None:
    repository.policy(LOOSE)
    ran = judged(repository)
    assert ran.last_line == "PROMOTE  orchestration is ready for silver"
    assert (ran.code, len(ran.report["policy"]["loosened"])) == (0, 2)


@pytest.mark.parametrize(
    ("filters", "options", "change"),
    [
        (["error"], "", "nothing instead of error"),
        (["error", "ignore:old"], "", "error, ignore:old instead of error"),
        (["error"], "-W ignore::UserWarning", "error, ignore::UserWarning instead of error"),
        (["error", "error::UserWarning"], "", ""),
    ],
)
def test_other_filters_of_warnings_are_listed(
    repository: Project, filters: list[str], options: str, change: str
) -> None:
    base = 'pythonpath = ["src"]\n'
    repository.policy(STRICT, base + 'filterwarnings = ["error"]')
    git(repository.path, "switch", "--quiet", "main")
    commit(repository.path)
    kept = filters if change != "nothing instead of error" else []
    repository.policy(STRICT, f'{base}filterwarnings = {kept}\naddopts = "{options}"')
    expected = [f"filterwarnings: {change} (working tree; main)"] if change else []
    assert messages(judged(repository)) == expected


def test_without_a_ref_the_report_says_so(repository: Project) -> None:
    report = repository.gate().report
    assert report["policy"] == {
        "ref": None, "commit": None, "digest": report["policy"]["digest"], "loosened": []
    }  # fmt: skip


def test_the_digest_is_that_of_the_policy_that_was_enforced(repository: Project) -> None:
    on_main = repository.gate().report["policy"]["digest"]
    repository.policy(LOOSE)
    own = repository.gate().report["policy"]["digest"]
    report = judged(repository).report
    assert (report["policy"]["digest"] == on_main, report["policy"]["digest"] == own) == (True, False)
    for option in ("--maturity-retries=0", "--maturity-target=bronze"):
        other = judged(repository, option).report
        assert other["policy"]["digest"] == on_main
        assert other["run"]["policy_digest"] != report["run"]["policy_digest"]


def test_a_stricter_tree_is_neither_enforced_nor_listed(repository: Project) -> None:
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    repository.policy(LOOSE)
    commit(repository.path)
    repository.policy(STRICT)
    ran = judged(repository, ref="HEAD")
    assert (ran.code, ran.report["policy"]["loosened"]) == (0, [])
    assert "is enforced\n" in ran.result.stdout.str()


@pytest.mark.parametrize(
    "flags", [pytest.param((), id="here"), pytest.param(WORKER, id="worker", marks=pytest.mark.workers)]
)
def test_retries_and_tests_are_those_of_the_ref_in_every_process(repository: Project, flags: tuple[str, ...]) -> None:
    own = """
    [tool.maturity.components.orchestration]
    tests = ["tests/{}"]
    retry = {{ max_retries = {}, base_delay = 0 }}
"""
    flaky = "def test_a(maturity_attempt):\n    if maturity_attempt < 2:\n        raise ConnectionError\n"
    repository.write({"tests/one.py": flaky, "tests/other.py": "def test_a(): pass\n"})
    files = 'pythonpath = ["src"]\npython_files = ["*.py"]'
    repository.policy(STRICT + own.format("one.py", 0), files)
    git(repository.path, "switch", "--quiet", "main")
    commit(repository.path)
    repository.policy(STRICT + own.format("other.py", 5), files)
    assert repository.gate().code == 0
    ran = judged(repository, *flags)
    assert (ran.code, ran.component["outcomes"]["failed"]) == (1, 1)
    assert [one["path"] for one in ran.component["tests"]] == ["tests/one.py"]
    assert messages(ran) == [
        f"components.orchestration.tests: tests/other.py instead of tests/one.py ({T}; main:{T})",
        f"max_retries of orchestration at bronze, silver: 5 instead of 0 ({T}; main:{T})",
    ]


@pytest.mark.workers
def test_workers_do_not_run_git(repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, log = shutil.which("git"), tmp_path / "log"
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(log))}\nexec {shlex.quote(str(real))} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    assert judged(repository, "-n2").code == 0
    assert len([line for line in log.read_text().splitlines() if "rev-parse --verify" in line]) == 1


def test_what_a_worker_received_is_taken_once() -> None:
    vars(sys)[supervisor.WORKER] = {"ref": "main"}
    assert [xdist.pop_early_input(), xdist.pop_early_input()] == [{"ref": "main"}, None]


def test_a_gate_of_the_ref_is_run_as_the_ref_says(repository: Project) -> None:
    own = '\n    [tool.maturity.gates.cost]\n    command = ["{}", "-c", "print({})"]\n    pattern = "([0-9]+)"\n'
    cost = STRICT.replace("pass_rate = 100", "pass_rate = 100\n    cost = 5")
    git(repository.path, "switch", "--quiet", "main")
    repository.policy(cost + own.format(sys.executable, 9))
    commit(repository.path)
    repository.policy(cost + own.format(sys.executable, 1))
    assert repository.gate().code == 0
    ran = judged(repository)
    assert ran.last_line == "HOLD  orchestration is not ready for silver: cost 9 > 5"
    (changed,) = messages(ran)
    assert changed.startswith(f"gates.cost.command: {sys.executable}, -c, print(1) instead of ")


def test_a_policy_may_move_from_yaml_to_toml(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy("")
    repository.write({
        "maturity.yaml": "ladder: [bronze, silver]\ntarget: silver\n"
        "stages: {bronze: {pass_rate: 100}, silver: {skipped_rate: 0}}\n"
    })  # fmt: skip
    commit(repository.path)
    (repository.path / "maturity.yaml").unlink()
    repository.policy(STRICT)
    ran = judged(repository)
    assert (ran.code, ran.report["policy"]["loosened"]) == (0, [])
    assert ran.gate("skipped_rate")["stages"]["silver"]["source"] == (
        "main:maturity.yaml: maturity.stages.silver.skipped_rate"
    )


def test_the_named_file_is_read_in_the_ref(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.write({":(top)strict.yaml": "ladder: [one]\nstages:\n  one: {pass_rate: 100, skipped_rate: 0}\n"})
    commit(repository.path)
    repository.write({":(top)strict.yaml": "ladder: [one]\nstages:\n  one: {pass_rate: 100}\n"})
    ran = judged(repository, "--maturity-config", ":(top)strict.yaml")
    source = ran.gate("skipped_rate")["stages"]["one"]["source"]
    assert source == "main::(top)strict.yaml: maturity.stages.one.skipped_rate"
    assert messages(ran) == [
        f"skipped_rate of orchestration at one: dropped instead of 0 (:(top)strict.yaml: maturity; {source})"
    ]


def test_a_named_file_that_the_ref_lacks_does_not_replace_its_policy(repository: Project) -> None:
    repository.write({"lax.yaml": "ladder: [bronze, silver]\nstages: {bronze: {lint: 99}, silver: {pass_rate: 1}}\n"})
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    ran = judged(repository, "--maturity-config=lax.yaml")
    assert ran.last_line == "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0"
    assert ran.report["notes"] == [f"there is no main:lax.yaml: main:{T} is enforced"]


def test_a_ref_without_a_policy_enforces_the_defaults(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy("")
    commit(repository.path)
    repository.policy("[tool.maturity]\nstages.dev = { coverage = 0, pass_rate = 1 }")
    ran = judged(repository)
    at_dev = ran.gate("coverage")["stages"]["dev"]
    assert (at_dev["required"], at_dev["source"]) == (50, "default.dev.coverage")
    assert ran.report["notes"] == ["main has no policy: the defaults are enforced"]
    assert "note: main has no policy: the defaults are enforced" in ran.result.stdout.str()
    assert len(ran.report["policy"]["loosened"]) == 2


def addopts(*options: str) -> str:
    """Returns pytest's settings of the project with these options."""
    return f'pythonpath = ["src"]\naddopts = {json.dumps(list(options))}'


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--maturity-target=bronze"], "--maturity-target=bronze differs from main, which has no --maturity-target"),
        (["--maturity-config", "easy.toml"], "--maturity-config=easy.toml differs from main"),
        (["--maturity-report=x.json"], "--maturity-report=x.json differs from main"),
        (["--maturity-component=billing"], "--maturity-component=billing differs from main"),
        (["-p", "no:junitxml"], "-p no:junitxml differs from main, which has no -p"),
        (["-c", "easy.ini"], "-c easy.ini differs from main, which has no -c"),
        (["@easy.txt"], "@easy.txt reads options from a file: write them out"),
    ],
)
def test_options_that_a_change_adds_to_addopts_are_refused(repository: Project, options: list[str], named: str) -> None:
    repository.write({
        "easy.toml": LOOSE, "easy.ini": "[pytest]\n", "easy.txt": "--maturity-target=bronze\n", "src/easy.py": "",
    })  # fmt: skip
    commit(repository.path)
    repository.policy(STRICT, addopts(*options))
    (problem,) = refused(repository)
    assert problem.startswith(f"addopts: {named}")


@pytest.mark.parametrize("name", ["pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"])
def test_a_file_that_takes_over_or_is_overruled_is_compared_as_pytest_reads_it(repository: Project, name: str) -> None:
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    repository.write({name: f"[{section}]\npythonpath = src\naddopts = --maturity-target=bronze\n"})
    ran = judged(repository)
    if name.endswith("pytest.ini"):
        assert ran.code == 4
        assert "--maturity-target=bronze differs from main" in ran.errors[0]
    else:  # pyproject.toml comes first
        assert ran.code == 0
        assert ran.report["target"] == "silver"


def test_options_that_a_change_removes_from_addopts_are_refused(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy(STRICT, addopts("--maturity-config=strict.toml", "-p", "no:cacheprovider"))
    repository.write({"strict.toml": STRICT})
    commit(repository.path)
    assert judged(repository).code == 0
    repository.policy(STRICT, addopts("-p", "no:cacheprovider"))
    ran = judged(repository)
    assert ran.code == 4
    assert "no --maturity-config differs from main, which has --maturity-config=strict.toml" in ran.errors[0]


def test_what_the_command_line_says_wins_over_addopts(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.policy(STRICT, addopts("--maturity-target=bronze"))
    assert judged(repository, "--maturity-target=silver").report["target"] == "silver"
    assert judged(repository, "-o", "addopts=").report["target"] == "silver"
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maturity-target=silver")
    assert judged(repository).report["target"] == "silver"
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maturity-target=bronze")
    repository.policy(STRICT)
    assert judged(repository).report["target"] == "bronze"


@pytest.mark.parametrize("option", ["--maturity-explain", "--maturity-evidence=x.json", "--maturity-merge=x.json"])
def test_a_run_without_tests_or_verdict_cannot_be_asked_for_in_addopts(project: Project, option: str) -> None:
    project.policy(STRICT, addopts(option))
    ran = project.gate()
    assert (ran.code, ran.errors) == (
        4, [f"ERROR: addopts: {option}: give it on the command line, where it is wanted"],
    )  # fmt: skip
    assert project.gate(option).code == (4 if "merge" in option else 0)  # there is nothing to merge


def test_a_file_of_settings_that_the_command_line_names_is_compared_with_the_refs(
    repository: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "[pytest]\npythonpath = src\naddopts = -p no:junitxml\n"
    repository.write({"ci.ini": text})
    assert "-p no:junitxml differs from main, which has no -p" in refused(repository, "-c", "ci.ini")[0]
    git(repository.path, "switch", "--quiet", "main")
    commit(repository.path)
    assert refused_for_addopts(repository, "-c", "ci.ini") == []
    own = tmp_path_factory.mktemp("ci") / "ci.ini"
    own.write_text(text)
    assert refused_for_addopts(repository, "-c", str(own), f"--rootdir={repository.path}") == []


def refused_for_addopts(project: Project, *arguments: str) -> list[str]:
    return [line for line in judged(project, *arguments).errors if "addopts" in line]


def test_other_options_in_addopts_and_stricter_ones_may_change(repository: Project) -> None:
    repository.policy(STRICT, addopts("-ra", "--strict-markers", "--maturity-no-cache", "--durations=3"))
    assert judged(repository, *WORKER).code == 0


def test_settings_that_move_pytests_root_are_refused(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    part = repository.path / "packages/part"
    repository.write({"packages/part/tests/test_part.py": "def test_part(): pass\n", "packages/part/src/part.py": ""})
    git(repository.path, "switch", "--quiet", "main")
    commit(repository.path)
    monkeypatch.chdir(part)
    repository.write({"packages/part/pytest.ini": "[pytest]\n"})
    ran = GateRun(repository.run("--maturity-component", "part", "--maturity-policy-ref=main", subprocess=True))
    assert ran.code == 4
    assert f"root for pytest is {part}, that of main is {repository.path}" in ran.errors[0]


def test_explain_shows_the_policy_of_the_ref_and_what_is_loosened(repository: Project) -> None:
    repository.policy(LOOSE)
    result = judged(repository, "--maturity-explain").result
    result.stdout.fnmatch_lines([
        f"    pass_rate >= 100  (main:{T}.stages.bronze.pass_rate)",
        "  the policy of main, commit *, is enforced; the working tree*",
        "    pass_rate of orchestration at bronze, silver: 50 instead of 100*",
        f"  policy: main:{T}; report: *",
    ])  # fmt: skip


# ── where the repository is ──────────────────────────────────────────────────


@WORKERS
def test_the_root_may_lie_below_the_top_of_the_repository(
    project: Project, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    top = project.path
    git(top, "init", "--quiet", "--initial-branch=main")
    project.path = top / "services/api"
    project.path.mkdir(parents=True)
    for name in ("src", "tests"):
        shutil.move(top / name, project.path / name)
    (top / "pyproject.toml").write_text("[tool.maturity]\nnonsense = 1\n")
    project.policy(STRICT)
    project.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    commit(top)
    project.policy(LOOSE)
    monkeypatch.chdir(project.path)
    ran = judged(project, *flags)
    assert ran.last_line == "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0"
    source = f"main:services/api/{T}.stages.silver.skipped_rate"
    assert ran.gate("skipped_rate")["stages"]["silver"]["source"] == source
    assert len(ran.report["policy"]["loosened"]) == 2


def test_a_policy_outside_the_root_may_lie_in_the_repository(
    repository: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = repository.path
    git(top, "switch", "--quiet", "main")
    inner = top / "api"
    shutil.copytree(top / "src", inner / "src")
    shutil.copytree(top / "tests", inner / "tests")
    (inner / "pytest.ini").write_text("[pytest]\npythonpath = src\nasyncio_default_fixture_loop_scope = function\n")
    (top / "shared.toml").write_text("[tool.maturity]\nladder = ['one']\nstages.one.pass_rate = 100\n")
    commit(top)
    repository.path = inner
    monkeypatch.chdir(inner)
    ran = judged(repository, "--maturity-config=../shared.toml")
    assert ran.code == 0, ran.result.stderr.str()
    assert ran.gate("pass_rate")["stages"]["one"]["source"] == "main:shared.toml: tool.maturity.stages.one.pass_rate"
    outside = top.parent / "outside.toml"
    outside.write_text("[tool.maturity]\n")
    shutil.rmtree(inner / ".maturity")
    assert refused(repository, f"--maturity-config={outside}") == [
        "--maturity-policy-ref: ../outside.toml is not in the git repository"
    ]


def test_a_symbolic_link_in_the_repository_is_followed(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy("")
    repository.write({"shared/policy.yaml": "ladder: [one]\nstages: {one: {pass_rate: 100}}\n"})
    (repository.path / "maturity.yaml").symlink_to("shared/policy.yaml")
    commit(repository.path)
    ran = judged(repository)
    assert ran.gate("pass_rate")["stages"]["one"]["source"] == "main:maturity.yaml: maturity.stages.one.pass_rate"
    (repository.path / "maturity.yaml").unlink()
    (repository.path / "maturity.yaml").symlink_to("/etc/passwd")
    commit(repository.path)
    (repository.path / "maturity.yaml").unlink()
    shutil.rmtree(repository.path / ".maturity")
    assert refused(repository) == ["main:maturity.yaml: is a symbolic link that leads out of the repository"]


def test_a_hook_of_another_repository_does_not_change_the_policy(
    repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    (other / "pyproject.toml").write_text("[tool.maturity]\nladder = ['wrong']\nstages.wrong.spec = 0\n")
    commit(other)
    here = git(repository.path, "rev-parse", "main")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    report = judged(repository).report
    assert (report["ladder"], report["policy"]["commit"], report["run"]["commit"]) == (["bronze", "silver"], here, here)


def test_a_commit_hook_can_hold_the_commit(repository: Project) -> None:
    command = [sys.executable, "-m", "pytest", *repository.plugin_options(), "-q"]
    command += ["--maturity-component=orchestration", "--maturity-policy-ref=main"]
    hook = repository.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {shlex.join(command)} >&2\n")
    hook.chmod(0o755)
    repository.policy(LOOSE)
    commit(repository.path)
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    with pytest.raises(subprocess.CalledProcessError) as caught:
        commit(repository.path)
    assert "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0" in caught.value.stderr


def test_an_object_of_git_replace_is_not_the_policy(repository: Project) -> None:
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    repository.policy(LOOSE)
    loose = commit(repository.path)
    git(repository.path, "replace", git(repository.path, "rev-parse", "main"), loose)
    assert judged(repository).code == 1


# ── wrong usage ──────────────────────────────────────────────────────────────


def test_outside_a_repository_there_is_no_ref(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.path.parent))
    (problem,) = refused(project)
    assert problem == (
        f"--maturity-policy-ref: {project.path} is in no git repository that can be read: git exited with 128: "
        "fatal: not a git repository (or any of the parent directories): .git"
    )


def test_without_git_there_is_no_ref(repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = refused(repository)
    assert problem.endswith("is in no git repository that can be read: git is not installed")


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("mian", "git knows no commit 'mian': git exited with 128: fatal: Needed a single revision; "
         "type git fetch origin mian:refs/remotes/origin/mian, then --maturity-policy-ref origin/mian"),
        ("origin/main", "type git fetch origin main:refs/remotes/origin/main"),
        ("0" * 39 + "1", "type git fetch origin " + "0" * 39 + "1"),
        ("main~99", "type git fetch origin"),
        ("--output=stolen", "'--output=stolen' cannot be a git ref"),
        ("main:pyproject.toml", "'main:pyproject.toml' cannot be a git ref"),
        ("main\n--all", "'main\\\\n--all' cannot be a git ref"),
    ],
)  # fmt: skip
def test_a_ref_that_git_does_not_know_is_refused_with_the_remedy(repository: Project, ref: str, words: str) -> None:
    before = sorted(repository.path.iterdir())
    (problem,) = refused(repository, ref=ref)
    assert words in problem
    assert problem.startswith("--maturity-policy-ref: ")
    assert sorted(repository.path.iterdir()) == before


def test_an_ambiguous_ref_is_refused(repository: Project) -> None:
    git(repository.path, "tag", "main")
    assert refused(repository) == ["--maturity-policy-ref: 'main' is ambiguous: write it in full, like refs/heads/main"]
    assert judged(repository, ref="refs/heads/main").code == 0


def test_in_a_shallow_clone_the_message_has_the_command(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.policy(LOOSE)
    repository.write({"tests/test_orchestrator.py": HALF_SKIPPED})
    commit(repository.path)
    origin = repository.path
    repository.path = origin.parent / "clone"
    git(origin, "clone", "--quiet", "--depth=1", "--branch=change", f"file://{origin}", str(repository.path))
    monkeypatch.chdir(repository.path)
    (problem,) = refused(repository, ref="origin/main")
    type_ = "git fetch origin main:refs/remotes/origin/main --depth=1"
    assert problem.endswith(f"; this clone is shallow: type {type_}")
    git(repository.path, *shlex.split(type_)[1:])
    (problem,) = refused(repository, ref="main")
    assert problem.endswith("; did you mean 'origin/main'?")
    ran = judged(repository, ref="origin/main")
    assert ran.last_line == "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0"
    assert len(ran.report["policy"]["loosened"]) == 2


def test_mistakes_in_both_policies_are_reported_together(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy("[tool.maturity]\ntaget = 'dev'\nstages.dev.coverage = -1\n")
    commit(repository.path)
    repository.policy("[tool.maturity]\nladdr = ['dev']\n")
    assert refused(repository) == [
        f"{T}.laddr: unknown key (did you mean 'ladder'?)",
        f"main:{T}.taget: unknown key (did you mean 'target'?)",
        f"main:{T}.stages.dev.coverage: must be at least 0, not -1",
    ]


def test_a_mistake_of_the_working_tree_and_an_unknown_ref_are_reported_together(repository: Project) -> None:
    repository.policy("[tool.maturity]\nladdr = ['dev']\n")
    first, second = refused(repository, ref="mian")
    assert first == f"{T}.laddr: unknown key (did you mean 'ladder'?)"
    assert second.startswith("--maturity-policy-ref: git knows no commit 'mian'")


def test_unknown_gates_in_both_policies_are_reported_together(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.policy(STRICT.replace("skipped_rate", "skiped_rate"))
    commit(repository.path)
    repository.policy(STRICT.replace("pass_rate = 100", "pas_rate = 100"))
    ref, tree = refused(repository)
    assert ref.startswith(f"main:{T}.stages.silver.skiped_rate: there is no gate 'skiped_rate'")
    assert tree.startswith(f"{T}.stages.bronze.pas_rate: there is no gate 'pas_rate'")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.maturity", "main:pyproject.toml: is not valid TOML: "),
        ("# " + "x" * 600_000, "main:pyproject.toml: is larger than 512 KiB"),
        ("[tool]\nmaturity = 5\n", "main:pyproject.toml: tool.maturity must be a table"),
    ],
    ids=["no TOML", "large", "no table"],
)
def test_a_file_of_the_ref_that_cannot_be_read_is_refused(repository: Project, text: str, problem: str) -> None:
    git(repository.path, "switch", "--quiet", "main")
    (repository.path / "pyproject.toml").write_text(text)
    commit(repository.path)
    repository.policy(STRICT)
    (found,) = refused(repository)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("main:pyproject.toml", "main:pyproject.toml: is not a file that git can read"),
        ("main^{tree}", "--maturity-policy-ref: git exited with 128: fatal: "),
    ],
)
def test_a_repository_that_lost_the_policy_does_not_fall_back_to_the_defaults(
    repository: Project, lost: str, words: str
) -> None:
    repository.policy(LOOSE)
    commit(repository.path)
    name = git(repository.path, "rev-parse", lost)
    (repository.path / ".git/objects" / name[:2] / name[2:]).unlink()
    (problem,) = refused(repository)
    assert problem.startswith(words)


def test_two_policies_in_the_ref_are_refused(repository: Project) -> None:
    git(repository.path, "switch", "--quiet", "main")
    repository.write({"maturity.yml": "target: dev\n"})
    commit(repository.path)
    (repository.path / "maturity.yml").unlink()
    assert refused(repository) == [
        "both main:pyproject.toml and main:maturity.yml configure maturity: keep one of them"
    ]


def test_a_stage_that_only_the_tree_has_is_no_target(repository: Project) -> None:
    repository.policy(STRICT.replace("silver", "gold"))
    assert refused(repository, "--maturity-target=gold") == [
        "--maturity-target: 'gold' is not a stage of the ladder bronze, silver (by the policy of main)"
    ]


def test_tests_that_the_change_moved_are_missed(repository: Project) -> None:
    own = "\n    [tool.maturity.components.orchestration]\n    tests = ['tests/{}.py']\n"
    git(repository.path, "switch", "--quiet", "main")
    repository.policy(STRICT + own.format("test_orchestrator"))
    commit(repository.path)
    shutil.move(repository.path / "tests/test_orchestrator.py", repository.path / "tests/test_moved.py")
    repository.policy(STRICT + own.format("test_moved"))
    assert repository.gate().code == 0
    shutil.rmtree(repository.path / ".maturity")
    assert refused(repository) == [
        "component 'orchestration': its test path tests/test_orchestrator.py does not exist "
        "(did you mean 'tests/test_moved.py'?) (by the policy of main)"
    ]


def test_paths_of_the_working_tree_that_do_not_exist_are_its_mistake(repository: Project) -> None:
    repository.policy(STRICT + "\n    [tool.maturity.components.billing]\n    sources = ['src/gone']\n")
    (problem,) = refused(repository)
    assert problem == f"{T}.components.billing: component 'billing': its source src/gone is not a path in the project"
    repository.policy(STRICT + "\n    [tool.maturity.components.billing]\n    tests = ['tests/gone.py']\n")
    assert refused(repository) == ["component 'billing': its test path tests/gone.py does not exist"]


def test_a_gate_that_the_change_removed_is_missed(repository: Project) -> None:
    gate = """
        from pytest_maturity import Gate, Measurement

        def pytest_maturity_gates(config):
            return [Gate("todos", lambda *_: Measurement(0), better="lower")]
        """
    git(repository.path, "switch", "--quiet", "main")
    repository.write({"conftest.py": gate})
    repository.policy(STRICT.replace("pass_rate = 100", "pass_rate = 100\n    todos = 0"))
    commit(repository.path)
    assert judged(repository).code == 0
    (repository.path / "conftest.py").unlink()
    repository.policy(STRICT)
    shutil.rmtree(repository.path / ".maturity")
    (problem,) = refused(repository)
    assert problem.startswith(f"main:{T}.stages.bronze.todos: there is no gate 'todos'")


def test_the_option_needs_a_component(repository: Project) -> None:
    result = repository.run("--maturity-policy-ref=")
    assert int(result.ret) == 4
    result.stderr.fnmatch_lines(["ERROR: --maturity-policy-ref: needs --maturity-component NAME (or all)"])


# ── a policy that requires nothing never promotes ────────────────────────────

HOOK = """
    from pytest_maturity import Gate, Measurement

    def pytest_maturity_gates(config):
        return [
            Gate("up", lambda *_: Measurement(1), better="higher"),
            Gate("share", lambda *_: Measurement(1), better="lower", unit="%"),
        ]
"""


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ("", 4),
        ("pass_rate = false", 4),
        ("pass_rate = 0", 4),
        ("pass_rate = 0\ncoverage = 0\nskipped_rate = 100\nflaky_rate = 100", 4),
        ("lint = 1000000000000000", 4),
        ('pass_rate = { min = 100, mode = "warn" }', 3),
        ('pass_rate = { min = 100, mode = "warn" }\nskipped_rate = { max = 0, mode = "warn" }', 3),
        ('pass_rate = 0\nskipped_rate = { max = 0, mode = "warn" }', 4),
        ("up = 0", 4),
        ("share = 100", 4),
        ('up = 0\npass_rate = { min = 100, mode = "warn" }', 4),
    ],
)
def test_a_vacuous_policy_never_promotes(repository: Project, stage: str, code: int) -> None:
    repository.write({"conftest.py": HOOK})
    repository.policy(f"[tool.maturity]\nladder = ['one']\n[tool.maturity.stages.one]\n{stage}\n")
    ran = repository.gate()
    assert ran.code == code
    assert "PROMOTE" not in ran.result.stdout.str() + json.dumps(ran.report)


@pytest.mark.parametrize(("stage", "code"), [("pass_rate = 0", 4), ('pass_rate = { min = 100, mode = "warn" }', 3)])
def test_a_vacuous_policy_of_a_ref_never_promotes(repository: Project, stage: str, code: int) -> None:
    repository.policy(f"[tool.maturity]\nladder = ['one']\nstages.one = {{ {stage} }}\n")
    commit(repository.path)
    repository.policy("[tool.maturity]\nladder = ['one']\nstages.one.pass_rate = 100\n")
    ran = judged(repository, ref="HEAD")
    assert ran.code == code
    assert "PROMOTE" not in ran.result.stdout.str() + json.dumps(ran.report)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("stages.bronze.pass_rate = 0", 4),
        ("stages.bronze = { pass_rate = false }", 4),
        ('stages.bronze.pass_rate.mode = "warn"\nstages.silver.skipped_rate = { max = 0, mode = "warn" }', 3),
    ],
)
def test_a_components_own_table_cannot_make_its_policy_vacuous(repository: Project, table: str, code: int) -> None:
    repository.policy(STRICT + "\n    [tool.maturity.components.orchestration]\n    " + table.replace("\n", "\n    "))
    ran = repository.gate()
    assert ran.code == code
    assert "PROMOTE" not in ran.result.stdout.str() + json.dumps(ran.report)
    assert repository.gate(component="billing").code == 0


# ── what a change takes away from a component ────────────────────────────────


def lost(ran: GateRun) -> list[str]:
    return [one["message"].removesuffix(" instead of judged (working tree; main)") for one in loosened(ran)]


def loosened(ran: GateRun) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ran.report["policy"]["loosened"]
    return found


@pytest.fixture
def tested(repository: Project) -> Project:
    """The repository with more tests and sources of the component in the branch main, and a change checked out."""
    git(repository.path, "switch", "--quiet", "main")
    repository.write({
        "tests/test_orchestration_hard.py": "def test_hard(): pass\n",
        "src/orchestration/refunds.py": "A = 1\n",
    })  # fmt: skip
    commit(repository.path)
    git(repository.path, "switch", "--quiet", "--create", "another")
    assert lost(judged(repository)) == []
    return repository


def test_a_deleted_test_is_listed(tested: Project) -> None:
    (tested.path / "tests/test_orchestration_hard.py").unlink()
    ran = judged(tested)
    assert (ran.code, lost(ran)) == (0, ["tests/test_orchestration_hard.py of orchestration: does not exist"])
    assert any(
        "tests/test_orchestration_hard.py of orchestration: does not exist" in line for line in ran.result.outlines
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".pytest.ini", "[pytest]\npythonpath = src\npython_files = test_orchestrator.py test_billing.py\n"),
        ("pytest.ini", "[pytest]\npythonpath = src\nnorecursedirs = tests/deep\n"),
        ("pytest.ini", "[pytest]\npythonpath = src\ntestpaths = tests/easy\n"),
    ],
)
def test_a_test_that_settings_of_pytest_take_is_listed(tested: Project, name: str, text: str) -> None:
    git(tested.path, "switch", "--quiet", "main")
    (tested.path / "tests/deep").mkdir()
    (tested.path / "tests/test_orchestration_hard.py").rename(tested.path / "tests/deep/test_orchestration_hard.py")
    tested.write({"tests/easy/test_orchestration_easy.py": "def test_easy(): pass\n"})
    commit(tested.path)
    git(tested.path, "switch", "--quiet", "--create", "hiding")
    tested.write({name: text})
    assert "tests/deep/test_orchestration_hard.py" in lost(judged(tested))[0]


def test_a_test_that_a_new_namesake_takes_is_listed(tested: Project) -> None:
    tested.write({"src/orchestration_hard/__init__.py": "A = 1\n"})
    assert lost(judged(tested)) == ["tests/test_orchestration_hard.py of orchestration: not among its tests"]


def test_a_test_that_a_marker_takes_is_listed(tested: Project) -> None:
    tested.write({
        "tests/test_orchestration_hard.py": """
            import pytest

            pytestmark = pytest.mark.maturity_component("billing")

            def test_hard(): pass
            """
    })  # fmt: skip
    assert lost(judged(tested)) == ["tests/test_orchestration_hard.py of orchestration: marked for billing"]


def test_a_test_that_a_marker_makes_one_of_another_kind_is_listed(tested: Project) -> None:
    git(tested.path, "switch", "--quiet", "main")
    settings = 'pythonpath = ["src"]\nmarkers = ["database"]'
    tested.policy(STRICT + '    [tool.maturity.kinds]\n    e2e.markers = ["database"]\n', settings)
    tested.write({
        "tests/test_orchestration_hard.py": "import pytest\n\ndef test_hard(): pass\n\ndef test_other(): pass\n"
    })  # fmt: skip
    commit(tested.path)
    git(tested.path, "switch", "--quiet", "--create", "marking")
    marked = "import pytest\n\n@pytest.mark.database\ndef test_hard(): assert 0\n\ndef test_other(): pass\n"
    tested.write({"tests/test_orchestration_hard.py": marked + "\n@pytest.mark.database\ndef test_new(): pass\n"})
    test = "tests/test_orchestration_hard.py::test_hard of orchestration"
    assert lost(judged(tested)) == [f"{test}: marked database, of the kind e2e"]


def test_a_source_that_is_moved_is_listed(tested: Project) -> None:
    (tested.path / "src/orchestration/refunds.py").rename(tested.path / "src/billing/refunds.py")
    assert lost(judged(tested)) == ["src/orchestration/refunds.py of orchestration: does not exist"]


def test_what_a_change_adds_or_edits_takes_nothing_away(tested: Project) -> None:
    tested.write({
        "tests/test_orchestration_hard.py": "def test_harder(): pass\n",
        "tests/test_orchestration_new.py": "def test_new(): pass\n",
        "src/orchestration/more.py": "B = 1\n",
    })  # fmt: skip
    ran = judged(tested, *WORKER)
    assert (ran.code, lost(ran)) == (0, [])
    assert judged(tested, "--maturity-component=billing").report["policy"]["loosened"] == []
