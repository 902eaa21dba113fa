"""Every page of every role on the demo district: reachable by links, accessible, no wider than the window."""

import pytest

from app.core.actor import Role
from tests.e2e.browser import HEIGHT, WIDTHS, Live, Visitors, look
from tests.e2e.crawl import crawl, pages_of
from tests.e2e.demo import (
    ask_for_changes,
    ask_kin,
    check_a_paper,
    fill_a_basket,
    lock_a_home,
    make_a_quote,
    preview_of_prices,
    receive_money,
    send_a_table,
    tell_and_visit,
)
from tests.e2e.steps import sign_in

STARTS = {
    Role.HOUSEHOLD: ["/household/"],
    Role.DEVELOPER: ["/developer/"],
    Role.OFFICER: ["/authority/"],
    Role.CHECKER: ["/authority/"],
    Role.REGULATOR: ["/regulator/"],
    Role.AUDITOR: ["/authority/", "/regulator/"],
    Role.INSPECTOR: ["/authority/", "/regulator/"],
    Role.ADMINISTRATOR: ["/authority/status"],
    Role.HELPER: ["/helper/"],
}


ASKED_FIRST = {"helper.act"}
"""Opened by asking the holder for a code; test_helping.py looks at it."""


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


@pytest.fixture
def width() -> int:
    """The window at first: these tests widen it themselves, so that links are followed once a role."""
    return WIDTHS["phone"]


@pytest.mark.parametrize("role", [None, *STARTS], ids=lambda role: role.value if role else "passer-by")
def test_every_page_can_be_reached_read_and_fits(live: Live, visitor: Visitors, role: Role | None):
    lock_a_home(live.app)
    ask_for_changes(live.app)
    tell_and_visit(live.app)
    send_a_table(live.app)
    receive_money(live.app)
    typed = {
        None: [check_a_paper(live.app)],
        Role.HOUSEHOLD: [make_a_quote(live.app), fill_a_basket(live.app), ask_kin(live.app)],
        Role.DEVELOPER: [preview_of_prices(live.app)],
    }
    page = visitor()
    if role:
        sign_in(page, role)
    starts = [*STARTS.get(role, ["/"]), *typed.get(role, [])]
    found = crawl(live.app, page.context.request, live.url, *starts)
    made_for = pages_of(live.app, role) - ASKED_FIRST
    missing = made_for - {*found.pages, *found.files}
    assert not missing, f"no link leads there: {sorted(missing)}"
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for endpoint in sorted(made_for & set(found.pages)):
            page.goto(found.pages[endpoint])
            look(page, f"{role.value if role else 'public'}/{endpoint.replace('.', '-')}")
