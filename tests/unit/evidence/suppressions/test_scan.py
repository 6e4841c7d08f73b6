"""The suppressions of a component, in its sources, its tests and its coverage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError

import pytest

from pytest_maturity.evidence.suppressions import scan
from pytest_maturity.model.evidence import Claim, Component, Coverage, FileCoverage
from pytest_maturity.model.gates import Context
from pytest_maturity.model.suppressions import KINDS, Suppressions

SOURCES = {
    "src/auth/__init__.py": "import os  # noqa: F401\nX = '# noqa'\n",
    "src/auth/keys.py": "KEY = 'k'  # nosec B105 # pragma: no cover\nN: int = ''  # type: ignore[assignment]\n",
    "src/auth/old.py": "def f():\n    raise NotImplementedError\n",
}
TESTS = {
    "tests/test_auth.py": "import pytest\n@pytest.mark.xfail\ndef test_a(): ...  # noqa: E704\n",
    "tests/conftest.py": "import pytest\ndef pytest_runtest_setup(item): pytest.skip('no network')\n",
    "conftest.py": "# noqa\n",
    "tests/test_other.py": "import pytest\npytestmark = pytest.mark.skip\n",
}


class Project:
    """A component, auth, in files below a root."""

    def __init__(self, root: Path, changed: Mapping[str, str | bytes] = {}) -> None:
        self.root = root.resolve()
        for name, text in {**SOURCES, **TESTS, **changed}.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.component = Component(
            name="auth",
            sources=(self.root / "src/auth",),
            files=tuple(sorted((self.root / "src/auth").rglob("*.py"))),
            found_by="src",
            tests=(Claim(path=self.root / "tests/test_auth.py", rule="file"),),
        )

    def covered(self, *omitted: str, excluded: Mapping[str, tuple[int, ...]] = {}) -> Coverage:
        names = [path.relative_to(self.root).as_posix() for path in self.component.files]
        return Coverage(
            files=tuple(
                FileCoverage(path=name, statements=1, covered_lines=1, excluded_by_settings=excluded.get(name, ()))
                for name in names
                if name not in omitted
            )
        )

    def count(self, coverage: Coverage | None = None) -> Suppressions:
        found = self.covered() if coverage is None else coverage
        return scan.count_suppressions([self.component], {"auth": found}, Context(root=self.root))["auth"]


def test_every_suppression_of_a_component_is_found(tmp_path: Path) -> None:
    found = Project(tmp_path).count()
    assert (found.total, found.problems) == (6, ())
    assert found.counts == {**dict.fromkeys(KINDS, 1), "fmt": 0, "omitted": 0, "warning_filter": 0}
    assert [(one.path, one.line, one.kind, one.text) for one in found.found] == [
        ("src/auth/__init__.py", 1, "noqa", "# noqa: F401"),
        ("src/auth/keys.py", 1, "nosec", "# nosec B105 # pragma: no cover"),
        ("src/auth/keys.py", 1, "no_cover", "# nosec B105 # pragma: no cover"),
        ("src/auth/keys.py", 2, "type_ignore", "# type: ignore[assignment]"),
        ("tests/conftest.py", 2, "skip", "pytest.skip('no network')"),
        ("tests/test_auth.py", 2, "xfail", "pytest.mark.xfail"),
    ]


def test_a_component_without_any_has_none_of_each_kind(tmp_path: Path) -> None:
    clean = Project(tmp_path, dict.fromkeys([*SOURCES, *TESTS], "x = 1\n")).count()
    assert (clean.total, clean.problems, clean.counts) == (0, (), dict.fromkeys(KINDS, 0))


def test_each_file_and_line_that_coverage_omits_counts(tmp_path: Path) -> None:
    project = Project(tmp_path)
    found = project.count(project.covered("src/auth/__init__.py", excluded={"src/auth/old.py": (1, 2)}))
    assert found.counts["omitted"] == 3
    assert [(one.path, one.line, one.text) for one in found.found if one.kind == "omitted"] == [
        ("src/auth/__init__.py", None, "omitted by the coverage configuration"),
        ("src/auth/old.py", 1, "excluded by the coverage configuration"),
        ("src/auth/old.py", 2, "excluded by the coverage configuration"),
    ]
    assert found.total == 9
    assert [one.path for one in found.found] == sorted(one.path for one in found.found)


def test_without_coverage_the_total_is_unknown_and_every_other_kind_has_a_number(tmp_path: Path) -> None:
    found = Project(tmp_path).count(Coverage(problem="nothing measured coverage"))
    assert found.total is None
    assert found.counts == {**dict.fromkeys(KINDS, 1), "fmt": 0, "omitted": None, "warning_filter": 0}
    assert found.problems == ("code that coverage omits is unknown: nothing measured coverage",)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("x = (  # noqa\n", "'(' was never closed (old.py, line 1)"),
        ("def f(:\n    import pytest; pytest.skip()\n", "invalid syntax"),
        (b"# coding: utf-8\nx = '\xff'\n", "can't decode byte 0xff"),
        (b"# coding: klingon\n", "unknown encoding"),
    ],
)
def test_a_source_that_cannot_be_read_is_unknown_and_named(tmp_path: Path, broken: str | bytes, reason: str) -> None:
    found = Project(tmp_path, {"src/auth/old.py": broken}).count()
    assert found.total is None
    assert found.counts == {**dict.fromkeys(KINDS), "omitted": 0}
    (problem,) = found.problems
    assert problem.startswith("src/auth/old.py could not be read for suppressions: ")
    assert reason in problem


def test_a_test_file_that_cannot_be_read_makes_only_the_kinds_of_tests_unknown(tmp_path: Path) -> None:
    found = Project(tmp_path, {"tests/test_auth.py": "import pytest; pytest.skip(\n"}).count()
    assert found.total is None
    assert found.counts == {
        "noqa": 1, "type_ignore": 1, "nosec": 1, "fmt": 0, "no_cover": 1, "omitted": 0, "skip": None, "xfail": None,
        "warning_filter": None,
    }  # fmt: skip
    assert found.problems[0].startswith("tests/test_auth.py could not be read for suppressions: ")


@pytest.mark.parametrize("error", [TokenError("odd", (1, 0)), RecursionError(), MemoryError()])
def test_every_error_of_a_parser_makes_a_source_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(scan, "find_comments", fail)
    found = Project(tmp_path).count()
    assert (found.total, found.counts["noqa"], found.counts["skip"]) == (None, None, None)
    assert (str(error) or type(error).__name__) in found.problems[0]


def test_a_source_that_is_gone_is_unknown(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.root / "src/auth/old.py").unlink()
    assert project.count().total is None


def test_a_component_without_files_is_unknown(tmp_path: Path) -> None:
    empty = Component(name="auth", sources=(), files=(), found_by="src")
    found = scan.count_suppressions([empty], {"auth": Coverage()}, Context(root=tmp_path))["auth"]
    assert found.total is None
    assert found.counts == {**dict.fromkeys(KINDS), "omitted": 0}
    assert found.problems == ("the component has no Python files",)


def test_a_file_with_another_encoding_is_read_in_it(tmp_path: Path) -> None:
    latin = "# coding: latin-1\nx = '\xe9'  # noqa\n".encode("latin-1")
    windows = b"\xef\xbb\xbfimport os\r\nimport re  # type: ignore\r\n"
    found = Project(tmp_path, {"src/auth/old.py": latin, "src/auth/keys.py": windows}).count()
    assert (found.counts["noqa"], found.counts["type_ignore"]) == (2, 1)


def test_a_source_that_is_also_a_test_file_counts_once(tmp_path: Path) -> None:
    project = Project(tmp_path, {"src/auth/old.py": "import pytest\npytest.importorskip('x')  # noqa\n"})
    before = project.count().counts
    claims = (*project.component.tests, Claim(path=project.root / "src/auth/old.py", rule="doctests"))
    project.component = Component(
        name="auth", sources=project.component.sources, files=project.component.files, found_by="src", tests=claims
    )
    assert project.count().counts == before
    assert (before["noqa"], before["skip"]) == (2, 2)


def test_a_file_of_two_components_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path)
    opened: list[Path] = []
    scan_file = scan.scan_file

    def counting(path: Path, displayed_path: str, is_source: bool) -> scan.ScannedFile:
        opened.append(path)
        return scan_file(path, displayed_path, is_source)

    monkeypatch.setattr(scan, "scan_file", counting)
    pair = [project.component, Component(name="b", sources=(), files=project.component.files[:2], found_by="")]
    found = scan.count_suppressions(pair, dict.fromkeys(["auth", "b"], project.covered()), Context(root=project.root))
    assert len(opened) == len(set(opened))
    assert (found["auth"].total, found["b"].total) == (6, 4)


def test_the_target_of_a_link_is_not_omitted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    link = project.root / "src/auth/link.py"
    try:
        link.symlink_to(project.root / "conftest.py")
    except OSError:
        pytest.skip("this system has no symbolic links")
    project = Project(tmp_path)
    covered = project.covered("src/auth/link.py")
    target = FileCoverage(path="conftest.py", statements=1, covered_lines=1)
    assert project.count(Coverage(files=(*covered.files, target))).counts["omitted"] == 0
