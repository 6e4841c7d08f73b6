"""The files of a run's reports: which formats are asked for, where their files are, and how they are written.

Each file is written whole or not at all.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..model.errors import MaturityError
from ..model.light_dataclass import light_dataclass
from ..model.names import file_name
from ..model.report import Report, Reporter
from ..model.text import nearest_names, safe
from ..tools.files import DIRECTORY, keep_out_of_git, replace_file
from . import formats, json

BUILTIN: tuple[Reporter, ...] = (json.REPORTER, *formats.REPORTERS)
JSON = json.REPORTER.name
NAMES = tuple(one.name for one in BUILTIN)
NAME = re.compile(r"[A-Za-z][\w-]+", re.ASCII)  # of a format; one letter is a drive of Windows
COMPONENT = "{component}"  # stands for the component in the path of a format that has a file for each


@light_dataclass(frozen=True, slots=True)
class Request:
    """A report that somebody asks for: `text` is FORMAT, FORMAT:PATH or PATH; a PATH alone is that of the JSON report.

    `directory` is what the path is relative to; `source` is the option or the key that says so.
    """

    text: str
    directory: Path
    source: str

    def split(self, formats: Collection[str]) -> tuple[str, str]:
        """Returns the format and the path, which is empty for the default one."""
        name, _, path = self.text.partition(":")
        return (name, path) if name in formats else (JSON, self.text)

    def may_be_format(self, formats: Collection[str]) -> bool:
        """Whether what stands before the first colon is the name of a format, also of one that is not known yet."""
        name = self.text.partition(":")[0]
        return name not in formats and NAME.fullmatch(name) is not None


@light_dataclass(frozen=True, slots=True)
class Output:
    """A file to write: its format, its path, and the component that it is about; empty for all of the report's."""

    reporter: Reporter
    path: Path
    component: str = ""

    def render(self, report: Report) -> str | None:
        """Returns the text of the file; None where its component was not judged. Raises what the reporter raises."""
        if not self.component:
            return self.reporter.render(report)
        own = [one for one in report.components if one.component.name == self.component]
        if not own:
            return None
        return self.reporter.render(
            replace(report, verdict=own[0].verdict, target=own[0].target, components=tuple(own))
        )


def default_path(root: Path, names: Iterable[str]) -> Path:
    """Returns the path of a report: `.maturity/<component>.json` of one component, `.maturity/report.json` of several.

    It is the same on every system, so a name that is a device on Windows gets an underscore everywhere.
    """
    components = list(names)
    name = components[0] if len(components) == 1 else "report"
    return root / DIRECTORY / f"{file_name(name)}.json"


@light_dataclass(frozen=True, slots=True)
class Requests:
    """The reports that a run is asked for, the last one of a format counts; `default` is the path of the JSON report.

    A format of a conftest or plugin is not known from the start. Until then nothing is written for what may be one.
    """

    asked: Sequence[Request]
    default: Path

    def choose_known(self, names: Sequence[str] = ()) -> list[Output]:
        """Returns what `choose` does, of the built-in formats alone."""
        asked = [one for one in self.asked if not one.may_be_format(NAMES)]
        return Requests(asked, self.default).choose(BUILTIN, names)

    @property
    def undecided_paths(self) -> list[Path]:
        """The paths of the JSON report that may be formats of a conftest or plugin instead."""
        return [one.directory / one.text for one in self.asked if one.may_be_format(NAMES)]

    @property
    def json_paths(self) -> list[Path]:
        """The paths that the JSON report may have, whatever else is wrong with the requests."""
        asked = [one for one in self.asked if one.split(NAMES)[0] == JSON]
        return [Requests(asked, self.default).choose_known()[0].path, *self.undecided_paths]

    def choose(self, reporters: Iterable[Reporter], names: Sequence[str]) -> list[Output]:
        """Returns the files to write for the components of these names: JSON first.

        A file without a path of its own is beside the JSON report. Raises MaturityError with every problem: a format
        that does not exist, one path for several files.
        """
        by_name = {one.name: one for one in reporters}
        problems = [problem for one in self.asked for problem in find_problems(one, by_name, len(names))]
        chosen = {name: (one.directory, path) for one in self.asked for name, path in [one.split(by_name)]}
        directory, path = chosen.pop(JSON, (self.default.parent, ""))
        main = directory / path if path else self.default
        found = [Output(by_name[JSON], main)]
        for name, (directory, path) in chosen.items():
            found += list_files(by_name[name], directory / path if path else None, main, names)
        if problems := [*problems, *find_shared_paths(found)]:
            raise MaturityError(dict.fromkeys(problems))
        return found


def find_problems(request: Request, reporters: Mapping[str, Reporter], components: int) -> Iterator[str]:
    """Yields what is wrong with a request."""
    name, path = request.split(reporters)
    word, colon, _ = request.text.partition(":")
    near = nearest_names(word, reporters) if colon and request.may_be_format(reporters) else []
    if near:
        meant = f"did you mean {near[0]!r}? A path with a colon is json:PATH"
        yield f"{request.source}: there is no format {safe(word, 60)!r} ({meant})"
    elif reporters[name].is_per_component and path and COMPONENT not in path and components > 1:
        yield f"{request.source}: {name} has a file for each component: put {COMPONENT} into its path"


def find_shared_paths(outputs: Iterable[Output]) -> Iterator[str]:
    """Yields the paths at which two files would be written."""
    taken: dict[str, str] = {}
    for one in outputs:
        place = os.path.abspath(one.path)  # noqa: PTH100  a link is replaced, not its target
        if place in taken:
            yield f"--maturity-report: {taken[place]} and {one.reporter.name} would be one file: {safe(place, 300)}"
        taken[place] = one.reporter.name


def list_files(reporter: Reporter, path: Path | None, json_path: Path, names: Sequence[str]) -> Iterator[Output]:
    """Yields the files of a format; those without a path are beside the JSON report, and have its name."""
    if not reporter.is_per_component:
        yield Output(reporter, path or json_path.with_name(f"{json_path.name.removesuffix('.json')}{reporter.suffix}"))
        return
    for name in names:
        own = (
            str(path).replace(COMPONENT, file_name(name))
            if path
            else json_path.with_name(f"{file_name(name)}{reporter.suffix}")
        )
        yield Output(reporter, Path(own), name)


def write_report(report: Report, outputs: Sequence[Output]) -> dict[Path, str]:
    """Writes a report in every format and returns the files with their texts.

    Nothing is written unless every format can be rendered. The first one, JSON, is written last: if another one fails,
    it does not state what this run did not finish. Raises OSError, and any error of a reporter.
    """
    rendered = {one.path: one.render(report) for one in outputs}
    texts = {path: text for path, text in rendered.items() if text is not None}
    for file, text in reversed(texts.items()):
        write_file(file, text)
    return texts


def prove_writable(path: Path) -> None:
    """Removes the file of an earlier run, and proves that a new one can be written. Raises OSError with `path`."""
    write_file(path, "")
    path.unlink()


def write_file(path: Path, text: str) -> None:
    """Replaces a file in one step and makes its directory, where necessary. Raises OSError with `path`."""
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_out_of_git(path.parent)
        replace_file(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
