"""A local server with the query API of Prometheus, which answers as a test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer: after `delay` seconds, with a status, headers and a body."""

    body: str = ""
    status: int = 200
    delay: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Server:
    """The replies that are left, the last one for ever, and the requests that came: path, query and headers."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def take(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def vector(*values: str, at: float | None = None) -> Reply:
    """Returns the reply to a query whose result is a vector of these values, for now or for another time."""
    moment = time.time() if at is None else at
    result = [{"metric": {"instance": str(number)}, "value": [moment, one]} for number, one in enumerate(values)]
    return answer("vector", result)


def answer(kind: str, result: object, **more: Any) -> Reply:
    """Returns a successful reply with a result."""
    return Reply(json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more}))


class Handler(BaseHTTPRequestHandler):
    """Answers a query with the next reply."""

    def do_GET(self) -> None:
        state = cast("Any", self.server).state
        parts = urlsplit(self.path)
        state.requests.append((parts.path, parse_qs(parts.query)["query"][0], dict(self.headers)))
        reply = state.take()
        time.sleep(reply.delay)
        body = reply.body.encode()
        try:
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # the client has given up

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@contextmanager
def serve() -> Iterator[Server]:
    """Runs the server; yields its state."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Server(f"http://127.0.0.1:{server.server_port}")
    cast("Any", server).state = state
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
