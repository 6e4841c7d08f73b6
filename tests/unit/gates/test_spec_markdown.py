"""The headings, code blocks and content of a Markdown text, by the rules of CommonMark."""

from __future__ import annotations

import pytest

from pytest_maturity.gates.spec_markdown import CodeBlock, Heading, parse_markdown

TEXT = """\
---
title: Engine
---
# Engine

It runs.

Limits
------
* ```python
  LIMIT = 4
  ```

> ## Not a heading of the text
<!-- a comment -->
"""


def test_headings_blocks_and_content_have_their_lines() -> None:
    document = parse_markdown(TEXT)
    assert document.headings == (Heading(line=4, level=1, title="Engine"), Heading(line=8, level=2, title="Limits"))
    assert document.blocks == (CodeBlock(offset=10, info="python", code="LIMIT = 4\n"),)
    assert document.content == (6, 10, 14)


@pytest.mark.parametrize("text", ["", "\n\n", "---\na: 1\n---\n", "---\na: 1\n...\n", "<!-- x", "***\n", "```\n```\n"])
def test_a_text_without_content_has_none(text: str) -> None:
    document = parse_markdown(text)
    assert (document.headings, document.content) == ((), ())


def test_front_matter_without_an_end_is_text() -> None:
    document = parse_markdown("---\na: 1\n\n# A\n")
    assert (document.headings, document.content) == ((Heading(line=4, level=1, title="A"),), (2,))


def test_content_belongs_to_a_heading_up_to_the_next_one_of_its_level_or_above() -> None:
    document = parse_markdown("# A\n## B\n### C\nText\n## D\n# E\n")
    has_content = {one.title: document.has_content_below(one) for one in document.headings}
    assert has_content == {"A": True, "B": True, "C": True, "D": False, "E": False}


def test_lines_are_counted_as_editors_count_them() -> None:
    assert [heading.line for heading in parse_markdown("\x0c\u2028\x85\n# A\r\n\r# B").headings] == [2, 4]


def test_deep_nesting_is_read_in_no_time() -> None:
    assert parse_markdown("> " * 20_000 + "x\n").headings == ()
