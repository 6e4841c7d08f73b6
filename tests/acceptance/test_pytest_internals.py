"""The contract with pytest and pluggy: every private name that the plugin uses exists, and works as before.

Where a new pytest breaks one of these, the message has its name, and only `pytest_internals.py` and
`attribution/interception.py` need a change.
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pluggy
import pytest
from _pytest import runner
from _pytest.config import findpaths

from pytest_maturity.plugin import pytest_internals
from pytest_maturity.plugin.attribution import interception

Test = TypeVar("Test", bound=Callable[..., None])
VERSIONS = f"pytest {pytest.__version__}, pluggy {pluggy.__version__}"
MISSING = object()
covered: set[str] = set()
needs_subtests = pytest.mark.skipif(find_spec("_pytest.subtests") is None, reason="new in pytest 9")


def contract(*names: str) -> Callable[[Test], Test]:
    """Marks a test as the one that covers these private names."""
    covered.update(names)
    return lambda test: test


def private(thing: Any, name: str) -> Any:
    """Returns the value of a private name; fails where it does not exist."""
    found = getattr(thing, name, MISSING)
    kind = getattr(thing, "__name__", type(thing).__qualname__)
    assert found is not MISSING, (
        f"{kind}.{name} is missing in {VERSIONS}: change pytest_internals.py or interception.py"
    )
    return found


def private_names(source: str) -> Iterator[str]:
    """Yields the underscored names of others that a module uses, and what it imports from `_pytest`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("_pytest"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                yield node.attr
        elif isinstance(node, ast.Constant) and re.fullmatch(r"_(?!_)\w+", str(node.value)):
            yield str(node.value)


def test_every_private_name_of_pytest_is_covered_here() -> None:
    own = set(pytest_internals.Snapshot.__slots__)
    used = {name for module in (pytest_internals, interception) for name in private_names(inspect.getsource(module))}
    assert used - covered - own == set(), "not covered by a test here"
    assert covered - used == set(), "no longer used"


def test_no_other_module_uses_private_parts_of_pytest() -> None:
    root = Path(pytest_internals.__file__).parent
    private = {Path(module.__file__ or "") for module in (pytest_internals, interception)}
    for path in set(root.rglob("*.py")) - private:
        names = private_names(path.read_text("utf-8"))
        allowed = {"_pytest._io.TerminalWriter"}  # a type that pytest does not export
        assert not [one for one in names if one.startswith("_pytest") and one not in allowed], path


@pytest.fixture(autouse=True)
def quiet_asyncio(pytester: pytest.Pytester) -> None:
    """Sets the option without which pytest-asyncio warns in every run."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")


@pytest.fixture
def item(pytester: pytest.Pytester) -> Any:
    return pytester.getitem("""
        import pytest

        @pytest.fixture
        def value():
            return 1

        def test_func(value):
            assert value == 1
        """)


# ── phases ───────────────────────────────────────────────────────────────────


@contract("_pytest.nodes", "_pytest.python.FunctionDefinition")
def test_what_pytest_creates_can_be_recorded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("class TestA:\n    def test_b(self): pass\n\ndef test_c(): pass\n")
    config = pytester.parseconfigure()
    collected: list[str] = []
    watch = pytest_internals.CollectionWatch(
        config.pluginmanager.hook, lambda node, _: collected.append(type(node).__name__)
    )
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    with watch.recording():
        session.perform_collect([str(pytester.path)])
    tests, collectors = watch.pop_created()
    assert [node.nodeid.partition("::")[2] for node in tests] == ["test_c", "TestA::test_b"]
    assert (collectors, collected[-2:]) == ([], ["Module", "Class"])
    config._ensure_unconfigure()


@contract("_pytest.runner")
def test_a_phase_can_be_run_without_publishing_its_report(item: Any) -> None:
    published: list[object] = []
    item.config.pluginmanager.register(Listener(published))
    call_and_report = private(runner, "call_and_report")
    assert list(inspect.signature(call_and_report).parameters)[:3] == ["item", "when", "log"]
    for when in ("setup", "call", "teardown"):
        more = {"nextitem": None} if when == "teardown" else {}
        report = call_and_report(item, when, log=False, **more)
        assert (type(report), report.when, report.outcome) == (pytest.TestReport, when, "passed")
    assert published == []


class Listener:
    def __init__(self, published: list[object]) -> None:
        self.published = published

    def pytest_runtest_logreport(self, report: object) -> None:
        self.published.append(report)


@contract("_pytest.runner")
def test_setup_show_is_printed_by_a_function_with_or_without_add_space(pytester: pytest.Pytester) -> None:
    parameters = inspect.signature(private(runner, "show_test_item")).parameters
    assert list(parameters) in (["item"], ["item", "add_space"])
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest("--setup-show").stdout.fnmatch_lines(["*test_it*"])
    item = pytester.getitem("def test_func(): pass")
    pytest_internals.print_setup_show(item)


@contract("_parser")
def test_options_are_parsed_as_pytest_does(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig()
    private(config, "_parser")
    found = pytest_internals.parse_options(config, ["-qp", "no:x", "-ceasy.ini", "--unknown=1", "a.py"])
    assert (found.plugins, found.inifilename, found.verbose) == (["no:x"], "easy.ini", -1)


@contract("_pytest.config.findpaths")
def test_settings_and_their_addopts_are_found_as_pytest_does(pytester: pytest.Pytester) -> None:
    for name in ("get_common_ancestor", "get_dirs_from_args", "locate_config", "load_config_dict_from_file"):
        private(findpaths, name)
    inner = pytester.mkdir("a") / "b"
    inner.mkdir()
    assert pytest_internals.find_start(pytester.parseconfig(), ["-q", "a/b", "--x=1"]) == inner.resolve()
    toml = pytester.makepyprojecttoml("[tool.pytest.ini_options]\naddopts = ['-q', '-p no:x']")

    def locate() -> tuple[object, list[str]]:
        path, settings = pytest_internals.locate_settings(inner)
        return path, pytest_internals.split_setting(settings, "addopts")

    assert locate() == (toml, ["-q", "-p no:x"])
    ini = pytester.makeini("[pytest]\naddopts = -q 'a b'\n")  # tox.ini, which comes after pyproject.toml
    assert locate()[0] == toml
    assert pytest_internals.split_setting(pytest_internals.read_settings(ini), "addopts") == ["-q", "a b"]
    assert pytest_internals.split_setting({}, "addopts") == []
    toml.write_text("")
    assert locate() == (ini, ["-q", "a b"])


@contract("_inidict")
def test_a_setting_that_no_file_has_is_known(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npython_files = mine_*.py\n")
    config = pytester.parseconfig()
    assert pytest_internals.get_default_setting(config, "python_files") == ["test_*.py", "*_test.py"]
    assert "build" in pytest_internals.get_default_setting(config, "norecursedirs")
    assert pytest_internals.get_default_setting(config, "testpaths") == []


def test_the_lines_of_a_setting_are_those_of_every_format(pytester: pytest.Pytester) -> None:
    toml = pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfilterwarnings = ["error", "ignore:a b"]\n')
    ini = pytester.makeini("[pytest]\nfilterwarnings =\n    error\n    ignore:a b\n")
    for file in (toml, ini):
        settings = pytest_internals.read_settings(file)
        assert pytest_internals.split_setting_lines(settings, "filterwarnings") == ["error", "ignore:a b"]
    assert pytest_internals.split_setting_lines({}, "filterwarnings") == []


@contract("_pytest.config.apply_warning_filters")
def test_the_filters_of_settings_alone_are_known() -> None:
    filters = pytest_internals.make_warning_filters(["ignore::UserWarning", "error::DeprecationWarning"], ["default:a"])
    found = [(action, category) for action, _, category, *_ in filters]
    assert found == [
        ("default", Warning), ("error", DeprecationWarning), ("ignore", UserWarning), ("ignore", ResourceWarning),
        ("ignore", ImportWarning),
    ]  # fmt: skip


@contract("_showwarnmsg_impl")
def test_the_warnings_that_are_recorded_are_known() -> None:
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        assert interception.list_recorded_warnings() is recorded


@contract("_request", "_initrequest")
def test_a_used_item_gets_a_new_request(item: Any) -> None:
    first = private(item, "_request")
    assert item.funcargs == {}
    pytest_internals.run_phase(item, "setup")
    assert item.funcargs["value"] == 1
    pytest_internals.run_phase(item, "teardown", nextitem=None)
    pytest_internals.release_item(item)
    assert item._request is False
    private(item, "_initrequest")
    pytest_internals.prepare_item(item)
    assert item._request not in (False, first)
    assert item.funcargs == {}


# ── the state of an item ─────────────────────────────────────────────────────


@contract("_report_sections", "_markers")
def test_changes_of_an_attempt_to_an_item_are_undone(item: Any) -> None:
    private(item, "_report_sections")
    assert isinstance(private(item.keywords, "_markers"), dict)
    markers, keywords = item.own_markers[:], set(item.keywords)
    snapshot = pytest_internals.Snapshot(item)
    item.add_marker("usefixtures")
    item.user_properties.append(("a", 1))
    item.add_report_section("call", "stdout", "text")
    assert item._report_sections == [("call", "stdout", "text")]
    assert "usefixtures" in item.keywords
    snapshot.restore(item)
    assert (item._report_sections, item.user_properties) == ([], [])
    assert (item.own_markers, set(item.keywords)) == (markers, keywords)


METHOD = """
    import unittest

    class TestIt({}):
        def test_it(self):
            pass
    """


@contract("_instance", "_obj")
@pytest.mark.parametrize("base", ["object", "unittest.TestCase"])
def test_a_method_gets_a_new_instance(pytester: pytest.Pytester, base: str) -> None:
    (item,) = pytester.getitems(METHOD.format(base))
    method: Any = item
    first = private(method, "_instance")
    assert private(method, "_obj").__self__ is method.instance is first
    snapshot = pytest_internals.Snapshot(method)
    snapshot.restore(method)
    assert method.instance is not first
    assert method.obj.__self__ is method.instance


@contract("_instance", "_obj")
def test_a_hypothesis_method_keeps_its_instance(pytester: pytest.Pytester) -> None:
    (item,) = pytester.getitems(METHOD.format("unittest.TestCase"))
    method: Any = item
    first = method.instance
    type(first).test_it.is_hypothesis_test = True
    snapshot = pytest_internals.Snapshot(method)
    pytest_internals.run_phase(method, "setup")
    pytest_internals.run_phase(method, "teardown", nextitem=None)
    snapshot.restore(method)
    assert method.instance is first


@contract("_instance", "_obj")
@pytest.mark.parametrize("base", ["object", "unittest.TestCase"])
def test_what_a_plugin_has_put_in_the_place_of_a_method_is_kept(pytester: pytest.Pytester, base: str) -> None:
    (item,) = pytester.getitems(METHOD.format(base))
    method: Any = item
    first = method.instance
    replacement = method.obj = partial(method.obj)
    snapshot = pytest_internals.Snapshot(method)
    first.left = "by the attempt"
    pytest_internals.run_phase(method, "setup")
    pytest_internals.run_phase(method, "teardown", nextitem=None)
    snapshot.restore(method)
    assert method.obj is replacement
    assert method.instance is first
    assert not hasattr(first, "left")


def test_a_function_that_an_attempt_has_wrapped_is_restored(item: Any) -> None:
    before = item.obj
    snapshot = pytest_internals.Snapshot(item)
    item.obj = partial(before)
    snapshot.restore(item)
    assert item.obj is before


@contract("_excinfo")
def test_exceptions_that_unittest_keeps_in_the_item_are_removed(pytester: pytest.Pytester) -> None:
    (item,) = pytester.getitems(METHOD.format("unittest.TestCase"))
    method: Any = item
    assert private(method, "_excinfo") is None
    snapshot = pytest_internals.Snapshot(method)
    try:
        raise ValueError
    except ValueError as error:
        method.addError(None, (ValueError, error, error.__traceback__))
    assert len(method.__dict__["_excinfo"]) == 1
    snapshot.restore(method)
    assert method._excinfo is None


def test_the_names_of_a_doctest_are_restored(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile(names='NAME = 1\n\ndef f():\n    """\n    >>> NAME = 2\n    """\n')
    items, _ = pytester.inline_genitems("--doctest-modules", path)
    (item,) = items
    doctest: Any = item
    snapshot = pytest_internals.Snapshot(doctest)
    doctest.dtest.globs.clear()
    snapshot.restore(doctest)
    assert doctest.dtest.globs["NAME"] == 1


@needs_subtests
@contract("_pytest.subtests.failed_subtests_key")
def test_the_number_of_failed_subtests_is_reset(pytester: pytest.Pytester) -> None:
    import _pytest.subtests

    item: Any = pytester.getitem("""
        def test_func(subtests):
            with subtests.test("a"):
                assert 0
        """)
    key = private(_pytest.subtests, "failed_subtests_key")
    held: list[pytest.TestReport] = []
    pytest_internals.HookInterception(item.config.hook).hold_reports(held)
    pytest_internals.run_phase(item, "setup")
    pytest_internals.run_phase(item, "call")
    assert [report.outcome for report in held] == ["failed"]
    assert list(item.config.stash[key].values()) == [1]
    pytest_internals.reset_failed_subtests(item)
    assert not item.config.stash[key]


# ── hooks ────────────────────────────────────────────────────────────────────


@contract("_hookexec")
def test_reports_can_be_held_back_while_other_hooks_work(item: Any) -> None:
    published: list[object] = []
    item.config.pluginmanager.register(Listener(published))
    private(item.config.hook.pytest_runtest_logreport, "_hookexec")
    interceptor = pytest_internals.HookInterception(item.config.hook)
    report = pytest_internals.run_phase(item, "setup")
    held: list[pytest.TestReport] = []
    interceptor.hold_reports(held)
    item.ihook.pytest_runtest_logreport(report=report)
    assert item.config.hook.pytest_report_teststatus(report=report, config=item.config) == ("", "", "")
    assert (held, published) == ([report], [])
    interceptor.release_reports()
    item.ihook.pytest_runtest_logreport(report=report)
    assert published == [report]


@contract("_hookexec")
def test_reports_are_held_back_where_a_conftest_of_another_directory_does_not_apply(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("other").joinpath("conftest.py").write_text("def pytest_runtest_logreport(): pass")
    pytester.mkpydir("own").joinpath("test_own.py").write_text("def test_it(): pass")
    items, _ = pytester.inline_genitems("other", "own")
    item: Any = items[0]
    interceptor = pytest_internals.HookInterception(item.config.hook)
    held: list[pytest.TestReport] = []
    interceptor.hold_reports(held)
    caller = item.ihook.pytest_runtest_logreport
    assert type(caller).__name__ == "_SubsetHookCaller"
    caller(report=pytest.TestReport("a", ("a", 0, "a"), {}, "passed", None, "call"))
    assert len(held) == 1


@contract("_pytest.fixtures.FixtureDef", "_finalizers", "_setupstate")
@pytest.mark.parametrize(
    ("fixture", "use", "open_"),
    [
        ("def it(): return 1", "it): pass", False),
        ("def it(): yield", "it): pass", True),
        ("def it(request): request.addfinalizer(lambda: None)", "it): pass", True),
        ("def it(): yield", "request): request.getfixturevalue('it')", True),
        ("def it(): return 1\n@pytest.fixture(scope='module')\ndef above(it): yield", "above): pass", True),
        ("def it(): return 1\n@pytest.fixture\ndef above(it): yield", "above): pass", False),
        ("def it(): pass", "request): request.session.addfinalizer(lambda: None)", True),
    ],
)
def test_collectors_with_something_to_tear_down_are_pending(
    pytester: pytest.Pytester, fixture: str, use: str, open_: bool
) -> None:
    source = f"import pytest\n@pytest.fixture(scope='session')\n{fixture}\ndef test_it({use}\ndef test_b(): pass"
    first, second = pytester.getitems(source)
    items: list[Any] = [first, second]
    pytest_internals.run_phase(first, "setup")
    pytest_internals.run_phase(first, "call")
    pytest_internals.run_phase(first, "teardown", nextitem=second)
    assert private(first.session, "_setupstate")
    assert bool(list(pytest_internals.list_pending_teardowns(first.session))) is open_
    pytest_internals.run_phase(second, "setup")
    assert pytest_internals.run_phase(second, "teardown", nextitem=None).passed
    assert list(pytest_internals.list_pending_teardowns(items[0].session)) == []


@contract("_hookexec")
def test_a_wrapped_hook_lies_outside_of_wrappers_that_are_registered_later(item: Any) -> None:
    log: list[object] = []

    class Late:
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_logreport(self) -> Iterator[None]:
            log.append("late begins")
            yield
            log.append("late ends")

    def wrapper(run: Callable[[], Any], arguments: Any) -> Any:
        log.append(sorted(arguments))
        try:
            return run()
        finally:
            log.append("outside")

    caller = item.config.hook.pytest_runtest_logreport
    pytest_internals.wrap_hook(caller, wrapper)
    item.config.pluginmanager.register(Late())
    caller(report=pytest.TestReport("a", ("a", 0, "a"), {}, "passed", None, "call"))
    assert log == [["report"], "late begins", "late ends", "outside"]


@contract("_ensure_unconfigure")
def test_what_is_unconfigured_once_is_not_unconfigured_again(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfigure()
    log: list[str] = []

    class Plugin:
        def pytest_unconfigure(self) -> None:
            log.append("unconfigured")

    config.pluginmanager.register(Plugin())
    config.add_cleanup(lambda: log.append("cleaned up"))
    private(config, "_ensure_unconfigure")
    pytest_internals.unconfigure(config)
    pytest_internals.unconfigure(config)
    assert log == ["unconfigured", "cleaned up"]


@contract("_hookexec")
@pytest.mark.parametrize(
    "others", ["", "def pytest_runtest_logreport(): pass"], ids=["all plugins", "without a conftest"]
)
def test_a_listener_is_called_before_the_plugins(pytester: pytest.Pytester, others: str) -> None:
    pytester.mkpydir("other").joinpath("conftest.py").write_text(others)
    pytester.mkpydir("own").joinpath("test_own.py").write_text("def test_it(): pass")
    items, _ = pytester.inline_genitems("other", "own")
    item: Any = items[0]
    log: list[object] = []
    item.config.pluginmanager.register(Listener(log))
    pytest_internals.add_listener(
        item.config.hook.pytest_runtest_logreport, "report", lambda report: log.append(report.nodeid)
    )
    report = pytest.TestReport("a", ("a", 0, "a"), {}, "passed", None, "call")
    item.ihook.pytest_runtest_logreport(report=report)
    assert log == ["a", report]


@contract("_hookexec")
def test_the_listener_gets_every_exception_of_a_report(pytester: pytest.Pytester) -> None:
    item: Any = pytester.getitem("""
        import unittest

        class TestIt(unittest.TestCase):
            def test_func(self):
                raise ConnectionError("gone")
        """)
    interceptor = pytest_internals.HookInterception(item.config.hook)
    calls: list[Any] = []
    pytest_internals.run_phase(item, "setup")
    pytest_internals.run_phase(item, "call")
    assert calls == []
    interceptor.listen_to_exceptions(calls.append)
    pytest_internals.prepare_item(item)
    pytest_internals.run_phase(item, "call")
    assert [str(call.excinfo.value) for call in calls] == ["gone"]


@contract("_hookexec")
def test_the_plugin_that_answers_a_hook_is_the_last_that_is_called(item: Any) -> None:
    caller = item.ihook.pytest_report_teststatus
    config, report = item.config, pytest_internals.run_phase(item, "setup")
    for number, answer in enumerate([("late", "", ""), ("mine", "", ""), None]):
        config.pluginmanager.register(Answer(answer), f"plugin{number}")
    with pytest_internals.record_called_plugins(caller) as called:
        assert caller(report=report, config=config) == ("mine", "", "")
    assert called[-2:] == ["plugin2", "plugin1"]  # after pytest's own
    count = len(called)
    assert caller(report=report, config=config) == ("mine", "", "")
    assert len(called) == count


class Answer:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    def pytest_report_teststatus(self) -> object:
        return self.answer


# ── the stack of collectors ──────────────────────────────────────────────────


@contract("_setupstate")
def test_a_placeholder_keeps_all_collectors_set_up_until_the_rest_is_torn_down(item: Any) -> None:
    state = private(item.session, "_setupstate")
    pytest_internals.run_phase(item, "setup")
    assert list(private(state, "stack")) == item.listchain()
    assert all(failed is None for _, failed in state.stack.values())
    pytest_internals.run_phase(item, "teardown", nextitem=pytest_internals.build_placeholder(item, "function"))
    assert list(state.stack) == item.listchain()[:-1]
    private(state, "teardown_exact")
    assert pytest_internals.tear_down_rest(item, None, []) == []
    assert not state.stack


@contract("_setupstate")
def test_a_placeholder_for_a_wider_scope_keeps_fewer_collectors(item: Any) -> None:
    chain = item.listchain()
    module = pytest_internals.build_placeholder(item, "module")
    assert module is not None
    assert module.listchain()[:-1] == chain[: chain.index(item.getparent(pytest.Module))]
    assert pytest_internals.build_placeholder(item, "session") is None


def test_a_placeholder_answers_like_the_item(pytester: pytest.Pytester) -> None:
    (item,) = pytester.getitems("""
        import pytest

        class TestIt:
            __slots__ = ()

            @pytest.mark.skip
            @pytest.mark.parametrize("number", [1])
            def test_it(self, number):
                pass
        """)
    placeholder = pytest_internals.build_placeholder(item, "function")
    assert placeholder is not item
    assert isinstance(placeholder, pytest.Function)
    names = ["name", "nodeid", "path", "location", "cls", "module", "function", "instance", "fixturenames", "keywords"]
    names += ["originalname", "callspec", "own_markers", "parent", "session", "config", "ihook", "stash"]
    for name in names:
        assert getattr(placeholder, name) == getattr(item, name)
    assert placeholder.get_closest_marker("skip") == item.get_closest_marker("skip")
    assert placeholder.listchain()[:-1] == item.listchain()[:-1]


def test_a_placeholder_calls_no_method_of_a_foreign_item(pytester: pytest.Pytester) -> None:
    class Foreign(pytest.Item):
        def runtest(self) -> None: ...

        def __getattr__(self, name: str) -> Any:  # as items do that pass everything on to what they wrap
            return getattr(self.wrapped, name)

    module = pytester.getmodulecol("")
    foreign: Any = Foreign.from_parent(module, name="one")
    foreign.wrapped = "text"
    placeholder = pytest_internals.build_placeholder(foreign, "function")
    assert (placeholder.name, placeholder.wrapped, placeholder.parent) == ("one", "text", module)


@pytest.mark.parametrize("flags", [(), pytest.param(("-n1", "-p", "no:pytest_cov"), marks=pytest.mark.workers)])
def test_every_test_is_run_by_a_call_of_the_sessions_own_hook(
    pytester: pytest.Pytester, flags: tuple[str, ...]
) -> None:
    # The loops of pytest and of pytest-xdist, also where the test has a conftest of its own.
    pytester.makeconftest("""
        from pytest_maturity.plugin.pytest_internals import replace_hook_execution

        def pytest_configure(config):
            def execute(name, methods, kwargs, firstresult):
                with open("calls", "a") as file:
                    print(sorted(kwargs), kwargs["item"].name, firstresult, file=file)
                return previous(name, methods, kwargs, firstresult)

            previous = replace_hook_execution(config.hook.pytest_runtest_protocol, execute)
        """)
    for name in ("one", "two"):
        directory = pytester.mkdir(name)
        directory.joinpath("conftest.py").write_text("def pytest_runtest_protocol(item): pass")
        directory.joinpath(f"test_{name}.py").write_text(f"def test_{name}(): pass")
    assert pytester.runpytest_subprocess(*flags).ret == 0
    assert (pytester.path / "calls").read_text().splitlines() == [
        "['item', 'nextitem'] test_one True",
        "['item', 'nextitem'] test_two True",
    ]


@contract("_setupstate", "_pytest.outcomes.TEST_OUTCOME")
def test_an_error_while_the_rest_is_torn_down_is_reported_with_the_errors_before(item: Any) -> None:
    import _pytest.outcomes

    assert set(private(_pytest.outcomes, "TEST_OUTCOME")) == {private(_pytest.outcomes, "OutcomeException"), Exception}
    pytest_internals.run_phase(item, "setup")
    item.session._setupstate.addfinalizer(lambda: pytest.fail("left"), item.parent)
    pytest_internals.run_phase(item, "teardown", nextitem=pytest_internals.build_placeholder(item, "function"))
    (report,) = pytest_internals.tear_down_rest(item, None, [ConnectionError("before")])
    assert (report.when, report.outcome) == ("teardown", "failed")
    assert "ConnectionError: before" in report.longreprtext
    assert "Failed: left" in report.longreprtext


@contract("_setupstate")
def test_the_stack_keeps_the_exception_of_a_collector_whose_setup_failed(item: Any) -> None:
    module, error = item.parent, ConnectionError("dead")

    def setup() -> None:
        raise error

    module.setup = setup
    assert pytest_internals.run_phase(item, "setup").failed
    assert item.session._setupstate.stack[module][1][0] is error
    assert pytest_internals.find_failed_collectors(item) == {module: error}
    placeholder = pytest_internals.build_placeholder(item, "function")
    assert placeholder is not None
    assert placeholder.listchain()[:-1] == item.listchain()[: item.listchain().index(module)]


def test_a_fixture_that_raised_keeps_its_exception_until_it_is_finished(pytester: pytest.Pytester) -> None:
    item: Any = pytester.getitem("""
        import pytest

        @pytest.fixture(scope="module")
        def broken():
            raise ConnectionError

        def test_func(broken):
            pass
        """)
    interceptor = pytest_internals.HookInterception(item.config.hook)
    calls: list[Any] = []
    interceptor.listen_to_exceptions(calls.append)
    pytest_internals.run_phase(item, "setup")
    ((definition, request),) = interceptor.failed_fixtures
    for thing, name in ((definition, "cached_result"), (definition, "finish"), (request, "scope")):
        private(thing, name)
    (found,) = interceptor.list_cached_fixture_errors()
    assert type(found) is ConnectionError
    interceptor.finish_failed_fixtures(item)
    pytest_internals.run_phase(item, "teardown", nextitem=pytest_internals.build_placeholder(item, "function"))
    assert interceptor.list_cached_fixture_errors() == []
    interceptor.reset()
    assert interceptor.failed_fixtures == []


@contract("_pytest.junitxml.xml_key")
def test_the_junit_report_has_an_entry_for_a_test(pytester: pytest.Pytester) -> None:
    import _pytest.junitxml

    config = pytester.parseconfigure("--junitxml=junit.xml")
    xml = config.stash[private(_pytest.junitxml, "xml_key")]
    private(xml, "node_reporter")
    report = pytest.TestReport("test_a.py::test_it", ("test_a.py", 0, "test_it"), {}, "passed", None, "call")
    entry = pytest_internals.find_junit_reporter(config, report)
    assert entry is pytest_internals.find_junit_reporter(config, report)
    private(entry, "append")
    assert pytest_internals.find_junit_reporter(pytester.parseconfigure(), report) is None


# ── attribution ──────────────────────────────────────────────────────────────


@contract("_pytest.assertion.rewrite.AssertionRewritingHook")
def test_the_execution_of_modules_is_intercepted_until_it_is_restored(pytester: pytest.Pytester) -> None:
    executed: list[str] = []

    def log(module: Any) -> AbstractContextManager[None]:
        executed.append(module.__name__)
        return nullcontext()

    pytester.makepyfile(test_rewritten="import plain_module_of_mine", plain_module_of_mine="X = 1")
    pytester.syspathinsert()
    restore = interception.intercept_module_execution(log)
    try:
        assert pytester.inline_run("test_rewritten.py").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    finally:
        restore()
    own = [name for name in executed if name in ("test_rewritten", "plain_module_of_mine")]
    assert own == ["test_rewritten", "plain_module_of_mine"]


@contract("_pyfuncitem")
def test_a_listener_gets_every_request_for_a_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture(scope="session")
        def needed(): return 1

        @pytest.fixture(scope="session")
        def wide(needed): return 2

        @pytest.fixture(scope="session")
        def broken(wide): raise ValueError

        def test_a(wide): pass
        def test_b(broken): pass
        def test_c(request): request.getfixturevalue("wide")
        """)
    log: list[tuple[str, str, bool, bool]] = []

    class RequestLog:
        known: ClassVar[set[Any]] = set()

        @pytest.hookimpl(tryfirst=True)
        def pytest_fixture_setup(self, fixturedef: Any) -> None:
            if fixturedef.scope == "session" and fixturedef not in self.known:
                self.known.add(fixturedef)
                assert not interception.has_result(fixturedef)
                interception.listen_to_requests(fixturedef, partial(self.log, fixturedef))

        def log(self, definition: Any, request: Any, succeeded: bool) -> None:
            there = interception.has_result(definition)
            log.append((interception.find_requesting_test(request).name, request.fixturename, succeeded, there))

    pytester.inline_run("-p", "no:asyncio", plugins=[RequestLog()]).assertoutcome(passed=2, failed=1)
    assert log == [
        ("test_b", "needed", True, True),
        ("test_b", "wide", True, True),
        ("test_c", "needed", True, True),
        ("test_c", "wide", True, True),
    ]


