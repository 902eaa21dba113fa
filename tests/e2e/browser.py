"""What a browser test needs besides the page: a served app, axe, screenshots, no silent script errors."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from app.jobs.runner import run_waiting

ROOT: Final = Path(__file__).resolve().parents[2]
SCREENSHOTS: Final = ROOT / "var" / "screenshots"
WIDTHS: Final = {"phone": 390, "desk": 1280}
HEIGHT: Final = 844
REFLOW: Final = 320
PATIENCE_MS: Final = 120_000
"""After which something is broken; a slow machine may take long over anything."""
FLAGS: Final = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 AA's rule on the size of what one presses is off by default in axe.
AXE_OPTIONS: Final = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Live:
    """An app on a port of its own, as a browser meets it."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.url = url

    def run_jobs(self) -> None:
        """Run every job that waits. In a thread, because Playwright's loop runs in this one."""
        failures: list[BaseException] = []

        def work() -> None:
            try:
                run_waiting(self.app)
            except BaseException as error:  # noqa: BLE001  # carried over to the test's thread
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]


@contextmanager
def serve(app: Flask) -> Iterator[Live]:
    """Serve the app on a free port while the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Live(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Visitors:
    """Opens windows, each with its own cookies, and collects what goes wrong in them."""

    def __init__(self, browser: Browser, url: str, *, width: int) -> None:
        self._browser = browser
        self._url = url
        self._width = width
        self.pages: list[Page] = []
        self.troubles: list[str] = []

    def __call__(self, *, javascript: bool = True) -> Page:
        """Return a new visitor's window."""
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": self._width, "height": HEIGHT},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("console", self._listen)
        self.pages.append(page)
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        # A refused form answers 422 and a missing page 404: the browser logs both, and both are meant.
        if message.type == "error" and not re.search(r"status of 4\d\d", message.text):
            self.troubles.append(f"console: {message.text}")

    def close(self) -> None:
        """Close every window."""
        for page in self.pages:
            page.context.close()


def axe(page: Page) -> None:
    """Fail, with every finding in words, when axe finds a violation on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        source = AXE.read_text()
        page.evaluate(source)
        # Half a megabyte is sent once: the visitor's later pages have it from the start.
        page.context.add_init_script(source)
    # Only the findings leave the browser: to hand over all that axe looked at takes longer than to look.
    findings = page.evaluate(
        "options => axe.run(document, options).then(found => found.violations)", AXE_OPTIONS
    )
    assert not findings, f"{page.url}\n" + "\n".join(_told(finding) for finding in findings)


def _told(finding: dict[str, Any]) -> str:
    places = "\n".join(
        f"      {' '.join(map(str, node['target']))}\n      {node['html'][:200]}\n"
        f"      {' '.join(node['failureSummary'].split())}"
        for node in finding["nodes"]
    )
    return f"  {finding['id']} ({finding['impact']}): {finding['help']}\n{places}"


def fits(page: Page) -> None:
    """Fail when the page is wider than its window, and name what sticks out."""
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
            .map(one => one.outerHTML.slice(0, 120))"""
    )
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, f"{page.url} is wider than its window:\n" + "\n".join(beyond[:5])


def reflows(page: Page) -> None:
    """Fail when the page scrolls sideways at 320 px: a desk's window at four times the size (WCAG 1.4.10)."""
    before = page.viewport_size
    page.set_viewport_size({"width": REFLOW, "height": HEIGHT})
    fits(page)
    if before:
        page.set_viewport_size(before)


Shoot = Callable[[Page, str], Path]


def shoot(page: Page, name: str) -> Path:
    """Save the whole page as var/screenshots/NAME-WIDTH.png and return the path."""
    size = page.viewport_size
    path = SCREENSHOTS / f"{name}-{size['width'] if size else 'full'}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
    return path


def look(page: Page, name: str) -> None:
    """Check the page as it stands: axe, width, and a screenshot where there is somebody to look at it."""
    page.wait_for_load_state()
    if "CI" not in os.environ:
        shoot(page, name)
    fits(page)
    axe(page)
