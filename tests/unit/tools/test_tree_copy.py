"""A copy of a commit has its files by name, and the contents of those that are read."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pytest_maturity.tools.tree_copy import copy_tree


def test_a_copy_has_the_files_of_the_commit_below_the_root(tmp_path: Path) -> None:
    root = tmp_path / "api"
    for name in ("api/src/a.py", "api/b.txt", "api/tests/test_ü.py", "other/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        subprocess.run((*git, *words), cwd=tmp_path, check=True)
    (root / "src/a.py").write_text("changed since")
    python, tests = (lambda path: path.suffix == ".py"), (lambda path: path.parts[0] == "tests")
    with copy_tree(root, "HEAD", "api/", python, tests) as copy:
        files = {path.relative_to(copy).as_posix(): path.read_text() for path in copy.rglob("*.py")}
        assert files == {"src/a.py": "", "tests/test_ü.py": "api/tests/test_ü.py"}
    assert not copy.exists()
