"""The day of a handover is corrected as a voucher is submitted and issued whose term counts from it.

Whoever submits waits, and the term counts from the corrected day. Without locks a foreign key keeps the day
that a term counts from; the control takes that away, too.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.projects.models import Agreement
from app.projects.service import note_vacated
from app.vouchers import service, vacating
from app.vouchers.models import Voucher
from tests.concurrency.race import NoLocks, Outcome, before, do, wait_until_waiting
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement
from tests.factories.vouchers import Desk, make_desk

FIRST, RIGHT = date(2016, 5, 25), date(2016, 5, 20)


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting, policy=HAILING.replace("from: issue", "from: vacated"))


@pytest.fixture
def agreement(setting: Session, desk: Desk) -> Agreement:
    made = make_agreement(setting, officer=desk.officer)
    note_vacated(setting, actor=desk.officer, number=made.number, vacated_on=FIRST)
    vacating.propose(setting, actor=desk.officer, number=made.number, vacated_on=RIGHT, reason="看错了验收单")
    setting.commit()
    return made


def submit(session: Session, desk: Desk, agreement: Agreement) -> Voucher:
    return service.submit(
        session, actor=desk.officer, agreement_id=agreement.id, policy_version_id=desk.policy_version.id
    )


def issue(session: Session, desk: Desk) -> Voucher:
    voucher_id = session.scalars(select(Voucher.id)).one()
    return service.approve(session, actor=desk.checker, voucher_id=voucher_id)


def correct(
    engine: Engine, desk: Desk, number: str, between: Callable[[], None], policy: LockPolicy | None = None
) -> Outcome:
    """Correct the day; something else happens between the check and the write."""

    def act(session: Session) -> None:
        before(session, between, at="UPDATE agreements ")
        vacating.approve(session, actor=desk.checker, number=number)

    return do(engine, act, policy=policy)


def days(setting: Session) -> tuple[date | None, date | None]:
    """Return the day of the agreement and the day that the voucher's term counts from."""
    setting.expire_all()
    voucher = setting.scalars(select(Voucher)).one()
    return voucher.agreement.vacated_on, voucher.vacated_on


def test_whoever_submits_waits_and_the_term_counts_from_the_corrected_day(
    engine: Engine, setting: Session, desk: Desk, agreement: Agreement, check_sound: Callable[[], None]
) -> None:
    submitted: list[Future[Outcome]] = []
    with ThreadPoolExecutor(1) as pool:

        def between() -> None:
            submitted.append(pool.submit(do, engine, lambda session: submit(session, desk, agreement)))
            wait_until_waiting(engine, 1)

        assert correct(engine, desk, agreement.number, between) == "done"
    assert submitted[0].result() == "done"
    assert do(engine, lambda session: issue(session, desk)) == "done"
    assert days(setting) == (RIGHT, RIGHT)
    check_sound()


def issued_between(engine: Engine, desk: Desk, agreement: Agreement) -> Outcome:
    def between() -> None:
        assert do(engine, lambda session: submit(session, desk, agreement), policy=NoLocks()) == "done"
        assert do(engine, lambda session: issue(session, desk), policy=NoLocks()) == "done"

    return correct(engine, desk, agreement.number, between, NoLocks())


def test_without_locks_the_day_that_a_term_counts_from_is_kept(
    engine: Engine, setting: Session, desk: Desk, agreement: Agreement, check_sound: Callable[[], None]
) -> None:
    refused = issued_between(engine, desk, agreement)
    assert isinstance(refused, IntegrityError)
    assert "fk_vouchers_agreement_id_vacated_on" in str(refused)
    assert days(setting) == (FIRST, FIRST)
    check_sound()


def test_without_lock_and_key_a_term_counts_from_a_day_that_is_none(
    engine: Engine, setting: Session, desk: Desk, agreement: Agreement, as_owner: Callable[[str], None]
) -> None:
    as_owner("ALTER TABLE vouchers DROP CONSTRAINT fk_vouchers_agreement_id_vacated_on")
    assert issued_between(engine, desk, agreement) == "done"
    assert days(setting) == (RIGHT, FIRST)
