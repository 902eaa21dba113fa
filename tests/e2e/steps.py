"""What people do in the browser, told in their words; each leaves the page where the step ends."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from app.core.actor import Role
from app.demo.papers import paper
from tests.e2e.browser import reflows
from tests.e2e.demo import ACCOUNTS


def sign_in_as(page: Page, username: str, password: str) -> None:
    """Sign in; the page is that person's desk."""
    page.goto("/account/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()


def sign_in(page: Page, role: Role) -> None:
    """Sign in as the demo's person in that role."""
    sign_in_as(page, ACCOUNTS[role].username, ACCOUNTS[role].password)


def go(page: Page, words: str) -> None:
    """Follow a link of the menu, unfolding it first where it is folded; return once the page is whole."""
    page.wait_for_load_state()
    menu = page.get_by_role("navigation", name="主菜单")
    if menu.get_by_role("button", name="菜单").is_visible():
        menu.get_by_role("button", name="菜单").click()
    menu.get_by_role("link", name=words, exact=True).click()
    page.wait_for_load_state()


def press(page: Page, button: str) -> None:
    """Press a button; return once the page that this may lead to is whole."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def follow(page: Page, link: str) -> None:
    """Follow the first link with these words in the page itself; return once what it leads to is whole."""
    page.get_by_role("main").get_by_role("link", name=link).first.click()
    page.wait_for_load_state()


def fill(page: Page, texts: dict[str, str]) -> None:
    """Fill boxes by their labels."""
    for label, text in texts.items():
        page.get_by_label(label, exact=True).fill(text)


def expect_told(page: Page, words: str) -> None:
    """Expect the notice after a step that went well."""
    expect(page.locator(".govuk-notification-banner")).to_contain_text(words)


def expect_refused(page: Page, label: str, words: str) -> None:
    """Expect the refusal above the form, and at the field that it is about."""
    expect(page).to_have_title(re.compile("^错误："))
    expect(page.locator(".govuk-error-summary")).to_contain_text(words)
    field = page.get_by_label(label, exact=True)
    expect(field).to_have_accessible_description(re.compile(re.escape(words)))


def fact(page: Page, label: str) -> Locator:
    """Return the value that stands beside a label, in a list of facts or a table of sums."""
    key = re.compile(f"^\\s*{re.escape(label)}\\s*$")
    row = page.locator(".govuk-summary-list__row, .govuk-table__row").filter(
        has=page.locator("dt, th[scope=row]").filter(has_text=key)
    )
    return row.locator("dd, td").first


def prices(page: Page) -> dict[str, str]:
    """Return the three prices that stand side by side at the top of the page."""
    shown = page.locator(".anju-prices").first.locator(".anju-prices__item")
    return {
        one.locator("dt").inner_text().strip(): one.locator("dd").first.inner_text().strip()
        for one in shown.all()
    }


# --- the developer ---------------------------------------------------------------------------------------


def enter_development(page: Page, name: str) -> None:
    """Type in a development in the demo's district with one building of 18 storeys."""
    go(page, "楼盘和房源")
    follow(page, "添加楼盘")
    fill(page, {"楼盘名称": name, "地址": "柳岸路 6 号", "售楼电话": "0556-5550606"})
    page.get_by_label("所在城区").select_option("菱湖区")
    page.get_by_label("期房", exact=True).check()
    fill(page, {"预售许可证编号": "菱房预售证第 2016006 号", "交房日期": "2017-06-30"})
    press(page, "保存楼盘")
    expect_told(page, f"楼盘“{name}”已保存")
    follow(page, "添加楼栋")
    fill(page, {"楼栋名称": "1幢", "地上共几层": "18", "共几个单元": "2"})
    page.get_by_label("有电梯", exact=True).check()
    press(page, "保存楼栋")
    expect_told(page, "楼栋“1幢”已保存")


HOME = {
    "单元": "1",
    "楼层": "11",
    "室号": "1101",
    "几室": "3",
    "建筑面积": "89.50",
    "备案价": "48万",
    "备案编号": "菱价备 2016-606",
    "现金价": "460,000",
}
"""A home as somebody types it in, but for its voucher price."""


def enter_home(page: Page, *, voucher_price: str) -> None:
    """Type in a home of the development on the page, and send it."""
    follow(page, "填报房源")
    fill(page, {**HOME, "房票价": voucher_price})
    press(page, "保存房源")


def enter_contract(page: Page, *, home: str, area: str, price: str, id_number: str) -> None:
    """Enter the contract of a locked home, signed by its holder on the day the demo's story ends."""
    go(page, "房票购房")
    follow(page, home)
    follow(page, "填写合同")
    fill(page, {"网签合同编号": "菱房合 20169999", "签订日期": "2016-05-25"})
    fill(page, {"合同上的建筑面积": area, "合同总价": price})
    expect(page.get_by_role("group", name="买受人 1").get_by_label("姓名")).not_to_have_value("")
    page.get_by_role("group", name="买受人 1").get_by_label("身份证号码").fill(id_number)
    page.get_by_label("合同扫描件").set_input_files(
        {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": paper("Contract")}
    )
    press(page, "和报价核对")
    expect(page.locator("#result")).to_contain_text("项全部一致")
    reflows(page)
    press(page, "录入合同")
    expect_told(page, "合同已录入")


def change_price(page: Page, *, kind: str, amount: str, reason: str) -> None:
    """Change a price of the home on the page."""
    follow(page, "修改价格")
    page.get_by_label(kind, exact=True).check()
    fill(page, {"新的价格": amount, "调价原因": reason})
    press(page, "保存新价格")


# --- the authority ---------------------------------------------------------------------------------------


def find_household(page: Page, name: str) -> None:
    """Open the page of a household by its name."""
    go(page, "被征收户")
    fill(page, {"姓名、原住址、户编号或协议编号": name})
    press(page, "查找")
    expect(page.get_by_role("status")).to_contain_text("共 1 户")
    follow(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def submit_vouchers(page: Page, household: str) -> None:
    """Submit a voucher over every agreement of the household that has none."""
    find_household(page, household)
    while page.get_by_role("link", name="发放房票").count():
        follow(page, "发放房票")
        press(page, "提交复核")
        expect(page.locator(".govuk-notification-banner")).to_be_visible()
        find_household(page, household)


def approve_vouchers(page: Page, household: str) -> None:
    """Approve every voucher of the household that waits."""
    find_household(page, household)
    waiting = page.get_by_role("heading").filter(has_text="等待复核")
    while waiting.count():
        waiting.first.get_by_role("link").click()
        follow(page, "复核通过")
        page.get_by_label("我已把票面金额和纸质补偿协议逐项核对").check()
        press(page, "通过，发放房票")
        expect(page.locator(".govuk-notification-banner")).to_be_visible()
        find_household(page, household)


def verify(page: Page, *, home: str, button: str) -> None:
    """Verify the contract of a home; officer and checker differ in the button."""
    go(page, "购房核验")
    follow(page, home)
    follow(page, "核验")
    press(page, button)
    expect(page.locator(".govuk-notification-banner")).to_be_visible()


# --- the household ---------------------------------------------------------------------------------------


AVAILABLE = (
    "xpath=following::*[(self::dt or self::th) and normalize-space()='可用余额'][1]/following-sibling::*[1]"
)
"""Where a voucher's heading leads to what is left on it."""


@dataclass(frozen=True)
class Purse:
    """A voucher as its owner sees it."""

    ref: str
    available: str


def purses(page: Page) -> list[Purse]:
    """Return the vouchers of the wallet on the page."""
    found = []
    for heading in page.get_by_role("heading", level=2).filter(has_text="房票 FP-").all():
        available = heading.locator(AVAILABLE).inner_text()
        found.append(Purse(heading.get_by_role("link").inner_text().removeprefix("房票 "), available.strip()))
    return found


def ask_for_quote(page: Page, first_ref: str, *, at_most: str) -> None:
    """Ask what the home on the page costs with all vouchers, but only a part of the first."""
    follow(page, "只用一部分房票，或请亲属帮着付")
    page.get_by_text("每张房票只想用一部分？").click()
    page.get_by_label(f"房票 {first_ref} 最多用多少（可以不填）").fill(at_most)
    press(page, "算一算，看报价")
    expect(page.get_by_role("heading", level=1)).to_have_text("请看清报价，再确认锁定")


def lock(page: Page) -> None:
    """Lock the home of the quote on the page."""
    press(page, "确认锁定这套房")
    expect_told(page, "房源已经为您锁定")
