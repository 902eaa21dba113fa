"""A forgotten password without anybody's help, by its owner and by somebody who is not."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from app import jobs
from app.core.actor import Actor, Role
from app.gateways.outbox import OutboxMessage
from app.identity import factors, phones
from app.identity.credentials import PhoneCode
from app.identity.models import PasswordReset, SignIn
from app.notices.models import Notice, NoticeAttempt
from tests.database import beside
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household
from tests.web.account.people import (
    Enter,
    Transaction,
    browser,
    code_at,
    secret_of,
    send_from,
    sign_in,
    username_of,
)
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of
from tests.web.town import saved

PAGE = "/account/forgot"
PHONE = "13805560000"
MAIL = "wang@example.cn"
NEW = "港华路的老房子二十年"
CHOSEN = {"new_password": NEW, "password_again": NEW}


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    return browser(committed_app)


@pytest.fixture
def holder(transaction: Transaction) -> Actor:
    """A household's person, with a telephone they have proven."""
    with transaction() as session:
        district = make_district(session)
        household = make_household(session, officer=make_actor(session, role=Role.OFFICER, district=district))
        actor = make_actor(session, role=Role.HOUSEHOLD, district=district, household_id=household.id)
        phones.keep_phone(session, actor=actor, user_id=actor.user_id or 0, phone=PHONE)
        return actor


@pytest.fixture
def officer(transaction: Transaction) -> Actor:
    """Somebody of the staff with a mail address and no telephone."""
    with transaction() as session:
        actor = make_actor(session, role=Role.OFFICER, district=make_district(session))
        phones.keep_mail(session, actor=actor, user_id=actor.user_id or 0, mail=MAIL)
        return actor


def ask(client: LintingClient, who: str) -> TestResponse:
    client.get(f"{PAGE}?again=1")
    return send(client, PAGE, {"who": who})


def received(app: Flask, address: str) -> list[str]:
    """Return what came by telephone or mail, oldest first."""
    jobs.run_waiting(app)
    with saved(app) as session:
        found = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [one.text for one in found if one.address == address and "重新设置" in one.text]


def code_of(app: Flask) -> str:
    return received(app, PHONE)[-1].split("验证码是 ")[1][:6]


def link_of(app: Flask) -> str:
    found = re.search(r"http://localhost(/\S+)", received(app, MAIL)[-1])
    assert found
    return found[1]


def follow(client: LintingClient, link: str) -> TestResponse:
    return client.get(link, follow_redirects=True)


def at(app: Flask, link: str) -> LintingClient:
    """Return a browser in which a link was opened."""
    client = browser(app)
    follow(client, link)
    return client


@pytest.mark.parametrize("by", ["username", "phone"])
def test_a_household_gets_a_code_and_everything_else_ends(
    committed_app: Flask,
    client: LintingClient,
    holder: Actor,
    enter: Enter,
    transaction: Transaction,
    by: str,
) -> None:
    elsewhere, name = enter(holder), username_of(transaction, holder)
    assert ask(client, name if by == "username" else "138 0556 0000").status_code == 303
    assert send(client, PAGE, {"phone_code": code_of(committed_app)}).location == PAGE
    assert f"用户名：{name}" in text_of(client.get(PAGE))
    assert send(client, PAGE, CHOSEN).location == "/account/sign-in"
    assert elsewhere.get("/account/").status_code == 302
    assert sign_in(client, name).status_code == 422
    assert sign_in(client, name, NEW).status_code == 303
    jobs.run_waiting(committed_app)
    with transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.user_id == holder.user_id)).one()
        assert notice.kind == "password_changed"
        ways = select(NoticeAttempt.way).where(NoticeAttempt.notice_id == notice.id)
        assert set(session.scalars(ways)) == {"sms", "mail"}


def test_staff_without_a_telephone_get_a_link_that_works_once(
    committed_app: Flask, client: LintingClient, officer: Actor, transaction: Transaction
) -> None:
    name = username_of(transaction, officer)
    ask(client, name)
    link = link_of(committed_app)
    elsewhere = browser(committed_app)
    assert f"用户名：{name}" in text_of(follow(elsewhere, link))
    assert send(elsewhere, PAGE, CHOSEN).location == "/account/sign-in"
    assert "已经用过" in text_of(follow(browser(committed_app), link))
    assert sign_in(client, name, NEW).status_code == 303


def test_opening_a_link_changes_nothing(
    committed_app: Flask, client: LintingClient, officer: Actor, transaction: Transaction
) -> None:
    """Scanners of mail open every link before its reader does."""
    ask(client, username_of(transaction, officer))
    link = link_of(committed_app)
    for _ in range(3):
        follow(browser(committed_app), link)
    assert send(at(committed_app, link), PAGE, CHOSEN).location == "/account/sign-in"


