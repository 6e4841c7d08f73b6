"""Compares the API that a specification promises with the API that a component defines. Nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from ..model.light_dataclass import light_dataclass
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


class BrokenPromise(NamedTuple):
    """A promise that the component does not keep. `line` counts from 1 in the block of code that promises."""

    line: int
    rule: str
    message: str


class Binding(NamedTuple):
    """A statement of the component that binds a name, and the file (from the root) that it is in."""

    path: str
    node: ast.AST

    @property
    def location(self) -> str:
        return f"{self.path}:{getattr(self.node, 'lineno', 1)}"


Bindings = Mapping[str, Sequence[Binding]]  # by the name that they bind


@light_dataclass(frozen=True, slots=True)
class Api:
    """Every name that the component's modules bind at their top level."""

    names: Bindings = field(default_factory=dict)

    @classmethod
    def read(cls, files: Iterable[Path], path_from_root: Callable[[Path], str]) -> Api:
        """Returns the API of files, each parsed once. Raises ValueError for a file that cannot be read or parsed."""
        names: dict[str, list[Binding]] = {}
        for file in files:
            path = path_from_root(file)
            try:
                tree = parse_source(file.read_bytes(), path)
            except (OSError, *UNPARSABLE) as error:
                raise ValueError(f"{path} does not parse: {error or type(error).__name__}") from error
            for name, node in find_bindings(tree.body):
                if not (isinstance(node, ast.AnnAssign) and node.value is None):
                    names.setdefault(name, []).append(Binding(path, node))
        return cls(names)

    def walk_lineage(self, cls: Binding, visited: frozenset[int] = frozenset()) -> Iterator[tuple[str, ast.ClassDef]]:
        """Yields a class and those of its base classes that the component defines, nearest first, with their files."""
        if isinstance(cls.node, ast.ClassDef) and id(cls.node) not in visited:
            yield cls.path, cls.node
            for base in cls.node.bases:
                for found in resolve_name(find_last_name(base), self.names):
                    yield from self.walk_lineage(found, visited | {id(cls.node)})

    def collect_members(self, cls: Binding) -> dict[str, list[Binding]]:
        """Returns what binds the attributes of an instance: the class, its bases, and assignments to self."""
        members: dict[str, list[Binding]] = {}
        lineage = list(self.walk_lineage(cls))
        classes = [node for _, node in lineage]
        for index, (path, node) in enumerate(lineage):
            own: dict[str, list[Binding]] = {}
            for name, inner in (*find_bindings(node.body), *find_assignments_to_self(node)):
                own.setdefault(name, []).append(Binding(path, inner))
            if has_generated_init(classes[index:]):
                init = Binding(path, generate_init(classes[index:]))
                own = {name: [Binding(path, ast.Pass())] for name in GENERATED} | {"__init__": [init]} | own
            members = own | members
        return members


def find_broken_promises(body: Iterable[ast.stmt], api: Api) -> Iterator[BrokenPromise]:
    """Yields the promises of a block of code that an API does not keep, in the order of the block."""
    for name, node in find_bindings(body):
        if isinstance(node, ast.ClassDef):
            yield from check_class(node, name, api.names, api)
        elif isinstance(node, FUNCTIONS):
            yield from check_function(node, f"function {name}", api.names)


def count_promises(node: ast.AST, name: str = "_") -> int:
    """Returns how many promises a definition makes: itself, its parameters, its members."""
    if isinstance(node, FUNCTIONS):
        return 1 + len(list_parameters(node, method=True))
    if isinstance(node, ast.ClassDef):
        return 1 + sum(count_promises(inner, name) for name, inner in find_bindings(node.body))
    return int(isinstance(node, ast.AnnAssign) or (isinstance(node, ast.Assign) and name[0] != "_"))


