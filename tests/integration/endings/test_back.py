"""Money of a purchase that comes back too late to be spent: nobody loses it without two people's word."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import endings, lapses
from app.vouchers.back_proofs import BACKS
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.queries import wallet
from tests.factories.coming_back import (
    WAN,
    approved,
    bought,
    cheaper,
    end,
    found_back,
    lapsed,
    paid_out,
    proved,
)
from tests.factories.endings import LEAVING, PAYING, VOIDING, ask, pay, payee


def test_a_gap_after_the_leftover_was_paid_is_paid_by_two_people(session: Session, clock: FixedClock) -> None:
    shop, buyer, redemption = bought(session, PAYING, face_fen=50 * WAN)
    paid_out(session, clock, shop, buyer)
    cheaper(session, shop, redemption)
    proved(session)
    late = found_back(session)
    assert lapses.lapse_due(session) == 0
    back = sum(part.back_fen for part in redemption.allocations)
    # With it a fifth of the bonus that was not kept: so much of it the payout had taken.
    over = sum(part.bonus_back_fen for part in redemption.allocations) // 5
    assert (late.kind, late.state, late.leftover_fen) == ("back", "undecided", back + over)
    proved(session)
    endings.decide(
        session, actor=shop.desk.officer, ending_ref=late.ref, effect="cash", reason="差价", payee=payee()
    )
    session.commit()
    approved(session, shop, late)
    pay(session, shop.desk, late)
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert (purse.available_fen, purse.spent_fen + purse.left_fen) == (0, purse.face_fen)
    proved(session)


@pytest.mark.parametrize(("kind", "expected"), [(Kind.WITHDRAW, "lapse"), (Kind.REJECT, "back")])
def test_a_term_that_ran_out_is_held_against_nobody_who_cannot_help_it(
    session: Session, clock: FixedClock, kind: Kind, expected: str
) -> None:
    """The policy voids what is left after the term: of what the household gave back itself, and no more."""
    shop, buyer, redemption = bought(session, VOIDING, face_fen=20 * WAN)
    clock.advance(timedelta(days=800))
    end(session, shop, buyer, redemption, kind)
    proved(session)
    found = found_back(session)
    assert (found.kind, found.leftover_fen) == (expected, 20 * WAN)
    assert (found.state == "closed") == (kind is Kind.WITHDRAW)
    proved(session)


def test_a_voucher_does_not_lapse_while_its_purchase_may_yet_be_undone(
    session: Session, clock: FixedClock
) -> None:
    _, buyer, redemption = bought(session, PAYING)
    change = changes.ask(
        session, actor=buyer.actor, redemption_ref=redemption.ref, wish=Wish(Kind.WITHDRAW, "退")
    )
    session.commit()
    clock.advance(timedelta(days=2000))
    assert lapses.lapse_due(session) == 0
    changes.withdraw(session, actor=buyer.actor, change_ref=change.ref)
    assert lapses.lapse_due(session) == 1
    session.commit()
    proved(session)


def test_who_gave_the_home_back_after_asking_for_the_rest_asks_anew(
    session: Session, clock: FixedClock
) -> None:
    """What was used of the voucher chose the band; of a home that was given back nothing is used."""
    shop, buyer, redemption = bought(session, PAYING)
    asked = ask(session, buyer)
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    with pytest.raises(Conflict, match="ending_handed_back"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=asked.ref)
    session.rollback()
    endings.refuse(session, actor=shop.desk.officer, ending_ref=asked.ref, reason="退房以后金额变了")
    session.commit()
    seen = outlook(session, session.get_one(Voucher, asked.voucher_id), Ending.PAYOUT)
    assert seen.figures.spent_fen == 0
    assert seen.parts.paid_fen < asked.paid_fen + sum(part.back_fen for part in redemption.allocations)
    proved(session)


@pytest.mark.parametrize("paid", [0, 30 * WAN, None], ids=["void", "a part", "all"])
def test_a_home_that_others_took_after_a_void_lapse_may_yet_be_paid(
    session: Session, clock: FixedClock, paid: int | None
) -> None:
    """The voucher was used in time: the platform takes the money away by no rule of its own."""
    shop, buyer, redemption = bought(session, VOIDING)
    lapsed(session, clock)
    end(session, shop, buyer, redemption, Kind.CANCEL, "烂尾，住建局通报")
    found = found_back(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "烂尾", "payee": payee()}
    with pytest.raises(DomainError, match="back_by_rule"):
        endings.decide(session, effect="agreement", **how)
    for fen in (None, 0, found.leftover_fen + 1):
        with pytest.raises(DomainError, match="back_above_rule"):
            endings.decide(session, effect="cash", paid_fen=fen, **how)
    session.rollback()
    fen = found.leftover_fen if paid is None else paid
    endings.decide(session, effect="cash" if fen else "void", paid_fen=fen or None, **how)
    session.commit()
    approved(session, shop, found)
    assert (found.state, found.paid_fen) == ("approved" if fen else "closed", fen)
    proved(session)


def test_of_a_home_that_was_given_back_after_a_void_lapse_nothing_is_paid(
    session: Session, clock: FixedClock
) -> None:
    shop, buyer, redemption = bought(session, VOIDING)
    lapsed(session, clock)
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    found = found_back(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "作废"}
    for effect in ("cash", "agreement"):
        with pytest.raises(DomainError, match="back_by_rule"):
            endings.decide(session, effect=effect, payee=payee(), paid_fen=WAN, **how)
    endings.decide(session, effect="void", **how)
    session.commit()
    forged = "SET effect = 'cash', paid_fen = leftover_fen, forfeited_fen = 0 WHERE kind = 'back'"
    session.execute(text(f"UPDATE voucher_endings {forged}"))
    for rule in BACKS.values():
        assert len(session.execute(text(rule)).all()) == 1
    session.rollback()
    approved(session, shop, found)
    assert (found.state, found.paid_fen) == ("closed", 0)
    proved(session)


def test_under_the_agreement_two_people_set_the_sum_and_no_more_than_came_back(
    session: Session, clock: FixedClock
) -> None:
    shop, buyer, redemption = bought(session, LEAVING)
    lapsed(session, clock)
    end(session, shop, buyer, redemption, Kind.REJECT)
    found = found_back(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "原协议"}
    with pytest.raises(DomainError, match="back_above_rule"):
        endings.decide(session, effect="agreement", paid_fen=found.leftover_fen + 1, **how)
    endings.decide(session, effect="agreement", paid_fen=found.leftover_fen - WAN, **how)
    session.commit()
    approved(session, shop, found)
    assert (found.paid_fen, found.forfeited_fen) == (found.leftover_fen - WAN, WAN)
    proved(session)
