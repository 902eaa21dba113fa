"""Reading moves: every one there is, who may see it, and what came of it."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.sealing import unseal
from app.policies.queries import policy_of
from app.projects.models import Household
from app.vouchers.models import Voucher
from app.vouchers.move_models import HEIR_NUMBER, OTHER_NUMBER, MoveOwner, MovePart, VoucherHeir, VoucherMove
from app.vouchers.move_states import OPEN, Kind, State

_WHOLE = (
    joinedload(VoucherMove.household).joinedload(Household.project),
    joinedload(VoucherMove.other_household),
    selectinload(VoucherMove.heirs),
    selectinload(VoucherMove.owners).joinedload(MoveOwner.household),
    selectinload(VoucherMove.parts)
    .joinedload(MovePart.voucher)
    .options(joinedload(Voucher.policy_version), joinedload(Voucher.household)),
)


def find_open(session: Session, *, voucher_id: int) -> VoucherMove | None:
    """Return the move of a voucher that is under way, or None; one that only names it is none."""
    statement = (
        select(VoucherMove)
        .join(MovePart, MovePart.move_id == VoucherMove.id)
        .where(MovePart.voucher_id == voucher_id, MovePart.is_taken, VoucherMove.state.in_(OPEN))
    )
    return session.scalars(statement).first()


def find_taking(session: Session, *, voucher: Voucher) -> VoucherMove | None:
    """Return the approved move that took a voucher, or None while it did not move."""
    statement = (
        select(VoucherMove)
        .join(MovePart, MovePart.move_id == VoucherMove.id)
        .where(MovePart.voucher_id == voucher.id, VoucherMove.state == "approved")
    )
    return session.scalars(statement).first()


def successors_of(session: Session, voucher_ids: Collection[int]) -> Sequence[int]:
    """Return these vouchers by id, and those with which what they did goes on counting."""
    first = select(Voucher.id, Voucher.successor_id).where(Voucher.id.in_(voucher_ids))
    line = first.cte("line", recursive=True)
    after = select(Voucher.id, Voucher.successor_id).join(line, line.c.successor_id == Voucher.id)
    return session.scalars(select(line.union(after).c.id)).all()


def answering_for(session: Session, voucher_ids: Collection[int]) -> Sequence[int]:
    """Return these vouchers by id, and those whose endings take back of what they earned.

    That is what they became; where their policy parts the past, all that came of them by a split, too.
    """
    line = set(successors_of(session, voucher_ids))
    whole = select(Voucher).where(Voucher.id.in_(line)).options(joinedload(Voucher.policy_version))
    parting = [
        one.id
        for one in session.scalars(whole)
        if one.successor_id is not None and policy_of(one.policy_version).splits.is_past_parted
    ]
    if not parting:
        return sorted(line)
    came = select(Voucher.id).where(Voucher.id.in_(parting)).cte("came_of", recursive=True)
    after = (
        select(Voucher.id)
        .join(MovePart, MovePart.move_id == Voucher.move_id)
        .join(came, came.c.id == MovePart.voucher_id)
        .where(MovePart.dropped_at.is_(None))
    )
    return sorted(line | set(session.scalars(select(came.union(after).c.id))))


def heirs_beside(session: Session, voucher_ids: Collection[int]) -> Sequence[int]:
    """Return the vouchers that came of inheriting some vouchers, by id: what comes back is parted to them."""
    statement = (
        select(Voucher.id)
        .join(VoucherMove, VoucherMove.id == Voucher.move_id)
        .join(MovePart, MovePart.move_id == VoucherMove.id)
        .where(MovePart.voucher_id.in_(voucher_ids), MovePart.dropped_at.is_(None))
        .where(VoucherMove.kind == Kind.INHERIT)
    )
    return session.scalars(statement).all()


def touched_by(session: Session, voucher_ids: Collection[int]) -> Sequence[int]:
    """Return these vouchers by id, and every one to which something goes when money comes back to them."""
    line = answering_for(session, voucher_ids)
    return sorted({*line, *heirs_beside(session, line)})


def heirs_behind(session: Session, voucher_ids: Collection[int]) -> dict[int, list[VoucherHeir]]:
    """Return who inherited from the holders of some vouchers what each became, by voucher id.

    Absent where nobody did: the heirs of somebody to whom a voucher was given inherited nothing of its giver.
    """
    first = select(
        Voucher.id.label("of"), Voucher.id, Voucher.successor_id, Voucher.household_id.label("whose")
    ).where(Voucher.id.in_(voucher_ids))
    line = first.cte("inherited_line", recursive=True)
    after = (
        select(line.c.of, Voucher.id, Voucher.successor_id, Voucher.household_id)
        .join(line, line.c.successor_id == Voucher.id)
        .join(VoucherMove, VoucherMove.id == Voucher.move_id)
        .where(or_(VoucherMove.kind == Kind.INHERIT, Voucher.household_id == line.c.whose))
    )
    line = line.union(after)
    statement = (
        select(line.c.of, VoucherHeir)
        .join(MovePart, MovePart.voucher_id == line.c.id)
        .join(VoucherMove, VoucherMove.id == MovePart.move_id)
        .join(VoucherHeir, VoucherHeir.move_id == VoucherMove.id)
        .where(VoucherMove.state == State.APPROVED)
        .order_by(line.c.of, VoucherMove.id, VoucherHeir.place)
    )
    found: dict[int, list[VoucherHeir]] = {}
    for voucher_id, heir in session.execute(statement):
        found.setdefault(voucher_id, []).append(heir)
    return found


def payees_of(session: Session, voucher: Voucher) -> list[str]:
    """Return to whose account cash of a voucher may be paid: its holder's, or of each who inherited."""
    heirs = heirs_behind(session, [voucher.id]).get(voucher.id, [])
    return [heir.name for heir in heirs] or [voucher.household.holder_name]


