"""The parts of a Markdown text that a specification is judged by: headings, code blocks, and lines with content.

Imported only where a specification exists: markdown-it takes 59 ms to import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..model.light_dataclass import light_dataclass

NEWLINE = re.compile(r"\r\n|\n|\r")
COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading outside of lists and quotes. `line` counts from 1; `title` is Markdown."""

    line: int
    level: int
    title: str


@light_dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A fenced block of code, which begins after `offset` lines. `info` is the text behind the opening fence."""

    offset: int
    info: str
    code: str


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The parts of a Markdown text. `content` are the first lines of all text and code, counted from 1."""

    headings: tuple[Heading, ...]
    blocks: tuple[CodeBlock, ...]
    content: tuple[int, ...]

    def has_content_below(self, heading: Heading) -> bool:
        """Whether there is text or code below a heading, before the next one of its level or above."""
        following = (one.line for one in self.headings if one.line > heading.line and one.level <= heading.level)
        end = next(following, float("inf"))
        return any(heading.line < line < end for line in self.content)


def parse_markdown(text: str) -> Document:
    """Returns the parts of a Markdown text, by the rules of CommonMark.

    Front matter, which CommonMark does not know, and comments are no content.
    """
    lines = NEWLINE.split(text)
    skipped = count_front_matter(lines)
    # Only blocks are needed. The text in them costs most, and a hostile one very much.
    parser = MarkdownIt("commonmark").disable("inline")
    tokens = parser.parse("\n".join([*[""] * skipped, *lines[skipped:]]))
    headings = tuple(find_headings(tokens))
    titles = {heading.line for heading in headings}
    return Document(
        headings=headings,
        blocks=tuple(
            CodeBlock(offset=find_first_line(token), info=token.info, code=token.content)
            for token in tokens
            if token.type == "fence"
        ),
        content=tuple(
            find_first_line(token)
            for token in tokens
            if COMMENT.sub("", token.content).strip() and find_first_line(token) not in titles
        ),
    )


def count_front_matter(lines: list[str]) -> int:
    """Returns how many lines at the beginning are YAML front matter, 0 without one."""
    if lines[0].rstrip() != "---":
        return 0
    return next((number + 1 for number in range(1, len(lines)) if lines[number].rstrip() in ("---", "...")), 0)


def find_headings(tokens: list[Token]) -> Iterator[Heading]:
    """Yields the headings that are in no list and no quote."""
    for token, title in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0:
            yield Heading(line=find_first_line(token), level=int(token.tag[1:]), title=title.content)


def find_first_line(token: Token) -> int:
    """Returns the line that a block begins in, counted from 1."""
    assert token.map is not None  # every block with content has one
    return token.map[0] + 1
