"""Six kills of web, worker and database; `make torture ONLY=redemptions` kills more."""

import random
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.demo.stripe_server.server import StripeServer
from app.extensions import db
from tests.factories import redemptions as factories
from tests.factories.cards import made_up_stripe
from tests.factories.policies import ROOMY
from tests.factories.vouchers import make_desk
from tests.torture.ordeal import WAYS, Lock, on_own_server
from tests.torture.payers import OPENED, PLANS, POINTS, Payer, listen, make_payers, paying_at
from tests.torture.settled import prove, settle_up
from tests.torture.site import cookie_of

BUYERS, HOMES_EACH, PAYERS, KILLS = 4, 3, len(PLANS), 6
SEED = 2016
"""Of what is drawn; where in the work a kill falls is chance enough. `make torture` draws anew each time."""
QUICK = set(WAYS) - {"web"}
"""The whole web takes seconds to come back; test_killed.py kills it."""


def people_of(app: Flask, stripe: StripeServer, drawn: random.Random) -> tuple[list[Lock], list[Payer]]:
    """Return quotes of buyers, each of which pays all its homes with one voucher, and who pay online."""
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        shop = factories.make_shop(session, desk=make_desk(session, policy=ROOMY))
        found = []
        for _ in range(BUYERS):
            buyer = factories.make_buyer(session, shop.desk, faces=(250_000_000,))
            assert buyer.actor.user_id is not None
            cookie = cookie_of(app, session, buyer.actor.user_id)
            for _ in range(HOMES_EACH):
                quote = factories.make_quote(session, buyer, factories.make_home(session, shop))
                found.append(Lock(quote.ref, cookie))
        payers = make_payers(app, session, shop, stripe, count=PAYERS, drawn=drawn)
        session.commit()
    return found, payers


def test_whatever_is_killed_every_lock_is_made_once_and_every_payment_settled(
    committed_app: Flask, tmp_path: Path
) -> None:
    with made_up_stripe() as stripe:
        locks, payers = people_of(committed_app, stripe, random.Random(SEED))
        kept = len(locks) + sum(not one.withdraws for one in payers)
        own = {"durable": False, **paying_at(stripe)}
        with on_own_server(committed_app, tmp_path / "postgres", **own) as ordeal:
            listen(ordeal, stripe)
            killed = ordeal.run([*locks, *payers], kills=KILLS, seed=SEED, ways=QUICK, points=POINTS)
            # What is aimed at a step that nobody takes any more kills nobody; only the first is sure to come.
            assert killed.total() >= KILLS // 2 + 1, killed
            assert any(OPENED in told for told in killed), killed
            settle_up(ordeal, payers[0].desk)
            ordeal.prove(locked=kept)
            assert prove(ordeal, payers[0].desk)["refunds"] >= PAYERS // len(PLANS)
