"""A household reads the rule and the sum first, asks for its leftover, and follows it to the bank."""

from collections.abc import Callable
from datetime import timedelta

import pypdfium2
import pytest
from flask import Flask

from app.core.actor import Actor
from app.core.clock import FixedClock
from app.vouchers import flows
from tests.factories.endings import ACCOUNT, CASHING, LEAVING, PAYING, SILENT, VOIDING
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of, token_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
TO = {"payee": "王秀英", "bank": "工商银行枞阳支行", "account": ACCOUNT, "understood": "yes"}


def make(app: Flask, policy: str, *, bought: bool = False) -> tuple[Shop, Buyer]:
    """Return a district of a policy with a household of a million, that bought a home if told so."""
    with saved(app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=policy))
        buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
        if bought:
            home = make_home(session, shop, voucher_fen=42_000_000)
            redeem(session, shop, make_redemption(session, buyer, home))
        return shop, buyer


def come_back(officer: LintingClient, checker: LintingClient, desk: str) -> None:
    """Let the bank send a payout back."""
    back = {"reference": "退汇-1", "returned_on": "2016-06-01", "reason": "账户已销户"}
    own = send(officer, f"{desk}/return", {**back, "reference": "网银-77"})
    assert own.status_code == 422
    assert "这是付款的流水号" in text_of(own)
    assert send(officer, f"{desk}/return", back).status_code == 303
    assert "账户已销户" in text_of(checker.get(desk))
    assert "等待办理的余额兑付和逾期（1 件）" in text_of(officer.get("/authority/"))


def statement_of(ours: LintingClient, voucher: str) -> str:
    """Return what stands on the paper statement of a voucher, on one line."""
    paper = pypdfium2.PdfDocument(ours.get(f"{voucher}/statement.pdf").data)
    told = "".join(page.get_textpage().get_text_range() for page in paper)
    return told.replace("\r", "").replace("\n", "")


def reads_what_to_do(ours: LintingClient, ending: str) -> None:
    """Expect the ending and the wallet to say what the household does once the bank sent its money back."""
    for address in (ending, "/household/"):
        assert "请本人带身份证和银行卡到征收办窗口" in text_of(ours.get(address))
    assert "已办结" not in text_of(ours.get("/household/")), "the bank sent it back"


def is_not_done_before_the_bank_paid(ours: LintingClient, voucher: str, desk: str) -> None:
    """Expect the voucher to say that its money is on the way, and no days left of its term."""
    assert "已批准，等待付款" in desk
    for address in (voucher, "/household/"):
        told = text_of(ours.get(address))
        assert "已办结" not in told
        assert "已经批准、还没有付的余额 ¥601,000" in told
        assert "24:00，还剩" not in told


def pay_anew(ours: LintingClient, officer: LintingClient, checker: LintingClient, desk: str) -> None:
    """Take it to the bank once more; the first account that is brought is wrong."""
    other = {"checked": "yes", "payee": TO["payee"], "bank": "农行", "account": "6228 4800 9999 8888"}
    assert "登记了尾号" not in text_of(ours.get("/account/notices/"))
    assert send(officer, f"{desk}/prepare", other).status_code == 303
    assert "窗口登记了尾号 8888 的收款账户，等另一个人核对" in text_of(ours.get("/account/notices/"))
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    assert send(checker, f"{desk}/recall", {"reason": "户名不符"}).status_code == 303
    assert send(officer, f"{desk}/prepare", other).status_code == 303
    assert text_of(ours.get("/account/notices/")).count("登记了尾号 8888") == 2, "each time anew"
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    paid = {"bank_reference": "网银-78", "paid_on": "2016-06-01"}
    assert send(officer, f"{desk}/pay", paid).status_code == 303


def is_told_as_paid(ours: LintingClient, voucher: str) -> None:
    """Expect the voucher, its paper and the wallet to say that it is done, and how much was paid."""
    told = text_of(ours.get(voucher))
    assert "已办结" in told
    assert "余额兑付，已经办结" in told
    assert "余额兑付：已付款，¥476,600。" in statement_of(ours, voucher)
    assert "余额兑付：已付款，¥476,600" in text_of(ours.get("/household/"))


