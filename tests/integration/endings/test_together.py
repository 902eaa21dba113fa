"""A leftover that is paid by what all vouchers of a household spent: what is open, and what is undone."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.ledger import queries as ledger
from app.redemptions import queries, service
from app.redemptions.change_states import Kind as Change
from app.redemptions.models import Redemption
from app.vouchers import endings
from app.vouchers.band_proofs import BANDS
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import find_live, outlook
from app.vouchers.ending_states import Kind
from app.vouchers.lapses import due, lapse_due
from app.vouchers.models import Voucher
from tests.factories import moves
from tests.factories.coming_back import end
from tests.factories.endings import approve, ask
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
SHARED = ROOMY.replace("  from: issue", "  from: issue\n  extension_months: 3") + (
    "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 30%, rate: 80%, spent_of: household}]\n"
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 10%},"
    " {spent_from: 30%, rate: 90%, spent_of: household}]}\n"
)


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=SHARED))


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    """A household of 50 万 and 50 万; the factories' policy pays a fifth in these months."""
    return make_buyer(session, shop.desk, faces=(50 * WAN, 50 * WAN))


def lock(session: Session, shop: Shop, buyer: Buyer, *, place: int, price: int) -> Redemption:
    home = make_home(session, shop, voucher_fen=price)
    parts = [(buyer.vouchers[place].ref, None)]
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=parts)
    session.commit()
    locked = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    return locked


def block(session: Session, buyer: Buyer, place: int = 1) -> str | None:
    return outlook(session, session.get_one(Voucher, buyer.vouchers[place].id), Kind.PAYOUT).block


def proved(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_it_is_known_once_no_voucher_of_the_household_buys(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    locked = lock(session, shop, buyer, place=0, price=36 * WAN)
    assert block(session, buyer) == "ending_household_open"
    assert block(session, buyer, 0) == "ending_homes_held"
    redeem(session, shop, locked)
    made = ask(session, buyer, place=1)
    # 30 万 and a bonus of 6 万: 30 of 100 万 are reached, and 80% of 50 万 are paid.
    assert (made.paid_fen, made.forfeited_fen) == (40 * WAN, 10 * WAN)
    approve(session, shop.desk, made)
    proved(session)


def test_a_home_given_back_or_a_voucher_given_away_asks_anew(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    locked = redeem(session, shop, lock(session, shop, buyer, place=0, price=36 * WAN))
    made = ask(session, buyer, place=1)
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, locked, Change.WITHDRAW)
    with pytest.raises(Conflict, match="ending_handed_back"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=made.ref)
    session.rollback()
    endings.refuse(session, actor=shop.desk.officer, ending_ref=made.ref, reason="退房以后比例变了")
    session.commit()
    assert block(session, buyer) == "ending_pays_nothing"
    redeem(session, shop, lock(session, shop, buyer, place=0, price=36 * WAN))
    made = ask(session, buyer, place=1)
    clock.advance(timedelta(hours=1))
    wish, other = moves.transfer_of(buyer.vouchers[0]), moves.other_of(7, "王小明")
    moves.carry_out(session, shop.desk, buyer.actor, wish, other)
    with pytest.raises(Conflict, match="ending_handed_back"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=made.ref)
    session.rollback()
    proved(session)


def test_the_end_of_a_term_waits_for_homes_that_others_began_to_buy_in_it(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    longer = "UPDATE vouchers SET expires_at = expires_at - interval '30 days' WHERE id = :id"
    session.execute(text(longer), {"id": buyer.vouchers[1].id})
    session.commit()
    voucher = session.get_one(Voucher, buyer.vouchers[1].id)
    session.refresh(voucher)
    over = voucher.expires_at
    assert over is not None
    clock.moment = over - timedelta(days=1)
    in_time = lock(session, shop, buyer, place=0, price=30 * WAN)
    clock.moment = over + timedelta(days=1)
    late = lock(session, shop, buyer, place=0, price=10 * WAN)
    assert [one.id for one in due(session)] == [buyer.vouchers[1].id]
    assert lapse_due(session) == 0, "what is bought decides what is paid"
    redeem(session, shop, in_time)
    assert lapse_due(session) == 1, "what was locked after the term is waited for no more"
    session.commit()
    made = find_live(session, voucher_id=buyer.vouchers[1].id)
    assert made is not None
    spent = in_time.allocations[0].spent_fen
    assert spent < 30 * WAN < spent + late.allocations[0].spent_fen
    assert made.paid_fen == 5 * WAN, "less than 30 of 100 万 were spent in time"
    told = next(one for one in made.shown["rules"] if one["code"] == "spent_together")
    assert told["figures"] == {"face_fen": 100 * WAN, "spent_fen": spent}
    # The end of the term was moved by hand.
    assert {one.rule for one in queries.verify(session)} == {"a voucher lapses when its policy says"}


@pytest.mark.parametrize("path", ["leftover[0]", "leftover[2]", "leftover[3]", "lapse.bands[0]"])
def test_verify_finds_what_is_paid_by_another_band(session: Session, path: str) -> None:
    bands = ROOMY + "leftover: [{spent_from: 0%, rate: 1%}, {spent_from: 0%, rate: 2%, left_up_to: 500000}, "
    shop = make_shop(
        session, desk=make_desk(session, policy=bands + "{spent_from: 0.01%, rate: 3%, from_month: 2}]\n")
    )
    made = ask(session, make_buyer(session, shop.desk, faces=(50 * WAN,)))
    assert made.paid_fen == WAN
    wrong = text(BANDS["an ending is paid by the last band that it is in"])
    assert session.execute(wrong).all() == []
    names = [one.key for one in inspect(VoucherEnding).column_attrs if one.key not in ("id", "ref")]
    kept = {name: getattr(made, name) for name in names}
    (rule, *others) = made.shown["rules"]
    forged = {**made.shown, "rules": [{**rule, "path": path}, *others]}
    session.add(VoucherEnding(**kept | {"shown": forged, "state": "withdrawn", "ref": "DF-0"}))
    session.flush()
    assert len(session.execute(wrong).all()) == 1


def test_verify_finds_what_is_paid_beyond_the_most_of_its_band(session: Session) -> None:
    most = ROOMY + "leftover: [{spent_from: 0%, rate: 100%, most_yuan: 12345.67}]\n"
    shop = make_shop(session, desk=make_desk(session, policy=most))
    made = ask(session, make_buyer(session, shop.desk, faces=(50 * WAN,)))
    assert (made.paid_fen, made.forfeited_fen) == (1_234_567, 50 * WAN - 1_234_567)
    wrong = text(BANDS["an ending pays at most what its band does"])
    assert session.execute(wrong).all() == []
    names = [one.key for one in inspect(VoucherEnding).column_attrs if one.key not in ("id", "ref")]
    kept = {name: getattr(made, name) for name in names}
    more = {"paid_fen": made.paid_fen + 1, "forfeited_fen": made.forfeited_fen - 1}
    session.add(VoucherEnding(**kept | more | {"state": "withdrawn", "ref": "DF-0"}))
    session.flush()
    assert len(session.execute(wrong).all()) == 1
