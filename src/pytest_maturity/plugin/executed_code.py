"""Gaps for code that the tests ran and that is not the code of the component's source files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..coverage import Recorder
from ..discovery.imports import find_imported_names, is_import_of
from ..evidence.byte_code import digest_byte_code, find_foreign_byte_code
from ..model.evidence import Component, Gap
from ..model.text import first_few, plural
from .plan import Plan


class ExecutedCode:
    """The code that the tests ran, compared with the sources that the tools and the coverage are about."""

    def __init__(self, plan: Plan, recorder: Recorder) -> None:
        self._plan, self._recorder = plan, recorder
        self._byte_code: dict[Path, bytes] = {}

    def record_byte_code(self) -> None:
        """Records the byte code that Python would load for the sources. To be called before any code of the project."""
        sources = (path for component in self._plan.components for path in component.files)
        self._byte_code = digest_byte_code((*sources, *self._recorder.copies))

    def find_gaps(self, component: Component) -> Iterator[Gap]:
        """Yields the gaps that the data of all processes shows, also of shards."""
        if problem := self._recorder.find_other_code(component):
            yield Gap(cause="elsewhere", message=problem)
        layout, relative = self._plan.layout, self._plan.context.relative
        known = set(component.files) | self._recorder.find_link_targets(component)
        others = sorted(self._recorder.find_files_below(component) - known)
        tests = [
            path
            for path in others
            if any(path.is_relative_to(one) and layout.is_test_path(path, one) for one in component.sources)
        ]
        strange = sorted({*others} - {*tests} | self._find_imported_by_sources(component, tests))
        created = set(layout.find_source_files(component.sources)[0]).intersection(strange) if strange else set()
        if created:
            files = first_few([relative(path) for path in sorted(created)])
            message = f"{plural(len(created), 'source file')} appeared during the run: {files}; generate code before it"
            yield Gap(cause="changed", message=message)
        if unjudged := [relative(path) for path in strange if path not in created]:
            message = (
                f"the tests ran {plural(len(unjudged), 'file')} below the sources that belong to no component: "
                f"{first_few(unjudged)}"
            )
            yield Gap(cause="unjudged", message=message)

    def _find_imported_by_sources(self, component: Component, tests: Iterable[Path]) -> set[Path]:
        """Returns those of the test files that a source file imports: they are code that nothing measures."""
        layout = self._plan.layout
        names = {".".join((*layout.find_package(path), path.stem)).removesuffix(".__init__"): path for path in tests}
        words = {name.rpartition(".")[2] for name in names}
        imported = {
            name
            for source in (component.files if names else ())
            for name in find_imported_names(source, layout.find_package(source), *words)
        }
        return {path for name, path in names.items() if any(is_import_of(one, name) for one in imported)}

    def find_byte_code_gaps(self, component: Component) -> Iterator[Gap]:
        """Yields a gap for byte code of the component that is not its sources', on this machine."""
        files = set(component.files)
        copies = [copy for copy, path in self._recorder.copies.items() if path in files]
        foreign = find_foreign_byte_code((*component.files, *copies), self._byte_code)
        if foreign:
            message = (
                f"the byte code of {plural(len(foreign), 'file')} is not that of the source: "
                f"{first_few([self._plan.context.relative(path) for path in foreign])}; remove __pycache__"
            )
            yield Gap(cause="byte-code", message=message)
