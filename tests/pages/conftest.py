"""A browser for all tests, and the pages that it shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.reports.formats import make_document
from pytest_maturity.reports.html import dashboard, run_page
from tests.hostile import HOSTILE
from tests.pages.browser import Browser, open_browser
from tests.pages.synthetic import write_project
from tests.unit.records.records import promotion
from tests.unit.reports.formats.rich import make_judgement, make_report
from tests.unit.reports.html.test_component_page import make_records, make_run

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "pages"
AXE = Path(os.environ.get("AXE", ROOT / ".venv" / "axe.min.js"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not there: make pages fetches it with npm")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages: a run of the bundled example, a dashboard of 12 components and 120 runs, none, hostile names."""
    place = tmp_path_factory.mktemp("pages")
    found = {"run": place / "run.html", "hostile run": place / "hostile.html"}
    example = place / "example"
    shutil.copytree(ROOT / "examples/orchestration", example, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "--maturity-component=all", "--maturity-target=production"]
    ran = subprocess.run([*command, f"--maturity-report=html:{found['run']}"], cwd=example, check=False)
    assert ran.returncode == 1
    names = [text[:150] for text in HOSTILE.values() if text.strip()]
    judgements = [make_judgement(name, text) for name, text in zip(names, HOSTILE.values(), strict=False)]
    found["hostile run"].write_text(run_page.render(make_document(make_report(*judgements))), "utf-8")
    found["dashboard"] = write_dashboard(place / "acme", 12, 120)
    found["empty dashboard"] = write_dashboard(place / "new", 0, 0)
    found["hostile dashboard"] = place / "hostile-dashboard.html"
    found["hostile dashboard"].write_text(make_hostile_dashboard(names), "utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    return found


def write_dashboard(root: Path, components: int, runs: int) -> Path:
    """Returns the dashboard of a project with synthetic records."""
    write_project(root, components, runs)
    before = Path.cwd()
    os.chdir(root)
    try:
        assert cli.main(["dashboard"]) == 0
    finally:
        os.chdir(before)
    return root / ".maturity/dashboard.html"


def make_hostile_dashboard(names: list[str]) -> str:
    """Returns a dashboard in which every text is hostile, and every name is long or odd."""
    components = []
    for name in dict.fromkeys(names):
        run = make_run(1, "50", target=name, reached=name, commit=name, flaky=(name,), gaps=(name,), steps={name: 1.0})
        gates = tuple(replace(one, name=name, unit=name, stages={name: one.stages["staging"]}) for one in run.gates)
        worse = tuple(replace(one, value=one.value + 1 if one.value else None) for one in gates)
        first, last = replace(run, gates=worse, run_id="1"), replace(run, gates=gates, run_id="2", duration_s=2.0)
        decision = promotion(name, name, day=28, actor=name, reason=name, commit=name)
        components.append(make_records(first, last, name=name, recorded=name, decisions=(decision,)))
    now = datetime(2026, 1, 31, tzinfo=timezone.utc)
    ladder = ("dev", names[0], "x" * 60)
    return dashboard.render(dashboard.Records(project=names[0], ladder=ladder, components=tuple(components), now=now))
