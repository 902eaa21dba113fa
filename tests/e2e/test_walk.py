"""From the paper voucher to a locked home, in taps: at home on a telephone, and by a clerk at the counter."""

import re

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.e2e.browser import WIDTHS, Live, Visitors
from tests.e2e.demo import ACCOUNTS, code_to
from tests.e2e.prepared.vouchers import Unclaimed, print_unclaimed
from tests.e2e.walk import Walk

PHONE = "13805560000"
MOST_AT_HOME = 14
MOST_AT_THE_COUNTER = 16
"""With signing in, and with ending the visit."""


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district, in which one family has not claimed its account."""
    return demo


@pytest.fixture
def family(live: Live) -> Unclaimed:
    """That family, with its voucher on paper and its claim sheet."""
    return print_unclaimed(live.app)


class TestAtHome:
    """Scanning is looking through the camera: no tap."""

    @pytest.fixture
    def width(self) -> int:
        """A telephone."""
        return WIDTHS["phone"]

    def test_from_the_paper_to_a_locked_home(self, live: Live, family: Unclaimed, visitor: Visitors) -> None:
        page = visitor()
        walk = Walk(page, "household")
        page.goto(f"/check/{family.mark}")
        walk.arrive("扫纸质房票上的二维码")
        walk.follow("第一次来，凭领取单领取账号")
        walk.arrive("领取码")
        walk.type("领取码是多少？", family.code)
        walk.press("下一步")
        walk.arrive("身份证号码")
        walk.type("您身份证号码的最后六位是？", family.last_six)
        walk.press("下一步")
        walk.arrive("手机号")
        walk.type("您的手机号是多少？", PHONE)
        walk.press("给我发验证码")
        walk.arrive("验证码")
        walk.type("短信里的验证码是多少？", code_to(live, PHONE))
        walk.press("下一步")
        expect(page.get_by_role("heading", level=1)).to_have_text("我的房票")
        walk.arrive("我的房票")
        _lock(walk)
        walk.write_down()
        assert len(walk.taps) <= MOST_AT_HOME, walk.taps


class TestAtTheCounter:
    """The clerk has the household's name, and its ID card on the table."""

    @pytest.fixture
    def width(self) -> int:
        """A desk."""
        return WIDTHS["desk"]

    def test_the_clerk_locks_a_home_for_it(self, family: Unclaimed, visitor: Visitors) -> None:
        page = visitor()
        walk = Walk(page, "clerk")
        page.goto("/account/sign-in")
        walk.type("用户名", ACCOUNTS[Role.OFFICER].username)
        walk.type("密码", ACCOUNTS[Role.OFFICER].password)
        walk.press("登录")
        walk.arrive("工作台")
        walk.tap(page.get_by_role("navigation", name="主菜单").get_by_role("link", name="被征收户"))
        walk.arrive("被征收户")
        walk.type("姓名、原住址、户编号或协议编号", family.name)
        walk.press("查找")
        walk.follow(family.name)
        walk.arrive("这一户")
        walk.follow("本人在窗口，为这一户代办")
        walk.arrive("代办")
        walk.tap(page.locator("label").filter(has_text="本人在窗口，我已核对身份证原件和本人一致"))
        walk.type("身份证号码的最后六位", family.last_six)
        walk.press("开始代办")
        walk.arrive("这一户的房票")
        _lock(walk)
        walk.tap(page.get_by_role("button", name="结束代办"))
        expect(page.get_by_role("main")).to_contain_text("锁定房源")
        walk.arrive("代办记录")
        walk.write_down()
        assert len(walk.taps) <= MOST_AT_THE_COUNTER, walk.taps


def _lock(walk: Walk) -> None:
    """Go on from the wallet to a locked home that the voucher pays for."""
    page = walk.page
    walk.follow("看能买的房源")
    walk.arrive("找房源")
    walk.tap(page.locator(".anju-card__title a").first)
    walk.arrive("一套房")
    walk.press("用我的房票购买，看报价")
    expect(page.get_by_role("heading", level=1)).to_have_text("请看清报价，再确认锁定")
    walk.arrive("报价")
    walk.press("确认锁定这套房")
    expect(page.get_by_role("main")).to_contain_text("房源已经为您锁定")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"最晚到 2016年\d+月\d+日（星期.）24:00"))
    walk.arrive("锁定好的房")
