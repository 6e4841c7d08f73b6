"""A source is parsed once, for all searches, and not before one of them needs its tree."""

from __future__ import annotations

import pytest

from pytest_maturity.evidence.suppressions.source import Source
from pytest_maturity.model.syntax import parse_source

PARSER = "pytest_maturity.evidence.suppressions.source.parse_source"


def test_it_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    monkeypatch.setattr(PARSER, lambda text, path: parsed.append(path) or parse_source(text, path))  # type: ignore[func-returns-value]
    source = Source("a = 1\n", "a.py")
    assert parsed == []
    assert source.nodes[0] is source.tree
    assert source.nodes is source.nodes
    assert parsed == ["a.py"]


def test_each_search_in_broken_code_says_so() -> None:
    source = Source("def (:\n", "a.py")
    for _ in range(2):
        with pytest.raises(SyntaxError):
            _ = source.nodes
