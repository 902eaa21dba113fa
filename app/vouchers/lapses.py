"""The end of a term (逾期): what is left of a voucher goes the way its policy says, found by a job."""

from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import system_actor
from app.core.apart import Due
from app.ledger import service as ledger
from app.ledger.models import LedgerAccount
from app.policies.queries import policy_of
from app.policies.rules import Rule
from app.vouchers import coming_back, endings, estates, lapse_claims, purchases, telling, together
from app.vouchers import ending_queries as queries
from app.vouchers.ending_interest import bear_kept
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import Figures, Parts, parts_of
from app.vouchers.ending_states import LIVE, OPEN, Kind, State
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.move_queries import heirs_behind
from app.vouchers.queries import live_of
from app.vouchers.succession import follow, follower, lock_line

_HAS_ENDING: Final = exists().where(VoucherEnding.voucher_id == Voucher.id, VoucherEnding.state.in_(LIVE))
_HAS_OPEN: Final = exists().where(VoucherEnding.voucher_id == Voucher.id, VoucherEnding.state.in_(OPEN))
_LEFT_AND_FREE: Final = exists().where(
    LedgerAccount.id == Voucher.account_id,
    LedgerAccount.debits_pending == 0,
    LedgerAccount.credits_posted > LedgerAccount.debits_posted,
)


def due(session: Session) -> list[Due[int]]:
    """Return the vouchers that ``lapse_due`` would end, and those that wait for a move."""
    wanted = select(Voucher.id, Voucher.district_id, Voucher.ref).where(Voucher.id.in_(_due()))
    return [Due(*one) for one in session.execute(wanted.order_by(Voucher.expires_at, Voucher.id))]


def lapse_due(session: Session, *, limit: int = 100, only: int | None = None) -> int:
    """End vouchers whose term is over and that have something left, the oldest first; return how many.

    Homes that were locked or under contract at that moment go on: their vouchers end once nothing of them is
    promised any more. So do those whose extension was proposed in time and not decided, as long as the term
    it asks for would last: no decision could be worth more. A move under way is dropped or decided before
    (``move_expiry``), and what is stopped, wholly or by a sum, lapses when it is free; so does a voucher of
    which a purchase is being changed or undone, for what its bonus comes to is open. Nothing is lost by
    missed nights, and nothing happens twice: a voucher has one ending. What came back to it after that waits
    for the authority's word; so it does after a move, unless it can follow the household to its new voucher,
    or its heirs to theirs. What waits because one of these is moving itself holds nothing else back. ``only``
    ends one, where it is due.
    """
    due = _due()
    if only is not None:
        due = due.where(Voucher.id == only)
    # With them those that they became, to which money may follow.
    first = session.scalars(select(Voucher).where(Voucher.id.in_(_first(session, due, limit))))
    vouchers = lock_line(session, together.with_household(session, first))
    # Only now: whatever happened while this waited for the locks counts.
    still = session.scalars(due.where(Voucher.id.in_([voucher.id for voucher in vouchers]))).all()
    chosen = [voucher for voucher in vouchers if voucher.id in set(still)]
    if len(vouchers) > 1:
        ledger.lock_accounts(session, [one.account_id for one in vouchers if one.account_id is not None])
    ids = [voucher.id for voucher in chosen]
    late = purchases.current().blameless(session, ids) | live_of(session, ids).keys()
    waiting = 0
    for voucher in chosen:
        if _waits(session, voucher):
            waiting += 1
        elif voucher.state == "moved":
            _come_back(session, voucher)
        elif voucher.id in late:
            _leave_undecided(session, voucher)
        else:
            _lapse(session, voucher)
    return len(chosen) - waiting


def _first(session: Session, due: Select[int], limit: int) -> list[int]:
    """Return the first so many that are due and need not wait for a move."""
    found: list[int] = []
    offset = 0
    while True:
        ids = session.scalars(due.offset(offset).limit(limit)).all()
        vouchers = {one.id: one for one in session.scalars(select(Voucher).where(Voucher.id.in_(ids)))}
        found += [one for one in ids if not _waits(session, vouchers[one])]
        if len(found) >= limit or len(ids) < limit:
            return found[:limit]
        offset += limit


