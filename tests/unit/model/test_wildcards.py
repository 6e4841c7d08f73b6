"""Patterns of texts and of paths."""

from __future__ import annotations

import pytest

from pytest_maturity.model.wildcards import PathPatterns, matches, matches_path


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("F401", "F401", True),
        ("F401", "F40", False),
        ("F401", "F*", True),
        ("F401", "*1", True),
        ("F401", "F*0*1", True),
        ("F401", "F*1*0*", False),
        ("F401", "*", True),
        ("", "*", True),
        ("ab", "ab*b", False),  # the two ends do not overlap
        ("abb", "ab*b", True),
        ("aXbXc", "a*X*X*c", True),
        ("aXc", "a*X*X*c", False),
        ("aXXb", "a*X*X*b", True),
        ("abc", "a*bc*c", False),  # nor does a part overlap an end
        ("bx", "*b*", True),
        ("F[1]", "F[1]", True),
        ("f401", "F401", False),
        ("a" * 5000, "*a" * 500 + "b", False),
    ],
)
def test_a_star_stands_for_any_characters(text: str, pattern: str, expected: bool) -> None:
    assert matches(text, pattern) is expected


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("src/shop/a.py", "src/shop/a.py", True),
        ("src/shop/a.py", "./src/shop/", True),
        ("src/shop/a.py", "src/shop", True),
        ("src/shop/a.py", "src/sho", False),
        ("src/shopping/a.py", "src/shop", False),
        ("src/shop", "src/shop/a.py", False),
        ("src/shop/a.py", "shop", False),
        ("src/shop/a.py", "src/*/a.py", True),
        ("src/shop/deep/a.py", "src/*/a.py", False),
        ("src/shop/deep/a.py", "src/*", False),
        ("src/a.py", "src/*", True),
        ("src/shop/deep/a.py", "src/*/deep", True),
        ("src/shop/deep/a.py", "src/**", True),
        ("src/shop/deep/a.py", "src/**/a.py", True),
        ("src/a.py", "src/**/a.py", True),
        ("a.py", "**/a.py", True),
        ("src/a.py", "**/**/a.py", True),
        ("src/a.pyc", "**/a.py", False),
        ("src/a.py", "*.py", False),
        ("src/old_a.py", "src/old_*.py", True),
        ("src/a.py", "/src/a.py", False),
        ("/src/a.py", "/src", True),
        ("src/a.py", "/", False),
        ("src/a.py", ".", False),
        ("/".join("a" * 400), "**/a/" * 100 + "b", False),
    ],
)
def test_a_path_fits_a_pattern(path: str, pattern: str, expected: bool) -> None:
    assert matches_path(path, pattern) is expected


def test_many_patterns_are_found_at_once() -> None:
    patterns = PathPatterns()
    known = ["src", "src/*", "src/**", "**/a.py", "src/a.py", "src/*.py", "other", "/src/a.py", "**", ".", "src/a*"]
    for number, pattern in enumerate(known):
        patterns.add(pattern, number)
    for path in ("src/a.py", "src/shop/a.py", "/src/a.py", "a.py", "", "src", "other/src/a.py"):
        assert sorted(patterns.find(path)) == [
            number for number, pattern in enumerate(known) if matches_path(path, pattern)
        ]
    assert sorted(patterns.find("src/a.py")) == [0, 1, 2, 3, 4, 5, 8, 10]
    assert sorted(patterns.find("/src/a.py")) == [7]
