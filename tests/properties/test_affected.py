"""A change never alters what a component's tests see without the component being affected, for random import graphs.

The outcome of a component is what Python really imports: every module has a value, made of its own constant and of the
values of all modules that it uses, in one of many ways; a component's outcome is the values of its modules and of its
tests, and which tests it has.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from pytest_maturity.config.settings import load_config
from pytest_maturity.discovery.affected import BaseClaims, Project, UnattributedError, find_affected, may_move_tests
from pytest_maturity.discovery.components import ALL, ComponentFinder
from pytest_maturity.discovery.project import ProjectLayout
from pytest_maturity.model.errors import DiscoveryError
from pytest_maturity.model.evidence import Component

COMPONENTS = ("alpha", "beta", "gamma", "delta", "omega")
PARTS = ("one", "two")
HELPERS = ("helper", "common")
# How a module uses another one, by its dotted name, its package and its own name; each line defines `used`.
STATEMENTS = (
    "import {package}.{name}\nused = {package}.{name}",
    "from {package} import {name} as used",
    "from {package}.{name} import VALUE as used",
    "def use():\n    from {package} import {name}\n    return {name}\n\n\nused = use()",
    "import importlib\nused = importlib.import_module('{package}.{name}')",
    "import importlib\nused = importlib.import_module(bytes.fromhex('{hex}').decode())",
    "import pkgutil\nused = pkgutil.resolve_name('{package}.{name}:VALUE')",
    "try:\n    from {package} import {name} as used\nexcept ImportError:\n    used = None",
    "exec('from {package} import {name} as used')",
)
RELATIVE = ("from ..{component} import {name} as used", "from ..{component}.{name} import VALUE as used")
DATA = "from pathlib import Path\nused = Path(__file__).parents[{up}].joinpath({place!r}).read_text()"
READ = "used if isinstance(used, (str, tuple)) else getattr(used, 'VALUE', None)"
USED = "[value for name, value in sorted(locals().items()) if name.startswith('value_')]"
ADDED = (
    "src/new/a.py", "src/{folder}zeta.py", "src/json.py", "tests/test_new.py", "tests/test_beta_more.py",
    "tests/beta/conftest.py", "README.md",
)  # fmt: skip
RENAMED = ("test_alpha.py", "test_beta_more.py", "beta.py", "two.py")
Files = dict[str, str]
numbers = count()


@st.composite
def bodies(draw: st.DrawFn, modules: list[str], prefix: str, in_package: bool, up: int) -> str:
    """The text of a module that uses some others and some data; `up` directories lead from it to the root."""
    text = ""
    for number, module in enumerate(draw(st.lists(st.sampled_from(modules), max_size=draw(st.integers(0, 1))))):
        package, _, name = module.rpartition(".")
        component = package.rpartition(".")[2]
        ways = STATEMENTS + (RELATIVE if in_package and prefix else ())
        statement = draw(st.sampled_from(ways)).format(
            package=package, name=name, component=component, hex=module.encode().hex()
        )
        text += f"{statement}\nvalue_{number} = {READ}\n"
    if draw(st.integers(0, 6)) == 6:
        place = f"src/{prefix.replace('.', '/')}{draw(st.sampled_from(COMPONENTS))}/data.txt"
        text += f"{DATA.format(up=up, place=place)}\nvalue_9 = used\n"
    return text + f"VALUE = ({draw(st.integers(0, 9))}, {USED})\n"


@st.composite
def projects(draw: st.DrawFn) -> tuple[Files, str]:
    """The files of a project, and the package that the components are in, with a dot; empty without one."""
    prefix = draw(st.sampled_from(["", "shop."]))
    has_packages, has_test_packages = draw(st.booleans()), draw(st.booleans())
    names = COMPONENTS[: draw(st.integers(2, 5))]
    modules = [f"{prefix}{name}.{part}" for name in names for part in PARTS]
    files: Files = {"tests/conftest.py": "VALUE = 0\n"}
    if prefix and has_packages:
        files["src/shop/__init__.py"] = draw(st.one_of(st.just(""), bodies(modules[:1], prefix, False, 2)))
    for name in names:
        folder, up = f"src/{prefix.replace('.', '/')}{name}", 3 if prefix else 2
        if has_packages:
            files[f"{folder}/__init__.py"] = draw(st.one_of(st.just(""), bodies(modules, prefix, True, up)))
        for part in PARTS:
            files[f"{folder}/{part}.py"] = draw(bodies(modules, prefix, has_packages, up))
        files[f"{folder}/data.txt"] = "0"
        used = modules + [f"tests.{helper}" for helper in HELPERS]
        places = [f"tests/test_{name}.py", f"tests/{name}/test_it.py", f"tests/{name}_checks/test_{name}_more.py"]
        for place in draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True)):
            files[place] = draw(bodies(used, prefix, False, place.count("/")))
            if has_test_packages and place.count("/") == 2:
                files[f"{Path(place).parent.as_posix()}/__init__.py"] = ""
        if draw(st.booleans()):
            files[f"tests/{name}/conftest.py"] = draw(bodies(used, prefix, False, 2))
    files["tests/test_flow.py"] = draw(bodies(modules, prefix, False, 1))
    for helper in HELPERS:
        files[f"tests/{helper}.py"] = draw(bodies(modules, prefix, False, 1))
    return files, prefix


@st.composite
def changes(draw: st.DrawFn, files: Files, prefix: str) -> Files:
    """The files after a change of one to three of them."""
    changed = dict(files)
    modules = [f"{prefix}{name}.{part}" for name in COMPONENTS[:2] for part in PARTS]
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(changed)))
        kind = draw(st.sampled_from(["edit", "edit", "break", "remove", "rename", "add", "use"]))
        if kind == "remove":
            del changed[path]
        elif kind == "rename":
            changed[Path(path).with_name(draw(st.sampled_from(RENAMED))).as_posix()] = changed.pop(path)
        elif kind == "add":
            place = draw(st.sampled_from(ADDED)).format(folder=prefix.replace(".", "/"))
            changed[place] = "VALUE = 'new'\n"
        elif path.endswith(".txt"):
            changed[path] += "1"
        elif kind == "break":
            changed[path] += "raise RuntimeError\n"
        elif kind == "use":
            changed[path] = draw(bodies(modules, prefix, False, path.count("/")))
        else:
            changed[path] += "VALUE = ('changed', globals().get('VALUE'))\n"
    return changed


def plant(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def find_components(root: Path) -> tuple[ProjectLayout, tuple[Component, ...]]:
    layout = ProjectLayout(root=root)
    finder = ComponentFinder(layout, load_config(root))
    return layout, finder.find_tests(finder.find_components([ALL]))


@contextmanager
def importing_from(root: Path) -> Iterator[None]:
    """Makes the modules of a project importable, as pytest does, and forgets them at the end."""
    before, path = set(sys.modules), sys.path.copy()
    no_byte_code, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path[:0] = [str(root / "src"), str(root)]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = no_byte_code
        for name in set(sys.modules) - before:
            del sys.modules[name]


def read_value(path: Path) -> object:
    """Returns the value of a module that is executed by its path, as pytest executes tests."""
    spec = importlib.util.spec_from_file_location(f"executed_{next(numbers)}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        return type(error).__name__
    return getattr(module, "VALUE", None)


def compute_outcome(root: Path, component: Component) -> object:
    """Returns what a component's modules and tests see."""
    with importing_from(root):
        values: list[object] = []
        for path in component.files:
            module = ".".join(path.relative_to(root / "src").with_suffix("").parts).removesuffix(".__init__")
            try:
                values.append(getattr(importlib.import_module(module), "VALUE", None))
            except Exception as error:
                values.append(type(error).__name__)
        for claim in component.tests:
            above = [folder / "conftest.py" for folder in claim.path.parents if folder.is_relative_to(root)]
            values.append([str(claim.path.relative_to(root)), claim.nodes, read_value(claim.path)])
            values.append([read_value(path) for path in above if path.exists()])
    return values


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_component_whose_outcome_a_change_alters_is_left_out(data: st.DataObject) -> None:
    files, prefix = data.draw(projects())
    after = data.draw(changes(files, prefix))
    with tempfile.TemporaryDirectory() as place:
        base, root = Path(place).resolve() / "base", Path(place).resolve() / "root"
        plant(base, files)
        plant(root, after)
        try:
            before = find_components(base)[1]
            layout, now = find_components(root)
        except DiscoveryError:  # a test fits two components equally well
            assume(False)
        changed = sorted(root / path for path in {*files, *after} if files.get(path) != after.get(path))
        at_base = None
        if may_move_tests(layout, changed, {root / path for path in files}):
            at_base = BaseClaims.read(before, base, root)
        project = Project(layout=layout, components=now, at_base=at_base)
        if at_base is None:
            finder = ComponentFinder(layout, load_config(root))
            project = Project(layout=layout, components=finder.find_components([ALL]), find_owners=finder.find_owners)
        try:
            found = find_affected(project, changed)
        except UnattributedError as error:
            event(f"all: {str(error).partition(' changed')[2]}")
            return
        event(f"{len(found)} of {len(now)} affected")
        known = {one.name: compute_outcome(base, one) for one in before}
        altered = {one.name for one in now if known.get(one.name, ...) != compute_outcome(root, one)}
        event("a change of an outcome" if altered else "no change of an outcome")
        assert altered <= set(found), f"{changed}: {found}"
