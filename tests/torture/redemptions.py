"""500 buyers go after 50 homes over HTTP, then 1,000 locks while web, worker and database are killed.

Everybody presses twice; a fifth pay what is missing at a made-up Stripe, which lives on, and some of them
withdraw, are given back, or contest. Afterwards no home has two buyers, no voucher is overdrawn, every lock
is made once, every job done, our books are Stripe's to the fen, nothing is owed to anybody who paid, and
ledger and audit trail prove themselves. `SEED=n` kills at the same errands again.
"""

import http.client
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.demo.stripe_server.server import StripeServer
from app.extensions import db
from app.homes.models import Home
from app.wiring import TEST_MOMENT
from tests.database import Cluster, disconnect, settings_for
from tests.factories.cards import made_up_stripe
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Shop, make_buyer, make_home, make_quote, make_shop
from tests.factories.vouchers import make_desk
from tests.torture.ordeal import Errand, Lock, Ordeal, on_own_server
from tests.torture.payers import POINTS, Payer, listen, make_payers, paying_at
from tests.torture.settled import prove, settle_up
from tests.torture.site import button_of, cookie_of, press

FOLDER: Final = Path(__file__).resolve().parents[2] / "var" / "torture-redemptions"
BUYERS, HOMES, AT_ONCE = 500, 50, 16
ERRANDS, PAYERS, HOMES_EACH, KILLS = 1_000, 200, 20, 60


def run() -> Iterator[str]:
    """Yield what was shown. Raises AssertionError for what does not hold."""
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))
    yield f"seed {seed}"
    with _app() as app, made_up_stripe() as stripe:
        rivals, locks, payers = _people(app, stripe, random.Random(seed))
        yield f"{BUYERS} buyers have a quote for one of {HOMES} homes, others {ERRANDS} for their own"
        with on_own_server(app, FOLDER, durable=True, **paying_at(stripe)) as ordeal:
            listen(ordeal, stripe)
            told = _rush(ordeal, rivals)
            ordeal.prove(locked=HOMES)
            yield f"every home has one buyer; what {2 * BUYERS} presses were told: {dict(told)}"
            yield from _under_fire(ordeal, locks, payers, seed)
    shutil.rmtree(FOLDER, ignore_errors=True)


def _under_fire(ordeal: Ordeal, locks: Sequence[Lock], payers: Sequence[Payer], seed: int) -> Iterator[str]:
    kept = len(locks) + sum(not one.withdraws for one in payers)
    errands: list[Errand] = [*locks, *payers]
    random.Random(seed).shuffle(errands)
    killed = ordeal.run(errands, kills=KILLS, seed=seed, points=POINTS)
    yield f"killed: {dict(killed)}"
    settle_up(ordeal, payers[0].desk)
    transfers, rows = ordeal.prove(locked=HOMES + kept)
    yield f"{ERRANDS} locks are made once each: {transfers} transfers and {rows} audit rows hold"
    moved = prove(ordeal, payers[0].desk)
    assert moved["taken"], moved
    yield f"all that moved at Stripe stands here: {moved}"


@contextmanager
def _app() -> Iterator[Flask]:
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        app = create_app(settings_for(cluster.clone(name)))
        clock.use(clock.FixedClock(TEST_MOMENT))
        yield app
        disconnect(app)
    finally:
        cluster.drop(name)
        cluster.close()


def _people(
    app: Flask, stripe: StripeServer, drawn: random.Random
) -> tuple[list[Lock], list[Lock], list[Payer]]:
    """Return the rivals' locks, ten for each home, and what people do who are in nobody's way."""
    with app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        shop = make_shop(session, desk=make_desk(session, policy=ROOMY))
        wanted = [make_home(session, shop) for _ in range(HOMES)]
        rivals = [
            lock for number in range(BUYERS) for lock in _locks(app, session, shop, [wanted[number % HOMES]])
        ]
        others = [
            lock
            for _ in range((ERRANDS - PAYERS) // HOMES_EACH)
            for lock in _locks(app, session, shop, [make_home(session, shop) for _ in range(HOMES_EACH)])
        ]
        payers = make_payers(app, session, shop, stripe, count=PAYERS, drawn=drawn)
        session.commit()
    return rivals, others, payers


def _locks(app: Flask, session: Session, shop: Shop, homes: Sequence[Home]) -> list[Lock]:
    """Return quotes of one new buyer, whose voucher pays all the homes."""
    buyer = make_buyer(session, shop.desk, faces=(len(homes) * 46_200_000,))
    assert buyer.actor.user_id is not None
    cookie = cookie_of(app, session, buyer.actor.user_id)
    return [Lock(make_quote(session, buyer, home).ref, cookie) for home in homes]


def _rush(ordeal: Ordeal, rivals: Sequence[Lock]) -> Counter[int]:
    """Let everybody open their quote, then press twice at once; return the statuses."""
    shown = [(errand, *button_of(ordeal.port, *errand)) for errand in rivals]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pressed = [
            pool.submit(press, ordeal.port, errand.quote_ref, cookie, fields)
            for errand, _status, fields, cookie in shown
            for _ in range(2)
            if fields is not None
        ]
        told = Counter(one.result() for one in pressed)
    # A winner's second press leads to the same purchase; a refusal is a page that says why.
    assert told[http.client.SEE_OTHER] == 2 * HOMES, told
    assert not {status for status in told if status >= http.client.INTERNAL_SERVER_ERROR}, told
    return told