def list_made(session: Session, *, move: VoucherMove) -> Sequence[Voucher]:
    """Return the vouchers that came of a move, in the order in which they were shown."""
    statement = select(Voucher).where(Voucher.move_id == move.id).options(joinedload(Voucher.household))
    return session.scalars(statement.order_by(Voucher.id)).all()


def get_move(session: Session, *, actor: Actor, ref: str) -> VoucherMove:
    """Return a move: of a household on either side of it, or for staff of their district. Raises NotFound."""
    statement = select(VoucherMove).where(VoucherMove.ref == ref, VoucherMove.district_id == actor.district)
    if actor.role == Role.HOUSEHOLD:
        statement = statement.where(of_household(actor.household))
    statement = statement.options(*_WHOLE)
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("move_gone")
    return found


def list_of_household(session: Session, *, household_id: int) -> Sequence[VoucherMove]:
    """Return the moves that a household asked for or is asked about, the newest first."""
    statement = select(VoucherMove).where(of_household(household_id)).options(*_WHOLE)
    return session.scalars(statement.order_by(VoucherMove.id.desc())).all()


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[VoucherMove]:
    """Return what a clerk asked or consented to for a household in one visit, the oldest first."""
    joined = select(MoveOwner.move_id).where(MoveOwner.consent_visit_id == visit_id)
    mine = or_(
        VoucherMove.visit_id == visit_id,
        VoucherMove.consent_visit_id == visit_id,
        VoucherMove.id.in_(joined),
    )
    return session.scalars(select(VoucherMove).where(mine).options(*_WHOLE).order_by(VoucherMove.id)).all()


def count_moves(
    session: Session, *, actor: Actor, states: Collection[str] = (), kinds: Collection[str] = ()
) -> int:
    """Return how many moves ``list_moves`` would list without a limit."""
    return session.scalars(select(func.count(VoucherMove.id)).where(*_in(actor, states, kinds))).one()


def list_moves(
    session: Session,
    *,
    actor: Actor,
    states: Collection[str] = (),
    kinds: Collection[str] = (),
    offset: int = 0,
    limit: int | None = 20,
) -> Sequence[VoucherMove]:
    """Return moves of the actor's district in some states and of some kinds (none: any), oldest first."""
    statement = select(VoucherMove).where(*_in(actor, states, kinds)).options(*_WHOLE)
    return session.scalars(statement.order_by(VoucherMove.id).offset(offset).limit(limit)).all()


def count_given(session: Session, *, actor: Actor) -> int:
    """Return how many moves ``list_given`` would list without a limit."""
    return session.scalars(select(func.count(VoucherMove.id)).where(*_given(actor))).one()


def list_given(
    session: Session, *, actor: Actor, offset: int = 0, limit: int | None = None
) -> Sequence[VoucherMove]:
    """Return the register of transfers: approved moves by which somebody else got a voucher, oldest first."""
    statement = select(VoucherMove).where(*_given(actor)).options(*_WHOLE)
    order = (VoucherMove.ended_at, VoucherMove.id)
    return session.scalars(statement.order_by(*order).offset(offset).limit(limit)).all()


def number_of(move: VoucherMove) -> str | None:
    """Return the other party's ID number; who shows it shows it masked."""
    if move.other_number is None:
        return None
    return unseal(move.other_number, purpose=OTHER_NUMBER.purpose, owner=move.household_id)


def number_of_heir(heir: VoucherHeir) -> str:
    """Return an heir's ID number; who shows it shows it masked."""
    return unseal(heir.number, purpose=HEIR_NUMBER.purpose, owner=heir.move_id)


def awaits(move: VoucherMove, household_id: int) -> bool:
    """Tell whether a move waits for the consent of a household."""
    if move.state != State.ASKED:
        return False
    owners = {owner.household_id for owner in move.owners if owner.consented_at is None}
    return household_id in owners or move.other_household_id == household_id


def of_household(household_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition that a household asked for a move, or is asked about it."""
    heir = select(VoucherHeir.move_id).where(VoucherHeir.household_id == household_id)
    owner = select(MoveOwner.move_id).where(MoveOwner.household_id == household_id)
    return or_(
        VoucherMove.household_id == household_id,
        VoucherMove.other_household_id == household_id,
        VoucherMove.id.in_(heir),
        VoucherMove.id.in_(owner),
    )


def _given(actor: Actor) -> list[ColumnElement[bool]]:
    joined = select(MoveOwner.move_id)
    someone_elses = or_(
        VoucherMove.other_name.is_not(None), VoucherMove.kind == Kind.INHERIT, VoucherMove.id.in_(joined)
    )
    return [*_in(actor, ["approved"], ()), someone_elses]


def _in(actor: Actor, states: Collection[str], kinds: Collection[str]) -> list[ColumnElement[bool]]:
    wanted = [VoucherMove.district_id == actor.district]
    if states:
        wanted.append(VoucherMove.state.in_(states))
    if kinds:
        wanted.append(VoucherMove.kind.in_(kinds))
    return wanted
