"""What a developer is paid for waiting is worked out again from the policy, the claim and the bank's days."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.policies.answers import Amount
from app.policies.settling import LateRule
from app.settlements import batches, proofs
from app.settlements.money_models import SettlementLine
from app.settlements.payment_models import SettlementPayment
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    SETTLING,
    Payers,
    approve,
    claim,
    make_fund,
    make_payers,
    make_sold,
    pay,
    send,
)

RULE = "interest on what a developer was paid is what the policy bears, in time and late"
IN_TIME = SETTLING.replace(
    "share: 60%, pay_within: {days: 30}",
    "share: 60%, pay_within: {days: 30, from: applied}, interest: {rate: 7%, rounding: yuan}",
)
AT_MOST = SETTLING.replace("per: day}", "per: day, most_share: 0.15%}")
FIRST = PRICE_FEN * 60 // 100
LATE = FIRST * 2 * 10 // 10_000
"""Of ten days."""
EARLY = FIRST * 7 * 30 // 100 // 365 // 100 * 100
"""Of the thirty days before, in whole yuan."""
NEAREST = IN_TIME.replace("rounding: yuan", "rounding: nearest_hundred_yuan")
NEAR = (FIRST * 7 * 30 // 100 // 365 + 5_000) // 10_000 * 10_000


def paid_late(session: Session, clock: FixedClock, policy: str) -> tuple[Payers, SettlementPayment]:
    """Pay a part ten days late, and then the interest on it; return who paid, and the first payment."""
    payers = make_payers(session, policy=policy)
    make_sold(session, payers.shop)
    source = make_fund(session, payers, 2 * PRICE_FEN)
    found = approve(session, payers, claim(session, payers))
    clock.moment += timedelta(days=40)
    (payment,) = send(session, payers, source, found)
    pay(session, payers, payment)
    (second,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, second)
    return payers, payment


@pytest.mark.parametrize(
    ("policy", "borne_fen"),
    [(SETTLING, LATE), (IN_TIME, LATE + EARLY), (NEAREST, LATE + NEAR), (AT_MOST, FIRST * 15 // 10_000)],
)
def test_interest_is_what_the_policy_bears_also_when_the_payment_comes_back_after_it(
    session: Session, clock: FixedClock, policy: str, borne_fen: int
) -> None:
    payers, payment = paid_late(session, clock, policy)
    lines = session.scalars(select(SettlementLine).where(SettlementLine.kind == "interest"))
    assert [one.amount_fen for one in lines] == [borne_fen]
    assert proofs.verify(session) == []
    why = {"reference": "TH1", "returned_on": business_clock.today(), "reason": "销户"}
    batches.note_returned(session, actor=payers.officer, payment_ref=payment.ref, **why)
    session.commit()
    assert proofs.verify(session) == []


@pytest.mark.parametrize(
    ("policy", "days", "fen"),
    [
        *(
            (policy, *wrong)
            for policy in (SETTLING, IN_TIME, NEAREST)
            for wrong in ((1, 0), (-1, 0), (0, 100))
        ),
        (AT_MOST, 0, 1),
        (AT_MOST, -3, 0),
    ],
)
def test_a_day_or_a_yuan_too_much_is_found_though_all_else_agrees(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, policy: str, days: int, fen: int
) -> None:
    right = LateRule.of

    def wrong(self: LateRule, of_fen: int, first: date, last: date) -> Amount:
        borne = right(self, of_fen, first, last + timedelta(days=days))
        return Amount(borne.fen + fen, borne.rules)

    monkeypatch.setattr(LateRule, "of", wrong)
    paid_late(session, clock, policy)
    assert {one.rule for one in proofs.verify(session)} == {RULE}
