"""What a household takes away on paper: purchase, wallet, voucher; black on white, nothing to press."""

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, fits, shoot
from tests.e2e.demo import lock_a_home

PAPER = 720
"""Pixels between the margins of a sheet of A4."""
UNPRINTED = (
    ".govuk-service-navigation",
    ".govuk-back-link",
    ".anju-account",
    ".govuk-button",
    ".anju-footer",
)


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


@pytest.fixture
def width() -> int:
    """Paper has one width."""
    return PAPER


def test_a_household_prints_its_papers(live: Live, visitor: Visitors) -> None:
    lock_a_home(live.app)
    page = visitor()
    steps.sign_in(page, Role.HOUSEHOLD)
    voucher = steps.purses(page)[0].ref
    _expect_paper(page, "我的房票", voucher, name="wallet")
    steps.follow(page, voucher)
    _expect_paper(page, f"房票 {voucher}", "什么时候锁定，奖励多少", name="voucher")
    steps.go(page, "我的购房")
    page.locator(".anju-card__title a").first.click()
    _expect_paper(page, "购房 GF-", "经过", name="redemption")


def _expect_paper(page: Page, *words: str, name: str) -> None:
    page.emulate_media(media="print")
    for word in words:
        expect(page.get_by_role("main").get_by_text(word).first).to_be_visible()
    expect(page.get_by_text("陈桂兰（被征收户）打印于 2016年5月25日")).to_be_visible()
    for hidden in UNPRINTED:
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    inks = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(one => one.checkVisibility())
            .map(one => getComputedStyle(one))
            .filter(style => style.color !== 'rgb(0, 0, 0)' || style.backgroundColor !== 'rgb(255, 255, 255)')
            .length"""
    )
    assert inks == 0
    fits(page)
    shoot(page, f"print/{name}")
    page.emulate_media(media="screen")
