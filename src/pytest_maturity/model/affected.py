"""The components that a change can affect, each with the reason. Plain, frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from .light_dataclass import light_dataclass


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file that uses another one, or a module: by an import, by its name in the text, or as a test uses a conftest.

    A file that computes the names of what it imports may use everything: it has no target.
    """

    file: str
    verb: Literal["imports", "names", "uses", "computes"]
    target: str = ""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a component is affected: a changed file and, from the component to that file, what leads there.

    `is_new`: the merge base has no such component. `has_other_tests`: the changed file is a test of the component now,
    or was one at the merge base, and not both.
    """

    changed: str
    links: tuple[Link, ...] = ()
    is_new: bool = False
    has_other_tests: bool = False


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """The components that the change against a branch can affect.

    * `names`: the components; `reasons`: why each of them is affected, by its name.
    * `everything`: why all components count as affected, without a reason each; empty where they do not.
    * `unaffected`: the names of the components that are left out.
    * `branch`, `merge_base`: with what the change was compared; None where that is not known.
    * `changed`: the paths of the changed files, from the root.
    """

    names: tuple[str, ...]
    branch: str | None = None
    merge_base: str | None = None
    changed: tuple[str, ...] = ()
    everything: str = ""
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    unaffected: tuple[str, ...] = ()
