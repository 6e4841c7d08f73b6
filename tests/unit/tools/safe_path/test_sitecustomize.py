"""Python processes whose module path does not have the directory that they start in, on every version of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_maturity.tools import safe_path

(FOLDER,) = safe_path.__path__
# A tool that spawns a worker, as detect-secrets does on macOS and Windows.
SPAWNING = """
import multiprocessing

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=print, args=("worked",))
    process.start()
    process.join()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with modules that leave a file behind where something imports them."""
    place = tmp_path / "project"
    place.mkdir()
    for name in ("brought", "pickle", "random", "tempfile", "sitecustomize", "usercustomize"):
        (place / f"{name}.py").write_text(f"open({str(place / 'ran')!r}, 'a').write('{name} ')\n")
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/run.py").write_text(SPAWNING)
    return place


def run(project: Path, *arguments: str, path: str = FOLDER, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    environment = {**kept, "PYTHONPATH": path, **variables}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [("-c", "import brought"), ("-m", "brought"), ("-c", "import os, brought")])
def test_the_directory_of_the_start_is_not_on_the_path(project: Path, arguments: tuple[str, ...]) -> None:
    assert run(project, *arguments, path="").returncode == 0
    (project / "ran").unlink()
    assert "No module named" in (ended := run(project, *arguments)).stderr
    assert ended.returncode == 1
    assert not (project / "ran").exists()


def test_a_spawned_worker_imports_nothing_from_there(project: Path) -> None:
    tool = str(project.parent / "tool/run.py")
    run(project, tool, path="")
    assert (project / "ran").exists()
    (project / "ran").unlink()
    assert (run(project, tool).stdout, (project / "ran").exists()) == ("worked\n", False)


def test_a_module_of_the_name_that_lies_elsewhere_is_imported_too(project: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.mine = 'mine'\n")
    path = os.pathsep.join([FOLDER, str(tmp_path)])
    code = "import json, sys; print(sys.mine, sys.modules['sitecustomize'].__file__, *sys.path[:1])"
    ended = run(project, "-c", code, path=path)
    assert ended.stdout.split() == ["mine", str(tmp_path / "sitecustomize.py"), str(tmp_path)]
    (tmp_path / "sitecustomize.py").write_text("import missing_module\n")
    assert "missing_module" in run(project, "-v", "-c", "pass", path=path).stderr


def test_other_folders_stay_and_nothing_is_imported_for_it(project: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([FOLDER, str(tmp_path)])
    code = "import json, sys; print(sys.path[0], [n for n in sys.modules if n in ('pathlib', 'pytest_maturity')])"
    assert run(project, "-c", code, path=path).stdout == f"{tmp_path} []\n"
    assert run(project, "-I", "-c", "import brought", path=path).returncode == 1
