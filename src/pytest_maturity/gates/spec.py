"""Does the component keep what its specification promises? Counts what is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path, PurePosixPath
from textwrap import dedent

from ..model.evidence import Component, Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.syntax import UNPARSABLE, parse_source
from ..model.text import did_you_mean, plural, safe
from .spec_api import DEFINITIONS, Api, Fault, bindings, size, unkept

PLACEHOLDER = "{component}"
PYTHON = frozenset({"python", "python3", "py", "py3", "pyi"})
NOT_A_PROMISE = "no-spec"
SHOWN_FINDINGS = 3

_NEWLINE = re.compile(r"\r\n|\n|\r")
_FENCE = re.compile(r"[ >]*(?:(?:[-+*]|\d{1,9}[.)]) +)*(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?: +(.*?))??(?: +#+)? *$")
_NO_TITLE = re.compile(r"[-+*] |[>|]|\d{1,9}[.)] ")
_UNDERLINE = re.compile(r" {0,3}(=+|-+) *$")


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of promises, sections and files that are missing; None where the sources do not parse."""
    component = evidence.component
    try:
        found = specifications(component, context)
        raw = found[0].read_bytes() if len(found) == 1 else b""
    except OSError as error:
        return Measurement(None, f"the specification could not be read: {error}")
    if len(found) != 1:
        return _one(_not_one(found, component, context))
    path, where = found[0], context.relative(found[0])
    if not path.resolve().is_relative_to(context.root.resolve()):
        return _one(Finding(path=where, message="the specification lies outside the project", rule="path"))
    try:
        document = read(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = "the specification is not UTF-8"
        return _one(Finding(path=where, line=line, message=message, rule="encoding"))

    findings = list(_shape(document, where, context.option("spec", "sections", [])))
    promises = sum(block.promises for block in document.blocks)
    try:
        api = Api.of(component.files if promises else (), context.relative)
    except ValueError as error:
        return Measurement(None, f"{where} could not be compared: {error}", tuple(findings))
    for block in document.blocks:
        for line, rule, message in [block.error] if block.error else unkept(block.body, api):
            findings.append(Finding(path=where, line=block.offset + line, message=message, rule=rule))
    return Measurement(len(findings), f"{where}: {plural(promises, 'promise')}", tuple(findings))


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which promises to keep, or to take back: how many, and the first of them."""
    words = "; ".join(f"{one.location}: {safe(one.message, 160)}" for one in measurement.findings[:SHOWN_FINDINGS])
    return f"fix {plural(len(measurement.findings), 'finding')}: {words}"


def specifications(component: Component, context: Context) -> list[Path]:
    """The files that specify `component`: those with its own name, or else with another spelling of it."""
    own = component.name.rpartition(".")[2]
    patterns = [PurePosixPath(pattern).as_posix() for pattern in context.specs]
    for spellings in ({component.name, own}, set(component.spellings)):
        files = {
            path.resolve(): path
            for pattern in patterns
            for path in _below(context.root, pattern.replace(PLACEHOLDER, "*"))
            if any(_matches(context.relative(path), pattern, spelling) for spelling in spellings)
        }
        if files:
            return sorted(files.values())
    return []


def _below(root: Path, pattern: str) -> Iterator[Path]:
    """The files that `pattern` finds; none for a pattern that leaves the root."""
    parts = PurePosixPath(pattern).parts
    if parts and ".." not in parts and not PurePosixPath(pattern).is_absolute():
        yield from (path for path in root.glob(pattern) if path.is_file())


def _matches(path: str, pattern: str, spelling: str) -> bool:
    forms = (pattern, pattern.replace("**/", ""))  # `**` also stands for no directory at all
    return any(fnmatchcase(_fold(path), _fold(form.replace(PLACEHOLDER, escape(spelling)))) for form in forms)


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def _not_one(found: list[Path], component: Component, context: Context) -> Finding:
    """The finding for no specification, or for several."""
    right = " or ".join(pattern.replace(PLACEHOLDER, component.name) for pattern in context.specs)
    if found:
        names = ", ".join(context.relative(path) for path in found)
        message = f"{component.name} has {len(found)} specifications: {names}; keep one of them"
        return Finding(path=context.relative(found[0]), message=message, rule="ambiguous")
    message = f"{component.name} has no specification; write {right or 'one, and name it in tool.maturity.specs'}"
    return Finding(path=right, message=message, rule="missing")


def _one(finding: Finding) -> Measurement:
    return Measurement(1, finding.message, (finding,))


def _shape(document: Document, where: str, sections: list[str]) -> Iterator[Finding]:
    """What is wrong with the text itself: empty, or a section is absent or empty."""
    if not document.content:
        yield Finding(path=where, message="the specification is empty", rule="empty")
    for section in sections:
        named = [heading for heading in document.headings if heading.key == _key(section)]
        if not named:
            hint = did_you_mean(section, [heading.title for heading in document.headings])
            yield Finding(path=where, message=f"no section {section!r}{hint}", rule="section")
        elif not any(document.says_something(heading) for heading in named):
            message = f"the section {section!r} is empty"
            yield Finding(path=where, line=named[0].line, message=message, rule="section")


def _key(title: str) -> str:
    """A heading as it is compared: without case, emphasis and extra spaces."""
    return " ".join(re.sub(r"[*_`]|\{#[^}]*\}", " ", title).casefold().split())


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Python whose first line comes after line `offset`. `error` says why it does not parse."""

    offset: int
    body: Sequence[ast.stmt] = ()
    error: Fault | None = None

    @classmethod
    def of(cls, code: str, offset: int) -> Block:
        """The block with this code, which may await at its top level."""
        try:
            return cls(offset, parse_source(dedent(code), "block").body)
        except SyntaxError as error:
            line, reason = error.lineno or 1, error.msg
        except UNPARSABLE as error:
            line, reason = 1, str(error) or type(error).__name__
        message = f"this block is not valid Python: {reason}; mark it {NOT_A_PROMISE} if it promises nothing"
        return cls(offset, error=Fault(line, "syntax", message))

    @property
    def promises(self) -> int:
        """How many classes, functions, methods, parameters and attributes the block defines."""
        return sum(size(node) for _, node in bindings(self.body) if isinstance(node, DEFINITIONS))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a Markdown text; `line` counts from 1."""

    line: int
    level: int
    title: str

    @property
    def key(self) -> str:
        return _key(self.title)


@dataclass(slots=True)
class Document:
    """What a specification is made of. `content` are the numbers of the lines that say something."""

    headings: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    content: list[int] = field(default_factory=list)

    def says_something(self, heading: Heading) -> bool:
        """Is there a line of text or code below `heading`, before the next of its level?"""
        after = (h.line for h in self.headings if h.line > heading.line and h.level <= heading.level)
        end = next(after, float("inf"))
        return any(heading.line < line < end for line in self.content)


def read(text: str) -> Document:
    """The headings, the Python blocks and the lines with content of a Markdown text.

    Fences may be indented, quoted or begin a list item. Comments, front matter
    and what is inside a fence cannot pass for a section.
    """
    lines = [_untabbed(line) for line in _NEWLINE.split(text)]
    document = Document()
    number = _front_matter(lines)
    paragraph = ""
    while number < len(lines):
        line = lines[number]
        number += 1
        title = ""
        if fence := _FENCE.match(line):
            end, code = _fenced(lines, number, fence)
            if _is_promise(fence["info"], code):
                document.blocks.append(Block.of("\n".join(code), number))
            document.content += [n + 1 for n in range(number, end) if lines[n].strip()]
            number = end
        elif line.lstrip().startswith("<!--"):
            number = next((n + 1 for n in range(number - 1, len(lines)) if "-->" in lines[n]), len(lines))
        elif heading := _HEADING.match(line):
            document.headings.append(Heading(number, len(heading[1]), heading[2] or ""))
        elif underline := _UNDERLINE.match(line):
            if paragraph:  # or else it is a line across the page
                level = 1 if underline[1][0] == "=" else 2
                document.headings.append(Heading(document.content.pop(), level, paragraph))
        elif title := line.strip():
            document.content.append(number)
            title = "" if _NO_TITLE.match(title) else title
        paragraph = title
    return document


def _front_matter(lines: list[str]) -> int:
    """The index of the first line after a YAML front matter, 0 without one."""
    if lines[0].rstrip() != "---":
        return 0
    return next((n + 1 for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "...")), 0)


def _untabbed(line: str) -> str:
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(4) + rest


def _fenced(lines: list[str], start: int, fence: re.Match[str]) -> tuple[int, list[str]]:
    """The index of the line after a block that begins at index `start`, and its code."""
    margin = re.compile(rf"[ >]{{0,{fence.start('fence')}}}")
    code: list[str] = []
    for number in range(start, len(lines)):
        line = margin.sub("", lines[number], count=1)
        bare = line.strip()
        if len(bare) >= len(fence["fence"]) and not bare.strip(fence["fence"][0]) and line[:4].strip():
            return number + 1, code
        code.append(line)
    return len(lines), code


def _is_promise(info: str, code: list[str]) -> bool:
    """Is a block with this info string Python that promises: no doctest, not marked otherwise?"""
    words = re.findall(r"[\w+-]+", info.lower())
    if words[:1] in (["code-block"], ["code"], ["code-cell"]):
        del words[0]
    if not words or words[0] not in PYTHON or NOT_A_PROMISE in words:
        return False
    first = next((line for line in code if line.strip() and not line.lstrip().startswith("#")), "")
    return not first.lstrip().startswith(">>>")


GATE = Gate("spec", measure, better="lower", remedy=remedy)
