"""Reading how vouchers end: what one would get now and what stands against it, and every ending there is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.money import part_floor
from app.core.sealing import unseal
from app.ledger.rules import Balance
from app.policies.queries import policy_of
from app.projects.models import Household
from app.vouchers import purchases, together
from app.vouchers.counted import counted
from app.vouchers.ending_models import ACCOUNT, VoucherEnding
from app.vouchers.ending_rules import Figures, Parts, parts_of
from app.vouchers.ending_states import LIVE, OPEN, Kind, State
from app.vouchers.models import Voucher
from app.vouchers.queries import starts
from app.vouchers.stop_queries import has_frozen_sum

_WHOLE = (
    joinedload(VoucherEnding.voucher).joinedload(Voucher.household).joinedload(Household.project),
    joinedload(VoucherEnding.voucher).joinedload(Voucher.policy_version),
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an ending of a kind would give now; ``block`` is the code of what stands against it, if any."""

    kind: Kind
    figures: Figures
    parts: Parts
    block: str | None


def outlook(session: Session, voucher: Voucher, kind: Kind) -> Outlook:
    """Return what a payout or giving up would give a household now. The voucher was issued."""
    figures, money = figures_of(session, voucher)
    parts = parts_of(policy_of(voucher.policy_version), kind, figures)
    return Outlook(kind, figures, parts, _block(session, voucher, kind, money, parts))


def figures_of(session: Session, voucher: Voucher, *, back_fen: int = 0) -> tuple[Figures, Balance]:
    """Return what an issued voucher was and did, and its money now. Raises LookupError without an account.

    ``back_fen`` came back since its ending to those of its household that it stands for: its face is less by
    that, and what was added to it is not.
    """
    found = counted(session, [voucher])[voucher.id]
    used, money, small = found.used, found.money, found.small
    earned = purchases.current().answered(session, [voucher.id])[voucher.id]
    face_fen = used.face_fen + back_fen
    additions = small.added.of(face_fen) if small else _additions(voucher, face_fen)
    started_on = voucher.issued_at and starts(voucher, policy_of(voucher.policy_version), voucher.issued_at)
    is_over = voucher.expires_at is not None and voucher.expires_at <= clock.now()
    of_all = together.used(session, voucher, before=voucher.expires_at if is_over else None)
    did = (used.face_fen, used.spent_fen, earned.taken_of_fen, additions, started_on, clock.today())
    is_part = small is not None and small.added.is_part
    parts = (used.part, used.rest)
    return Figures(*did, of_all, *parts, spared_fen=earned.spared_fen, is_part=is_part), money


def _additions(voucher: Voucher, face_fen: int) -> dict[str, int]:
    return {path: part_floor(fen, face_fen, voucher.face_fen) for path, fen in voucher.additions.items()}


def _block(session: Session, voucher: Voucher, kind: Kind, money: Balance, parts: Parts) -> str | None:
    policy = policy_of(voucher.policy_version)
    if find_live(session, voucher_id=voucher.id) is not None:
        return "ending_open"
    if voucher.is_stopped:
        return "voucher_stopped"
    if voucher.is_moving:
        return "move_open"
    changing = purchases.current().changing()
    if session.scalar(select(Voucher.id).where(Voucher.id == voucher.id, Voucher.id.in_(changing))):
        return "ending_change_open"
    if voucher.expires_at is None or clock.now() >= voucher.expires_at:
        return "ending_term_over"
    if kind is Kind.PAYOUT and policy.leftover is None:
        return "leftover_unsaid"
    if kind is Kind.GIVE_UP and (policy.lapse is None or not policy.lapse.may_give_up):
        return "give_up_not_allowed"
    return _still_open(session, voucher, money) or _pays_nothing(money, parts)


def _still_open(session: Session, voucher: Voucher, money: Balance) -> str | None:
    """Return why it is open what was spent: of this voucher, or of its household where that counts."""
    if money.held_fen:
        is_frozen = has_frozen_sum(session, [voucher.id])
        return "voucher_sum_frozen" if is_frozen else "ending_homes_held"
    return "ending_household_open" if together.is_open(session, voucher) else None


