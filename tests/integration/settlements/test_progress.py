"""The inspection of a frame and the first registration of a building: reported, seen, claimed and paid."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.settlements import milestones, proofs
from app.settlements.reports import rows_of
from app.settlements.shares import Scope, list_shares
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.factories.settlements import (
    Payers,
    approve,
    claim,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    reach,
    reported,
    send,
)

BY_PROGRESS = (
    HAILING
    + """
settlement:
  tranches:
    - {event: frame_checked, share: 70%, pay_within: {days: 15}}
    - {event: building_registered, share: 20%, pay_within: {months: 1}}
    - {event: certificate, share: 10%, pay_within: {days: 5}}
"""
)
STEPS = ("frame_checked", "building_registered")


@pytest.fixture
def payers(session: Session) -> Payers:
    return make_payers(session, policy=BY_PROGRESS)


@pytest.fixture(autouse=True)
def proven(session: Session) -> Iterator[None]:
    yield
    assert proofs.verify(session) == []
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []


def due(session: Session, payers: Payers) -> list[date | None]:
    (share,) = list_shares(session, Scope(payers.district_id))
    return [part.due_on for part in share.parts]


def standings(session: Session, payers: Payers) -> list[str]:
    shares = list_shares(session, Scope(payers.district_id))
    return [row.standing for row in rows_of(shares, today=clock.today())]


def test_each_step_makes_its_part_due_and_is_claimed_and_paid(session: Session, payers: Payers) -> None:
    buyer, sold = make_sold(session, payers.shop)
    today = clock.today()
    (share,) = list_shares(session, Scope(payers.district_id))
    source = make_fund(session, payers, share.owed_fen)
    assert standings(session, payers) == [*STEPS, "certificate"]
    assert offered(session, payers) == []
    for place, step in enumerate(STEPS):
        # The frame was inspected before the write-off, from which its days count.
        reach(session, payers.shop, buyer, sold, step, on=today - timedelta(days=100 * (1 - place)))
        (offer,) = offered(session, payers)
        assert offer.amount_fen == share.parts[place].amount_fen
        (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
        pay(session, payers, payment)
    assert due(session, payers) == [today + timedelta(days=15), clock.add_months(today, 1), None]
    assert standings(session, payers) == ["paid", "paid", "certificate"]


def test_the_steps_count_by_their_own_days_in_whatever_order_they_are_reported(
    session: Session, payers: Payers
) -> None:
    buyer, sold = make_sold(session, payers.shop)
    today = clock.today()
    reach(session, payers.shop, buyer, sold, "building_registered")
    assert due(session, payers) == [None, clock.add_months(today, 1), None]
    reach(session, payers.shop, buyer, sold, "frame_checked", on=today - timedelta(days=300))
    assert due(session, payers) == [today + timedelta(days=15), clock.add_months(today, 1), None]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_the_developers_to_report_and_an_officers_to_see(
    session: Session, payers: Payers, step: str
) -> None:
    buyer, sold = make_sold(session, payers.shop)
    desk, told = payers.shop.desk, reported(step)
    for actor in (buyer.actor, desk.officer, desk.checker):
        with pytest.raises(Forbidden):
            milestones.report(session, actor=actor, redemption_ref=sold.ref, told=told)
    with pytest.raises(NotFound):
        milestones.report(session, actor=make_shop(session).developer, redemption_ref=sold.ref, told=told)
    made = milestones.report(session, actor=payers.shop.developer, redemption_ref=sold.ref, told=told)
    session.commit()
    with pytest.raises(Conflict, match="milestone_stands"):
        milestones.report(session, actor=payers.second, redemption_ref=sold.ref, told=reported(step))
    session.rollback()
    for actor in (buyer.actor, desk.checker, payers.second):
        with pytest.raises(Forbidden):
            milestones.confirm(session, actor=actor, ref=made.ref)
    with pytest.raises(NotFound):
        milestones.confirm(session, actor=make_shop(session).desk.officer, ref=made.ref)
    assert due(session, payers) == [None, None, None], "nobody saw it yet"
    milestones.object_to(session, actor=desk.officer, ref=made.ref, reason="不是这一栋")
    session.commit()
    assert due(session, payers) == [None, None, None]
    reach(session, payers.shop, buyer, sold, step)
    assert due(session, payers)[STEPS.index(step)] is not None


@pytest.mark.parametrize("step", STEPS)
def test_a_step_to_come_or_of_a_home_that_is_not_written_off_is_refused(
    session: Session, payers: Payers, step: str
) -> None:
    _, sold = make_sold(session, payers.shop)
    developer, told = payers.shop.developer, reported(step, on=clock.today() + timedelta(days=1))
    with pytest.raises(DomainError, match="milestone_day_bad"):
        milestones.report(session, actor=developer, redemption_ref=sold.ref, told=told)
    locked = make_redemption(session, make_buyer(session, payers.shop.desk), make_home(session, payers.shop))
    with pytest.raises(Conflict, match="milestone_too_early"):
        milestones.report(session, actor=developer, redemption_ref=locked.ref, told=reported(step))


def test_the_database_knows_the_steps_and_no_other(session: Session, payers: Payers) -> None:
    buyer, sold = make_sold(session, payers.shop)
    reach(session, payers.shop, buyer, sold, "frame_checked")
    copy = text(
        "INSERT INTO settlement_milestones (district_id, ref, redemption_id, kind, state, happened_on, "
        "reported_at) SELECT district_id, 'JD-X', redemption_id, 'roofed', 'reported', happened_on, "
        "reported_at FROM settlement_milestones"
    )
    with pytest.raises(IntegrityError, match="ck_settlement_milestones_kind"):
        session.execute(copy)
    session.rollback()
