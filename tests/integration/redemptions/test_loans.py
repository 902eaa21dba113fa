"""A loan that is waited for: the bank and the day, and the lock that the policy lengthens for it, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.notices.models import Notice
from app.payments.kinds import Kind, Lender, Stage
from app.redemptions import loans, service
from app.redemptions.models import Redemption
from app.redemptions.service.top_ups import loan_until
from app.redemptions.top_up_queries import find_top_up
from tests.factories.payments import pay_in
from tests.factories.policies import HAILING
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk

PATIENT = HAILING.replace("hold:", "hold:\n  loan_days: 40", 1)
"""Hailing's policy, with forty days for a loan."""


class Borrowing:
    """A locked home of which a part is paid by a loan that was asked for."""

    def __init__(self, session: Session, policy: str) -> None:
        self.shop: Shop = make_shop(session, desk=make_desk(session, policy=policy))
        self.buyer: Buyer = make_buyer(session, self.shop.desk, faces=(20_000_000,))
        self.redemption: Redemption = make_redemption(session, self.buyer, make_home(session, self.shop))
        wanted = {Kind.LOAN: self.redemption.top_up_fen}
        service.split_top_up(
            session, actor=self.buyer.actor, redemption_ref=self.redemption.ref, wanted=wanted
        )
        session.commit()

    def hand_in(self, session: Session, *, bank: str = "农业银行", days: int = 20) -> None:
        lender = Lender(bank, business_clock.today() + timedelta(days=days))
        self.go(session, Stage.FILED, lender)

    def go(self, session: Session, stage: Stage, lender: Lender | None = None) -> None:
        service.advance_loan(
            session,
            actor=self.buyer.actor,
            redemption_ref=self.redemption.ref,
            kind=Kind.LOAN,
            stage=stage,
            lender=lender,
        )
        session.commit()

    def ask_anew(self, session: Session) -> None:
        """Say another split, by which the loan is asked for anew."""
        whole = self.redemption.top_up_fen
        for wanted in ({Kind.OWN: whole}, {Kind.LOAN: whole}):
            service.split_top_up(
                session, actor=self.buyer.actor, redemption_ref=self.redemption.ref, wanted=wanted
            )
        session.commit()


def test_papers_name_a_bank_and_a_day_that_both_sides_see(session: Session) -> None:
    loan = Borrowing(session, HAILING)
    with pytest.raises(DomainError, match="loan_bank_missing"):
        loan.hand_in(session, bank=" ")
    session.rollback()
    with pytest.raises(DomainError, match="loan_day_past"):
        loan.hand_in(session, days=-1)
    session.rollback()
    loan.hand_in(session)
    top_up = find_top_up(session, loan.redemption)
    assert top_up is not None
    (part,) = top_up.parts
    assert (part.stage, part.bank) == (Stage.FILED, "农业银行")
    assert part.expected_on == business_clock.today() + timedelta(days=20)
    loan.ask_anew(session)
    top_up = find_top_up(session, loan.redemption)
    assert top_up is not None
    assert (top_up.parts[0].stage, top_up.parts[0].bank) == (Stage.ASKED, None)


def test_what_a_bank_lends_is_not_asked_of_the_household(session: Session) -> None:
    loan = Borrowing(session, HAILING)
    lent, own = loan.redemption.top_up_fen - 1_000_000, 1_000_000
    service.split_top_up(
        session,
        actor=loan.buyer.actor,
        redemption_ref=loan.redemption.ref,
        wanted={Kind.OWN: own, Kind.LOAN: lent},
    )
    session.commit()
    top_up = find_top_up(session, loan.redemption)
    assert top_up is not None
    assert (top_up.lent_fen, top_up.own_missing_fen) == (lent, own)
    loan.go(session, Stage.REFUSED)
    top_up = find_top_up(session, loan.redemption)
    assert top_up is not None
    assert (top_up.lent_fen, top_up.own_missing_fen) == (0, loan.redemption.top_up_fen)


def test_a_silent_policy_lengthens_nothing(session: Session) -> None:
    loan = Borrowing(session, HAILING)
    before = loan.redemption.deadline_at
    assert loan_until(session, loan.redemption) is None
    loan.hand_in(session)
    assert loan.redemption.deadline_at == before


