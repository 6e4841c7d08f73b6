"""Finds a component's source files by its name, and the test files that belong to it.

Only the first of these rules that finds a test file is used for a component: the configuration's paths; the file's
directory or name (matching.py); its imports. Markers in the file and doctests of the component's modules come on top.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from pathlib import Path

from ..config.settings import ComponentConfig, Config
from ..model.errors import DiscoveryError
from ..model.evidence import Claim, Component
from ..model.names import PLACEHOLDER, component_table, identity, insert_name, normalize
from ..model.text import did_you_mean, nearest_names, safe
from .claims import ClaimFinder
from .import_index import ImportIndex, list_prefixes
from .imports import MARKER, find_marked_components
from .matching import FileMatcher, strip_test_affixes
from .naming_rules import find_spellings
from .project import CodePart, ProjectLayout, expand_pattern, is_directory, walk_files

ALL = "all"
AFFECTED = "affected"  # those that a change can affect, see affected.py
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
MAX_NAME_LENGTH = 100
MAX_SUGGESTIONS = 20
MAX_LISTED = 3  # names in one hint
OPTION = "--maturity-component"
CONFIGURED_SOURCES = "sources in the configuration"
CONFIGURED_RULE = "tests in the configuration"
MARKER_RULE = f"marker {MARKER}"
ALSO_IMPORTS = "imports"  # the value of a component's `tests_also`
DOCTEST_RULE = "doctests of the component"


class ComponentFinder:
    """Finds the components of a project, first their sources (find_components), later their tests (find_tests)."""

    def __init__(self, layout: ProjectLayout, config: Config) -> None:
        self.layout = layout
        self._config = config
        self._imports = ImportIndex(layout)
        self._parts: dict[str, CodePart] = {}  # of the components that were named, and of those of the configuration
        self._name_variants: Callable[[str], Iterable[str]] = lambda _: ()
        self._last_matcher: tuple[list[tuple[CodePart, dict[str, str]]], FileMatcher] | None = None
        self.excluded: tuple[str, ...] = ()  # the names that `all` leaves out, once it was asked for

    # ── sources ──────────────────────────────────────────────────────────────

    def find_components(self, names: Sequence[str]) -> tuple[Component, ...]:
        """Returns the components of these names, or every one there is for `all`, without their tests.

        Raises DiscoveryError with every unknown and ambiguous name, also those of the configuration.
        """
        problems = [
            *self._check_roots("sources", self._config.sources),
            *self._check_roots("tests", self._config.tests),
        ]
        wanted = list(dict.fromkeys(one for name in names for one in (self._list_all() if name == ALL else [name])))
        identities = set(map(identity, wanted))
        for name in (*wanted, *(name for name in self._config.components if identity(name) not in identities)):
            try:
                self._parts[name] = self._find_part(name)
            except DiscoveryError as error:
                where = "" if name in wanted else f"{self._config.source}.components.{safe(name, 80)}: "
                problems += [where + problem for problem in error.problems]
        if problems:
            raise DiscoveryError(problems)
        wanted = [self._find_configured_name(name) for name in wanted]
        first_names = {self._parts[name].sources: name for name in reversed(wanted)}  # of two names the first wins
        return tuple(self._make_component(name) for name in wanted if first_names[self._parts[name].sources] == name)

    def _find_configured_name(self, name: str) -> str:
        """Returns the name that the configuration has for the part of this name; the name itself without one."""
        if any(identity(key) == identity(name) for key in self._config.components):
            return name
        sources = self._parts[name].sources
        return next((key for key in self._config.components if self._parts[key].sources == sources), name)

    def list_names(self) -> list[str]:
        """Returns the names of all components: those in the source roots, then others of the configuration.

        A component of the configuration has the name and the place of the part in a source root that it is.
        """
        configured = {identity(name): name for name in self._config.components}
        parts = self.layout.find_top_parts()
        count = Counter(normalize(part.name) for part in parts)
        names: dict[str, str] = {}
        for part in parts:
            name = part.name if count[normalize(part.name)] == 1 else part.dotted_name
            names.setdefault(identity(name), configured.get(identity(name), name))
        return list((names | configured).values())

    def _list_all(self) -> list[str]:
        """Returns the names that `all` stands for: all but the excluded ones. Raises DiscoveryError without any."""
        names = self.list_names()
        if not names:
            raise DiscoveryError(f"there is no component in {self._list_roots()}")
        self.excluded = tuple(name for name in names if any(is_excluded(name, one) for one in self._config.exclude))
        if len(self.excluded) == len(names):
            raise DiscoveryError(f"{self._config.source}.exclude: leaves no component for {ALL!r}")
        return [name for name in names if name not in self.excluded]

    def find_unused_exclusions(self) -> Iterator[str]:
        """Yields a problem for each name or glob in `exclude` that fits no component."""
        names = self.list_names()
        for one in self._config.exclude:
            if not any(is_excluded(name, one) for name in names):
                hint = did_you_mean(one, names)
                yield f"{self._config.source}.exclude: there is no component {safe(one, 80)!r}{hint}"

    def find_dependencies(self, components: Sequence[Component], others: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the names of the components that each of these imports in its files.

        It is looked for among these, all components of the source roots, and those of the names in `others`. Imports
        that are computed at run time are not seen. Raises DiscoveryError.
        """
        known = {component.name: component for component in components}
        for component in self.find_components(self.list_names()):
            known.setdefault(component.name, component)
        for name in others:
            with contextlib.suppress(DiscoveryError):  # it may be on record under a name that no code has any more
                (component,) = self.find_components([name])
                known.setdefault(component.name, component)
        by_import = {module: one for one in reversed(known.values()) for module in one.imports}
        return {
            component.name: tuple(sorted(find_imported(component, by_import, self._imports)))
            for component in components
        }

    def _list_roots(self) -> str:
        return ", ".join(map(self.layout.relative_path, self.layout.source_roots)) or "no source directory"

    def _check_roots(self, key: str, patterns: Iterable[str]) -> Iterable[str]:
        """Yields the configured directories that do not exist or are not in the project."""
        for pattern in patterns:
            paths = expand_pattern(self.layout.root, insert_name(pattern, "*"))
            if not any(is_directory(path) and path.is_relative_to(self.layout.root) for path in paths):
                where, name = f"{self._config.source}.{key}", safe(pattern, 120)
                own = f"name the files of one component in {self._config.source}.components.NAME.{key}"
                problem = (
                    f"names files, and must name directories: {own}" if any(path.is_file() for path in paths) else ""
                )
                yield f"{where}: {name} {problem or 'is not a directory in the project'}"

    def _make_component(self, name: str) -> Component:
        part = self._parts[name]
        files, linked = self.layout.find_source_files(part.sources)
        return Component(
            name=name,
            sources=part.sources,
            files=files,
            linked=linked,
            found_by=part.found_by,
            imports=tuple(self.layout.list_import_names(part)),
        )

    def _find_part(self, name: str) -> CodePart:
        """Returns the part of the code that is the component. Raises DiscoveryError."""
        self._check_name(name)
        config = self._config.find_component(name)
        if config.sources:
            return self._find_configured_sources(name, config)
        for spelling in (name, *config.aliases):
            if part := self._find_part_by_name(spelling):
                self._refuse_outside(name, part)
                return part
        raise DiscoveryError(self._describe_unknown(name))

    def _check_name(self, name: str) -> None:
        """Raises DiscoveryError for a text that no component can be called: it must never become a path."""
        if NAME.fullmatch(name) and len(name) <= MAX_NAME_LENGTH:
            return
        hint = ""
        if len(listed := [one for one in re.split(r"[,;\s]+", name) if NAME.fullmatch(one)]) > 1:
            options = " ".join(f"{OPTION} {safe(one, 80)}" for one in listed[:MAX_LISTED])
            hint = f" (did you mean {options}?)"
        elif meant := self._find_name_in_path(name):
            hint = f" (did you mean {meant!r}?)"
        raise DiscoveryError(
            f"{safe(name, 80)!r}{hint} cannot be a component's name: letters, digits, '_', '-', "
            f"and '.' between parts, at most {MAX_NAME_LENGTH} characters"
        )

    def _find_name_in_path(self, text: str) -> str:
        """Returns the name of the part that the path of its code or of a test file leads to; empty where it is none."""
        path = text.replace("\\", "/").removeprefix(f"{self.layout.root.as_posix()}/").removeprefix("./").strip("/")
        for part in self.layout.code_parts:
            places = {self.layout.relative_path(source) for source in part.sources}
            if not places.isdisjoint((path, f"{path}.py", path.removesuffix("/__init__.py"))):
                return part.dotted_name
        last = strip_test_affixes(path.partition("::")[0].rpartition("/")[2].removesuffix(".py"))
        return next((part.name for part in self.layout.code_parts if normalize(part.name) == last), "")

    def _find_configured_sources(self, name: str, config: ComponentConfig) -> CodePart:
        """Returns the configured sources as one part. Raises DiscoveryError for those outside of the project."""
        root = self.layout.root
        found = {pattern: expand_pattern(root, insert_name(pattern, name)) for pattern in config.sources}
        problems = [
            f"component {name!r}: its source {safe(pattern, 120)} is not a path in the project"
            for pattern, paths in found.items()
            if not paths or not all(path.is_relative_to(self.layout.root) for path in paths)
        ]
        if problems:
            raise DiscoveryError(problems)
        paths = dict.fromkeys(path for expanded in found.values() for path in expanded)
        first = next(iter(paths))
        root = next((root for root in self.layout.source_roots if first.is_relative_to(root)), self.layout.root)
        return CodePart(names=(name,), sources=tuple(paths), root=root, found_by=CONFIGURED_SOURCES)

    def _refuse_outside(self, name: str, part: CodePart) -> None:
        outside = [path for path in part.sources if not path.is_relative_to(self.layout.root)]
        if outside:
            raise DiscoveryError(f"component {name!r} leads out of the project, to {safe(str(outside[0]), 300)}")

    def _find_part_by_name(self, name: str) -> CodePart | None:
        """Returns the shallowest part of this name, of several the one that is written exactly like it.

        Raises DiscoveryError where several are left.
        """
        first, *rest = name.split(".")
        parts = self._parts_by_name.get(normalize(first), [])
        for inner in rest:
            children = [child for part in parts for child in self.layout.find_parts_in(part)]
            parts = [child for child in children if normalize(child.name) == normalize(inner)]
        depth = min((len(part.names) for part in parts), default=0)
        parts = [part for part in parts if len(part.names) == depth]
        parts = [part for part in parts if part.names[-1] == name.rpartition(".")[2]] or parts
        if len(parts) > 1:
            parts = self._choose_imported(name, parts)
        if len(parts) > 1:
            shown = [f"{part.dotted_name} ({part.found_by})" for part in parts[:MAX_SUGGESTIONS]]
            places = ", ".join([*shown, *([f"and {len(parts) - len(shown)} more"] if len(parts) > len(shown) else [])])
            raise DiscoveryError(
                f"component {name!r} is ambiguous: {places}; use a dotted name, or set {component_table(name)}.sources"
            )
        return parts[0] if parts else None

    @cached_property
    def _parts_by_name(self) -> Mapping[str, list[CodePart]]:
        """All parts of the code by their normalized names."""
        found: defaultdict[str, list[CodePart]] = defaultdict(list)
        for part in self.layout.code_parts:
            found[normalize(part.name)].append(part)
        return found

    def _choose_imported(self, name: str, parts: list[CodePart]) -> list[CodePart]:
        """Returns the one of several parts that the test files of this name import; all where that does not decide."""
        files = [path for path in self.layout.test_files if strip_test_affixes(path.stem) == normalize(name)]
        modules = {part: self.layout.list_import_names(part) for part in parts}
        found = {part: path for path in files for part in self._imports.choose_closest(modules, path)}
        if len(found) != 1:
            return parts
        ((part, path),) = found.items()
        return [replace(part, found_by=f"{part.found_by}, which {self.layout.relative_path(path)} imports")]

    def _describe_unknown(self, name: str) -> str:
        spellings = self._spell(name)
        known = [other for other in self.list_names() if other != name]
        known += [part.name for part in self.layout.code_parts if len(part.names) == 1 and part.name not in known]
        parts = self.layout.code_parts
        inner = [one for part in parts for one in ([part.dotted_name] if "." in name else []) + [part.name]]
        by_form = [other for other in (known if "." in name else [*known, *inner]) if normalize(other) in spellings]
        by_form = list(dict.fromkeys(by_form))[:MAX_LISTED]
        near = by_form or nearest_names(name, dict.fromkeys((*known, *inner)))
        hint = f"there are: {', '.join(known[:MAX_SUGGESTIONS]) or 'none'}"
        if near:
            hint = f"did you mean {', '.join(map(repr, near))}?"
        return f"unknown component {name!r} in {self._list_roots()}; {hint}"

    # ── tests ────────────────────────────────────────────────────────────────

    def find_tests(
        self,
        components: Sequence[Component],
        *,
        name_variants: Callable[[str], Iterable[str]] = lambda _: (),
        has_doctests: Callable[[Path], bool] = lambda _: False,
    ) -> tuple[Component, ...]:
        """Returns the components with their test files, and with those of their own modules that have doctests.

        `name_variants` yields more spellings of a component's name. Raises DiscoveryError where a file fits two
        components equally well, where configured paths do not exist, and where a marker names no component.
        """
        self._name_variants = name_variants
        problems: list[str] = []
        configured = {name: self._find_configured_tests(name, problems) for name in self._parts}
        taken = {path for paths in configured.values() for path, nodes in paths.items() if not nodes}
        marked = self._find_marked_files(problems)
        matcher = self._make_matcher()
        finder = ClaimFinder(self.layout, matcher, self._parts, taken, self._imports)
        found = []
        for component in components:
            own, counts_imports = configured[component.name], self._counts_imports(component)
            rules = dict.fromkeys(own, CONFIGURED_RULE) or finder.match_files(component, problems)
            for path, names in marked.items():
                if identity(component.name) in names:
                    rules.setdefault(path, MARKER_RULE)
            importers: tuple[Path, ...] = ()
            if own:
                more = finder.find_unnamed_importers(component, rules) if counts_imports else {}
                claims = sorted(
                    [
                        *(Claim(path=path, rule=rule, nodes=own.get(path, ())) for path, rule in rules.items()),
                        *more.values(),
                    ],
                    key=lambda claim: claim.path,
                )
            else:
                claims, importers = finder.add_importers(component, rules, counts_imports)
            doctests = [Claim(path=path, rule=DOCTEST_RULE) for path in component.files if has_doctests(path)]
            found.append(
                replace(
                    component,
                    spellings=self._spell(component.name),
                    tests=(*claims, *doctests),
                    importers=importers,
                    imports_instead=None if doctests else finder.find_other_imports(component, claims),
                )
            )
        if problems:
            raise DiscoveryError(problems)
        return tuple(found)

    def find_owners(self, components: Sequence[Component], paths: Sequence[Path]) -> tuple[Component, ...]:
        """Returns those of the components that may own one of the test files, with their tests, as `find_tests`.

        A component may own a file that has its name, or that of a part of it, in its path; that imports it; that ends
        with its name; that a marker or the configuration gives it.
        """
        wanted, problems = set(paths), list[str]()
        matcher = self._make_matcher()
        imported = {module for path in paths for module in self._imports.list_modules(path)}
        marked = {name for path, names in self._find_marked_files(problems).items() if path in wanted for name in names}
        return self.find_tests(
            [
                one
                for one in components
                if not imported.isdisjoint(one.imports)
                or identity(one.name) in marked
                or not wanted.isdisjoint(matcher.find_candidates(self._parts[one.name]))
                or any(map(matcher.find_similar_files(self._parts[one.name]).get, paths))
                or not wanted.isdisjoint(self._find_configured_tests(one.name, problems))
            ]
        )

    def _counts_imports(self, component: Component) -> bool:
        return self._config.find_component(component.name).tests_also == ALSO_IMPORTS

    def _find_configured_tests(self, name: str, problems: list[str]) -> dict[Path, tuple[str, ...]]:
        """Returns the configured test files of a component, with the node ids that the configuration names in each.

        There are none for a whole file. Without paths of its own, the patterns of `tests` with `{component}` count.
        """
        own = self._config.find_component(name).tests
        if not own:
            return dict.fromkeys(self._find_named_tests(name), ())
        found: dict[Path, tuple[str, ...]] = {}
        for pattern in own:
            subject = f"component {name!r}: its test path {safe(pattern, 120)}"
            place, _, node = insert_name(pattern, name).partition("::")
            paths = expand_pattern(self.layout.root, place)
            files = [file for path in paths for file in self._list_test_files(path)]
            if not paths:
                known = map(self.layout.relative_path, self.layout.test_files)
                problems.append(f"{subject} does not exist{did_you_mean(place, known)}")
            elif not all(path.is_relative_to(self.layout.root) for path in paths):
                problems.append(f"{subject} is not in the project")
            elif not files:
                problems.append(f"{subject} holds no test file")
            for file in files:
                is_whole = not node or found.get(file) == ()
                found[file] = () if is_whole else (*found.get(file, ()), node)
        return found

    def _find_named_tests(self, name: str) -> list[Path]:
        """Returns the test files in the directories of `tests` that have the component's name for `{component}`."""
        patterns = [pattern for pattern in self._config.tests if PLACEHOLDER in pattern]
        names = dict.fromkeys((name, name.rpartition(".")[2], *(self._spell(name) if patterns else ())))
        for one in names:
            paths = [
                path for pattern in patterns for path in expand_pattern(self.layout.root, insert_name(pattern, one))
            ]
            if files := [file for path in paths for file in self._list_test_files(path)]:
                return files
        return []

    def _list_test_files(self, path: Path) -> list[Path]:
        return (
            [path]
            if path.is_file()
            else sorted(map(Path, walk_files(path, self.layout.is_test_file, follows_links=True)))
        )

    def _find_marked_files(self, problems: list[str]) -> dict[Path, set[str]]:
        """Returns the test files with markers, and the identities of the components that these name."""
        found = {Path(path): names for path in self.layout.test_paths if (names := find_marked_components(path))}
        if not found:
            return {}
        known = {name for part in self.layout.code_parts for name in (part.name, part.dotted_name)}
        known |= self._parts.keys()
        identities = set(map(identity, known))
        for path, names in found.items():
            for name in sorted(names):
                if identity(name) not in identities:
                    where = f"{self.layout.relative_path(path)}: the marker {MARKER} names {safe(name, 80)!r}"
                    problems.append(f"{where}, which is no component{did_you_mean(name, sorted(known))}")
        return {path: set(map(identity, names)) for path, names in found.items()}

    def _spell(self, name: str) -> dict[str, str]:
        """Returns the spellings of a component's name with their rules."""
        return find_spellings(name, self._config.find_component(name).aliases, self._name_variants(name))

    def _make_matcher(self) -> FileMatcher:
        """Returns what decides by names; the last one where no part has gained a spelling since."""
        spellings = self._spell_all_parts()
        if self._last_matcher is None or self._last_matcher[0] != spellings:
            self._last_matcher = spellings, FileMatcher(self.layout, spellings)
        return self._last_matcher[1]

    def _spell_all_parts(self) -> list[tuple[CodePart, dict[str, str]]]:
        """Returns all parts of the code with their spellings, those of the components first."""
        own = [(part, self._spell(name)) for name, part in self._parts.items()]
        sources = {part.sources for part, _ in own}
        others = [part for part in self.layout.code_parts if part.sources not in sources]
        spellings = {
            name: find_spellings(name, extra=self._name_variants(name)) for name in {part.name for part in others}
        }
        return own + [(part, spellings[part.name]) for part in others]


def find_imported(component: Component, by_import: Mapping[str, Component], index: ImportIndex) -> set[str]:
    """Returns the names of the other components that a component imports, by the dotted names that import them."""
    found = set()
    for name in chain.from_iterable(index.list_names(path) for path in component.files):
        closest = next((by_import[one] for one in list_prefixes(name) if one in by_import), None)
        if closest is not None and not shares_sources(closest, component):
            found.add(closest.name)
    return found


def shares_sources(one: Component, other: Component) -> bool:
    """Whether one of two components is the other one, or a part of it."""
    pairs = [(mine, its) for mine in one.sources for its in other.sources]
    return any(mine.is_relative_to(its) or its.is_relative_to(mine) for mine, its in pairs)


def is_excluded(name: str, pattern: str) -> bool:
    """Whether a component's name fits a name or glob of `exclude`, in whatever spelling."""
    return fnmatchcase(name, pattern) or fnmatchcase(identity(name), identity(pattern))
