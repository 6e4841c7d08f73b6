"""Merged shards are judged like the whole run, however the tests were divided; what is missing or twice is a gap."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.digests import compute_seal
from tests.acceptance.project import GateRun, Project

POLICY = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    [tool.maturity.stages.bronze]
    pass_rate = 50
    coverage = 40
    lint = 9
    suppressions = { max = 9 }
    [tool.maturity.stages.silver]
    pass_rate = 100
    skipped_rate = 0
    coverage = 100
    [tool.maturity.retry]
    base_delay = 0
"""
COMMAND = Path(sys.executable).parent / "pytest-maturity"
COUNT = 8  # test files of a component
FUNCTION = "def work_{0}(x):\n    if x > {0}:\n        return 1\n    return 2\n"
TEST = """
import pytest
import {name}.part_{number} as part

class TestClass:
    @pytest.mark.parametrize("x", [0, {number}])
    def test_one(self, x):
        assert part.work_{number}(x) == 2

def test_other(request):
    {body}
"""
BODIES = {
    "orchestration": {1: "assert part.work_1(9) == 3", 2: "pytest.skip('later')", 5: "assert part.work_5(9)",
                      6: "attempts.append(1)\n    if len(attempts) == 1: raise ConnectionError('gone')",
                      7: "request.addfinalizer(lambda: 1 / 0)"},
    "billing": {0: "assert part.work_0(9)"},
}  # fmt: skip


@pytest.fixture
def large(project: Project) -> Project:
    """Two components of eight modules and eight test files, with every outcome that a test can have."""
    project.policy(POLICY)
    for file in ("tests/test_orchestrator.py", "tests/test_billing.py", "src/orchestration/unused.py"):
        (project.path / file).unlink()
    for name, bodies in BODIES.items():
        project.write({f"src/{name}/__init__.py": "import os\n"})
        for number in range(COUNT):
            text = TEST.format(name=name, number=number, body=bodies.get(number, "pass"))
            project.write({
                f"src/{name}/part_{number}.py": FUNCTION.format(number),
                f"tests/test_{name}_{number}.py": "attempts = []\n" + text,
            })  # fmt: skip
    return project


def by_file(project: Project, count: int) -> list[list[str]]:
    files = sorted(path.relative_to(project.path).as_posix() for path in (project.path / "tests").glob("test_*.py"))
    return [files[number::count] for number in range(count)]


def by_test(project: Project, count: int) -> list[list[str]]:
    """Divides even the parameters of one test."""
    listed = project.run("--collect-only", "-q", "tests").outlines
    ids = [line for line in listed if "::" in line]
    return [ids[number::count] for number in range(count)]


def by_pytest_split(project: Project, count: int) -> list[list[str]]:
    return [[f"--splits={count}", f"--group={number + 1}"] for number in range(count)]


def shards(
    project: Project, parts: Sequence[Sequence[str]], *arguments: str, component: str = "all", subprocess: bool = False
) -> list[str]:
    """Runs each part as a shard; returns the files of evidence."""
    names = []
    for number, part in enumerate(parts):
        names.append(f"shard-{number}.json")
        evidence = f"--maturity-evidence={names[-1]}"
        result = project.run("--maturity-component", component, evidence, *arguments, *part, subprocess=subprocess)
        assert int(result.ret) in (0, 1), result.stdout.str()
    return names


def merged(
    project: Project, names: Sequence[str], component: str = "all", *more: str, subprocess: bool = False
) -> GateRun:
    evidence = (f"--maturity-merge={name}" for name in names)
    return project.gate(*evidence, *more, component=component, subprocess=subprocess)


def judged(ran: GateRun) -> list[str]:
    """Returns the components of a report and the exit code, line by line, without durations."""
    text = json.dumps([ran.code, ran.report["verdict"], ran.report["components"]], indent=1)
    return [line for line in text.splitlines() if '"duration' not in line]


@pytest.mark.parametrize("count", [2, 4, 8])
@pytest.mark.parametrize("split", [by_file, by_test, by_pytest_split])
def test_shards_are_judged_like_the_whole_run(
    large: Project, split: Callable[[Project, int], list[list[str]]], count: int
) -> None:
    target = "--maturity-target=silver"
    whole = judged(large.gate(target, component="all"))
    names = shards(large, split(large, count), target)
    assert judged(merged(large, names, "all", target)) == whole
    ran = large.gate(target, component="all")
    outcomes = ran.report["components"][1]["outcomes"]
    assert (ran.code, outcomes["failed"], outcomes["error"], outcomes["skipped"], outcomes["flaky"]) == (1, 1, 1, 1, 1)


