"""The proof of kinship page by page: wanted, given by the household, sent back, given by the developer."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from app.redemptions.models import Redemption
from tests.factories.payments import pay_in
from tests.factories.projects import make_id_number
from tests.factories.redemptions import make_redemption
from tests.web.contracting import enter_contract, sent_file
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import make_town, saved

Enter = Callable[[Actor], LintingClient]

SPOUSE = {"name_2": "李建国", "relation_2": "spouse", "id_number_2": make_id_number(8)}


def test_each_side_sees_what_it_may_do_and_the_officer_looks_beside_the_contract(
    enter: Enter, committed_app: Flask
) -> None:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        ref = make_redemption(session, town.buyer, town.home).ref
    developer, household = enter(town.shop.developer), enter(town.buyer.actor)
    officer = enter(town.shop.desk.officer)
    assert enter_contract(developer, ref, **SPOUSE).status_code == 303
    with saved(committed_app) as session:
        bought = session.query(Redemption).filter_by(ref=ref).one()
        pay_in(session, town.shop.desk.officer, bought)
    own = household.get(f"/household/redemptions/{ref}")
    assert "现在轮到您或者房企：补交合同上买受人的亲属关系证明" in text_of(own)
    assert "还没有交证明" in text_of(own)
    give = links(own)["交李建国的亲属关系证明"]
    paper = {"kind": "marriage", "shows": "王秀英、李建国", "file": sent_file(b"%PDF-1.7 m", "结婚证.pdf")}
    assert send(household, give, {"kind": "marriage", "shows": "王秀英"}).status_code == 422
    assert send(household, give, paper).status_code == 303
    verify = f"/authority/redemptions/{ref}/verify"
    told = {"explanation": "夫妻同买"}
    assert "亲属关系还没有核对成立" in text_of(send(officer, verify, told))
    assert "等核对的亲属关系证明（1 份）" in text_of(officer.get("/authority/"))
    (case,) = [href for href in links(officer.get("/authority/kinship/")).values() if "/QS-" in href]
    shown = officer.get(case)
    assert "王秀英、李建国" in text_of(shown)
    assert officer.get(links(shown)["结婚证.pdf（在新窗口打开）"]).status_code == 200
    assert send(officer, case, {"decision": "refuse", "reason": ""}).status_code == 422
    assert send(officer, case, {"decision": "refuse", "reason": "没有盖章"}).status_code == 303
    seller = developer.get(f"/developer/redemptions/{ref}")
    assert "退回的理由：没有盖章" in text_of(seller)
    again = {**paper, "file": sent_file(b"%PDF-1.7 stamped", "结婚证.pdf")}
    assert send(developer, links(seller)["交李建国的亲属关系证明"], again).status_code == 303
    (case,) = [href for href in links(officer.get("/authority/kinship/")).values() if "/QS-" in href]
    shown = officer.get(case)
    assert "以前退回的证明" in text_of(shown)
    assert "退回的理由：没有盖章" in text_of(shown)
    before = officer.get(links(shown)["结婚证"])
    assert officer.get(links(before)["结婚证.pdf（在新窗口打开）"]).status_code == 200
    assert send(officer, case, {"decision": "accept"}).status_code == 303
    assert "亲属关系已核对" in text_of(household.get(f"/household/redemptions/{ref}"))
    assert "现在不用交" in text_of(household.get(give))
    assert send(officer, verify, told).status_code == 303