def _pays_nothing(money: Balance, parts: Parts) -> str | None:
    if not money.available_fen:
        return "ending_nothing_left"
    return None if parts.paid_fen else "ending_pays_nothing"


def find_live(session: Session, *, voucher_id: int) -> VoucherEnding | None:
    """Return the ending of a voucher that was neither refused nor withdrawn, as it is now, or None."""
    statement = select(VoucherEnding).where(
        VoucherEnding.voucher_id == voucher_id, VoucherEnding.state.in_(LIVE)
    )
    newest = statement.order_by(VoucherEnding.id.desc()).limit(1)
    return session.scalars(newest, execution_options={"populate_existing": True}).first()


def has_open(session: Session, *, voucher_id: int) -> bool:
    """Tell whether somebody has yet to do something about an ending of a voucher."""
    found = select(VoucherEnding.id).where(
        VoucherEnding.voucher_id == voucher_id, VoucherEnding.state.in_(OPEN)
    )
    return session.scalar(found.limit(1)) is not None


def get_ending(session: Session, *, actor: Actor, ref: str) -> VoucherEnding:
    """Return an ending: of the household that acts, or for staff of their district. Raises NotFound."""
    statement = (
        select(VoucherEnding)
        .join(Voucher, Voucher.id == VoucherEnding.voucher_id)
        .where(VoucherEnding.ref == ref, VoucherEnding.district_id == actor.district)
        .options(*_WHOLE)
    )
    if actor.role == Role.HOUSEHOLD:
        statement = statement.where(Voucher.household_id == actor.household)
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("ending_gone")
    return found


def list_of_voucher(session: Session, *, voucher_id: int) -> Sequence[VoucherEnding]:
    """Return every ending that a voucher ever had, the newest first."""
    statement = select(VoucherEnding).where(VoucherEnding.voucher_id == voucher_id)
    return session.scalars(statement.order_by(VoucherEnding.id.desc())).all()


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[VoucherEnding]:
    """Return what a clerk asked for a household in one visit to the counter, the oldest first."""
    statement = select(VoucherEnding).where(VoucherEnding.visit_id == visit_id).options(*_WHOLE)
    return session.scalars(statement.order_by(VoucherEnding.id)).all()


def count_endings(session: Session, *, actor: Actor, states: Collection[str] = ()) -> int:
    """Return how many endings ``list_endings`` would list without a limit."""
    return session.scalars(select(func.count(VoucherEnding.id)).where(*_in(actor, states))).one()


def count_due(session: Session, *, actor: Actor, states: Collection[str], is_entering: bool) -> int:
    """Return how many endings of the actor's district wait for somebody, in some states.

    ``is_entering`` counts those with them whose claim was sent back, for an officer to enter anew.
    """
    sent_back = and_(
        VoucherEnding.state == State.CLAIMABLE,
        VoucherEnding.claimed_on.is_(None),
        VoucherEnding.reenter_until.is_not(None),
    )
    waits = VoucherEnding.state.in_(states)
    wanted = VoucherEnding.district_id == actor.district, or_(waits, sent_back) if is_entering else waits
    return session.scalars(select(func.count(VoucherEnding.id)).where(*wanted)).one()


def list_endings(
    session: Session, *, actor: Actor, states: Collection[str] = (), offset: int = 0, limit: int = 20
) -> Sequence[VoucherEnding]:
    """Return endings of the actor's district in some states (none: in any), the oldest first."""
    statement = select(VoucherEnding).where(*_in(actor, states)).options(*_WHOLE)
    return session.scalars(statement.order_by(VoucherEnding.id).offset(offset).limit(limit)).all()


def account_of(ending: VoucherEnding) -> str | None:
    """Return the number of the account that is paid; who shows it to others shows its end."""
    if ending.account is None:
        return None
    return unseal(ending.account, purpose=ACCOUNT.purpose, owner=ending.voucher_id)


def _in(actor: Actor, states: Collection[str]) -> list[ColumnElement[bool]]:
    wanted = [VoucherEnding.district_id == actor.district]
    return [*wanted, VoucherEnding.state.in_(states)] if states else wanted