@pytest.mark.processes
@pytest.mark.parametrize(("split", "count"), [(by_file, 2), (by_test, 4), (by_pytest_split, 8)])
def test_shards_in_separate_processes_cover_what_the_whole_run_covers(
    large: Project, split: Callable[[Project, int], list[list[str]]], count: int
) -> None:
    target = "--maturity-target=silver"
    ran = large.gate(target, component="all", subprocess=True)
    names = shards(large, split(large, count), target, subprocess=True)
    assert judged(merged(large, names, "all", target, subprocess=True)) == judged(ran)
    assert [one["coverage"]["percent"] for one in ran.report["components"]] == [
        78.787878,
        72.972972,
    ]  # 26 of 33, 27 of 37


@pytest.mark.processes
def test_a_file_that_is_skipped_as_a_whole_counts_once_in_merged_shards(project: Project) -> None:
    project.policy('[tool.maturity]\nladder = ["one"]\nstages.one = { pass_rate = 100, skipped_rate = 50 }\n')
    project.write({
        "tests/test_orchestrator.py": "def test_a(): pass\n\ndef test_b(): pass\n",
        "tests/test_orchestration_later.py": "import pytest\n\npytest.skip('later', allow_module_level=True)\n",
    })  # fmt: skip
    for number, name in enumerate(("test_a", "test_b")):
        project.gate(f"--maturity-evidence=evidence-{number}.json", "-k", name, subprocess=True)
    ran = project.gate("--maturity-merge=evidence-0.json", "--maturity-merge=evidence-1.json", subprocess=True)
    assert ran.code == 0, ran.result.stdout.str()
    assert ran.gate("skipped_rate")["value"] == pytest.approx(100 / 3, abs=1e-5)
    assert ran.gate("pass_rate")["note"] == "2 tests, 1 skipped"


def test_the_command_promotes_one_component_from_its_shards(large: Project) -> None:
    names = shards(large, by_file(large, 3), "--maturity-target=silver", component="billing", subprocess=True)
    plugins = [f"--pytest={argument}" for argument in large.plugin_options()]
    result = large.pytester.run(COMMAND, "merge", *names, *plugins)
    report = large.read_report("billing")
    assert (int(result.ret), report["verdict"], report["target"]) == (1, "HOLD", "silver")
    large.policy(POLICY.replace("coverage = 100", "coverage = 60"))
    names = shards(large, by_file(large, 3), "--maturity-target=silver", component="billing", subprocess=True)
    assert int(large.pytester.run(COMMAND, "merge", *names, *plugins).ret) == 0
    note = "judged from 3 shards: shard-0.json, shard-1.json, shard-2.json"
    assert large.read_report("billing")["notes"][0] == note


def test_a_shard_judges_nothing_and_names_the_command_that_does(large: Project) -> None:
    large.gate(component="billing")
    result = large.run("--maturity-component", "billing", "--maturity-evidence=one.json", "tests/test_billing_0.py")
    assert int(result.ret) == 0
    assert large.read_report("billing")["verdict"] == "INCOMPLETE"
    result.stdout.fnmatch_lines(["INCOMPLETE  billing: evidence of 3 tests: *one.json; `pytest-maturity merge` judges"])
    one = "tests/test_billing_0.py::test_other"
    result = large.run("--maturity-component", "billing", "--maturity-evidence=one.json", one)
    result.stdout.fnmatch_lines(["INCOMPLETE  billing: evidence of 1 test: *"])


def test_a_missing_shard_is_a_gap_however_they_were_divided(large: Project) -> None:
    for split in (by_file, by_test, by_pytest_split):
        ran = merged(large, shards(large, split(large, 4), component="billing")[1:], "billing")
        assert (ran.code, ran.component["verdict"]) == (3, "INCONCLUSIVE")
        assert ran.gaps == ["unfinished"]
        assert "ran in no shard" in ran.component["gaps"][0]["message"]


def test_a_shard_that_is_given_twice_is_a_gap(large: Project) -> None:
    names = shards(large, by_file(large, 2), component="billing")
    ran = merged(large, [*names, names[0]], "billing")
    assert (ran.code, ran.gaps) == (3, ["duplicate"])
    assert "ran in more than one shard" in ran.component["gaps"][0]["message"]


