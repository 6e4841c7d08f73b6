"""Finds the test files of each component: by their paths and names, else by their imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

from ..model.evidence import Claim, Component
from ..model.names import component_table
from ..model.paths import find_conftests
from .import_index import ImportIndex, list_prefixes
from .matching import ContestedClaim, FileMatcher
from .project import PACKAGE, CodePart, ProjectLayout


class ClaimFinder:
    """Finds the claims of components to test files that nobody configured.

    `parts` are the code of the components by name, `taken` the test files that the configuration gave away.
    """

    def __init__(
        self,
        layout: ProjectLayout,
        matcher: FileMatcher,
        parts: Mapping[str, CodePart],
        taken: set[Path],
        imports: ImportIndex,
    ) -> None:
        self._layout = layout
        self._matcher = matcher
        self._parts = parts
        self._taken = taken
        self._imports = imports

    # ── by name ──────────────────────────────────────────────────────────────

    def match_files(self, component: Component, problems: list[str]) -> dict[Path, str]:
        """Returns the files that the component claims by path or name, with the rules; adds ties to `problems`."""
        part = self._parts[component.name]
        rules: dict[Path, str] = {}
        for path in self._matcher.find_candidates(part):
            claim = self._matcher.find_claim(part, path) if path not in self._taken else None
            if isinstance(claim, ContestedClaim):
                claim = self._settle(component, claim, path, problems)
            if claim:
                rules[path] = claim
        return rules

    def _settle(self, component: Component, claim: ContestedClaim, path: Path, problems: list[str]) -> str:
        """Returns the rule by which a file is the component's although its name fits other parts; empty: it is not.

        Its imports decide. Where they do not, the part that it fits best has it; several are a problem if it has the
        component's own name, and not only that of a part in it.
        """
        modules = {one: self._layout.list_import_names(one) for one in (claim.part, *claim.rivals)}
        imported = self._imports.list_imported(modules, path)
        has_own_name = claim.part is self._parts[component.name]
        if claim.is_tied and has_own_name and len(imported) != 1:
            imported = self._imports.choose_closest(modules, path)
        if imported == [claim.part]:
            return f"{claim.rule}, which imports it" if claim.is_tied else claim.rule
        if not claim.is_favourite or (imported and claim.part not in imported):  # it is a rival's
            return ""
        if claim.is_tied and has_own_name:
            problems.append(
                f"{self._layout.relative_path(path)} could belong to {component.name!r} or to "
                f"{claim.rivals[0].dotted_name!r}; set tests in {component_table(component.name)}"
            )
        return "" if claim.is_tied else claim.rule

    # ── by imports ───────────────────────────────────────────────────────────

    def add_importers(
        self, component: Component, rules: Mapping[Path, str], counts_imports: bool
    ) -> tuple[list[Claim], tuple[Path, ...]]:
        """Returns the claims of a component by name (`rules`) and by imports, and the importers that it does not claim.

        Importers whose names resemble the component's are claimed as if they had its name. Without any file by name,
        all that import it are claimed: those without the name of another part, if there are some. With
        `counts_imports` these are claimed, too, where there are files by name.
        """
        part = self._parts[component.name]
        claims = {path: Claim(path=path, rule=rule) for path, rule in rules.items()}
        claims |= self._find_similar(component, rules)
        unnamed = self.find_unnamed_importers(component, claims)
        if not claims:
            importers = self._find_importers(component, self._importers, ())
            beginning = {path: one for path, one in importers.items() if self._matcher.begins_with_name(part, path)}
            claims = {**beginning, **unnamed} or importers
        elif counts_imports or (len(part.names) == 1 and not self._matcher.is_named(part, rules)):
            claims |= unnamed
        return [claims[path] for path in sorted(claims)], tuple(sorted(unnamed.keys() - claims.keys()))

    def find_unnamed_importers(self, component: Component, claimed: Iterable[Path]) -> dict[Path, Claim]:
        """Returns claims to the files that import the component and have no other part's name, without `claimed`."""
        importers = self._find_importers(component, self._unnamed_importers, claimed)
        return {path: claim for path, claim in importers.items() if not claim.named_part}

    @cached_property
    def _unnamed_importers(self) -> Mapping[str, list[Path]]:
        """The test files that may have no other part's name, by each module that they import."""
        return self._imports.group_by_module(self._matcher.find_unnamed_files(self._parts.values()))

    @cached_property
    def _importers(self) -> Mapping[str, list[Path]]:
        """The test files by each module that they import."""
        return self._imports.group_by_module(self._layout.test_files)

    def _find_importers(
        self, component: Component, importers: Mapping[str, Sequence[Path]], claimed: Iterable[Path]
    ) -> dict[Path, Claim]:
        """Returns claims to those of the importers that import the component and are nobody else's."""
        part = self._parts[component.name]
        passed_over = {*self._taken, *claimed}
        found: dict[Path, Claim] = {}
        for name in component.imports:
            for path in importers.get(name, ()):
                if path not in passed_over and path not in found and self._matcher.may_claim(part, path):
                    other = self._matcher.find_other_part_named_by(path, part)
                    named_part = other.dotted_name if other else ""
                    found[path] = Claim(path=path, rule=f"imports {name}", named_part=named_part)
        return found

    def _find_similar(self, component: Component, rules: Mapping[Path, str]) -> dict[Path, Claim]:
        """Returns claims to the files that import a component and whose names end with its name or abbreviate it.

        Files with the name of another part are left out, unless they do not import that. For those that end with the
        component's name, it is enough to import a package that imports the component. Where the component has files by
        name, an abbreviation must be no other part's name.
        """
        part = self._parts[component.name]
        found = {}
        similar = self._matcher.find_similar_files(part)
        packages = self.list_packages_that_import(component.imports) if any(similar.values()) else []
        for path, is_ending in similar.items():
            imported = self._imports.list_modules(path)
            modules = (*component.imports, *packages) if is_ending else component.imports
            module = next((module for module in modules if module in imported), None)
            if module is None or path in rules or path in self._taken or not self._matcher.may_claim(part, path):
                continue
            other = self._matcher.find_other_part_named_by(path, part)
            is_others = other and (
                (rules and not is_ending) or self._imports.imports_any(self._layout.list_import_names(other), path)
            )
            if not is_others:
                found[path] = Claim(path=path, rule=f"imports {module}")
        return found

    def list_packages_that_import(self, modules: Iterable[str]) -> list[str]:
        """Returns the packages that one of the modules is in, and that import it: who imports them, imports it."""
        return list(dict.fromkeys(self._iterate_packages_that_import(modules)))

    def _iterate_packages_that_import(self, modules: Iterable[str]) -> Iterator[str]:
        for name in modules:
            for package in list_prefixes(name.rpartition(".")[0]):
                for root in (*self._layout.source_roots, self._layout.root):
                    if self._imports.imports_any([name], root.joinpath(*package.split("."), PACKAGE)):
                        yield package

    # ── the modules that tests import ────────────────────────────────────────

    def find_other_imports(self, component: Component, claims: Iterable[Claim]) -> tuple[str, ...] | None:
        """Returns the modules of the project that a component's tests import, if none of them imports the component.

        None where one does, or a conftest.py that it uses, and where the component has no tests. The most frequent
        module comes first.
        """
        paths = [claim.path for claim in claims]
        if not paths or not component.imports:
            return None
        own = [*component.imports, *self.list_packages_that_import(component.imports)]
        if any(self._imports.imports_any(own, path) for path in chain(paths, sorted(self._find_conftests(paths)))):
            return None
        names = [self._imports.list_names(path) for path in paths]
        count = Counter(module for one in names for module in {*map(self._find_module, one)} - {""})
        return tuple(module for module, _ in sorted(count.items(), key=lambda item: (-item[1], item[0])))

    def _find_conftests(self, paths: Iterable[Path]) -> set[Path]:
        return find_conftests(paths, self._layout.root)

    def _find_module(self, name: str) -> str:
        """Returns the module of the project that an import of a dotted name imports; empty for any other."""
        return next((prefix for prefix in list_prefixes(name) if prefix in self._modules), "")

    @cached_property
    def _modules(self) -> frozenset[str]:
        """The dotted names of the project's modules and packages."""
        return frozenset(name for part in self._layout.code_parts for name in self._layout.list_import_names(part))