def _waits_for_household(session: Session, voucher: Voucher) -> bool:
    """Tell whether a term that is over waits for homes that others of the household began to buy in it.

    What they spend decides what is paid, where the policy counts it.
    """
    if not together.is_counted(voucher) or voucher.state != "issued" or live_of(session, [voucher.id]):
        return False
    return together.is_open(session, voucher, before=voucher.expires_at)


def _waits(session: Session, voucher: Voucher) -> bool:
    """Tell whether a voucher that is over waits for its household, or what came back for whom it follows."""
    if _waits_for_household(session, voucher):
        return True
    if voucher.state != "moved":
        return False
    new = follower(session, voucher)
    estate = estates.find(session, voucher) if new is None else None
    return (new is not None and new.is_moving) or (estate is not None and estate.is_moving)


def _due() -> Select[int]:
    """Select the vouchers that end now, and those to which money came back after their end, oldest first."""
    is_issued, has_moved = Voucher.state == "issued", Voucher.state == "moved"
    is_over = and_(
        is_issued,
        Voucher.expires_at <= clock.now(),
        ~Voucher.is_moving,
        ~_HAS_ENDING,
        ~_may_be_longer(),
        Voucher.id.not_in(purchases.current().changing()),
    )
    came_back = and_(or_(has_moved, and_(is_issued, _HAS_ENDING)), ~_HAS_OPEN)
    return (
        select(Voucher.id)
        .where(or_(is_over, came_back), _LEFT_AND_FREE, ~Voucher.is_stopped)
        .order_by(Voucher.expires_at, Voucher.id)
    )


def _may_be_longer() -> ColumnElement[bool]:
    """Tell of a voucher whether a decision that is still owed could leave it in its term now."""
    return exists().where(
        VoucherExtension.voucher_id == Voucher.id,
        VoucherExtension.state == "proposed",
        VoucherExtension.to_expires_at > clock.now(),
    )


def _lapse(session: Session, voucher: Voucher) -> None:
    actor = system_actor(voucher.district_id)
    figures, _ = queries.figures_of(session, voucher)
    parts = parts_of(policy_of(voucher.policy_version), Kind.LAPSE, figures)
    if parts.effect is None:
        ending = endings.begin(session, actor, voucher, Kind.LAPSE, figures, parts, State.UNDECIDED)
    elif parts.effect == "claim":
        ending = lapse_claims.begin(session, actor, voucher, figures, parts)
    else:
        ending = endings.begin(session, actor, voucher, Kind.LAPSE, figures, parts, State.ASKED)
        endings.promise(session, ending, voucher)
        if parts.effect != "cash" or not parts.paid_fen:
            endings.keep(session, ending)
            bear_kept(session, ending)
            ending.state = State.CLOSED
            session.flush()
    endings.note(session, actor, ending, "lapse")
    telling.tell_lapsed(session, voucher, ending)


def _come_back(session: Session, voucher: Voucher) -> None:
    """Let what came back to a voucher that moved follow its household or heirs; else two people decide."""
    actor = system_actor(voucher.district_id)
    new = follower(session, voucher)
    if new is not None:
        follow(session, actor=actor, voucher=voucher, into=new)
        return
    estate = estates.find(session, voucher)
    shares = estates.part(session, actor=actor, estate=estate) if estate is not None else ()
    if estate is None or shares:
        _leave_undecided(session, voucher, shares)


def _leave_undecided(session: Session, voucher: Voucher, shares: tuple[Rule, ...] = ()) -> None:
    """Begin the ending of what came back too late to be spent: two people decide what becomes of it.

    ``shares`` say which heirs have which part of it.
    """
    actor = system_actor(voucher.district_id)
    figures, money = queries.figures_of(session, voucher)
    face_fen = max(voucher.face_fen, money.received_fen)  # of an heir's, what followed is no part of the face
    left = Figures(face_fen, face_fen - money.available_fen, figures.bonus_fen)
    parts = Parts(None, 0, 0, 0, (*coming_back.reckoning(session, voucher, money.available_fen), *shares))
    ending = endings.begin(session, actor, voucher, Kind.BACK, left, parts, State.UNDECIDED)
    endings.note(session, actor, ending, "come_back")
    telling.tell_lapsed(session, voucher, ending)
    for heir in heirs_behind(session, [voucher.id]).get(voucher.id, []):
        telling.tell_back_to_heir(session, voucher, ending, heir)
