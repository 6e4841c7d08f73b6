"""How a plan is run, from code, a mapping, a file or the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

PREFIX = "ORCHESTRATION_"
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class ConfigError(ValueError):
    """A setting that is unknown, of the wrong type or out of range; the message names it."""


@dataclass(frozen=True)
class Config:
    """`concurrency` steps run at once, each for at most `timeout` seconds and `attempts` times.

    Before attempt n + 1 there is a pause of `backoff * 2 ** (n - 1)` seconds. With
    `fail_fast` the first failure cancels the run; without, only what depends on it.
    """

    concurrency: int = 4
    timeout: float | None = None
    attempts: int = 1
    backoff: float = 0.0
    fail_fast: bool = True

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise ConfigError(f"concurrency must be at least 1, not {self.concurrency}")
        if self.attempts < 1:
            raise ConfigError(f"attempts must be at least 1, not {self.attempts}")
        if self.timeout is not None and not self.timeout > 0:
            raise ConfigError(f"timeout must be more than 0 seconds, not {self.timeout}")
        if not self.backoff >= 0:
            raise ConfigError(f"backoff must not be negative, but is {self.backoff}")

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Config:
        """The configuration with these settings, for instance a table of a TOML file."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ConfigError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        return replace(cls(), **{name: _checked(name, value) for name, value in settings.items()})

    @classmethod
    def from_file(cls, path: Path) -> Config:
        """The configuration in a JSON file that holds one object."""
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON: {error}") from error
        if not isinstance(settings, dict):
            raise ConfigError(f"{path} must hold an object")
        return cls.from_mapping(settings)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """The configuration in variables like ORCHESTRATION_FAIL_FAST; others are ignored."""
        settings: dict[str, Any] = {}
        for field in fields(cls):
            text = environment.get(PREFIX + field.name.upper(), "").strip()
            if not text:
                continue
            if field.name in ("concurrency", "attempts"):
                settings[field.name] = _number(field.name, text, int)
            elif field.name == "fail_fast":
                settings[field.name] = _boolean(field.name, text)
            elif field.name == "timeout" and text.lower() == "none":
                settings[field.name] = None
            else:
                settings[field.name] = _number(field.name, text, float)
        return cls.from_mapping(settings)


def _checked(name: str, value: Any) -> Any:
    if name == "fail_fast":
        if not isinstance(value, bool):
            raise ConfigError(f"{name} must be true or false, not {value!r}")
        return value
    if name == "timeout" and value is None:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{name} must be a number, not {value!r}")
    if name in ("concurrency", "attempts") and not isinstance(value, int):
        raise ConfigError(f"{name} must be a whole number, not {value!r}")
    return value


def _number(name: str, text: str, kind: type[int | float]) -> int | float:
    try:
        return kind(text)
    except ValueError:
        wanted = "whole number" if kind is int else "number"
        raise ConfigError(f"{PREFIX}{name.upper()} must be a {wanted}, not {text!r}") from None


def _boolean(name: str, text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ConfigError(f"{PREFIX}{name.upper()} must be true or false, not {text!r}")
