"""A local server with the API of OSV (google.github.io/osv.dev, "post-v1-query"): it knows one vulnerability."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VULNERABILITY = {
    "id": "GHSA-462w-v97r-4m45",
    "summary": "sandbox escape",
    "details": "In Jinja before 2.10.1, str.format_map allows a sandbox escape.",
    "aliases": ["CVE-2019-10906"],
    "published": "2019-04-10T14:30:24Z",
    "modified": "2024-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}],
            "versions": ["2.10"],
        }
    ],
}


class Handler(BaseHTTPRequestHandler):
    """Answers a query about a version of a package."""

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_known = (query["package"]["name"].lower(), query["version"]) == ("jinja2", "2.10")
        body = json.dumps({"vulns": [VULNERABILITY]} if is_known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@contextmanager
def serve() -> Iterator[str]:
    """Runs the server; yields the URL of its API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
