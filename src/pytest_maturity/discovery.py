"""From a component's name to its sources, and from the test files to the components they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from .claims import Index, Tie
from .config import ComponentConfig, Config
from .errors import DiscoveryError
from .imports import MARKER, imported, marked
from .layout import Layout, Unit, expand, walk
from .model import Claim, Component
from .naming import normal, variants
from .text import did_you_mean, nearest, safe

ALL = "all"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
LONGEST_NAME = 100
MARKED = f"marker {MARKER}"
EXPLICIT = "tests in the configuration"


class Finder:
    """Finds components in a layout. `spell`, which may be set later, yields more spellings of a name."""

    def __init__(self, layout: Layout, config: Config) -> None:
        self.layout = layout
        self.spell: Callable[[str], Iterable[str]] = lambda _: ()
        self._config = config
        self._units: dict[str, Unit] = {}

    # ── sources ──────────────────────────────────────────────────────────────

    def components(self, names: Sequence[str]) -> tuple[Component, ...]:
        """The components of these names (`all`: every one there is), without their tests.

        Raises DiscoveryError with every unknown and ambiguous name at once, also
        those of the configuration.
        """
        problems: list[str] = []
        wanted = self.every_name() if ALL in names else list(dict.fromkeys(names))
        for name in dict.fromkeys((*wanted, *self._config.components)):
            try:
                self._units[name] = self._unit(name)
            except DiscoveryError as error:
                problems += error.problems
        if problems:
            raise DiscoveryError(problems)
        unique = {self._units[name].sources: name for name in reversed(wanted)}
        return tuple(self._component(name) for name in wanted if unique[self._units[name].sources] == name)

    def every_name(self) -> list[str]:
        """The names that `all` stands for: the configured ones, then those found in the source roots."""
        names = {normal(name): name for name in self._config.components}
        units = self.layout.all_components()
        for unit in units:
            twice = sum(normal(other.name) == normal(unit.name) for other in units) > 1
            names.setdefault(normal(unit.name), unit.dotted if twice else unit.name)
        return list(names.values())

    def _component(self, name: str) -> Component:
        unit = self._units[name]
        return Component(
            name=name,
            sources=unit.sources,
            files=self.layout.python_files(unit.sources),
            found_by=unit.rule,
            imports=tuple(self._import_names(unit)),
        )

    def _spellings(self, name: str) -> dict[str, str]:
        return variants(name, self._config.component(name).aliases, self.spell(name))

    def _unit(self, name: str) -> Unit:
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise DiscoveryError(
                f"{safe(name, 80)!r} cannot be a component's name: letters, digits, '_', '-', and '.' between parts, "
                f"at most {LONGEST_NAME} characters"
            )
        config = self._config.component(name)
        if config.sources:
            return self._explicit(name, config)
        for spelling in (name, *config.aliases):
            if found := self._named(spelling):
                return found
        raise DiscoveryError(self._unknown(name))

    def _explicit(self, name: str, config: ComponentConfig) -> Unit:
        paths = [path for pattern in config.sources for path in expand(self.layout.root, pattern)]
        bad = [path for path in paths if not path.exists() or not path.is_relative_to(self.layout.root)]
        if bad or not paths:
            what = self.layout.relative(bad[0]) if bad else str(list(config.sources))
            raise DiscoveryError(f"component {name!r}: its source {what} is not a path in the project")
        roots = [root for root in self.layout.source_roots if paths[0].is_relative_to(root)]
        return Unit((name,), tuple(paths), (roots or [self.layout.root])[0], "sources in the configuration")

    def _named(self, name: str) -> Unit | None:
        """The shallowest unit of this name; one written exactly like it wins."""
        first, *rest = name.split(".")
        matching = [unit for unit in self.layout.units if normal(unit.name) == normal(first)]
        for part in rest:
            inside = [child for unit in matching for child in self.layout.parts_of(unit)]
            matching = [unit for unit in inside if normal(unit.name) == normal(part)]
        depth = min((len(unit.parts) for unit in matching), default=0)
        matching = [unit for unit in matching if len(unit.parts) == depth]
        exact = [unit for unit in matching if unit.parts[-1] == name.rpartition(".")[2]]
        matching = exact or matching
        if len(matching) > 1:
            places = ", ".join(f"{unit.dotted} ({unit.rule})" for unit in matching)
            raise DiscoveryError(
                f"component {name!r} is ambiguous: {places}; use a dotted name, or set "
                f"tool.maturity.components.{name}.sources"
            )
        return matching[0] if matching else None

    def _unknown(self, name: str) -> str:
        known = self.every_name()
        by_form = [other for other in known if normal(other) in self._spellings(name)]
        near = by_form or nearest(name, dict.fromkeys((*known, *(unit.name for unit in self.layout.units))))
        roots = ", ".join(self.layout.relative(root) for root in self.layout.source_roots) or "no source directory"
        hint = (
            f"did you mean {', '.join(map(repr, near))}?" if near else f"there are: {', '.join(known[:20]) or 'none'}"
        )
        return f"unknown component {name!r} in {roots}; {hint}"

    # ── tests ────────────────────────────────────────────────────────────────

    def with_tests(self, components: Sequence[Component]) -> tuple[Component, ...]:
        """The same components with the test files that they claim.

        Raises DiscoveryError where a file fits two components equally well, and
        where configured paths do not exist.
        """
        problems: list[str] = []
        explicit = {name: self._explicit_tests(name, problems) for name in self._units}
        taken = {path for paths in explicit.values() for path in paths}
        marks = {path: {normal(name) for name in marked(path)} for path in self.layout.test_files}
        index = Index(self.layout, self._indexed())
        judged = []
        for component in components:
            claims = {path: Claim(path=path, rule=EXPLICIT) for path in explicit[component.name]}
            if not claims:
                free = (path for path in self.layout.test_files if path not in taken)
                claims = {claim.path: claim for claim in self._guess(index, component, free, problems)}
            for path, names in marks.items():
                if normal(component.name) in names:
                    claims.setdefault(path, Claim(path=path, rule=MARKED))
            tests = tuple(sorted(claims.values(), key=lambda claim: claim.path))
            spellings = self._spellings(component.name)
            judged.append(replace(component, spellings=spellings, tests=tests or self._importers(component)))
        if problems:
            raise DiscoveryError(problems)
        return tuple(judged)

    def _indexed(self) -> list[tuple[Unit, dict[str, str]]]:
        own = [(self._units[name], self._spellings(name)) for name in self._units]
        seen = {unit.sources for unit, _ in own}
        others = [unit for unit in self.layout.units if unit.sources not in seen]
        return own + [(unit, variants(unit.name, extra=self.spell(unit.name))) for unit in others]

    def _explicit_tests(self, name: str, problems: list[str]) -> list[Path]:
        found: list[Path] = []
        for pattern in self._config.component(name).tests:
            paths = [path for path in expand(self.layout.root, pattern) if path.exists()]
            if not paths:
                known = [self.layout.relative(path) for path in self.layout.test_files]
                problems.append(
                    f"component {name!r}: its test path {pattern} does not exist{did_you_mean(pattern, known)}"
                )
            for path in paths:
                found += [path] if path.is_file() else sorted(walk(path, self.layout.is_test_name))
        return list(dict.fromkeys(found))

    def _guess(self, index: Index, component: Component, files: Iterable[Path], problems: list[str]) -> Iterable[Claim]:
        unit = self._units[component.name]
        for path in files:
            answer = index.claim(unit, path)
            if isinstance(answer, Tie):
                problems.append(
                    f"{self.layout.relative(path)} could belong to {component.name!r} or to {answer.rival!r}; "
                    f"set tests in tool.maturity.components.{component.name}"
                )
            elif answer:
                yield Claim(path=path, rule=answer)

    def _importers(self, component: Component) -> tuple[Claim, ...]:
        """The test files that import the component, for one that no name led to."""
        needles = {name.rpartition(".")[2] for name in component.imports}
        claims = []
        for path in self.layout.test_files:
            found = imported(path, self._package(path), *needles)
            hits = [name for name in component.imports if any(f"{one}.".startswith(f"{name}.") for one in found)]
            if hits:
                claims.append(Claim(path=path, rule=f"imports {hits[0]}"))
        return tuple(claims)

    def _import_names(self, unit: Unit) -> list[str]:
        """The dotted names under which a unit may be imported: from its source root and from the project's."""
        names = []
        for source in unit.sources:
            inside = [source] if source != unit.root else [child.sources[0] for child in self.layout.parts_of(unit)]
            for path in inside:
                for root in (unit.root, self.layout.root):
                    parts = path.relative_to(root).with_suffix("").parts if path.is_relative_to(root) else ()
                    names.append(".".join(parts))
        return [name for name in dict.fromkeys(names) if name]

    def _package(self, path: Path) -> tuple[str, ...]:
        roots = [root for root in (*self.layout.source_roots, self.layout.root) if path.is_relative_to(root)]
        return path.parent.relative_to(roots[0]).parts if roots else ()
