"""Giving the voucher of somebody who died to the heirs (继承): an officer begins what ``moves`` carries out.

The officer prepares it with the papers, and a second person approves: from the stop for the death on it is a
move like any other, but nobody of the household asks for it.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict
from app.vouchers import move_outlooks, moves, parties, purchases, stop_queries
from app.vouchers import move_queries as queries
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_rules import Share, Wish
from app.vouchers.move_states import Action, Kind
from app.vouchers.parties import Other
from app.vouchers.stop_models import VoucherStop


def outlook(session: Session, *, stop: VoucherStop, shares: Sequence[Share]) -> Outlook:
    """Return what heirs would get of the voucher of a stop for a death, if it were theirs today."""
    waited_days = waited_by(session, stop.voucher, stop.died_on) if stop.died_on else 0
    wish = Wish(
        Kind.INHERIT,
        (stop.voucher.ref,),
        tuple(shares),
        died_on=stop.died_on,
        waited_days=waited_days,
    )
    return move_outlooks.outlook(session, [stop.voucher], wish)


def waited_by(session: Session, voucher: Voucher, died_on: date) -> int:
    """Return for how many days after a death a home that the voucher had begun to buy was being bought."""
    done = purchases.current().settled_on(session, voucher.id, begun_by=died_on)
    began_on = max(died_on, move_outlooks.terms_of(session, voucher).starts_on)
    return max(0, (done - began_on).days) if done else 0


def ask(
    session: Session,
    *,
    actor: Actor,
    stop_ref: str,
    shares: Sequence[Share],
    people: Sequence[Other],
    seen: str,
) -> VoucherMove:
    """Begin as an officer to give a stopped voucher to the heirs, each a share, the first with what it did.

    ``seen`` is the mark of what the page showed. Raises Forbidden, NotFound; Conflict with what stands
    against it (``Outlook.block``), Conflict("move_changed") when it is another outcome by now; DomainError
    at the field of an heir that is missing or wrong.
    """
    actor.demand(Role.OFFICER)
    voucher_id = stop_queries.get_stop(session, actor=actor, ref=stop_ref).voucher_id
    voucher = locks.lock(session, Voucher, voucher_id)
    now = outlook(session, stop=stop_queries.get_stop(session, actor=actor, ref=stop_ref), shares=shares)
    if now.block:
        raise Conflict(now.block)
    parties.demand_heirs(shares, people)
    if now.mark != seen:
        raise Conflict("move_changed")
    move = moves.write(session, actor, voucher, now)
    parties.write_heirs(session, move, shares, people)
    moves.note(session, actor, move, Action.ASK)
    return queries.get_move(session, actor=actor, ref=move.ref)
