"""The inbox in everybody's hands."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes.models import Development
from app.notices import queries, service
from app.notices.models import Notice
from app.notices.service import Recipient
from tests.factories.accounts import make_account
from tests.factories.redemptions import contract, make_buyer, make_home, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import form_of, links, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def tell(session: Session, town: Town, number: int, kind: str = "lock_expired") -> None:
    to = Recipient(district_id=town.shop.desk.district.id, household_id=town.buyer.household.id)
    service.tell(session, kind=kind, to=to, event=f"test:{number}", home=f"滨江壹品 {number}号楼")


def refs(app: Flask) -> list[str]:
    with saved(app) as session:
        return list(session.scalars(select(Notice.ref).order_by(Notice.id)))


def test_what_must_be_seen_stands_on_top_until_it_is_read(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        tell(session, town, 1)
        for number in range(2, 30):
            tell(session, town, number, kind="lock_cancelled")
    household = enter(town.buyer.actor)
    page = household.get("/account/notices/")
    shown = text_of(page)
    assert shown.index("1号楼") < shown.index("29号楼") < shown.index("28号楼")
    assert "重要，请看" in shown
    important = refs(committed_app)[-29]
    address = f"/account/notices/{important}/read"
    answer = household.post(address, data={"csrf_token": token_of(page)}, follow_redirects=True)
    assert "已标为读过" in answer.get_data(as_text=True)
    assert "重要，请看" not in text_of(household.get("/account/notices/"))
    assert "1号楼" in text_of(household.get("/account/notices/?page=2"))


def test_the_header_counts_what_is_unread(committed_app: Flask, town: Town, enter: Enter) -> None:
    household = enter(town.buyer.actor)
    # The two vouchers of the town.
    assert "未读 </span>2<" in household.get("/household/").get_data(as_text=True)
    with saved(committed_app) as session:
        for number in range(200):
            tell(session, town, number)
    assert "未读 </span>99+<" in household.get("/household/").get_data(as_text=True)


def test_a_message_leads_to_what_it_is_about_for_each_who_gets_it(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        contract(session, town.shop, make_redemption(session, town.buyer, town.home))
    for actor, target in (
        (town.buyer.actor, "/household/redemptions/"),
        (town.shop.developer, "/developer/redemptions/"),
        (town.shop.desk.officer, "/authority/redemptions/"),
    ):
        client = enter(actor)
        with saved(committed_app) as session:
            found = queries.list_inbox(session, actor=actor)
            ref = next(one.ref for one in found if one.about_type == "redemption")
        page = client.get(f"/account/notices/{ref}")
        assert page.status_code == 200
        assert target in page.get_data(as_text=True)


def test_a_message_about_ones_account_leads_to_it(committed_app: Flask, town: Town, enter: Enter) -> None:
    with saved(committed_app) as session:
        to = Recipient(user_id=town.shop.developer.user_id)
        service.tell(session, kind="factor_off", to=to, event="test:own")
        make_account(
            session,
            development=session.get_one(Development, town.home.development_id),
            manager=town.shop.developer,
            checker=town.shop.desk.checker,
        )
    client = enter(town.shop.developer)
    for kind, target in (
        ("factor_off", "/account/"),
        ("payee_account_confirmed", f"/developer/developments/{town.home.development.ref}/account"),
    ):
        with saved(committed_app) as session:
            ref = session.scalars(select(Notice.ref).where(Notice.kind == kind)).first()
        page = client.get(f"/account/notices/{ref}")
        assert links(page)["去看这件事"] == target


def test_another_households_message_is_not_there(committed_app: Flask, town: Town, enter: Enter) -> None:
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk).actor
        tell(session, town, 1)
    ref = refs(committed_app)[-1]
    stranger = enter(other)
    assert stranger.get(f"/account/notices/{ref}").status_code == 404
    token = token_of(stranger.get("/account/notices/"))
    for client in (stranger, enter(town.shop.developer), enter(town.shop.desk.officer)):
        token = token_of(client.get("/account/notices/"))
        answer = client.post(f"/account/notices/{ref}/read", data={"csrf_token": token})
        assert answer.status_code == 404
    assert "号楼" not in text_of(stranger.get("/account/notices/"))


def test_a_get_reads_nothing_away(committed_app: Flask, town: Town, enter: Enter) -> None:
    household = enter(town.buyer.actor)
    household.get(f"/account/notices/{refs(committed_app)[0]}")
    assert "未读 </span>2<" in household.get("/household/").get_data(as_text=True)


def test_the_pages_cost_the_same_for_one_row_and_for_many(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        make_home(session, town.shop)
        contract(session, town.shop, make_redemption(session, town.buyer, town.home))
    client = enter(town.shop.desk.officer)
    page = client.get(f"/authority/households/{town.buyer.household.ref}/notices")
    assert "购房合同已登记" in text_of(page)
    assert "还没有在网上读过" in text_of(page)


def test_letters_are_printed_page_by_page_and_leave_the_list(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        for number in range(23):
            tell(session, town, number)
        session.query(Notice).filter(Notice.kind == "lock_expired").update(
            {"state": "to_print", "way": "print", "due_at": None}
        )
    officer = enter(town.shop.desk.officer)
    page = officer.get("/authority/letters")
    assert "共 23 封，本页 20 封" in text_of(page)
    assert town.buyer.household.holder_name in text_of(page)
    with saved(committed_app) as session:
        tell(session, town, 99)
        session.query(Notice).filter(Notice.once.contains("test:99")).update(
            {"state": "to_print", "way": "print", "due_at": None}
        )
    _action, sent = form_of(page)
    letters = [one for one in refs(committed_app) if one in page.get_data(as_text=True)]
    assert len(letters) == 20
    answer = officer.post("/authority/letters", data={**sent, "letter": letters}, follow_redirects=True)
    assert "20 封信已记为打印" in answer.get_data(as_text=True)
    assert "共 4 封" in text_of(officer.get("/authority/letters")), "what came meanwhile was not printed"
    assert send(enter(town.shop.desk.officer), "/authority/letters").status_code == 303
    odd = officer.post("/authority/letters", data={**sent, "letter": "XX\x00"})
    assert odd.status_code == 303, "what is no letter is none, whatever it is made of"
