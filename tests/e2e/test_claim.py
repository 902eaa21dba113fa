"""From the sheet of paper to the account, question by question, with and without script."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.extensions import db
from app.gateways.outbox import OutboxMessage
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import press

PHONE = "13805560000"


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district, in which one family has not claimed its account."""
    return demo


def sheet(live: Live) -> tuple[str, str, str]:
    """Return number, code and last six signs, as they stand in the demo's letter box."""
    with live.app.app_context():
        text = db.session.scalars(select(OutboxMessage).where(OutboxMessage.way == "print")).one().text
    found = re.search(r"(FP-\S+?)，领取码：(\S+?)。.*最后六位是 (\S+?)。", text)
    assert found
    return found[1], found[2], found[3]


def code_sent(live: Live) -> str:
    live.run_jobs()
    with live.app.app_context():
        to_phone = select(OutboxMessage).where(OutboxMessage.address == PHONE).order_by(OutboxMessage.id)
        texts = [one.text for one in db.session.scalars(to_phone)]
    return re.findall(r"验证码是 (\d{6})", "".join(texts))[-1]


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_household_claims_its_account_question_by_question(
    live: Live, visitor: Visitors, javascript: bool
) -> None:
    number, code, last_six = sheet(live)
    page = visitor(javascript=javascript)
    see = look if javascript else lambda page, name: None
    page.goto("/account/sign-in")
    page.get_by_role("link", name="第一次来？凭领取单领取账号").click()
    see(page, "claim/number")
    page.get_by_label("房票编号是多少？").fill(number.lower())
    press(page, "下一步")
    see(page, "claim/code")
    page.get_by_label("领取码是多少？").fill(code)
    press(page, "下一步")
    page.get_by_label("您身份证号码的最后六位是？").fill("000000")
    press(page, "下一步")
    expect(page.locator(".govuk-error-summary")).to_contain_text("对不上")
    see(page, "claim/wrong")
    page.get_by_label("您身份证号码的最后六位是？").fill(last_six.lower())
    press(page, "下一步")
    see(page, "claim/phone")
    page.get_by_label("您的手机号是多少？").fill(PHONE)
    press(page, "给我发验证码")
    see(page, "claim/sent")
    page.get_by_label("短信里的验证码是多少？").fill(code_sent(live))
    press(page, "下一步")
    see(page, "claim/password")
    press(page, "不设密码，以后用验证码登录")
    expect(page.locator(".govuk-notification-banner")).to_contain_text(f"您的用户名是 {number}")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的房票")