def test_a_lock_is_lengthened_once_for_a_loan_and_never_shortened(
    session: Session, clock: FixedClock
) -> None:
    loan = Borrowing(session, PATIENT)
    before = loan.redemption.deadline_at
    until = business_clock.end_of_day(business_clock.today() + timedelta(days=40))
    assert loan_until(session, loan.redemption) == until
    loan.hand_in(session)
    assert loan.redemption.deadline_at == until > before
    clock.moment += timedelta(days=5)
    loan.ask_anew(session)
    loan.hand_in(session)
    assert loan.redemption.deadline_at == until, "once a purchase"
    told = session.scalars(text("SELECT kind FROM notices WHERE kind LIKE '%for_loan' ORDER BY id")).all()
    assert told == ["lock_extended_for_loan", "developer_lock_extended_for_loan"]
    with pytest.raises(IntegrityError, match="uq_redemption_moves_loan"):
        session.execute(
            text(
                "INSERT INTO redemption_moves (district_id, redemption_id, action, to_state, at) "
                "SELECT district_id, redemption_id, action, to_state, at FROM redemption_moves "
                "WHERE action = 'extend_for_loan'"
            )
        )
    session.rollback()


def test_nothing_is_lengthened_once_the_contract_is_there(session: Session) -> None:
    loan = Borrowing(session, PATIENT)
    before = loan.redemption.deadline_at
    contract(session, loan.shop, loan.redemption)
    assert loan_until(session, loan.redemption) is None
    with pytest.raises(Conflict, match="top_up_complete"):
        loan.ask_anew(session)
    session.rollback()
    assert loan.redemption.deadline_at == before


def listed(session: Session, loan: Borrowing, *states: str) -> list[tuple[str | None, bool]]:
    officer = loan.shop.desk.officer
    found = loans.list_loans(session, actor=officer, states=states)
    assert loans.count_loans(session, actor=officer, states=states) == len(found)
    return [(one.part.stage, one.is_late) for one in found]


def told(session: Session) -> list[tuple[str, bool]]:
    loan_news = select(Notice).where(Notice.kind.contains("loan_")).order_by(Notice.id)
    return [(one.kind, one.household_id is not None) for one in session.scalars(loan_news)]


def test_what_is_waited_for_is_listed_and_told_before_its_day_and_after(
    session: Session, clock: FixedClock
) -> None:
    loan = Borrowing(session, PATIENT)
    assert listed(session, loan) == listed(session, loan, "asked") == [("asked", False)]
    loan.hand_in(session, days=10)
    loans.remind(session)
    assert told(session) == [], "there are days left"
    news = 0
    for days, kinds, late in ((7, ["loan_soon", "developer_loan_soon"], []), (4, ["loan_late"], [True])):
        clock.advance(timedelta(days=days))
        for _ in range(2):
            loans.remind(session)
            session.commit()
        assert [kind for kind, _own in told(session)[news : news + len(kinds)]] == kinds
        news = len(told(session))
        assert [is_late for _stage, is_late in listed(session, loan, loans.LATE)] == late
    assert told(session)[-2:] == [("loan_late", True), ("developer_loan_late", False)]
    assert len(told(session)) == 4, "each is told once"
    stranger = make_shop(session).desk.officer
    assert loans.count_loans(session, actor=stranger) == 0
    pay_in(session, loan.shop.desk.officer, loan.redemption)
    assert listed(session, loan) == [], "what arrived is waited for no more"


def test_who_was_told_already_holds_up_nobody_behind(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loans, "_AT_A_TIME", 1)
    for _household in range(2):
        Borrowing(session, PATIENT).hand_in(session, days=10)
    clock.advance(timedelta(days=8))
    for _night in range(2):
        loans.remind(session)
        session.commit()
    assert [kind for kind, _own in told(session)] == ["loan_soon", "developer_loan_soon"] * 2


OF_CONTRACT = PATIENT.replace("fixed_by: lock", "fixed_by: contract\n  grace_days: 5")


def test_a_loan_holds_no_home_beyond_the_tier_of_its_lock(session: Session, clock: FixedClock) -> None:
    """The first tier ends three months after the issue, its grace five days later."""
    voucher_started = business_clock.today()
    last = business_clock.add_months(voucher_started, 3)
    shop = make_shop(session, desk=make_desk(session, policy=OF_CONTRACT))
    buyer = make_buyer(session, shop.desk, faces=(20_000_000,))
    clock.moment += timedelta(days=(last - voucher_started).days - 2)
    redemption = make_redemption(session, buyer, make_home(session, shop))
    ends = business_clock.end_of_day(last + timedelta(days=5))
    assert redemption.deadline_at == ends, "fifteen days would be more"
    assert loan_until(session, redemption) is None
    clock.moment += timedelta(days=4)
    assert business_clock.today() > last, "the next tier, in the grace of the lock's"
    assert loan_until(session, redemption) is None, "it was forty days from the next tier's papers"
