"""Reads the file that holds the policy: pyproject.toml or maturity.yaml, as strictly as TOML itself is.

Numbers with a fraction become `Decimal`, so that 69.96 stays 69.96.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConfigError
from .text import safe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import yaml  # where it is used, it is imported: most projects configure in pyproject.toml

LARGEST = 512 * 1024
DEEPEST = 20
YAML_NAMES = ("maturity.yaml", "maturity.yml")
WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def find(root: Path) -> tuple[Path | None, dict[str, Any]]:
    """The project's policy file below `root` and its table; None and nothing where there is none.

    Raises ConfigError where there are two, or one that cannot be read.
    """
    pyproject = root / "pyproject.toml"
    table = read_toml(pyproject) if pyproject.is_file() else None
    found = [root / name for name in YAML_NAMES if (root / name).exists()]
    if table is not None:
        found.insert(0, pyproject)
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ConfigError(f"both {names} configure maturity: keep one of them")
    if table is not None:
        return pyproject, table
    return (found[0], read_yaml(found[0])) if found else (None, {})


def read(path: Path) -> dict[str, Any]:
    """The table of the file that the user named, TOML or YAML by its ending."""
    if path.suffix in (".yaml", ".yml"):
        return read_yaml(path)
    if path.suffix == ".toml":
        table = read_toml(path)
        if table is None:
            raise ConfigError(f"{path}: has no table [tool.maturity]")
        return table
    raise ConfigError(f"{path}: a policy is a .toml, .yaml or .yml file")


def content(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(f"{path}: larger than {LARGEST // 1024} KiB")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}") from error
    if text.startswith("\ufeff"):
        raise ConfigError(f"{path}: begins with a byte order mark: save it as UTF-8 without one")
    return text


def read_toml(path: Path) -> dict[str, Any] | None:
    """`[tool.maturity]`, None where the file has no such table."""
    try:
        tool = tomllib.loads(content(path), parse_float=Decimal).get("tool", {})
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    table = tool.get("maturity") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise ConfigError(f"{path}: tool.maturity must be a table")


def read_yaml(path: Path) -> dict[str, Any]:
    """The one mapping of a YAML file without aliases, tags, duplicate keys or YAML 1.1's surprises."""
    import yaml

    text = content(path)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        reject_traps(yaml.parse(text, Loader=loader), path)
        node = yaml.compose(text, Loader=loader)
        value = plain(node, path) if node is not None else {}
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: must be a mapping of keys to values")
    return value


def reject_traps(events: Iterator[yaml.Event], path: Path) -> None:
    """Raise ConfigError at the first alias, tag or deep nesting: a policy needs none, and all can be traps."""
    import yaml

    depth = 0
    for event in events:
        where = f"{path}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{where}: aliases are not allowed")
        if getattr(event, "tag", None) is not None:
            raise ConfigError(f"{where}: tags are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ConfigError(f"{where}: nested more than {DEEPEST} levels deep")


def plain(node: yaml.Node, path: Path) -> Any:
    """The value of a YAML node by the rules of YAML 1.2's core schema."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return node.value if node.style else scalar(node.value)  # plain is "" for libyaml, None for Python
    if isinstance(node, yaml.SequenceNode):
        return [plain(item, path) for item in node.value]
    table: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = plain(key_node, path)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            written = safe(key_node.value, 80) if isinstance(key_node.value, str) else "of several values"
            raise ConfigError(f"{path}:{line}: the key {written} is not a string: put it in quotes")
        if key in table:
            raise ConfigError(f"{path}:{line}: the key {safe(key, 80)!r} is given twice")
        table[key] = plain(value_node, path)
    return table


def scalar(text: str) -> Any:
    """An unquoted scalar: null, true, false, a decimal number, else the text itself (`no` and `010` are text)."""
    if text in WORDS:
        return WORDS[text]
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        return int(text) if digits == "0" or not digits.startswith("0") else text
    whole, point, fraction = digits.partition(".")
    if text in (".nan", ".inf", "-.inf") or (point and (whole + fraction).isdecimal() and (whole + fraction).isascii()):
        return Decimal(text.replace(".nan", "nan").replace(".inf", "inf"))
    return text
