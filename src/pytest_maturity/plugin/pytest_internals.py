"""The private parts of pytest and pluggy that this plugin needs: to rerun a test, and to watch the collection.

Every such name is used here or in `attribution/interception.py`, and `tests/acceptance/test_pytest_internals.py` fails
when a new version of pytest moves one.
"""

from __future__ import annotations

import shlex
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from inspect import isfunction, ismethod, ismodule, signature
from pathlib import Path
from typing import Any

import pytest
from _pytest import nodes, runner
from _pytest.assertion.rewrite import AssertionRewritingHook
from _pytest.config import apply_warning_filters, findpaths
from _pytest.fixtures import FixtureDef
from _pytest.outcomes import TEST_OUTCOME
from _pytest.python import FunctionDefinition

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup  # pytest brings it

SCOPES = {"class": pytest.Class, "module": pytest.Module, "package": pytest.Package, "session": pytest.Session}


# Runs one phase of a test through pytest's hooks; returns its report, which is not published yet.
run_phase = partial(runner.call_and_report, log=False)


def print_setup_show(item: pytest.Item) -> None:
    """Prints what `--setup-show` prints of a test."""
    show: Any = runner.show_test_item  # with another signature in pytest 8
    show(item, add_space=True) if "add_space" in signature(show).parameters else show(item)


def prepare_item(item: Any) -> None:
    """Gives the item a new fixture request, where the last attempt has removed it."""
    if hasattr(item, "_request") and not item._request:
        item._initrequest()


def release_item(item: Any) -> None:
    """Removes fixture values and the request from the item, as pytest does after each test."""
    if hasattr(item, "_request"):
        item._request = False
        item.funcargs = None


def parse_options(config: Any, options: Sequence[str]) -> Namespace:
    """Returns what the options mean, for those that are known by now; others keep their defaults."""
    found: Namespace = config._parser.parse_known_args(list(options))
    return found


def find_start(config: pytest.Config, arguments: Sequence[str]) -> Path:
    """Returns the directory from which pytest looks for its settings, here and above."""
    here = config.invocation_params.dir
    start = findpaths.get_common_ancestor(here, findpaths.get_dirs_from_args(arguments))
    return start.resolve()


def locate_settings(directory: Path) -> tuple[Path | None, Mapping[str, Any]]:
    """Returns the file of settings that pytest finds in a directory or above, and the settings in it."""
    _, path, settings, *_ = findpaths.locate_config(directory, [directory])
    return path, settings


def read_settings(path: Path) -> Mapping[str, Any]:
    """Returns the settings in a file."""
    return findpaths.load_config_dict_from_file(path) or {}


def split_setting(settings: Mapping[str, Any], name: str) -> list[str]:
    """Returns the words of a setting, which is text in an INI file, and a list or text in TOML."""
    value = settings.get(name, "")
    value = getattr(value, "value", value)  # pytest 8 has no ConfigValue
    return list(map(str, value)) if isinstance(value, list) else shlex.split(str(value))


def split_setting_lines(settings: Mapping[str, Any], name: str) -> list[str]:
    """Returns the lines of a setting, which is text in an INI file, and a list or text in TOML."""
    value = settings.get(name, "")
    value = getattr(value, "value", value)  # as above
    lines = value if isinstance(value, list) else str(value).splitlines()
    return [stripped for line in lines if (stripped := str(line).strip())]


