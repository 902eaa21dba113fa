"""What keeps approved endings from being put before the bank now: a stop, a death, heirs since."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.vouchers.ending_models import VoucherEnding
from app.vouchers.move_queries import heirs_behind
from app.vouchers.stop_queries import dead_households, live_of
from app.vouchers.stop_rules import Kind


def held(session: Session, endings: Sequence[VoucherEnding]) -> dict[int, str]:
    """Return why endings are not to be paid to their accounts now, by id; absent where nothing says so.

    ``stopped``: a stop holds the voucher; ``death``: its holder died, and the account is not of one whom the
    heirs sent; ``heirs``: it was inherited, and the account is of none of them.
    """
    stops = live_of(session, [one.voucher_id for one in endings])
    own = [one for one in endings if one.died_on is None]
    dead = dead_households(session, [one.voucher.household_id for one in own])
    heirs = heirs_behind(session, [one.voucher_id for one in own]) if own else {}
    found: dict[int, str] = {}
    for one in endings:
        others = [stop for stop in stops.get(one.voucher_id, ()) if stop.kind != Kind.DEATH]
        if one.died_on is not None:
            if any(stop.is_whole for stop in others):
                found[one.id] = "stopped"
        elif one.voucher.is_stopped and others:
            found[one.id] = "stopped"
        elif one.voucher.is_stopped or one.voucher.household_id in dead:
            found[one.id] = "death"
        elif one.voucher_id in heirs and one.payee_name not in {heir.name for heir in heirs[one.voucher_id]}:
            found[one.id] = "heirs"
    return found
