"""What an agreement entitles to: noted until a voucher stands on it, asked for by policies that need it."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Forbidden
from app.projects.models import Agreement
from app.redemptions import queries
from app.vouchers import entitling, service
from app.vouchers.models import Voucher
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement
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
