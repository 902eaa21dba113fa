"""The telephone one signs in with and staff's mail box: proven by codes, and changed by nobody else."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.core.actor import Actor, Role
from app.gateways.outbox import OutboxMessage
from app.identity import phones
from app.identity.models import District, Membership
from app.notices.models import Notice
from app.projects import persons
from app.projects.models import HouseholdPerson
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.factories.projects import make_household, make_id_number, make_person
from tests.web.account.people import Enter, Transaction
from tests.web.sending import press, send, text_of
from tests.web.town import saved

NUMBER = "/account/phone-number"
BOX = "/account/mail"
OLD = "13805560000"
NEW = "13905561111"
MAIL = "wang@example.cn"


@pytest.fixture
def holder(transaction: Transaction) -> Actor:
    """A household's person with a telephone; what the household is told goes there too."""
    with transaction() as session:
        district = make_district(session)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        household = make_household(session, officer=officer)
        make_person(session, officer=officer, household=household, id_number=make_id_number(1))
        actor = make_actor(session, role=Role.HOUSEHOLD, district=district, household_id=household.id)
        person = session.scalars(select(HouseholdPerson)).one()
        persons.join(session, actor=actor, person=person, user_id=actor.user_id or 0, phone=OLD)
        phones.keep_phone(session, actor=actor, user_id=actor.user_id or 0, phone=OLD)
        return actor


@pytest.fixture
def officer(transaction: Transaction) -> Actor:
    with transaction() as session:
        return make_actor(session, role=Role.OFFICER, district=make_district(session))


def codes(app: Flask) -> dict[str, str]:
    """Return the latest code that came to each number or box."""
    jobs.run_waiting(app)
    with saved(app) as session:
        found = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return {one.address: one.text.split("验证码是 ")[1][:6] for one in found if "验证码是" in one.text}


def number_of(transaction: Transaction, who: Actor) -> str | None:
    with transaction() as session:
        return phones.find_phone(session, user_id=who.user_id or 0)


def test_a_number_is_changed_by_a_code_to_each(
    committed_app: Flask, holder: Actor, enter: Enter, transaction: Transaction
) -> None:
    client, elsewhere = enter(holder), enter(holder)
    assert "138****0000" in text_of(client.get("/account/"))
    assert elsewhere.get("/account/").status_code == 200
    assert send(client, NUMBER, {"phone": NEW}).location == NUMBER
    sent = codes(committed_app)
    answer = send(client, NUMBER, {"old_code": sent[OLD], "phone_code": sent[NEW]})
    assert answer.location == "/account/"
    assert "139****1111" in text_of(client.get("/account/"))
    assert elsewhere.get("/account/").status_code == 302, "who holds the old telephone is signed out"
    with transaction() as session:
        person = session.scalars(select(HouseholdPerson)).one()
        assert persons.phone_of(person) == NEW
        assert session.scalars(select(Notice.kind)).all() == ["own_phone_changed"]


@pytest.mark.parametrize("missing", ["old_code", "phone_code"])
def test_one_code_is_not_enough(
    committed_app: Flask, holder: Actor, enter: Enter, transaction: Transaction, missing: str
) -> None:
    client = enter(holder)
    send(client, NUMBER, {"phone": NEW})
    sent = codes(committed_app)
    typed = {"old_code": sent[OLD], "phone_code": sent[NEW]} | {missing: "000000"}
    assert send(client, NUMBER, typed).status_code == 422
    assert number_of(transaction, holder) == OLD


def test_the_first_number_needs_the_password(
    committed_app: Flask, officer: Actor, enter: Enter, transaction: Transaction
) -> None:
    client = enter(officer)
    assert send(client, NUMBER, {"phone": NEW, "password": "wrong"}).status_code == 422
    assert send(client, NUMBER, {"phone": NEW, "password": PASSWORD}).location == NUMBER
    assert send(client, NUMBER, {"phone_code": codes(committed_app)[NEW]}).location == "/account/"
    assert number_of(transaction, officer) == NEW


def test_a_mail_box_is_proven_by_a_code(
    committed_app: Flask, officer: Actor, enter: Enter, transaction: Transaction
) -> None:
    client = enter(officer)
    assert send(client, BOX, {"mail": "no address", "password": PASSWORD}).status_code == 422
    assert send(client, BOX, {"mail": MAIL, "password": "wrong"}).status_code == 422
    assert send(client, BOX, {"mail": MAIL, "password": PASSWORD}).location == BOX
    assert send(client, BOX, {"phone_code": "000000"}).status_code == 422
    assert send(client, BOX, {"phone_code": codes(committed_app)[MAIL]}).location == "/account/"
    assert "w***@example.cn" in text_of(client.get("/account/"))
    with transaction() as session:
        assert phones.find_mail(session, user_id=officer.user_id or 0) == MAIL


def test_a_manager_takes_a_lost_telephone_off(officer: Actor, enter: Enter, transaction: Transaction) -> None:
    """Whoever found it could ask for a new password with it."""
    with transaction() as session:
        phones.keep_phone(session, actor=officer, user_id=officer.user_id or 0, phone=OLD)
        district = session.get_one(District, officer.district_id)
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=district)
        ref = session.scalars(select(Membership.ref).where(Membership.user_id == officer.user_id)).one()
    at_desk, page = enter(officer), f"/account/people/{ref}"
    done = press(enter(administrator), page, f"{page}/second-factor", {"sure": "yes"})
    assert done.status_code == 303, text_of(done)
    assert number_of(transaction, officer) is None
    assert at_desk.get("/account/").status_code == 302
    with transaction() as session:
        assert session.scalars(select(Notice.kind)).all() == ["own_phone_changed"]
