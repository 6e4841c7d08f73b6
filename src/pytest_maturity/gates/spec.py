"""The gate `spec`: how many promises of its specification a component breaks, and what the specification lacks."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path, PurePosixPath
from textwrap import dedent
from typing import TYPE_CHECKING

from ..model.evidence import Component, Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.light_dataclass import light_dataclass
from ..model.names import insert_name
from ..model.syntax import UNPARSABLE, parse_source
from ..model.text import did_you_mean, plural
from .spec_api import DEFINITIONS, Api, BrokenPromise, count_promises, find_bindings, find_broken_promises

if TYPE_CHECKING:
    from .spec_markdown import CodeBlock, Document

PYTHON = frozenset({"python", "python3", "py", "py3", "pyi"})
DIRECTIVES = frozenset({"code-block", "code", "code-cell"})  # of MyST: the language follows
NO_PROMISE = "no-spec"
NOTHING_PROMISED = "promises nothing: define the component's classes and functions in a Python code block"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings; None where it cannot be compared, or nothing is promised."""
    component = evidence.component
    try:
        found = find_specifications(component, context)
        raw = found[0].read_bytes() if len(found) == 1 else b""
    except OSError as error:
        return Measurement(None, f"the specification could not be read: {error}")
    if len(found) != 1:
        return make_measurement(describe_missing_or_ambiguous(found, component, context))
    path = context.relative(found[0])
    if problem := find_unreadable(found[0], raw, context):
        return make_measurement(problem)

    from .spec_markdown import parse_markdown  # here: its import takes 59 ms, and few components have a specification

    document = parse_markdown(raw.decode("utf-8-sig"))
    findings = list(check_text(document, path, context.option("spec", "sections", [])))
    blocks = [PromiseBlock.parse(block) for block in document.blocks if is_promise(block)]
    promises = sum(block.promises for block in blocks)
    try:
        api = Api.read(component.files if promises else (), context.relative)
    except ValueError as error:
        return Measurement(None, f"{path} could not be compared: {error}", tuple(findings))
    for block in blocks:
        for line, rule, message in [block.error] if block.error else find_broken_promises(block.body, api):
            findings.append(Finding(path=path, line=block.offset + line, message=message, rule=rule))
    if promises or findings:
        return Measurement(len(findings), f"{path}: {plural(promises, 'promise')}", tuple(findings))
    return Measurement(None, f"{path} {NOTHING_PROMISED}")


def find_unreadable(file: Path, raw: bytes, context: Context) -> Finding | None:
    """Returns the finding for a specification that lies outside the project, or is not UTF-8; None for any other."""
    path = context.relative(file)
    if not file.resolve().is_relative_to(context.root.resolve()):
        return Finding(path=path, message="the specification lies outside the project", rule="path")
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return Finding(path=path, line=line, message="the specification is not UTF-8", rule="encoding")
    return None


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many findings to fix."""
    return Remedy(f"fix {plural(len(measurement.findings), 'finding')}")


# ── which file ───────────────────────────────────────────────────────────────


def find_specifications(component: Component, context: Context) -> list[Path]:
    """Returns the files that specify a component: those with its own name, or else with another spelling of it."""
    own = component.name.rpartition(".")[2]
    patterns = [PurePosixPath(pattern).as_posix() for pattern in context.specs]
    for spellings in ({component.name, own}, set(component.spellings)):
        files = {
            path.resolve(): path
            for pattern in patterns
            for path in find_files_below(context.root, insert_name(pattern, "*"))
            if any(matches(context.relative(path), pattern, spelling) for spelling in spellings)
        }
        if files:
            return sorted(files.values())
    return []


def find_files_below(root: Path, pattern: str) -> Iterator[Path]:
    """Yields the files that a pattern names; none for a pattern that leaves the root, or that is no valid one."""
    parts = PurePosixPath(pattern).parts
    if parts and ".." not in parts and not PurePosixPath(pattern).is_absolute():
        with contextlib.suppress(ValueError, OSError):
            yield from (path for path in root.glob(pattern) if path.is_file())


def matches(path: str, pattern: str, spelling: str) -> bool:
    """Whether a path fits a pattern with this spelling of the component's name in it."""
    forms = (pattern, pattern.replace("**/", ""))  # `**` also stands for no directory at all
    return any(fnmatchcase(fold(path), fold(insert_name(form, escape(spelling)))) for form in forms)


