"""A source file that several searches share, so that it is parsed at most once, and only if one of them has to."""

from __future__ import annotations

import ast
from functools import cached_property

from ...model.syntax import list_nodes, parse_source


class Source:
    """The text of a Python file, and the path by which findings name it."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree. Raises what `parse_source` raises."""
        return parse_source(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, each after the one that it is a part of. Raises what `parse_source` raises."""
        return list_nodes(self.tree)
