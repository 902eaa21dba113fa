"""What a household sees first: the one question finds whatever the pages behind it list."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.redemptions import service
from app.redemptions.queries import list_redemptions
from app.redemptions.states import ACTIVE
from app.settlements import milestones
from app.settlements.glance import Glance, PurchaseGlance, look, look_at
from app.settlements.milestones import HANDOVER
from app.vouchers.move_queries import list_of_household
from tests.factories.moves import MOVING, ask, other_of, transfer_of
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop
from tests.factories.settlements import make_sold, reported
from tests.factories.vouchers import make_desk, submit_voucher

NOTHING = Glance(0, 0, has_moves=False, has_handovers=False, has_changes=False, is_buying=False)
NOTHING_OF_IT = PurchaseGlance(
    has_spaces=False,
    has_cash_bonuses=False,
    is_contested=False,
    has_changes=False,
    has_milestones=False,
    has_lates=False,
)


def seen(session: Session, who: Buyer, moment: datetime | None = None) -> Glance:
    return look(session, actor=who.actor, moment=moment or clock.now())


def test_nothing_is_seen_where_there_is_nothing(session: Session) -> None:
    shop = make_shop(session)
    make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    assert seen(session, make_buyer(session, shop.desk)) == NOTHING


def test_each_thing_is_seen_by_whom_it_concerns(session: Session) -> None:
    desk = make_desk(session, policy=MOVING)
    shop = make_shop(session, desk=desk)
    buyer, kin = make_buyer(session, desk), make_buyer(session, desk)
    asked = service.ask_kin(
        session,
        actor=buyer.actor,
        home_ref=make_home(session, shop).ref,
        voucher_ref=kin.vouchers[0].ref,
        relation="child",
        most_fen=100,
    )
    assert (seen(session, kin).asked_by_kin, seen(session, buyer).asked_by_kin) == (1, 0)
    assert seen(session, kin, asked.ends_at).asked_by_kin == 0, "over at its end"
    submit_voucher(session, desk=desk, household=kin.household)
    assert (seen(session, kin).submitted, seen(session, buyer).submitted) == (1, 0)
    ask(session, kin.actor, transfer_of(kin.vouchers[0]), other_of(3))
    assert seen(session, kin).has_moves
    assert len(list_of_household(session, household_id=kin.household.id)) == 1
    assert not seen(session, buyer).has_moves


def test_a_purchase_is_seen_until_it_is_done_and_its_handover_until_it_is_answered(session: Session) -> None:
    shop = make_shop(session)
    buyer, redemption = make_sold(session, shop)
    assert seen(session, buyer) == NOTHING, "written off"
    told = milestones.report(
        session, actor=shop.developer, redemption_ref=redemption.ref, told=reported(HANDOVER)
    )
    assert seen(session, buyer).has_handovers
    milestones.confirm(session, actor=buyer.actor, ref=told.ref)
    assert not seen(session, buyer).has_handovers
    make_redemption(session, other := make_buyer(session, shop.desk), make_home(session, shop))
    assert seen(session, other).is_buying
    assert list_redemptions(session, actor=other.actor, states=ACTIVE)
    assert seen(session, other, clock.now() + timedelta(days=1)).is_buying


def test_a_purchase_that_is_only_locked_has_nothing_more_to_read(session: Session) -> None:
    shop = make_shop(session)
    locked = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    assert look_at(session, locked) == NOTHING_OF_IT


def test_what_was_reported_of_a_purchase_is_there_to_read(session: Session) -> None:
    shop = make_shop(session)
    _, redemption = make_sold(session, shop)
    milestones.report(session, actor=shop.developer, redemption_ref=redemption.ref, told=reported(HANDOVER))
    assert look_at(session, redemption) == replace(NOTHING_OF_IT, has_milestones=True)
