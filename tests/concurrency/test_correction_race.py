"""A correction of what an agreement entitles to is sent back while another checker approves it.

Whoever comes second waits for the agreement and hears that it was decided. The control takes the lock away: a
trigger refuses figures that nothing which waits asks for, and that is said in the same words.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.locks import LockPolicy
from app.projects.models import Agreement
from app.vouchers import corrections, entitled_corrections
from app.vouchers.entitled_corrections import ENTITLED, Figures
from tests.concurrency.race import NoLocks, Outcome, before, do, wait_until_waiting
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_buyer
from tests.factories.vouchers import Desk, make_desk

RIGHT = 40


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting)


@pytest.fixture
def other(setting: Session, desk: Desk) -> Actor:
    made = make_actor(setting, role=Role.CHECKER, district=desk.district)
    setting.commit()
    return made


@pytest.fixture
def agreement(setting: Session, desk: Desk) -> Agreement:
    """An agreement with a voucher, whose figures a checker is asked to correct."""
    found = setting.get_one(Agreement, make_buyer(setting, desk).vouchers[0].agreement_id)
    entitled_corrections.propose(
        setting,
        actor=desk.officer,
        number=found.number,
        to=Figures(found.entitled_m2, RIGHT),
        reason="看错了",
        evidence="户口簿",
    )
    setting.commit()
    return found


def approve(
    engine: Engine, desk: Desk, number: str, between: Callable[[], None], policy: LockPolicy | None = None
) -> Outcome:
    """Approve the correction; something else happens between what is read and what is written."""

    def act(session: Session) -> None:
        before(session, between, at="UPDATE agreements ")
        entitled_corrections.approve(session, actor=desk.checker, number=number)

    return do(engine, act, policy=policy)


def send_back(engine: Engine, who: Actor, number: str, policy: LockPolicy | None = None) -> Outcome:
    def act(session: Session) -> None:
        corrections.send_back(session, actor=who, kind=ENTITLED, number=number, reason="户口簿上是 3 人")

    return do(engine, act, policy=policy)


def test_whoever_sends_back_waits_and_hears_that_it_was_approved(
    engine: Engine, setting: Session, desk: Desk, other: Actor, agreement: Agreement
) -> None:
    sent: list[Future[Outcome]] = []
    with ThreadPoolExecutor(1) as pool:

        def between() -> None:
            sent.append(pool.submit(send_back, engine, other, agreement.number))
            wait_until_waiting(engine, 1)

        assert approve(engine, desk, agreement.number, between) == "done"
    assert sent[0].result() == "approval_decided"
    setting.refresh(agreement)
    assert agreement.residents == RIGHT


def test_without_the_lock_what_was_sent_back_is_refused_in_words(
    engine: Engine, setting: Session, desk: Desk, other: Actor, agreement: Agreement
) -> None:
    def between() -> None:
        assert send_back(engine, other, agreement.number, NoLocks()) == "done"

    assert approve(engine, desk, agreement.number, between, NoLocks()) == "approval_decided"
    setting.refresh(agreement)
    assert agreement.residents != RIGHT
