"""What comes back after an ending of vouchers that moved, or of which a household has several: paid once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.redemptions.change_states import Kind
from app.vouchers import endings, lapses
from app.vouchers.back_proofs import BACKS
from app.vouchers.coming_back import due_of
from app.vouchers.ending_models import VoucherEnding
from tests.factories.coming_back import WAN, approved, cheaper, end, newest, proved
from tests.factories.endings import approve, ask, pay, payee
from tests.factories.moves import MOVING, carry_out, merge_of, other_of, split_of, transfer_of
from tests.factories.policies import HAILING, ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

POOLED = HAILING + (
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 50%, rate: 100%, spent_of: household}]\n"
)
FALLING = HAILING + "leftover: [{spent_from: 0%, rate: 100%}, {spent_from: 20%, rate: 50%}]\n"
USED_WELL = ROOMY + "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 40%, rate: 100%}]\n"
RATES = "an ending and what came back after it are paid at no rate above the policy's"


def decided(session: Session, shop: Shop) -> list[VoucherEnding]:
    """Decide on all that came back as the pages offer it."""
    lapses.lapse_due(session)
    session.commit()
    waiting = select(VoucherEnding).where(VoucherEnding.state == "undecided").order_by(VoucherEnding.id)
    every = list(session.scalars(waiting))
    for found in every:
        due = due_of(found)
        assert due is not None
        how = {"effect": "cash" if due.fen else "void", "reason": "退", "payee": payee()}
        endings.decide(session, actor=shop.desk.officer, ending_ref=found.ref, **how)
        session.commit()
    return every


def pay_back(session: Session, shop: Shop) -> int:
    """Pay all that came back; return the sum in fen."""
    every = decided(session, shop)
    for found in every:
        approved(session, shop, found)
        if found.paid_fen:
            pay(session, shop.desk, found)
    return sum(found.paid_fen for found in every)


def only(buyer: Buyer, place: int) -> Buyer:
    return Buyer(buyer.actor, buyer.household, buyer.vouchers[place : place + 1])


@pytest.mark.parametrize("moved", ["", "split", "merged"])
def test_a_split_or_merge_pays_no_claw_back_twice(session: Session, clock: FixedClock, moved: str) -> None:
    """80% of what is left at last, less a fifth of the bonus kept: the same whoever moved before."""
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    faces = (80 * WAN, 20 * WAN) if moved == "merged" else (100 * WAN,)
    buyer = make_buyer(session, shop.desk, faces=faces)
    home = make_home(session, shop, voucher_fen=72 * WAN)
    redemption = redeem(session, shop, make_redemption(session, only(buyer, 0), home))
    (voucher, *_), given_fen = buyer.vouchers, 0
    if moved == "merged":
        (voucher,) = carry_out(session, shop.desk, buyer.actor, merge_of(*buyer.vouchers))
    elif moved:
        voucher, _ = carry_out(session, shop.desk, buyer.actor, split_of(voucher, WAN))
        given_fen = WAN
    asked = ask(session, Buyer(buyer.actor, buyer.household, [voucher]))
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    cheaper(session, shop, redemption, 12 * WAN)  # 50 万 spent, and 10 万 of bonus, are kept
    back_fen = pay_back(session, shop)
    assert asked.paid_fen + back_fen == (50 * WAN - given_fen) * 8 // 10 - 10 * WAN // 5
    proved(session)


def test_verify_knows_what_came_back_to_a_voucher_that_another_stands_for(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer = make_buyer(session, shop.desk, faces=(80 * WAN, 20 * WAN))
    homes = [make_home(session, shop, voucher_fen=fen * WAN) for fen in (60, 12)]
    _kept, redemption = [
        redeem(session, shop, make_redemption(session, only(buyer, 0), home)) for home in homes
    ]
    (voucher,) = carry_out(session, shop.desk, buyer.actor, merge_of(*buyer.vouchers))
    asked = ask(session, Buyer(buyer.actor, buyer.household, [voucher]))
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    assert {found.voucher_id for found in decided(session, shop)} == {voucher.id, buyer.vouchers[0].id}
    assert session.execute(text(BACKS[RATES])).all() == []
    more = "SET paid_fen = paid_fen + 1, forfeited_fen = forfeited_fen - 1"
    session.execute(
        text(f"UPDATE voucher_endings {more} WHERE kind = 'back' AND voucher_id = :id"),
        {"id": buyer.vouchers[0].id},
    )
    assert len(session.execute(text(BACKS[RATES])).all()) == 1
    session.rollback()


@pytest.mark.parametrize("past", ["", "parted", "stays"])
def test_what_a_split_parted_decides_the_band_in_the_same_part(
    session: Session, clock: FixedClock, past: str
) -> None:
    """One of two homes of 45 万 goes back: 45 of 100 万 are spent, and all that is left is paid."""
    splits = f"transfers: 1\nsplits: {{times: 2, past: {past}}}\n" if past else "transfers: 1\n"
    policy = USED_WELL.replace("transfers: 1\n", splits)
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    homes = [make_home(session, shop, voucher_fen=54 * WAN) for _ in range(2)]
    _first, second = [redeem(session, shop, make_redemption(session, buyer, home)) for home in homes]
    (voucher,) = buyer.vouchers
    if past:
        voucher, _part = carry_out(session, shop.desk, buyer.actor, split_of(voucher, 8 * WAN))
    asked = ask(session, Buyer(buyer.actor, buyer.household, [voucher]))
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, second, Kind.REJECT)
    assert pay_back(session, shop) == 45 * WAN
    assert asked.paid_fen == asked.leftover_fen
    proved(session)


@pytest.mark.parametrize("later", ["bought more", "given away"])
def test_what_the_household_did_after_an_ending_does_not_choose_its_band(
    session: Session, clock: FixedClock, later: str
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=POOLED))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN, 100 * WAN))
    first = redeem(
        session,
        shop,
        make_redemption(session, only(buyer, 0), make_home(session, shop, voucher_fen=43 * WAN)),
    )
    large = make_home(session, shop, voucher_fen=100 * WAN)
    if later == "given away":
        redeem(session, shop, make_redemption(session, only(buyer, 1), large))
    asked = ask(session, only(buyer, 0))
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    if later == "given away":
        carry_out(session, shop.desk, buyer.actor, transfer_of(buyer.vouchers[1]), other_of(7))
    else:
        redeem(session, shop, make_redemption(session, only(buyer, 1), large))
        clock.advance(timedelta(hours=1))
    cheaper(session, shop, first, WAN)
    paid_fen = pay_back(session, shop)
    back_fen = newest(session).leftover_fen
    assert paid_fen == (back_fen if later == "given away" else back_fen // 2)
    proved(session)


def test_a_rule_that_pays_more_than_came_back_is_told_as_what_came_back(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=FALLING))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home = make_home(session, shop, voucher_fen=33 * WAN)
    redemption = redeem(session, shop, make_redemption(session, buyer, home))
    pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.REJECT)
    lapses.lapse_due(session)
    session.commit()
    found, due = newest(session), due_of(newest(session))
    assert due is not None
    pay_back(session, shop)
    proved(session)
    assert due.fen <= found.leftover_fen
