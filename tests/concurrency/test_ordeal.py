"""Six kills of web, worker and database at random points; `make torture ONLY=redemptions` kills more."""

import sys
from pathlib import Path
from random import SystemRandom

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from tests.factories import redemptions as factories
from tests.factories.policies import ROOMY
from tests.factories.vouchers import make_desk
from tests.torture.ordeal import WAYS, Errand, on_own_server
from tests.torture.site import cookie_of

BUYERS, HOMES_EACH, KILLS = 8, 3, 6
QUICK = set(WAYS) - {"web"}
"""The whole web takes seconds to come back; test_killed.py kills it."""


def errands_of(app: Flask) -> list[Errand]:
    """Return quotes of some buyers, each of which pays all its homes with one voucher."""
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        shop = factories.make_shop(session, desk=make_desk(session, policy=ROOMY))
        found = []
        for _ in range(BUYERS):
            buyer = factories.make_buyer(session, shop.desk, faces=(250_000_000,))
            assert buyer.actor.user_id is not None
            cookie = cookie_of(app, session, buyer.actor.user_id)
            for _ in range(HOMES_EACH):
                quote = factories.make_quote(session, buyer, factories.make_home(session, shop))
                found.append(Errand(quote.ref, cookie))
        session.commit()
    return found


def test_whatever_is_killed_every_lock_is_made_once(
    committed_app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = SystemRandom().randrange(10**6)
    with capsys.disabled():
        sys.stdout.write(f" [killing with seed {seed}] ")
    errands = errands_of(committed_app)
    with on_own_server(committed_app, tmp_path / "postgres", durable=False) as ordeal:
        killed = ordeal.run(errands, kills=KILLS, seed=seed, ways=QUICK)
        assert killed.total() == KILLS
        ordeal.finish_jobs()
        ordeal.prove(locked=len(errands))
