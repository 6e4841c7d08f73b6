"""Reads the file that holds the policy, pyproject.toml or maturity.yaml, with TOML's strictness for both.

Numbers with a fraction become `Decimal`, so that 69.96 stays 69.96.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..model.errors import ConfigError
from ..model.light_dataclass import light_dataclass
from ..model.paths import path_from_root
from ..model.text import nearest_names, safe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import yaml  # at run time only where a YAML file is read: the import takes 10 ms, and most projects have none

MAX_BYTES = 512 * 1024
MAX_DEPTH = 20
TOO_LARGE = f"is larger than {MAX_BYTES // 1024} KiB"
TOML_NAME = "pyproject.toml"
YAML_NAMES = ("maturity.yaml", "maturity.yml")
WAIVERS_NAMES = ("maturity-waivers.yaml", "maturity-waivers.yml", "maturity-waivers.toml")  # a project has one of them
YAML_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NOT_A_NUMBER = (".nan", ".inf", "-.inf")


class PolicyFiles(Protocol):
    """The place that policy files are read from: the working tree or a commit. Every `path` is absolute."""

    @property
    def is_required(self) -> bool:
        """Whether a file that the user names must exist there."""

    def has_file(self, path: Path) -> bool:
        """Whether the place has the file."""

    def read_bytes(self, path: Path) -> bytes:
        """Returns the contents, of a file above MAX_BYTES perhaps only the beginning. Raises ConfigError."""

    def format_name(self, path: Path) -> str:
        """Returns the file's name in messages and sources."""


