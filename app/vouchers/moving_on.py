"""Terms that end on no working day last to the next one (顺延): found anew whenever a calendar is published.

The State Council publishes the holidays of a year at its eve. What was issued before was reckoned by weekends
alone, so its last day may turn out to be a holiday: it moves on then, and is never made shorter. What waited
for somebody's decision until its old last day was over has the days to the next working day all the same.
"""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import system_actor
from app.core.apart import Due
from app.policies.models import PolicyVersion
from app.policies.queries import policy_of
from app.vouchers import paper, service, telling
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import LIVE
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher

_LONGEST_BREAK: Final = timedelta(days=31)
"""No holidays are longer: what ended before cannot have lasted until now."""


def due(session: Session) -> list[Due[int]]:
    """Return the vouchers that ``move_due`` would give a later last day."""
    wanted = select(Voucher.id, Voucher.district_id, Voucher.ref).where(
        Voucher.id.in_(_of_ends(_ends_on_holidays(session)))
    )
    return [Due(*one) for one in session.execute(wanted.order_by(Voucher.id))]


def move_due(session: Session, *, limit: int = 100, only: int | None = None) -> int:
    """Let terms whose last day is known to be no working day last to the next one; return how many.

    Paper that says the old day is void, and the household is told. What is moved, ends, or waits for a longer
    term is found the next time. ``only`` does one, where it is due.
    """
    due = _of_ends(_ends_on_holidays(session)).order_by(Voucher.id).limit(limit)
    if only is not None:
        due = due.where(Voucher.id == only)
    vouchers = locks.lock_all(session, Voucher, session.scalars(due))
    # Only now: whatever happened while this waited for the locks counts.
    still = set(session.scalars(due.where(Voucher.id.in_([one.id for one in vouchers]))))
    moved = 0
    for voucher in vouchers:
        later = policy_of(voucher.policy_version).moved_on(_end_of(voucher))
        if voucher.id not in still or later <= _end_of(voucher):
            continue
        voucher.expires_at, moved = later, moved + 1
        session.flush()
        paper.void(session, actor=system_actor(voucher.district_id), voucher=voucher, reason="extended")
        service.note(session, system_actor(voucher.district_id), voucher, "voucher.move_on")
        telling.tell_moved_on(session, voucher)
    return moved


def _end_of(voucher: Voucher) -> datetime:
    if voucher.expires_at is None:
        raise ValueError(f"voucher {voucher.id} was never issued")
    return voucher.expires_at


def _ends_on_holidays(session: Session) -> list[datetime]:
    """Return the moments at which terms end that should last longer: the calendar is no matter of SQL.

    A term that its scheme ends stays as it is, and so does one that would be over by now anyhow.
    """
    moments = session.execute(
        select(Voucher.expires_at, PolicyVersion.body["scheme"]["buy_until"].astext)
        .join(PolicyVersion, PolicyVersion.id == Voucher.policy_version_id)
        .where(*_running())
        .distinct()
    )
    return [
        end
        for end, buy_until in moments
        if end is not None and max(end, clock.now()) < _moved_on(end, buy_until)
    ]


def _moved_on(end: datetime, buy_until: str | None) -> datetime:
    later = clock.working_day_from(clock.last_day(end))
    return clock.end_of_day(min(later, date.fromisoformat(buy_until)) if buy_until else later)


def _running() -> list[ColumnElement[bool]]:
    return [
        Voucher.state == "issued",
        Voucher.expires_at > clock.now() - _LONGEST_BREAK,
        PolicyVersion.body["valid"]["ends"].astext == "working_day",
    ]


def _of_ends(ends: list[datetime]) -> Select[int]:
    ending = select(VoucherEnding.id).where(
        VoucherEnding.voucher_id == Voucher.id, VoucherEnding.state.in_(LIVE)
    )
    longer = select(VoucherExtension.id).where(
        VoucherExtension.voucher_id == Voucher.id, VoucherExtension.state == "proposed"
    )
    return (
        select(Voucher.id)
        .join(PolicyVersion, PolicyVersion.id == Voucher.policy_version_id)
        .where(*_running(), Voucher.expires_at.in_(ends), ~Voucher.is_moving)
        .where(~ending.exists(), ~longer.exists())
    )
