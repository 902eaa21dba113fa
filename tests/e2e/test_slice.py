"""The whole slice in the browser: one home listed, found, bought with vouchers, and flagged."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.core.actor import Role
from app.demo.accounts import DEMO_PASSWORD
from app.demo.households import HOLDER_OF_THE_DEMO
from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.prepared.buying import lock_a_home, pay_top_up
from tests.e2e.prepared.people import family_without_voucher, holder_id, open_second_district

PLACE = "柳岸新居"
HOME = f"{PLACE} 1幢1单元1101室"


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def test_a_home_is_listed_found_and_bought_with_two_vouchers(live: Live, visitor: Visitors):
    open_second_district(live.app, "城东区")
    family = family_without_voucher(live.app)
    developer, officer, checker, household = visitor(), visitor(), visitor(), visitor()
    steps.sign_in(developer, Role.DEVELOPER)
    steps.sign_in(officer, Role.OFFICER)
    steps.sign_in(checker, Role.CHECKER)
    _list_a_home(developer)
    live.run_jobs()
    _find_it(visitor())

    steps.submit_vouchers(officer, family.name)
    steps.approve_vouchers(checker, family.name)
    steps.sign_in_as(household, family.username, DEMO_PASSWORD)
    first, second = steps.purses(household)
    assert "¥300,000" in (first.available, second.available)
    _buy(household, first, second)

    number = holder_id(live.app, family.name)
    steps.enter_contract(developer, home=HOME, area="89.5", price="455,000", id_number=number)
    steps.verify(officer, home=HOME, button="核验无误，提交复核")
    steps.verify(checker, home=HOME, button="复核通过，核销房票")
    household.reload()
    expect(household.get_by_role("main")).to_contain_text("全部办完了")
    receipt = household.get_by_role("link", name="打印购房凭单").get_attribute("href")
    assert household.context.request.get(f"{live.url}{receipt}").body().startswith(b"%PDF")
    steps.go(household, "我的房票")
    steps.follow(household, first.ref)
    expect(steps.fact(household, "已经用掉")).to_have_text("¥200,000")
    look(household, "slice/spent")
    live.run_jobs()
    household.goto(f"/homes?q={PLACE}&status=sold")
    expect(household.locator(".anju-card").filter(has_text=HOME)).to_contain_text("您买下的")
    passer_by = visitor()
    passer_by.goto(f"/homes?q={PLACE}&status=sold")
    expect(passer_by.locator(".anju-card").filter(has_text=HOME)).to_contain_text("已售")


def _list_a_home(page: Page) -> None:
    """Type in development, building and home; a voucher price above cash is refused, and nothing is lost."""
    steps.enter_development(page, PLACE)
    steps.enter_home(page, voucher_price="46.5万")
    steps.expect_refused(page, "房票价", "请把房票价改为 ¥460,000 或更低")
    look(page, "slice/refused")
    for label, typed in {**steps.HOME, "房票价": "46.5万"}.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(typed)
    steps.fill(page, {"房票价": "455,000"})
    steps.press(page, "保存房源")
    steps.expect_told(page, "房源已保存")
    steps.follow(page, "上架")
    steps.press(page, "确认上架")
    steps.expect_told(page, "房源已上架")
    assert steps.prices(page) == {"备案价": "¥480,000", "现金价": "¥460,000", "房票价": "¥455,000"}


def _find_it(page: Page) -> None:
    """Find the home as a passer-by: by words, by figures, by ticks, in order; then compare its prices."""
    page.goto("/")
    steps.fill(page, {"找什么房": "柳岸"})
    steps.press(page, "找房")
    expect(_results(page)).to_have_text("找到 1 套房")
    expect(page.locator(".anju-card")).to_contain_text(HOME)

    page.goto("/homes")
    _unfold(page)
    for label, figure in {"最低价": "45.4万", "最高价": "45.6万", "最小": "89", "最大": "90"}.items():
        page.get_by_label(label, exact=True).fill(figure)
    steps.press(page, "按条件查找")
    expect(_results(page)).to_have_text("找到 1 套房")
    expect(page.locator(".anju-card")).to_contain_text(HOME)
    expect(page).to_have_url(re.compile("price_min=45.4"))

    page.goto("/homes")
    everything = _results(page).inner_text()
    for tick in ("菱湖区", "3 室", "期房", PLACE):
        _unfold(page)
        page.get_by_label(re.compile(f"^{tick}")).check()
        expect(page.locator(".anju-chips")).to_contain_text(tick)
    expect(_results(page)).to_have_text("找到 1 套房")
    assert everything != "找到 1 套房"
    look(page, "slice/found")

    page.goto("/homes?rooms=3")
    page.get_by_label("排序").select_option("实付价从低到高")
    page.get_by_role("main").get_by_role("button", name="排序").click()
    expect(page).to_have_url(re.compile("sort=price"))
    shown = [int(re.sub(r"\D", "", text)) for text in _voucher_prices(page).all_inner_texts()]
    assert len(shown) > 5
    assert shown == sorted(shown)

    page.goto("/homes?q=liuan")
    steps.follow(page, HOME)
    expect(page).to_have_title(re.compile(HOME))
    assert steps.prices(page) == {"备案价": "¥480,000", "现金价": "¥460,000", "房票价": "¥455,000"}
    expect(page.get_by_role("link", name="登录后用房票购买")).to_be_visible()


def _buy(page: Page, first: steps.Purse, second: steps.Purse) -> None:
    """Ask for a quote that takes part of the first voucher and the rest from the second, and lock."""
    page.goto(f"/homes?q={PLACE}")
    steps.follow(page, HOME)
    steps.ask_for_quote(page, first.ref, at_most="20万")
    quote = page.url
    for label, sum_of_money in {
        "房票使用": "¥379,166.67",
        "政府奖励": "¥75,833.33",
        "自付差价": "¥0",
    }.items():
        expect(steps.fact(page, label)).to_have_text(sum_of_money)
    expect(page.get_by_role("main")).to_contain_text(f"房票 {second.ref}")
    expect(page.get_by_role("main")).to_contain_text("¥179,166.67")
    look(page, "slice/quote")
    steps.lock(page)
    expect(page.get_by_role("main")).to_contain_text("现在轮到您和房企")
    look(page, "slice/locked")
    locked = page.url
    page.goto(quote)
    expect(page.get_by_role("main")).to_contain_text("这份报价已经锁定过房源")
    page.goto(locked)


def test_vouchers_buy_a_home_without_javascript(live: Live, visitor: Visitors):
    household, developer, officer, checker = (visitor(javascript=False) for _ in range(4))
    steps.sign_in(household, Role.HOUSEHOLD)
    first, _second = steps.purses(household)
    household.goto("/homes?price_max=480000&development=" + _development_ref(household, "菱湖雅苑"))
    card = household.locator(".anju-card").first
    home = card.get_by_role("link").inner_text()
    price = _voucher_prices(household).first.inner_text()
    card.get_by_role("link").click()
    area = steps.fact(household, "建筑面积").inner_text().removesuffix("㎡").strip()
    steps.ask_for_quote(household, first.ref, at_most="100000")
    steps.lock(household)
    steps.sign_in(developer, Role.DEVELOPER)
    number = holder_id(live.app, HOLDER_OF_THE_DEMO)
    steps.enter_contract(developer, home=home, area=area, price=price.removeprefix("¥"), id_number=number)
    pay_top_up(live.app, household.url.rsplit("/", 1)[-1])
    steps.sign_in(officer, Role.OFFICER)
    steps.verify(officer, home=home, button="核验无误，提交复核")
    steps.sign_in(checker, Role.CHECKER)
    steps.verify(checker, home=home, button="复核通过，核销房票")
    steps.go(household, "我的房票")
    steps.follow(household, first.ref)
    expect(steps.fact(household, "已经用掉")).to_have_text("¥100,000")


def test_a_cancelled_lock_gives_everything_back(live: Live, page: Page):
    lock_a_home(live.app)
    steps.sign_in(page, Role.HOUSEHOLD)
    before = steps.purses(page)
    steps.go(page, "我的购房")
    home = page.locator(".anju-card__title").inner_text()
    steps.follow(page, home)
    steps.follow(page, "不想买了，取消锁定")
    steps.press(page, "确认取消锁定")
    steps.expect_told(page, "锁定已经取消")
    steps.go(page, "我的房票")
    assert (before[0].available, steps.purses(page)[0].available) == ("¥330,000", "¥430,000")
    live.run_jobs()
    page.goto("/homes?q=" + home.replace(" ", "+"))
    expect(page.locator(".anju-card").filter(has_text=home)).to_contain_text("可选")


def test_a_lower_cash_price_takes_the_home_out_and_opens_a_signal(live: Live, visitor: Visitors):
    developer, regulator, passer_by = visitor(), visitor(), visitor()
    passer_by.goto("/homes?q=滨江壹品&sort=price")
    home = passer_by.locator(".anju-card__title").first.inner_text()
    passer_by.locator(".anju-card").first.get_by_role("link").click()
    address, before = passer_by.url, steps.prices(passer_by)
    lower = f"{int(re.sub(r'[¥,]', '', before['房票价'])) - 10_000:,}"

    steps.sign_in(developer, Role.DEVELOPER)
    developer.goto(address.replace("/homes/", "/developer/homes/"))
    steps.change_price(developer, kind="现金价", amount=lower, reason="月末特价")
    steps.expect_told(developer, "这套房已退出房源库")
    expect(developer.get_by_role("main")).to_contain_text(f"请把房票价改为 ¥{lower} 或更低")
    look(developer, "slice/fell-out")
    live.run_jobs()
    passer_by.goto("/homes?q=滨江壹品&sort=price")
    expect(passer_by.locator(".anju-card").filter(has_text=home)).to_have_count(0)
    passer_by.goto(address)
    expect(passer_by.get_by_role("main")).to_contain_text("房票价高于现金价")

    steps.sign_in(regulator, Role.REGULATOR)
    regulator.locator(".anju-card").filter(has_text=home).get_by_role("link").click()
    shown = regulator.locator(".anju-prices").first
    expect(shown).to_contain_text(before["房票价"])
    expect(shown).to_contain_text(f"¥{lower}")
    expect(shown.locator("time")).to_have_text([re.compile("2016年5月16日"), re.compile("2016年5月25日")])
    steps.follow(regulator, "排除线索")
    steps.press(regulator, "确认排除")
    steps.expect_refused(regulator, "排除的理由", "请输入排除的理由")
    steps.fill(regulator, {"排除的理由": "房企当日改正，没有住户受影响。"})
    steps.press(regulator, "确认排除")
    steps.expect_told(regulator, "线索已排除")
    expect(regulator.get_by_role("main")).to_contain_text("房企当日改正，没有住户受影响。")
    look(regulator, "slice/dismissed")
    developer.goto("/developer/signals/")
    expect(developer.locator(".anju-card").filter(has_text=home)).to_contain_text("已排除")


def test_a_home_is_locked_by_keyboard_alone(live: Live, page: Page):
    page.goto("/account/sign-in")
    _type_into(page, page.get_by_label("用户名"), "household")
    _type_into(page, page.get_by_label("密码", exact=True), DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的房票")
    page.goto("/homes?price_max=450000")
    _press_link(page, page.locator(".anju-card").first.get_by_role("link"))
    _press_link(page, page.get_by_role("link", name="只用一部分房票，或请亲属帮着付"))
    _tab_to(page, page.get_by_role("checkbox").last)
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox").last).not_to_be_checked()
    _tab_to(page, page.locator("summary").filter(has_text="每张房票只想用一部分"))
    page.keyboard.press("Enter")
    _type_into(page, page.get_by_label("最多用多少").first, "150000")
    _tab_to(page, page.get_by_role("button", name="算一算，看报价"))
    page.keyboard.press("Enter")
    expect(steps.fact(page, "房票使用")).to_have_text("¥150,000")
    _tab_to(page, page.get_by_role("button", name="确认锁定这套房"))
    page.keyboard.press("Enter")
    steps.expect_told(page, "房源已经为您锁定")


@pytest.mark.parametrize("width", ["desk"], indirect=True)  # a sales desk's work
def test_a_contract_is_entered_by_keyboard_alone(live: Live, page: Page):
    lock_a_home(live.app)
    number = holder_id(live.app, HOLDER_OF_THE_DEMO)
    steps.sign_in(page, Role.DEVELOPER)
    steps.go(page, "房票购房")
    waiting = page.locator(".anju-card").filter(has_text=HOLDER_OF_THE_DEMO).filter(has_text="等合同")
    _press_link(page, waiting.first.get_by_role("link"))
    _press_link(page, page.get_by_role("link", name="填写合同"))
    _tab_to(page, page.get_by_role("button", name="和报价核对"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # The summary has the focus, names every box left empty in the page's order, and leads to the first.
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^错误"))
    expect(summary.get_by_role("link")).to_have_text(
        ["请输入网签合同编号", "请输入签订日期", "请输入合同上的建筑面积", "请输入合同总价"]
    )
    look(page, "slice/contract-errors")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("网签合同编号")).to_be_focused()
    page.keyboard.type("菱房合 20168888")
    area, price = (steps.fact(page, name).inner_text() for name in ("建筑面积", "房票价（合同总价）"))
    typed = {
        "签订日期": "2016-05-25",
        "合同上的建筑面积": area.split()[0],
        "合同总价": price.removeprefix("¥"),
        "合同约定的交房日期": "2018-12-31",
    }
    _type_on(page, typed, number)
    _tab_to(page, page.get_by_role("button", name="和报价核对"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("项全部一致")
    look(page, "slice/contract-checked")
    _tab_to(page, page.get_by_role("button", name="录入合同"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    steps.expect_told(page, "合同已录入")


def test_a_price_is_changed_by_keyboard_alone(live: Live, page: Page):
    steps.sign_in(page, Role.DEVELOPER)
    page.goto("/homes?q=滨江壹品")
    page.goto(
        page.locator(".anju-card a").first.get_attribute("href").replace("/homes/", "/developer/homes/")
    )
    _press_link(page, page.get_by_role("link", name="修改价格"))
    _tab_to(page, page.get_by_label("房票价", exact=True))
    page.keyboard.press("Space")
    _type_into(page, page.get_by_label("新的价格"), "300000")
    _type_into(page, page.get_by_label("调价原因"), "让利给持房票的住户")
    _tab_to(page, page.get_by_role("button", name="保存新价格"))
    page.keyboard.press("Enter")
    steps.expect_told(page, "房票价已改为 ¥300,000")


def _type_on(page: Page, typed: dict[str, str], number: str) -> None:
    """Type the rest of a contract from box to box by Tab, so that their order is the paper's."""
    buyer = page.get_by_role("group", name="买受人 1")
    for label, text in typed.items():
        page.keyboard.press("Tab")
        expect(page.get_by_label(label)).to_be_focused()
        page.keyboard.type(text)
    for label in ("姓名", "是房票持有人的什么人", "身份证号码", "亲属关系证明", "是什么证明"):
        page.keyboard.press("Tab")
        expect(buyer.get_by_label(label)).to_be_focused()
        if label == "身份证号码":
            page.keyboard.type(number)
    page.keyboard.press("Tab")
    expect(page.locator("summary").filter(has_text="合同上还有别的买受人")).to_be_focused()
    page.keyboard.press("Tab")
    scan = page.get_by_label("合同扫描件")
    expect(scan).to_be_focused()
    # The system's own window opens by Enter; a busy browser without a screen does not always tell of it.
    scan.set_input_files(
        {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": steps.paper("Contract")}
    )


def _results(page: Page) -> Locator:
    return page.locator(".anju-results__count")


def _voucher_prices(page: Page) -> Locator:
    return page.locator(".anju-card .anju-prices__item--voucher .anju-prices__amount")


def _unfold(page: Page) -> None:
    """Open the filters, where they are folded."""
    fold = page.locator(".anju-filters__fold")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()


def _development_ref(page: Page, name: str) -> str:
    page.goto(f"/homes?q={name}")
    page.locator(".anju-card").first.get_by_role("link").click()
    steps.follow(page, "看楼盘")
    return page.url.rpartition("/")[2]


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted element has the focus, which must show."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    seen = wanted.evaluate(
        """element => {
            const style = getComputedStyle(element)
            const label = element.labels && element.labels[0]
            const before = label ? getComputedStyle(label, '::before').boxShadow : 'none'
            return style.outlineStyle !== 'none' || style.boxShadow !== 'none' || before !== 'none'
        }"""
    )
    assert seen, f"nothing shows that the focus is on {wanted}"


def _type_into(page: Page, box: Locator, text: str) -> None:
    _tab_to(page, box)
    page.keyboard.type(text)


def _press_link(page: Page, link: Locator) -> None:
    _tab_to(page, link)
    page.keyboard.press("Enter")
    page.wait_for_load_state()