@pytest.mark.parametrize("file", ["src/billing/part_0.py", "tests/test_billing_3.py"])
def test_a_file_that_changed_before_the_merge_is_a_gap(large: Project, file: str) -> None:
    names = shards(large, by_file(large, 2), component="billing")
    path = large.path / file
    path.write_text(path.read_text() + "\n# changed\n")
    ran = merged(large, names, "billing")
    assert (ran.code, ran.gaps) == (3, ["changed", "changed"])
    assert ran.component["gaps"][0]["message"] == f"shard-0.json was made with different inputs: {file}"


def test_shards_of_another_policy_or_other_components_are_refused(large: Project) -> None:
    names = shards(large, by_file(large, 1), component="billing")
    ran = merged(large, names, "orchestration", "--maturity-target=silver")
    assert (ran.code, ran.errors) == (4, [
        "ERROR: --maturity-merge: shard-0.json was run with another policy, target or number of retries",
        "ERROR: --maturity-merge: shard-0.json was run with components billing",
    ])  # fmt: skip


def test_shards_of_other_versions_are_refused(large: Project) -> None:
    (name,) = shards(large, by_file(large, 1), component="billing")
    rewrite(large, name, lambda document: document["run"].update(python="3.1.4", pytest="2.0"))
    ran = merged(large, [name], "billing")
    assert ran.code == 4
    assert ran.errors[0].startswith("ERROR: --maturity-merge: shard-0.json was run with Python 3.1.4, here 3.")
    assert ran.errors[1].startswith("ERROR: --maturity-merge: shard-0.json was run with pytest 2.0, here ")


def rewrite(project: Project, name: str, change: Callable[[dict[str, Any]], object], sealed: bool = True) -> None:
    document = json.loads((project.path / name).read_text())
    change(document)
    document |= {"seal": compute_seal(document)} if sealed else {}
    (project.path / name).write_text(json.dumps(document))


def test_every_file_that_is_no_valid_evidence_is_named_at_once(large: Project) -> None:
    names = shards(large, by_file(large, 3), component="billing")
    rewrite(large, names[0], lambda document: document.update(status=0, gaps=[{}]), sealed=False)
    rewrite(large, names[1], lambda document: document["outcomes"].update(outcomes={"a": "splendid"}))
    (large.path / "text").write_text("{")
    ran = merged(large, [*names[:2], "text", "gone", ".maturity/billing.json"], "billing")
    assert ran.code == 4
    place = large.path
    assert large.read_report("billing")["verdict"] == "INCOMPLETE"
    assert [line.partition(": Expecting")[0] for line in ran.errors] == [
        f"ERROR: --maturity-merge: {place}/shard-0.json: its seal does not match: the evidence was changed after it "
        "was written",
        f"ERROR: --maturity-merge: {place}/shard-1.json: its seal matches, but it is not a shard's evidence of this "
        "version",
        f"ERROR: --maturity-merge: {place}/text: is not JSON",
        f"ERROR: --maturity-merge: {place}/gone: No such file or directory",
        f"ERROR: --maturity-merge: {place}/.maturity/billing.json: is not a shard's evidence of this version: "
        "pytest --maturity-evidence=PATH writes it",
    ]


def test_coverage_that_cannot_be_read_is_refused(large: Project) -> None:
    (name,) = shards(large, by_file(large, 1), component="billing")
    rewrite(large, name, lambda document: document["coverage"].update(data="00ff"))
    ran = merged(large, [name], "billing")
    assert ran.code == 4
    assert ran.errors[0].startswith("ERROR: --maturity-merge: the coverage of a shard cannot be read: ")


def test_a_failed_collection_in_one_shard_counts(large: Project) -> None:
    large.write({"tests/test_billing_3.py": "import os\nif os.environ.get('BROKEN'): raise RuntimeError('broken')\n"
                 "def test_it(): pass\n"})  # fmt: skip
    first, second = by_file(large, 2)
    large.run("--maturity-component=billing", "--maturity-evidence=a.json", *first)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BROKEN", "1")
        large.run("--maturity-component=billing", "--maturity-evidence=b.json", *second)
    ran = merged(large, ["a.json", "b.json"], "billing")
    assert ran.report["verdict"] != "PROMOTE"
    assert ran.code == 3
    assert ran.component["outcomes"]["error"] == 1


def test_an_interrupted_shard_is_a_gap(large: Project) -> None:
    large.write({"tests/test_billing_7.py": "def test_it():\n    raise KeyboardInterrupt\n"})
    first, second = by_file(large, 2)
    for name, files in (("a.json", first), ("b.json", second)):
        large.run("--maturity-component=billing", f"--maturity-evidence={name}", *files, subprocess=True)
    ran = merged(large, ["a.json", "b.json"], "billing", subprocess=True)
    assert (ran.code, ran.gaps) == (3, ["interrupted", "unfinished"])
    assert ran.component["gaps"][0]["message"] == "b.json: the run was interrupted: KeyboardInterrupt"


