"""Gates that judge the lines which a change touches: in real repositories, and compared with diff-cover."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import markdown_it
import pytest

from tests.acceptance.project import GateRun, Project, commit, git

POLICY = """
    [tool.maturity]
    ladder = ["only"]
    compare_branch = "base"
    stages.only.pass_rate = 100
    stages.only.new_code_coverage = 80
"""
OLD = {
    "src/shop/__init__.py": """
        def price(count):
            if count > 3:
                return "many"
            return "few"
        """,
    "tests/test_shop.py": """
        import shop

        def test_few():
            assert shop.price(1) == "few"
        """,
    ".gitignore": "__pycache__/\n.pytest_cache/\n.coverage*\n",
}


@pytest.fixture
def repository(project: Project) -> Project:
    """A project whose old code is badly covered, in a repository; the branch `change` is checked out."""
    project.policy(POLICY)
    project.write(OLD)
    commit(project)
    git(project, "branch", "base")
    git(project, "checkout", "-q", "-b", "change")
    return project


def judge(project: Project, *arguments: str) -> GateRun:
    return project.gate(*arguments, component="shop", subprocess=True)


def append(project: Project, name: str, text: str) -> None:
    with (project.path / name).open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.processes
def test_only_new_code_must_be_covered(repository: Project) -> None:
    run = judge(repository)
    assert run.last_line == "PROMOTE  shop is ready for only"
    gate = run.gate("new_code_coverage")
    assert (gate["value"], gate["applicable"], gate["status"]) == (None, False, "passed")
    assert gate["note"] == "no executable line changed since base"
    append(repository, "src/shop/__init__.py", "\n\ndef tax(\n    count,\n):\n    return count\n")
    repository.write({"src/shop/unused.py": "ONE = 1\n"})
    run = judge(repository)
    assert run.code == 1
    assert run.last_line == "HOLD  shop is not ready for only: new code coverage 33.3 % < 80"
    assert [(one["path"], one["ranges"]) for one in run.gate("new_code_coverage")["findings"]] == [
        ("src/shop/__init__.py", [[10, 10]]), ("src/shop/unused.py", [[1, 1]])
    ]  # fmt: skip
    append(repository, "tests/test_shop.py", "\ndef test_tax():\n    assert shop.tax(2) == 2\n")
    (repository.path / "src/shop/unused.py").unlink()
    commit(repository)
    assert judge(repository).gate("new_code_coverage")["value"] == 100


@pytest.mark.processes
def test_a_test_that_moves_the_branch_comes_too_late(repository: Project) -> None:
    append(repository, "src/shop/__init__.py", "\n\ndef tax(count):\n    return count\n")
    commit(repository)
    move = "\nimport subprocess\nsubprocess.run(['git', 'branch', '-f', 'base', 'HEAD'], check=True)\n"
    append(repository, "tests/test_shop.py", move)
    assert judge(repository).code == 1


def test_without_a_base_it_is_unknown(repository: Project) -> None:
    run = repository.gate("--maturity-compare-branch=origin/dev", component="shop")
    assert run.code == 3
    command = "git fetch origin dev:refs/remotes/origin/dev"
    assert f"new code coverage unknown (git knows no branch 'origin/dev': type {command})" in run.last_line


@pytest.mark.processes
def test_findings_in_old_lines_do_not_count(repository: Project) -> None:
    policy = POLICY.replace("new_code_coverage = 80", "lint = { max = 0, scope = 'new' }")
    repository.policy(f"{policy}    stages.only.format = {{ max = 0, scope = 'new' }}\n")
    repository.write({"src/shop/old.py": "import os\nONE = { 1:2 }\nTWO = 2\n"})
    commit(repository)
    git(repository, "branch", "-f", "base")
    append(repository, "src/shop/old.py", "THREE = 3\n")
    run = judge(repository)
    assert run.code == 0, run.last_line
    assert [(gate["gate"], gate["scope"], gate["value"]) for gate in run.component["gates"]] == [
        ("pass_rate", "all", 100), ("lint", "new", 0), ("format", "new", 0)
    ]  # fmt: skip
    append(repository, "src/shop/old.py", "FOUR = { 1:2 }\nimport sys\n")
    run = judge(repository)
    assert run.last_line == "HOLD  shop is not ready for only: lint (new code) 2 > 0, format (new code) 1 > 0"
    assert {one["line"] for one in run.gate("lint")["findings"]} == {6}


# ── diff-cover ───────────────────────────────────────────────────────────────


def make_module(numbers: random.Random) -> str:
    """Returns a module of functions of which a test calls some; each statement has one line."""
    functions = []
    for number in range(8):
        body = [f"    if a > {one}:\n        a += {one}" for one in range(numbers.randint(1, 3))]
        functions.append("\n".join([f"def function_{number}(a):", *body, "    return a", "", ""]))
    return "\n".join(functions)


def change_module(text: str, numbers: random.Random) -> str:
    """Returns the module with some lines changed, added and removed."""
    lines = text.splitlines()
    for _ in range(numbers.randint(1, 6)):
        place = numbers.randrange(len(lines))
        if "a += " in lines[place]:
            lines[place] = lines[place].replace("a += ", "a -= ")
        elif lines[place].startswith("    return"):
            lines.insert(place, f"    a = a + {numbers.randint(1, 9)}")
        elif not lines[place]:
            lines.insert(place, "# a remark")
    return "\n".join(lines) + "\n"


def run_diff_cover(path: Path) -> dict[str, list[int]]:
    """Returns the changed statements without coverage and their number, by diff-cover, for committed changes."""
    command = [sys.executable, "-m", "coverage", "run", "--source=src", "-m", "pytest", "-q", "-p", "no:maturity"]
    subprocess.run([*command, "-p", "no:cacheprovider"], cwd=path, check=False, capture_output=True)
    subprocess.run([sys.executable, "-m", "coverage", "xml", "-q"], cwd=path, check=True, capture_output=True)
    command = [sys.executable, "-m", "diff_cover.diff_cover_tool", "coverage.xml", "--compare-branch=base"]
    subprocess.run([*command, "--format=json:diff.json"], cwd=path, check=True, capture_output=True)
    document = json.loads((path / "diff.json").read_text("utf-8"))
    missing = {name: sorted(one["violation_lines"]) for name, one in document["src_stats"].items()}
    return {**{name: lines for name, lines in missing.items() if lines}, "total": [document["total_num_lines"]]}


def compare_with_diff_cover(project: Project, component: str) -> dict[str, list[int]]:
    """Requires the same statements and their number on both sides. Returns the statements without coverage."""
    expected = run_diff_cover(project.path)
    gate = project.gate(component=component, subprocess=True).gate("new_code_coverage")
    missing = {
        one["path"]: [line for first, last in one["ranges"] for line in range(first, last + 1)]
        for one in gate["findings"]
    }
    (total,) = expected.pop("total")
    assert missing == expected
    assert gate["note"].endswith(f"of {total} changed statements since base")
    return missing


@pytest.mark.processes
@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_diff_cover(repository: Project, seed: int) -> None:
    pytest.importorskip("diff_cover")
    numbers = random.Random(seed)  # not for secrets
    names = ["src/shop/one.py", "src/shop/two words.py", "src/shop/three.py"]
    for name in names:
        (repository.path / name).write_text(make_module(numbers), "utf-8")
    (repository.path / "tests/test_shop.py").write_text(
        "from shop import one\n\ndef test_one():\n    assert one.function_1(5)\n    one.function_3(1)\n", "utf-8"
    )
    repository.write({".gitignore": "coverage.xml\ndiff.json\n.coverage\n__pycache__/\n"})
    commit(repository)
    git(repository, "branch", "-f", "base")
    for name in names[:2]:
        path = repository.path / name
        path.write_text(change_module(path.read_text("utf-8"), numbers), "utf-8")
    git(repository, "mv", names[2], "src/shop/moved.py")
    (repository.path / "src/shop/new.py").write_text(make_module(numbers), "utf-8")
    commit(repository)
    compare_with_diff_cover(repository, "shop")


@pytest.mark.processes
def test_the_numbers_of_every_kind_of_change_are_those_of_diff_cover(repository: Project) -> None:
    pytest.importorskip("diff_cover")
    numbers, source = random.Random(4), repository.path / "src/shop"
    names = ("renamed.py", "shorter.py", "removed.py", "windows.py", "größe.py", "open_end.py", "untouched.py")
    texts = {name: make_module(numbers) for name in names}
    for name, text in texts.items():
        ends = "\r\n" if name == "windows.py" else "\n"
        (source / name).write_bytes(text.replace("\n", ends).encode())
    repository.write({".gitignore": "coverage.xml\ndiff.json\n.coverage\n__pycache__/\n"})
    commit(repository)
    git(repository, "branch", "-f", "base")

    def edit(name: str, old: str, new: str) -> None:
        text = (source / name).read_bytes()
        assert old.encode() in text
        (source / name).write_bytes(text.replace(old.encode(), new.encode(), 1))

    git(repository, "mv", "src/shop/renamed.py", "src/shop/other.py")
    edit("other.py", "    return a\n", "    a = a + 1\n    return a\n")
    edit("shorter.py", "    return a\n", "")  # no line is added
    (source / "removed.py").unlink()
    edit("windows.py", "    return a\r\n", "    a = a + 1\r\n    return a\r\n")
    edit("größe.py", "    return a\n", "    a = a + 1\n    return a\n")
    (source / "open_end.py").write_text(texts["open_end.py"].rstrip("\n") + "\nLAST = 1", "utf-8")
    commit(repository)
    assert set(compare_with_diff_cover(repository, "shop")) == {
        f"src/shop/{name}" for name in ("größe.py", "open_end.py", "other.py", "windows.py")
    }


RENDER = """
from markdown_it import MarkdownIt

