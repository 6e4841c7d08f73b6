"""What counts as a suppression, and what only looks like one."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from io import StringIO
from pathlib import Path
from textwrap import dedent
from tokenize import COMMENT, TokenError, generate_tokens

import pytest

from pytest_maturity.evidence.assess import judge
from pytest_maturity.evidence.suppressions import scan
from pytest_maturity.evidence.suppressions.comments import comments
from pytest_maturity.evidence.suppressions.marks import marks
from pytest_maturity.gates.suppressions import GATE, measure, remedy
from pytest_maturity.model.evidence import Claim, Component, Coverage, Evidence, FileCoverage  # fmt: skip
from pytest_maturity.model.gates import Context, Measurement, Requirement, Status  # fmt: skip
from pytest_maturity.model.suppressions import KINDS, Suppression, Suppressions

NONE = dict.fromkeys(KINDS, 0)


def kinds_in(comment: str) -> list[str]:
    return [one.kind for one in comments(f"value = 1  {comment}\n", "a.py")]


def marks_in(code: str) -> list[tuple[int | None, str]]:
    return [(one.line, one.kind) for one in sorted(marks(dedent(code).lstrip("\n"), "t.py"), key=lambda one: one.place)]


# ── comments ─────────────────────────────────────────────────────────────────

# The tools themselves are asked in tests/acceptance/tools/test_real_tools.py.
COMMENTS = {
    "noqa": [
        "# noqa", "#noqa", "# NoQA: F401", "# noqa : F401", "## noqa", "# because # noqa", "# noqa F401",
        "# ruff: noqa", "# ruff: noqa: F401", "# flake8: noqa", "# flake8=noqa", "# ruff: ignore[F401]",
        "# ruff: file-ignore[F401]", "# ruff: disable[F401]", "# isort: skip", "# isort: skip_file", "# isort: off",
        "# ruff: isort: skip_file", "# pylint: disable=unused-import", "# pylint: disable-next=x",
        "# pylint: skip-file",
    ],
    "type_ignore": [
        "# type: ignore", "#type:ignore", "# type: ignore[attr-defined]", "# type: ignore because",
        "# x # type: ignore", "# type: ignore-errors",
        "# pyright: ignore", "# pyright: ignore[reportAttributeAccessIssue]", "# ty: ignore", "# ty:ignore[x-y]",
        "# pyrefly: ignore", "# pyrefly: ignore [bad-return]", "# pyrefly: ignore-errors",
        "# mypy: ignore-errors", "# mypy: ignore_errors=True", "# mypy: strict, ignore-errors",
        '# mypy: disable-error-code="attr-defined"', "# mypy: ignore-missing-imports",
        "# pyright: basic", "# pyright: off", "# pyright: standard", "# pyright: reportPrivateUsage=false",
        "# pyright: strict, reportPrivateUsage = none", "# pyright: basic, reportPrivateUsage=warning",
    ],
    "nosec": [
        "# nosec", "#nosec", "# nosec B101", "# nosec: B101, B102", "# nosecurity", "# because # nosec",
        "# pragma: allowlist secret", "# pragma:whitelist secret", "# pragma: allowlist-secret",
        "# pragma: allowlist nextline secret", "# // pragma: allowlist secret",
    ],
    "no_cover": [
        "# pragma: no cover", "#pragma:nocover", "# PRAGMA NO COVER", "# pragma: no branch", "# x # pragma: no cover",
    ],
}  # fmt: skip
FALSE_FRIENDS = [
    "# noqafoo", "# noqa-like", "# see noqa", "# because: noqa", "# ruff: enable[E501]", "# ruff: isort: split",
    "# isort: split", "# isort: on", "# pylint: enable=x", "# fmt: skip", "# nota: noqa",
    "# type: ignored", "# type: ignore_x", "# type: int", "# x type: ignore",
    "# Type: ignore", "# type: list[int]", "# pyright: strict", "# pyright: reportPrivateUsage=error",
    "# pyright: ignored", "# pyrefly: ignored", "# empty: ignore", "# mypy: strict", "# mypy: ignore-errors=False",
    "# NOSEC", "# no sec", "# x nosec", "# PRAGMA: allowlist secret", "# x pragma: allowlist secret",
    "# pragma: no mutate", "# pragmatic: no cover", "# coverage is no pragma", "# Pragma: No Cover",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "comment"), [(kind, one) for kind, comments in COMMENTS.items() for one in comments])
def test_a_comment_that_silences_a_tool_counts(kind: str, comment: str) -> None:
    assert kinds_in(comment) == [kind]


@pytest.mark.parametrize("comment", FALSE_FRIENDS)
def test_a_comment_that_only_resembles_one_is_none(comment: str) -> None:
    assert kinds_in(comment) == []


@pytest.mark.parametrize(
    ("comment", "kinds"),
    [
        ("# type: ignore[misc]  # noqa: F401", ["noqa", "type_ignore"]),
        ("# noqa: E501  # noqa: F401", ["noqa", "noqa"]),
        ("# noqa: N802, pylint: disable=invalid-name", ["noqa", "noqa"]),
        ("# type: ignore # pyright: ignore[x]", ["type_ignore", "type_ignore"]),
        ("# nosec B105  # pragma: allowlist secret # pragma: no cover # noqa", ["noqa", "nosec", "nosec", "no_cover"]),
    ],
)
def test_several_in_one_comment_count_each(comment: str, kinds: list[str]) -> None:
    assert kinds_in(comment) == kinds


def test_a_comment_in_a_string_is_no_suppression() -> None:
    source = '''
        """Write `# noqa` or `# type: ignore`.

        x = 1  # noqa
        """
        a = "# noqa", '# nosec'  # pragma: no cover
        b = f"{a} # type: ignore"
        c = """
        # ruff: noqa
        # mypy: ignore-errors
        """  # noqa: E501
    '''
    found = [(one.line, one.kind, one.text) for one in comments(dedent(source).lstrip("\n"), "a.py")]
    assert found == [(5, "no_cover", "# pragma: no cover"), (10, "noqa", "# noqa: E501")]


@pytest.mark.parametrize(
    "broken",
    [
        "x = (  # noqa\n",
        "x = '''  # noqa\n",
        "x = 'a  # noqa\n",
        "if x:\n    a\n  b  # noqa\n",
        "x = 1 $ 2  # noqa\n",
        "def f(:  # noqa\n",
    ],
)
def test_comments_in_what_is_no_python_are_not_told(broken: str) -> None:
    with pytest.raises(SyntaxError):
        list(comments(broken, "a.py"))


TRICKY = (
    'if x == """a\n# noqa""": pass  # noqa\n',
    "if (a  # noqa\n    and b):  # noqa\n    pass\nelse:  # noqa\n    pass  # noqa\n",
    "@(  # noqa\n    f  # noqa\n)\ndef g(): pass  # noqa\n",
    'x = """\n# noqa\n"""; y = (  # noqa\n    1,  # noqa\n)\n',
    'match x:  # noqa\n    case 1:  # noqa\n        """\n        # noqa\n        """\n    # noqa\n    case _: a\n',
    "try:  # noqa\n    pass\nexcept (A,  # noqa\n        B):\n    pass\nfinally:  # noqa\n    pass\n# noqa\n",
    "'#'; '''\n# noqa\n'''  # noqa\n",
    'é = "ü"; x = """\n# noqa"""  # noqa\n',
    'with a as b, \\\n        c:  # noqa\n    f(\n        "# noqa",  # noqa\n    )\n\n    # noqa\n',
    'class A(  # noqa\n    B,\n):\n    """# noqa"""  # noqa\n\n    @a  # noqa\n    # noqa\n    def b(): ...  # noqa\n',
    "for x in y: a = [  # noqa\n    1]  # noqa\nwhile x:\n    break\nelse: pass  # noqa",
)


