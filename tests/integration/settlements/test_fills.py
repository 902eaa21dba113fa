"""What migrations wrote into payments that there were: who noted that one failed, and what was released."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Role
from app.demo import databases
from app.extensions import db
from app.settlements import batches, proofs, receipts, releases
from app.settlements.payment_models import PaymentBatch
from tests.database import Cluster, disconnect, downgrade, migrate
from tests.factories.identity import make_actor
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    approve,
    claim,
    make_batch,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    receipt,
    send,
)

BEFORE = "0075"
"""Neither was who noted a failure kept, nor who released a batch."""
ALL = "SELECT id, state, undone_by_id, batch_state FROM settlement_payments ORDER BY id"


def _history(session: Session) -> None:
    """Leave a payment that failed, one that came back, one made and one that waits; and a batch sent back."""
    payers = make_payers(session)
    for _ in range(4):
        make_sold(session, payers.shop)
    source = make_fund(session, payers, PRICE_FEN * 4)
    keys = [one.key for one in offered(session, payers)]
    found = [approve(session, payers, claim(session, payers, keys=[key])) for key in keys]
    failed, returned, paid, _waits = send(session, payers, source, *found)
    content = receipt(failed, result="账号有误")
    receipts.take_in(
        session, actor=payers.colleague, batch_ref=failed.batch.ref, content=content, name="a.csv"
    )
    session.commit()
    pay(session, payers, returned, paid)
    batches.note_returned(
        session,
        actor=make_actor(session, role=Role.OFFICER, district=payers.shop.desk.district),
        payment_ref=returned.ref,
        reference="TH1",
        returned_on=clock.today(),
        reason="销户",
    )
    session.commit()
    again = make_batch(session, payers, source, failed.claim)
    releases.refuse(session, actor=payers.checker, ref=again.ref, reason="来源不对")
    session.commit()


def test_who_noted_it_is_found_in_the_audit_trail_and_what_was_made_counts_as_released(
    committed_app: Flask,
    cluster: Cluster,
    transaction: Callable[[], AbstractContextManager[Session]],
) -> None:
    with committed_app.app_context():
        engine = db.engine
        name = str(engine.url.database)
    with Session(engine, expire_on_commit=False) as session:
        audit.initialise(session)
        session.commit()
        _history(session)
        before = session.execute(text(ALL)).all()
    assert [row.state for row in before] == ["failed", "returned", "paid", "sent", "failed"]
    assert len({row.undone_by_id for row in before}) == 4
    disconnect(committed_app)
    there = databases.addresses(cluster.server, name)
    downgrade(there, BEFORE)
    with psycopg.connect(there.owner) as owner:
        owner.execute("DELETE FROM approval_requests WHERE kind = 'settlement.batch' AND state = 'approved'")
    migrate(there)
    with Session(engine) as session:
        assert session.execute(text(ALL)).all() == before
        earlier, sent_back = session.query(PaymentBatch).order_by(PaymentBatch.id)
        assert (earlier.state, earlier.decided_by_id) == ("released", None)
        assert earlier.decided_at == earlier.made_at
        assert (sent_back.state, sent_back.reason) == ("refused", "来源不对")
        assert proofs.verify(session) == []
