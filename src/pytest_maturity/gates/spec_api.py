"""The API that a specification promises, compared with the one a component defines. Nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..model.syntax import UNPARSABLE, parse_source
from ..model.text import did_you_mean

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (ast.ClassDef, *FUNCTIONS)
KEYWORD_ONLY, PROPERTY = "keyword-only", "a property"
FIRST_PARAMETERS = frozenset({"self", "cls", "mcs", "metacls"})
PROPERTIES = frozenset({"property", "cached_property", "setter", "getter", "deleter"})
FIELD_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
KEYWORD_BASES = frozenset({"TypedDict", "BaseModel"})
FIELD_BASES = KEYWORD_BASES | {"NamedTuple"}
GENERATED = frozenset({"__repr__", "__eq__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__"})


class Fault(NamedTuple):
    """A promise that is not kept, at a line of its block."""

    line: int
    rule: str
    message: str


class Bound(NamedTuple):
    """What binds a name in the component, and the file (relative to the root) that does."""

    path: str
    node: ast.AST

    @property
    def where(self) -> str:
        return f"{self.path}:{getattr(self.node, 'lineno', 1)}"


Names = Mapping[str, Sequence[Bound]]


@dataclass(frozen=True, slots=True)
class Api:
    """Every name that the component's modules bind at their top level."""

    names: Names = field(default_factory=dict)

    @classmethod
    def of(cls, files: Iterable[Path], relative: Callable[[Path], str]) -> Api:
        """The API of `files`, each parsed once. Raises ValueError for one that does not parse."""
        names: dict[str, list[Bound]] = {}
        for path in files:
            where = relative(path)
            try:
                tree = parse_source(path.read_bytes(), where)
            except (OSError, *UNPARSABLE) as error:
                raise ValueError(f"{where} does not parse: {error or type(error).__name__}") from error
            for name, node in bindings(tree.body):
                if not (isinstance(node, ast.AnnAssign) and node.value is None):
                    names.setdefault(name, []).append(Bound(where, node))
        return cls(names)

    def lineage(self, cls: Bound, seen: frozenset[int] = frozenset()) -> Iterator[tuple[str, ast.ClassDef]]:
        """The class and the base classes that the component defines, nearest first, each with its file."""
        if isinstance(cls.node, ast.ClassDef) and id(cls.node) not in seen:
            yield cls.path, cls.node
            for base in cls.node.bases:
                for found in followed(_tail(base), self.names):
                    yield from self.lineage(found, seen | {id(cls.node)})

    def members(self, cls: Bound) -> dict[str, list[Bound]]:
        """The names an instance has: of its class, of the bases, and those that methods set on self."""
        members: dict[str, list[Bound]] = {}
        lineage = list(self.lineage(cls))
        classes = [node for _, node in lineage]
        for place, (path, node) in enumerate(lineage):
            own: dict[str, list[Bound]] = {}
            for name, inner in (*bindings(node.body), *_set_on_self(node)):
                own.setdefault(name, []).append(Bound(path, inner))
            if _has_fields(classes[place:]):
                init = Bound(path, _generated_init(classes[place:]))
                own = {name: [Bound(path, ast.Pass())] for name in GENERATED} | {"__init__": [init]} | own
            members = own | members
        return members


def unkept(body: Iterable[ast.stmt], api: Api) -> Iterator[Fault]:
    """The promises of a block that `api` does not keep, in the order they are written."""
    for name, node in bindings(body):
        if isinstance(node, ast.ClassDef):
            yield from _class_faults(node, name, api.names, api)
        elif isinstance(node, FUNCTIONS):
            yield from _function_faults(node, f"function {name}", api.names)


def size(node: ast.AST, name: str = "_") -> int:
    """How many promises a definition makes: itself, its parameters, its members."""
    if isinstance(node, FUNCTIONS):
        return 1 + len(_parameters(node, method=True))
    if isinstance(node, ast.ClassDef):
        return 1 + sum(size(inner, name) for name, inner in bindings(node.body))
    return int(isinstance(node, ast.AnnAssign) or (isinstance(node, ast.Assign) and name[0] != "_"))


def bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """The names that statements bind, with the nodes that do; also inside if, try, with, for and match."""
    waiting = list(body)[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.partition(".")[0], alias) for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = (part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
            yield from ((part.id, node) for part in parts if isinstance(part.ctx, ast.Store))
        elif isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            waiting += list(ast.iter_child_nodes(node))[::-1]


def followed(name: str, names: Names) -> list[Bound]:
    """What binds `name`, and what binds the names that an import-as or a plain assignment gives it."""
    found: list[Bound] = []
    seen, waiting = {name}, [name]
    while waiting:
        for bound in names.get(waiting.pop(), ()):
            found.append(bound)
            value = getattr(bound.node, "value", None)
            original = getattr(bound.node, "name", "") or getattr(value, "id", "")
            if original not in seen:
                seen.add(original)
                waiting.append(original)
    return found


def _class_faults(promised: ast.ClassDef, label: str, names: Names, api: Api) -> list[Fault]:
    """What the best of the classes with the promised name lacks."""
    found = followed(promised.name, names)
    classes = [bound for bound in found if isinstance(bound.node, ast.ClassDef)]
    if classes:
        return min((_member_faults(promised, label, bound, api) for bound in classes), key=len)
    functions = [bound for bound in found if isinstance(bound.node, FUNCTIONS)]
    if found and not functions and size(promised) == 1:
        return []  # imported or assigned, and nothing is promised of it
    return [_no_such(promised.lineno, f"class {label}", names, functions or found)]


def _member_faults(promised: ast.ClassDef, label: str, cls: Bound, api: Api) -> list[Fault]:
    members = api.members(cls)
    faults: list[Fault] = []
    for name, node in bindings(promised.body):
        if isinstance(node, ast.ClassDef):
            faults += _class_faults(node, f"{label}.{name}", members, api)
        elif isinstance(node, FUNCTIONS):
            faults += _function_faults(node, f"method {label}.{name}", members)
        elif size(node, name) and name not in members:
            faults.append(_no_such(getattr(node, "lineno", 1), f"attribute {label}.{name}", members))
    if _has_fields([promised]) and "__init__" not in dict(bindings(promised.body)) and "__init__" in members:
        init = _generated_init([promised], members)  # an absent attribute was reported above
        faults += _function_faults(init, f"method {label}.__init__", members)
    return faults


def _function_faults(promised: Function, title: str, names: Names) -> list[Fault]:
    """How the nearest of the functions with the promised name differs."""
    found = followed(promised.name, names)
    functions = [bound for bound in found if isinstance(bound.node, FUNCTIONS)]
    if functions:
        return min((_differences(promised, title, bound) for bound in functions), key=len)
    classes = [bound for bound in found if isinstance(bound.node, ast.ClassDef)]
    told = not _parameters(promised, method=True) or PROPERTY in _nature(promised) or promised.name in GENERATED
    if not classes and told and (found or promised.name == "__init__"):
        return []  # imported or assigned, and nothing is promised of it
    return [_no_such(promised.lineno, title, names, classes or found)]


def _differences(promised: Function, title: str, bound: Bound) -> list[Fault]:
    actual, kind = bound.node, title.partition(" ")[0]
    assert isinstance(actual, FUNCTIONS)
    faults = [
        Fault(promised.lineno, kind, f"{title} is promised {wants}, but {bound.where} is {has}")
        for wants, has in zip(_nature(promised), _nature(actual), strict=True)
        if wants != has and not (wants == PROPERTY and actual.decorator_list)  # it may be a descriptor
    ]
    wanted, given = _parameters(promised, kind == "method"), _parameters(actual, kind == "method")
    for key, (passed, parameter) in wanted.items():
        stars = passed if passed.startswith("*") else ""
        name = f"parameter {stars + parameter.arg!r} of {title}"
        if key not in given:
            faults.append(_no_such(parameter.lineno, name, given))
        elif passed != given[key][0]:
            message = f"{name} is promised {passed}, but {given[key][0]} in {bound.where}"
            faults.append(Fault(parameter.lineno, "parameter", message))
    order = [key for key in given if key in wanted and wanted[key][0] != KEYWORD_ONLY]
    expected = [key for key in wanted if key in order]
    if not faults and order != expected:
        message = f"{title} takes ({', '.join(expected)}) by promise, but ({', '.join(order)}) in {bound.where}"
        faults.append(Fault(promised.lineno, "parameter", message))
    return faults


def _no_such(line: int, title: str, known: Iterable[str], others: Sequence[Bound] = ()) -> Fault:
    """The fault that `title` (`class X`, `parameter 'x' of ...`) is absent, or is only one of `others`."""
    kind, name = title.split(" ")[:2]
    if others:
        is_other = isinstance(others[0].node, DEFINITIONS)
        shown = "is something else" if is_other else "takes it from out of sight"
        return Fault(line, kind, f"{title} is promised, but {others[0].where} {shown}")
    hint = did_you_mean(name.strip("'*").rpartition(".")[2], known)
    return Fault(line, kind, f"{title} is promised but absent{hint}")


def _parameters(function: Function, method: bool) -> dict[str, tuple[str, ast.arg]]:
    """The parameters in order, without self, each with how it is passed; the key of **kwargs is `**`."""
    every = function.args
    by_kind: dict[str, Sequence[ast.arg | None]] = {
        "positional-only": every.posonlyargs,
        "positional or keyword": every.args,
        "*": [every.vararg],
        KEYWORD_ONLY: every.kwonlyargs,
        "**": [every.kwarg],
    }
    found = [(kind, arg) for kind, args in by_kind.items() for arg in args if arg]
    if method and found and found[0][1].arg in FIRST_PARAMETERS:
        del found[0]
    return {kind if kind in ("*", "**") else arg.arg: (kind, arg) for kind, arg in found}


def _nature(function: Function) -> tuple[str, str]:
    kind = "async" if isinstance(function, ast.AsyncFunctionDef) else "sync"
    is_property = any(_tail(decorator) in PROPERTIES for decorator in function.decorator_list)
    return kind, PROPERTY if is_property else "to be called"


def _tail(node: ast.AST) -> str:
    """The last name of an expression: `Base` in `module.Base[int]`, `define` in `define(slots=True)`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _says(call: ast.AST | None, keyword: str, value: bool) -> bool:
    """Is `call` a call with this keyword argument?"""
    words = call.keywords if isinstance(call, ast.Call) else []
    return any(word.arg == keyword and getattr(word.value, "value", None) is value for word in words)


def _set_on_self(cls: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """The attributes that the methods of a class assign to their first parameter."""
    for _, method in bindings(cls.body):
        if isinstance(method, FUNCTIONS):
            first = next((arg.arg for arg in (*method.args.posonlyargs, *method.args.args)), None)
            for node in ast.walk(method):
                owner = getattr(getattr(node, "value", None), "id", "")
                if owner == first and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    yield node.attr, node


def _has_fields(lineage: Sequence[ast.ClassDef]) -> bool:
    """Is the first class a dataclass or the like, whose `__init__` is made of its annotated attributes?"""
    made = (one for one in lineage[0].decorator_list if _tail(one) in FIELD_DECORATORS)
    return any(not _says(one, "init", False) for one in made) or _extends(lineage, FIELD_BASES)


def _extends(lineage: Sequence[ast.ClassDef], bases: frozenset[str]) -> bool:
    return any(_tail(base) in bases for cls in lineage for base in cls.bases)


def _generated_init(lineage: Sequence[ast.ClassDef], only: Iterable[str] | None = None) -> ast.FunctionDef:
    """The `__init__` that a dataclass or the like makes of its fields (of those in `only`)."""
    ordinary: dict[str, ast.arg] = {}
    keyword: dict[str, ast.arg] = {}
    for place in reversed([place for place in range(len(lineage)) if _has_fields(lineage[place:])]):
        made = any(_says(one, "kw_only", True) for one in lineage[place].decorator_list)
        named = made or _extends(lineage[place:], KEYWORD_BASES)
        for name, node in bindings(lineage[place].body):
            if isinstance(node, ast.AnnAssign) and _tail(node.annotation) != "ClassVar":
                named = named or _tail(node.annotation) == "KW_ONLY"
                if not _says(node.value, "init", False) and (only is None or name in only) and name != "_":
                    into = keyword if named or _says(node.value, "kw_only", True) else ordinary
                    into[name] = ast.arg(arg=name, lineno=node.lineno)
    every = ast.arguments([], [*ordinary.values()], None, [*keyword.values()], [], None, [])
    return ast.FunctionDef(name="__init__", args=every, body=[], decorator_list=[], lineno=lineage[0].lineno)
