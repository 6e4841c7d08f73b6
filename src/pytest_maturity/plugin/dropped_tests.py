"""Finds tests that pytest creates and that do not run, although nobody announced that they were deselected.

Compares node ids, not objects: a plugin may replace a test by another of the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from ..model.evidence import Gap
from ..model.text import first_few, safe
from .deselection import find_hooks
from .pytest_internals import CollectionWatch
from .selection import Selection

# The hooks by which tests get lost before `pytest_collection_modifyitems`, and after it.
BEFORE = (
    "pytest_collect_file", "pytest_pycollect_makemodule", "pytest_pycollect_makeitem", "pytest_make_collect_report",
    "pytest_collection_modifyitems",
)  # fmt: skip
AFTER = ("pytest_collection_modifyitems", "pytest_collection_finish", "pytest_runtestloop")


class DroppedTests:
    """Follows the tests of this process from their creation to the moment before the first one runs.

    `record_dropped` gets the node ids of tests that are gone, each with the hooks that may have dropped it.
    `record_gap` gets the path of a test file, from the root, and what is wrong with it.
    """

    def __init__(
        self,
        config: pytest.Config,
        selection: Selection,
        record_dropped: Callable[[dict[str, str]], object],
        record_gap: Callable[[str, Gap], object],
    ) -> None:
        self._config = config
        self._selection = selection
        self._record_dropped, self._record_gap = record_dropped, record_gap
        self._watch = CollectionWatch(config.pluginmanager.hook, self._check_collector)
        self._collected_files: set[str] = set()
        self._expected: list[pytest.Item] = []

    def recording(self) -> AbstractContextManager[None]:
        """Records what pytest creates in the `with` block."""
        return self._watch.recording()

    # ── tests that are gone ──────────────────────────────────────────────────

    def compare_created(self, items: Sequence[pytest.Item]) -> None:
        """Compares what pytest created with the tests that arrived at `pytest_collection_modifyitems`."""
        tests, collectors = self._watch.pop_created()
        self._check_empty_files(tests)
        lost: list[Any] = []
        # What lies beside the paths of the command line is not to run, and may not even be imported.
        lost += [one for one in collectors if self._selection.is_given(one.path) and not self._collect_alone(one)]
        tests += self._watch.pop_created()[0]
        arrived = {item.nodeid for item in items}
        lost += [item for item in tests if item.nodeid not in arrived]
        self._report(filter(self._selection.assign, lost), BEFORE)

    def _collect_alone(self, collector: pytest.Collector) -> bool:
        """Creates the tests of a collector that pytest left out; returns whether it could."""
        try:
            self._watch.collect_alone(collector)
        except pytest.skip.Exception:
            pass
        except (Exception, pytest.fail.Exception):
            return False
        return True

    def expect(self, items: Sequence[pytest.Item]) -> None:
        """Remembers the tests that are to run, when `pytest_collection_modifyitems` is over."""
        self._expected = [*items]

    def compare_expected(self, items: Sequence[pytest.Item]) -> None:
        """Compares the tests that are to run with those that were expected, before the first one runs."""
        expected, self._expected = self._expected, []
        if items != expected:
            # pytest-xdist appends the group of a test to its id.
            kept = {nodeid for item in items for nodeid in (item.nodeid, item.nodeid.rpartition("@")[0])}
            self._report((item for item in expected if item.nodeid not in kept), AFTER)

    def _report(self, lost: Iterable[Any], hooks: Sequence[str]) -> None:
        nodes = [*lost]
        self._selection.record_kinds(node for node in nodes if isinstance(node, pytest.Item))
        self._record_dropped({node.nodeid: self._find_reason(node, hooks) for node in nodes})

    def _find_reason(self, node: Any, hooks: Sequence[str]) -> str:
        if self._selection.is_given_in_part(node.path):
            return "a path on the command line"
        return find_hooks(self._config, hooks, node.path)

    # ── files that are not what they seem ────────────────────────────────────

    def _check_empty_files(self, tests: Iterable[pytest.Item]) -> None:
        """Records each test file of a component from which no test came."""
        with_tests = {item.nodeid.partition("::")[0] for item in tests}
        for file in self._collected_files - with_tests:
            if self._selection.should_have_tests(file):
                message = f"no test was collected from {safe(file, 200)}, a test file of the component"
                self._record_gap(file, Gap(cause="no-tests", message=message))

    def _check_collector(self, collector: Any, report: pytest.CollectReport) -> None:
        """Records what is wrong with a test file or a class that was collected."""
        if not report.passed:
            return
        if isinstance(collector, pytest.Class):
            gaps = find_unusable_class(collector, report)
        elif isinstance(collector, pytest.Module):
            self._collected_files.add(collector.nodeid)
            gaps = find_other_module(collector)
        else:
            return
        for gap in gaps:
            self._record_gap(collector.nodeid.partition("::")[0], gap)


def find_unusable_class(collector: Any, report: pytest.CollectReport) -> Iterator[Gap]:
    """Yields a gap for a class of tests that pytest cannot collect, because it has a constructor."""
    own = collector.obj
    has_constructor = own.__init__ is not object.__init__ or own.__new__ is not object.__new__
    if report.result or not has_constructor or own.__module__ != collector.module.__name__:
        return
    if tests := [name for name, value in vars(own).items() if collector.istestfunction(value, name)]:
        message = f"{safe(collector.nodeid, 200)} has a constructor, so pytest collects none of its tests"
        yield Gap(cause="no-tests", message=f"{message}: {first_few(tests)}; use a fixture or setup_method")


def find_other_module(collector: Any) -> Iterator[Gap]:
    """Yields a gap for a test file in whose place pytest imported another one of the same module name."""
    file = getattr(collector.obj, "__file__", None)
    if not isinstance(file, str) or file == str(collector.path):
        return
    imported = Path(file.removesuffix("c") if file.endswith(".pyc") else file)
    if imported.resolve() != collector.path.resolve():
        message = f"{safe(collector.nodeid, 200)} did not run: pytest imported {safe(file, 200)} in its place"
        cure = f"both are the module {safe(collector.obj.__name__, 120)}; rename one, or judge each component alone"
        yield Gap(cause="displaced", message=f"{message}, because {cure}")
