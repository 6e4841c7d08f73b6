"""A real Chromium, driven by chromedriver over the WebDriver protocol: https://www.w3.org/TR/webdriver2/."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0  # seconds
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
OPTIONS = ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--no-first-run")


class Browser:
    """A session of Chromium. `shown` is the address of the page."""

    def __init__(self, port: int, program: str) -> None:
        self._place = f"http://127.0.0.1:{port}"
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses root with its sandbox
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": program, "args": [*OPTIONS, *sandbox]},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        found = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._place += f"/session/{found['sessionId']}"
        self.shown = ""

    def _ask(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self._place + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with WITHOUT_PROXY.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error

    def command(self, name: str, **parameters: Any) -> Any:
        """Returns the answer to a command of the DevTools protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def run(self, script: str, *arguments: Any) -> Any:
        """Returns what a script returns; a promise is waited for."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": arguments})

    def show(self, path: Path, width: int = 1280, theme: str = "light", fragment: str = "") -> None:
        """Opens a page anew."""
        media = [{"name": "prefers-color-scheme", "value": theme}]
        self.command("Emulation.setEmulatedMedia", features=media)
        self._resize(width, 900)
        self._ask("POST", "/url", {"url": "about:blank"})
        self.read_log("browser")
        self.read_log("performance")
        self.shown = path.as_uri() + fragment
        self._ask("POST", "/url", {"url": self.shown})

    def _resize(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def press(self, key: str) -> None:
        """Presses a key: `Tab`, `Enter`."""
        number, text = {"Enter": (13, "\r"), "Tab": (9, "")}[key]
        for kind in ("keyDown", "keyUp"):
            self.command(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=number, text=text
            )

    def read_log(self, kind: str) -> list[dict[str, Any]]:
        """Returns what was logged since the last time."""
        found: list[dict[str, Any]] = self._ask("POST", "/se/log", {"type": kind})
        return found

    def list_requests(self) -> list[str]:
        """Returns the addresses that were asked for since the page was opened."""
        messages = [json.loads(one["message"])["message"] for one in self.read_log("performance")]
        return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]

    def photograph(self, path: Path) -> None:
        """Writes a picture of the whole page."""
        width, height = self.run("return [innerWidth, document.documentElement.scrollHeight]")
        self._resize(width, height)
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Ends the session, and Chromium."""
        self._ask("DELETE", "")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Starts Chromium; skips the test where there is none."""
    program, driver = next(filter(None, map(shutil.which, PROGRAMS)), None), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("Chromium is not installed: on Debian, apt-get install chromium chromium-driver")
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield from open_session(process, program)
        finally:
            process.terminate()


def open_session(process: subprocess.Popen[str], program: str) -> Iterator[Browser]:
    """Yields a session of a driver that has just been started."""
    assert process.stdout is not None
    started = (re.search(r"started successfully on port (\d+)", line) for line in process.stdout)
    found = next(filter(None, started), None)
    assert found is not None, "chromedriver did not start"
    end = time.monotonic() + PATIENCE
    while True:
        try:
            browser = Browser(int(found[1]), program)
            break
        except (AssertionError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
    try:
        yield browser
    finally:
        browser.close()