@contract("_pyfuncitem", "_finalizers")
def test_the_finalizers_of_a_fixture_can_be_wrapped(pytester: pytest.Pytester) -> None:
    (item,) = pytester.getitems("""
        import pytest

        @pytest.fixture(scope="session")
        def wide(): yield 1

        def test_it(wide): pass
        """)
    log: list[object] = []

    class FinalizerLog:
        @pytest.hookimpl(wrapper=True)
        def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
            yield
            if fixturedef.argname == "wide":
                log.append(interception.find_requesting_test(request))
                assert interception.has_result(fixturedef)
                interception.wrap_finalizers(fixturedef, wrap)

    def wrap(finalizer: Callable[[], object]) -> Callable[[], object]:
        def finalize() -> object:
            log.append("finalized")
            return finalizer()

        return finalize

    item.config.pluginmanager.register(FinalizerLog())
    pytest_internals.run_phase(item, "setup")
    assert log == [item]
    pytest_internals.run_phase(item, "teardown", nextitem=None)
    assert log == [item, "finalized"]


@contract("_importconftest")
def test_the_import_of_a_conftest_that_is_found_late_is_intercepted(pytester: pytest.Pytester) -> None:
    log: list[str] = []

    class Interceptor:
        def pytest_configure(self, config: pytest.Config) -> None:
            interception.intercept_conftest_imports(config.pluginmanager, self.import_conftest)

        def import_conftest(self, path: Path, proceed: Callable[[], object]) -> object:
            log.append(path.parent.name)
            module = proceed()
            log.append("imported")
            return module

        def pytest_plugin_registered(self, plugin: Any) -> None:
            if getattr(plugin, "LATE", False):
                log.append("registered")

    for directory in (pytester.mkdir("late"), pytester.mkdir("late/later")):
        directory.joinpath("conftest.py").write_text(f"LATE = {directory.name == 'late'}", "utf-8")
    pytester.inline_run(plugins=[Interceptor()])
    assert log == ["late", "registered", "imported", "later", "imported"]