@pytest.mark.parametrize("source", TRICKY)
def test_a_line_is_read_as_it_would_be_with_the_whole_source(source: str) -> None:
    tokens = generate_tokens(StringIO(source).readline)
    expected = [(one.start[0], one.string) for one in tokens if one.type == COMMENT]
    assert [(one.line, one.text) for one in comments(source, "a.py")] == expected


def test_a_rare_letter_does_not_make_a_source_unreadable() -> None:
    assert [one.kind for one in comments("℘ = 1  # noqa\n", "a.py")] == ["noqa"]


# ── skips and expected failures ──────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import pytest\n@pytest.mark.skip\ndef test_a(): ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.skip(reason='later')\ndef test_a(): ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.skipif(True, reason='x')\nclass TestA: ...", [(2, "skip")]),
        ("import pytest\n@pytest.mark.xfail(strict=True)\nasync def test_a(): ...", [(2, "xfail")]),
        ("import pytest\npytestmark = pytest.mark.skip", [(2, "skip")]),
        ("import pytest\npytestmark = [pytest.mark.xfail, pytest.mark.skipif('x')]", [(2, "skip"), (2, "xfail")]),
        ("import pytest\nCASES = [\n  pytest.param(1, marks=pytest.mark.xfail),\n  2]", [(3, "xfail")]),
        ("import pytest\nCASES = [pytest.param(1, marks=[pytest.mark.skip('x')])]", [(2, "skip")]),
        ("import pytest\ndef test_a():\n    pytest.skip('x')", [(3, "skip")]),
        ("import pytest\ndef test_a():\n    raise pytest.skip('x')", [(3, "skip")]),
        ("import pytest\ndef test_a():\n    pytest.xfail('x')", [(3, "xfail")]),
        ("import pytest\nnumpy = pytest.importorskip('numpy')", [(2, "skip")]),
        ("import pytest\nnumpy = pytest.importorskip('numpy')\nnumpy()", [(2, "skip")]),
        ("import pytest\nraise pytest.skip.Exception('x', allow_module_level=True)", [(2, "skip")]),
        ("import pytest as pt\n@pt.mark.skip\ndef test_a(): ...", [(2, "skip")]),
        ("from pytest import mark\n@mark.xfail\ndef test_a(): ...", [(2, "xfail")]),
        ("from pytest import mark as m, skip as leave\n@m.skip\ndef a(): leave()", [(2, "skip"), (3, "skip")]),
        ("from pytest import *\nskip('x', allow_module_level=True)\nmark.xfail", [(2, "skip"), (3, "xfail")]),
        ("from _pytest.outcomes import skip\nskip('x')", [(2, "skip")]),
        ("import _pytest.outcomes\n_pytest.outcomes.xfail('x')", [(2, "xfail")]),
        ("def test_a():\n    import pytest\n    pytest.skip()", [(3, "skip")]),
        ("def pytest_collection_modifyitems(items):\n    items[0].add_marker('skip')  # pytest", [(2, "skip")]),
        ("import pytest\ndef test_a(request):\n    request.applymarker(pytest.mark.xfail)", [(3, "xfail")]),
        ("import unittest\n@unittest.skip('x')\nclass A(unittest.TestCase): ...", [(2, "skip")]),
        ("import unittest\n@unittest.skipIf(1, 'x')\nclass A: ...", [(2, "skip")]),
        ("import unittest as u\n@u.skipUnless(0, 'x')\nclass A: ...", [(2, "skip")]),
        ("from unittest import expectedFailure\n@expectedFailure\ndef test_a(): ...", [(2, "xfail")]),
        ("from unittest.case import SkipTest\nraise SkipTest", [(2, "skip")]),
        ("import unittest.case\nraise unittest.case.SkipTest('x')", [(2, "skip")]),
        ("import unittest\nraise unittest.SkipTest('x')", [(2, "skip")]),
        ("from django.test import TestCase\nclass A(TestCase):\n  def a(self):\n    self.skipTest('')", [(4, "skip")]),
        ("import pytest\nslow = pytest.mark.skipif(1)\n@slow\ndef test_a(): ...", [(2, "skip"), (3, "skip")]),
        ("import pytest\nmark = pytest.mark\n@mark.skip\ndef test_a(): ...", [(3, "skip")]),
    ],
)  # fmt: skip
def test_a_test_that_may_not_run_or_may_fail_counts(code: str, expected: list[tuple[int, str]]) -> None:
    assert marks_in(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "import pytest\nTEXT = 'pytest.skip() and @pytest.mark.skip'",
        "import pytest\n# @pytest.mark.skip",
        "import pytest\n'''\n@pytest.mark.xfail\n'''",
        "import pytest\ndef skip(): ...\nskip()",
        "import pytest\nreader.skip(1)\nself.mark.skip",
        "from mine import pytest, skip, mark\n@mark.skip\ndef a(): skip(); pytest.skip()",
        "from . import pytest\nfrom .unittest import skip\nskip()",
        "import pytest\n@pytest.mark.skipped\n@pytest.mark.slow\ndef test_skip(): ...",
        "import pytest\ntry:\n    run()\nexcept pytest.skip.Exception:\n    pass",
        "import pytest, unittest\nwith pytest.raises(unittest.SkipTest):\n    run()",
        "import pytest\nwith pytest.raises(pytest.skip.Exception):\n    run()",
        "import pytest\nskip = pytest.raises(ValueError)\nskip",
        "import pytest\nitem.add_marker('slow')\nitem.add_marker(skip)\nitem.add_marker()",
        "import pytest\nmark.skip = 3\npytest.mark.skip = 3",
        "# noqa pytest skip",
    ],
)
def test_what_only_sounds_like_a_skip_is_none(code: str) -> None:
    assert marks_in(code) == []


