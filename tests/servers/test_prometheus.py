"""Attestations by a real Prometheus server, which scrapes a small service that the test stops and starts."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.acceptance.project import Project
from tests.servers.prometheus import INTERVAL, Prometheus, Shop, find_port, find_program, run_prometheus, wait_for

POLICY = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    [tool.maturity.stages.bronze]
    pass_rate = 100
    [tool.maturity.stages.silver]
    uptime = {least}
    [tool.maturity.attestations.uptime]
    prometheus = '{query}'
    url = "{url}"
    unit = "%"
    timeout = 2
    retries = 0
"""
SILVER = "--maturity-target=silver"
pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def _without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop(find_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def prometheus(shop: Shop, tmp_path: Path) -> Iterator[Prometheus]:
    with run_prometheus(find_program(), tmp_path / "prometheus", {"shop": shop.port, "gone": find_port()}) as server:
        wait_for(lambda: bool(server.is_up("shop")) and server.is_up("gone") is False, "the first scrape")
        yield server


def wait_between_scrapes(shop: Shop) -> float:
    """Waits for a scrape of the shop and half an interval more; returns the time."""
    seen = len(shop.scrapes)
    wait_for(lambda: len(shop.scrapes) > seen, "a scrape")
    time.sleep(max(0.0, shop.scrapes[-1] + INTERVAL / 2 - time.time()))
    return time.time()


def test_the_uptime_of_a_window_is_what_it_was(project: Project, shop: Shop, prometheus: Prometheus) -> None:
    begin = wait_between_scrapes(shop)
    time.sleep(10 * INTERVAL)
    shop.stop()
    wait_for(lambda: prometheus.is_up("shop") is False, "the end of the shop")
    time.sleep(4 * INTERVAL)
    shop.start()
    wait_for(lambda: prometheus.is_up("shop") is True, "the return of the shop")
    time.sleep(3 * INTERVAL)
    end = wait_between_scrapes(shop)
    time.sleep(2 * INTERVAL)  # the last scrape of the window is stored

    window = f'{{job="shop"}}[{round((end - begin) * 1000)}ms] @ {end:.3f}'
    answered = sum(begin < one <= end for one in shop.scrapes)
    (total,) = (int(one["value"][1]) for one in prometheus.ask(f"count_over_time(up{window})"))
    assert 0 < answered < total
    assert abs(total - (end - begin) / INTERVAL) <= 2
    expected = Fraction(100 * answered, total)

    project.policy(POLICY.format(least=99.5, query=f"avg_over_time(up{window}) * 100", url=prometheus.url))
    run = project.gate(SILVER)
    assert run.code == 1
    assert abs(Fraction(str(run.gate("uptime")["value"])) - expected) < Fraction(1, 10**5)
    below = int(expected)
    project.policy(POLICY.format(least=below, query=f"avg_over_time(up{window}) * 100", url=prometheus.url))
    run = project.gate(SILVER)
    assert (run.code, run.component["reached"]) == (0, "silver")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('up{job="nobody"}', "the query found nothing: its result is empty"),
        ("up", "the query has 2 results: ask for one value, for example with min(...) or avg(...)"),
        ('up{job="shop"}[5s]', "the query gives a matrix, not one number"),
        ("avg(up", "answered with the status 400: bad_data: invalid parameter"),
        ("0 / scalar(up) * vector(0)", "'NaN' in the answer is not a number"),
        ('up{job="shop"} offset 10d', "the query found nothing"),
    ],
)
def test_without_one_number_it_is_unknown(project: Project, prometheus: Prometheus, query: str, words: str) -> None:
    project.policy(POLICY.format(least=0, query=query, url=prometheus.url))
    run = project.gate(SILVER)
    assert (run.code, run.gate("uptime")["value"]) == (3, None)
    assert words in run.gate("uptime")["note"]


def test_a_server_that_hangs_or_is_gone_is_unknown(project: Project, prometheus: Prometheus) -> None:
    project.policy(POLICY.format(least=1, query='up{job="shop"} * 100', url=prometheus.url))
    assert project.gate(SILVER).code == 0
    prometheus.process.send_signal(signal.SIGSTOP)
    run = project.gate(SILVER)
    assert run.code == 3
    assert "did not answer within 2 s" in run.gate("uptime")["note"]
    prometheus.process.send_signal(signal.SIGCONT)
    assert project.gate(SILVER).code == 0
    prometheus.process.kill()
    prometheus.process.wait()
    run = project.gate(SILVER)
    assert run.code == 3
    assert "cannot be reached: Connection refused" in run.gate("uptime")["note"]
