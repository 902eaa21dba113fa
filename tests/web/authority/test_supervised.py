"""From the agreement on an account's supervision to the paper a household takes to the bank, page by page."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.actor import Actor
from app.homes.models import Development
from tests.factories.accounts import make_account
from tests.factories.redemptions import make_buyer, make_quote, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]

TYPED = {
    "holder_name": "测试置业有限公司资金监管户",
    "bank": "建行菱湖支行",
    "number": "3400 1234-56789012",
    "since": "2016-01-04",
}


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def test_an_account_is_entered_typed_again_and_told(enter: Enter, town: Town, committed_app: Flask) -> None:
    ref = town.home.development.ref
    developer, checker = enter(town.shop.developer), enter(town.shop.desk.checker)
    address = f"/developer/developments/{ref}/account"
    assert send(developer, f"{address}/new", {**TYPED, "number": "12"}).status_code == 422
    assert send(developer, f"{address}/new", TYPED).status_code == 303
    assert "等复核的监管账户" in text_of(developer.get(address))
    assert "等待复核的监管账户（1 个）" in text_of(checker.get("/authority/"))
    decide = f"/authority/supervised/{ref}/decide"
    wrong = send(checker, decide, {"decision": "approve", "number": "3400123456789021"})
    assert wrong.status_code == 422
    assert "重新输入的账号和填报的不一样" in text_of(wrong)
    right = send(checker, decide, {"decision": "approve", "number": "3400123456789012"})
    assert right.status_code == 303
    for page in (checker.get(right.location), checker.get(f"/developments/{ref}"), developer.get(address)):
        assert "3400 1234 5678 9012" in text_of(page)
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        quote = make_quote(session, buyer, town.home).ref
    told = text_of(enter(buyer.actor).get(f"/household/quotes/{quote}"))
    assert "3400 1234 5678 9012" in told


def test_the_household_is_told_of_a_change_and_the_old_paper_stays(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        development = session.get_one(Development, town.home.development_id)
        parties = {"manager": town.shop.developer, "checker": town.shop.desk.checker}
        make_account(session, **parties, development=development, number="3400 1111 2222 3333")
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        ref = make_redemption(session, buyer, town.home).ref
    ours = enter(buyer.actor)
    page = ours.get(f"/household/redemptions/{ref}/pay")
    for words in (
        "绝不转给个人",
        "3400 1111 2222 3333",
        "测试置业有限公司",
        "建行菱湖支行",
        "ZF-",
        "¥102,000",
    ):
        assert words in text_of(page)
    paper = links(page)["打印付款单（PDF）"]
    before = ours.get(paper)
    assert before.mimetype == "application/pdf"
    with saved(committed_app) as session:
        development = session.get_one(Development, town.home.development_id)
        make_account(session, **parties, development=development, number="3400 4444 5555 6666")
    page = ours.get(f"/household/redemptions/{ref}/pay")
    assert "监管账户换了，要付到下面的新账户" in text_of(page)
    assert "3400 4444 5555 6666" in text_of(page)
    assert links(page)["以前的付款单（原来的账户，已经不用）"] == paper
    assert ours.get(paper).status_code == 200
    other = enter(town.buyer.actor)
    assert other.get(f"/household/redemptions/{ref}/pay").status_code == 404
    assert other.get(paper).status_code == 404


def test_the_officer_enters_one_and_a_checker_sends_it_back(enter: Enter, town: Town) -> None:
    ref = town.home.development.ref
    officer, checker = enter(town.shop.desk.officer), enter(town.shop.desk.checker)
    assert "还没有" in text_of(officer.get("/authority/supervised/"))
    assert send(officer, f"/authority/supervised/{ref}/new", TYPED).status_code == 303
    decide = f"/authority/supervised/{ref}/decide"
    assert "请写明理由" in text_of(send(checker, decide, {"decision": "reject"}))
    assert send(checker, decide, {"decision": "reject", "reason": "和协议不一致"}).status_code == 303
    assert "理由：和协议不一致" in text_of(officer.get(f"/authority/supervised/{ref}"))
    assert "和协议不一致" in text_of(checker.get(decide)), "what was decided, and no form"
