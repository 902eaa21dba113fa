"""People at the sign-in page and those who manage them, as the tests of /account need them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.core.audit import AuditRow
from app.identity import queries
from app.identity.models import Membership, Organisation, User
from tests.factories.identity import PASSWORD
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of

Transaction = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]


def browser(app: Flask) -> LintingClient:
    """Return a browser that nobody has used."""
    app.test_client_class = LintingClient
    client = app.test_client()
    assert isinstance(client, LintingClient)
    return client


def username_of(transaction: Transaction, who: Actor) -> str:
    """Return a person's sign-in name."""
    with transaction() as session:
        return session.get_one(User, who.user_id).username


def sign_in(client: LintingClient, username: str, password: str = PASSWORD) -> TestResponse:
    """Send name and password."""
    return send(client, "/account/sign-in?again=1", {"username": username, "password": password})


def send_from(client: LintingClient, page: TestResponse, typed: dict[str, object]) -> TestResponse:
    """Fill in the one form of a page that was answered already, and send it."""
    action, sent = form_of(page)
    return client.post(action or page.request.path, data={**sent, **typed})


def secret_of(transaction: Transaction, who: Actor) -> str:
    """Return the secret of a person's second factor."""
    with transaction() as session:
        factor = queries.find_factor(session, user_id=who.user_id or 0)
        assert factor is not None
        return queries.secret_of(factor)


def code_at(secret: str, *, steps: int = 0) -> str:
    """Return the code that the app shows now, or some steps of half a minute from now."""
    return pyotp.TOTP(secret).at(clock.system_now() + timedelta(seconds=30 * steps))


def actions(transaction: Transaction) -> list[str]:
    """Return what is on record, without granting roles and signing in, which every test does."""
    with transaction() as session:
        found = session.scalars(select(AuditRow.action).order_by(AuditRow.at, AuditRow.chain, AuditRow.seq))
        return sorted(set(found) - {"identity.grant_role", "identity.sign_in"})


NEW = "港华路的老房子二十年"
CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")


@dataclass(frozen=True)
class Company:
    """A developer with a manager and a salesperson, and somebody else's manager."""

    manager: Actor
    sales: Actor
    stranger: Actor


def ref_of(transaction: Transaction, who: Actor) -> str:
    with transaction() as session:
        return session.scalars(select(Membership.ref).where(Membership.user_id == who.user_id)).one()


def place_of(transaction: Transaction, who: Actor, role: Role, duty: Duty | None = None) -> str:
    with transaction() as session:
        name = session.get_one(Organisation, who.organisation).name
        return f"{role}|{duty or ''}|{name}"


def invite(client: LintingClient, place: str, username: str = "wangli") -> str:
    """Invite somebody; return the code."""
    typed = {"display_name": "王丽", "username": username, "place": place}
    answer = send(client, "/account/people/invite", typed)
    assert answer.status_code == 200, text_of(answer)
    found = CODE.search(text_of(answer))
    assert found
    return found[0]


def accept(app: Flask, code: str, password: str = NEW, **more: str) -> tuple[int, str]:
    typed = {"secret_code": code, "new_password": password, "password_again": password, **more}
    answer = send(browser(app), "/account/invitation", typed)
    return answer.status_code, text_of(answer) if answer.status_code != 303 else answer.location


def issue_reset(client: LintingClient, ref: str) -> str:
    answer = send(client, f"/account/people/{ref}/reset")
    assert answer.status_code == 200
    found = CODE.search(text_of(answer))
    assert found
    return found[0]


def use_reset(app: Flask, username: str, code: str, password: str = NEW) -> tuple[int, str]:
    typed = {"username": username, "secret_code": code, "new_password": password, "password_again": password}
    answer = send(browser(app), "/account/reset", typed)
    return answer.status_code, text_of(answer) if answer.status_code != 303 else ""