def test_a_mark_is_told_with_its_words_in_one_line() -> None:
    code = "import pytest\n@pytest.mark.skip(\n    reason='later',\n)\ndef test_a(): ...\n"
    assert [one.text for one in marks(code, "t.py")] == ["pytest.mark.skip(reason='later')"]
    (long,) = marks(f"import pytest\npytest.skip('{'x' * 999}')", "t.py")
    assert len(long.text) == 200


# ── a component ──────────────────────────────────────────────────────────────

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

    def covered(self, *omitted: str, left_out: Mapping[str, tuple[int, ...]] = {}) -> Coverage:
        names = [path.relative_to(self.root).as_posix() for path in self.component.files]
        return Coverage(
            files=tuple(
                FileCoverage(path=name, statements=1, covered_lines=1, excluded_by_settings=left_out.get(name, ()))
                for name in names
                if name not in omitted
            )
        )

    def seen(self, coverage: Coverage | None = None) -> Suppressions:
        found = self.covered() if coverage is None else coverage
        return scan.count([self.component], {"auth": found}, Context(root=self.root))["auth"]

    def evidence(self, coverage: Coverage | None = None) -> Evidence:
        return Evidence(component=self.component, suppressions=self.seen(coverage))

    def measure(self, coverage: Coverage | None = None) -> Measurement:
        return measure(self.evidence(coverage), Context(root=self.root))


