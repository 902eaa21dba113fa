"""A developer answers a lock in time, or the hold is lengthened for nothing, once."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.homes.models import Home
from app.redemptions import queries, service
from app.redemptions.errors import HoldOver
from app.redemptions.rules import answer_by
from app.redemptions.states import Action
from tests.factories.redemptions import Buyer, Shop, contract, make_redemption


def test_no_answer_in_time_and_the_hold_runs_anew(
    session: Session, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    redemption = make_redemption(session, buyer, home)
    before = redemption.deadline_at
    with pytest.raises(Conflict, match="extension_not_due"):
        service.extend(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.rollback()
    assert service.extend_unanswered(session) == 0
    clock.advance(answer_by(redemption.locked_at) - clock.now())  # to the second
    assert service.extend_unanswered(session) == 1
    session.commit()
    # Locked on a Wednesday: the third working day is Monday, so five days and the 15 of the policy.
    assert redemption.deadline_at == before + timedelta(days=6)
    step = queries.timeline(session, redemption)[-1]
    assert (step.action, step.role) == (Action.EXTEND, None)
    assert step.reason == "房企没有在 2016-06-06 24:00 前答复，免费延期"
    assert service.extend_unanswered(session) == 0
    with pytest.raises(Conflict, match="extension_not_due"):
        service.extend(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.rollback()
    assert queries.verify(session) == []


def test_one_tap_of_the_household(session: Session, home: Home, buyer: Buyer, clock: FixedClock) -> None:
    redemption = make_redemption(session, buyer, home)
    clock.advance(timedelta(days=8))
    service.extend(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.commit()
    assert redemption.extended_at == clock.now()
    clock.advance(timedelta(days=30))
    assert service.expire_overdue(session) == 1


def test_an_answer_or_a_contract_keeps_the_deadline(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    redemption = make_redemption(session, buyer, home)
    for _ in range(2):
        service.answer(session, actor=shop.developer, redemption_ref=redemption.ref)
        session.commit()
    assert [step.action for step in queries.timeline(session, redemption)] == [Action.RESERVE, Action.ANSWER]
    clock.advance(timedelta(days=8))
    assert service.extend_unanswered(session) == 0
    contract(session, shop, redemption)
    with pytest.raises(Conflict, match="contract_entered"):
        service.extend(session, actor=buyer.actor, redemption_ref=redemption.ref)


def test_what_is_over_is_not_lengthened(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    redemption = make_redemption(session, buyer, home)
    clock.advance(timedelta(days=16))
    assert service.extend_unanswered(session) == 0
    for act, actor in ((service.extend, buyer.actor), (service.answer, shop.developer)):
        with pytest.raises(HoldOver):
            act(session, actor=actor, redemption_ref=redemption.ref)
        session.rollback()
