"""A real browser on the real app: every test runs on a phone and on a desk."""

from collections.abc import Generator, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.core import clock as business_clock
from app.core.clock import FixedClock
from tests.database import Cluster
from tests.e2e import demo as demos
from tests.e2e.browser import FLAGS, PATIENCE_MS, WIDTHS, Live, Visitors, serve, shoot
from tests.e2e.chromium import chromium
from tests.e2e.demo import FilledDistrict, begin_again, open_copy

FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each visitor has their own cookies."""
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable, env=dict(found.environment), args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def live(committed_app: Flask) -> Iterator[Live]:
    """The app on a database of this test's own, served; `live.run_jobs()` does what the worker would."""
    with serve(committed_app) as live:
        yield live


@pytest.fixture(scope="session")
def filled_district(cluster: Cluster) -> FilledDistrict:
    """A database with the whole demo in it, filled once a run, to copy from."""
    return demos.filled_district(cluster)


@pytest.fixture(scope="session")
def demo_app(cluster: Cluster, filled_district: FilledDistrict) -> Iterator[Flask]:
    """The one app that serves the demo; each test begins it again on a copy of its own."""
    with open_copy(cluster, filled_district) as app:
        yield app


@pytest.fixture
def demo(
    demo_app: Flask, cluster: Cluster, filled_district: FilledDistrict, clock: FixedClock
) -> Iterator[Live]:
    """The app on a copy of the demo district, served, at the moment where the demo's story ends."""
    begin_again(demo_app, cluster, filled_district)
    clock.moment = filled_district.ends_at
    business_clock.use(clock)
    with serve(demo_app) as live:
        yield live


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """The window: a phone's, then a desk's."""
    return WIDTHS[request.param]


@pytest.fixture
def visitor(browser: Browser, live: Live, width: int, request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Call it for a new visitor's window: `visitor()`, or `visitor(javascript=False)`."""
    visitors = Visitors(browser, live.url, width=width)
    yield visitors
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(visitors.pages, 1):
            shoot(page, f"failed/{request.node.name}-{number}")
    visitors.close()
    assert not visitors.troubles


@pytest.fixture
def page(visitor: Visitors) -> Page:
    """One visitor's window."""
    return visitor()
