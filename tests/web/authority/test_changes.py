"""A home is given back, and a price corrected, page by page: household, company, officer, checker."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from app.redemptions import service
from app.redemptions.models import Redemption
from app.reports import receipts
from app.web import formatting
from tests.factories import contracts
from tests.factories.contracts import HOLDER_ID
from tests.factories.redemptions import PRICE_FEN, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.web.contracting import sent_file
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def test_giving_a_home_back_promises_only_what_was_paid(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk, faces=(10_000_000,))
        held = make_redemption(session, buyer, make_home(session, shop))
        typed = contracts.typed(held, number="网签-7")
        service.enter_contract(session, actor=shop.developer, redemption_ref=held.ref, typed=typed)
        session.commit()
        ref = held.ref
        assert held.top_up_fen
    household, undo = enter(buyer.actor), f"/household/redemptions/{ref}/undo"
    assert "退回您已经付的差价 ¥0" in text_of(household.get(undo)), "nothing of it has arrived"
    wish = {"reason": "房屋和合同不符", "papers": sent_file(), "seen": "yes"}
    own = household.get(send(household, undo, wish).location)
    shown = text_of(household.get(next(to for to in links(own).values() if "/changes/" in to)))
    whole, goes = formatting.yuan(held.top_up_fen), formatting.yuan(held.price_fen - held.top_up_fen)
    assert f"自付差价 原来 {whole} 以后 ¥0 变化 没有到账，不用退" in shown
    assert f"合计 原来 {formatting.yuan(held.price_fen)} 以后 ¥0 变化 退回 {goes}" in shown


def test_a_home_is_given_back_and_its_receipt_says_so(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk, faces=(10_000_000, 20_000_000))
        bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ref, mark = bought.ref, receipts.mark_of(bought)
        household, developer = enter(buyer.actor), enter(shop.developer)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    own, theirs = f"/household/redemptions/{ref}", f"/developer/redemptions/{ref}"
    assert f"{own}/undo" in links(household.get(own)).values()
    assert "没有余额要办" in text_of(household.get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    asked = text_of(household.get(f"{own}/undo"))
    assert "还可以买房" in asked
    assert "房票付的退回房票" in asked
    wish = {"reason": "房屋和合同不符", "papers": sent_file()}
    assert send(household, f"{own}/undo", wish).status_code == 422, "what follows must be read first"
    wish = {"reason": "房屋和合同不符", "papers": sent_file(), "seen": "yes"}
    assert send(household, f"{own}/undo", wish).status_code == 303
    page = next(to for to in links(developer.get(theirs)).values() if "/changes/" in to)
    change = page.rsplit("/", 1)[1]
    shown = text_of(developer.get(page))
    assert "房屋和合同不符" in shown
    assert "退回" in shown
    unsaid = send(developer, page, {"decision": "object", "reason": " "})
    assert unsaid.status_code == 422
    assert send(developer, page, {"decision": "agree"}).status_code == 303
    desk = f"/authority/changes/{change}"
    assert desk in links(officer.get("/authority/changes/")).values()
    assert f"{desk}/prepare" in links(officer.get(desk)).values()
    assert send(officer, f"{desk}/prepare", {}).status_code == 303
    assert officer.get(f"{desk}/approve").status_code == 403
    assert f"{desk}/approve" in links(checker.get(desk)).values()
    asked = text_of(checker.get(f"{desk}/approve"))
    assert "自付的差价退到原来的账户" in asked
    assert "您" not in asked, "an officer is not the household"
    assert send(checker, f"{desk}/approve", {}).status_code == 422, "compared first"
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    assert "已撤销" in text_of(household.get(own))
    assert "购房款退回" in "".join(
        text_of(household.get(to))
        for to in links(household.get("/household/")).values()
        if "/vouchers/" in to
    )
    checked = household.get(f"/check/{mark}")
    assert "已经作废" in text_of(checked)


def test_a_corrected_price_and_a_measured_area_are_shown_to_the_fen(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk)
        bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ref, key, area = bought.ref, bought.id, bought.contract_area_m2
        household, developer = enter(buyer.actor), enter(shop.developer)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    here = f"/authority/redemptions/{ref}"
    assert {f"{here}/ask/price", f"{here}/ask/reject"} <= set(links(officer.get(here)).values())
    dear = {"price": f"{PRICE_FEN / 100:.2f}", "reason": "线索核实"}
    assert send(officer, f"{here}/ask/price", dear).status_code == 422
    lower = {"price": f"{PRICE_FEN / 100 - 10_000:.2f}", "reason": "线索核实", "source": "JG-TEST"}
    assert send(officer, f"{here}/ask/price", lower).status_code == 303
    desk = next(to for to in links(checker.get("/authority/changes/")).values() if "/changes/BG" in to)
    assert "退回" in text_of(checker.get(f"{desk}/approve"))
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    shown = text_of(household.get(f"/household/redemptions/{ref}"))
    assert "现在的金额以上面的“房款怎么付”为准" in shown
    assert shown.index("合计，等于变更以后的总价") < shown.index("锁定时的报价")
    theirs = f"/developer/redemptions/{ref}"
    measured = {"area": f"{(area or 0) + 1:.2f}", "reason": "实测"}
    assert send(developer, f"{theirs}/ask/area", measured).status_code == 422, "a paper is missing"
    assert send(developer, f"{theirs}/ask/area", {**measured, "papers": sent_file()}).status_code == 303
    page = next(
        to for to in links(household.get(f"/household/redemptions/{ref}")).values() if "/changes/" in to
    )
    assert "按实测面积结算房款，等您答复" in text_of(household.get("/household/"))
    told = text_of(household.get(page))
    assert "误差在 3% 以内，多退少补" in told
    assert "由购房人自付，付到监管账户，不付给任何个人" in told
    assert send(household, page, {"decision": "object", "reason": "没有量准"}).status_code == 303
    assert "等您答复" not in text_of(household.get("/household/"))
    asked = f"/authority/changes/{page.rsplit('/', 1)[1]}"
    assert send(officer, f"{asked}/prepare", {}).status_code == 422, "who goes on all the same says why"
    assert send(officer, f"{asked}/refuse", {"reason": "请重新测绘"}).status_code == 303
    refused = text_of(developer.get(f"{theirs}/changes/{page.rsplit('/', 1)[1]}"))
    assert "请重新测绘" in refused
    assert "没有办，购房和金额一切照旧" in refused
    assert "金额怎么变" not in refused, "nobody waits for a sum that does not come"
    with saved(committed_app) as session:
        assert session.get_one(Redemption, key).present_price_fen == PRICE_FEN - 1_000_000


def test_a_changed_contract_is_shown_to_the_household_before_anybody_decides(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk)
        bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ref, holder = bought.ref, buyer.household.holder_name
        household, developer, officer = enter(buyer.actor), enter(shop.developer), enter(shop.desk.officer)
    theirs = f"/developer/redemptions/{ref}"
    typed = {
        "contract_number": "网签-变更-9",
        "price": f"{PRICE_FEN / 100:.2f}",
        "relation_1": "self",
        "id_number_1": HOLDER_ID,
        "reason": "编号重新备案",
    }
    assert f"{theirs}/ask/contract" in links(developer.get(theirs)).values()
    assert send(developer, f"{theirs}/ask/contract", typed).status_code == 422, "a scan is missing"
    assert send(developer, f"{theirs}/ask/contract", {**typed, "scan": sent_file()}).status_code == 303
    own = f"/household/redemptions/{ref}"
    page = next(to for to in links(household.get(own)).values() if "/changes/" in to)
    shown = household.get(page)
    assert "网签-变更-9" in text_of(shown)
    assert holder in text_of(shown)
    scan = next(to for to in links(shown).values() if "/contract/files/" in to)
    assert household.get(scan).status_code == 200
    assert officer.get(scan.replace("/household/", "/authority/")).status_code == 200
    assert send(household, page, {"decision": "agree"}).status_code == 303
    waiting = developer.get(f"{theirs}/changes/{page.rsplit('/', 1)[1]}")
    assert "同意" in text_of(waiting)


def test_an_officer_says_whose_doing_a_cancellation_is(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk)
        bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ref = bought.ref
        household, developer = enter(buyer.actor), enter(shop.developer)
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    theirs, own = f"/developer/redemptions/{ref}", f"/household/redemptions/{ref}"
    assert "按购房人自己退房算" in text_of(developer.get(f"{theirs}/ask/cancel"))
    sent = {"reason": "不能按期交房", "papers": sent_file()}
    assert send(developer, f"{theirs}/ask/cancel", sent).status_code == 303
    page = next(to for to in links(household.get(own)).values() if "/changes/" in to)
    read = text_of(household.get(page))
    assert "按购房人自己退房算：房票过了期限的，按逾期办" in read, (
        "read before it answers, with what it means"
    )
    assert send(household, page, {"decision": "agree"}).status_code == 303
    desk = f"/authority/changes/{page.rsplit('/', 1)[1]}"
    assert "房款退回是谁的原因" in text_of(officer.get(f"{desk}/prepare"))
    assert send(officer, f"{desk}/prepare", {}).status_code == 422, "somebody has to say it"
    unproved = send(officer, f"{desk}/prepare", {"whose": "others"})
    assert unproved.status_code == 422
    assert "哪份材料能证明" in text_of(unproved)
    found = {"whose": "others", "evidence": "住建局通报 8 号：停工"}
    assert send(officer, f"{desk}/prepare", found).status_code == 303
    asked = text_of(checker.get(f"{desk}/approve"))
    assert "房企的原因，不怪购房人。依据：住建局通报 8 号：停工" in asked
    assert "按购房人自己退房算" not in asked
    assert "住建局通报 8 号" in text_of(household.get(page))
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
