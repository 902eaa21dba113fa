"""What keeps approved bonus in cash from being put before the bank now: a stop, a death, heirs since."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import lines_of
from app.vouchers.models import Voucher
from app.vouchers.move_queries import heirs_behind
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_queries import dead_households


def held(session: Session, bonuses: Sequence[CashBonus]) -> dict[int, str]:
    """Return why bonuses are not to be paid to their accounts now, by id; absent where nothing says so.

    ``stopped``: a stop holds a voucher of its line; ``death``: the holder died, and the account is not of one
    whom the heirs sent; ``heirs``: the voucher was inherited, and the account is not the heir's.
    """
    if not bonuses:
        return {}
    lines = lines_of(session, bonuses)
    stops = _stops(session, {voucher_id for line in lines.values() for voucher_id in line})
    own = [one for one in bonuses if one.died_on is None]
    dead = dead_households(session, [one.household_id for one in own])
    heirs = heirs_behind(session, [one.allocation.voucher_id for one in own]) if own else {}
    found: dict[int, str] = {}
    for one in bonuses:
        kinds = {kind for voucher_id in lines[one.id] for kind in stops.get(voucher_id, ())}
        if kinds - {"death"}:
            found[one.id] = "stopped"
        elif one.died_on is not None:
            continue
        elif kinds or one.household_id in dead:
            found[one.id] = "death"
        elif one.allocation.voucher_id in heirs:
            names = [heir.name for heir in heirs[one.allocation.voucher_id]]
            if names != [one.payee_name]:
                found[one.id] = "heirs"
    return found


def _stops(session: Session, voucher_ids: set[int]) -> dict[int, list[str]]:
    """Return the kinds of the stops of whole vouchers that stand, by voucher id."""
    wanted = (
        select(VoucherStop.voucher_id, VoucherStop.kind)
        .join(Voucher, Voucher.id == VoucherStop.voucher_id)
        .where(VoucherStop.voucher_id.in_(voucher_ids), Voucher.is_stopped)
        .where(VoucherStop.ended_at.is_(None), VoucherStop.sum_fen.is_(None))
    )
    found: dict[int, list[str]] = {}
    for voucher_id, kind in session.execute(wanted):
        found.setdefault(voucher_id, []).append(kind)
    return found
