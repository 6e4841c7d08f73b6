"""Comments are read by statement, and are the same as with the tokens of the whole source."""

from __future__ import annotations

import ast
from io import StringIO
from tokenize import COMMENT, TokenError, generate_tokens

import pytest

from pytest_maturity.evidence.suppressions.statements import (
    CommentReader,
    find_comments_in,
    find_first_line,
    find_last_line,
    list_statements,
)

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


def comments_of(source: str) -> dict[int, str]:
    """Returns the comment of each line of a source, read line by line."""
    reader = CommentReader(source, ast.parse(source))
    lines = range(1, len(StringIO(source).readlines()) + 1)
    return {line: comment for line in lines if (comment := reader.comment_in(line))}


@pytest.mark.parametrize("source", TRICKY)
def test_a_comment_is_read_as_with_the_tokens_of_the_whole_source(source: str) -> None:
    tokens = generate_tokens(StringIO(source).readline)
    assert comments_of(source) == {one.start[0]: one.string for one in tokens if one.type == COMMENT}


def test_a_rare_letter_does_not_make_a_source_unreadable() -> None:
    assert comments_of("℘ = 1  # noqa\n") == {1: "# noqa"}


def test_a_line_without_a_comment_is_empty() -> None:
    reader = CommentReader("a = 1\n\nb = 2  # here\n", ast.parse("a = 1\n\nb = 2  # here\n"))
    assert [reader.comment_in(line) for line in (1, 2, 3)] == ["", "", "# here"]


@pytest.mark.parametrize(
    ("parsed", "text", "line"),
    [
        ("a\nb\n", "(\nb  # c\n", 2),
        ("a\nb\n", "a  # c\n(\n", 1),
        ("if a:\n    b\n    d\n", "if a:\n    b  # c\n    (\n", 2),
        ("if a:\n    b\n    d\n", "if a:  # c\n    b\n    (\n", 1),
        ("a\n\nb\n", "(\n# c\nb\n", 2),
        ("a\n\nb\n", "a\n# c\n(\n", 2),
    ],
)
def test_only_the_statement_of_the_line_is_tokenized(parsed: str, text: str, line: int) -> None:
    """The text differs from what was parsed in another statement, which cannot be tokenized."""
    reader = CommentReader(text, ast.parse(parsed))
    assert reader.comment_in(line) == "# c"
    with pytest.raises((TokenError, SyntaxError)):
        reader.comment_in(text.count("\n", 0, text.index("(")) + 1)


def test_comments_have_the_line_numbers_of_the_source() -> None:
    assert dict(find_comments_in(["a  # x\n", "b\n", "# y\n"], 7)) == {7: "# x", 9: "# y"}


@pytest.mark.parametrize(
    ("source", "inner"),
    [
        ("a\nb", ["a", "b"]),
        ("if a:\n    b\nelse:\n    c", ["if a:\n    b\nelse:\n    c"]),
        ("a = [b for b in c]", ["a = [b for b in c]"]),
    ],
)
def test_the_statements_of_a_module_are_in_order(source: str, inner: list[str]) -> None:
    assert [ast.unparse(one) for one in list_statements(ast.parse(source))] == inner


@pytest.mark.parametrize(
    ("source", "inner"),
    [
        ("if a:\n    b\nelse:\n    c", ["b", "c"]),
        ("try:\n    a\nexcept B:\n    b\nelse:\n    c\nfinally:\n    d", ["a", "b", "c", "d"]),
        ("match a:\n    case 1:\n        b\n    case _:\n        c", ["b", "c"]),
        ("for a in b:\n    c\nelse:\n    d", ["c", "d"]),
        ("a = (lambda: b)()", []),
    ],
)
def test_the_statements_in_a_statement_are_those_of_all_its_blocks(source: str, inner: list[str]) -> None:
    (statement,) = ast.parse(source).body
    assert [ast.unparse(one) for one in list_statements(statement)] == inner


def test_a_statement_starts_at_its_first_decorator_and_ends_at_its_last_line() -> None:
    decorated, plain = ast.parse("@a\n@b(\n    1)\ndef f():\n    pass\nc = (\n    1)\n").body
    assert (find_first_line(decorated), find_last_line(decorated)) == (1, 5)
    assert (find_first_line(plain), find_last_line(plain)) == (6, 7)


def test_an_expression_contains_no_statement() -> None:
    assert list(list_statements(ast.parse("lambda: a", mode="eval").body)) == []
