import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.identity import service
from app.identity.models import District, SignIn, User
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.factories.projects import make_household
from tests.web.linting import LintingClient

Transaction = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def regulator(transaction: Transaction) -> Actor:
    with transaction() as session:
        return make_actor(session, role=Role.REGULATOR, district=make_district(session))


@pytest.fixture
def username(transaction: Transaction, regulator: Actor) -> str:
    with transaction() as session:
        return session.get_one(User, regulator.user_id).username


def send(client: LintingClient, username: str, password: str, after: str = "") -> tuple[int, str, str]:
    page = client.get("/account/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    response = client.post(
        f"/account/sign-in{after}", data={"username": username, "password": password, "csrf_token": token}
    )
    return response.status_code, response.location or "", response.get_data(as_text=True)


def test_the_right_password_leads_to_the_desk(client: LintingClient, username: str) -> None:
    status, location, _ = send(client, username, PASSWORD)
    assert (status, location) == (303, "/regulator/signals/")
    assert client.get(location).status_code == 200
    assert client.get("/account/sign-in").location == "/regulator/signals/"


def test_unknown_names_and_wrong_passwords_get_one_answer(
    client: LintingClient, username: str, transaction: Transaction
) -> None:
    with transaction() as session:
        session.execute(text("UPDATE users SET active = false WHERE username <> :name"), {"name": username})
        closed = make_actor(session, role=Role.AUDITOR, district=make_district(session))
        session.get_one(User, closed.user_id).active = False
        closed_name = session.get_one(User, closed.user_id).username
    answers = [
        send(client, name, password)
        for name, password in ((username, "wrong"), ("nobody", "wrong"), (closed_name, PASSWORD))
    ]
    for status, location, page in answers:
        assert (status, location) == (422, "")
        assert "用户名或密码不正确" in page
        assert PASSWORD not in page


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "//["],
)
def test_nobody_is_sent_to_another_site(client: LintingClient, username: str, target: str) -> None:
    _, location, _ = send(client, username, PASSWORD, after=f"?next={target}")
    assert location == "/regulator/signals/"


def test_signing_in_leads_back_to_where_one_was_going(client: LintingClient, username: str) -> None:
    assert "next=" in client.get("/account/sign-ins").location
    _, location, _ = send(client, username, PASSWORD, after="?next=/account/sign-ins")
    assert location == "/account/sign-ins"


def test_signing_out_ends_the_row_so_a_stolen_cookie_is_worth_nothing(
    client: LintingClient, username: str, committed_app: Flask
) -> None:
    send(client, username, PASSWORD)
    with client.session_transaction() as cookie:
        stolen = dict(cookie)
    csrf = client.get("/account/sign-ins").get_data(as_text=True)
    token = csrf.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/account/sign-out", data={"csrf_token": token}).status_code == 303
    thief = committed_app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(stolen)
    assert "/account/sign-in" in (thief.get("/account/sign-ins").location or "")


def test_a_form_without_its_token_is_refused(client: LintingClient, username: str) -> None:
    response = client.post("/account/sign-in", data={"username": username, "password": PASSWORD})
    assert response.status_code == 400


def test_one_ends_a_sign_in_elsewhere_but_not_somebody_elses(
    enter: Enter, regulator: Actor, transaction: Transaction
) -> None:
    here, elsewhere = enter(regulator), enter(regulator)
    with transaction() as session:
        stranger = make_actor(session, role=Role.OFFICER, district=make_district(session))
    other = enter(stranger)
    page = here.get("/account/sign-ins").get_data(as_text=True)
    ref = page.split("/account/sign-ins/")[1].split("/end")[0]
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    foreign_page = other.get("/account/sign-ins").get_data(as_text=True)
    foreign_token = foreign_page.split('name="csrf_token" value="')[1].split('"')[0]
    assert other.post(f"/account/sign-ins/{ref}/end", data={"csrf_token": foreign_token}).status_code == 404
    assert here.post(f"/account/sign-ins/{ref}/end", data={"csrf_token": token}).status_code == 303
    assert elsewhere.get("/account/sign-ins").status_code == 302
    assert here.get("/account/sign-ins").status_code == 200


def test_signing_in_is_on_record_without_names(
    client: LintingClient, username: str, transaction: Transaction
) -> None:
    send(client, username, PASSWORD)
    with transaction() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "identity.sign_in")).one()
    assert username not in str(row.detail)
    assert row.role == "regulator"


