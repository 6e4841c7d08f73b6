"""Finds the filters that keep warnings from being reported: the project's own, and those of this run alone.

The project's own are `filterwarnings` and `-W` in `addopts`. The command line, PYTEST_ADDOPTS, PYTHONWARNINGS, `python
-W` and plugins have no say in what the project shows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence

import pytest

from ..model.report import PolicyChange
from ..model.text import safe
from . import pytest_internals
from .ref_settings import RefSettings, list_overridden, parse_given

NAME = "filterwarnings"

# The actions with which each line that warns is reported for each test. Python accepts their beginnings, too.
SHOWING = ("error", "always", "all", "default", "module")


def list_project_filters(config: pytest.Config) -> list[str]:
    """Returns the project's filters, as they are written; a later one wins over an earlier one."""
    usual = pytest_internals.parse_options(config, [*map(str, config.getini("addopts"))])
    return [*map(str, config.getini(NAME)), *(usual.pythonwarnings or ())]


def select_silencing(filters: Iterable[str]) -> list[str]:
    """Returns the filters with which some warnings are not reported."""
    return [safe(one, 120) for one in filters if is_silencing(one)]


def is_silencing(text: str) -> bool:
    """Whether a filter does not report all that it applies to: neither as an error, nor as a warning of each line."""
    action = text.partition(":")[0].strip()
    return not any(word.startswith(action) for word in SHOWING)


def is_for_all(text: str) -> bool:
    """Whether a filter applies to every warning."""
    _, message, category, *place = [part.strip() for part in f"{text}::::".split(":")][:5]
    return not message and category in ("", "Warning") and not any(part.strip("0") for part in place)


def find_foreign_filters(config: pytest.Config, project: Sequence[str]) -> Iterator[str]:
    """Yields the options and variables of this run that silence warnings which the project's filters show."""
    own = list(project)
    for given in config.option.pythonwarnings or ():
        if given not in own and is_silencing(given):
            yield f"-W {safe(given, 120)}"
    if any(map(is_for_all, own)):
        return  # it wins over Python's own filters
    of_variable = [part.strip() for part in os.environ.get("PYTHONWARNINGS", "").split(",")]
    for given in sys.warnoptions:
        if is_silencing(given):
            yield f"{'PYTHONWARNINGS=' if given in of_variable else 'python -W '}{safe(given, 120)}"


def find_weaker_filters(config: pytest.Config, settings: RefSettings) -> Iterator[PolicyChange]:
    """Yields the change of the project's filters since the git ref, unless it only adds errors or removes silencing."""
    if NAME in list_overridden(parse_given(config)):
        return  # the command line's are in force
    now = list_project_filters(config)
    addopts = pytest_internals.parse_options(config, pytest_internals.split_setting(settings.values, "addopts"))
    before = [*pytest_internals.split_setting_lines(settings.values, NAME), *(addopts.pythonwarnings or ())]
    added = [one for one in now if one not in before]
    kept, were_kept = [one for one in now if one in before], [one for one in before if one in now]
    is_stricter = all(map(is_error, added)) and all(is_silencing(one) for one in before if one not in now)
    if not is_stricter or kept != were_kept:
        yield PolicyChange(
            setting=NAME, new=format_filters(now), old=format_filters(before), new_source="working tree",
            old_source=settings.ref,
        )  # fmt: skip


def is_error(text: str) -> bool:
    """Whether a filter turns warnings into errors."""
    return "error".startswith(text.partition(":")[0].strip() or "default")


def format_filters(filters: Sequence[str]) -> str:
    """Returns filters as text."""
    return safe(", ".join(filters), 300) or "nothing"
