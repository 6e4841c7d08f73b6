"""Comments that silence a tool, and those that only look like it."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from coverage.config import DEFAULT_EXCLUDE, DEFAULT_PARTIAL
from coverage.parser import PythonParser

from pytest_maturity.evidence.suppressions.comments import find_comments, find_matching_lines
from pytest_maturity.evidence.suppressions.source import Source


def kinds_in(comment: str) -> list[str]:
    return [one.kind for one in find_comments(Source(f"value = 1  {comment}\n", "a.py"))]


# tests/acceptance/tools/test_real_tools.py compares these with what the tools do.
COMMENTS = {
    "noqa": [
        "# noqa", "#noqa", "# NoQA: F401", "# noqa : F401", "## noqa", "# because # noqa", "# noqa F401",
        "# ruff: noqa", "# ruff: noqa: F401", "# flake8: noqa", "# flake8=noqa", "# ruff: ignore[F401]",
        "# ruff: file-ignore[F401]", "# ruff: disable[F401]", "# isort: skip", "# isort: skip_file", "# isort: off",
        "# ruff: isort: skip_file", "# pylint: disable=unused-import", "# pylint: disable-next=x",
        "# pylint: skip-file", "# deptry: ignore", "# deptry: ignore[DEP001]",
    ],
    "fmt": ["# fmt: off", "# fmt:skip", "#fmt: skip", "# yapf: disable", "# x # fmt: skip"],
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
NO_SUPPRESSIONS = [
    "# noqafoo", "# noqa-like", "# see noqa", "# because: noqa", "# ruff: enable[E501]", "# ruff: isort: split",
    "# isort: split", "# isort: on", "# pylint: enable=x", "# fmt: on", "# fmt: skipped", "# nota: noqa",
    "# type: ignored", "# type: ignore_x", "# type: int", "# x type: ignore",
    "# Type: ignore", "# type: list[int]", "# pyright: strict", "# pyright: reportPrivateUsage=error",
    "# pyright: ignored", "# pyrefly: ignored", "# empty: ignore", "# mypy: strict", "# mypy: ignore-errors=False",
    "# NOSEC", "# no sec", "# x nosec", "# PRAGMA: allowlist secret", "# x pragma: allowlist secret",
    "# pragma: no mutate", "# pragmatic: no cover", "# coverage is no pragma", "# Pragma: No Cover",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "comment"), [(kind, one) for kind, group in COMMENTS.items() for one in group])
def test_a_comment_that_silences_a_tool_counts(kind: str, comment: str) -> None:
    assert kinds_in(comment) == [kind]


@pytest.mark.parametrize("comment", NO_SUPPRESSIONS)
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
def test_each_suppression_in_a_comment_counts(comment: str, kinds: list[str]) -> None:
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
    found = [(one.line, one.kind, one.text) for one in find_comments(Source(dedent(source).lstrip("\n"), "a.py"))]
    assert found == [(5, "no_cover", "# pragma: no cover"), (10, "noqa", "# noqa: E501")]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('def f(a="# pragma: no cover"):\n    b\n', [1]),
        ('def f(a=f"# pragma: no cover{1}"):\n    b\n', [1]),
        ('a = """\n# pragma: no cover\n"""\n', [2]),
        ('a = """#\npragma: no cover"""\n', [1]),
        ('if a: "# pragma: no cover"\n', [1]),
        ('"# pragma: no cover"; a = 1\n', [1]),
        ('while a or "# pragma: no branch":\n    b\n', [1]),
        ('def f():\n    """# pragma: no cover"""\n    a\n', []),
        ('"""Use\n\n    x  # pragma: no cover\n"""\n', []),
    ],
)
def test_a_pragma_in_a_string_counts_where_coverage_leaves_out_code(source: str, lines: list[int]) -> None:
    assert [(one.kind, one.line) for one in find_comments(Source(source, "a.py"))] == [
        ("no_cover", line) for line in lines
    ]
    parser = PythonParser(text=source, exclude="|".join([*DEFAULT_EXCLUDE, *DEFAULT_PARTIAL]))
    parser.parse_source()
    assert parser.excluded if lines else parser.excluded <= parser.raw_docstrings


def test_an_allowlisted_secret_in_a_string_counts() -> None:
    source = 'KEY = "x # pragma: allowlist secret"\n"""a  # pragma: allowlist secret"""\n'
    assert [(one.kind, one.line) for one in find_comments(Source(source, "a.py"))] == [("nosec", 1), ("nosec", 2)]


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
def test_a_source_that_is_no_python_is_an_error(broken: str) -> None:
    with pytest.raises(SyntaxError):
        list(find_comments(Source(broken, "a.py")))


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [("a", [1]), ("b", [2, 3]), ("b\\nc", [2, 3]), ("b\\n", [2, 3]), ("d", [4]), ("(?s)a.*d", [1, 2, 3, 4]), ("x", [])],
)
def test_only_the_lines_of_a_match_are_read(pattern: str, lines: list[int]) -> None:
    assert find_matching_lines("a\nb\nc b\nd", [re.compile(pattern)]) == lines
