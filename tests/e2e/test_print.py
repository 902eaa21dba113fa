"""What a household takes away on paper: purchase, wallet, voucher; black on white, nothing to press."""

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, fits, shoot
from tests.e2e.prepared.buying import lock_a_home

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


def test_each_letter_and_each_claim_sheet_is_one_page_of_its_own(live: Live, visitor: Visitors) -> None:
    page = visitor()
    steps.sign_in(page, Role.OFFICER)
    page.goto("/authority/letters")
    letters = page.locator(".anju-letter").count()
    assert letters > 1
    told = _printed(page)
    assert len(told) == letters
    assert all("征收办 · 安居房票服务" in one and "收" in one and "页" not in one for one in told)
    page.goto("/authority/sheets/projects/湖滨路南片")
    page.get_by_role("button", name="打印下一批").click()
    expect(page.locator(".anju-sheet").first).to_be_visible()
    page.wait_for_load_state()
    sheets = page.locator(".anju-sheet").count()
    assert sheets > 1
    told = _printed(page)
    assert len(told) == sheets
    for one in told:
        assert one.index("账号领取单") < one.index("领取码") < one.index("打印日期")


def test_a_page_meant_for_paper_has_a_button_that_prints(live: Live, visitor: Visitors) -> None:
    page, plain = visitor(), visitor(javascript=False)
    for window in (page, plain):
        steps.sign_in(window, Role.OFFICER)
        window.goto("/authority/letters")
    button = page.get_by_role("button", name="打印这一页")
    page.evaluate("() => { window.asked = 0; window.print = () => window.asked++ }")
    button.click()
    assert page.evaluate("window.asked") == 1
    page.emulate_media(media="print")
    expect(button).to_be_hidden()
    expect(plain.get_by_role("button", name="打印这一页")).to_be_hidden()
    page.emulate_media(media="screen")
    steps.press(page, "本页的信都已打印")
    banner = page.locator(".govuk-notification-banner")
    expect(banner).to_be_visible()
    page.emulate_media(media="print")
    expect(banner).to_be_hidden()


def test_what_has_several_pages_says_which_is_which(live: Live, visitor: Visitors) -> None:
    page = visitor()
    steps.sign_in(page, Role.HOUSEHOLD)
    page.goto("/household/favourites/")
    steps.press(page, "并排比较")
    expect(page.get_by_role("heading", name="比一比", level=1)).to_be_visible()
    told = _printed(page)
    assert len(told) > 1
    for number, one in enumerate(told, start=1):
        assert f"第 {number} 页，共 {len(told)} 页" in one
        assert "比什么 1." in one, "the head stands on each page, no word of it set sign below sign"


def _printed(page: Page) -> list[str]:
    """Return what stands on each page of A4 that the browser makes of the page."""
    document = pypdfium2.PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    return [one.get_textpage().get_text_range() for one in document]
