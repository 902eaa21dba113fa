"""A request holds one connection of the pool for writing, also while it puts a note on record."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import QueuePool, select

from app.core.audit import AuditRow
from app.extensions import db
from app.identity import tokens
from app.identity.models import ApiToken
from app.identity.tokens import Scope
from app.web.bearer import MISSES_A_MINUTE
from tests.database import beside
from tests.web.town import Town, make_town, saved


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@contextmanager
def one_connection(app: Flask) -> Iterator[None]:
    """Hold all connections for writing but one."""
    with app.app_context():
        engine = db.engine
    pool = cast(QueuePool, engine.pool)
    with ExitStack() as stack:
        for _ in range(pool.size() + pool._max_overflow - 1):
            stack.enter_context(engine.connect())
        yield


def change_price(app: Flask, town: Town, secret: str) -> int:
    answer = app.test_client().put(
        f"/api/v1/developer/homes/{town.home.ref}/prices/voucher",
        json={"amount_fen": 46_000_000, "reason": "调价"},
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.status_code


def test_the_use_of_a_token_is_noted_by_the_last_connection(committed_app: Flask, town: Town) -> None:
    with saved(committed_app) as session:
        secret, _ = tokens.create_token(
            session, actor=town.shop.developer, name="销售系统", scopes=[Scope.WRITE_PRICES], days=30
        )
        session.commit()
    with one_connection(committed_app):
        assert change_price(committed_app, town, secret) == 200
    with saved(committed_app) as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() is not None


def test_a_stopped_guess_is_noted_by_the_last_connection(committed_app: Flask, town: Town) -> None:
    with beside(committed_app, limits=True) as limited, one_connection(limited):
        wrong = tokens.PREFIX + "wrong"
        answers = [change_price(limited, town, wrong) for _ in range(MISSES_A_MINUTE + 1)]
    assert answers == [401] * MISSES_A_MINUTE + [429]
    with saved(committed_app) as session:
        noted = select(AuditRow.detail).where(AuditRow.action == "identity.stopped_guessing")
        assert [detail["kind"] for detail in session.scalars(noted)] == ["token-miss"]