def test_a_component_is_counted_by_kind_and_every_place_is_a_finding(tmp_path: Path) -> None:
    found = Project(tmp_path).measure()
    assert (found.value, found.note) == (6, "1 noqa, 1 type ignore, 1 nosec, 1 no cover, 1 skip, 1 xfail")
    assert found.breakdown == {**dict.fromkeys(KINDS, 1), "omitted": 0}
    assert [(one.location, one.rule, one.message) for one in found.findings] == [
        ("src/auth/__init__.py:1", "noqa", "# noqa: F401"),
        ("src/auth/keys.py:1", "nosec", "# nosec B105 # pragma: no cover"),
        ("src/auth/keys.py:1", "no_cover", "# nosec B105 # pragma: no cover"),
        ("src/auth/keys.py:2", "type_ignore", "# type: ignore[assignment]"),
        ("tests/conftest.py:2", "skip", "pytest.skip('no network')"),
        ("tests/test_auth.py:2", "xfail", "pytest.mark.xfail"),
    ]


def test_a_component_without_any_has_none_of_each_kind(tmp_path: Path) -> None:
    clean = Project(tmp_path, dict.fromkeys([*SOURCES, *TESTS], "x = 1\n")).measure()
    assert (clean.value, clean.note, clean.breakdown) == (0, "none", NONE)