def fold(name: str) -> str:
    """Returns a name for comparison: without case, hyphens, spaces and underscores are the same."""
    return name.casefold().replace("-", "_").replace(" ", "_")


def describe_missing_or_ambiguous(found: list[Path], component: Component, context: Context) -> Finding:
    """Returns the finding for a component with no specification, or with several."""
    expected = " or ".join(insert_name(pattern, component.name) for pattern in context.specs)
    if found:
        names = ", ".join(context.relative(path) for path in found)
        message = f"{component.name} has {len(found)} specifications: {names}; keep one of them"
        return Finding(path=context.relative(found[0]), message=message, rule="ambiguous")
    message = f"{component.name} has no specification; write {expected or 'one, and name it in tool.maturity.specs'}"
    return Finding(path=expected, message=message, rule="missing")


def make_measurement(finding: Finding) -> Measurement:
    """Returns the measurement of a specification that cannot be compared at all."""
    return Measurement(1, finding.message, (finding,))


# ── the text ─────────────────────────────────────────────────────────────────


def check_text(document: Document, path: str, sections: list[str]) -> Iterator[Finding]:
    """Yields what is wrong with the text itself: it is empty, or a section is absent or empty."""
    if not document.content:
        yield Finding(path=path, message="the specification is empty", rule="empty")
    for section in sections:
        named = [heading for heading in document.headings if normalize_title(heading.title) == normalize_title(section)]
        if not named:
            hint = did_you_mean(section, [heading.title for heading in document.headings])
            yield Finding(path=path, message=f"no section {section!r}{hint}", rule="section")
        elif not any(document.has_content_below(heading) for heading in named):
            message = f"the section {section!r} is empty"
            yield Finding(path=path, line=named[0].line, message=message, rule="section")


def normalize_title(title: str) -> str:
    """Returns a heading for comparison: without case, emphasis, attributes and extra spaces."""
    return " ".join(re.sub(r"[*_`]|\{#[^}]*\}", " ", title).casefold().split())


def is_promise(block: CodeBlock) -> bool:
    """Whether a block of code is Python that promises: no doctest, and not marked as no promise."""
    words = re.findall(r"[\w+-]+", block.info.lower())
    if words and words[0] in DIRECTIVES:
        del words[0]
    if not words or words[0] not in PYTHON or NO_PROMISE in words:
        return False
    lines = (line.lstrip() for line in block.code.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return not first.startswith(">>>")


@light_dataclass(frozen=True, slots=True)
class PromiseBlock:
    """The statements of a block of Python, whose first line comes after line `offset`, or why it does not parse."""

    offset: int
    body: Sequence[ast.stmt] = ()
    error: BrokenPromise | None = None

    @classmethod
    def parse(cls, block: CodeBlock) -> PromiseBlock:
        try:
            return cls(block.offset, parse_source(dedent(block.code), "block").body)
        except SyntaxError as error:
            line, reason = error.lineno or 1, error.msg
        except UNPARSABLE as error:
            line, reason = 1, str(error) or type(error).__name__
        message = f"this block is not valid Python: {reason}; mark it {NO_PROMISE} if it promises nothing"
        return cls(block.offset, error=BrokenPromise(line, "syntax", message))

    @property
    def promises(self) -> int:
        """The number of classes, functions, methods, parameters and attributes that the block defines."""
        return sum(count_promises(node) for _, node in find_bindings(self.body) if isinstance(node, DEFINITIONS))


GATE = Gate("spec", measure, better="lower", remedy=suggest_remedy, needs_tests=False)
