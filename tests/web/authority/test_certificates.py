"""A bonus in cash waits for the certificate, which a household brings to the counter, page by page."""

from collections.abc import Callable

import pypdfium2
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.redemptions.cash_models import CashBonus
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.contracting import sent_file
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAITS = HAILING.replace("base: spent", "base: spent\n  paid: cash\n  paid_after: certificate")
WAITING = "¥80,000：等不动产权证。这套房的不动产权证办好、征收办核对以后才发。"


def test_a_household_brings_its_certificate_and_is_paid(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=WAITS))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        quote_ref, voucher_ref, ref = bought.quote.ref, buyer.vouchers[0].ref, bought.ref
        redeem(session, shop, bought)
        bonus = f"/authority/cash-bonuses/{session.scalars(select(CashBonus.ref)).one()}"
        household, officer, checker = (
            enter(one) for one in (buyer.actor, shop.desk.officer, shop.desk.checker)
        )
    quote = text_of(household.get(f"/household/quotes/{quote_ref}"))
    assert "另外发给您现金奖励 ¥80,000，不算在房款里。领到这套房的不动产权证以后才发。" in quote
    assert "领到不动产权证以后才发" in text_of(household.get(f"/household/vouchers/{voucher_ref}"))
    own, purchase = f"/household/redemptions/{ref}", f"/authority/redemptions/{ref}"
    assert WAITING in text_of(household.get(own))
    assert "请带身份证、不动产权证和银行卡到窗口办理" in text_of(household.get(own))
    receipt = pypdfium2.PdfDocument(household.get(f"{own}/receipt.pdf").data)
    assert len(receipt) == 1, "the receipt is one sheet, as its page says"
    shown = officer.get(bonus)
    assert "凭不动产权证发放" in text_of(shown)
    assert f"{bonus}/prepare" not in links(shown).values()
    assert "等待办理的现金奖励" not in text_of(officer.get("/authority/")), "nobody can do anything about it"
    page = links(officer.get(purchase))["住户带来了不动产权证"]
    typed = {"happened_on": "2016-06-01", "number": "皖（2016）第1号"}
    assert send(officer, page, typed).status_code == 422
    assert send(officer, page, {**typed, "file": sent_file()}).status_code == 303
    assert "住户带来了不动产权证" not in links(officer.get(purchase))
    (answer,) = [
        href
        for href in links(checker.get("/authority/settlements/milestones/")).values()
        if "/milestones/JD-" in href
    ]
    assert "提交核对结果" not in text_of(officer.get(answer)), "whoever entered it does not answer"
    assert "等核对的不动产权证" in text_of(checker.get("/authority/"))
    told = text_of(household.get(own))
    assert "不动产权证已经登记，征收办核对以后会通知您，现在不用再跑一趟。" in told
    assert "请带身份证" not in told, "whoever brought it is not sent there again"
    assert send(checker, answer, {"decision": "confirm"}).status_code == 303
    assert "请带身份证和银行卡到窗口登记本人账户" in text_of(household.get(own))
    assert f"{bonus}/prepare" in links(officer.get(bonus)).values()
    assert "等待办理的现金奖励（1 件）" in text_of(officer.get("/authority/"))


def test_a_household_hears_why_the_certificate_that_it_brought_was_sent_back(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=WAITS))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
        redeem(session, shop, bought)
        page = f"/authority/redemptions/{bought.ref}/certificate"
        household, officer, checker, company = (
            enter(one) for one in (buyer.actor, shop.desk.officer, shop.desk.checker, shop.developer)
        )
    typed = {"happened_on": "2016-06-01", "number": "皖（2016）第1号"}
    for number, decision in enumerate(("object", "confirm")):
        paper = sent_file(b"%%PDF-1.7\n%% %d\n%%%%EOF\n" % number)
        assert send(officer, page, {**typed, "file": paper}).status_code == 303
        listed = links(checker.get("/authority/settlements/milestones/"))
        (answer,) = [href for href in listed.values() if "/milestones/JD-" in href]
        assert "这本不动产权证是住户带到窗口的。" in text_of(checker.get(answer))
        done = send(checker, answer, {"decision": decision, "reason": "登记系统里查不到这个证号。"})
        told = "已退回，住户会收到消息。" if decision == "object" else "已核对，房企会收到消息。"
        assert told in text_of(checker.get(done.location))
    assert "不动产权证没有核对上" in text_of(household.get("/account/notices/"))
    heard = text_of(company.get("/account/notices/"))
    assert "没有通过" not in heard, "the company reported nothing, and has nothing to report anew"
    assert "不动产权证已经核对" in heard
