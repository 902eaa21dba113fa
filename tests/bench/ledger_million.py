"""`flask ledger verify` on a million transfers: seconds, and the memory of both processes that do it.

A small district lives through the services: vouchers, homes bought, paid up, locked, given up. Then it is
copied by set until the ledger holds a million transfers. It is an error unless all of it is sound, and unless
one fen moved by a hand from outside is found.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.demo.databases import Addresses
from app.extensions import db
from app.payments import queries as payments
from app.payments import refund_queries, refunds
from app.redemptions import service
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from app.wiring import TEST_MOMENT
from tests.bench.harness import Result
from tests.bench.multiplied import multiply
from tests.database import Cluster, disconnect, settings_for
from tests.factories.endings import PAYING, approve, ask, pay
from tests.factories.payments import pay_in
from tests.factories.policies import ROOMY
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk

ROOT: Final = Path(__file__).resolve().parents[2]
TRANSFERS: Final = int(os.environ.get("TRANSFERS", "1000000"))
_DAMAGE: Final = """
UPDATE ledger_accounts SET debits_posted = debits_posted + 1 WHERE id = (
    SELECT id FROM ledger_accounts
    WHERE kind = 'voucher' AND debits_posted + debits_pending < credits_posted ORDER BY id DESC LIMIT 1)
"""


def run() -> list[Result]:
    """Fill, prove, damage, prove again; return the figures."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        addresses = cluster.clone(name)
        _live(addresses)
        began = time.perf_counter()
        with cluster.server.connect(name) as connection:
            first = _count(connection, "ledger_transfers")
            multiply(connection, max(1, TRANSFERS // first - 1))
            counted = {
                table: _count(connection, table) for table in ("ledger_transfers", "vouchers", "redemptions")
            }
        print(f"filled in {time.perf_counter() - began:.0f} s: {counted}", flush=True)
        whole, found = _verify(addresses)
        if found["breaches"]:
            raise AssertionError(f"a sound ledger: {found['breaches'][:5]}")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        with cluster.server.connect(name) as connection:
            connection.execute(_DAMAGE)
        _, found = _verify(addresses)
        rules = {breach["rule"] for breach in found["breaches"]}
        if rules != {"stored sums are those of the transfers", "a district's debits equal its credits"}:
            raise AssertionError(f"one fen too much: {rules}")
    finally:
        cluster.drop(name)
        cluster.close()
    return [
        Result(f"ledger verify: {counted['ledger_transfers']} transfers", "s", whole),
        Result("ledger verify: a transfer", "us", 1e6 * whole / counted["ledger_transfers"]),
        Result("ledger verify: memory of the command", "MiB", memory),
    ]


def _live(addresses: Addresses) -> None:
    """Let a few households buy homes."""
    app = create_app(settings_for(addresses))
    clock.use(clock.FixedClock(TEST_MOMENT))
    with app.app_context():
        engine = create_engine(db.engine.url)
    with Session(engine, expire_on_commit=False) as session:
        shop = make_shop(session, desk=make_desk(session, policy=ROOMY))
        for _ in range(4):
            _buy(session, shop)
        _help(session, shop)
        _leave(session, make_shop(session, desk=make_desk(session, policy=PAYING)))
    engine.dispose()
    disconnect(app)


def _buy(session: Session, shop: Shop) -> None:
    """Buy three homes with the first of two vouchers, one with a top-up; give up two, one of them paid."""
    buyer = make_buyer(session, shop.desk, faces=(250_000_000, 130_550_000))
    for _ in range(3):
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    _cancel(session, buyer, make_redemption(session, buyer, make_home(session, shop)))
    paid_up = make_redemption(session, buyer, make_home(session, shop), 30_000_000, 1_000_000)
    verify_first(session, shop, contract(session, shop, paid_up))
    refunded = make_redemption(session, buyer, make_home(session, shop), 30_000_000, 1_000_000)
    pay_in(session, shop.desk.officer, refunded)
    _cancel(session, buyer, refunded)
    _refund(session, shop, refunded)


def _cancel(session: Session, buyer: Buyer, redemption: Redemption) -> None:
    service.cancel(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.commit()


def _refund(session: Session, shop: Shop, redemption: Redemption) -> None:
    """Give a top-up back by two people and the bank."""
    owner = top_up_owner(redemption.id)
    top_up = payments.find_top_up(session, district_id=redemption.district_id, owner=owner)
    assert top_up is not None
    (line,) = [one.line for one in refund_queries.list_refundable(session, top_up=top_up)]
    refund = refunds.prepare(
        session,
        actor=shop.desk.officer,
        top_up_ref=top_up.ref,
        line_ref=line.ref,
        amount_fen=line.amount_fen,
        payee_account="6222 0200 1234",
    )
    session.commit()
    refunds.approve(session, actor=shop.desk.checker, ref=refund.ref)
    session.commit()
    day, reference = clock.today(), f"B{refund.id}"
    refunds.pay(session, actor=shop.desk.officer, ref=refund.ref, bank_ref=reference, paid_on=day)
    session.commit()


def _help(session: Session, shop: Shop) -> None:
    """Let one household pay a part of another's home, which stays locked."""
    buyer, helper = (make_buyer(session, shop.desk, faces=(130_550_000,)) for _ in range(2))
    home, wanted = make_home(session, shop), helper.vouchers[0].ref
    asked = {"home_ref": home.ref, "voucher_ref": wanted, "relation": "child", "most_fen": 15_000_000}
    consent = service.ask_kin(session, actor=buyer.actor, **asked)
    session.commit()
    service.give_consent(session, actor=helper.actor, consent_ref=consent.ref, seen_fen=15_000_000)
    session.commit()
    parts = [(wanted, None), *buyer.parts()]
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=parts)
    session.commit()
    service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()


def _leave(session: Session, shop: Shop) -> None:
    """Buy one home, and have what is left of the voucher paid out."""
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    ending = ask(session, buyer)
    approve(session, shop.desk, ending)
    pay(session, shop.desk, ending)


def _verify(addresses: Addresses) -> tuple[float, dict[str, Any]]:
    """Run the command as an operator does; return its seconds and what it printed."""
    settings = settings_for(addresses)
    environment = {
        **os.environ,
        "ANJU_MODE": "test",
        "DATABASE_URL": addresses.app,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ANJU_AUDIT_KEYS": json.dumps({"test": settings.audit_keys["test"].get_secret_value()}),
        "ANJU_AUDIT_KEY_ID": "test",
    }
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "ledger", "verify", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return time.perf_counter() - began, json.loads(done.stdout)


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
