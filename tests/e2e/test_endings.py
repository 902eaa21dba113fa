"""What a household sees of the leftover that it asked for, until it takes the wish back."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Live, Visitors, look
from tests.e2e.prepared.vouchers import holder_with_an_ending
from tests.e2e.steps import press, sign_in_as
from tests.factories.identity import PASSWORD


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def test_a_leftover_that_was_asked_for_can_be_followed_and_taken_back(live: Live, visitor: Visitors) -> None:
    page = visitor()
    sign_in_as(page, holder_with_an_ending(live.app), PASSWORD)
    page.goto("/household/")
    look(page, "endings/wallet")
    page.locator("main a[href*='/household/endings/']").first.click()
    look(page, "endings/asked")
    press(page, "撤回申请")
    expect(page.get_by_role("main")).to_contain_text("已撤回")
    look(page, "endings/withdrawn")
