from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.identity.models import User
from tests.factories.identity import PASSWORD, make_actor, make_district
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
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "evil"]
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
