"""A leftover is paid, comes back from the bank, and is owed again: page by page."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import Kind as Ending
from tests.factories.endings import ACCOUNT, LEAVING, PAYING, approve, ask, pay
from tests.factories.redemptions import PRICE_FEN, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAN = 1_000_000


def test_a_payout_that_came_back_is_noted_and_owed_again(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
        home = make_home(session, shop, voucher_fen=42 * WAN)
        redeem(session, shop, make_redemption(session, buyer, home))
        page = f"/authority/endings/{approve(session, shop.desk, ask(session, buyer)).ref}"
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    paid = {"bank_reference": "网银-1", "paid_on": "2016-06-01"}
    assert send(officer, f"{page}/pay", paid).status_code == 303
    assert f"{page}/return" in links(officer.get(page)).values()
    assert f"{page}/return" not in links(checker.get(page)).values()
    unsaid = send(
        officer, f"{page}/return", {"reference": "退-1", "returned_on": "2016-06-01", "reason": " "}
    )
    assert unsaid.status_code == 422
    early = {"reference": "退-1", "returned_on": "2016-05-31", "reason": "账户已销户"}
    assert send(officer, f"{page}/return", {**early, "reason": " "}).status_code == 422
    refused = send(officer, f"{page}/return", early)
    assert refused.status_code == 422
    assert "账户已销户" in text_of(refused), "what was typed is kept"
    assert send(officer, f"{page}/return", {**early, "returned_on": "2016-06-01"}).status_code == 303
    shown = officer.get(page)
    assert "退-1" in text_of(shown)
    assert "账户已销户" in text_of(shown)
    assert f"{page}/prepare" in links(shown).values()
    assert f"{page}/pay" not in links(shown).values()


def test_of_a_voucher_that_is_over_only_what_may_still_matter_is_noted(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=LEAVING))
        given_up = make_buyer(session, shop.desk, faces=(100 * WAN,))
        asked = ask(session, given_up, kind=Ending.GIVE_UP)
        bought = make_buyer(session, shop.desk, faces=(100 * WAN,))
        home = make_home(session, shop, voucher_fen=42 * WAN)
        redeem(session, shop, make_redemption(session, bought, home))
        approve(session, shop.desk, ask(session, bought, kind=Ending.GIVE_UP))
    officer = enter(shop.desk.officer)
    first, second = (f"/authority/vouchers/{one.vouchers[0].ref}" for one in (given_up, bought))
    assert {"挂失", "暂停", "法院冻结", "持有人去世"} <= set(links(officer.get(first)))
    assert "已发放 余额办理中" in text_of(officer.get(first))
    with saved(committed_app) as session:
        approve(session, shop.desk, session.get_one(VoucherEnding, asked.id))
    household = f"/authority/households/{given_up.household.ref}"
    for page in (first, second, "/authority/vouchers/", household):
        shown = text_of(officer.get(page)).rpartition("按条件查找")[-1]
        assert "已办结" in shown
        assert "已发放" not in shown
    assert "办理止付" not in text_of(officer.get(first)), "nothing of it is to come"
    offered = set(links(officer.get(second)))
    assert {"法院冻结", "持有人去世"} <= offered, "its home may still give money back"
    assert not {"挂失", "暂停"} & offered


def test_only_giving_up_has_a_form(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
        home = make_home(session, shop, voucher_fen=42 * WAN)
        redeem(session, shop, make_redemption(session, buyer, home))
        ref = ask(session, buyer).ref
    for reader, side in ((enter(shop.desk.officer), "authority"), (enter(buyer.actor), "household")):
        page = f"/{side}/endings/{ref}"
        assert "打印申请表（PDF）" not in links(reader.get(page))
        assert reader.get(f"{page}/form.pdf").status_code == 404


def test_money_that_comes_back_to_a_voucher_that_is_over_is_not_called_lapsed(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
        bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
        wish = Wish(Kind.PRICE, "更正", price_fen=PRICE_FEN - WAN)
        change = changes.ask(session, actor=shop.desk.officer, redemption_ref=bought.ref, wish=wish)
        changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
        assert lapses.lapse_due(session) == 1
    ours, officer = enter(buyer.actor), enter(shop.desk.officer)
    wallet = ours.get("/household/")
    assert "等征收办决定的余额 ¥9,600" in text_of(wallet)
    told = text_of(ours.get(links(wallet)["购房款退回：等待征收办决定"]))
    assert "退回的钱不能再用来买房" in told
    assert "退回时间" in told
    (case,) = {to for to in links(officer.get("/authority/endings/")).values() if "/endings/DF-" in to}
    for page in (told, text_of(officer.get(case)), text_of(officer.get(f"{case}/decide"))):
        assert "逾期" not in page.replace("余额兑付和逾期", "")


def test_what_others_undid_after_a_payout_is_told_the_same_on_every_page(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
        home = make_home(session, shop, voucher_fen=42 * WAN)
        bought = redeem(session, shop, make_redemption(session, buyer, home))
        pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
        wish = Wish(Kind.REJECT, "核销有误")
        change = changes.ask(session, actor=shop.desk.officer, redemption_ref=bought.ref, wish=wish)
        purchase, voucher = bought.ref, buyer.vouchers[0].ref
        ours, officer, checker = (enter(one) for one in (buyer.actor, shop.desk.officer, shop.desk.checker))
        session.commit()
        for reader, side in (
            (ours, "household"),
            (officer, "authority"),
            (enter(shop.developer), "developer"),
        ):
            shown = text_of(reader.get(f"/{side}/redemptions/{purchase}"))
            assert "签约以后又提出撤销核销，等征收办复核。" in shown
            assert "全部办完了" not in shown
        asked = text_of(checker.get(f"/authority/changes/{change.ref}"))
        assert "再次锁定" not in asked, "this voucher buys nothing any more"
        changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
        assert lapses.lapse_due(session) == 1
    assert "等征收办决定的余额" in text_of(ours.get(f"/household/vouchers/{voucher}"))
    wallet = ours.get("/household/")
    assert "请带身份证和银行卡到征收办窗口" in text_of(wallet)
    whole = "两笔合在一起，按规则付 ¥"
    told = text_of(ours.get(links(wallet)["购房款退回：等待征收办决定"]))
    assert told.index("购房款退回 ¥") < told.index("其中 ¥") < told.index("收回过奖励") < told.index(whole)
    news = text_of(ours.get("/account/notices/"))
    assert "按上次办余额的规则，付" in news
    assert "写明理由可以多付" in news
    assert "政策没有写明" not in news
    (case,) = {to for to in links(officer.get("/authority/endings/")).values() if "/endings/DF-" in to}
    form = officer.get(f"{case}/decide")
    assert 'value="cash" checked' in " ".join(form.text.split()), "there is nothing else to choose"
    payee = {"payee": buyer.household.holder_name, "bank": "农行", "account": ACCOUNT}
    assert (
        send(
            officer, f"{case}/decide", {**payee, "effect": "cash", "reason": "照付", "paid": "350000"}
        ).status_code
        == 303
    )
    for page in (case, f"{case}/approve"):
        assert "比规则多付 ¥" in text_of(checker.get(page))
