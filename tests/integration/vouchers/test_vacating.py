"""The day on which an old home was handed over: corrected by two people, while nothing stands on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.ledger import queries as ledger
from app.notices.models import Notice
from app.projects.service import note_vacated
from app.redemptions import queries
from app.redemptions import service as buying
from app.vouchers import corrections, paper, service, vacating
from app.vouchers.models import Voucher
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.proofs import ENDINGS
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement
from tests.factories.redemptions import Buyer, make_home, make_quote, make_shop
from tests.factories.vouchers import Desk, make_desk

FIRST, RIGHT = date(2016, 5, 25), date(2016, 5, 20)


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=HAILING.replace("from: issue", "from: vacated"))


@pytest.fixture
def voucher(session: Session, desk: Desk) -> Voucher:
    agreement = make_agreement(session, officer=desk.officer)
    note_vacated(session, actor=desk.officer, number=agreement.number, vacated_on=FIRST)
    made = service.submit(
        session, actor=desk.officer, agreement_id=agreement.id, policy_version_id=desk.policy_version.id
    )
    session.commit()
    return made


def issue(session: Session, desk: Desk, voucher: Voucher) -> Voucher:
    service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    session.commit()
    return voucher


def ask(session: Session, desk: Desk, voucher: Voucher, day: date = RIGHT) -> None:
    vacating.propose(
        session, actor=desk.officer, number=voucher.agreement.number, vacated_on=day, reason="看错了验收单"
    )
    session.commit()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as raised:
        act()
    return raised.value.code


def test_two_people_correct_it_and_the_term_counts_anew(
    session: Session, desk: Desk, voucher: Voucher
) -> None:
    issue(session, desk, voucher)
    before, agreement = voucher.expires_at, voucher.agreement
    ask(session, desk, voucher)
    assert agreement.vacated_on == FIRST, "nothing changes before a second person said so"
    alone = replace(desk.checker, user_id=desk.officer.user_id)
    with pytest.raises(SamePerson):
        vacating.approve(session, actor=alone, number=agreement.number)
    session.rollback()
    vacating.approve(session, actor=desk.checker, number=agreement.number)
    session.commit()
    assert agreement.vacated_on == RIGHT
    assert before is not None
    assert voucher.expires_at is not None
    assert (before - voucher.expires_at).days == (FIRST - RIGHT).days
    (asked,) = corrections.list_asked(session, agreement, kind=vacating.VACATED)
    assert vacating.shown(asked) == (FIRST, RIGHT, "看错了验收单")
    assert ledger.verify(session) == []
    assert queries.verify(session) == []
    session.execute(text("UPDATE agreements SET vacated_on = '2016-05-21'"))
    wrong = "a corrected day of handover is the one that two people decided last"
    assert len(session.execute(text(ENDINGS[wrong])).all()) == 1


def test_the_household_is_told_and_the_paper_is_void(session: Session, desk: Desk, voucher: Voucher) -> None:
    issue(session, desk, voucher)
    paper.print_one(session, actor=desk.officer, voucher_ref=voucher.ref, serial="A0000001")
    session.commit()
    ask(session, desk, voucher)
    vacating.approve(session, actor=desk.checker, number=voucher.agreement.number)
    session.commit()
    (sheet,) = session.scalars(select(VoucherSheet))
    assert sheet.spoiled_at is not None
    told = select(Notice.kind).where(Notice.household_id == voucher.household_id)
    assert "voucher_term_corrected" in session.scalars(told).all()


def test_a_household_hears_of_each_correction(session: Session, desk: Desk, voucher: Voucher) -> None:
    issue(session, desk, voucher)
    for day in (RIGHT, FIRST, RIGHT):
        ask(session, desk, voucher, day)
        vacating.approve(session, actor=desk.checker, number=voucher.agreement.number)
        session.commit()
    told = select(Notice.kind).where(Notice.household_id == voucher.household_id)
    assert session.scalars(told).all().count("voucher_term_corrected") == 3


def test_a_correction_that_is_sent_back_changes_nothing(
    session: Session, desk: Desk, voucher: Voucher
) -> None:
    issue(session, desk, voucher)
    ask(session, desk, voucher)
    corrections.send_back(
        session,
        actor=desk.checker,
        kind=vacating.VACATED,
        number=voucher.agreement.number,
        reason="验收单是 25 日",
    )
    session.commit()
    assert voucher.agreement.vacated_on == FIRST
    assert [
        one.state for one in corrections.list_asked(session, voucher.agreement, kind=vacating.VACATED)
    ] == ["rejected"]
    ask(session, desk, voucher)
    assert len(corrections.list_waiting(session, actor=desk.checker, kind=vacating.VACATED)) == 1


def test_what_stands_on_the_day_keeps_it(
    session: Session, desk: Desk, voucher: Voucher, clock: FixedClock
) -> None:
    """A voucher that waits, a quote that runs, a home that was ever locked: their days are counted."""
    assert code_of(lambda: ask(session, desk, voucher)) == "vacated_built_on"
    session.rollback()
    issue(session, desk, voucher)
    assert code_of(lambda: ask(session, desk, voucher, FIRST)) == "vacated_on_same"
    session.rollback()
    assert code_of(lambda: ask(session, desk, voucher, date(2016, 6, 2))) == "vacated_on_bad"
    session.rollback()
    ask(session, desk, voucher)
    shop = make_shop(session, desk=desk)
    actor = make_actor(
        session, role=Role.HOUSEHOLD, district=desk.district, household_id=voucher.household_id
    )
    buyer = Buyer(actor, voucher.household, [voucher])
    quote = make_quote(session, buyer, make_home(session, shop))
    session.commit()
    number = voucher.agreement.number
    correct = lambda: vacating.approve(session, actor=desk.checker, number=number)  # noqa: E731
    assert code_of(correct) == "vacated_built_on"
    session.rollback()
    buying.reserve(session, actor=actor, quote_ref=quote.ref)
    session.commit()
    clock.advance(timedelta(days=30))
    buying.expire_overdue(session)
    session.commit()
    assert code_of(correct) == "vacated_built_on"
    session.rollback()
    assert queries.verify(session) == []
