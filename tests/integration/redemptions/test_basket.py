"""Several homes in one quote: frozen together, locked all or none, then each on its own."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import basket_queries, queries, service, snapshot
from app.redemptions.errors import BasketRefused, HoldsFull, QuoteUsed
from app.redemptions.models import BasketQuote, Redemption
from app.redemptions.rules import MOST_HOMES_IN_BASKET
from app.vouchers.queries import wallet
from tests.factories.policies import NANJING, WUXI
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000


def ask(session: Session, buyer: Buyer, *wanted: Home, limits: tuple[int | None, ...] = ()) -> BasketQuote:
    basket = service.quote_basket(
        session, actor=buyer.actor, home_refs=[home.ref for home in wanted], parts=buyer.parts(*limits)
    )
    session.commit()
    return basket_queries.get_basket_quote(session, actor=buyer.actor, ref=basket.ref)


def reserve(session: Session, buyer: Buyer, basket: BasketQuote) -> list[Redemption]:
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    return locked


def sound(session: Session) -> bool:
    return ledger.verify(session) == [] and queries.verify(session) == []


@pytest.fixture
def three(session: Session, shop: Shop) -> list[Home]:
    return [make_home(session, shop) for _ in range(3)]


def test_each_home_gets_what_those_before_it_left(session: Session, shop: Shop, three: list[Home]) -> None:
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN, 60 * WAN))
    frozen = [snapshot.read(quote.snapshot) for quote in ask(session, buyer, *three).quotes]
    # 46.2 万 at 20 % take 38.5 万 of a voucher: 38.5 of the first; 11.5 and 27 of both; 33 万 and a top-up.
    assert [[part.spent_fen for part in one.parts] for one in frozen] == [
        [38_500_000, 0],
        [11_500_000, 27_000_000],
        [0, 33_000_000],
    ]
    assert [[part.available_fen for part in one.parts] for one in frozen] == [
        [50 * WAN, 60 * WAN],
        [11_500_000, 60 * WAN],
        [0, 33_000_000],
    ]
    assert [one.top_up_fen for one in frozen] == [0, 0, PRICE_FEN - 33_000_000 * 12 // 10]
    assert [(one.place, one.of) for one in frozen] == [(1, 3), (2, 3), (3, 3)]
    assert {one.buyers for one in frozen} == {(buyer.household.holder_name,)}


def test_a_limit_is_over_all_homes(session: Session, shop: Shop, three: list[Home]) -> None:
    buyer = make_buyer(session, shop.desk, faces=(150 * WAN, 150 * WAN))
    frozen = [
        snapshot.read(quote.snapshot) for quote in ask(session, buyer, *three[:2], limits=(50 * WAN,)).quotes
    ]
    assert [[part.spent_fen for part in one.parts] for one in frozen] == [
        [38_500_000, 0],
        [11_500_000, 27_000_000],
    ]


def test_all_are_locked_at_once_and_then_each_is_on_its_own(
    session: Session, shop: Shop, three: list[Home]
) -> None:
    buyer = make_buyer(session, shop.desk)
    locked = reserve(session, buyer, ask(session, buyer, *three))
    assert [one.home_id for one in locked] == [home.id for home in three]
    assert {home.status for home in session.scalars(select(Home))} == {"locked"}

    def held() -> int:
        return wallet(session, household_id=buyer.household.id)[0].held_fen

    assert held() == 3 * 38_500_000
    service.cancel(session, actor=buyer.actor, redemption_ref=locked[1].ref)
    session.commit()
    assert [one.state for one in locked] == ["locked", "cancelled", "locked"]
    assert held() == 2 * 38_500_000
    assert sound(session)


def test_one_home_gone_and_none_is_locked(session: Session, shop: Shop, three: list[Home]) -> None:
    buyer, other = make_buyer(session, shop.desk), make_buyer(session, shop.desk)
    basket = ask(session, buyer, *three)
    make_redemption(session, other, three[1])
    homes.set_price(
        session,
        actor=shop.developer,
        home_id=three[2].id,
        kind="voucher",
        amount_fen=PRICE_FEN - 2 * WAN,
        reason="降价",
    )
    session.commit()
    with pytest.raises(BasketRefused) as refused:
        service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.rollback()
    told = [(one.home_ref, one.error.code, one.error.params) for one in refused.value.refusals]
    assert told == [
        (three[1].ref, "home_locked", {}),
        (three[2].ref, "quote_price_changed", {"quoted_fen": PRICE_FEN, "now_fen": PRICE_FEN - 2 * WAN}),
    ]
    assert session.scalar(select(func.count(Redemption.id))) == 1
    without = service.requote_basket(
        session, actor=buyer.actor, basket_ref=basket.ref, without={three[1].ref}
    )
    session.commit()
    assert len(reserve(session, buyer, without)) == 2
    assert sound(session)


def test_money_that_went_elsewhere_is_told_at_the_home_it_is_missing_for(
    session: Session, shop: Shop, three: list[Home]
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(80 * WAN,))
    basket = ask(session, buyer, *three[:2])
    make_redemption(session, buyer, three[2])
    with pytest.raises(BasketRefused) as refused:
        service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.rollback()
    assert [(one.home_ref, one.error.code) for one in refused.value.refusals] == [
        (three[1].ref, "insufficient_balance")
    ]
    assert sound(session)


def test_a_household_holds_no_more_homes_than_its_policy_lets_it(
    session: Session, shop: Shop, three: list[Home]
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(300 * WAN,))
    basket = ask(session, buyer, *three)
    make_redemption(session, buyer, make_home(session, shop))
    with pytest.raises(HoldsFull):
        service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.rollback()
    with pytest.raises(HoldsFull):
        ask(session, buyer, *three)
    session.rollback()


def test_a_basket_is_used_once_whole_and_by_its_household_alone(
    session: Session, shop: Shop, three: list[Home], clock: FixedClock
) -> None:
    buyer = make_buyer(session, shop.desk)
    basket = ask(session, buyer, *three[:2])
    with pytest.raises(NotFound):
        service.reserve_basket(session, actor=make_buyer(session, shop.desk).actor, basket_ref=basket.ref)
    with pytest.raises(NotFound):  # a part of it alone is no quote
        service.reserve(session, actor=buyer.actor, quote_ref=basket.quotes[0].ref)
    reserve(session, buyer, basket)
    with pytest.raises(QuoteUsed):
        service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.rollback()
    late = ask(session, buyer, three[2])
    clock.advance(timedelta(minutes=30))
    with pytest.raises(Conflict, match="quote_expired"):
        service.reserve_basket(session, actor=buyer.actor, basket_ref=late.ref)
    session.rollback()


def test_what_cannot_be_quoted_is_refused_home_by_home(
    session: Session, shop: Shop, three: list[Home]
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN,))
    make_redemption(session, make_buyer(session, shop.desk), three[0])
    with pytest.raises(BasketRefused) as refused:
        ask(session, buyer, *three)
    session.rollback()
    assert [(one.home_ref, one.error.code) for one in refused.value.refusals] == [
        (three[0].ref, "home_locked"),
        (three[2].ref, "voucher_share_low"),  # nothing of the voucher is left for it
    ]


@pytest.mark.parametrize("refs", [[], ["same", "same"], [str(place) for place in range(11)]])
def test_slips(session: Session, home: Home, buyer: Buyer, refs: list[str]) -> None:
    codes = {0: "basket_empty", 2: "home_chosen_twice", 11: "basket_full"}
    with pytest.raises(DomainError) as refused:
        service.quote_basket(session, actor=buyer.actor, home_refs=refs, parts=buyer.parts())
    assert refused.value.code == codes[len(refs)]


def test_the_basket_keeps_its_order_and_has_an_end(session: Session, shop: Shop, buyer: Buyer) -> None:
    some = [make_home(session, shop) for _ in range(MOST_HOMES_IN_BASKET + 1)]
    for home in [*some[:3], some[1]]:
        service.add_home(session, actor=buyer.actor, home_ref=home.ref)
    service.move_up(session, actor=buyer.actor, home_ref=some[2].ref)
    service.move_up(session, actor=buyer.actor, home_ref=some[0].ref)
    service.remove_home(session, actor=buyer.actor, home_ref=some[1].ref)
    session.commit()
    assert [row.home for row in basket_queries.list_basket(session, actor=buyer.actor)] == [some[0], some[2]]
    assert basket_queries.list_basket(session, actor=make_buyer(session, shop.desk).actor) == []
    for home in some[3:]:
        service.add_home(session, actor=buyer.actor, home_ref=home.ref)
    with pytest.raises(Conflict, match="basket_full"):
        service.add_home(session, actor=buyer.actor, home_ref=some[1].ref)


@pytest.mark.parametrize("policy", [NANJING, WUXI])
def test_a_bonus_that_counts_what_was_earned_before_counts_it_within_a_basket_too(
    session: Session, policy: str
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN, 90 * WAN))
    wanted = [make_home(session, shop) for _ in range(3)]
    basket = ask(session, buyer, *wanted)
    frozen = [snapshot.read(quote.snapshot) for quote in basket.quotes]
    earned = [sum(one.parts[place].bonus_fen for one in frozen) for place in range(2)]
    # The whole bonus of a voucher is at most its face times the rate, however many homes it buys.
    rate_bp = frozen[0].parts[0].rate_bp
    assert earned[0] == 60 * WAN * rate_bp // 10_000
    assert 0 < earned[1] <= 90 * WAN * rate_bp // 10_000
    assert len(reserve(session, buyer, basket)) == 3
    assert sound(session)


def test_a_locked_home_leaves_the_basket_and_the_others_stay(
    session: Session, shop: Shop, three: list[Home]
) -> None:
    buyer = make_buyer(session, shop.desk)
    for home in three:
        service.add_home(session, actor=buyer.actor, home_ref=home.ref)
    reserve(session, buyer, ask(session, buyer, *three[:2]))
    assert [row.home_id for row in basket_queries.list_basket(session, actor=buyer.actor)] == [three[2].id]
