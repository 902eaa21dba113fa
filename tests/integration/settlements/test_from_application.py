"""Where days run from the application: none before it, anew where a claim was sent back, and proved."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.settlements import claims, proofs
from app.settlements.money_models import SettlementLine
from app.settlements.reports import cash_need, rows_of, standing_of, sums_of
from app.settlements.rules import LineKind, Part
from app.settlements.shares import Scope, list_shares
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    SETTLING,
    Payers,
    approve,
    claim,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    send,
)

FIRST = PRICE_FEN * 60 // 100
RULE = "a part that runs from the developer's application runs from the day on which it was sent"


@pytest.fixture
def payers(session: Session) -> Payers:
    return make_payers(session, policy=SETTLING.replace("days: 30}", "days: 30, from: applied}"))


def first_part(session: Session, payers: Payers) -> Part:
    (share,) = list_shares(session, Scope(payers.district_id))
    return share.parts[0]


def wait(clock: FixedClock, days: int) -> date:
    clock.moment += timedelta(days=days)
    return business_clock.today()


def test_nothing_is_late_before_the_developer_applies(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    make_sold(session, payers.shop)
    today = wait(clock, 100)
    part = first_part(session, payers)
    assert (part.due_on, standing_of(part, today), part.accrued_fen) == (None, "applied", 0)
    rows = rows_of(list_shares(session, Scope(payers.district_id)), today=today)
    assert sums_of(rows)["applied"] == FIRST
    assert sum(fen for _month, fen in cash_need(rows, today=today)) == 0
    (offer,) = offered(session, payers)
    assert offer.due_on == today + timedelta(days=30)
    claim(session, payers)
    assert first_part(session, payers).due_on == today + timedelta(days=30)
    rows = rows_of(list_shares(session, Scope(payers.district_id)), today=today)
    assert dict(cash_need(rows, today=today))[(today + timedelta(days=30)).replace(day=1)] == FIRST


def test_a_claim_that_was_sent_back_counts_from_the_complete_one(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, PRICE_FEN)
    refused = claim(session, payers)
    wait(clock, 50)
    claims.refuse(session, actor=payers.officer, ref=refused.ref, reason="资料不全")
    session.commit()
    assert first_part(session, payers).due_on is None
    sent = wait(clock, 3)
    complete = approve(session, payers, claim(session, payers))
    part = first_part(session, payers)
    assert (part.due_on, part.accrued_fen) == (sent + timedelta(days=30), 0)
    paid_on = wait(clock, 34)
    # 0.02% a day for four days.
    assert first_part(session, payers).accrued_fen == FIRST * 4 * 2 // 10_000
    pay(session, payers, *send(session, payers, source, complete), day=paid_on)
    (interest,) = offered(session, payers)
    assert (interest.kind, interest.amount_fen) == (LineKind.INTEREST, FIRST * 4 * 2 // 10_000)
    assert proofs.verify(session) == []


def test_the_proof_knows_from_which_day_a_line_runs(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    make_sold(session, payers.shop)
    today = wait(clock, 5)
    claim(session, payers)
    assert proofs.verify(session) == []
    honest = session.scalars(select(SettlementLine)).one()
    assert honest.rule["applied_on"] == today.isoformat()
    columns = {one.name for one in SettlementLine.__table__.columns} - {"id"}
    kept = {name: getattr(honest, name) for name in columns} | {"stands": False}
    rule = dict(honest.rule)
    session.expunge(honest)
    unsaid = {name: said for name, said in rule.items() if name != "applied_on"}
    for forged, is_found in (
        ({}, False),
        ({"due_on": today + timedelta(days=29)}, True),
        ({"rule": unsaid}, True),
        ({"rule": rule | {"applied_on": "2016-06-01"}, "due_on": date(2016, 7, 1)}, True),
    ):
        session.add(SettlementLine(**kept | forged))
        session.flush()
        assert (RULE in {one.rule for one in proofs.verify(session)}) is is_found, forged
        session.rollback()
