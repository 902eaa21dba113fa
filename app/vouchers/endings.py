"""The only writer of endings until the bank pays: a household asks, an officer prepares, a checker approves.

What the bank paid and sent back is ``payouts``.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.core import audit, clock, ids, locks
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.projects import helping_acts
from app.vouchers import claim_returns, claw_backs, coming_back, ending_payees, telling, together
from app.vouchers import ending_queries as queries
from app.vouchers import ending_states as states
from app.vouchers.ending_interest import bear_kept
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_payees import Payee as Payee
from app.vouchers.ending_rules import Figures, Parts, Turn, decided, freeze, freeze_turns, times_sent_back
from app.vouchers.ending_states import Action, Kind, State
from app.vouchers.estate_papers import Estate
from app.vouchers.models import Voucher
from app.vouchers.queries import get_voucher
from app.vouchers.stop_queries import find_death

END: Final = "voucher.end"
"""Kind of the approval: an officer asks, a checker decides."""
_PAYLOAD_SCHEMA: Final = 1
HOLDER_DIED: Final = "持有人已经去世，房票由继承人继承"
"""Why what a holder asked for ends before it is approved."""


def ask(
    session: Session, *, actor: Actor, voucher_ref: str, kind: Kind, payee: Payee | None, seen_fen: int
) -> VoucherEnding:
    """Ask for the leftover of a voucher (余额兑付), or give the voucher up (放弃).

    ``seen_fen`` is the sum that the page showed. From now on nothing of the voucher can be spent. Raises
    NotFound for somebody else's voucher and one that is not issued; Conflict with what stands against it: it
    lapsed, homes are locked or bought with it and not settled, nothing is left, the policy does not pay, it
    was asked for already; Conflict("ending_changed") when it is another sum by now; DomainError at ``payee``
    for another name than the holder's, at ``account`` for what is no number.
    """
    states.demand(actor.role, Action.ASK)
    helping_acts.demand_agreed(actor=actor)
    voucher = together.lock(session, get_voucher(session, actor=actor, ref=voucher_ref))
    if voucher.state != "issued":
        raise NotFound("voucher_gone")
    now = queries.outlook(session, voucher, kind)
    if now.block:
        raise Conflict(now.block)
    if now.parts.paid_fen != seen_fen:
        raise Conflict("ending_changed")
    if now.parts.effect == "cash" and payee is None:
        raise DomainError("payee_missing", "account")
    ending = begin(session, actor, voucher, kind, now.figures, now.parts, State.ASKED)
    if payee is not None and now.parts.effect == "cash":
        ending_payees.note(session, actor, ending, payee, None)
    promise(session, ending, voucher)
    _note(session, actor, ending, Action.ASK)
    return ending


def begin(
    session: Session,
    actor: Actor,
    voucher: Voucher,
    kind: Kind,
    figures: Figures,
    parts: Parts,
    state: State,
    turns: Sequence[Turn] = (),
) -> VoucherEnding:
    """Write an ending down, frozen; the caller holds the voucher's lock.

    ``turns`` are what a claim of it brings when, where it waits for that.

    Raises Conflict("ending_open"); "ending_changed" for a payout that was worked out on the day before:
    midnight came within, and another band may be open.
    """
    asked_at = clock.now()
    if kind is Kind.PAYOUT and figures.on != clock.legal_day(asked_at):
        raise Conflict("ending_changed")
    shown = freeze(parts.rules, voucher, figures.rest)
    last_days = [turn.until for turn in turns if turn.until is not None]
    ending = VoucherEnding(
        district_id=voucher.district_id,
        ref=ids.new_ref("DF"),
        voucher_id=voucher.id,
        kind=kind,
        effect=parts.effect,
        state=state,
        face_fen=figures.face_fen,
        spent_fen=figures.spent_fen,
        bonus_fen=figures.bonus_fen,
        leftover_fen=figures.leftover_fen,
        paid_fen=parts.paid_fen,
        returned_fen=parts.returned_fen,
        forfeited_fen=parts.forfeited_fen,
        shown=shown | ({"turns": freeze_turns(turns)} if turns else {}),
        claim_until=clock.end_of_day(max(last_days)) if last_days else None,
        asked_at=asked_at,
        asked_by_id=actor.user_id,
        visit_id=actor.visit_id,
    )
    with unless_taken(session, "uq_voucher_endings_", Conflict("ending_open")):
        session.add(ending)
    return ending


def promise(session: Session, ending: VoucherEnding, voucher: Voucher) -> None:
    """Promise every part of a leftover in the ledger: nothing of it can be spent from now on.

    Raises InsufficientBalance when the voucher holds less than was found, which its lock prevents.
    """
    target = AccountKind.AGREEMENT if ending.effect == "agreement" else AccountKind.HOUSEHOLD_PAYABLE
    kinds = (target, AccountKind.BONUS, AccountKind.ISSUE)
    times = times_sent_back(ending.shown)  # what was promised before is void, and its keys are used
    to = ledger.control_accounts(session, district_id=ending.district_id, kinds=kinds)

    def hold(code: str, credit_id: int, amount_fen: int) -> int | None:
        if not amount_fen:
            return None
        return ledger.hold(
            session,
            district_id=ending.district_id,
            debit_id=voucher.account_id or 0,
            credit_id=credit_id,
            amount_fen=amount_fen,
            code=code,
            key=f"{code}:{ending.id}" + (f":{times}" if times else ""),
        )

    ending.paid_transfer_id = hold(f"ending.{ending.effect}", to[0], ending.paid_fen)
    ending.returned_transfer_id = hold("ending.bonus", to[1], ending.returned_fen)
    ending.forfeited_transfer_id = hold("ending.forfeit", to[2], ending.forfeited_fen)
    session.flush()


def keep(session: Session, ending: VoucherEnding) -> None:
    """Keep every promise of an ending: the leftover has left the voucher."""
    for transfer_id in ending.transfer_ids:
        ledger.post(session, transfer_id=transfer_id, key=f"ending.end:{transfer_id}")


def withdraw(session: Session, *, actor: Actor, ending_ref: str) -> VoucherEnding:
    """Take a wish back before an officer looked at it: the voucher can be used again, while its term lasts.

    Raises NotFound for somebody else's, Conflict once it stands elsewhere.
    """
    helping_acts.demand_agreed(actor=actor)
    ending, _ = take(session, actor, ending_ref)
    return _drop(session, actor, ending, Action.WITHDRAW)


def refuse(session: Session, *, actor: Actor, ending_ref: str, reason: str) -> VoucherEnding:
    """Refuse a wish as an officer, with the reason: the voucher can be used again, while its term lasts.

    Raises NotFound, Conflict, DomainError("reason_missing", "reason").
    """
    ending, _ = take(session, actor, ending_ref)
    states.after(actor.role, ending.kind, ending.state, Action.REFUSE)
    ending.reason = stated(reason)
    return _drop(session, actor, ending, Action.REFUSE)


def drop(session: Session, *, actor: Actor, ending_ref: str) -> VoucherEnding:
    """End as an officer what a holder asked for who has died, and nobody approved: heirs inherit all of it.

    A checker is asked no more. Raises NotFound; Conflict("stop_ended") where no stop for a death stands, and
    for what was approved, paid, or came of a term that is over: that stays.
    """
    ending, voucher = take(session, actor, ending_ref)
    states.after(actor.role, ending.kind, ending.state, Action.DROP)
    if find_death(session, voucher_id=voucher.id) is None:
        raise Conflict("stop_ended")
    approvals.lapse(session, kind=END, subject_ids=[ending.id])
    ending.reason = HOLDER_DIED
    return _drop(session, actor, ending, Action.DROP)


def prepare(
    session: Session,
    *,
    actor: Actor,
    ending_ref: str,
    payee: Payee | None = None,
    estate: Estate | None = None,
) -> VoucherEnding:
    """Look at an ending as an officer, and ask a checker to approve it.

    ``payee`` only where the household gave no account, or what was paid to the one it gave came back; or of a
    holder who died, where ``estate`` says by which papers one receives for all heirs. Raises NotFound,
    Conflict, Forbidden for whoever asked for it at the counter, DomainError at ``payee`` or ``account``, of
    an estate as ``estate_papers.keep``.
    """
    ending, _ = take(session, actor, ending_ref)
    act = Action.PREPARE if estate is None else Action.PREPARE_HEIR
    after = states.after(actor.role, ending.kind, ending.state, act)
    _demand_not_asker(ending, actor)
    _demand_as_asked(session, ending)
    is_noted = ending_payees.note(session, actor, ending, payee, estate)
    ending.state, ending.reason = after, None
    session.flush()
    asked = ask_checker(session, actor, ending)
    _note(session, actor, ending, act)
    if is_noted:
        telling.tell_ending(session, ending, "account", times=asked.id)
    return ending


def decide(
    session: Session,
    *,
    actor: Actor,
    ending_ref: str,
    effect: str,
    reason: str,
    payee: Payee | None = None,
    paid_fen: int | None = None,
    estate: Estate | None = None,
) -> VoucherEnding:
    """Say as an officer what becomes of a lapsed voucher whose policy does not, and ask a checker.

    ``effect`` is cash (the whole leftover), agreement or void, which is refused where a part is what an
    earlier ending took too much of a bonus. Of what came back after an ending it is what the rule of that one
    says, unless ``paid_fen`` is another sum: more where others than the household undid the purchase, at most
    all that they did; less under the agreement. ``estate`` as for ``prepare``. Raises NotFound, Conflict,
    DomainError at ``effect``, ``paid``, ``reason``, or as ``prepare``.
    """
    ending, _ = take(session, actor, ending_ref)
    act = Action.DECIDE if estate is None else Action.DECIDE_HEIR
    after = states.after(actor.role, ending.kind, ending.state, act)
    ending.reason = stated(reason)
    parts = decided(effect, ending.leftover_fen, coming_back.sum_of(ending, effect, paid_fen))
    ending.state, ending.effect = after, parts.effect
    ending.paid_fen, ending.forfeited_fen = parts.paid_fen, parts.forfeited_fen
    is_noted = ending_payees.note(session, actor, ending, payee, estate)
    session.flush()
    asked = ask_checker(session, actor, ending)
    _note(session, actor, ending, act)
    if is_noted:
        telling.tell_ending(session, ending, "account", times=asked.id)
    return ending


def approve(session: Session, *, actor: Actor, ending_ref: str, seen: str | None = None) -> VoucherEnding:
    """Approve an ending as a checker: the leftover leaves the voucher for good, as it was shown.

    What is paid in cash then waits for the bank; all else is closed. ``seen`` as in ``approvals.decide``.
    Raises NotFound, Conflict, SamePerson for whoever prepared it, Forbidden for whoever asked for it at the
    counter.
    """
    ending, voucher = take(session, actor, ending_ref)
    before, after = ending.state, states.after(actor.role, ending.kind, ending.state, Action.APPROVE)
    _demand_not_asker(ending, actor)
    _demand_as_asked(session, ending)
    ending_payees.demand_free(session, ending, voucher)
    if before != State.RENEWED:  # paid to another account, it left the voucher long ago
        if not ending.transfer_ids:
            promise(session, ending, voucher)
        keep(session, ending)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    asked = approvals.decide(session, actor=actor, kind=END, subject_id=ending.id, approve=True, seen=seen)
    if asked.payload != _payload(ending):
        raise Conflict("ending_changed")
    is_paid = ending.effect == "cash" and ending.paid_fen > 0
    if not is_paid:
        bear_kept(session, ending)
    ending.state = after if is_paid else State.CLOSED
    session.flush()
    claw_backs.settle(session, [voucher.id])  # a purchase may have been undone since it was asked
    _note(session, actor, ending, Action.APPROVE, times=asked.id if before == State.RENEWED else 0)
    return ending


def send_back(
    session: Session, *, actor: Actor, ending_ref: str, reason: str, seen: str | None = None
) -> VoucherEnding:
    """Return an ending to the officer as a checker, with the reason; what was decided is decided anew.

    A claim that an officer entered is entered anew: it waits as before, without a day, and promises nothing.
    ``seen`` as in ``approve``. Raises NotFound, Conflict, SamePerson, DomainError("reason_missing",
    "reason").
    """
    ending, _ = take(session, actor, ending_ref)
    after = states.after(actor.role, ending.kind, ending.state, Action.SEND_BACK)
    why = stated(reason)
    after = states.returned_to(
        after, is_promised=bool(ending.transfer_ids), is_entered=claim_returns.is_entered(ending)
    )
    if after == State.CLAIMABLE:
        claim_returns.void(session, ending)
    approvals.decide(
        session, actor=actor, kind=END, subject_id=ending.id, approve=False, reason=why, seen=seen
    )
    ending.state = after
    if after == State.UNDECIDED:
        ending.effect, ending.paid_fen, ending.forfeited_fen = None, 0, 0
    elif after == State.CLAIMABLE:
        claim_returns.wait_again(session, ending, why)
    ending.reason = why
    # Whose account it is was typed here, and may be what is wrong.
    if ending.kind in states.UNASKED or after == State.RETURNED or ending.died_on is not None:
        ending_payees.forget(ending)
    session.flush()
    _note(session, actor, ending, Action.SEND_BACK)
    return ending


def take(session: Session, actor: Actor, ref: str) -> tuple[VoucherEnding, Voucher]:
    """Return an ending that the actor may see, as it is under the lock of its voucher."""
    voucher_id = queries.get_ending(session, actor=actor, ref=ref).voucher_id
    voucher = locks.lock(session, Voucher, voucher_id)
    return queries.get_ending(session, actor=actor, ref=ref), voucher


def _demand_not_asker(ending: VoucherEnding, actor: Actor) -> None:
    """Refuse whoever asked: a clerk may be an officer or a checker, and typed the account that is paid."""
    if ending.asked_by_id is not None and ending.asked_by_id == actor.user_id:
        raise Forbidden("ending_own_counter")


def _demand_as_asked(session: Session, ending: VoucherEnding) -> None:
    """Have a household ask anew that gave a home back since: what it had used decided what it is paid.

    What it cannot help leaves the band as it was asked for. Raises Conflict("ending_handed_back").
    """
    is_asked = ending.kind in (Kind.PAYOUT, Kind.GIVE_UP) and ending.state in (State.ASKED, State.PREPARED)
    if is_asked and together.gave_back(session, ending.voucher, since=ending.asked_at):
        raise Conflict("ending_handed_back")


def _drop(session: Session, actor: Actor, ending: VoucherEnding, action: Action) -> VoucherEnding:
    """End a wish without anything having happened: every promise is void."""
    ending.state = states.after(actor.role, ending.kind, ending.state, action)
    for transfer_id in ending.transfer_ids:
        ledger.void(session, transfer_id=transfer_id, key=f"ending.end:{transfer_id}")
    session.flush()
    _note(session, actor, ending, action)
    return ending


def ask_checker(session: Session, actor: Actor, ending: VoucherEnding) -> ApprovalRequest:
    """Put an ending before a checker, as it is now."""
    return approvals.request(session, actor=actor, kind=END, subject_id=ending.id, payload=_payload(ending))


def _payload(ending: VoucherEnding) -> dict[str, Any]:
    """Return what a checker is asked about an ending, frozen; of the account its last signs."""
    account = queries.account_of(ending)
    why = {"reason": ending.reason} if coming_back.above_rule(ending) else {}
    if ending.claimed_on is not None:
        why["claimed_on"] = ending.claimed_on.isoformat()
    if ending.died_on is not None:
        why |= {"died_on": ending.died_on.isoformat(), "evidence": ending.evidence}
    return {
        **why,
        "schema": _PAYLOAD_SCHEMA,
        "voucher_id": ending.voucher_id,
        "effect": ending.effect,
        "paid_fen": ending.paid_fen,
        "returned_fen": ending.returned_fen,
        "forfeited_fen": ending.forfeited_fen,
        "account_end": account[-4:] if account else None,
    }


def _note(session: Session, actor: Actor, ending: VoucherEnding, action: Action, *, times: int = 0) -> None:
    note(session, actor, ending, action)
    telling.tell_ending(session, ending, action, times=times)


def note(session: Session, actor: Actor, ending: VoucherEnding, action: str) -> None:
    """Put an act about an ending on record."""
    audit.record(
        session,
        actor=actor,
        action=f"ending.{action}",
        object_type="voucher_ending",
        object_id=ending.id,
        voucher_id=ending.voucher_id,
        leftover_fen=ending.leftover_fen,
        paid_fen=ending.paid_fen,
        returned_fen=ending.returned_fen,
        forfeited_fen=ending.forfeited_fen,
    )