def test_all_other_sign_ins_end_at_once(enter: Enter, regulator: Actor, transaction: Transaction) -> None:
    here, others = enter(regulator), [enter(regulator), enter(regulator)]
    page = here.get("/account/sign-ins").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = here.post("/account/sign-ins/end-others", data={"csrf_token": token})
    assert answer.location == "/account/sign-ins"
    assert here.get("/account/").status_code == 200
    assert [other.get("/account/").status_code for other in others] == [302, 302]
    with transaction() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "identity.sign_out_elsewhere")).one()
    assert row.detail == {"ended": 2}


def test_a_cookie_put_there_beforehand_does_not_become_anybodys(committed_app: Flask, username: str) -> None:
    client = committed_app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = planted = "planted-by-somebody-else"
        cookie["more"] = planted
    client.get("/account/sign-in")
    with client.session_transaction() as cookie:
        known_token = cookie["csrf_token"]
    send(client, username, PASSWORD)
    with client.session_transaction() as cookie:
        assert planted not in cookie.values()
        assert cookie.get("csrf_token") != known_token
    thief = committed_app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = planted, True
    assert thief.get("/account/").status_code == 302


def test_signing_in_again_ends_what_this_browser_was_signed_in_as(
    committed_app: Flask, username: str, transaction: Transaction
) -> None:
    client = committed_app.test_client()
    send(client, username, PASSWORD)
    with client.session_transaction() as cookie:
        first = dict(cookie)
    token = client.get("/account/").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/account/sign-in", data={"username": username, "password": PASSWORD, "csrf_token": token})
    assert client.get("/account/").status_code == 200
    thief = committed_app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(first)
    assert thief.get("/account/").status_code == 302


def test_staff_who_leave_their_desk_are_signed_out_and_households_are_not(
    enter: Enter, regulator: Actor, transaction: Transaction
) -> None:
    with transaction() as session:
        officer = make_actor(session, role=Role.OFFICER, district=make_district(session))
        household = make_actor(
            session,
            role=Role.HOUSEHOLD,
            district=session.get_one(District, officer.district),
            household_id=make_household(session, officer=officer).id,
        )
    staff, family = enter(regulator), enter(household)

    def idle_for(minutes: int) -> None:
        with transaction() as session:
            session.execute(
                text("UPDATE sign_ins SET seen_at = now() - make_interval(mins => :m)"), {"m": minutes}
            )

    idle_for(29)
    assert staff.get("/account/").status_code == 200
    with transaction() as session:
        seen = session.scalars(select(SignIn.seen_at).where(SignIn.user_id == regulator.user_id)).one()
    assert seen == clock.system_now()
    idle_for(31)
    assert staff.get("/account/").status_code == 302
    assert family.get("/account/").status_code == 200


def test_the_last_use_is_not_written_with_every_page(
    enter: Enter, regulator: Actor, transaction: Transaction
) -> None:
    client = enter(regulator)

    def version() -> str:
        with transaction() as session:
            return str(session.scalars(text("SELECT xmin FROM sign_ins")).one())

    before = version()
    for _ in range(3):
        client.get("/account/")
    assert version() == before


def test_an_unknown_name_takes_as_long_to_refuse(
    committed_app: Flask, username: str, transaction: Transaction
) -> None:
    """With real hashes; the work counts, not the time, and of each kind the least of five by turns."""
    with dear_hashes(), transaction() as session:
        stored = service._Hashing.hasher.hash(PASSWORD)
        session.execute(update(User).values(password_hash=stored))
    with dear_hashes():
        rounds = [[work_of(committed_app, name) for name in (username, "nobody")] for _ in range(5)]
    known, unknown = map(min, zip(*rounds, strict=True))
    assert 0.6 < unknown / known < 1.6, rounds


def work_of(app: Flask, name: str) -> float:
    """Return the seconds of processor time that it takes to refuse a name."""
    client = app.test_client()
    page = client.get("/account/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    begun = time.process_time()
    client.post("/account/sign-in", data={"username": name, "password": "wrong", "csrf_token": token})
    return time.process_time() - begun


@contextmanager
def dear_hashes() -> Iterator[None]:
    cheap = service._Hashing.hasher, service._Hashing.dummy
    service._Hashing.hasher = PasswordHasher()
    service._Hashing.dummy = service._Hashing.hasher.hash("nobody's")
    yield
    service._Hashing.hasher, service._Hashing.dummy = cheap
