from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.extensions import db
from app.identity import live, service
from app.identity.errors import WrongCredentials
from app.identity.models import Membership, SignIn, User
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.frugality import at_most

LASTS = timedelta(hours=1)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, role=Role.OFFICER, district=make_district(session))


def start(
    session: Session, who: Actor, password: str = PASSWORD, lasts: timedelta = LASTS
) -> tuple[str, SignIn]:
    username = session.get_one(User, who.user_id).username
    return service.sign_in(session, username=username, password=password, device="平板", lasts=lasts)


def test_a_token_finds_its_sign_in_and_is_not_stored(session: Session, officer: Actor) -> None:
    token, row = start(session, officer)
    found = live.find_live_sign_in(session, token, idle=LASTS)
    assert found is not None
    assert (found.id, found.person, found.username) == (row.id, officer, row.user.username)
    assert found.place == row.membership.organisation.name
    assert token.encode() not in row.token_hash
    assert live.find_live_sign_in(session, token[:-1], idle=LASTS) is None


def test_signing_in_asks_little(session: Session, officer: Actor) -> None:
    username = session.get_one(User, officer.user_id).username
    with at_most(session, 7):
        service.sign_in(session, username=username, password=PASSWORD, device="平板", lasts=LASTS)


def test_a_sign_in_ends_by_age(session: Session, officer: Actor) -> None:
    token, _ = start(session, officer, lasts=timedelta(seconds=-1))
    assert live.find_live_sign_in(session, token, idle=LASTS) is None
    assert list(live.list_live_sign_ins(session, actor=officer, idle=LASTS)) == []


@pytest.mark.parametrize("column", [User.active, Membership.ended_at])
def test_a_closed_account_or_role_ends_it_at_once(session: Session, officer: Actor, column: object) -> None:
    token, row = start(session, officer)
    if column is User.active:
        session.execute(update(User).where(User.id == officer.user_id).values(active=False))
    else:
        session.execute(
            update(Membership).where(Membership.id == row.membership_id).values(ended_at=row.started_at)
        )
    assert live.find_live_sign_in(session, token, idle=LASTS) is None
    with pytest.raises(WrongCredentials):
        start(session, officer)


def test_only_its_owner_ends_it_and_only_once(session: Session, officer: Actor) -> None:
    token, row = start(session, officer)
    stranger = make_actor(session, role=Role.CHECKER, district=make_district(session))
    with pytest.raises(NotFound):
        service.end_sign_in(session, actor=stranger, ref=row.ref)
    service.end_sign_in(session, actor=officer, ref=row.ref)
    assert live.find_live_sign_in(session, token, idle=LASTS) is None
    with pytest.raises(NotFound):
        service.end_sign_in(session, actor=officer, ref=row.ref)


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE memberships SET role = 'king'",
        "UPDATE memberships SET district_id = NULL",
        "UPDATE memberships SET organisation_id = NULL",
        "UPDATE memberships SET role = 'household'",
        "UPDATE memberships SET role = 'developer', district_id = NULL",
        "UPDATE memberships SET role = 'developer', district_id = NULL, duty = 'king'",
        "UPDATE organisations SET district_id = NULL",
        "UPDATE memberships SET duty = 'manager'",
        (
            "INSERT INTO memberships (user_id, role, district_id, organisation_id) "
            "SELECT user_id, role, district_id, organisation_id FROM memberships"
        ),
    ],
)
def test_a_role_without_its_scope_cannot_be_stored(session: Session, officer: Actor, breach: str) -> None:
    assert officer.role is Role.OFFICER
    with pytest.raises(IntegrityError):
        session.execute(text(breach))


def test_a_request_of_a_demo_hears_its_clock_with_the_sign_in(
    app: Flask, session: Session, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = start(session, officer)
    moment = clock.system_now() - timedelta(days=300)
    clock.start_stored_clock(session, moment)  # nobody else sees it: the clock itself would find nothing
    with app.app_context():
        stored = clock.StoredClock(db.engine, lambda: 0.0)
    monkeypatch.setattr(clock._Process, "business", stored)
    assert live.find_live_sign_in(session, token, idle=LASTS) is not None
    assert abs(clock.now() - moment) < timedelta(minutes=1)
