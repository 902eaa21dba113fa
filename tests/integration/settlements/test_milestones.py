"""Handover and certificate: the developer reports, the one whom it concerns says whether it is so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.redemptions import queries as redemptions
from app.settlements import milestone_queries as queries
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE, HANDOVER
from app.settlements.models import SettlementMilestone
from app.settlements.shares import Scope, list_shares
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop
from tests.factories.settlements import make_sold, reach, reported
from tests.factories.vouchers import make_desk

Sold = tuple[Shop, Buyer, str]


@pytest.fixture
def sold(session: Session) -> Sold:
    shop = make_shop(session)
    buyer, redemption = make_sold(session, shop)
    return shop, buyer, redemption.ref


def test_the_household_confirms_its_handover_and_an_officer_the_certificate(
    session: Session, sold: Sold
) -> None:
    shop, buyer, ref = sold
    made = milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))
    assert queries.count_waiting(session, actor=shop.desk.officer, kinds=[HANDOVER]) == 1
    for other in (shop.desk.officer, shop.developer):
        with pytest.raises(Forbidden):
            milestones.confirm(session, actor=other, ref=made.ref)
    assert milestones.confirm(session, actor=buyer.actor, ref=made.ref).state == "confirmed"
    proof = milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(CERTIFICATE))
    with pytest.raises(Forbidden):
        milestones.confirm(session, actor=buyer.actor, ref=proof.ref)
    milestones.confirm(session, actor=shop.desk.officer, ref=proof.ref)
    with pytest.raises(Conflict, match="milestone_answered"):
        milestones.object_to(session, actor=shop.desk.officer, ref=proof.ref, reason="后悔")
    assert [paper.name for paper in queries.papers_of(session, proof)] == ["合同.pdf"]


PROGRESS_PAID = """
settlement:
  tranches:
    - {event: topped_out, share: 50%, pay_within: {days: 15}}
    - {event: completed, share: 50%, pay_within: {days: 15}}
"""


def test_money_that_waits_for_a_building_is_due_once_an_officer_saw_how_far_it_is(session: Session) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=HAILING + PROGRESS_PAID))
    buyer, redemption = make_sold(session, shop)
    today = clock.today()
    scope = Scope(shop.desk.district.id)
    reach(session, shop, buyer, redemption, "topped_out", on=today - timedelta(days=200))
    waits = milestones.report(
        session, actor=shop.developer, redemption_ref=redemption.ref, told=reported("completed")
    )
    with pytest.raises(Forbidden):
        milestones.confirm(session, actor=buyer.actor, ref=waits.ref)
    assert queries.count_waiting(session, actor=shop.desk.officer, kinds=milestones.BY_OFFICERS) == 1
    (share,) = list_shares(session, scope)
    # Topped out long before the write-off of today: 15 days from the write-off on.
    assert [part.due_on for part in share.parts] == [today + timedelta(days=15), None]
    milestones.confirm(session, actor=shop.desk.officer, ref=waits.ref)
    (share,) = list_shares(session, scope)
    assert [part.due_on for part in share.parts] == [today + timedelta(days=15)] * 2


def test_a_part_of_the_building_is_reported_and_seen_like_the_rest_of_it(session: Session) -> None:
    policy = HAILING + PROGRESS_PAID.replace("topped_out", "part_built")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer, redemption = make_sold(session, shop)
    today = clock.today()
    reach(session, shop, buyer, redemption, "part_built", on=today - timedelta(days=1))
    (share,) = list_shares(session, Scope(shop.desk.district.id))
    assert [part.due_on for part in share.parts] == [today + timedelta(days=15), None]


def test_an_objection_needs_a_reason_and_lets_it_be_reported_anew(session: Session, sold: Sold) -> None:
    shop, buyer, ref = sold
    made = milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))
    session.commit()
    with pytest.raises(Conflict, match="milestone_stands"):
        milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))
    with pytest.raises(DomainError, match="reason_missing"):
        milestones.object_to(session, actor=buyer.actor, ref=made.ref, reason=" ")
    session.rollback()
    milestones.object_to(session, actor=buyer.actor, ref=made.ref, reason="钥匙没有给")
    session.commit()
    milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))


def test_a_clerk_at_the_counter_answers_for_the_household_and_a_helper_does_not(
    session: Session, sold: Sold
) -> None:
    shop, buyer, ref = sold
    made = milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))
    session.commit()
    with pytest.raises(Forbidden):
        milestones.confirm(session, actor=replace(buyer.actor, level=HelpLevel.ACT), ref=made.ref)
    clerk = replace(buyer.actor, user_id=shop.desk.officer.user_id)
    assert milestones.confirm(session, actor=clerk, ref=made.ref).answered_by_id == clerk.user_id


def test_what_cannot_have_happened_is_refused(session: Session, sold: Sold) -> None:
    shop, _, ref = sold
    for day in (clock.today() + timedelta(days=1), clock.today() - timedelta(days=1)):
        with pytest.raises(DomainError, match="milestone_day_bad"):
            milestones.report(
                session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER, on=day)
            )
    with pytest.raises(DomainError, match="certificate_number_missing"):
        milestones.report(
            session, actor=shop.developer, redemption_ref=ref, told=reported(CERTIFICATE, number=" ")
        )
    locked = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    with pytest.raises(Conflict, match="milestone_too_early"):
        milestones.report(session, actor=shop.developer, redemption_ref=locked.ref, told=reported(HANDOVER))


def test_strangers_find_nothing(session: Session, sold: Sold) -> None:
    shop, buyer, ref = sold
    made = milestones.report(session, actor=shop.developer, redemption_ref=ref, told=reported(HANDOVER))
    elsewhere = make_shop(session)
    neighbour = make_buyer(session, shop.desk).actor
    for stranger in (neighbour, elsewhere.developer, elsewhere.desk.officer):
        with pytest.raises(NotFound):
            queries.get_milestone(session, actor=stranger, ref=made.ref)
    assert make_actor(session, role=Role.AUDITOR, district=shop.desk.district)
    assert queries.get_milestone(session, actor=buyer.actor, ref=made.ref).id == made.id


def test_the_database_keeps_one_standing_report_and_two_people(session: Session, sold: Sold) -> None:
    shop, buyer, ref = sold
    redemption = redemptions.get_redemption(session, actor=shop.developer, ref=ref)
    made = reach(session, shop, buyer, redemption, HANDOVER)
    copy = text(
        "INSERT INTO settlement_milestones (district_id, ref, redemption_id, kind, state, happened_on, "
        "reported_at) SELECT district_id, 'JD-X', redemption_id, kind, 'reported', happened_on, reported_at "
        "FROM settlement_milestones"
    )
    with pytest.raises(IntegrityError, match="uq_settlement_milestones_standing"):
        session.execute(copy)
    session.rollback()
    one = update(SettlementMilestone).where(SettlementMilestone.id == made.id)
    with pytest.raises(IntegrityError, match="second_person"):
        session.execute(one.values(answered_by_id=SettlementMilestone.reported_by_id))
    session.rollback()
