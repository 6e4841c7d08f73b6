"""The coverage of a file, by coverage.py's own analysis, so that it equals coverage.py's reports."""

from __future__ import annotations

import contextlib
import os
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
from coverage.results import Analysis

from ..model.evidence import FileCoverage
from ..model.paths import path_from_root


def analyse_files(merged: coverage.Coverage, files: Iterable[Path], root: Path) -> Iterator[FileCoverage]:
    """Yields the coverage of each file that the configuration does not omit.

    `merged` holds all data. coverage.py knows a file that is a link by the path of its target; it is yielded by its
    own, and a file that several links lead to once. Raises CoverageException where a file cannot be parsed: the
    setting `ignore_errors` would leave it out.
    """
    merged.set_option("report:ignore_errors", False)
    omit = GlobMatcher(prep_patterns(merged.get_option("run:omit") or []), "omit")  # type: ignore[arg-type]  # a list
    links_first = sorted(files, key=lambda path: not path.is_symlink())
    wanted = {os.path.realpath(path): path for path in links_first if not omit.match(str(path))}
    with contextlib.suppress(NoDataError):  # all of them are omitted: there is nothing to yield
        for reporter, analysis in get_analysis_to_report(merged, sorted(wanted)) if wanted else ():
            numbers = analysis.numbers
            yield FileCoverage(
                path=path_from_root(wanted.get(reporter.filename, Path(reporter.filename)), root),
                statements=numbers.n_statements,
                covered_lines=numbers.n_executed,
                branches=numbers.n_branches,
                covered_branches=numbers.n_executed_branches,
                excluded=numbers.n_excluded,
                missing_lines=tuple(sorted(analysis.missing)),
                missing_branches=find_missing_branches(analysis) if numbers.n_missing_branches else (),
                excluded_by_settings=find_lines_excluded_by_settings(reporter),
                statement_lines=tuple(sorted(analysis.statements)),
            )


def find_missing_branches(analysis: Analysis) -> tuple[tuple[int, int], ...]:
    """Returns the branches that were not taken, from a line to a line; one to the end of a code block is negative."""
    return tuple(sorted((start, end) for start, ends in analysis.missing_branch_arcs().items() for end in ends))


def find_lines_excluded_by_settings(reporter: FileReporter) -> tuple[int, ...]:
    """Returns the lines of code that the project's own settings exclude: no pragma, and no default of coverage.py."""
    if not isinstance(reporter, PythonFileReporter) or not reporter.parser.raw_excluded:
        return ()
    parser = reporter.parser
    found = parser.raw_excluded - parser.lines_matching(join_regex(DEFAULT_EXCLUDE)) - parser.raw_docstrings
    text = reporter.source().split("\n")
    return tuple(line for line in sorted(found) if text[line - 1].lstrip()[:1] not in ("", "#"))