def test_files_and_lines_that_coverage_leaves_out_count_one_each(tmp_path: Path) -> None:
    project = Project(tmp_path)
    found = project.measure(project.covered("src/auth/__init__.py", left_out={"src/auth/old.py": (1, 2)}))
    assert found.breakdown["omitted"] == 3
    assert [(one.location, one.message) for one in found.findings if one.rule == "omitted"] == [
        ("src/auth/__init__.py", "omitted by the coverage configuration"),
        ("src/auth/old.py:1", "excluded by the coverage configuration"),
        ("src/auth/old.py:2", "excluded by the coverage configuration"),
    ]
    assert found.value == 9
    assert [one.path for one in found.findings] == sorted(one.path for one in found.findings)


def test_without_coverage_the_total_is_unknown_and_every_other_kind_is_told(tmp_path: Path) -> None:
    found = Project(tmp_path).measure(Coverage(problem="nothing measured coverage"))
    assert found.value is None
    assert found.breakdown == {**dict.fromkeys(KINDS, 1), "omitted": None}
    assert found.note == (
        "what coverage leaves out could not be told: nothing measured coverage; "
        "1 noqa, 1 type ignore, 1 nosec, 1 no cover, 1 skip, 1 xfail; unknown: omitted"
    )


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("x = (  # noqa\n", "'(' was never closed (old.py, line 1)"),
        ("def f(:\n    import pytest; pytest.skip()\n", "invalid syntax"),
        (b"# coding: utf-8\nx = '\xff'\n", "can't decode byte 0xff"),
        (b"# coding: klingon\n", "unknown encoding"),
    ],
)
def test_a_source_that_cannot_be_read_is_unknown_and_named(tmp_path: Path, broken: str | bytes, words: str) -> None:
    found = Project(tmp_path, {"src/auth/old.py": broken}).measure()
    assert found.value is None
    assert found.breakdown == {**dict.fromkeys(KINDS), "omitted": 0}
    assert found.note.startswith("src/auth/old.py could not be read for suppressions: ")
    assert words in found.note


def test_a_test_file_that_cannot_be_read_leaves_only_what_tests_may_hold_unknown(tmp_path: Path) -> None:
    found = Project(tmp_path, {"tests/test_auth.py": "import pytest; pytest.skip(\n"}).measure()
    assert found.value is None
    assert found.breakdown == {
        "noqa": 1, "type_ignore": 1, "nosec": 1, "no_cover": 1, "omitted": 0, "skip": None, "xfail": None
    }  # fmt: skip
    assert found.note.startswith("tests/test_auth.py could not be read for suppressions: ")


@pytest.mark.parametrize("error", [TokenError("odd", (1, 0)), RecursionError(), MemoryError()])
def test_whatever_keeps_a_source_from_being_read_makes_it_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(scan, "comments", fail)
    found = Project(tmp_path).measure()
    assert (found.value, found.breakdown["noqa"], found.breakdown["skip"]) == (None, None, None)
    assert str(error) in found.note or type(error).__name__ in found.note


def test_a_source_that_is_gone_is_unknown(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.root / "src/auth/old.py").unlink()
    assert project.measure().value is None


def test_a_component_without_files_is_unknown(tmp_path: Path) -> None:
    empty = Component(name="auth", sources=(), files=(), found_by="src")
    seen = scan.count([empty], {"auth": Coverage()}, Context(root=tmp_path))["auth"]
    assert seen.total is None
    assert seen.counts == {**dict.fromkeys(KINDS), "omitted": 0}
    assert seen.problems == ("the component has no Python files",)


def test_what_nobody_counted_is_unknown_not_none() -> None:
    found = measure(Evidence(component=Component(name="a", sources=(), files=(), found_by="")), Context(root=Path()))
    assert (found.value, found.breakdown) == (None, dict.fromkeys(KINDS))
    assert found.note.startswith("suppressions were not counted; unknown: noqa, type ignore")


def test_a_file_with_another_encoding_is_read_in_it(tmp_path: Path) -> None:
    latin = "# coding: latin-1\nx = '\xe9'  # noqa\n".encode("latin-1")
    windows = b"\xef\xbb\xbfimport os\r\nimport re  # type: ignore\r\n"
    found = Project(tmp_path, {"src/auth/old.py": latin, "src/auth/keys.py": windows}).measure()
    assert (found.breakdown["noqa"], found.breakdown["type_ignore"]) == (2, 1)


