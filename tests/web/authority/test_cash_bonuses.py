"""A bonus in cash goes from the household's account to the bank and back again, page by page."""

import io
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from tests.factories import stops
from tests.factories.cash import CASH
from tests.factories.inheritances import note_death
from tests.factories.policies import with_bonus
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def tells_the_cash_apart(quote: str) -> None:
    """Expect a quote to promise the cash, and no line of it to say that there is no bonus."""
    assert "另外发给您现金奖励 ¥80,000" in quote
    assert all(words not in quote for words in ("没有奖励", "奖励 ¥0"))


def reads_of_the_buyer(told: str) -> None:
    """Expect an officer to read of the buyer's bonus, not of a bonus of the officer's."""
    assert "另外发给购房人现金奖励 ¥80,000" in told
    assert "发给您" not in told


def is_told_to_come_back_first(app: Flask, shop: Shop, bought: Redemption, checker: LintingClient) -> None:
    """Ask for a lower price while the bonus is paid: the page says what comes back first."""
    with saved(app) as session:
        known = {"actor": shop.desk.officer, "redemption_ref": bought.ref}
        wish = Wish(Kind.PRICE, "更正", price_fen=39_000_000)
        change = f"/authority/changes/{changes.ask(session, wish=wish, **known).ref}"
    for page in (change, f"{change}/approve"):
        told = text_of(checker.get(page))
        assert "现金奖励 ¥80,000 已经付出，被征收人先全部退回" in told
        assert "批准以后应付 ¥78,000" in told


def is_owed_still(told: str) -> bool:
    """Tell whether a household reads how it gets its bonus, and not that all is done."""
    return "请带身份证和银行卡到窗口登记本人账户" in told and "全部办完了" not in told


def test_a_bonus_in_cash_is_paid_and_comes_back(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CASH))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        quote_ref = bought.quote.ref
        redeem(session, shop, bought)
        page = f"/authority/cash-bonuses/{session.scalars(select(CashBonus.ref)).one()}"
        own, household = f"/household/redemptions/{bought.ref}", enter(buyer.actor)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    tells_the_cash_apart(text_of(household.get(f"/household/quotes/{quote_ref}")))
    reads_of_the_buyer(text_of(officer.get(own.replace("/household/", "/authority/"))))
    wallet = text_of(household.get("/household/"))
    assert "今天加上奖励最多可付" not in wallet, "it is no part of the price"
    assert "只用房票，能买 ¥200,000 以内的房" in wallet
    assert is_owed_still(text_of(household.get(own)))
    assert page in links(officer.get("/authority/cash-bonuses/")).values()
    assert "等待办理的现金奖励（1 件）" in text_of(officer.get("/authority/"))
    account = {
        "payee": "王秀英",
        "bank": "工商银行枞阳支行",
        "account": "6222021302001234567",
        "checked": "yes",
    }
    assert send(officer, f"{page}/prepare", {**account, "payee": "别人"}).status_code == 422
    assert send(officer, f"{page}/prepare", account).status_code == 303
    desk = text_of(checker.get("/authority/"))
    assert "等待办理的现金奖励（1 件）" in desk
    assert "没有等您办理的事" not in desk
    assert "6222 0213 0200 1234 567" in text_of(checker.get(f"{page}/approve"))
    assert send(checker, f"{page}/approve", {"checked": "yes"}).status_code == 303
    assert "已通过，等银行付款。" in text_of(checker.get(page))
    paid = {"bank_reference": "网银-1", "paid_on": "2016-06-01"}
    assert send(officer, f"{page}/pay", paid).status_code == 303
    assert "¥80,000：已付，工商银行枞阳支行，尾号 4567，2016年6月1日" in text_of(household.get(own))
    assert "网银-1" in text_of(officer.get(page))
    assert "已付 ¥80,000" in text_of(officer.get(f"{page}/return"))
    is_told_to_come_back_first(committed_app, shop, bought, checker)
    back = {"reference": "退-1", "returned_on": "2016-06-01", "reason": "账户已销户"}
    assert send(officer, f"{page}/return", back).status_code == 303
    shown = officer.get(page)
    told = text_of(shown)
    assert "账户已销户" in told
    assert all(number in told for number in ("网银-1", "退-1")), "both numbers of the bank are kept in sight"
    assert "上次付的退了回来（账户已销户），钱还是您的。请带身份证和银行卡" in text_of(household.get(own))
    assert f"{page}/prepare" in links(shown).values()


def test_each_of_several_names_its_voucher(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CASH))
        buyer = make_buyer(session, shop.desk, faces=(30_000_000, 20_000_000))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        redeem(session, shop, bought)
    told = text_of(enter(buyer.actor).get(f"/household/redemptions/{bought.ref}"))
    for voucher, fen in zip(buyer.vouchers, ("¥60,000", "¥20,000"), strict=True):
        assert f"房票 {voucher.ref} 的 {fen}：等登记收款账户" in told


