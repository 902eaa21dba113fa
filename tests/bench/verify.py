"""Seconds a case at the verification desk, through HTTP, on a district with 300 contracts waiting.

Measured is what the system takes: from pressing the button until the next case stands there, read whole. What
a person adds by looking at paper is theirs, and the desk's own median shows it in service. It is an error
unless every case ends where it should and the books are sound.
"""

import time
from datetime import timedelta
from statistics import median
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.core.actor import Actor
from app.extensions import db
from app.identity import service as identity
from app.identity.models import User
from app.ledger import queries as ledger
from app.redemptions import flows
from app.redemptions import queries as redemptions
from app.redemptions.checking_models import CheckBatch
from app.redemptions.models import Redemption
from app.wiring import TEST_MOMENT
from tests.bench.harness import Result
from tests.database import Cluster, disconnect, settings_for
from tests.factories.checking import make_case
from tests.factories.identity import PASSWORD
from tests.factories.redemptions import Shop, make_shop
from tests.web.sending import form_to
from tests.web.town import make_town, saved

DEVELOPMENTS, CASES, AT_THE_DESK = 6, 300, 200
DESK = "/authority/verification/"


def run() -> list[Result]:
    """Fill a district, let both persons work, prove what must hold, and return the figures."""
    moving = clock.FixedClock(TEST_MOMENT)
    clock.use(moving)
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        app = create_app(settings_for(cluster.clone(name)))
        clock.use(moving)
        results = _measure(app, moving)
        disconnect(app)
    finally:
        cluster.drop(name)
        cluster.close()
    return results


def _measure(app: Flask, moving: clock.FixedClock) -> list[Result]:
    desk = make_town(app).shop.desk
    with saved(app) as session:
        shops = [make_shop(session, desk=desk) for _ in range(DEVELOPMENTS)]
        for number in range(CASES):
            make_case(session, shops[number % DEVELOPMENTS])
    officer, checker = _enter(app, desk.officer), _enter(app, desk.checker)
    began = time.perf_counter()
    officer.get(DESK)
    opening = time.perf_counter() - began
    firsts = _work(officer, moving, AT_THE_DESK)
    began = time.perf_counter()
    _sample(checker, moving)
    sampling = time.perf_counter() - began
    began = time.perf_counter()
    with saved(app) as session:
        written_off = flows.carry_out(session, batch_id=session.scalars(select(CheckBatch.id)).one())
    carrying = time.perf_counter() - began
    _prove(app, shops[0])
    return [
        Result("verify: the desk with 300 cases waiting", "s", opening),
        Result("verify: a case of the first person, to the next on the screen", "s", median(firsts)),
        Result("verify: the slowest of 200", "s", max(firsts)),
        Result("verify: making a batch and looking at its sample of 20", "s", sampling),
        Result("verify: writing off a case of an approved batch", "s", carrying / written_off),
    ]


def _enter(app: Flask, actor: Actor) -> FlaskClient:
    with saved(app) as session:
        username = session.get_one(User, actor.user_id).username
        token, _ = identity.sign_in(
            session, username=username, password=PASSWORD, device="bench", lasts=timedelta(hours=8)
        )
    app.test_client_class = FlaskClient
    plain = app.test_client()
    with plain.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return plain


def _press(client: FlaskClient, address: str, action: str, **typed: str) -> str:
    page = client.get(address)
    answer = client.post(action or address, data={**form_to(page, action), **typed})
    if answer.status_code != 303:
        raise AssertionError(f"{address}: {answer.status_code}")
    where = urlsplit(answer.location)
    return f"{where.path}?{where.query}" if where.query else where.path


def _work(client: FlaskClient, moving: clock.FixedClock, count: int) -> list[float]:
    """Verify case after case; each time the next page is read, so only the sending and the reading count."""
    address = _press(client, DESK, "/authority/verification/next")
    page = client.get(address)
    took = []
    for _ in range(count):
        moving.advance(timedelta(seconds=20))
        sent = form_to(page, "")
        began = time.perf_counter()
        answer = client.post(address, data=sent)
        address = answer.location
        page = client.get(address)
        took.append(time.perf_counter() - began)
        if answer.status_code != 303 or page.status_code != 200:
            raise AssertionError(f"{address}: {answer.status_code}, {page.status_code}")
    return took


def _sample(client: FlaskClient, moving: clock.FixedClock) -> None:
    """Make a batch, look at its sample and approve it."""
    batch = _press(client, DESK, "/authority/verification/batches")
    address = _press(client, batch, f"{batch}/sample")
    while address != batch:
        moving.advance(timedelta(seconds=20))
        address = _press(client, address, f"{batch}/sample/{address.split('/')[3]}")
    _press(client, batch, f"{batch}/approve", checked="yes")


def _prove(app: Flask, shop: Shop) -> None:
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        states = session.scalars(
            select(Redemption.state).where(Redemption.district_id == shop.desk.district.id)
        ).all()
        counted = {state: states.count(state) for state in set(states)}
        sound = not ledger.verify(session) and not redemptions.verify(session)
    if counted != {"redeemed": AT_THE_DESK, "contracted": CASES - AT_THE_DESK} or not sound:
        raise AssertionError(f"{counted}, sound: {sound}")