def test_from_the_rule_to_the_bank(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app, PAYING, bought=True)
    ours, officer, checker = enter(buyer.actor), enter(shop.desk.officer), enter(shop.desk.checker)
    voucher = f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert "申请余额兑付" in links(ours.get(voucher))
    shown = text_of(ours.get(f"{voucher}/payout"))
    for words in (
        "可以领到 ¥476,600",
        "余额 ¥601,000，按这一档的 80% 兑付",
        "买房得到的奖励收回 20%，一共 ¥4,200",
        "用掉票面的 30%（¥300,000）起（您在这一档）",
        "只付到被征收人王秀英本人的银行账户",
    ):
        assert words in shown
    wrong = send(ours, f"{voucher}/payout", {**TO, "payee": "王秀兰"})
    assert wrong.status_code == 422
    assert "只能付到王秀英本人的账户" in text_of(wrong)
    unread = send(ours, f"{voucher}/payout", {name: TO[name] for name in ("payee", "bank", "account")})
    assert "请看清上面的办法和金额" in text_of(unread)
    sent = send(ours, f"{voucher}/payout", TO)
    assert sent.status_code == 303
    page = text_of(ours.get(sent.location))
    assert "等待经办人核对" in page
    assert "工商银行枞阳支行，尾号 4567" in page
    assert "6222" not in page
    wallet = text_of(ours.get("/household/"))
    assert "余额办理中" in wallet
    assert "余额兑付：等待经办人核对，可以领 ¥476,600" in wallet
    assert "什么时候锁定，奖励多少" not in text_of(ours.get(voucher)), "it buys nothing any more"
    assert "看办到哪一步了" in links(ours.get(f"{voucher}/payout"))
    ref = sent.location.rsplit("/", 1)[-1]
    desk = f"/authority/endings/{ref}"
    assert "等待办理的余额兑付和逾期（1 件）" in text_of(officer.get("/authority/"))
    assert "6222 0213 0200 1234 567" in text_of(officer.get(desk))
    assert send(officer, f"{desk}/prepare", {"checked": "yes"}).status_code == 303
    assert officer.get(f"{desk}/prepare").status_code == 409, "its turn is over"
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    is_not_done_before_the_bank_paid(ours, voucher, text_of(checker.get(desk)))
    paid = {"bank_reference": "网银-77", "paid_on": "2016-06-01"}
    assert send(officer, f"{desk}/pay", paid).status_code == 303
    page = text_of(ours.get(sent.location))
    assert all(words in page for words in ("已付款", "网银-77", "已付 ¥476,600"))
    assert "可以领到" not in page, "it has the money"
    come_back(officer, checker, desk)
    reads_what_to_do(ours, sent.location)
    pay_anew(ours, officer, checker, desk)
    is_told_as_paid(ours, voucher)


def test_whose_voucher_lapsed_reads_how_much_it_gets_and_what_to_bring(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    _shop, buyer = make(committed_app, CASHING)
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    with saved(committed_app) as session:
        flows.lapse(session)
    ours, voucher = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}"
    bring = "请本人带身份证和银行卡到征收办窗口登记收款账户"
    for told in (text_of(ours.get("/household/")), text_of(ours.get(voucher)), statement_of(ours, voucher)):
        assert "逾期：等待经办人核对，可以领 ¥900,000" in told
        assert bring in told
    assert "什么时候锁定，奖励多少" not in statement_of(ours, voucher), "it buys nothing any more"


def test_what_stands_against_it_is_told_with_the_home(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app, VOIDING)
    with saved(committed_app) as session:
        held = make_redemption(session, buyer, make_home(session, shop))
    page = enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}/payout")
    assert "还有房源锁定着" in text_of(page)
    assert f"/household/redemptions/{held.ref}" in page.get_data(as_text=True)
    assert "提交申请" not in text_of(page)


def test_a_sum_that_moved_is_shown_anew(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app, VOIDING)
    ours, address = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}/payout"
    refused = send(ours, address, {**TO, "seen": "1"})
    assert refused.status_code == 409
    assert "金额刚刚有变化" in text_of(refused)
    assert 'name="seen" type="hidden" value="70000000"' in refused.get_data(as_text=True)
    assert shop.desk.district.id


def test_an_application_may_be_withdrawn(enter: Enter, committed_app: Flask) -> None:
    _shop, buyer = make(committed_app, VOIDING)
    ours = enter(buyer.actor)
    sent = send(ours, f"/household/vouchers/{buyer.vouchers[0].ref}/payout", TO)
    assert send(ours, sent.location).status_code == 303
    shown = ours.get(sent.location)
    assert "申请已经撤回" in text_of(shown)
    assert "没有付的金额 ¥700,000" in text_of(shown)
    assert links(shown)["看这张房票"] == f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert "可以使用" in text_of(ours.get("/household/"))