def test_a_source_that_is_a_test_too_counts_once(tmp_path: Path) -> None:
    project = Project(tmp_path, {"src/auth/old.py": "import pytest\npytest.importorskip('x')  # noqa\n"})
    before = project.measure().breakdown
    claims = (*project.component.tests, Claim(path=project.root / "src/auth/old.py", rule="doctests"))
    project.component = Component(
        name="auth", sources=project.component.sources, files=project.component.files, found_by="src", tests=claims
    )
    assert project.measure().breakdown == before
    assert (before["noqa"], before["skip"]) == (2, 2)


def test_a_file_of_two_components_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path)
    opened: list[Path] = []
    real = scan.seen

    def seen(path: Path, where: str, source: bool) -> scan.Seen:
        opened.append(path)
        return real(path, where, source)

    monkeypatch.setattr(scan, "seen", seen)
    pair = [project.component, Component(name="b", sources=(), files=project.component.files[:2], found_by="")]
    found = scan.count(pair, dict.fromkeys(["auth", "b"], project.covered()), Context(root=project.root))
    assert len(opened) == len(set(opened))
    assert (found["auth"].total, found["b"].total) == (6, 4)


def test_a_file_that_a_link_leads_to_is_not_taken_for_omitted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    link = project.root / "src/auth/link.py"
    try:
        link.symlink_to(project.root / "conftest.py")
    except OSError:
        pytest.skip("this system has no symbolic links")
    project = Project(tmp_path)
    covered = project.covered("src/auth/link.py")
    target = FileCoverage(path="conftest.py", statements=1, covered_lines=1)
    assert project.measure(Coverage(files=(*covered.files, target))).breakdown["omitted"] == 0


# ── what a stage makes of it ─────────────────────────────────────────────────


def asked(threshold: int, line: str = "") -> Requirement:
    return Requirement(gate="suppressions", line=line, threshold=Fraction(threshold), source="here")


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        (asked(5), "remove 1 of 6: src/auth/__init__.py:1 noqa, src/auth/keys.py:1 nosec, "
         "src/auth/keys.py:1 no_cover, ..."),
        (asked(0, "skip"), "remove 1: tests/conftest.py:2 skip"),
    ],
)  # fmt: skip
def test_the_remedy_says_how_many_to_remove_and_where(tmp_path: Path, requirement: Requirement, words: str) -> None:
    evidence = Project(tmp_path).evidence()
    assert remedy(evidence, measure(evidence, Context(root=tmp_path)), requirement).text == words


@pytest.mark.parametrize(("coverage", "total"), [(None, Status.FAILED), (Coverage(problem="no"), Status.UNKNOWN)])
def test_a_cap_on_all_and_on_a_kind_are_judged_apart(tmp_path: Path, coverage: Coverage | None, total: Status) -> None:
    project = Project(tmp_path)
    asks = [asked(5), asked(0, "nosec"), asked(1, "noqa")]
    found = judge(project.evidence(coverage), {GATE.name: GATE}, {"dev": asks}, "dev", Context(root=tmp_path))
    assert {result.name: result.stages["dev"].status for result in found.results} == {
        "suppressions": total,
        "suppressions.nosec": Status.FAILED,
        "suppressions.noqa": Status.PASSED,
    }
    places = {result.name: [one.location for one in result.findings] for result in found.results}
    assert places["suppressions.nosec"] == ["src/auth/keys.py:1"]
    assert len(places["suppressions"]) == 6


def test_the_gate_is_better_when_lower_and_has_a_line_for_each_kind() -> None:
    assert (GATE.name, GATE.better, GATE.lines, GATE.unit) == ("suppressions", "lower", KINDS, "")


def test_one_that_is_found_of_a_kind_that_is_unknown_has_no_number() -> None:
    one = Suppression(kind="skip", path="t.py", line=1)
    seen = Suppressions(found=(one,), unknown=frozenset({"skip"}), problems=("x",))
    assert (seen.counts["skip"], seen.total, seen.words) == (None, None, "unknown: skip")
