"""People at the sign-in page, as the tests of /account need them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pyotp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.core.actor import Actor
from app.core.audit import AuditRow
from app.identity import queries
from app.identity.models import User
from tests.factories.identity import PASSWORD
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send

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
