"""The program that asks a Prometheus server: attempts, time limits, redirects, and what it never prints."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic

import pytest

from pytest_maturity.tools.prometheus import CLIENT

from .prometheus_server import Reply, Server, serve, vector

ERROR = json.dumps({"status": "error", "errorType": "bad_data", "error": "invalid parameter: 1:5: parse error"})


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as state:
        yield state


def ask(*arguments: str, timeout: float = 5, retries: int = 0, **variables: str) -> tuple[str, str]:
    """Returns the body of the answer, and the problem."""
    command = (sys.executable, "-I", "-S", str(CLIENT), f"--timeout={timeout}", f"--retries={retries}", "--query=up")
    environment = {"NO_PROXY": "127.0.0.1", **variables}
    ran = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    answer = json.loads(ran.stdout)
    return answer["body"], answer["problem"]


def test_it_asks_the_query_api_below_the_address(server: Server) -> None:
    server.replies = [vector("1")]
    assert ask(f"--url={server.url}/prefix/") == (server.replies[0].body, "")
    ((path, query, headers),) = server.requests
    assert (path, query) == ("/prefix/api/v1/query", "up")
    assert "Authorization" not in headers


def test_a_status_of_the_server_is_tried_again_and_a_wrong_query_is_not(server: Server) -> None:
    server.replies = [Reply(status=503), Reply(status=429), vector("1")]
    assert ask(f"--url={server.url}", retries=2)[1] == ""
    assert len(server.requests) == 3
    server.replies = [Reply(status=500)]
    assert ask(f"--url={server.url}", retries=1) == ("", "answered with the status 500 (2 attempts)")
    server.requests.clear()
    server.replies = [Reply(ERROR, status=400)]
    words = "answered with the status 400: bad_data: invalid parameter: 1:5: parse error"
    assert ask(f"--url={server.url}", retries=2) == ("", words)
    server.replies = [Reply("no JSON", status=404)]
    assert ask(f"--url={server.url}", retries=2) == ("", "answered with the status 404")
    assert len(server.requests) == 2


def test_a_slow_server_is_left_at_the_time_limit(server: Server) -> None:
    server.replies = [Reply(delay=5)]
    started = monotonic()
    assert ask(f"--url={server.url}", timeout=0.3, retries=1) == ("", "did not answer within 0.3 s (2 attempts)")
    assert monotonic() - started < 4


def test_a_redirect_is_not_followed(server: Server) -> None:
    with serve() as other:
        other.replies = [vector("1")]
        server.replies = [Reply(status=302, headers=(("Location", f"{other.url}/?query=x"),))]
        words = "answered with a redirect (302), and none is followed"
        assert ask(f"--url={server.url}", retries=1) == ("", words)
        assert other.requests == []


def test_an_answer_has_a_limit(server: Server) -> None:
    server.replies = [Reply("x" * (5 * 2**20))]
    assert ask(f"--url={server.url}") == ("", "answered with more than 4 MiB")


def test_nobody_at_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert ask(f"--url={url}", retries=1) == ("", "cannot be reached: Connection refused (2 attempts)")


def test_a_login_comes_from_variables_and_is_never_printed(server: Server) -> None:
    server.replies = [vector("1")]
    url = server.url.replace("//", "//ann:hunter%402@")
    assert ask("--url-variable=PROM", PROM=url)[1] == ""
    assert ask(f"--url={server.url}", "--token-variable=TOKEN", TOKEN="secret-token\n")[1] == ""
    headers = [found["Authorization"] for _, _, found in server.requests]
    assert headers == ["Basic " + base64.b64encode(b"ann:hunter@2").decode(), "Bearer secret-token"]
    for broken in ("http://ann:hunter2@[bad", "http://ann:hunter2@host:port", "ftp://ann:hunter2@x", "http://ann:x y@"):
        _, problem = ask("--url-variable=PROM", PROM=broken)
        assert problem.startswith("cannot be asked: its address is ")
        assert "hunter" not in problem
    assert ask(f"--url={server.url}", "--token-variable=TOKEN", TOKEN="secret\nX-Other: 1") == (
        "",
        "cannot be asked: its address or its token is not valid",
    )
    assert ask("--url-variable=PROM") == ("", "cannot be asked: the variable PROM is not set")
    assert ask(f"--url={server.url}", "--token-variable=TOKEN") == (
        "",
        "cannot be asked: the variable TOKEN is not set",
    )
