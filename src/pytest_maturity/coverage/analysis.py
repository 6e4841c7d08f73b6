"""The numbers of a file, by coverage.py's own analysis: the one place that uses names it keeps private."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import coverage
from coverage.config import DEFAULT_EXCLUDE
from coverage.exceptions import NoDataError
from coverage.files import GlobMatcher, prep_patterns
from coverage.misc import join_regex
from coverage.plugin import FileReporter
from coverage.python import PythonFileReporter
from coverage.report_core import get_analysis_to_report

from ..model.evidence import FileCoverage
from ..model.paths import path_from_root


def analyse(analyst: coverage.Coverage, files: Iterable[Path], root: Path) -> Iterator[FileCoverage]:
    """The numbers of each file that the configuration does not omit, by coverage.py's own analysis.

    Raises CoverageException where a file cannot be parsed.
    """
    omit = GlobMatcher(prep_patterns(analyst.get_option("run:omit") or []), "omit")  # type: ignore[arg-type]  # a list
    wanted = [str(path) for path in files if not omit.match(str(path))]
    with contextlib.suppress(NoDataError):  # all of them are omitted: there is nothing to yield
        for reporter, analysis in get_analysis_to_report(analyst, wanted) if wanted else ():
            numbers = analysis.numbers
            yield FileCoverage(
                path=path_from_root(Path(reporter.filename), root),
                statements=numbers.n_statements,
                covered_lines=numbers.n_executed,
                branches=numbers.n_branches,
                covered_branches=numbers.n_executed_branches,
                excluded=numbers.n_excluded,
                missing_lines=tuple(sorted(analysis.missing)),
                excluded_by_settings=left_out(reporter),
            )


def left_out(reporter: FileReporter) -> tuple[int, ...]:
    """The lines of code that match an exclusion of the project's own: no pragma, and none of coverage.py's defaults."""
    if not isinstance(reporter, PythonFileReporter) or not reporter.parser.raw_excluded:
        return ()
    parser = reporter.parser
    found = parser.raw_excluded - parser.lines_matching(join_regex(DEFAULT_EXCLUDE)) - parser.raw_docstrings
    text = reporter.source().split("\n")
    return tuple(line for line in sorted(found) if text[line - 1].lstrip()[:1] not in ("", "#"))
