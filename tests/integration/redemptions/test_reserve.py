"""A lock is taken on exactly the terms that were shown, or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.ledger.models import LedgerTransfer
from app.redemptions import queries, service, snapshot
from app.redemptions.models import Quote, Redemption
from app.redemptions.states import Action, State
from app.vouchers.models import Voucher
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    redeem,
)


def held(session: Session, voucher: Voucher) -> int:
    assert voucher.account_id
    return ledger.balance(session, voucher.account_id).held_fen


def sound(session: Session) -> bool:
    return ledger.verify(session) == [] and queries.verify(session) == []


def test_what_was_shown_is_what_is_held(session: Session, shop: Shop, home: Home) -> None:
    buyer = make_buyer(session, shop.desk, faces=(20_000_000, 90_000_000))
    quote = make_quote(session, buyer, home)
    frozen = snapshot.read(quote.snapshot)
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    assert (redemption.state, redemption.price_fen, redemption.top_up_fen) == ("locked", PRICE_FEN, 0)
    assert redemption.deadline_at == frozen.hold_until
    assert redemption.developer_id == shop.developer.organisation
    session.refresh(home)
    assert home.status == "locked"
    assert [held(session, voucher) for voucher in buyer.vouchers] == [part.spent_fen for part in frozen.parts]
    whole = queries.get_redemption(session, actor=buyer.actor, ref=redemption.ref)
    assert [(part.spent_fen, part.bonus_fen, part.bonus_bp) for part in whole.allocations] == [
        (part.spent_fen, part.bonus_fen, part.rate_bp) for part in frozen.parts
    ]
    promised = {part.transfer_id for part in whole.allocations} | {
        part.bonus_transfer_id for part in whole.allocations if part.bonus_transfer_id
    }
    transfers = session.scalars(select(LedgerTransfer).where(LedgerTransfer.id.in_(promised))).all()
    assert {transfer.kind for transfer in transfers} == {"pending"}
    assert sum(transfer.amount_fen for transfer in transfers) == PRICE_FEN
    assert sound(session)


def test_a_lock_is_on_the_timeline_in_the_audit_trail_and_in_the_queue(
    session: Session, home: Home, buyer: Buyer
) -> None:
    before = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.index'"))
    redemption = make_redemption(session, buyer, home)
    (step,) = queries.timeline(session, redemption)
    assert (step.action, step.from_state, step.to_state) == (Action.RESERVE, None, State.LOCKED)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "redemption.reserve")).one()
    assert (row.object_id, row.district_id) == (redemption.id, buyer.actor.district)
    after = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.index'"))
    assert (before, after) == (1, 2)


def refused(session: Session, buyer: Buyer, quote: Quote, code: str) -> DomainError:
    with pytest.raises(DomainError) as refusal, session.begin_nested():
        service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.rollback()
    assert refusal.value.code == code
    return refusal.value


def test_somebody_elses_quote_is_not_there(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    quote = make_quote(session, buyer, home)
    assert isinstance(refused(session, make_buyer(session, shop.desk), quote, "quote_gone"), NotFound)


def test_a_quote_is_used_once(session: Session, home: Home, buyer: Buyer) -> None:
    quote = make_quote(session, buyer, home)
    first = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    assert refused(session, buyer, quote, "quote_used").params == {"ref": first.ref}
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    refused(session, buyer, quote, "quote_used")
    assert queries.find_redemption_of(session, quote=quote) is first


def test_a_quote_ends(session: Session, home: Home, buyer: Buyer, clock: FixedClock) -> None:
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=29, seconds=59))
    service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.rollback()
    clock.advance(timedelta(seconds=1))
    refused(session, buyer, quote, "quote_expired")


def change(session: Session, shop: Shop, home: Home, kind: str, amount_fen: int) -> None:
    homes.set_price(
        session,
        actor=shop.developer,
        home_id=home.id,
        kind=kind,  # type: ignore[arg-type]  # one of the three
        amount_fen=amount_fen,
        reason="调价",
        filing_number="备2016-0099" if kind == "filed" else None,
    )
    session.commit()


@pytest.mark.parametrize(("kind", "by"), [("voucher", 1_000_000), ("cash", 10_000), ("filed", -10_000)])
def test_a_live_quote_is_locked_at_what_was_shown_whatever_was_raised_since(
    session: Session, shop: Shop, home: Home, buyer: Buyer, kind: str, by: int
) -> None:
    quote = make_quote(session, buyer, home)
    frozen = snapshot.read(quote.snapshot)
    change(session, shop, home, kind, getattr(frozen.prices, kind).amount_fen + by)
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    assert redemption.price_fen == frozen.price_fen == PRICE_FEN


def test_a_lower_price_is_the_buyers_by_a_new_quote(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    change(session, shop, home, "voucher", PRICE_FEN - 1)
    assert isinstance(refused(session, buyer, quote, "quote_price_changed"), Conflict)
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=make_quote(session, buyer, home).ref)
    assert redemption.price_fen == PRICE_FEN - 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE homes SET area_m2 = area_m2 - 1",
        "UPDATE homes SET storey = storey + 1",
        "UPDATE homes SET rooms = rooms + 1",
        "UPDATE buildings SET name = name || '改'",
        "UPDATE developments SET name = name || '改'",
        "UPDATE developments SET address = address || '改'",
    ],
)
def test_a_home_described_otherwise_than_shown_ends_the_quote(
    session: Session, shop: Shop, home: Home, change: str
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(90_000_000,))
    quote = make_quote(session, buyer, home)
    session.execute(text(change))
    session.commit()
    with pytest.raises(Conflict) as refused:
        service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    assert refused.value.code == "quote_home_changed"
    session.rollback()
    again = make_quote(session, buyer, home)
    assert service.reserve(session, actor=buyer.actor, quote_ref=again.ref).state == "locked"


def test_a_cash_price_lowered_below_the_quoted_price_ends_the_quote(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    change(session, shop, home, "cash", PRICE_FEN - 1)
    refused(session, buyer, quote, "home_not_listed")


def test_a_home_that_left_the_pool_cannot_be_locked(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    homes.withdraw(session, actor=shop.developer, home_id=home.id)
    session.commit()
    refused(session, buyer, quote, "home_not_listed")


def test_a_home_that_somebody_holds_or_bought_cannot_be_locked(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    first = make_redemption(session, make_buyer(session, shop.desk), home)
    refused(session, buyer, quote, "home_locked")
    redeem(session, shop, first)
    refused(session, buyer, quote, "home_sold")


def test_money_that_went_elsewhere_cannot_be_held_twice(session: Session, shop: Shop, home: Home) -> None:
    buyer = make_buyer(session, shop.desk, faces=(50_000_000,))
    other = make_home(session, shop)
    quotes = [make_quote(session, buyer, home), make_quote(session, buyer, other)]
    service.reserve(session, actor=buyer.actor, quote_ref=quotes[0].ref)
    session.commit()
    assert isinstance(refused(session, buyer, quotes[1], "insufficient_balance"), InsufficientBalance)
    session.refresh(other)
    assert other.status == "free"
    assert sound(session)


def test_two_homes_with_one_voucher_and_two_vouchers_for_one_home(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=(60_000_000, 30_000_000))
    first = make_redemption(session, buyer, make_home(session, shop))
    second = make_redemption(session, buyer, make_home(session, shop))
    assert (first.top_up_fen, second.top_up_fen) == (0, 0)
    parts = queries.get_redemption(session, actor=buyer.actor, ref=second.ref).allocations
    assert [part.voucher_id for part in parts] == [voucher.id for voucher in buyer.vouchers]
    assert held(session, buyer.vouchers[0]) == 60_000_000
    assert sound(session)


def test_a_stale_hold_gives_way_to_the_next_buyer(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    late = make_buyer(session, shop.desk)
    stale = make_redemption(session, late, home)
    clock.moment = stale.deadline_at
    fresh = make_redemption(session, buyer, home)
    session.refresh(stale)
    assert (stale.state, stale.ended_at, fresh.state) == ("expired", clock.moment, "locked")
    assert held(session, late.vouchers[0]) == 0
    (_, last) = queries.timeline(session, stale)
    assert (last.action, last.to_state, last.by, last.role) == (Action.EXPIRE, State.EXPIRED, None, None)
    assert sound(session)


def test_the_money_of_ones_own_stale_hold_pays_for_the_new_one(
    session: Session, shop: Shop, home: Home, clock: FixedClock
) -> None:
    buyer = make_buyer(session, shop.desk, faces=(80_000_000,))
    stale = make_redemption(session, buyer, home)
    clock.moment = stale.deadline_at + timedelta(hours=1)
    fresh = make_redemption(session, buyer, home, 40_000_000)
    session.refresh(stale)
    assert (stale.state, fresh.state) == ("expired", "locked")
    assert held(session, buyer.vouchers[0]) == 38_500_000
    assert sound(session)


def test_a_contract_keeps_the_home_past_the_deadline(
    session: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    first = contract(session, shop, make_redemption(session, make_buyer(session, shop.desk), home))
    clock.moment = first.deadline_at + timedelta(days=30)
    with pytest.raises(Conflict, match="home_locked"):
        make_quote(session, buyer, home)


def test_a_hold_made_in_time_outlives_its_voucher(
    session: Session, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    voucher = buyer.vouchers[0]
    assert voucher.expires_at
    clock.moment = voucher.expires_at - timedelta(minutes=10)
    quote = make_quote(session, buyer, home)
    assert quote.expires_at == voucher.expires_at
    assert service.reserve(session, actor=buyer.actor, quote_ref=quote.ref).deadline_at > voucher.expires_at


def test_a_voucher_that_ended_since_the_quote_locks_nothing(
    session: Session, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    quote = make_quote(session, buyer, home)
    buyer.vouchers[0].expires_at = clock.moment
    session.commit()
    assert refused(session, buyer, quote, "voucher_lapsed").field == "vouchers"


def test_a_voucher_that_changed_hands_since_the_quote_locks_nothing(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    quote = make_quote(session, buyer, home)
    buyer.vouchers[0].household_id = make_buyer(session, shop.desk).household.id
    session.commit()
    assert isinstance(refused(session, buyer, quote, "voucher_gone"), NotFound)


def test_a_refused_lock_leaves_no_trace(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    quote = make_quote(session, buyer, home)
    make_redemption(session, make_buyer(session, shop.desk), home)
    before = session.scalar(select(func.count(LedgerTransfer.id)))
    refused(session, buyer, quote, "home_locked")
    assert session.scalar(select(func.count(LedgerTransfer.id))) == before
    assert session.scalar(select(func.count(Redemption.id)).where(Redemption.quote_id == quote.id)) == 0