class LoggingContext:
    """A context manager that logs when it is entered and left."""

    def __init__(self) -> None:
        self.log: list[str] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.log.append("in")
        try:
            yield
        finally:
            self.log.append("out")


class Implementations:
    """The three kinds of hook implementations; each logs its calls."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def pytest_assertrepr_compare(self) -> list[str]:
        self.log.append("plain")
        return ["plain"]

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        self.log.append("before")
        try:
            result = yield
        except KeyError as error:
            result = type(error).__name__
        self.log.append("after")
        return f"{report} {result}"

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collection_finish(self) -> Any:
        self.log.append("before")
        outcome = yield
        self.log.append(type(outcome.exception).__name__)
        outcome.force_result([1])


def test_the_hooks_of_a_plugin_run_within_a_context_manager() -> None:
    manager, context = pytest.PytestPluginManager(), LoggingContext()
    plugin = Implementations(context.log)
    manager.register(plugin)
    interception.wrap_hook_implementations(manager, plugin, context)

    class Inner:
        def pytest_report_teststatus(self) -> object:
            context.log.append("inner")
            raise KeyError

        def pytest_collection_finish(self) -> None:
            raise LookupError

    manager.register(Inner())
    assert manager.hook.pytest_assertrepr_compare(config=None, op="==", left=1, right=2) == [["plain"]]
    assert context.log == ["in", "plain", "out"]
    del context.log[:]
    assert manager.hook.pytest_report_teststatus(report="report", config=None) == "report KeyError"
    assert context.log == ["in", "before", "out", "inner", "in", "after", "out"]
    del context.log[:]
    assert manager.hook.pytest_collection_finish(session=None) == [1]
    assert context.log == ["in", "before", "out", "in", "LookupError", "out"]
