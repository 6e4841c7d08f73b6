"""A real Prometheus server, and the small server that it scrapes."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest

INTERVAL = 0.25  # seconds between two scrapes
PATIENCE = 30.0  # seconds for anything to happen
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def find_program() -> str:
    """Returns the path of the server; skips the test where it is not installed."""
    found = shutil.which("prometheus")
    if found is None:
        pytest.skip("prometheus is not installed: on Debian, apt-get install --no-install-recommends prometheus")
    return found


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {PATIENCE:g} s"
        time.sleep(0.02)


@dataclass
class Shop:
    """A small service with /metrics, on one port for good; `scrapes` are the times at which it answered."""

    port: int
    scrapes: list[float] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Metrics)
        cast("Any", self.server).shop = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class Metrics(BaseHTTPRequestHandler):
    """Answers a scrape, each on a connection of its own."""

    def do_GET(self) -> None:
        shop: Shop = cast("Any", self.server).shop
        shop.scrapes.append(time.time())
        body = b"orders_total 7\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@dataclass
class Prometheus:
    """The server, its address and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Returns the vector that is the result of a query; empty where the server gives none yet."""
        address = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with WITHOUT_PROXY.open(address, timeout=5) as answer:
                result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except OSError:
            return []
        return result

    def is_up(self, job: str) -> bool | None:
        """Whether the last scrape of a job succeeded; None without one."""
        result = self.ask(f'up{{job="{job}"}}')
        return result[0]["value"][1] == "1" if result else None


def find_port() -> int:
    """Returns a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def run_prometheus(program: str, directory: Path, targets: dict[str, int]) -> Iterator[Prometheus]:
    """Runs a server that scrapes the jobs at these ports; ends it afterwards."""
    directory.mkdir()
    jobs = "".join(
        f"  - job_name: {job}\n    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
        for job, port in targets.items()
    )
    every = f"{INTERVAL * 1000:g}ms"
    configuration = f"global: {{scrape_interval: {every}, scrape_timeout: {every}}}\nscrape_configs:\n{jobs}"
    (directory / "prometheus.yml").write_text(configuration, "utf-8")
    address = f"127.0.0.1:{find_port()}"
    command = (
        program, f"--config.file={directory / 'prometheus.yml'}", f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}", "--log.level=warn",
    )  # fmt: skip
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    server = Prometheus(f"http://{address}", process)
    try:
        wait_for(lambda: bool(server.ask("vector(1)")) or process.poll() is not None, "the start of Prometheus")
        assert process.poll() is None, (directory / "log").read_text("utf-8", "replace")
        yield server
    finally:
        process.kill()
        process.wait()