def test_a_shard_that_crashed_leaves_no_evidence_of_an_earlier_run(large: Project) -> None:
    shards(large, by_file(large, 1), component="billing")
    large.write({"tests/test_billing_7.py": "import os\ndef test_it():\n    os._exit(0)\n"})
    large.run("--maturity-component=billing", "--maturity-evidence=shard-0.json", subprocess=True)
    assert not (large.path / "shard-0.json").exists()
    assert merged(large, ["shard-0.json"], "billing").code == 4


@pytest.mark.parametrize("end", ["raise SystemExit(0)", "import pytest; pytest.exit('x', returncode=0)"])
@pytest.mark.parametrize("name", ["pytest_terminal_summary", "pytest_unconfigure"])
def test_what_ends_a_shard_late_is_in_its_evidence(large: Project, name: str, end: str) -> None:
    large.write({"conftest.py": f"def {name}():\n    {end}\n"})
    ran = large.run("--maturity-component=billing", "--maturity-evidence=shard.json")
    evidence = json.loads((large.path / "shard.json").read_text("utf-8"))
    assert (int(ran.ret), evidence["status"]) == (3, 3)
    assert [gap["cause"] for gap in evidence["gaps"]] == ["exit"]


def test_a_shard_has_the_exit_status_that_a_plugin_sets_late(large: Project) -> None:
    body = "    yield\n    session.exitstatus = 6\n"
    text = f"import pytest\n\n@pytest.hookimpl(wrapper=True)\ndef pytest_sessionfinish(session):\n{body}"
    large.write({"conftest.py": text})
    assert int(large.run("--maturity-component=billing", "--maturity-evidence=shard.json").ret) == 6
    ran = merged(large, ["shard.json"], "billing")
    assert "exit" in ran.gaps


@pytest.mark.processes
@pytest.mark.parametrize("name", ["pytest.py", "pytest_maturity/__init__.py", "xdist.py"])
def test_the_command_starts_no_file_of_the_current_directory(large: Project, name: str) -> None:
    names = shards(large, by_file(large, 2), component="billing", subprocess=True)
    large.write({name: "raise SystemExit(0)\n"})
    plugins = [f"--pytest={argument}" for argument in large.plugin_options()]
    command = [str(COMMAND), "merge", *names, *plugins]  # not by pytester, which puts the directory on PYTHONPATH
    result = subprocess.run(command, cwd=large.path, check=False, capture_output=True, text=True)
    assert "judged from 2 shards" in result.stdout
    assert result.returncode == 3  # the file was not there when the shards ran


@pytest.mark.workers
def test_shards_that_use_workers_or_pytest_cov_are_judged_like_the_whole_run(large: Project) -> None:
    target = "--maturity-target=silver"
    whole = judged(large.gate(target, component="billing"))
    names = shards(large, by_file(large, 2), target, "-n", "2", component="billing")
    assert judged(merged(large, names, "billing", target, "-n", "2")) == whole
    cov = ("--cov=src/billing", "--cov-report=")
    whole = judged(large.gate(target, *cov, component="billing"))
    names = shards(large, by_file(large, 2), target, *cov, component="billing")
    assert judged(merged(large, names, "billing", target)) == whole