TEXT = "# a\\n\\n* b\\n\\n```py\\nx\\n```\\n\\n| a |\\n|---|\\n| 1 |\\n\\n> q *e* `c` [l](http://x) &amp; <b>h</b>\\n"

def test_render():
    assert "<h1>" in MarkdownIt("commonmark").enable("table").render(TEXT)
"""


@pytest.mark.processes
def test_the_numbers_of_a_real_package_are_those_of_diff_cover(repository: Project) -> None:
    pytest.importorskip("diff_cover")
    shutil.copytree(
        Path(markdown_it.__file__).parent,
        repository.path / "src/markdown_it",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (repository.path / "tests/test_markdown_it.py").write_text(RENDER, "utf-8")
    repository.write({".gitignore": "coverage.xml\ndiff.json\n.coverage\n__pycache__/\n"})
    commit(repository)
    git(repository, "branch", "-f", "base")
    changed = 0
    for path in sorted((repository.path / "src/markdown_it").rglob("*.py")):
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines[::5]):
            if re.fullmatch(r" +(if .+:|return [^(]+)", line):  # statements of one line
                lines[5 * number] = line.replace("if ", "if  ").replace("return ", "return  ")
                changed += 1
        path.write_text("\n".join(lines) + "\n", "utf-8")
    assert changed > 20
    commit(repository)
    compare_with_diff_cover(repository, "markdown_it")
