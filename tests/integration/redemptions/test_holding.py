"""A household holds so many homes at once and no more, and its vouchers pay a share that is worth a lock."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.redemptions import queries, service, snapshot
from app.redemptions.errors import HoldsFull, VoucherShareLow
from app.redemptions.ground import place_of
from app.redemptions.models import Redemption
from tests.factories.policies import HAILING, ROOMY, make_policy_version
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk, make_voucher

MOST = 3
TENTH = 5_000_000
"""Of a voucher, for a home: more than the least share, less than the price."""


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(200_000_000,))


def hold(session: Session, shop: Shop, buyer: Buyer, count: int) -> list[Redemption]:
    return [make_redemption(session, buyer, make_home(session, shop), TENTH) for _ in range(count)]


def refused(session: Session, shop: Shop, buyer: Buyer, *limits: int | None) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        make_quote(session, buyer, make_home(session, shop), *limits)
    session.rollback()
    return refusal.value


def test_one_more_than_the_policy_says_is_refused_at_the_quote_and_at_the_lock(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    quotes = [make_quote(session, buyer, make_home(session, shop), TENTH) for _ in range(MOST + 1)]
    assert {snapshot.read(quote.snapshot).hold_homes for quote in quotes} == {MOST}
    held = []
    for quote in quotes[:MOST]:
        held.append(service.reserve(session, actor=buyer.actor, quote_ref=quote.ref))
        session.commit()
    names = tuple(place_of(redemption.home) for redemption in held)
    with pytest.raises(HoldsFull) as at_the_lock, session.begin_nested():
        service.reserve(session, actor=buyer.actor, quote_ref=quotes[MOST].ref)
    session.rollback()
    at_the_quote = refused(session, shop, buyer, TENTH)
    for refusal in (at_the_lock.value, at_the_quote):
        assert isinstance(refusal, Conflict)
        assert (refusal.code, refusal.params) == ("holds_full", {"homes": names, "most": MOST})


def test_a_contract_a_cancelled_lock_and_one_that_ran_out_make_room(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    first, second, third = hold(session, shop, buyer, MOST)
    contract(session, shop, first)
    assert hold(session, shop, buyer, 1)
    refused(session, shop, buyer, TENTH)
    service.cancel(session, actor=buyer.actor, redemption_ref=second.ref)
    session.commit()
    assert hold(session, shop, buyer, 1)
    refused(session, shop, buyer, TENTH)
    clock.moment = third.deadline_at - timedelta(seconds=1)
    refused(session, shop, buyer, TENTH)
    clock.moment = third.deadline_at
    assert len(hold(session, shop, buyer, MOST)) == MOST


def test_another_household_is_not_kept_from_anything(session: Session, shop: Shop, buyer: Buyer) -> None:
    hold(session, shop, buyer, MOST)
    assert hold(session, shop, make_buyer(session, shop.desk), 1)


def test_the_strictest_policy_of_the_vouchers_counts(session: Session) -> None:
    desk = make_desk(session, policy=ROOMY)
    shop = make_shop(session, desk=desk)
    roomy = make_buyer(session, desk, faces=(200_000_000,))
    assert len(hold(session, shop, roomy, MOST + 1)) == MOST + 1
    strict = make_policy_version(session, district=desk.district, text=HAILING)
    voucher = make_voucher(session, desk=replace(desk, policy_version=strict), household=roomy.household)
    session.commit()
    both = Buyer(roomy.actor, roomy.household, [*roomy.vouchers, voucher])
    assert refused(session, shop, both, TENTH).code == "holds_full"
    assert make_redemption(session, roomy, make_home(session, shop), TENTH)


def test_a_fen_locks_nothing(session: Session, shop: Shop, buyer: Buyer) -> None:
    refusal = refused(session, shop, buyer, 1)
    assert isinstance(refusal, VoucherShareLow)
    assert (refusal.field, refusal.params) == (
        "vouchers",
        {"paid_fen": 1, "least_fen": PRICE_FEN // 20},
    )


def test_the_least_share_counts_vouchers_together_with_their_bonus(session: Session, shop: Shop) -> None:
    # 5 % of 46.2 万 is 2.31 万: two vouchers of 9,625 yuan with 20 % bonus pay it to the fen.
    enough = make_buyer(session, shop.desk, faces=(962_500, 962_500))
    frozen = snapshot.read(make_quote(session, enough, make_home(session, shop)).snapshot)
    assert frozen.price_fen - frozen.top_up_fen == PRICE_FEN // 20
    short = make_buyer(session, shop.desk, faces=(962_500, 962_499))
    assert refused(session, shop, short).code == "voucher_share_low"


def test_what_a_household_holds_is_listed_by_deadline(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    (early,) = hold(session, shop, buyer, 1)
    clock.advance(timedelta(days=1))
    (late,) = hold(session, shop, buyer, 1)
    listed = queries.list_held(session, household_id=buyer.household.id, moment=clock.moment)
    assert [redemption.id for redemption in listed] == [early.id, late.id]
    assert queries.list_held(session, household_id=buyer.household.id, moment=early.deadline_at) == [late]
