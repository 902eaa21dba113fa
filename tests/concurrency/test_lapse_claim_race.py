"""A claim is entered in the very moment in which the job of the night finds that nobody made one.

With the locks whoever comes second sees the first. The controls take the locks away: then the database itself
has to say no, by the ending that is frozen, or by the ledger that gives every fen once.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.vouchers import lapse_claims, lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher
from tests.concurrency.race import Act, NoLocks, queue_up, race
from tests.factories.endings import CLAIMING, payee
from tests.factories.redemptions import Buyer, make_buyer
from tests.factories.vouchers import Desk, make_desk

FACE = 100_000_000
UPDATE = "UPDATE voucher_endings "


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting, policy=CLAIMING)


@pytest.fixture
def buyer(setting: Session, desk: Desk) -> Buyer:
    return make_buyer(setting, desk, faces=(FACE,))


@pytest.fixture
def ending(setting: Session, buyer: Buyer, clock: FixedClock) -> VoucherEnding:
    """What waited, in the first moment after the last day on which it may be claimed."""
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    assert lapses.lapse_due(setting) == 1
    setting.commit()
    found = setting.scalars(select(VoucherEnding)).one()
    clock.moment = found.claim_until or clock.moment
    setting.commit()
    return found


def entering(desk: Desk, ending: VoucherEnding) -> Act:
    """Enter a form that was handed in on the last day."""
    ref, last_day = ending.ref, business_clock.today() - timedelta(days=1)
    return lambda session: lapse_claims.enter(
        session, actor=desk.officer, ending_ref=ref, claimed_on=last_day, reason="申请表", payee=payee()
    )


def stands(setting: Session, ending: VoucherEnding) -> tuple[str, str | None, bool]:
    setting.refresh(ending)
    return ending.state, ending.effect, ending.claimed_on is not None


@pytest.mark.parametrize("is_claim_first", [True, False])
def test_whoever_comes_second_sees_the_first(
    engine: Engine,
    setting: Session,
    desk: Desk,
    buyer: Buyer,
    ending: VoucherEnding,
    check_sound: Callable[[], None],
    is_claim_first: bool,
) -> None:
    voucher_id = buyer.vouchers[0].id

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == voucher_id).with_for_update())

    acts = [entering(desk, ending), lapse_claims.end_due]
    outcomes = queue_up(engine, hold, acts if is_claim_first else acts[::-1])
    assert outcomes == ["done", "done" if is_claim_first else "ending_closed"]
    found = ("prepared", "cash", True) if is_claim_first else ("closed", "void", False)
    assert stands(setting, ending) == found
    check_sound()


def test_without_the_locks_the_frozen_ending_says_no(
    engine: Engine, setting: Session, desk: Desk, ending: VoucherEnding, check_sound: Callable[[], None]
) -> None:
    acts = [entering(desk, ending), lapse_claims.end_due]
    outcomes = race(engine, acts, policy=NoLocks(), meet_at=UPDATE)
    assert outcomes.count("done") == 1
    (refused,) = (one for one in outcomes if one != "done")
    assert isinstance(refused, IntegrityError)
    assert "voucher_endings_frozen" in str(refused)
    assert stands(setting, ending) in {("prepared", "cash", True), ("closed", "void", False)}
    check_sound()


def test_without_locks_and_without_what_the_row_refuses_the_ledger_gives_it_once(
    engine: Engine, setting: Session, desk: Desk, ending: VoucherEnding, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP TRIGGER voucher_endings_frozen ON voucher_endings")
    for name in ("claimed_or_over", "parts", "void_pays_nothing"):
        as_owner(f"ALTER TABLE voucher_endings DROP CONSTRAINT ck_voucher_endings_{name}")
    acts = [entering(desk, ending), lapse_claims.end_due]
    first, second = sorted(map(str, race(engine, acts, policy=NoLocks(), meet_at=UPDATE)))
    assert first == "done"
    # Both took it for theirs. Who comes second finds nothing left, or the transfer of that ending made.
    assert second in {"insufficient_balance", "ledger_key_reused"}


def test_two_jobs_at_once_end_it_once(
    engine: Engine, setting: Session, ending: VoucherEnding, check_sound: Callable[[], None]
) -> None:
    assert race(engine, [lapse_claims.end_due, lapse_claims.end_due]) == ["done", "done"]
    assert stands(setting, ending) == ("closed", "void", False)
    check_sound()
