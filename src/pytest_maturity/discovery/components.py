"""From a component's name to its sources, and from the test files to the components they belong to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..config.settings import ComponentConfig, Config
from ..model.errors import DiscoveryError
from ..model.evidence import Claim, Component
from ..model.names import identity, normalize
from ..model.text import did_you_mean, nearest_names, safe
from .imports import MARKER, find_imported_names, find_marked_components
from .matching import AmbiguousClaim, FileMatcher
from .naming_rules import find_spellings
from .project import CodePart, ProjectLayout, expand_pattern, is_directory, walk_files

ALL = "all"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
LONGEST_NAME = 100
MARKER_RULE = f"marker {MARKER}"
DOCTEST_RULE = "doctests of the component"
CONFIGURED_RULE = "tests in the configuration"


class ComponentFinder:
    """Finds the components of a project, and their tests."""

    def __init__(self, layout: ProjectLayout, config: Config) -> None:
        self.layout = layout
        self._name_variants: Callable[[str], Iterable[str]] = lambda _: ()  # known when the tests are found
        self._config = config
        self._units: dict[str, CodePart] = {}

    # ── sources ──────────────────────────────────────────────────────────────

    def find_components(self, names: Sequence[str]) -> tuple[Component, ...]:
        """The components of these names (`all`: every one there is), without their tests.

        Raises DiscoveryError with every unknown and ambiguous name at once, also
        those of the configuration.
        """
        problems = [*self._bad_roots("sources", self._config.sources), *self._bad_roots("tests", self._config.tests)]
        wanted = list(dict.fromkeys(one for name in names for one in (self._all() if name == ALL else [name])))
        own = {identity(name) for name in wanted}
        for name in (*wanted, *(name for name in self._config.components if identity(name) not in own)):
            try:
                self._units[name] = self._unit(name)
            except DiscoveryError as error:
                where = "" if name in wanted else f"{self._config.source}.components.{safe(name, 80)}: "
                problems += [where + problem for problem in error.problems]
        if problems:
            raise DiscoveryError(problems)
        unique = {self._units[name].sources: name for name in reversed(wanted)}
        return tuple(self._component(name) for name in wanted if unique[self._units[name].sources] == name)

    def list_names(self) -> list[str]:
        """The names that `all` stands for: the configured ones, then those found in the source roots."""
        names = {identity(name): name for name in self._config.components}
        units = self.layout.find_top_parts()
        count = Counter(normalize(unit.name) for unit in units)
        for unit in units:
            name = unit.name if count[normalize(unit.name)] == 1 else unit.dotted
            names.setdefault(name if "." in name else identity(name), name)
        return list(names.values())

    def _all(self) -> list[str]:
        names = self.list_names()
        if not names:
            raise DiscoveryError(f"there is no component in {self._places()}")
        return names

    def _places(self) -> str:
        return ", ".join(self.layout.relative_path(root) for root in self.layout.source_roots) or "no source directory"

    def _bad_roots(self, key: str, patterns: Iterable[str]) -> Iterable[str]:
        """Configured places that do not exist or are not in the project."""
        for pattern in patterns:
            paths = expand_pattern(self.layout.root, pattern)
            if not any(is_directory(path) and path.is_relative_to(self.layout.root) for path in paths):
                yield f"{self._config.source}.{key}: {safe(pattern, 120)} is not a directory in the project"

    def _component(self, name: str) -> Component:
        unit = self._units[name]
        files, linked = self.layout.find_source_files(unit.sources)
        return Component(
            name=name,
            sources=unit.sources,
            files=files,
            linked=linked,
            found_by=unit.rule,
            imports=tuple(self._import_names(unit)),
        )

    def _spellings(self, name: str) -> dict[str, str]:
        return find_spellings(name, self._config.component(name).aliases, self._name_variants(name))

    def _unit(self, name: str) -> CodePart:
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            last = re.split(r"[/\\,]", name.rstrip("/"))[-1].removesuffix(".py")
            hint = f" (a name, not a path or a list: {last!r}?)" if last != name and NAME.fullmatch(last) else ""
            raise DiscoveryError(
                f"{safe(name, 80)!r}{hint} cannot be a component's name: letters, digits, '_', '-', "
                f"and '.' between parts, at most {LONGEST_NAME} characters"
            )
        config = self._config.component(name)
        if config.sources:
            return self._explicit(name, config)
        for spelling in (name, *config.aliases):
            if found := self._named(spelling):
                self._refuse_outside(name, found)
                return found
        raise DiscoveryError(self._unknown(name))

    def _explicit(self, name: str, config: ComponentConfig) -> CodePart:
        found = {pattern: expand_pattern(self.layout.root, pattern) for pattern in config.sources}
        bad = [pattern for pattern in found if not found[pattern]]
        bad += [
            pattern for pattern in found if not all(path.is_relative_to(self.layout.root) for path in found[pattern])
        ]
        if bad:
            raise DiscoveryError(f"component {name!r}: its source {safe(bad[0], 120)} is not a path in the project")
        paths = dict.fromkeys(path for pattern in found for path in found[pattern])
        first = next(iter(paths))
        roots = [root for root in self.layout.source_roots if first.is_relative_to(root)]
        return CodePart((name,), tuple(paths), (roots or [self.layout.root])[0], "sources in the configuration")

    def _refuse_outside(self, name: str, unit: CodePart) -> None:
        outside = [path for path in unit.sources if not path.is_relative_to(self.layout.root)]
        if outside:
            raise DiscoveryError(f"component {name!r} leads out of the project, to {safe(str(outside[0]), 300)}")

    def _named(self, name: str) -> CodePart | None:
        """The shallowest unit of this name; one written exactly like it wins."""
        first, *rest = name.split(".")
        wanted = normalize(first)
        matching = [unit for unit in self.layout.code_parts if normalize(unit.name) == wanted]
        for part in rest:
            inside = [child for unit in matching for child in self.layout.find_parts_in(unit)]
            matching = [unit for unit in inside if normalize(unit.name) == normalize(part)]
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
        known, spellings = [other for other in self.list_names() if other != name], self._spellings(name)
        known += [unit.name for unit in self.layout.code_parts if len(unit.parts) == 1 and unit.name not in known]
        by_form = [other for other in known if normalize(other) in spellings]
        near = by_form or nearest_names(name, dict.fromkeys((*known, *(unit.name for unit in self.layout.code_parts))))
        hint = (
            f"did you mean {', '.join(map(repr, near))}?" if near else f"there are: {', '.join(known[:20]) or 'none'}"
        )
        return f"unknown component {name!r} in {self._places()}; {hint}"

    # ── tests ────────────────────────────────────────────────────────────────

    def find_tests(
        self,
        components: Sequence[Component],
        *,
        name_variants: Callable[[str], Iterable[str]] = lambda _: (),
        has_doctests: Callable[[Path], bool] = lambda _: False,
    ) -> tuple[Component, ...]:
        """The same components with the test files that they claim, and those of their own modules with doctests.

        `name_variants` yields more spellings of a component's name.

        Raises DiscoveryError where a file fits two components equally well, and
        where configured paths do not exist.
        """
        self._name_variants = name_variants
        problems: list[str] = []
        explicit = {name: self._explicit_tests(name, problems) for name in self._units}
        taken = {path for paths in explicit.values() for path in paths}
        marks = self._marks(problems)
        matcher = FileMatcher(self.layout, self._indexed())
        judged = []
        for component in components:
            claims = {path: Claim(path=path, rule=CONFIGURED_RULE) for path in explicit[component.name]}
            if not claims:
                may = matcher.find_candidates(self._units[component.name], self._spellings(component.name))
                free = (path for path in may if path not in taken)
                claims = {claim.path: claim for claim in self._guess(matcher, component, free, problems)}
            for path, names in marks.items():
                if identity(component.name) in names:
                    claims.setdefault(path, Claim(path=path, rule=MARKER_RULE))
            found: Sequence[Claim] = sorted(claims.values(), key=lambda claim: claim.path)
            if not found:
                found = self._importers(component, (path for path in self.layout.test_files if path not in taken))
            own = [Claim(path=path, rule=DOCTEST_RULE) for path in component.files if has_doctests(path)]
            judged.append(replace(component, spellings=self._spellings(component.name), tests=(*found, *own)))
        if problems:
            raise DiscoveryError(problems)
        return tuple(judged)

    def _marks(self, problems: list[str]) -> dict[Path, set[str]]:
        """The test files with markers, and the identities that these name."""
        found = {Path(path): names for path in self.layout.test_paths if (names := find_marked_components(path))}
        if not found:
            return {}
        known = {name for unit in self.layout.code_parts for name in (unit.name, unit.dotted)} | self._units.keys()
        there = set(map(identity, known))
        for path, names in found.items():
            for name in sorted(names):
                if identity(name) not in there:
                    where = f"{self.layout.relative_path(path)}: the marker {MARKER} names {safe(name, 80)!r}"
                    problems.append(f"{where}, which is no component{did_you_mean(name, sorted(known))}")
        return {path: set(map(identity, names)) for path, names in found.items()}

    def _indexed(self) -> list[tuple[CodePart, dict[str, str]]]:
        own = [(self._units[name], self._spellings(name)) for name in self._units]
        seen = {unit.sources for unit, _ in own}
        others = [unit for unit in self.layout.code_parts if unit.sources not in seen]
        spellings = {
            name: find_spellings(name, extra=self._name_variants(name)) for name in {unit.name for unit in others}
        }
        return own + [(unit, spellings[unit.name]) for unit in others]

    def _explicit_tests(self, name: str, problems: list[str]) -> list[Path]:
        found: list[Path] = []
        for pattern in self._config.component(name).tests:
            shown = f"component {name!r}: its test path {safe(pattern, 120)}"
            paths = expand_pattern(self.layout.root, pattern)
            files = [file for path in paths for file in self._files_in(path)]
            if not paths:
                known = [self.layout.relative_path(path) for path in self.layout.test_files]
                problems.append(f"{shown} does not exist{did_you_mean(pattern, known)}")
            elif not all(path.is_relative_to(self.layout.root) for path in paths):
                problems.append(f"{shown} is not in the project")
            elif not files:
                problems.append(f"{shown} holds no test file")
            found += files
        return list(dict.fromkeys(found))

    def _files_in(self, path: Path) -> list[Path]:
        return [path] if path.is_file() else sorted(map(Path, walk_files(path, self.layout.is_test_file_name)))

    def _guess(
        self, matcher: FileMatcher, component: Component, files: Iterable[Path], problems: list[str]
    ) -> Iterable[Claim]:
        unit = self._units[component.name]
        for path in files:
            answer = matcher.find_claim(unit, path)
            if isinstance(answer, AmbiguousClaim):
                problems.append(
                    f"{self.layout.relative_path(path)} could belong to {component.name!r} or to {answer.rival!r}; "
                    f"set tests in tool.maturity.components.{component.name}"
                )
            elif answer:
                yield Claim(path=path, rule=answer)

    def _importers(self, component: Component, files: Iterable[Path]) -> tuple[Claim, ...]:
        """Those of the test files that import the component, for one that no name led to."""
        needles = {name.rpartition(".")[2] for name in component.imports}
        claims = []
        for path in files:
            found = find_imported_names(path, self._package(path), *needles)
            hits = [name for name in component.imports if any(f"{one}.".startswith(f"{name}.") for one in found)]
            if hits:
                claims.append(Claim(path=path, rule=f"imports {hits[0]}"))
        return tuple(claims)

    def _import_names(self, unit: CodePart) -> list[str]:
        """The dotted names under which a unit may be imported: from its source root and from the project's."""
        names = []
        for source in unit.sources:
            inside = (
                [source] if source != unit.root else [child.sources[0] for child in self.layout.find_parts_in(unit)]
            )
            for path in inside:
                for root in (unit.root, self.layout.root):
                    parts = path.relative_to(root).with_suffix("").parts if path.is_relative_to(root) else ()
                    names.append(".".join(parts))
        return [name for name in dict.fromkeys(names) if name]

    def _package(self, path: Path) -> tuple[str, ...]:
        roots = [root for root in (*self.layout.source_roots, self.layout.root) if path.is_relative_to(root)]
        return path.parent.relative_to(roots[0]).parts if roots else ()
