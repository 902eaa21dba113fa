"""What an agreement entitles to: noted until a voucher stands on it, asked for by policies that need it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden
from app.ledger import queries as ledger
from app.notices.models import Notice
from app.projects.models import Agreement
from app.redemptions import queries, recompute
from app.vouchers import corrections as shared
from app.vouchers import entitled_corrections as corrections
from app.vouchers import entitling, service
from app.vouchers.entitled_corrections import Figures
from app.vouchers.models import Voucher
from app.vouchers.proofs import ENDINGS
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.factories.vouchers import Desk, make_desk

BY_BOTH = HAILING + "face: [{yuan_per_entitled_m2: 100}, {yuan_per_resident: 20000}]\n"


def submit(session: Session, desk: Desk, agreement: Agreement) -> Voucher:
    return service.submit(
        session, actor=desk.officer, agreement_id=agreement.id, policy_version_id=desk.policy_version.id
    )


def note(session: Session, desk: Desk, agreement: Agreement, m2: str | None, residents: int | None) -> None:
    area = None if m2 is None else Decimal(m2)
    entitling.note(
        session, actor=desk.officer, number=agreement.number, entitled_m2=area, residents=residents
    )
    session.commit()


def test_a_policy_that_needs_them_gets_them_and_then_they_are_kept(session: Session) -> None:
    desk = make_desk(session, policy=BY_BOTH)
    agreement = make_agreement(session, officer=desk.officer, compensation_fen=50_000_000)
    note(session, desk, agreement, None, 3)
    with pytest.raises(Conflict, match="agreement_entitled_missing"):
        submit(session, desk, agreement)
    note(session, desk, agreement, "90.55", None)
    with pytest.raises(Conflict, match="agreement_residents_missing"):
        submit(session, desk, agreement)
    note(session, desk, agreement, "90.55", 3)
    voucher = submit(session, desk, agreement)
    assert voucher.face_fen == 50_000_000 + 905_500 + 6_000_000
    session.commit()
    with pytest.raises(Conflict, match="agreement_vouched"):
        note(session, desk, agreement, "90.55", 4)
    session.rollback()
    service.reject(session, actor=desk.checker, voucher_id=voucher.id, reason="人数不对")
    session.commit()
    note(session, desk, agreement, "90.55", 4)
    voucher = submit(session, desk, agreement)
    session.commit()
    service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    session.commit()
    assert voucher.face_fen == 50_000_000 + 905_500 + 8_000_000
    assert queries.verify(session) == []


def test_the_database_itself_keeps_what_a_voucher_stands_on(session: Session) -> None:
    desk = make_desk(session, policy=BY_BOTH)
    agreement = make_agreement(session, officer=desk.officer)
    session.commit()
    submit(session, desk, agreement)
    session.commit()
    with pytest.raises(IntegrityError, match="kept once a voucher stands"):
        session.execute(text("UPDATE agreements SET residents = 9"))


def test_a_checker_notes_nothing(session: Session) -> None:
    desk = make_desk(session)
    agreement = make_agreement(session, officer=desk.officer)
    with pytest.raises(Forbidden):
        entitling.note(
            session, actor=desk.checker, number=agreement.number, entitled_m2=Decimal(1), residents=1
        )


BY_HEADS = (
    HAILING[: HAILING.index("bonus:")]
    + "bonus:\n  base: residents\n  fixed_by: lock\n"
    + "  tiers: [{from_month: 1, to_month: 12, yuan_per_resident: 10000}]\n"
    + "face: [{yuan_per_entitled_m2: 100}]\n"
    + HAILING[HAILING.index("# A locked home") :]
)


def correct(session: Session, desk: Desk, agreement: Agreement, m2: str, residents: int) -> None:
    """Let two people correct both figures."""
    to = Figures(Decimal(m2), residents)
    said = {"number": agreement.number, "to": to, "reason": "看错了", "evidence": "补偿协议第 3 页"}
    corrections.propose(session, actor=desk.officer, **said)
    session.commit()
    corrections.approve(session, actor=desk.checker, number=agreement.number)
    session.commit()


def test_a_corrected_figure_holds_for_later_purchases_and_leaves_all_before_true(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=BY_HEADS))
    desk = shop.desk
    buyer = make_buyer(session, desk, faces=(50_000_000,))
    (voucher,) = buyer.vouchers
    agreement, face_fen = voucher.agreement, voucher.face_fen
    counted = agreement.residents
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=20_000_000))
    earned_fen = first.allocations[0].bonus_fen
    assert earned_fen == counted * 1_000_000
    clock.moment += timedelta(minutes=5)
    correct(session, desk, agreement, "10", counted + 2)
    clock.moment += timedelta(minutes=5)
    again = make_redemption(session, buyer, make_home(session, shop, voucher_fen=10_000_000))
    # Two people more than were paid for before: 2 万.
    assert again.allocations[0].bonus_fen == 2_000_000
    assert queries.verify(session) == []
    correct(session, desk, agreement, "10", 1)
    clock.moment += timedelta(minutes=5)
    last = make_redemption(session, buyer, make_home(session, shop, voucher_fen=5_000_000))
    session.refresh(voucher)
    assert (last.allocations[0].bonus_fen, voucher.face_fen) == (0, face_fen)
    assert ledger.verify(session) == []
    assert queries.verify(session) == []
    # What the first home would have cost at another price still goes by the people of its day.
    told = recompute.planner(session, first)(18_000_000)
    assert told is not None
    assert sum(share.bonus_fen for share in told.shares) == earned_fen
    (notices,) = session.execute(
        select(func.count()).where(Notice.kind == "agreement_entitled_corrected")
    ).one()
    assert notices == 2
    asked = {"reason": "看错了", "evidence": "户口簿", "to": Figures(Decimal(10), 4)}
    corrections.propose(session, actor=desk.officer, number=agreement.number, **asked)
    session.execute(text("UPDATE agreements SET residents = 4"))
    wrong = "corrected figures of an agreement are those that two people decided last"
    assert len(session.execute(text(ENDINGS[wrong])).all()) == 1


def test_who_asked_does_not_decide_and_what_waits_or_is_missing_is_refused(session: Session) -> None:
    desk = make_desk(session, policy=BY_BOTH)
    agreement = make_agreement(session, officer=desk.officer, compensation_fen=50_000_000)
    note(session, desk, agreement, "90.55", 3)
    to = Figures(Decimal(80), 3)
    said = {"actor": desk.officer, "number": agreement.number, "to": to, "reason": "错", "evidence": "协议"}
    with pytest.raises(Conflict, match="agreement_not_vouched"):
        corrections.propose(session, **said)
    session.rollback()
    voucher = submit(session, desk, agreement)
    session.commit()
    with pytest.raises(Conflict, match="entitled_voucher_waits"):
        corrections.propose(session, **said)
    session.rollback()
    service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    session.commit()
    same = Figures(Decimal("90.55"), 3)
    for wrong in (
        {"evidence": " "},
        {"reason": ""},
        {"to": Figures(None, 3)},
        {"to": same},
    ):
        with pytest.raises(DomainError):
            corrections.propose(session, **said | wrong)
        session.rollback()
    corrections.propose(session, **said)
    session.commit()
    alone = replace(desk.checker, user_id=desk.officer.user_id)
    with pytest.raises(SamePerson):
        corrections.approve(session, actor=alone, number=agreement.number)
    session.rollback()
    assert agreement.entitled_m2 == Decimal("90.55")
    shared.send_back(
        session,
        actor=desk.checker,
        kind=corrections.ENTITLED,
        number=agreement.number,
        reason="协议上就是 90.55",
    )
    session.commit()
    assert [one.asked.state for one in corrections.list_of(session, agreement)] == ["rejected"]
    with pytest.raises(Conflict, match="approval_decided"):
        corrections.approve(session, actor=desk.checker, number=agreement.number)
    session.rollback()
    with pytest.raises(IntegrityError, match="kept once a voucher stands"):
        session.execute(text("UPDATE agreements SET entitled_m2 = 80"))
