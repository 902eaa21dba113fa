"""Promotions and planned prices meet quotes and locks: what was shown holds, and no lock breaks the rule."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.homes import service as homes
from app.homes.models import Home
from app.homes.promotions import PromotionKind
from app.homes.queries import current_prices
from app.redemptions import queries, service, snapshot
from app.redemptions.models import Quote, Redemption
from tests.factories.promotions import declare
from tests.factories.redemptions import PRICE_FEN, Buyer, Shop, make_home, make_quote

WAN = 1_000_000
CASH_FEN = PRICE_FEN + 1 * WAN


def promote(session: Session, shop: Shop, home: Home, **given: Any) -> None:
    declare(session, shop.developer, home, **given)
    session.commit()


def reserve(session: Session, buyer: Buyer, quote: Quote) -> Redemption:
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    return redemption


def refusal_of(session: Session, buyer: Buyer, quote: Quote) -> str:
    with pytest.raises(DomainError) as refusal:
        service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.rollback()
    return refusal.value.code


def plan(session: Session, shop: Shop, home: Home, kind: Any, amount_fen: int) -> None:
    homes.plan_price(
        session,
        actor=shop.developer,
        home_id=home.id,
        kind=kind,
        amount_fen=amount_fen,
        effective_at=business_clock.now() + timedelta(minutes=10),
        reason="调价",
    )
    session.commit()


def test_a_promotion_open_to_voucher_buyers_is_what_they_pay_less(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    promote(session, shop, home, off_fen=3 * WAN, open_to_vouchers=True, stackable=True)
    gift: dict[str, Any] = {"kind": PromotionKind.PARKING, "off_fen": 0, "worth_fen": 8 * WAN}
    promote(session, shop, home, **gift, open_to_vouchers=True, stackable=True, title="送车位")
    quote = make_quote(session, buyer, home)
    frozen = snapshot.read(quote.snapshot)
    assert (frozen.price_fen, frozen.net_fen) == (PRICE_FEN - 3 * WAN, PRICE_FEN - 11 * WAN)
    assert [(one.off_fen, one.worth_fen) for one in frozen.promotions] == [(3 * WAN, 0), (0, 8 * WAN)]
    redemption = reserve(session, buyer, quote)
    assert redemption.price_fen == PRICE_FEN - 3 * WAN
    assert queries.verify(session) == []


def test_a_quote_keeps_a_promotion_that_ended_since(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    made = declare(session, shop.developer, home, off_fen=3 * WAN, open_to_vouchers=True)
    session.commit()
    quote = make_quote(session, buyer, home)
    homes.stop_promotion(session, actor=shop.developer, promotion_ref=made.promotion.ref, reason="活动结束")
    session.commit()
    assert reserve(session, buyer, quote).price_fen == PRICE_FEN - 3 * WAN


def test_a_promotion_opened_since_is_the_buyers_by_a_new_quote(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    promote(session, shop, home, off_fen=1 * WAN, open_to_vouchers=True)
    assert refusal_of(session, buyer, quote) == "quote_price_changed"
    assert reserve(session, buyer, make_quote(session, buyer, home)).price_fen == PRICE_FEN - 1 * WAN


def test_an_extra_given_since_is_the_buyers_by_a_new_quote_though_the_price_was_raised(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    gift: dict[str, Any] = {"kind": PromotionKind.FIT_OUT, "off_fen": 0, "worth_fen": 5 * WAN}
    promote(session, shop, home, **gift, open_to_vouchers=True)
    homes.set_price(
        session, actor=shop.developer, home_id=home.id, kind="voucher", amount_fen=CASH_FEN, reason="涨价"
    )
    session.commit()
    assert refusal_of(session, buyer, quote) == "quote_price_changed"


def test_a_promotion_for_cash_buyers_that_began_this_second_already_stops_the_lock(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    clock.moment = clock.moment.replace(hour=15, minute=45)  # 23:45 local
    tomorrow = business_clock.legal_day(clock.moment) + timedelta(days=1)
    promote(session, shop, home, off_fen=2 * WAN, first_day=tomorrow)
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=15))
    with pytest.raises(DomainError) as late:
        make_quote(session, buyer, home)
    session.rollback()
    assert late.value.code == "home_not_listed"
    assert refusal_of(session, buyer, quote) == "quote_expired", "no quote outlives its day"


def test_a_planned_raise_leaves_a_live_quote_alone_and_the_next_one_pays_it(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    plan(session, shop, home, "voucher", CASH_FEN)
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=10))
    later = make_quote(session, buyer, home)
    frozen = snapshot.read(later.snapshot)
    assert (frozen.price_fen, frozen.prices.voucher.effective_from) == (CASH_FEN, clock.now())
    assert reserve(session, buyer, quote).price_fen == PRICE_FEN


def test_a_planned_reduction_counts_from_its_moment_though_no_job_came(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    plan(session, shop, home, "voucher", PRICE_FEN - WAN)
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=10))
    assert refusal_of(session, buyer, quote) == "quote_price_changed"
    assert reserve(session, buyer, make_quote(session, buyer, home)).price_fen == PRICE_FEN - WAN


def test_a_planned_lower_cash_price_stops_the_lock_though_no_job_came(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    plan(session, shop, home, "cash", PRICE_FEN - 1)
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=10))
    assert refusal_of(session, buyer, quote) == "home_not_listed"


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["voucher", "cash", "off", "gift", "publish"]),
        st.integers(-3 * WAN, 3 * WAN),
        st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_happens_between_quote_and_lock_no_lock_breaks_the_rule(
    session: Session, shop: Shop, buyer: Buyer, acts: list[tuple[str, int, bool]]
) -> None:
    """A lock never costs more than was shown, than is asked now, or than the lowest net cash price."""
    home = make_home(session, shop)
    quote = make_quote(session, buyer, home)
    for act, amount, flag in acts:
        try:
            _act(session, shop, home, act, amount, flag=flag)
            session.commit()
        except DomainError:
            session.rollback()
    frozen = snapshot.read(quote.snapshot)
    try:
        redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    except DomainError:
        session.rollback()
        return
    amounts = current_prices(session, [home.id])[home.id].amounts
    assert amounts.voucher_net is not None
    assert amounts.cash_net is not None
    assert redemption.price_fen == frozen.price_fen <= amounts.voucher_net.payable_fen
    assert frozen.net_fen <= amounts.voucher_net.fen <= amounts.cash_net.fen
    session.rollback()


def _act(session: Session, shop: Shop, home: Home, act: str, amount: int, *, flag: bool) -> None:
    if act in {"voucher", "cash"}:
        before = PRICE_FEN if act == "voucher" else CASH_FEN
        homes.set_price(
            session,
            actor=shop.developer,
            home_id=home.id,
            kind=act,  # type: ignore[arg-type]  # one of the three
            amount_fen=before + amount,
            reason="调价",
        )
    elif act == "off":
        declare(session, shop.developer, home, off_fen=abs(amount) + 1, open_to_vouchers=flag)
    elif act == "gift":
        gift: dict[str, Any] = {"kind": PromotionKind.FIT_OUT, "off_fen": 0, "worth_fen": abs(amount) + 1}
        declare(session, shop.developer, home, **gift, open_to_vouchers=flag, stackable=True)
    else:
        homes.publish(session, actor=shop.developer, home_id=home.id)
