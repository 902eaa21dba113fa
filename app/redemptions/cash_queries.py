"""Reading bonus in cash: what waits in a district, and what a purchase brought."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.sealing import unseal
from app.documents.queries import Owner
from app.identity import queries as identity
from app.redemptions.cash_models import ACCOUNT, CashBonus
from app.redemptions.cash_states import UNPAID, State
from app.redemptions.models import Allocation, Redemption
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart
from app.vouchers.move_queries import heirs_behind
from app.vouchers.stop_models import VoucherStop

_WHOLE = (joinedload(CashBonus.household), joinedload(CashBonus.allocation).joinedload(Allocation.voucher))


def get(session: Session, *, actor: Actor, ref: str) -> CashBonus:
    """Return a bonus in cash of the actor's district. Raises NotFound."""
    statement = select(CashBonus).where(CashBonus.ref == ref, CashBonus.district_id == actor.district)
    found = session.scalars(statement.options(*_WHOLE)).first()
    if found is None:
        raise NotFound("cash_bonus_gone")
    return found


def list_of(session: Session, redemption: Redemption) -> Sequence[CashBonus]:
    """Return what households are paid in cash for a purchase, in the order in which their vouchers paid."""
    statement = (
        select(CashBonus)
        .join(Allocation, Allocation.id == CashBonus.allocation_id)
        .where(Allocation.redemption_id == redemption.id)
        .order_by(CashBonus.allocation_id)
    )
    return session.scalars(statement.options(*_WHOLE)).all()


def count(session: Session, *, actor: Actor, states: Collection[str]) -> int:
    """Return how many ``list_in`` would list without a limit."""
    return session.scalars(select(func.count(CashBonus.id)).where(*_in(actor, states))).one()


def list_in(
    session: Session, *, actor: Actor, states: Collection[str], offset: int = 0, limit: int = 20
) -> Sequence[CashBonus]:
    """Return those of the actor's district in some states, the oldest first."""
    statement = select(CashBonus).where(*_in(actor, states)).options(*_WHOLE)
    return session.scalars(statement.order_by(CashBonus.id).offset(offset).limit(limit)).all()


def account_of(bonus: CashBonus) -> str | None:
    """Return the number of the account that is paid; who shows it to others shows its end."""
    if bonus.account is None:
        return None
    return unseal(bonus.account, purpose=ACCOUNT.purpose, owner=bonus.household_id)


def names_behind(session: Session, bonus: CashBonus) -> dict[int | None, str]:
    """Return the display names of whoever typed and approved its account, by user id."""
    return identity.names_of(session, (bonus.prepared_by_id, bonus.approved_by_id))


def line_of(session: Session, bonus: CashBonus) -> Sequence[int]:
    """Return the ids of the voucher that earned it, and of all that its household has of it by now.

    Each part of a split is among them: a bonus that was earned before it is of no half alone.
    """
    return lines_of(session, [bonus])[bonus.id]


def lines_of(session: Session, bonuses: Sequence[CashBonus]) -> dict[int, list[int]]:
    """Return the same of several bonuses, by the bonus's id; voucher ids ascend."""
    line = (
        select(CashBonus.id.label("of"), Allocation.voucher_id.label("id"), CashBonus.household_id)
        .join(Allocation, Allocation.id == CashBonus.allocation_id)
        .where(CashBonus.id.in_([bonus.id for bonus in bonuses]))
        .cte("came_of", recursive=True)
    )
    line = line.union(
        select(line.c.of, Voucher.id, line.c.household_id)
        .join(MovePart, MovePart.move_id == Voucher.move_id)
        .join(line, line.c.id == MovePart.voucher_id)
        .where(MovePart.dropped_at.is_(None), Voucher.household_id == line.c.household_id)
    )
    found: dict[int, list[int]] = {}
    for bonus_id, voucher_id in session.execute(select(line.c.of, line.c.id).order_by(line.c.of, line.c.id)):
        found.setdefault(bonus_id, []).append(voucher_id)
    return found


def stopped_voucher(session: Session, bonus: CashBonus) -> Voucher | None:
    """Return the voucher a stop of which holds a bonus in cash; None where none does.

    Of a frozen sum only the voucher's money is held. What waits for the heirs of who died holds nothing that
    is paid by their papers.
    """
    stopped = (
        select(Voucher)
        .join(VoucherStop, VoucherStop.voucher_id == Voucher.id)
        .where(Voucher.id.in_(line_of(session, bonus)), Voucher.is_stopped)
        .where(VoucherStop.ended_at.is_(None), VoucherStop.sum_fen.is_(None))
    )
    if bonus.died_on is not None:
        stopped = stopped.where(VoucherStop.kind != "death")
    return session.scalars(stopped).first()


def death_of(session: Session, bonus: CashBonus) -> VoucherStop | None:
    """Return the stop that waits for the heirs of its household's holder, of any voucher; None without."""
    stops = (
        select(VoucherStop)
        .join(Voucher, Voucher.id == VoucherStop.voucher_id)
        .where(Voucher.household_id == bonus.household_id)
        .where(VoucherStop.kind == "death", VoucherStop.ended_at.is_(None))
    )
    return session.scalars(stops.order_by(VoucherStop.id)).first()


def is_of_heirs(session: Session, bonus: CashBonus) -> bool:
    """Tell whether its household's holder died, as far as a stop, an inheritance or its own papers tell."""
    if bonus.died_on is not None or death_of(session, bonus) is not None:
        return True
    return bool(heirs_behind(session, [bonus.allocation.voucher_id]))


def list_unpaid(session: Session, *, household_id: int) -> Sequence[CashBonus]:
    """Return what a household is still owed in cash, whatever it waits for, the oldest first."""
    wanted = select(CashBonus).where(CashBonus.household_id == household_id, CashBonus.state.in_(UNPAID))
    return session.scalars(wanted.options(*_WHOLE).order_by(CashBonus.id)).all()


def papers_owner(bonus: CashBonus) -> Owner:
    """Return what the documents say a bonus in cash is."""
    return Owner("cash_bonus", bonus.id)


def open_until_paid(session: Session) -> Sequence[CashBonus]:
    """Return those that the day of the payment decides, and that no bank was told to pay, oldest first."""
    waiting = select(CashBonus).where(
        CashBonus.decided_by == "paid", CashBonus.state.in_((State.WAITING, State.OWED, State.PREPARED))
    )
    return session.scalars(waiting.options(*_WHOLE).order_by(CashBonus.id)).all()


def redemption_of(session: Session, bonus: CashBonus) -> Redemption:
    """Return the purchase that brought it."""
    return session.get_one(Redemption, bonus.allocation.redemption_id)


def _in(actor: Actor, states: Collection[str]) -> list[ColumnElement[bool]]:
    return [CashBonus.district_id == actor.district, CashBonus.state.in_(states)]
