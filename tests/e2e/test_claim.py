"""From the sheet of paper to the account, question by question, with and without script."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Live, Visitors, look
from tests.e2e.demo import code_to
from tests.e2e.prepared.vouchers import print_unclaimed
from tests.e2e.steps import press

PHONE = "13805560000"


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district, in which one family has not claimed its account."""
    return demo


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_household_claims_its_account_question_by_question(
    live: Live, visitor: Visitors, javascript: bool
) -> None:
    family = print_unclaimed(live.app)
    page = visitor(javascript=javascript)
    see = look if javascript else lambda page, name: None
    page.goto("/account/sign-in")
    page.get_by_role("link", name="第一次来？凭领取单领取账号").click()
    see(page, "claim/number")
    page.get_by_label("房票编号是多少？").fill(family.number.lower())
    press(page, "下一步")
    see(page, "claim/code")
    page.get_by_label("领取码是多少？").fill(family.code)
    press(page, "下一步")
    page.get_by_label("您身份证号码的最后六位是？").fill("000000")
    press(page, "下一步")
    expect(page.locator(".govuk-error-summary")).to_contain_text("对不上")
    see(page, "claim/wrong")
    page.get_by_label("您身份证号码的最后六位是？").fill(family.last_six.lower())
    press(page, "下一步")
    see(page, "claim/phone")
    page.get_by_label("您的手机号是多少？").fill(PHONE)
    press(page, "给我发验证码")
    see(page, "claim/sent")
    page.get_by_label("短信里的验证码是多少？").fill(code_to(live, PHONE))
    press(page, "下一步")
    expect(page.locator(".govuk-notification-banner")).to_contain_text("用手机 138****0000 收验证码")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的房票")
