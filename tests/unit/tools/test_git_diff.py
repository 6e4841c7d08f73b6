"""The output of `git diff`, whatever stands in it."""

from __future__ import annotations

import pytest

from pytest_maturity.tools.git import GitError
from pytest_maturity.tools.git_diff import parse_diff, parse_name


def test_a_hunk_may_look_like_anything() -> None:
    output = (
        b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,3 @@\n--- a/x\n\\ No newline at end of file\n+++ b/y\n"
        b"+@@ -1 +1 @@\n+diff --git a/z b/z\n@@ -9,0 +12 @@\n+x\n"
    )
    assert parse_diff(output) == {b"a": {1, 2, 3, 12}}


@pytest.mark.parametrize("output", [b"+++ b/a\n@@ -1 +1,3 @@\n-x\n", b"Binary files a/x and b/y and b/z differ\n"])
def test_an_output_that_cannot_be_understood_is_an_error(output: bytes) -> None:
    with pytest.raises(GitError):
        parse_diff(output)


def test_quoted_names_are_read() -> None:
    assert parse_name(b'"b/\\303\\244 \\"\\\\\\t.py"') == 'ä "\\\t.py'.encode()
    assert parse_name(b"/dev/null") is None
