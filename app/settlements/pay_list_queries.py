"""Reading lists of payments to households, their lines and receipts."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.redemptions.cash_models import CashBonus
from app.settlements import household_sums
from app.settlements.household_sums import Owner
from app.settlements.pay_list_models import PayLine, PayList, PayReceipt
from app.vouchers.ending_models import VoucherEnding


def get_list(session: Session, *, actor: Actor, ref: str) -> PayList:
    """Return a list of the actor's district. Raises NotFound."""
    wanted = select(PayList).where(PayList.ref == ref, PayList.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("pay_list_gone")
    return found


def get_receipt(session: Session, *, actor: Actor, ref: str) -> PayReceipt:
    """Return a receipt of the actor's district with its list. Raises NotFound."""
    wanted = select(PayReceipt).where(PayReceipt.ref == ref, PayReceipt.district_id == actor.district)
    found = session.scalars(wanted.options(joinedload(PayReceipt.pay_list))).first()
    if found is None:
        raise NotFound("pay_receipt_gone")
    return found


def lines_of(session: Session, found: PayList) -> Sequence[PayLine]:
    """Return the lines of a list in their order, with the sums that they list."""
    wanted = select(PayLine).where(PayLine.list_id == found.id).order_by(PayLine.id)
    return session.scalars(wanted.options(*_WHOLE)).all()


def lines_called(session: Session, *, district_id: int, refs: Collection[str]) -> Sequence[PayLine]:
    """Return the lines of any list of a district that are called so, with their sums, as they are now."""
    wanted = select(PayLine).where(PayLine.district_id == district_id, PayLine.ref.in_(refs))
    ordered = wanted.options(*_WHOLE).order_by(PayLine.id)
    return session.scalars(ordered, execution_options={"populate_existing": True}).all()


def owner_of(line: PayLine) -> Owner:
    """Return the sum that a line lists."""
    owner = line.ending or line.cash_bonus
    if owner is None:
        raise LookupError(f"line {line.ref} lists nothing")
    return owner


def listed(session: Session, *, district_id: int) -> Sequence[PayLine]:
    """Return the lines of a district about which the bank has not answered, with their sums."""
    wanted = select(PayLine).where(PayLine.district_id == district_id, PayLine.state == "listed")
    return session.scalars(wanted.options(*_WHOLE).order_by(PayLine.id)).all()


def find_listed(session: Session, owner: Owner) -> PayLine | None:
    """Return the line on which a sum stands that the bank has not answered about, as it is now, or None."""
    column = PayLine.ending_id if isinstance(owner, VoucherEnding) else PayLine.cash_bonus_id
    wanted = select(PayLine).where(column == owner.id, PayLine.state == "listed")
    whole = wanted.options(joinedload(PayLine.pay_list))
    return session.scalars(whole, execution_options={"populate_existing": True}).first()


def are_listed(session: Session, owners: Collection[Owner]) -> bool:
    """Tell whether the bank was told to pay any of these sums, and has not answered."""
    endings, bonuses = household_sums.parted(owners)
    either = or_(
        PayLine.ending_id.in_([one.id for one in endings]),
        PayLine.cash_bonus_id.in_([one.id for one in bonuses]),
    )
    wanted = select(PayLine.id).where(either, PayLine.state == "listed")
    return session.scalars(wanted.limit(1)).first() is not None


def undone(session: Session, owners: Collection[Owner]) -> dict[Owner, PayLine]:
    """Return the last line of each sum that was listed before and noted as not paid, with its list."""
    endings, bonuses = household_sums.parted(owners)
    found: dict[Owner, PayLine] = {}
    for column, own in ((PayLine.ending_id, endings), (PayLine.cash_bonus_id, bonuses)):
        last = select(func.max(PayLine.id)).where(column.in_([one.id for one in own])).group_by(column)
        wanted = select(PayLine).where(PayLine.id.in_(last), PayLine.state != "paid")
        lines = session.scalars(wanted.options(joinedload(PayLine.pay_list))).all() if own else []
        by_owner = {line.ending_id or line.cash_bonus_id: line for line in lines}
        found |= {one: by_owner[one.id] for one in own if one.id in by_owner}
    return found


def list_lists(session: Session, *, actor: Actor, limit: int = 20, offset: int = 0) -> Sequence[PayList]:
    """Return the district's lists, the newest first."""
    wanted = select(PayList).where(PayList.district_id == actor.district).order_by(PayList.id.desc())
    return session.scalars(wanted.limit(limit).offset(offset)).all()


def count_lists(session: Session, *, actor: Actor) -> int:
    """Return how many lists the district made."""
    return session.scalars(select(func.count(PayList.id)).where(PayList.district_id == actor.district)).one()


def count_listed(session: Session, lists: Sequence[PayList]) -> dict[int, int]:
    """Return about how many lines of each list the bank has not answered, by list id."""
    wanted = (
        select(PayLine.list_id, func.count())
        .where(PayLine.list_id.in_([one.id for one in lists]), PayLine.state == "listed")
        .group_by(PayLine.list_id)
    )
    return dict(session.execute(wanted).all())


def count_unlisted(session: Session, *, actor: Actor) -> int:
    """Return how many approved sums of the actor's district wait to be listed: they stand on no open list."""
    found = 0
    for model, column in ((VoucherEnding, PayLine.ending_id), (CashBonus, PayLine.cash_bonus_id)):
        on_one = select(PayLine.id).where(column == model.id, PayLine.state == "listed").exists()
        wanted = select(func.count(model.id)).where(
            model.district_id == actor.district, model.state == "approved", ~on_one
        )
        found += session.scalars(wanted).one()
    return found


def count_unanswered(session: Session, *, actor: Actor) -> int:
    """Return how many lists of the actor's district wait for the bank's receipt."""
    waiting = func.count(PayLine.list_id.distinct())
    wanted = select(waiting).where(PayLine.district_id == actor.district, PayLine.state == "listed")
    return session.scalars(wanted).one()


def list_receipts(session: Session, found: PayList) -> Sequence[PayReceipt]:
    """Return the receipt files of a list, the newest first."""
    wanted = select(PayReceipt).where(PayReceipt.list_id == found.id).order_by(PayReceipt.id.desc())
    return session.scalars(wanted).all()


_WHOLE = (
    joinedload(PayLine.pay_list),
    selectinload(PayLine.ending).options(*household_sums.ENDINGS),
    selectinload(PayLine.cash_bonus).options(*household_sums.BONUSES),
)
