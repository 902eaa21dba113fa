"""A quote freezes what was shown, and is refused where the home or a voucher cannot be used."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices
from app.policies.models import PolicyVersion
from app.redemptions import queries, service, snapshot
from app.redemptions.errors import VoucherNotUsable
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import make_desk, submit_voucher


def test_the_snapshot_holds_everything_that_was_shown(
    session: Session, shop: Shop, home: Home, clock: FixedClock
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(20_000_000, 90_000_000))
    quote = make_quote(session, buyer, home, 10_000_000)
    frozen = snapshot.read(quote.snapshot)
    prices = current_prices(session, [home.id])[home.id]
    assert quote.snapshot["schema"] == 7
    assert frozen.home.ref == home.ref
    assert (frozen.home.building, frozen.home.unit, frozen.home.room) == (
        shop.building.name,
        home.unit,
        home.room,
    )
    assert frozen.home.developer_id == shop.developer.organisation
    for kind in ("filed", "cash", "voucher"):
        version, seen = getattr(prices, kind), getattr(frozen.prices, kind)
        assert (seen.version_id, seen.amount_fen) == (version.id, version.amount_fen)
        assert seen.effective_from == version.effective_from
    first, second = frozen.parts
    assert (first.voucher_ref, first.limit_fen, first.spent_fen, first.bonus_fen, first.leftover_fen) == (
        *(buyer.vouchers[0].ref, 10_000_000, 10_000_000, 2_000_000, 10_000_000),
    )
    assert second.spent_fen + second.bonus_fen == PRICE_FEN - 12_000_000
    assert second.leftover_fen == 90_000_000 - second.spent_fen
    assert (first.rate_bp, first.next_rate_bp) == (2000, 1600)
    assert (first.rate_last_day, first.next_from) == (date(2016, 9, 1), date(2016, 9, 2))
    assert first.policy_version_id == shop.desk.policy_version.id
    assert first.policy_title == shop.desk.policy_version.title
    assert (frozen.price_fen, frozen.top_up_fen) == (PRICE_FEN, 0)
    # Fifteen days, the first of them tomorrow, to 24:00 in Shanghai.
    assert frozen.hold_until == datetime(2016, 6, 16, 16, tzinfo=UTC)
    assert (quote.made_at, quote.expires_at) == (clock.moment, clock.moment + timedelta(minutes=30))


def test_a_quote_moves_nothing(session: Session, home: Home, buyer: Buyer) -> None:
    make_quote(session, buyer, home)
    session.refresh(home)
    assert home.status == "free"
    noted = session.scalars(select(AuditRow).where(AuditRow.action == "redemption.quote")).one()
    assert noted.detail["price_fen"] == PRICE_FEN
    assert noted.user_id == buyer.actor.user_id


def test_a_later_day_earns_its_own_tier(session: Session, shop: Shop, home: Home, clock: FixedClock) -> None:
    early = make_buyer(session, shop.desk)
    clock.moment = datetime(2016, 9, 1, 15, 59, tzinfo=UTC)  # the last minute of month three
    on_the_edge = snapshot.read(make_quote(session, early, home).snapshot)
    assert on_the_edge.parts[0].rate_bp == 2000
    clock.advance(timedelta(minutes=1))
    after = snapshot.read(make_quote(session, early, home).snapshot)
    assert (after.parts[0].rate_bp, after.parts[0].next_rate_bp) == (1600, 1200)
    assert after.spent_fen > on_the_edge.spent_fen


def test_a_quote_near_midnight_ends_with_the_day(
    session: Session, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    clock.moment = datetime(2016, 6, 1, 15, 50, tzinfo=UTC)
    quote = make_quote(session, buyer, home)
    assert quote.expires_at == datetime(2016, 6, 1, 16, tzinfo=UTC)


def test_a_voucher_too_small_leaves_a_top_up(session: Session, shop: Shop, home: Home) -> None:
    small = make_buyer(session, shop.desk, faces=(10_000_000,))
    frozen = snapshot.read(make_quote(session, small, home).snapshot)
    assert (frozen.spent_fen, frozen.bonus_fen, frozen.top_up_fen) == (10_000_000, 2_000_000, 34_200_000)


def test_a_voucher_that_is_not_needed_gives_nothing(session: Session, shop: Shop, home: Home) -> None:
    rich = make_buyer(session, shop.desk, faces=(90_000_000, 20_000_000))
    frozen = snapshot.read(make_quote(session, rich, home).snapshot)
    assert [part.voucher_ref for part in frozen.used_parts] == [rich.vouchers[0].ref]
    assert (frozen.parts[1].spent_fen, frozen.parts[1].leftover_fen) == (0, 20_000_000)


def refused(session: Session, buyer: Buyer, home: Home, code: str, **change: object) -> DomainError:
    arguments = {"actor": buyer.actor, "home_ref": home.ref, "parts": buyer.parts(), **change}
    with pytest.raises(DomainError) as refusal, session.begin_nested():
        service.quote(session, **arguments)  # type: ignore[arg-type]  # some are wrong on purpose
    session.rollback()
    assert refusal.value.code == code
    return refusal.value


def test_only_a_household_gets_a_quote(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    error = refused(session, buyer, home, "wrong_role", actor=shop.desk.officer)
    assert isinstance(error, Forbidden)


def test_homes_that_cannot_be_quoted(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    assert isinstance(refused(session, buyer, home, "home_not_found", home_ref="FY-00000-00000"), NotFound)
    refused(session, buyer, make_home(session, shop, listed=False), "home_not_found")
    elsewhere = make_home(session, make_shop(session))
    assert isinstance(refused(session, buyer, elsewhere, "home_not_listed"), Conflict)
    out = make_home(session, shop)
    homes.withdraw(session, actor=shop.developer, home_id=out.id)
    session.commit()
    refused(session, buyer, out, "home_not_listed")
    make_redemption(session, make_buyer(session, shop.desk), home)
    refused(session, buyer, home, "home_locked")
    sold = make_home(session, shop)
    redeem(session, shop, make_redemption(session, make_buyer(session, shop.desk), sold))
    refused(session, buyer, sold, "home_sold")


def test_a_hold_whose_time_is_over_is_no_obstacle(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    held = make_redemption(session, make_buyer(session, shop.desk), home)
    clock.moment = held.deadline_at
    found = queries.find_obstacle(
        session,
        district_id=shop.desk.district.id,
        home=home,
        prices=current_prices(session, [home.id])[home.id],
        moment=clock.moment - timedelta(seconds=1),
    )
    assert found == "home_locked"
    assert make_quote(session, buyer, home).home_id == home.id


def test_vouchers_that_cannot_pay(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    ref = buyer.vouchers[0].ref
    strangers = make_buyer(session, shop.desk).vouchers[0].ref
    assert isinstance(refused(session, buyer, home, "voucher_gone", parts=[(strangers, None)]), NotFound)
    refused(session, buyer, home, "voucher_gone", parts=[(ref, None), (strangers, None)])
    for wrong, parts in {
        "voucher_not_chosen": [],
        "voucher_chosen_twice": [(ref, 5), (ref, 6)],
        "voucher_limit": [(ref, 0)],
    }.items():
        assert refused(session, buyer, home, wrong, parts=parts).field == "vouchers"
    refused(session, buyer, home, "voucher_limit", parts=[(ref, -1)])
    above = refused(session, buyer, home, "voucher_limit", parts=[(ref, 130_550_001)])
    assert isinstance(above, VoucherNotUsable)
    assert above.params == {"ref": ref}
    waiting = submit_voucher(session, desk=shop.desk, household=buyer.household)
    session.commit()
    refused(session, buyer, home, "voucher_gone", parts=[(waiting.ref, None)])
    assert buyer.vouchers[0].expires_at
    clock.moment = buyer.vouchers[0].expires_at
    refused(session, buyer, home, "voucher_lapsed")


def test_a_voucher_without_money_is_refused(session: Session, shop: Shop, home: Home) -> None:
    small = make_buyer(session, shop.desk, faces=(10_000_000,))
    make_redemption(session, small, home)
    refused(session, small, make_home(session, shop), "voucher_empty")


def test_a_policy_for_other_kinds_of_stock_is_refused(session: Session) -> None:
    desk = make_desk(session)
    given = desk.policy_version
    parking = PolicyVersion(
        district_id=desk.district.id,
        code="parking-only",
        version=1,
        title="只买车位",
        body={**given.body, "usable_on": ["parking"]},
        sha256="0" * 64,
        adopted_at=given.adopted_at,
    )
    session.add(parking)
    session.commit()
    shop = make_shop(session, desk=replace(desk, policy_version=parking))
    refused(session, make_buyer(session, shop.desk), make_home(session, shop), "voucher_not_for_kind")


def test_another_households_quote_is_not_there(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    assert queries.get_quote(session, actor=buyer.actor, ref=quote.ref).id == quote.id
    with pytest.raises(NotFound):
        queries.get_quote(session, actor=make_buyer(session, shop.desk).actor, ref=quote.ref)
