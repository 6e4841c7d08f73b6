"""pip-audit on small projects: against a local server, and once against the real one where there is a network."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest

from pytest_maturity.gates.vulnerabilities import GATE
from pytest_maturity.model.evidence import Component, Evidence
from pytest_maturity.model.gates import Context, Measurement
from pytest_maturity.tools.processes import clean_environment, find_program
from pytest_maturity.tools.toolbox import Toolbox

from .osv_server import serve

pytestmark = pytest.mark.skipif(which(find_program("pip-audit")) is None, reason="pip-audit is not installed")
PINS = "requests==2.32.0\nJinja2==2.10\n"


@pytest.fixture(scope="module")
def osv_url() -> Iterator[str]:
    with serve() as url:
        yield url


@pytest.fixture(autouse=True)
def _network(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))  # it needs one


def measure(root: Path, **options: object) -> tuple[Measurement, list[str]]:
    """Returns the measurement, and the argument list that ran."""
    context = Context(root=root, options={"vulnerabilities": options})
    component = Component(name="shop", sources=(), files=(), found_by="src")
    box = Toolbox(root)
    assert GATE.commands is not None
    box.start(GATE.commands([component], context), 1)
    tools = box.join()
    (result,) = tools.values()
    return GATE.measure(Evidence(component=component, tools=tools), context), list(result.argv)


def count_by_hand(root: Path, url: str) -> int:
    arguments = ["-s", "osv", "--osv-url", url, "-f", "json", "--no-deps", "--disable-pip", "-r", "pins.txt"]
    ran = subprocess.run(
        [find_program("pip-audit"), *arguments],
        cwd=root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return sum(len(one["vulns"]) for one in json.loads(ran.stdout)["dependencies"])


def test_the_vulnerabilities_of_pinned_requirements_count(tmp_path: Path, osv_url: str) -> None:
    (tmp_path / "pins.txt").write_text(PINS)
    options = {"service": "osv", "osv_url": osv_url, "requirements": ["pins.txt"]}
    found, _ = measure(tmp_path, **options)
    assert (found.value, count_by_hand(tmp_path, osv_url)) == (1, 1)
    assert [(one.path, one.message) for one in found.findings] == [("pins.txt", "jinja2 2.10, fixed in 2.10.1")]
    (name,) = (one.rule for one in found.findings)
    ignoring, _ = measure(tmp_path, **options, ignore=[name])
    assert (ignoring.value, ignoring.note.endswith(f"ignored by the configuration: {name}")) == (0, True)
    (tmp_path / "pins.txt").write_text("requests==2.32.0\n")
    assert measure(tmp_path, **options)[0].value == 0


def test_the_environment_of_the_tests_is_audited_where_no_file_is_configured(tmp_path: Path, osv_url: str) -> None:
    found, _ = measure(tmp_path, service="osv", osv_url=osv_url)
    assert found.value == 0, found.note
    assert "distributions; not of an index: pytest-maturity" in found.note


@pytest.mark.parametrize("pins", ["jinja2\n", "jinja2>=2\n", None])
def test_requirements_that_are_not_pinned_or_not_there_are_unknown(
    tmp_path: Path, osv_url: str, pins: str | None
) -> None:
    if pins is not None:
        (tmp_path / "pins.txt").write_text(pins)
    found, _ = measure(tmp_path, service="osv", osv_url=osv_url, requirements=["pins.txt"])
    assert found.value is None
    assert "pinned" in found.note or "pins.txt" in found.note


@pytest.mark.parametrize("include", ["-r more/pins.txt", "-rmore/pins.txt", "--requirement=more/pins.txt"])
def test_a_file_that_another_includes_must_be_named(tmp_path: Path, osv_url: str, include: str) -> None:
    """pip-audit reads no included file where it resolves nothing."""
    (tmp_path / "pins.txt").write_text(f"requests==2.32.0\n{include}\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more/pins.txt").write_text("jinja2==2.10\n")
    options = {"service": "osv", "osv_url": osv_url}
    found, _ = measure(tmp_path, **options, requirements=["pins.txt"])
    assert (found.value, "does not read more/pins.txt, which pins.txt includes" in found.note) == (None, True)
    found, _ = measure(tmp_path, **options, requirements=["pins.txt", "more/pins.txt"])
    assert found.value == 1, found.note


def test_without_a_network_it_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(PINS)
    with socket.socket() as nobody:  # bound, and not listening
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/query"
        found, _ = measure(tmp_path, service="osv", osv_url=url, requirements=["pins.txt"])
    assert found.value is None
    assert "ConnectionError" in found.note


def test_variables_do_not_steer_it(tmp_path: Path, osv_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pins.txt").write_text(PINS)
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "markdown")
    monkeypatch.setenv("PIP_AUDIT_OUTPUT", str(tmp_path / "out"))
    found, _ = measure(tmp_path, service="osv", osv_url=osv_url, requirements=["pins.txt"])
    assert found.value == 1
    assert not (tmp_path / "out").exists()


def test_the_real_service_knows_an_old_release(tmp_path: Path) -> None:
    try:
        socket.create_connection(("api.osv.dev", 443), timeout=5).close()
    except OSError as error:
        pytest.skip(f"there is no way to api.osv.dev: {error}")
    (tmp_path / "pins.txt").write_text("jinja2==2.10\n")
    found, _ = measure(tmp_path, service="osv", requirements=["pins.txt"])
    assert found.value
    assert any("fixed in" in one.message for one in found.findings)
