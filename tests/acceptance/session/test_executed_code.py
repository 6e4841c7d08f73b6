"""Code that ran and is not the code of the sources is a gap."""

from __future__ import annotations

import os
import py_compile
import shutil

import pytest

from tests.acceptance.project import COVERAGE_ONLY, Project

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
ENGINE = "src/orchestration/engine.py"


def change_behind_byte_code(project: Project, way: str) -> None:
    """Breaks a source so that Python goes on to load its old byte code."""
    path = project.path / ENGINE
    stat, text = path.stat(), path.read_text()
    mode = UNCHECKED if way == "unchecked" else py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(path), invalidation_mode=mode)
    path.write_text(text.replace("few", "fee"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("way", ["unchecked", "same time and size"])
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_byte_code_of_another_source_is_a_gap(project: Project, way: str, workers: str) -> None:
    change_behind_byte_code(project, way)
    ran = project.gate(workers, subprocess=True)
    assert (ran.code, ran.gaps) == (3, ["byte-code"])
    assert f"the byte code of 1 file is not that of the source: {ENGINE}; remove __pycache__" in ran.last_line


def test_byte_code_of_the_source_is_no_gap(project: Project) -> None:
    py_compile.compile(str(project.path / ENGINE), invalidation_mode=UNCHECKED)
    assert project.gate(subprocess=True).code == 0
    assert project.gate(subprocess=True).code == 0


def test_a_shard_says_what_byte_code_it_ran(project: Project) -> None:
    change_behind_byte_code(project, "unchecked")
    project.run("--maturity-component", "orchestration", "--maturity-evidence=one.json", subprocess=True)
    shutil.rmtree(project.path / "src/orchestration/__pycache__")
    ran = project.gate("--maturity-merge", "one.json", subprocess=True)
    assert "byte-code" in ran.gaps


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("place", ["build/lib", "lib.zip"])
def test_a_package_from_another_place_is_a_gap_that_names_it(project: Project, place: str, workers: str) -> None:
    if place.endswith(".zip"):
        shutil.make_archive(str(project.path / "lib"), "zip", project.path / "src")
    else:
        shutil.copytree(project.path / "src", project.path / place)
    project.policy(COVERAGE_ONLY, f'pythonpath = ["{place}"]')
    ran = project.gate(workers, subprocess=True)
    assert ran.code == 3
    assert "elsewhere" in ran.gaps
    assert f"imported orchestration from {place}/orchestration/__init__.py" in ran.gate("coverage")["note"]


@pytest.mark.parametrize("place", ["build", "node_modules", "env"])
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_code_below_the_sources_in_no_component_is_a_gap(project: Project, place: str, workers: str) -> None:
    project.write({f"src/orchestration/{place}/hidden.py": "A = 1\n", "src/orchestration/env/pyvenv.cfg": ""})
    assert project.gate(workers, subprocess=True).code == 0  # nothing runs it
    with (project.path / ENGINE).open("a") as file:
        file.write(f"\nfrom orchestration.{place} import hidden\n")
    ran = project.gate(workers, subprocess=True)
    assert (ran.code, ran.gaps) == (3, ["unjudged"])
    assert f"belong to no component: src/orchestration/{place}/hidden.py" in ran.last_line


@pytest.mark.parametrize("hidden", ["tests/hidden.py", "test_hidden.py", "tests/__init__.py"])
def test_code_in_a_test_file_that_a_source_imports_is_a_gap(project: Project, hidden: str) -> None:
    path = f"src/orchestration/{hidden}"
    project.write({path: "A = 1\n\ndef test_a(): pass\n", "tests/test_orchestrator_x.py": "def test_x(): pass\n"})
    assert "unjudged" not in project.gate(subprocess=True).gaps  # no source imports it
    module = hidden.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    with (project.path / ENGINE).open("a") as file:
        file.write(f"\nfrom orchestration.{module} import A\n")
    ran = project.gate(subprocess=True)
    assert "unjudged" in ran.gaps
    assert f"belong to no component: {path}" in str(ran.component["gaps"])


def test_byte_code_without_a_source_is_a_gap(project: Project) -> None:
    source = project.path / "src/orchestration/hidden.py"
    source.write_text("A = 1\n")
    py_compile.compile(str(source), cfile=str(source.with_suffix(".pyc")))
    source.unlink()
    with (project.path / ENGINE).open("a") as file:
        file.write("\nfrom orchestration import hidden\n")
    ran = project.gate(subprocess=True)
    assert ran.gaps == ["unjudged"]
    assert "hidden.pyc" in ran.last_line


def test_a_package_beside_a_pyvenv_cfg_is_a_part_of_the_component(project: Project) -> None:
    project.policy(COVERAGE_ONLY)
    project.write({"src/orchestration/hidden/pyvenv.cfg": "", "src/orchestration/hidden/__init__.py": "A = 1\n" * 50})
    files = [file["path"] for file in project.gate(subprocess=True).component["coverage"]["files"]]
    assert "src/orchestration/hidden/__init__.py" in files


def test_code_that_appears_during_the_run_is_a_gap(project: Project) -> None:
    project.write({
        "conftest.py": """
            from pathlib import Path
            Path("src/orchestration/made.py").write_text("A = 1")
            """,
        "tests/test_orchestration_made.py": "from orchestration import made\n\ndef test_a():\n    assert made.A\n",
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.gaps == ["changed"]
    assert "1 source file appeared during the run: src/orchestration/made.py; generate code before it" in ran.last_line
