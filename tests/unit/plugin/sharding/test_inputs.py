"""The inputs of a run: what counts as one, and how a difference is named."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_maturity.plugin.sharding.inputs import (
    Inputs,
    compute_file_digest,
    compute_value_digest,
    is_changed,
    is_compared_option,
    is_compared_variable,
    is_input,
    read_distribution_name,
)
from pytest_maturity.plugin.sharding.resume import is_ignored

INPUTS = Inputs(
    commit="0123456789abcdef",
    files={"src/a.py": "1", "b.py": "2", "gone.py": ""},
    distributions=("one-1.0", "two-2.0"),
    settings={"Python": "1", "the policy": "2", "PYTHONPATH": "3"},
    options={"plugins": "1", "runslow": "2"},
)


def test_inputs_survive_json() -> None:
    assert Inputs.from_dict(json.loads(json.dumps(INPUTS.to_dict()))) == INPUTS


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({}, []),
        ({"commit": "fedcba9876543210"}, ["commit 0123456789ab, not fedcba987654"]),
        ({"commit": ""}, ["commit 0123456789ab, not unknown"]),
        ({"files": {"src/a.py": "9", "c.py": "3"}}, ["b.py, c.py, gone.py and 1 more"]),
        ({"files": {"src/a.py": "1", "b.py": "2"}}, ["gone.py"]),
        ({"distributions": ("one-1.0", "two-2.1")}, ["installed distributions: two-2.0, two-2.1"]),
        ({"settings": {"Python": "2", "PYTHONPATH": "3"}}, ["Python", "the policy"]),
        ({"options": {"override_ini": "1", "runslow": "2"}}, ["options: -o, -p"]),
        ({"options": {"plugins": "1"}}, ["options: --runslow"]),
    ],
)
def test_a_difference_is_named(other: dict[str, object], found: list[str]) -> None:
    assert INPUTS.find_differences(replace(INPUTS, **other)) == found  # type: ignore[arg-type]  # by field


@pytest.mark.parametrize(
    "name", ["file_or_dir", "keyword", "splits", "group", "numprocesses", "verbose", "xmlpath", "maturity_evidence"]
)
def test_options_that_select_tests_or_print_are_no_inputs(name: str) -> None:
    assert not is_compared_option(name)


@pytest.mark.parametrize("name", ["plugins", "pythonwarnings", "override_ini", "cov_source", "timeout", "db"])
def test_other_options_are_inputs(name: str) -> None:
    assert is_compared_option(name)


def test_variables_that_decide_how_tests_run_are_inputs() -> None:
    names = ["PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "COVERAGE_CORE"]
    assert all(map(is_compared_variable, names))
    assert not any(map(is_compared_variable, ["PYTEST_CURRENT_TEST", "HOME", "COVERAGE_FILE", "COVERAGE_RUN"]))


def test_the_root_counts_as_one_place_wherever_it_lies() -> None:
    first = compute_value_digest(["/a/b/src", None, len], ["/a/b"])
    assert first == compute_value_digest(["/c/src", None, print], ["/c"])
    assert first != compute_value_digest(["/a/x/src", None, len], ["/a/b"])


def test_a_distribution_is_known_by_name_and_version() -> None:
    assert (
        read_distribution_name("/lib/one-1.0.dist-info") == read_distribution_name("two/one-1.0.egg-info") == "one-1.0"
    )


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("src/a.py", True), (".env", True), (".coveragerc", True), ("data.json", True), ("build/__init__.py", True),
        (".coverage", False), (".coverage.host.1", False), ("a.pyc", False), ("__pycache__/a.txt", False),
        (".hidden/a.py", False), ("dist/a.txt", False), ("evidence.json", False), (".maturity/a.json", False),
    ],
)  # fmt: skip
def test_of_untracked_files_those_count_that_can_decide_how_a_test_ends(
    tmp_path: Path, name: str, counts: bool
) -> None:
    path = tmp_path / "repository" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"evidence": 2, "run":' if name == "evidence.json" else "{}")
    assert is_input(path, tmp_path / "repository") is counts


def test_a_file_is_changed_when_it_is_written_after_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.touch()
    now = path.stat().st_ctime
    assert is_changed(path, now - 1)
    assert not is_changed(path, now + 1)
    os.utime(path, (now + 9, now + 9))
    assert is_changed(path, now + 1)
    assert not is_changed(path, float("inf"))
    assert not is_changed(tmp_path / "gone.py", 0)


def test_a_link_counts_by_where_it_leads(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    link = tmp_path / "link"
    link.symlink_to("a")
    first = compute_file_digest(link)
    link.unlink()
    link.symlink_to("b")
    assert compute_file_digest(link) != first
    assert compute_file_digest(tmp_path / "gone") == ""


def test_a_repository_in_a_directory_counts_by_its_commit_and_its_changes(tmp_path: Path) -> None:
    assert compute_file_digest(tmp_path) == ""

    def states() -> Iterator[str]:
        git("init", "-q")
        git("commit", "-qm", "one", "--allow-empty")
        yield compute_file_digest(tmp_path)
        (tmp_path / "a.py").write_text("A = 1\n")
        yield compute_file_digest(tmp_path)
        (tmp_path / "a.py").write_text("A = 2\n")
        yield compute_file_digest(tmp_path)
        git("add", ".")
        git("commit", "-qm", "two")
        yield compute_file_digest(tmp_path)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    assert len({"", *states()}) == 5


@pytest.mark.parametrize(
    "argument",
    ["--maturity-resume", "-q", "-vv", "--basetemp=/tmp/x", "--junit-xml=a", "--junitxml=a", "--color=no",
     "--maturity-report=x.json"],
)  # fmt: skip
def test_a_resumed_run_may_print_and_write_otherwise(argument: str) -> None:
    assert is_ignored(argument)


@pytest.mark.parametrize("argument", ["-k", "-x", "-n2", "-vx", "-p", "--cov", "--maturity-component=a", "--runslow"])
def test_with_another_argument_a_run_resumes_none(argument: str) -> None:
    assert not is_ignored(argument)