def find_bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yields the names that statements bind, with the nodes that do; also inside if, try, with, for and match."""
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


def resolve_name(name: str, names: Bindings) -> list[Binding]:
    """Returns what binds a name, and what binds the names that it is another name of: by import-as or assignment."""
    found: list[Binding] = []
    visited, waiting = {name}, [name]
    while waiting:
        for binding in names.get(waiting.pop(), ()):
            found.append(binding)
            value = getattr(binding.node, "value", None)
            original = getattr(binding.node, "name", "") or getattr(value, "id", "")
            if original not in visited:
                visited.add(original)
                waiting.append(original)
    return found


# ── comparing ────────────────────────────────────────────────────────────────


def check_class(promised: ast.ClassDef, label: str, names: Bindings, api: Api) -> list[BrokenPromise]:
    """Returns the promises that the best of the classes with this name breaks."""
    found = resolve_name(promised.name, names)
    classes = [binding for binding in found if isinstance(binding.node, ast.ClassDef)]
    if classes:
        return min((check_members(promised, label, binding, api) for binding in classes), key=len)
    functions = [binding for binding in found if isinstance(binding.node, FUNCTIONS)]
    if found and not functions and count_promises(promised) == 1:
        return []  # imported or assigned, and nothing is promised of it
    return [describe_absent(promised.lineno, f"class {label}", names, functions or found)]


def check_members(promised: ast.ClassDef, label: str, cls: Binding, api: Api) -> list[BrokenPromise]:
    """Returns the promises about members that a class breaks."""
    members = api.collect_members(cls)
    broken: list[BrokenPromise] = []
    for name, node in find_bindings(promised.body):
        if isinstance(node, ast.ClassDef):
            broken += check_class(node, f"{label}.{name}", members, api)
        elif isinstance(node, FUNCTIONS):
            broken += check_function(node, f"method {label}.{name}", members)
        elif count_promises(node, name) and name not in members:
            broken.append(describe_absent(getattr(node, "lineno", 1), f"attribute {label}.{name}", members))
    if (
        has_generated_init([promised])
        and "__init__" not in dict(find_bindings(promised.body))
        and "__init__" in members
    ):
        init = generate_init([promised], members)  # an absent attribute was reported above
        broken += check_function(init, f"method {label}.__init__", members)
    return broken


def check_function(promised: Function, title: str, names: Bindings) -> list[BrokenPromise]:
    """Returns the promises that the best of the functions with this name breaks."""
    found = resolve_name(promised.name, names)
    functions = [binding for binding in found if isinstance(binding.node, FUNCTIONS)]
    if functions:
        return min((compare_functions(promised, title, binding) for binding in functions), key=len)
    classes = [binding for binding in found if isinstance(binding.node, ast.ClassDef)]
    is_bare = (
        not list_parameters(promised, method=True)
        or PROPERTY in describe_nature(promised)
        or promised.name in GENERATED
    )
    if not classes and is_bare and (found or promised.name == "__init__"):
        return []  # imported or assigned, and nothing is promised of it
    return [describe_absent(promised.lineno, title, names, classes or found)]


def compare_functions(promised: Function, title: str, binding: Binding) -> list[BrokenPromise]:
    """Returns how a function differs from the promised one."""
    actual, kind = binding.node, title.partition(" ")[0]
    assert isinstance(actual, FUNCTIONS)
    broken = [
        BrokenPromise(promised.lineno, kind, f"{title} is promised as {expected}, but {binding.location} is {found}")
        for expected, found in zip(describe_nature(promised), describe_nature(actual), strict=True)
        if expected != found and not (expected == PROPERTY and actual.decorator_list)  # it may be a descriptor
    ]
    wanted, given = list_parameters(promised, kind == "method"), list_parameters(actual, kind == "method")
    for key, (passed, parameter) in wanted.items():
        stars = passed if passed.startswith("*") else ""
        name = f"parameter {stars + parameter.arg!r} of {title}"
        if key not in given:
            broken.append(describe_absent(parameter.lineno, name, given))
        elif passed != given[key][0]:
            message = f"{name} is promised as {passed}, but is {given[key][0]} in {binding.location}"
            broken.append(BrokenPromise(parameter.lineno, "parameter", message))
    order = [key for key in given if key in wanted and wanted[key][0] != KEYWORD_ONLY]
    promised_order = [key for key in wanted if key in order]
    if not broken and order != promised_order:
        message = (
            f"the parameters of {title} are promised as ({', '.join(promised_order)}), "
            f"but are ({', '.join(order)}) in {binding.location}"
        )
        broken.append(BrokenPromise(promised.lineno, "parameter", message))
    return broken


def describe_absent(line: int, title: str, known: Iterable[str], found: Sequence[Binding] = ()) -> BrokenPromise:
    """Returns the broken promise that `title` (`class X`, `parameter 'x' of ...`) is absent.

    `found` are what the name stands for instead: another kind of definition, or an import or value, whose parameters
    and members cannot be known without importing it.
    """
    kind, name = title.split(" ")[:2]
    if found:
        node = found[0].node
        is_what = "is a class" if isinstance(node, ast.ClassDef) else "is a function"
        actual = is_what if isinstance(node, DEFINITIONS) else "imports or computes it, so it cannot be compared"
        return BrokenPromise(line, kind, f"{title} is promised, but {found[0].location} {actual}")
    hint = did_you_mean(name.strip("'*").rpartition(".")[2], known)
    return BrokenPromise(line, kind, f"{title} is promised but absent{hint}")


# ── reading definitions ──────────────────────────────────────────────────────


def list_parameters(function: Function, method: bool) -> dict[str, tuple[str, ast.arg]]:
    """Returns the parameters in order, without self, each with how it is passed.

    The key is the name, but `*` and `**` for parameters that collect others: their names are free.
    """
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


def describe_nature(function: Function) -> tuple[str, str]:
    """Returns `async` or `sync`, and `a property` or `a method`."""
    kind = "async" if isinstance(function, ast.AsyncFunctionDef) else "sync"
    is_property = any(find_last_name(decorator) in PROPERTIES for decorator in function.decorator_list)
    return kind, PROPERTY if is_property else "a method"


def find_last_name(node: ast.AST) -> str:
    """Returns the last name of an expression: `Base` of `module.Base[int]`, `define` of `define(slots=True)`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def has_keyword(call: ast.AST | None, keyword: str, value: bool) -> bool:
    """Whether `call` is a call with this keyword argument."""
    arguments = call.keywords if isinstance(call, ast.Call) else []
    return any(one.arg == keyword and getattr(one.value, "value", None) is value for one in arguments)