@pytest.mark.processes
def test_shards_of_another_directory_are_judged_here(large: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = judged(large.gate("--maturity-target=silver", component="all", subprocess=True))
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "other"
    shutil.copytree(large.path, elsewhere)
    names = []
    for number, files in enumerate(by_file(large, 2)):
        names.append(f"{elsewhere}/shard-{number}.json")
        arguments = ("--maturity-component=all", "--maturity-target=silver", f"--maturity-evidence={names[-1]}")
        large.pytester.run(sys.executable, "-c", RUN_IN, elsewhere, *large.plugin_options(), *arguments, *files)
    shutil.move(elsewhere, elsewhere.with_name("moved"))
    names = [name.replace("/other/", "/moved/") for name in names]
    assert judged(merged(large, names, "all", "--maturity-target=silver", subprocess=True)) == whole


RUN_IN = """
import os, sys, pytest
os.environ["PYTHONPATH"] = os.environ["PYTHONPATH"].replace(os.getcwd(), sys.argv[1])  # pytester sets it
os.chdir(sys.argv[1])
sys.exit(pytest.main(sys.argv[2:]))
"""


@pytest.mark.processes
def test_a_supervised_shard_without_its_evidence_is_inconclusive(
    large: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    arguments = ("--maturity-component=billing", "--maturity-evidence=one.json")
    assert int(large.run(*arguments, subprocess=True).ret) == 0
    assert (large.path / "one.json").exists()
    large.write({"tests/test_billing_7.py": "import os\ndef test_it():\n    os._exit(0)\n"})
    result = large.run(*arguments, subprocess=True)
    assert int(result.ret) == 3
    result.stderr.fnmatch_lines(["INCONCLUSIVE  the run ended with exit code 0, but its report *"])


def test_a_path_where_no_evidence_can_be_written_is_refused(large: Project) -> None:
    (large.path / "file").write_text("")
    ran = large.gate("--maturity-evidence=file/one.json", component="billing")
    assert (ran.code, ran.result.outlines) == (4, [])  # before any test
    assert ran.errors == [f"ERROR: --maturity-evidence: {large.path}/file/one.json cannot be written: File exists"]


def test_a_merge_cannot_write_evidence(large: Project) -> None:
    ran = large.gate("--maturity-evidence=a", "--maturity-merge=b", component="billing")
    assert (ran.code, ran.errors) == (
        4, ["ERROR: --maturity-evidence and --maturity-merge exclude each other: a merge runs no test"],
    )  # fmt: skip


def test_the_command_names_every_file_that_cannot_be_read(large: Project) -> None:
    (large.path / "text.json").write_text("")
    result = large.pytester.run(COMMAND, "merge", "gone.json", "text.json", ".")
    assert int(result.ret) == 4
    result.stderr.fnmatch_lines([
        "ERROR: gone.json: No such file or directory",
        "ERROR: text.json: is not JSON: *",
        "ERROR: .: *",
        "ERROR: no evidence can be read, so which report it belongs to is unknown: none was changed",
    ])  # fmt: skip


@pytest.mark.processes
@pytest.mark.parametrize("bad", ["gone", "empty", "cut", "edited", "another form", "directory"])
def test_a_refused_merge_marks_the_last_report_incomplete_whichever_shard_is_bad(large: Project, bad: str) -> None:
    large.gate(component="billing")
    assert large.read_report("billing")["verdict"] == "PROMOTE"
    names = shards(large, by_file(large, 2), component="billing")
    large.gate(component="billing")
    path = large.path / names[0]
    text = path.read_text()
    path.unlink()
    if bad == "directory":
        path.mkdir()
    elif bad == "another form":
        path.write_text(text)
        rewrite(large, names[0], lambda document: document.pop("components"))
    elif bad != "gone":
        path.write_text({"empty": "", "cut": text[:-9], "edited": text.replace('"passed"', '"failed"')}[bad])
    result = large.pytester.run(COMMAND, "merge", *names, *(f"--pytest={one}" for one in large.plugin_options()))
    assert int(result.ret) == 4
    result.stderr.fnmatch_lines([f"ERROR: --maturity-merge: {path}: *"])
    assert large.read_report("billing")["verdict"] == "INCOMPLETE"


def test_shards_of_which_one_measured_branches_leave_coverage_unknown(large: Project) -> None:
    first, second = by_file(large, 2)
    (name,) = shards(large, [first], component="billing", subprocess=True)
    shutil.copy(large.path / name, large.path / "lines.json")
    large.policy(POLICY + "    [tool.coverage.run]\n    branch = true\n")
    (other,) = shards(large, [second], component="billing", subprocess=True)
    ran = merged(large, ["lines.json", other], "billing", subprocess=True)
    assert ran.code == 3
    assert ran.gate("coverage")["note"] == "shard-0.json measured branches, lines.json did not"


FLAKY = """
    tries = []

    def test_it():
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("gone")
    """


def test_the_budget_of_retries_is_one_for_all_shards(large: Project) -> None:
    large.policy(POLICY + "    budget = 1\n")
    large.write({f"tests/test_billing_{number}.py": FLAKY for number in (0, 1)})
    assert large.gate("--maturity-target=silver", component="billing", subprocess=True).code == 1
    target = "--maturity-target=bronze"
    names = shards(large, by_file(large, 2), target, component="billing", subprocess=True)
    ran = merged(large, names, "billing", target, subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (3, [{
        "cause": "retries",
        "message": "the shards together used more retries than one run may: 2 retries exceed the budget of 1",
        "kinds": [],
    }])  # fmt: skip
    large.policy(POLICY + "    budget = 2\n")
    names = shards(large, by_file(large, 2), target, component="billing", subprocess=True)
    assert merged(large, names, "billing", target, subprocess=True).code == 0