def test_a_second_factor_is_still_asked_for(
    committed_app: Flask, client: LintingClient, officer: Actor, enter: Enter, transaction: Transaction
) -> None:
    enter(officer)
    with transaction() as session:
        factors.start(session, actor=officer)
        own = select(SignIn.id).where(SignIn.user_id == officer.user_id)
        sign_in_id = session.scalars(own).one()
    secret = secret_of(transaction, officer)
    with transaction() as session:
        factors.confirm(session, actor=officer, sign_in_id=sign_in_id, code=code_at(secret))
    name = username_of(transaction, officer)
    ask(client, name)
    follow(client, link_of(committed_app))
    send(client, PAGE, CHOSEN)
    assert sign_in(client, name, NEW).location == "/account/sign-in"
    assert client.get("/authority/").status_code == 302
    entered = send_from(client, client.get("/account/sign-in"), {"secret_code": code_at(secret, steps=1)})
    assert entered.location == "/authority/"


def test_a_name_that_nobody_has_looks_the_same_and_nothing_is_sent(
    committed_app: Flask, holder: Actor, officer: Actor, transaction: Transaction
) -> None:
    pages = []
    for who in (PHONE, username_of(transaction, officer), "nobody", "13905561111"):
        stranger = browser(committed_app)
        asked = ask(stranger, who)
        page = text_of(stranger.get(PAGE))
        refused = send(stranger, PAGE, {"phone_code": "000000"})
        pages.append((asked.status_code, asked.location, page, refused.status_code, text_of(refused)))
    assert len(set(pages)) == 1
    with transaction() as session:
        assert len(session.scalars(select(PhoneCode).where(PhoneCode.purpose == "reset")).all()) == 4
        queued = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'identity.send_code'")
        assert session.scalar(queued) == 4
    jobs.run_waiting(committed_app)
    with transaction() as session:
        sent = session.scalars(select(OutboxMessage.address)).all()
        assert sorted(sent) == [PHONE, MAIL]


def test_digits_that_were_never_sent_open_nothing(
    committed_app: Flask, client: LintingClient, officer: Actor, transaction: Transaction
) -> None:
    """A link went out; somebody who guesses the digits that the row would make has nothing."""
    ask(client, username_of(transaction, officer))
    with transaction() as session:
        session.execute(update(PhoneCode).values(way="sms"))
    digits = received(committed_app, MAIL) or received_digits(committed_app)
    with transaction() as session:
        session.execute(update(PhoneCode).values(way="mail"))
    assert send(client, PAGE, {"phone_code": digits[-1]}).status_code == 422
    with transaction() as session:
        assert session.scalars(select(PasswordReset)).all() == []


def received_digits(app: Flask) -> list[str]:
    with saved(app) as session:
        code_id = session.scalars(select(PhoneCode.id)).one()
        parcel = phones.find_parcel(session, code_id=code_id)
    assert parcel is not None
    return [parcel.text.split("验证码是 ")[1][:6]]


def test_it_ends_after_its_minutes(
    committed_app: Flask, client: LintingClient, officer: Actor, transaction: Transaction
) -> None:
    ask(client, username_of(transaction, officer))
    link = link_of(committed_app)
    late = at(committed_app, link)
    with transaction() as session:
        session.execute(update(PasswordReset).values(expires_at=PasswordReset.issued_at))
    assert "从头再来" in text_of(follow(browser(committed_app), link))
    assert late.get(PAGE).location == PAGE


def test_no_secret_can_be_read_later(
    committed_app: Flask, client: LintingClient, holder: Actor, officer: Actor, transaction: Transaction
) -> None:
    for who in (PHONE, username_of(transaction, officer)):
        ask(client, who)
    secrets = [code_of(committed_app), link_of(committed_app).partition("link=")[2]]
    shown = text_of(client.get("/demo/outbox")) if "demo" in committed_app.blueprints else ""
    assert not shown or all(secret in shown for secret in secrets)
    with transaction() as session:
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).all()
        for table in tables:
            rows = session.scalars(text(f"SELECT t::text FROM {table} t")).all()  # our own names
            for secret in secrets:
                assert not any(secret in row for row in rows), table


@pytest.fixture
def limited(committed_app: Flask) -> Iterator[Flask]:
    with beside(committed_app, limits=True) as app:
        yield app


@pytest.mark.parametrize("who", [PHONE, "13905561111"])
def test_it_is_not_asked_for_again_and_again_from_whichever_process(
    committed_app: Flask, limited: Flask, holder: Actor, who: str
) -> None:
    assert ask(browser(committed_app), who).status_code == 303
    refused = ask(browser(limited), who)
    assert refused.status_code == 422
    assert "过一分钟再发" in text_of(refused)


def test_a_code_is_guessed_five_times(committed_app: Flask, client: LintingClient, holder: Actor) -> None:
    ask(client, PHONE)
    good = code_of(committed_app)
    wrong = "000000" if good != "000000" else "111111"
    for _ in range(5):
        assert send(client, PAGE, {"phone_code": wrong}).status_code == 422
    assert "错了太多次" in text_of(send(client, PAGE, {"phone_code": good}))