def find_assignments_to_self(cls: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Yields the attributes that the methods of a class assign to their first parameter."""
    for _, method in find_bindings(cls.body):
        if isinstance(method, FUNCTIONS):
            first = next((arg.arg for arg in (*method.args.posonlyargs, *method.args.args)), None)
            for node in ast.walk(method):
                owner = getattr(getattr(node, "value", None), "id", "")
                if owner == first and isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    yield node.attr, node


def has_generated_init(lineage: Sequence[ast.ClassDef]) -> bool:
    """Whether the first class is a dataclass or the like: its annotated attributes make its `__init__`."""
    decorators = (one for one in lineage[0].decorator_list if find_last_name(one) in FIELD_DECORATORS)
    return any(not has_keyword(one, "init", False) for one in decorators) or extends(lineage, FIELD_BASES)


def extends(lineage: Sequence[ast.ClassDef], bases: frozenset[str]) -> bool:
    """Whether one of these classes names one of `bases` as a base."""
    return any(find_last_name(base) in bases for cls in lineage for base in cls.bases)


def generate_init(lineage: Sequence[ast.ClassDef], only: Iterable[str] | None = None) -> ast.FunctionDef:
    """Returns the `__init__` that a dataclass or the like makes of its fields, or of those that are in `only`."""
    ordinary: dict[str, ast.arg] = {}
    keyword: dict[str, ast.arg] = {}
    for index in reversed([index for index in range(len(lineage)) if has_generated_init(lineage[index:])]):
        decorators = lineage[index].decorator_list
        keyword_only = any(has_keyword(one, "kw_only", True) for one in decorators)
        keyword_only = keyword_only or extends(lineage[index:], KEYWORD_BASES)
        for name, node in find_bindings(lineage[index].body):
            if isinstance(node, ast.AnnAssign) and find_last_name(node.annotation) != "ClassVar":
                keyword_only = keyword_only or find_last_name(node.annotation) == "KW_ONLY"
                if not has_keyword(node.value, "init", False) and (only is None or name in only) and name != "_":
                    target = keyword if keyword_only or has_keyword(node.value, "kw_only", True) else ordinary
                    target[name] = ast.arg(arg=name, lineno=node.lineno)
    every = ast.arguments([], [*ordinary.values()], None, [*keyword.values()], [], None, [])
    return ast.FunctionDef(name="__init__", args=every, body=[], decorator_list=[], lineno=lineage[0].lineno)
