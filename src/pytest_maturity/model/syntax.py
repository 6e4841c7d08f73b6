"""Parses Python sources without a word from the compiler."""

from __future__ import annotations

import ast
import warnings
from types import CodeType

# What `parse_source` raises: the last two for a source that is nested very deep, ValueError for one with a null byte.
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def parse_source(source: str | bytes, name: str = "<unknown>") -> ast.Module:
    """Returns the syntax tree of a source. Raises one of UNPARSABLE.

    `name` stands in error messages. Warnings (invalid escapes) are the linter's business: they are not shown, and
    never become errors.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, name)


def list_nodes(tree: ast.AST) -> list[ast.AST]:
    """Returns the nodes of a parsed tree in the order of `ast.walk`, without Load, Store and Del.

    It takes a third of the time of `ast.walk`.
    """
    nodes = [tree]
    for node in nodes:  # it grows meanwhile
        for name in node._fields:
            if name == "ctx":
                continue
            value = getattr(node, name)
            if isinstance(value, list):
                nodes.extend([one for one in value if isinstance(one, ast.AST)])
            elif isinstance(value, ast.AST):
                nodes.append(value)
    return nodes


def compile_source(source: bytes, name: str, level: int) -> CodeType:
    """Returns the code of a module, at a level of optimization. Raises one of UNPARSABLE. Warnings are not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code: CodeType = compile(source, name, "exec", dont_inherit=True, optimize=level)
        return code
