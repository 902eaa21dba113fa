"""What is left after a term, until its household claims it (逾期后申请): it waits, is claimed, or is over.

The day of the claim decides the rate (decision 0047). What each day brings was shown when the term ended, and
is kept with the ending; a claim only says which of it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, TypeVarTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock, locks
from app.core.actor import Actor, system_actor
from app.core.apart import Due
from app.core.errors import Conflict, DomainError, stated
from app.ledger import service as ledger
from app.ledger.models import LedgerAccount
from app.policies.queries import policy_of
from app.projects import helping_acts
from app.vouchers import claw_backs, ending_payees, endings, telling
from app.vouchers import ending_states as states
from app.vouchers.ending_interest import bear_kept
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_payees import Payee
from app.vouchers.ending_rules import (
    Figures,
    Parts,
    Turn,
    frozen_turns,
    keep_claim_reason,
    kept,
    times_sent_back,
    turn_on,
    turns_of,
)
from app.vouchers.ending_states import Action, Kind, State
from app.vouchers.models import Voucher
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import Kind as Stop

Columns = TypeVarTuple("Columns")
_IS_HELD: Final = exists().where(
    VoucherStop.voucher_id == Voucher.id, VoucherStop.ended_at.is_(None), VoucherStop.kind != Stop.DEATH
)
"""A stop stands on a voucher that is another than the one that waits for the heirs: its claim waits."""


def begin(session: Session, actor: Actor, voucher: Voucher, figures: Figures, parts: Parts) -> VoucherEnding:
    """Let what is left of a voucher wait for its claim; the caller holds the voucher's lock.

    The months count from the last day of the term; where homes under contract, a stop or a job that missed
    nights kept it from ending then, from the day before this one. Raises Conflict("ending_changed") where
    midnight came within.
    """
    counted_from = clock.today() - timedelta(days=1)
    turns = turns_of(policy_of(voucher.policy_version), figures, counted_from)
    waits = Parts(None, 0, 0, 0, parts.rules)
    ending = endings.begin(session, actor, voucher, Kind.LAPSE, figures, waits, State.CLAIMABLE, turns)
    if clock.legal_day(ending.asked_at) - timedelta(days=1) != counted_from:
        raise Conflict("ending_changed")
    return ending


def claim(session: Session, *, actor: Actor, ending_ref: str, payee: Payee, seen_fen: int) -> VoucherEnding:
    """Claim what is left after the term as its household, for today's rate.

    ``seen_fen`` is the sum that the page showed. While a stop holds the voucher, or a sum of it, the day is
    noted and counts; the rest goes on once it is free. A stop that waits for heirs holds no claim. Raises
    NotFound for somebody else's; Conflict once it stands elsewhere, "claim_noted" for a day that is noted,
    "lapse_claim_over" after the last day, "ending_changed" when it is another sum now, "claim_pays_nothing";
    DomainError at ``payee`` or ``account``.
    """
    helping_acts.demand_agreed(actor=actor)
    ending, voucher = endings.take(session, actor, ending_ref)
    after = states.after(actor.role, ending.kind, ending.state, Action.CLAIM)
    turn = _claimed_on(ending, clock.today())
    if turn.parts.paid_fen != seen_fen:
        raise Conflict("ending_changed")
    ending.asked_by_id, ending.visit_id = actor.user_id, actor.visit_id
    ending_payees.note_own(session, ending, payee)
    _go_on(session, actor, ending, voucher, after, Action.CLAIM)
    return ending


def enter(
    session: Session,
    *,
    actor: Actor,
    ending_ref: str,
    claimed_on: date,
    reason: str,
    payee: Payee | None = None,
) -> VoucherEnding:
    """Enter a claim that came on paper as an officer, with its day, and ask a checker.

    ``reason`` says which paper, and how it came; it stays with the ending, whoever looks at it later. While
    a stop holds the voucher only the day is noted, as in ``claim``. Of a holder who died ``payee`` is left
    out: heirs claimed, and who receives for them is noted next, by their papers. Raises as ``claim``, and
    DomainError at ``reason``, and at ``claimed_on`` for a day within the term or to come.
    """
    ending, voucher = endings.take(session, actor, ending_ref)
    after = states.after(actor.role, ending.kind, ending.state, Action.ENTER)
    ending.shown = keep_claim_reason(ending.shown, stated(reason))
    if voucher.expires_at is None or not clock.legal_day(voucher.expires_at) <= claimed_on <= clock.today():
        raise DomainError("claimed_on_bad", "claimed_on")
    _claimed_on(ending, claimed_on)
    if ending_payees.is_of_heirs(session, ending):
        _go_on(session, actor, ending, voucher, State.ASKED, Action.ENTER)
        return ending
    if payee is None:
        raise DomainError("payee_missing", "account")
    ending_payees.note_own(session, ending, payee)
    if _go_on(session, actor, ending, voucher, after, Action.ENTER):
        endings.ask_checker(session, actor, ending)
    return ending


def due(session: Session) -> list[Due[int]]:
    """Return the endings that ``end_due`` would take on."""
    wanted = select(VoucherEnding.id, VoucherEnding.district_id, VoucherEnding.ref)
    return [Due(*one) for one in session.execute(_due(wanted))]


def end_due(session: Session, *, limit: int = 100, only: int | None = None) -> int:
    """End what nobody claimed in time, and go on with what was claimed under a stop; return how many.

    What is stopped, wholly or by a sum, waits until it is free; what was claimed does not wait for heirs to
    inherit. Nothing is lost by missed nights, and nothing happens twice. ``only`` looks at one ending.
    """
    wanted = _due(select(VoucherEnding.voucher_id))
    if only is not None:
        wanted = wanted.where(VoucherEnding.id == only)
    vouchers = locks.lock_all(session, Voucher, session.scalars(wanted.limit(limit)).all())
    # Only now: a claim that was made while this waited for the lock counts.
    chosen = _as_they_are(session, [voucher.id for voucher in vouchers])
    if len(chosen) > 1:
        ledger.lock_accounts(session, [one.voucher.account_id or 0 for one in chosen])
    for ending in chosen:
        actor = system_actor(ending.district_id)
        if ending.claimed_on is not None:
            _go_on(session, actor, ending, ending.voucher, State.ASKED, "claim_freed")
        else:
            _end(session, actor, ending)
    return len(chosen)


def _due(statement: Select[*Columns]) -> Select[*Columns]:
    unclaimed, claimed = VoucherEnding.claimed_on.is_(None), VoucherEnding.claimed_on.is_not(None)
    last = func.greatest(VoucherEnding.claim_until, VoucherEnding.reenter_until)
    over = and_(unclaimed, last <= clock.now(), ~Voucher.is_stopped)
    return (
        statement.join(Voucher, Voucher.id == VoucherEnding.voucher_id)
        .join(LedgerAccount, LedgerAccount.id == Voucher.account_id)
        .where(
            VoucherEnding.state == State.CLAIMABLE,
            or_(over, and_(claimed, ~_IS_HELD)),
            LedgerAccount.debits_pending == 0,
        )
        .order_by(VoucherEnding.claim_until, VoucherEnding.id)
    )


def _as_they_are(session: Session, voucher_ids: Sequence[int]) -> Sequence[VoucherEnding]:
    ids = session.scalars(_due(select(VoucherEnding.id)).where(VoucherEnding.voucher_id.in_(voucher_ids)))
    wanted = select(VoucherEnding).where(VoucherEnding.id.in_(ids.all())).order_by(VoucherEnding.voucher_id)
    with_voucher = wanted.options(joinedload(VoucherEnding.voucher).joinedload(Voucher.policy_version))
    return session.scalars(with_voucher, execution_options={"populate_existing": True}).all()


def _claimed_on(ending: VoucherEnding, day: date) -> Turn:
    """Note the day of a claim and return what it brings. Raises Conflict."""
    if ending.claimed_on is not None:
        raise Conflict("claim_noted")
    turn = turn_on(frozen_turns(ending.shown), day)
    if turn.until is None:
        raise Conflict("lapse_claim_over")
    if not turn.parts.paid_fen:
        raise Conflict("claim_pays_nothing")
    ending.claimed_on, ending.claimed_at, ending.reason = day, clock.now(), None
    return turn


def _go_on(
    session: Session, actor: Actor, ending: VoucherEnding, voucher: Voucher, after: State, action: str
) -> bool:
    """Promise what was claimed, and tell whether that could be: a stop lets only its day be noted."""
    if ending_payees.stops_but_death(session, voucher):
        session.flush()
        endings.note(session, actor, ending, action)
        telling.tell_claim_noted(session, ending)
        return False
    _take(session, ending, voucher, turn_on(frozen_turns(ending.shown), ending.claimed_on), after)
    endings.note(session, actor, ending, action)
    telling.tell_ending(session, ending, Action.ASK, times=times_sent_back(ending.shown))
    return True


def _end(session: Session, actor: Actor, ending: VoucherEnding) -> None:
    """End what nobody claimed, as its policy says: void, or back under the agreement."""
    # First promised as what is asked: a closed ending is changed no more.
    _take(session, ending, ending.voucher, turn_on(frozen_turns(ending.shown), None), State.ASKED)
    endings.keep(session, ending)
    bear_kept(session, ending)
    ending.state = State.CLOSED
    session.flush()
    claw_backs.settle(session, [ending.voucher_id])  # a purchase may have been undone since the term ended
    endings.note(session, actor, ending, "claim_over")
    telling.tell_claim_over(session, ending)


def _take(session: Session, ending: VoucherEnding, voucher: Voucher, turn: Turn, state: State) -> None:
    parts = turn.parts
    ending.state, ending.effect = state, parts.effect
    ending.paid_fen, ending.returned_fen = parts.paid_fen, parts.returned_fen
    ending.forfeited_fen = parts.forfeited_fen
    ending.shown = {**ending.shown, "rules": kept(parts.rules)}
    endings.promise(session, ending, voucher)