def test_a_clerk_who_asks_at_the_counter_prints_it_and_leaves_it_to_others(
    enter: Enter, committed_app: Flask
) -> None:
    shop, buyer = make(committed_app, VOIDING)
    number, household = make_id_number(1), f"/authority/households/{buyer.household.ref}"
    with saved(committed_app) as session:
        make_person(session, officer=shop.desk.officer, household=buyer.household, id_number=number)
    clerk = enter(shop.desk.officer)
    send(clerk, f"{household}/counter", {"seen": "yes", "last_six": number[-6:]})
    asked = send(clerk, f"/household/vouchers/{buyer.vouchers[0].ref}/payout", TO)
    token = token_of(clerk.get("/household/"))
    ended = clerk.post("/authority/counter/end", data={"csrf_token": token}, follow_redirects=True)
    page = text_of(ended)
    for words in ("余额兑付", buyer.vouchers[0].ref, "¥700,000", "尾号 4567", "本人签字"):
        assert words in page
    assert "这次只查询" not in page
    desk = f"/authority/endings/{asked.location.rsplit('/', 1)[-1]}"
    own = send(clerk, f"{desk}/prepare", {"checked": "yes"})
    assert own.status_code == 403
    assert "这个申请是您在窗口代办的" in text_of(own)


def test_giving_up_goes_back_to_the_agreement(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app, LEAVING)
    ours, officer, checker = enter(buyer.actor), enter(shop.desk.officer), enter(shop.desk.checker)
    address = f"/household/vouchers/{buyer.vouchers[0].ref}/give-up"
    shown = text_of(ours.get(address))
    assert "回到补偿协议的金额 ¥1,000,000" in shown
    assert "不计利息" in shown
    assert "银行账号" not in shown
    assert "申请以后打印申请表，签好字，带上身份证到征收办窗口" in shown
    sent = send(ours, address, {"understood": "yes"})
    desk = f"/authority/endings/{sent.location.rsplit('/', 1)[-1]}"
    asked = text_of(ours.get(sent.location))
    assert "请本人带下面的材料到征收办窗口" in asked
    assert "签了字的申请表" in asked
    for reader, page in ((ours, sent.location), (officer, desk)):
        assert links(reader.get(page))["打印申请表（PDF）"] == f"{page}/form.pdf"
        assert reader.get(f"{page}/form.pdf").data.startswith(b"%PDF")
    assert "账户" not in asked
    for act, reader in (("prepare", officer), ("approve", checker)):
        page = text_of(reader.get(f"{desk}/{act}"))
        assert not [word for word in ("收款账户", "账号", "付款") if word in page.split("提交以后")[1]]
        if act == "prepare":
            assert send(officer, f"{desk}/prepare", {"checked": "yes"}).status_code == 303
    assert send(checker, f"{desk}/send-back", {"reason": "少一份委托书"}).status_code == 303
    assert "少一份委托书" in text_of(officer.get(desk))
    assert send(officer, f"{desk}/refuse", {"reason": "本人不愿意了"}).status_code == 303
    assert "本人不愿意了" in text_of(ours.get(sent.location))


def test_a_band_that_pays_nothing_promises_no_sum(enter: Enter, committed_app: Flask) -> None:
    _shop, buyer = make(committed_app, PAYING)
    shown = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert "使用期限内不再买房：按现在的使用情况，余额还不能兑付。" in shown
    assert "可以领 ¥0" not in shown


def test_where_giving_up_is_not_allowed_no_sum_is_promised(enter: Enter, committed_app: Flask) -> None:
    _shop, buyer = make(committed_app, SILENT)
    shown = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}/give-up"))
    assert "不可以中途放弃" in shown
    assert "¥1,000,000" not in shown


@pytest.mark.parametrize("effect", ["cash", "void", "agreement"])
def test_what_the_policy_does_not_say_is_decided_by_two(
    enter: Enter, committed_app: Flask, clock: FixedClock, effect: str
) -> None:
    shop, buyer = make(committed_app, SILENT)
    ours, officer, checker = enter(buyer.actor), enter(shop.desk.officer), enter(shop.desk.checker)
    clock.moment = (buyer.vouchers[0].expires_at or clock.moment) + timedelta(hours=1)
    with saved(committed_app) as session:
        flows.lapse(session)
    listed = officer.get("/authority/endings/")
    assert "等待征收办决定" in text_of(listed)
    desk = next(href for href in links(listed).values() if href.startswith("/authority/endings/DF-"))
    typed = {"effect": effect, "reason": "会议纪要 2018-3", "bank": "工商银行", "account": ACCOUNT}
    missing = send(officer, f"{desk}/decide", {**typed, "account": "", "effect": "cash"})
    assert "要付现金，请填写" in text_of(missing)
    assert send(officer, f"{desk}/decide", typed).status_code == 303
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    page = text_of(ours.get(desk.replace("/authority/", "/household/")))
    assert "会议纪要 2018-3" in page
    assert ("已批准，等待付款" if effect == "cash" else "已办结") in page