def make_warning_filters(configured: Sequence[str], given: Sequence[str]) -> Sequence[tuple[Any, ...]]:
    """Returns the filters that are in force where only these are set: in the configuration, and as options `-W`.

    pytest shows deprecations, which Python ignores.
    """
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in (ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        apply_warning_filters(configured, given)
        return warnings.filters[:]


def get_default_setting(config: pytest.Config, name: str) -> list[str]:
    """Returns the words of a setting that no file has."""
    return list(config._parser._inidict[name][2])


class Snapshot:
    """The state of an item before an attempt, as far as an attempt changes it."""

    __slots__ = (
        "_attributes",
        "_function",
        "_globals",
        "_instance",
        "_keywords",
        "_markers",
        "_properties",
        "_sections",
    )

    def __init__(self, item: Any) -> None:
        self._properties = len(item.user_properties)
        self._sections = len(item._report_sections)
        self._markers = item.own_markers[:]
        self._keywords = item.keywords._markers.copy()
        own = item.__dict__
        self._function, self._instance = own.get("_obj"), own.get("_instance")
        self._attributes = getattr(self._instance, "__dict__", {}).copy()
        # A doctest's runner empties the dictionary of names that it was given.
        self._globals = item.dtest.globs.copy() if "dtest" in own else None

    def restore(self, item: Any) -> None:
        """Undoes the changes of the last attempt."""
        del item.user_properties[self._properties :]
        del item._report_sections[self._sections :]
        item.own_markers[:] = self._markers
        item.keywords._markers.clear()
        item.keywords._markers.update(self._keywords)
        if self._globals is not None:
            item.dtest.globs = dict(self._globals)
        item.__dict__.pop("_excinfo", None)  # of a unittest method
        reset_failed_subtests(item)
        if isinstance(item, pytest.Function):
            self._restore_function(item)

    def _restore_function(self, item: Any) -> None:
        """Makes the item call what it called, on a new instance of its class where that is possible."""
        is_method, instance = isinstance(item.parent, pytest.Class), self._instance
        own = getattr(instance, item.originalname, None)
        # Hypothesis refuses to run one test with two instances.
        if is_method and own == self._function and not getattr(own, "is_hypothesis_test", False):
            item.__dict__.pop("_instance", None)
            item._obj = None
            return
        item._obj = self._function
        if is_method and instance is not None:  # what a plugin has put in the method's place is bound to this instance
            item._instance = instance
            if hasattr(instance, "__dict__"):
                instance.__dict__.clear()
                instance.__dict__.update(self._attributes)


def reset_failed_subtests(item: Any) -> None:
    """Resets the number of the test's failed subtests, by which pytest 9 fails the test at its end."""
    try:
        from _pytest.subtests import failed_subtests_key
    except ImportError:  # pytest 8
        return
    counts: Any = item.config.stash.get(failed_subtests_key, {})
    for key in (item.nodeid, getattr(item, "id", None)):
        counts.pop(key, None)


class HookInterception:
    """Intercepts three of pytest's hooks while a test runs.

    Replaces the hook callers instead of implementing the hooks: a wrapper costs each test several times as much.
    `failed_fixtures` are the (definition, request) of fixtures of a wider scope than the test that have raised since
    `listen_to_exceptions` was called.
    """

    def __init__(self, hook: Any) -> None:
        self.failed_fixtures: list[tuple[Any, Any]] = []
        self._held_reports: list[pytest.TestReport] | None = None
        self._exception_listener: Callable[[pytest.CallInfo[None]], None] | None = None
        self._log, self._make, self._set_up = (
            replace_hook_execution(caller, replacement)
            for caller, replacement in (
                (hook.pytest_runtest_logreport, self._log_report),
                (hook.pytest_runtest_makereport, self._make_report),
                (hook.pytest_fixture_setup, self._set_up_fixture),
            )
        )

    def hold_reports(self, reports: list[pytest.TestReport]) -> None:
        """Adds reports to a list from now on, instead of publishing them."""
        self._held_reports = reports

    def release_reports(self) -> None:
        """Publishes reports from now on."""
        self._held_reports = None

    def listen_to_exceptions(self, listener: Callable[[pytest.CallInfo[None]], None]) -> None:
        """Calls `listener` for each exception that a report is made of, also one that a subtest or unittest catches."""
        self._exception_listener = listener

    def reset(self) -> None:
        """Removes the listener and clears the failed fixtures."""
        self._exception_listener = None
        self.failed_fixtures.clear()

    def _log_report(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        """Publishes a report, or keeps it while reports are held."""
        if self._held_reports is None:
            return self._log(name, methods, kwargs, firstresult)
        self._held_reports.append(kwargs["report"])
        return []

    def _make_report(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        """Makes a report, and tells the listener of its exception."""
        report = self._make(name, methods, kwargs, firstresult)
        if kwargs["call"].excinfo is not None and self._exception_listener is not None:
            self._exception_listener(kwargs["call"])
        return report

    def _set_up_fixture(self, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        """Sets up a fixture, and remembers one of a wider scope than the test that raises."""
        try:
            return self._set_up(name, methods, kwargs, firstresult)
        except BaseException:
            # A fixture of scope "function" ends with the test anyway.
            if self._exception_listener is not None and kwargs["request"].scope != "function":
                self.failed_fixtures.append((kwargs["fixturedef"], kwargs["request"]))
            raise

    def list_cached_fixture_errors(self) -> list[BaseException]:
        """Returns the exceptions that pytest keeps of failed fixtures, to raise them again for the next test."""
        results = [definition.cached_result for definition, _ in self.failed_fixtures]
        return [result[2][0] for result in results if result is not None and result[2] is not None]

    def finish_failed_fixtures(self, item: Any) -> None:
        """Makes the item's teardown finish the failed fixtures, so that the next attempt executes them again."""
        if item in item.session._setupstate.stack:
            for definition, request in self.failed_fixtures:
                item.addfinalizer(partial(definition.finish, request))


def add_listener(caller: Any, argument: str, listener: Callable[[Any], object]) -> None:
    """Calls `listener` with one argument of each call of a hook, before any plugin's implementation."""

    def execute(name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        listener(kwargs[argument])
        return previous(name, methods, kwargs, firstresult)

    previous = replace_hook_execution(caller, execute)


def replace_hook_execution(caller: Any, execute: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces the function that executes the calls of a hook; returns the previous one."""
    previous: Callable[..., Any] = caller._hookexec
    caller._hookexec = execute
    return previous


def wrap_hook(caller: Any, wrapper: Callable[[Callable[[], Any], Any], Any]) -> None:
    """Executes the calls of a hook as `wrapper(run, arguments)`, where `run()` calls every plugin's implementation.

    No plugin's wrapper lies outside of it, whenever and with whatever priority that plugin is registered.
    """

    def execute(name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        return wrapper(lambda: previous(name, methods, kwargs, firstresult), kwargs)

    previous = replace_hook_execution(caller, execute)


def unconfigure(config: Any) -> None:
    """Runs `pytest_unconfigure` and the clean-up functions, unless that has happened already."""
    config._ensure_unconfigure()


@contextmanager
def record_called_plugins(caller: Any) -> Iterator[list[str]]:
    """Yields a list that receives the names of the plugins that a hook calls, in order.

    Of a hook with `firstresult`, the last of them gave the answer.
    """
    called: list[str] = []

    def recording(implementation: Any) -> Any:
        def function(*values: Any) -> Any:
            called.append(implementation.plugin_name)
            return implementation.function(*values)

        twin = copy(implementation)
        twin.function = function
        return twin

    def execute(name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        twins = [one if is_wrapper(one) else recording(one) for one in methods]
        return previous(name, twins, kwargs, firstresult)

    previous = replace_hook_execution(caller, execute)
    try:
        yield called
    finally:
        replace_hook_execution(caller, previous)


def find_failed_collectors(item: Any) -> dict[Any, BaseException]:
    """Returns the collectors above the item whose setup failed, with the exception that pytest raises again."""
    stack = item.session._setupstate.stack
    return {node: state[1][0] for node, state in stack.items() if state[1] is not None and node is not item}


def build_placeholder(item: Any, scope: str) -> Any:
    """Returns a next item for a teardown of exactly what the item's next attempt sets up again.

    It is a copy of the item, which has all that hooks read of a next item. It lies below the collectors that stay set
    up: those above the wider `scope` of the rerun, if it has one, and above each collector whose setup failed. None
    where none stays.
    """
    chain = item.listchain()
    kept = len(chain) - 1
    wider = item.getparent(SCOPES[scope]) if scope in SCOPES else None
    for node in (wider, *find_failed_collectors(item)):
        if node in chain:
            kept = min(kept, chain.index(node))
    if not kept:
        return None
    placeholder = copy_node(item)
    placeholder.parent = chain[kept - 1]
    return placeholder


def copy_node(node: Any) -> Any:
    """Returns a shallow copy of a node, without a call of any method of its class."""
    twin = object.__new__(type(node))
    for base in type(node).__mro__:
        for name in getattr(base, "__slots__", ()):
            if name not in ("__dict__", "__weakref__") and hasattr(node, name):
                object.__setattr__(twin, name, getattr(node, name))
    twin.__dict__.update(node.__dict__)
    return twin


def find_next_item(item: pytest.Item, nextitem: pytest.Item | None) -> pytest.Item | None:
    """Returns the item that runs next; None, so that pytest tears everything down, where the run stops here."""
    return None if item.session.shouldfail or item.session.shouldstop else nextitem


def tear_down_rest(
    item: pytest.Item, nextitem: pytest.Item | None, errors: Sequence[BaseException]
) -> list[pytest.TestReport]:
    """Tears down what a placeholder kept and the real next test does not need.

    Returns one report where that fails, else none. It contains the `errors` that the item's teardown has raised
    before, too: a test has one teardown report.
    """
    reraise = (pytest.exit.Exception, KeyboardInterrupt)

    def tear_down() -> None:
        try:
            item.session._setupstate.teardown_exact(nextitem)
        except reraise:
            raise
        except TEST_OUTCOME as error:
            raise BaseExceptionGroup("errors during test teardown", [error, *errors]) from None

    call = pytest.CallInfo.from_call(tear_down, when="teardown", reraise=reraise)
    return [item.ihook.pytest_runtest_makereport(item=item, call=call)] if call.excinfo else []


def list_pending_teardowns(session: Any) -> Iterator[Any]:
    """Yields the collectors that are set up and have something to tear down, which may fail for any test below."""
    for node, (finalizers, _) in session._setupstate.stack.items():
        own = getattr(node, "teardown", None)
        if not isinstance(node, pytest.Item) and any(one != own and has_effect(one) for one in finalizers):
            yield node


def has_effect(finalizer: Any) -> bool:
    """Whether a finalizer does anything: that of a fixture without teardown does not."""
    if isfunction(finalizer) and finalizer.__module__ == FixtureDef.__module__:
        return False  # calls pytest_fixture_post_finalizer
    method = finalizer.func if isinstance(finalizer, partial) else None
    owner = method.__self__ if ismethod(method) else None
    return has_teardown(owner) if isinstance(owner, FixtureDef) else True


def has_teardown(definition: Any) -> bool:
    """Whether a fixture's finish does anything; fixtures that depend on it are finished by its finalizers."""
    return definition.cached_result is not None and any(map(has_effect, definition._finalizers))


def find_junit_reporter(config: pytest.Config, report: pytest.TestReport) -> Any:
    """Returns pytest's object that writes the test's entry in the JUnit report; None without such a report."""
    from _pytest.junitxml import xml_key

    xml = config.stash.get(xml_key, None)
    return xml.node_reporter(report) if xml is not None else None


def is_rewritten(module: object) -> bool:
    """Whether pytest has rewritten the asserts of a module, so that they are executed under -O, too."""
    return isinstance(getattr(module, "__loader__", None), AssertionRewritingHook)


# ── the collection ───────────────────────────────────────────────────────────

# The hooks of which one plugin's answer keeps pytest's own implementation from being called.
ANSWERED_HOOKS = ("pytest_pycollect_makemodule", "pytest_pycollect_makeitem", "pytest_make_collect_report")


def find_plugin_module(plugin: object) -> str:
    """Returns the dotted name of the module that a plugin is, or in which its class is defined."""
    return plugin.__name__ if ismodule(plugin) else type(plugin).__module__


def is_of_pytest(module: str) -> bool:
    """Whether a module of this dotted name is part of pytest."""
    return module.startswith("_pytest.")


def is_wrapper(implementation: Any) -> bool:
    """Whether a hook's implementation wraps the others, instead of answering."""
    return bool(implementation.wrapper or implementation.hookwrapper)


class CollectionWatch:
    """Records what pytest creates while it collects: tests, and the classes and files that contain them.

    Where a plugin or a conftest answers a hook in place of pytest, pytest's own implementation is called as well, and
    what it creates is recorded, too. `on_collected` gets each collector after its turn, with its report. `hook` is the
    plugin manager's: that of pytest 8's configuration has other callers.
    """

    def __init__(self, hook: Any, on_collected: Callable[[Any, pytest.CollectReport], object]) -> None:
        self._on_collected = on_collected
        self._created: list[Any] = []
        self._collected: set[str] = set()  # node ids
        self._is_own: dict[Any, bool] = {}  # by implementation: whether it is pytest's
        self._may_answer: dict[Any, bool] = {}  # by implementation: whether it may answer in place of pytest's
        self._asks_only_pytest = False
        for name in ANSWERED_HOOKS:
            caller = getattr(hook, name)
            replace_hook_execution(caller, partial(self._execute, caller._hookexec))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Records every test and collector that is created in the `with` block."""
        previous: Any = nodes.Node.__init__
        add = self._created.append

        def create(node: Any, *arguments: Any, **named: Any) -> None:
            previous(node, *arguments, **named)
            if type(node) is not FunctionDefinition:  # helps to create tests, and is none
                add(node)

        node_class: Any = nodes.Node
        node_class.__init__ = create
        try:
            yield
        finally:
            if node_class.__init__ is create:  # else somebody else has replaced it meanwhile
                node_class.__init__ = previous

    def pop_created(self) -> tuple[list[pytest.Item], list[pytest.Collector]]:
        """Returns the tests that were created so far, and the classes and files that had no turn; forgets them.

        A collector of a project's own class counts as none: the project decides what it finds. It may have the node
        id of one that pytest created for the same file.
        """
        tests = [node for node in self._created if isinstance(node, pytest.Item)]
        collectors = {
            node.nodeid: node
            for node in self._created
            if isinstance(node, pytest.Collector)
            and not isinstance(node, pytest.Directory)
            and is_of_pytest(type(node).__module__)
        }
        self._created.clear()
        return tests, [node for nodeid, node in collectors.items() if nodeid not in self._collected]

    def collect_alone(self, collector: pytest.Collector) -> None:
        """Lets a collector create the tests below it by pytest's own implementations. Raises what they raise."""
        was_only, self._asks_only_pytest = self._asks_only_pytest, True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for child in collector.collect():
                    if isinstance(child, pytest.Collector):
                        self.collect_alone(child)
        finally:
            self._asks_only_pytest = was_only

    def _execute(self, previous: Any, name: str, methods: Any, kwargs: Any, firstresult: bool) -> Any:
        """Executes one of ANSWERED_HOOKS."""
        if self._asks_only_pytest:
            return previous(name, list(filter(self._is_pytests, methods)), kwargs, firstresult)
        if any(map(self._answers, methods)):
            result = self._execute_all(previous, name, methods, kwargs)
        else:
            result = previous(name, methods, kwargs, firstresult)
        if name == "pytest_make_collect_report":
            collector = kwargs["collector"]
            if is_of_pytest(type(collector).__module__):
                self._collected.add(collector.nodeid)
            self._on_collected(collector, result)
        return result

    def _execute_all(self, previous: Any, name: str, methods: Any, kwargs: Any) -> Any:
        """Executes a hook, then pytest's own implementations where an answer kept them from being called."""
        waiting = [one for one in methods if self._is_pytests(one) and not is_wrapper(one)]
        has_own_answer = False

        def recording(implementation: Any) -> Any:
            def function(*values: Any) -> Any:
                nonlocal has_own_answer
                waiting.remove(implementation)
                answer = implementation.function(*values)
                has_own_answer |= answer is not None
                return answer

            twin = copy(implementation)
            twin.function = function
            return twin

        twins = [recording(one) if one in waiting else one for one in methods]
        result = previous(name, twins, kwargs, True)
        if waiting and not has_own_answer:
            with suppress(*TEST_OUTCOME), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                previous(name, waiting, kwargs, True)
        return result

    def _is_pytests(self, implementation: Any) -> bool:
        """Whether a hook's implementation is pytest's own."""
        found = self._is_own.get(implementation)
        if found is None:
            module = find_plugin_module(implementation.plugin)
            found = self._is_own[implementation] = is_of_pytest(module)
        return found

    def _answers(self, implementation: Any) -> bool:
        """Whether an implementation may answer in place of pytest's; a wrapper never keeps others from being called."""
        found = self._may_answer.get(implementation)
        if found is None:
            found = not (is_wrapper(implementation) or self._is_pytests(implementation))
            self._may_answer[implementation] = found
        return found


def find_hooks_of_plugins(hook: Any, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yields the name of a hook and that of a plugin that implements it, for each plugin that is not pytest's."""
    for name in names:
        for implementation in getattr(hook, name).get_hookimpls():
            if not is_of_pytest(find_plugin_module(implementation.plugin)):
                yield name, implementation.plugin_name
