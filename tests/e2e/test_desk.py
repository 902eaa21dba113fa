"""The verification desk by keyboard alone, with and without script."""

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from tests.e2e.browser import Live, Visitors, look, shoot
from tests.e2e.steps import expect_told, follow, sign_in

APPROVE = "核验无误，提交复核，看下一笔"


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def test_two_people_verify_with_the_keyboard_alone(live: Live, visitor: Visitors) -> None:
    officer, checker = visitor(javascript=False), visitor()
    sign_in(officer, Role.OFFICER)
    _verify_one_and_refuse_one(officer)
    sign_in(checker, Role.CHECKER)
    _look_at_the_sample(checker)
    checker.get_by_label("我看过抽中的每一笔").focus()
    checker.keyboard.press("Space")
    look(checker, "desk/check-batch-looked")
    _activate(checker, "整批通过，逐笔核销")
    expect_told(checker, "整批已通过")
    live.run_jobs()
    follow(checker, "刷新进度")
    expect(checker.get_by_role("main")).to_contain_text("办完")
    look(checker, "desk/check-batch-done")


def _verify_one_and_refuse_one(officer: Page) -> None:
    follow(officer, "到核验工作台逐笔办理")
    shoot(officer, "desk/verification-officer")
    _activate(officer, "从最早的一笔开始核验")
    shoot(officer, "desk/case")
    expect(officer.get_by_text("项全部一致")).to_be_visible()
    # Opening a case whose lines agree puts the focus on the button: reading, then Enter.
    expect(officer.get_by_role("button", name=APPROVE)).to_be_focused()
    officer.keyboard.press("Enter")
    expect_told(officer, "等待复核人复核")
    expect(officer.get_by_role("button", name=APPROVE)).to_be_focused()
    for key, words in {"v": APPROVE, "n": "先跳过，看下一笔"}.items():
        button = officer.get_by_role("button", name=words)
        expect(button).to_have_attribute("accesskey", key)
    officer.keyboard.press("Tab")
    refuse = officer.get_by_role("link", name="退回")
    expect(refuse).to_be_focused()
    expect(refuse).to_have_attribute("accesskey", "r")
    officer.keyboard.press("Enter")
    shoot(officer, "desk/refuse")
    officer.get_by_label("合同不完整，缺少签字、盖章或页数").focus()
    officer.keyboard.press("Space")
    _activate(officer, "确认退回")
    expect_told(officer, "已退回")


def _look_at_the_sample(checker: Page) -> None:
    follow(checker, "到核验工作台逐笔办理")
    look(checker, "desk/verification-checker")
    _activate(checker, "抽查没有例外的", exact=False)
    look(checker, "desk/check-batch")
    _activate(checker, "打开下一笔抽中的")
    look(checker, "desk/sample")
    while checker.get_by_role("button", name="与合同一致").count():
        _activate(checker, "与合同一致", exact=False)


def _activate(page: Page, button: str, *, exact: bool = True) -> None:
    """Press a button by the keyboard, and wait for the page it leads to."""
    page.get_by_role("button", name=button, exact=exact).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