@light_dataclass(frozen=True, slots=True)
class WorkingTreeFiles:
    """The files on disk, named in messages by their paths from `root`. Implements PolicyFiles."""

    root: Path
    is_required = True

    def has_file(self, path: Path) -> bool:
        return path.exists()

    def read_bytes(self, path: Path) -> bytes:
        try:
            with open(path, "rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ConfigError(f"{self.format_name(path)}: cannot be read: {error.strerror}") from error

    def format_name(self, path: Path) -> str:
        return path_from_root(path, self.root)


def find_policy(root: Path, files: PolicyFiles) -> tuple[Path | None, dict[str, Any]]:
    """Returns the project's policy file below `root` and its table; None and an empty table where there is none.

    Raises ConfigError where there are two, or one that cannot be read.
    """
    pyproject = root / TOML_NAME
    table = read_toml(pyproject, files) if files.has_file(pyproject) else None
    found = [root / name for name in YAML_NAMES if files.has_file(root / name)]
    if table is not None:
        found.insert(0, pyproject)
    if len(found) > 1:
        names = " and ".join(files.format_name(path) for path in found)
        raise ConfigError(f"both {names} configure maturity: keep one of them")
    if table is not None:
        return pyproject, table
    return (found[0], read_yaml(found[0], files)) if found else (None, {})


def read_policy(path: Path, files: PolicyFiles) -> dict[str, Any] | None:
    """Returns the table of the file that the user named; None where it is missing and not required.

    The ending of the name decides between TOML and YAML. Raises ConfigError.
    """
    if path.suffix not in (".toml", ".yaml", ".yml"):
        raise ConfigError(f"{files.format_name(path)}: is not a .toml, .yaml or .yml file")
    if not files.is_required and not files.has_file(path):
        return None
    table = read_toml(path, files) if path.suffix == ".toml" else read_yaml(path, files)
    if table is None and files.is_required:
        raise ConfigError(f"{files.format_name(path)}: has no table [tool.maturity]")
    return table


def read_text(path: Path, files: PolicyFiles) -> str:
    """Returns the text of a file. Raises ConfigError where it is too large or not UTF-8."""
    data, name = files.read_bytes(path), files.format_name(path)
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{name}: {TOO_LARGE}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: is not UTF-8: {error.reason} at byte {error.start}") from error
    if text.startswith("\ufeff"):
        raise ConfigError(f"{name}: begins with a byte order mark: save it as UTF-8 without one")
    return text


def read_toml(path: Path, files: PolicyFiles) -> dict[str, Any] | None:
    """Returns the table `[tool.maturity]`; None where the file has no such table. Raises ConfigError."""
    tool = load_toml(path, files).get("tool")
    tables: dict[str, Any] = tool if isinstance(tool, dict) else {}
    table = tables.get("maturity")
    if table is None and (near := [name for name in tables if is_misspelled(name)]):
        name = f"{files.format_name(path)}: tool.{safe(near[0], 60)}"
        raise ConfigError(f"{name} is no table that is read: did you mean tool.maturity?")
    if table is None or isinstance(table, dict):
        return table
    raise ConfigError(f"{files.format_name(path)}: tool.maturity must be a table")


def is_misspelled(name: str) -> bool:
    """Whether a table of `[tool]` is meant to be ours: the name of the distribution, or nearly the right one."""
    return name in ("pytest-maturity", "pytest_maturity") or bool(nearest_names(name, ["maturity"], cutoff=0.85))


def load_toml(path: Path, files: PolicyFiles) -> dict[str, Any]:
    """Returns everything in a TOML file. Raises ConfigError."""
    try:
        return tomllib.loads(read_text(path, files), parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise ConfigError(f"{files.format_name(path)}: is not valid TOML: {error}") from error


def read_yaml(path: Path, files: PolicyFiles) -> dict[str, Any]:
    """Returns the one mapping of a YAML file, read by YAML 1.2's rules for plain words and numbers.

    Raises ConfigError, also for aliases, tags and duplicate keys.
    """
    import yaml

    text, name = read_text(path, files), files.format_name(path)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        refuse_unsafe_yaml(yaml.parse(text, Loader=loader), name)
        node = yaml.compose(text, Loader=loader)
        value = convert_node(node, name) if node is not None else {}
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{name}: is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: must be a mapping of keys to values")
    return value


def refuse_unsafe_yaml(events: Iterator[yaml.Event], name: str) -> None:
    """Raises ConfigError at the first alias, tag or deep nesting: no policy needs one, and each can be an attack."""
    import yaml

    depth = 0
    for event in events:
        where = f"{name}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{where}: aliases are not allowed: write the value again")
        if getattr(event, "tag", None) is not None:
            raise ConfigError(f"{where}: tags are not allowed: write the plain value")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigError(f"{where}: nested more than {MAX_DEPTH} levels deep")


def convert_node(node: yaml.Node, name: str) -> Any:
    """Returns the value of a YAML node. Raises ConfigError for keys that are duplicates or no strings."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else parse_scalar(node.value)  # plain is "" for libyaml, None for Python
    if isinstance(node, yaml.SequenceNode):
        return [convert_node(item, name) for item in node.value]
    table: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = convert_node(key_node, name)
        where = f"{name}:{key_node.start_mark.line + 1}"
        if not isinstance(key, str):
            written = safe(key_node.value, 80) if isinstance(key_node.value, str) else "of several values"
            raise ConfigError(f"{where}: the key {written} is not a string: put it in quotes")
        if key in table:
            raise ConfigError(f"{where}: the key {safe(key, 80)!r} is given twice")
        table[key] = convert_node(value_node, name)
    return table


def parse_scalar(text: str) -> Any:
    """Returns the value of an unquoted scalar: null, true, false, a decimal number, else the text itself.

    `no`, `010` and `1e3` are text.
    """
    if text in YAML_CONSTANTS:
        return YAML_CONSTANTS[text]
    if text in NOT_A_NUMBER:
        return Decimal(text.replace(".", ""))
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        return int(text) if digits == "0" or not digits.startswith("0") else text
    whole, point, fraction = digits.partition(".")
    is_number = point and (whole + fraction).isascii() and (whole + fraction).isdecimal()
    return Decimal(text) if is_number else text
