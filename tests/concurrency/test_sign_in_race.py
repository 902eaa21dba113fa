"""Signing in at the same moment: many with few connections, and one while their account is made safer."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import wiring
from app.core import clock
from app.core.actor import Actor, Role
from app.core.locks import LockPolicy
from app.identity import factors, service
from app.identity.errors import WrongCredentials
from app.identity.models import SecondFactor, SignIn, User
from app.identity.queries import secret_of
from tests.concurrency.race import PATIENCE, NoLocks, before, do, overtaking
from tests.database import beside
from tests.factories.identity import PASSWORD, make_actor, make_district

Transaction = Callable[[], AbstractContextManager[Session]]
AT_ONCE = 6


def test_nobody_waits_for_a_second_connection_while_holding_the_first(
    committed_app: Flask, transaction: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try is counted beside the sign-in's own transaction; a pool of three has no six to give."""
    with transaction() as session:
        district = make_district(session)
        actors = [make_actor(session, role=Role.OFFICER, district=district) for _ in range(AT_ONCE)]
        names = [session.get_one(User, actor.user_id).username for actor in actors]
    monkeypatch.setattr(wiring, "_WEB_TIMEOUTS", wiring._PATIENT_TIMEOUTS)
    monkeypatch.setattr(wiring, "_POOL_SECONDS", PATIENCE)  # who waits in vain is told so only then
    barrier = Barrier(AT_ONCE)

    def sign_in(name: str) -> int:
        client = app.test_client()
        page = client.get("/account/sign-in").get_data(as_text=True)
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[-1]
        barrier.wait(PATIENCE)
        fields = {"username": name, "password": PASSWORD, "csrf_token": token}
        return client.post("/account/sign-in", data=fields).status_code

    with beside(committed_app, limits=True, database_pool=1) as app, ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = [status for _ in range(3) for status in pool.map(sign_in, names)]
    assert statuses == [303] * AT_ONCE * 3


@dataclass(frozen=True)
class Officer:
    """Somebody who signs in while they, or whoever has their other device, make the account safer."""

    actor: Actor
    username: str

    def sign_in(self, session: Session) -> None:
        """Sign in by the password that stood when the page was opened."""
        service.sign_in(
            session, username=self.username, password=PASSWORD, device="", lasts=timedelta(hours=1)
        )

    def change_password(self, session: Session) -> None:
        """Choose another password, which ends all sign-ins."""
        user = session.get_one(User, self.actor.user_id)
        service.set_password(session, user=user, new_password="a-password-that-nobody-knows")

    def turn_factor_on(self, session: Session) -> None:
        """Confirm a second factor, which ends all sign-ins but the one that does it."""
        factors.start(session, actor=self.actor)
        factor = session.get_one(SecondFactor, self.actor.user_id)
        code = pyotp.TOTP(secret_of(factor)).at(clock.system_now())
        factors.confirm(session, actor=self.actor, sign_in_id=0, code=code)


@pytest.fixture
def officer(setting: Session) -> Officer:
    actor = make_actor(setting, role=Role.OFFICER, district=make_district(setting))
    setting.commit()
    return Officer(actor, setting.get_one(User, actor.user_id).username)


def opened(engine: Engine) -> list[str]:
    """Return how those were proven who are signed in."""
    with Session(engine) as session:
        return list(session.scalars(select(SignIn.proof).where(SignIn.ended_at.is_(None))))


SAFER = ["change_password", "turn_factor_on"]


@pytest.mark.parametrize("act", SAFER)
@pytest.mark.parametrize(
    ("policy", "order", "left"),
    [
        pytest.param(None, ["act", "other"], [], id="locks"),
        pytest.param(NoLocks(), ["other", "act"], ["password"], id="control"),
    ],
)
def test_no_sign_in_under_way_outlives_what_ends_all(
    engine: Engine, officer: Officer, act: str, policy: LockPolicy | None, order: list[str], left: list[str]
) -> None:
    assert overtaking(engine, officer.sign_in, getattr(officer, act), policy=policy) == order
    assert opened(engine) == left


@pytest.mark.parametrize(
    ("act", "outcome", "left"),
    [("change_password", WrongCredentials().code, []), ("turn_factor_on", "done", ["code_to_come"])],
)
def test_what_changed_while_the_password_was_checked_counts(
    engine: Engine, officer: Officer, act: str, outcome: str, left: list[str]
) -> None:
    """Checking takes a while on purpose; what the sign-in read before is old by then."""
    came: list[str] = []

    def change() -> None:
        came.append(str(do(engine, getattr(officer, act))))

    def sign_in(session: Session) -> None:
        before(session, change, at="SELECT users.id")
        officer.sign_in(session)

    assert (do(engine, sign_in), came) == (outcome, ["done"])
    assert opened(engine) == left