def test_a_household_reads_that_a_stop_holds_its_bonus(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CASH))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        redeem(session, shop, bought)
        own, household = f"/household/redemptions/{bought.ref}", enter(buyer.actor)
    with saved(committed_app) as session:
        stop = stops.suspend(session, shop.desk, buyer.vouchers[0].ref)
    assert "房票正在止付，止付结束以后才付" in text_of(household.get(own))
    with saved(committed_app) as session:
        stops.approve(session, shop.desk, stop)
        stops.lift(session, shop.desk, stop)
    assert "房票正在止付" not in text_of(household.get(own))


DECIDED = """bonus:
  base: spent
  paid: cash
  fixed_by: paid
  delay: counts
  tiers:
    - {from_day: 2016-01-01, to_day: 2016-06-01, rate: 5%}
    - {from_day: 2016-06-02, to_day: 2017-12-31, rate: 3%}
"""


def test_a_bonus_that_a_later_day_decides_is_told_as_at_most(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=with_bonus(DECIDED)))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        quote_ref, voucher_ref = bought.quote.ref, buyer.vouchers[0].ref
        redeem(session, shop, bought)
        page = f"/authority/cash-bonuses/{session.scalars(select(CashBonus.ref)).one()}"
        own, household = f"/household/redemptions/{bought.ref}", enter(buyer.actor)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    quote = text_of(household.get(f"/household/quotes/{quote_ref}"))
    assert "另外发给您现金奖励最多 ¥20,000" in quote
    assert "以批准付款那天为准，办得晚可能少，也可能没有" in quote
    assert "从2016年6月2日（星期四）起批准付款的，这笔现金是 ¥12,000" in quote
    assert "购房后另发的现金以批准付款的那一天为准" in text_of(
        household.get(f"/household/vouchers/{voucher_ref}")
    )
    assert "¥20,000：等登记收款账户。以批准付款那天为准，这里先按今天算，最多 ¥20,000" in text_of(
        household.get(own)
    )
    assert "以批准付款那天为准，这里先按今天算，最多 ¥20,000" in text_of(officer.get(page))
    with saved(committed_app) as session:
        known = {"actor": shop.desk.officer, "redemption_ref": bought.ref}
        wish = Wish(Kind.PRICE, "更正", price_fen=39_000_000)
        change = f"/authority/changes/{changes.ask(session, wish=wish, **known).ref}"
    assert "现金奖励" in text_of(checker.get(change))


def test_what_a_dead_holder_is_owed_is_paid_to_one_whom_the_heirs_sent(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CASH))
        buyer = make_buyer(session, shop.desk, faces=(40_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        redeem(session, shop, bought)
        stop = f"/authority/stops/{note_death(session, shop.desk, buyer.vouchers[0]).ref}"
        page = f"/authority/cash-bonuses/{session.scalars(select(CashBonus.ref)).one()}"
        own, household = f"/household/redemptions/{bought.ref}", enter(buyer.actor)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    assert "一起推举一个人代领" in text_of(household.get(own))
    assert page in links(officer.get(stop)).values(), "the stop leads to what is still owed"
    shown = officer.get(page)
    assert f"{page}/prepare-heir" in links(shown).values()
    assert "房票用完了、没有可以继承的，也这样办" in text_of(shown)
    asked = text_of(officer.get(f"{page}/prepare-heir"))
    assert "全体签字的推举书，写明由谁代领" in asked
    typed = {
        "died_on": "2016-06-01",
        "payee": "李红",
        "bank": "工商银行枞阳支行",
        "account": "6222021302001234567",
        "evidence": "死亡证明；公证书（2016）枞证字第5号",
        "checked": "yes",
    }
    refused = send(officer, f"{page}/prepare-heir", typed)
    assert refused.status_code == 422
    assert "请上传材料的扫描件：死亡证明" in text_of(refused)
    scan = {"paper_1": (io.BytesIO(b"%PDF-1.7\n% heirs\n%%EOF\n"), "推举书.pdf")}
    assert send(officer, f"{page}/prepare-heir", {**typed, **scan}).status_code == 303
    compared = checker.get(f"{page}/approve")
    assert "死亡证明；公证书（2016）枞证字第5号" in text_of(compared)
    (paper,) = [href for href in links(compared).values() if "/papers/" in href]
    assert checker.get(paper).status_code == 200
    assert household.get(paper).status_code == 403
    assert send(checker, f"{page}/approve", {"checked": "yes"}).status_code == 303
    assert "等银行付款" in text_of(household.get(own))
