"""What changes of a purchase after its contract: one side asks, the other answers, two people decide.

An adjustment (调整) leaves the purchase written off at another price; a reversal (撤销) undoes it. All of it
is done under the locks of home, vouchers and purchase: of two that meet the second sees what the first did.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.homes import service as homes
from app.homes.models import Home
from app.payments import service as payments
from app.redemptions import (
    cash,
    change_queries,
    change_telling,
    corrections,
    promises,
    queries,
    states,
)
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import ACTION_OF, CHANGE, TERMS, Kind, Move, State, after
from app.redemptions.changing import Sums, at_price
from app.redemptions.contract_models import ContractEntry
from app.redemptions.errors import ActedAtCounter
from app.redemptions.events import ended_unsold
from app.redemptions.models import Redemption
from app.redemptions.recompute import planner, present
from app.redemptions.rules import top_up_owner
from app.redemptions.service import record, spaces, whose, wishes
from app.redemptions.service.contracts import put_changed, write_changed
from app.redemptions.service.steps import VERIFY
from app.redemptions.service.taking import Case, join, lock_money, open_case, take
from app.redemptions.service.wishes import ANSWER_WORKING_DAYS, Wish
from app.redemptions.states import Action
from app.redemptions.states import State as Buying
from app.vouchers import claw_backs, estates, succession
from app.vouchers.ending_queries import has_open
from app.vouchers.move_queries import answering_for

_SCHEMA: Final = 1


def ask(session: Session, *, actor: Actor, redemption_ref: str, wish: Wish) -> PurchaseChange:
    """Ask to change a purchase after its contract, or to undo it; written-off spaces go with their home.

    What the authority finds by itself is prepared at once. Raises Forbidden for a role that does not ask for
    this, NotFound, NotBuyer, Conflict where the purchase stands elsewhere or something is asked already;
    DomainError at ``reason``, ``price``, ``area`` or ``papers``.
    """
    terms = TERMS[wish.kind]
    if actor.role is not terms.asks:
        raise Forbidden("wrong_role")
    bought, *spaces_along = take(session, actor, redemption_ref, along=terms.reverses)
    redemption = bought.redemption
    before = Buying(redemption.state)
    states.after(actor.role, before, Action.ASK_CHANGE)
    if before not in terms.of:
        raise Conflict("not_written_off")
    change = _write(session, actor, redemption, wish)
    cases = [Case(change, bought.home, redemption), *join(session, change, spaces_along)]
    for one in cases:
        _note(session, actor, one, Move.ASK, change.reason)
    if terms.answers is None:
        _prepare(session, actor, cases, note="")
    return change


def answer(
    session: Session, *, actor: Actor, change_ref: str, agrees: bool, words: str = ""
) -> PurchaseChange:
    """Say as the other side whether it agrees; whoever does not says why.

    Raises NotFound, NotBuyer, Conflict, Forbidden, DomainError at ``reason``.
    """
    cases = open_case(session, actor, change_ref).cases
    first = cases[0].change
    state = after(actor.role, first.kind, first.state, Move.ANSWER)
    said, now = (words.strip() or None) if agrees else stated(words), clock.now()
    for one in cases:
        change = one.change
        change.state, change.agrees, change.answer = state, agrees, said
        change.answered_by_id, change.answered_at = actor.user_id, now
        _note(session, actor, one, Move.ANSWER, said)
    return first


def withdraw(session: Session, *, actor: Actor, change_ref: str) -> PurchaseChange:
    """Take back what the own side asked, before an officer prepared it.

    Raises NotFound, Conflict, Forbidden.
    """
    cases = open_case(session, actor, change_ref).cases
    change = cases[0].change
    state = after(actor.role, change.kind, change.state, Move.WITHDRAW)
    for one in cases:
        _end(session, one.change, actor, state)
        _note(session, actor, one, Move.WITHDRAW, None)
    return change


def prepare(
    session: Session, *, actor: Actor, change_ref: str, note: str = "", evidence: str | None = None
) -> PurchaseChange:
    """Look at it as an officer and ask a checker to decide; what they will see is frozen.

    Spaces written off since it was asked go with it. Where the other side does not agree, ``note`` says why
    it is done all the same. What developer and household agree on counts as given back by the household,
    unless ``evidence`` says what shows that it cannot help it; None: nobody finds so. Raises NotFound,
    Conflict("change_unanswered") while there is time for an answer, ActedAtCounter for whoever asked or
    answered at the counter, DomainError at ``reason`` or ``evidence``.
    """
    opened = open_case(session, actor, change_ref)
    change = opened.cases[0].change
    after(actor.role, change.kind, change.state, Move.PREPARE)
    if change.state == State.ASKED and not change_queries.is_overdue(change, clock.now()):
        raise Conflict("change_unanswered")
    cases = [*opened.cases, *join(session, change, opened.others)]
    if evidence is not None and TERMS[Kind(change.kind)].agreed:
        whose.find_faultless([one.change for one in cases], evidence)
    _prepare(session, actor, cases, note=note if change.agrees else stated(note))
    return change


def refuse(
    session: Session, *, actor: Actor, change_ref: str, reason: str, seen: str | None = None
) -> PurchaseChange:
    """Refuse it, as an officer or, once it was prepared, as a checker: everything stays as it is.

    ``seen`` as in ``approve``. Raises NotFound, Conflict, Forbidden, SamePerson, DomainError at ``reason``.
    """
    cases = open_case(session, actor, change_ref).cases
    change, why = cases[0].change, stated(reason)
    state, was_prepared = after(actor.role, change.kind, change.state, Move.REFUSE), change.prepared_at
    for one in cases:
        one.change.ended_reason = why
        _end(session, one.change, actor, state)
        _note(session, actor, one, Move.REFUSE, why)
    for one in cases if was_prepared else ():
        approvals.decide(
            session,
            actor=actor,
            kind=CHANGE,
            subject_id=one.change.id,
            approve=False,
            reason=reason,
            seen=seen if one.change is change else None,
        )
    return change


def approve(session: Session, *, actor: Actor, change_ref: str, seen: str | None = None) -> PurchaseChange:
    """Approve it as a checker, exactly as it was prepared: the money moves, or the purchase is undone.

    ``seen``, as in ``approvals.decide``: what was asked of the purchase itself. Raises NotFound, Conflict,
    SamePerson for whoever prepared it, ActedAtCounter, Conflict("change_moved") when the sums are others by
    now, Conflict("space_stands") when a space beside it was written off since,
    Conflict("cash_bonus_paid_out") while a bonus in cash is paid.
    """
    opened = open_case(session, actor, change_ref)
    cases, change = opened.cases, opened.cases[0].change
    state, before = after(actor.role, change.kind, change.state, Move.APPROVE), _stands(cases[0])
    if opened.others:
        raise Conflict("space_stands")
    for one in cases:
        _demand_not_party(session, actor, one.change)
    expected = [_payload(session, one.change, one.redemption) for one in cases]
    reverses = TERMS[Kind(change.kind)].reverses
    if reverses:
        lock_money(session, cases)
        for one in reversed(cases):  # the home last: it leaves no space behind that is written off
            _undo(session, actor, one)
    else:
        _adjust(session, actor, change, cases[0].redemption)
    for one in cases:
        _end(session, one.change, actor, state)
    session.flush()
    _follow(session, actor, cases)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    if reverses and before is Buying.CHECKED:
        _reject_check(session, actor, change, cases[0].redemption)
    for one, payload in zip(cases, expected, strict=True):
        decision = approvals.decide(
            session,
            actor=actor,
            kind=CHANGE,
            subject_id=one.change.id,
            approve=True,
            seen=seen if one.change is change else None,
        )
        if decision.payload != payload:
            raise Conflict("change_moved")
    for one in cases:
        _tell_done(session, actor, one.change, one.redemption, before=before)
    return change


def _stands(case: Case) -> Buying:
    return Buying(case.redemption.state)


def _undo(session: Session, actor: Actor, case: Case) -> None:
    """Undo a purchase: its money goes back, its home is free."""
    redemption, before = case.redemption, _stands(case)
    spaces.demand_no_space(session, redemption)
    _reverse(session, actor, case.change, redemption, case.home)
    record.free_spaces(session, redemption)
    redemption.state = states.after(actor.role, before, Action.REVERSE)
    redemption.ended_at = redemption.ended_at or clock.now()


def _adjust(session: Session, actor: Actor, change: PurchaseChange, redemption: Redemption) -> None:
    """Leave the purchase written off at another price. Raises Conflict while a bonus in cash is paid."""
    then, now = _planned(session, change, redemption), present(session, redemption)
    pairs = list(zip(then.shares, now.shares, strict=True))
    lessened = [one.voucher_id for one, two in pairs if one.cash_fen < two.cash_fen]
    spending_less = [one.voucher_id for one, two in pairs if one.spent_fen < two.spent_fen]
    cash.demand_open(
        session,
        redemption,
        lessened,
        [*lessened, *spending_less],
        is_cheaper=then.price_fen < now.price_fen,
    )
    corrections.adjust(session, change, redemption, then)
    cash.drop_nothing_owed(session, actor=actor, redemption=redemption)
    if change.entry_id is not None:
        put_changed(session, actor, redemption, session.get_one(ContractEntry, change.entry_id))


def _follow(session: Session, actor: Actor, cases: Sequence[Case]) -> None:
    """Let what came back settle what was taken too much, then follow whose it is to their new vouchers.

    What two people are asked about stays for them; the hourly job lets the rest follow once that is over.
    """
    paying = {part.voucher_id: part.voucher for one in cases for part in one.redemption.allocations}
    claw_backs.settle(session, answering_for(session, paying))
    for voucher in paying.values():
        into = succession.follower(session, voucher)
        if into is None:
            estates.part_now(session, actor=actor, voucher=voucher)
        elif not into.is_moving and not has_open(session, voucher_id=voucher.id):
            succession.follow(session, actor=actor, voucher=voucher, into=into)


def _reject_check(session: Session, actor: Actor, change: PurchaseChange, redemption: Redemption) -> None:
    """Answer the check that waited for the purchase: there is nothing to verify any more."""
    approvals.decide(
        session, actor=actor, kind=VERIFY, subject_id=redemption.id, approve=False, reason=change.reason
    )


def _tell_done(
    session: Session, actor: Actor, change: PurchaseChange, redemption: Redemption, *, before: Buying
) -> None:
    """Put a change that was carried out on record, and tell who is to know."""
    reverses = TERMS[Kind(change.kind)].reverses
    record.note(
        session,
        actor,
        redemption,
        Action.REVERSE if reverses else Action.ADJUST,
        before=before,
        reason=change.reason,
        change_id=change.id,
        change_kind=change.kind,
        price_fen=change.price_fen,
    )
    change_telling.tell_done(session, change, redemption)
    if reverses:
        ended_unsold.publish(
            session,
            redemption_id=redemption.id,
            home_id=redemption.home_id,
            district_id=redemption.district_id,
        )


def foresee(session: Session, change: PurchaseChange, redemption: Redemption) -> dict[str, Any]:
    """Return the sums before and after, in fen: what was frozen, else what they would be now. Reads only."""
    return change.shown or _payload(session, change, redemption)


def _write(session: Session, actor: Actor, redemption: Redemption, wish: Wish) -> PurchaseChange:
    """Write down what is asked, with its papers. Raises as ``ask``, Conflict("change_open") among it."""
    terms = TERMS[wish.kind]
    waits = terms.answers is not None
    if not wish.papers and terms.asks is Role.DEVELOPER and wish.contract is None:
        raise DomainError("change_paper_missing", "papers")
    if (wish.kind is Kind.CONTRACT) != (wish.contract is not None):
        raise LookupError(f"{wish.kind} with or without a contract")
    entry = wish.contract and write_changed(session, actor, redemption, wish.contract)
    change = PurchaseChange(
        district_id=redemption.district_id,
        ref=new_ref("BG"),
        redemption_id=redemption.id,
        kind=wish.kind,
        state=State.ASKED if waits else State.ANSWERED,
        from_state=redemption.state,
        reason=stated(wish.reason),
        price_fen=None if terms.reverses else wishes.price_of(session, redemption, wish),
        area_m2=entry.area_m2 if entry else wish.area_m2,
        entry_id=entry.id if entry else None,
        source=wish.source,
        is_own=not terms.faultless,
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
        answer_by=clock.end_of_day(clock.add_working_days(clock.today(), ANSWER_WORKING_DAYS))
        if waits
        else None,
    )
    with unless_taken(session, "uq_purchase_changes_open", Conflict("change_open")):
        session.add(change)
    wishes.keep_papers(session, actor, change, wish.papers)
    return change


def _reverse(
    session: Session, actor: Actor, change: PurchaseChange, redemption: Redemption, home: Home
) -> None:
    """Let go of a purchase that is not written off, or give all of it back; the home is free."""
    if redemption.state == Buying.REDEEMED:
        cash.take_back(session, actor=actor, redemption=redemption)
        corrections.reverse(session, change, redemption)
    else:
        promises.lock(session, [redemption])
        promises.end(session, redemption.allocations, keep=False)
        payments.end(session, district_id=redemption.district_id, owner=top_up_owner(redemption.id))
    homes.take_home_back(session, home, to_pool=change.kind != Kind.CANCEL)


def _planned(session: Session, change: PurchaseChange, redemption: Redemption) -> Sums:
    """Return who pays what once an adjustment is carried out."""
    if change.price_fen is None:
        raise LookupError(f"change {change.ref} has no price")
    by_policy = planner(session, redemption)(change.price_fen)
    return at_price(present(session, redemption), change.price_fen, by_policy)


def _payload(session: Session, change: PurchaseChange, redemption: Redemption) -> dict[str, Any]:
    """Return what a checker is asked about a change: the sums before and after, in fen."""
    now = present(session, redemption)
    terms = TERMS[Kind(change.kind)]
    return {
        "schema": _SCHEMA,
        "redemption_id": redemption.id,
        "kind": change.kind,
        "state": redemption.state,
        "now": _plain(now),
        "then": None if terms.reverses else _plain(_planned(session, change, redemption)),
        "entry_id": change.entry_id,
        **whose.shown_of(change),
    }


def _plain(sums: Sums) -> dict[str, Any]:
    # A bonus in cash only where there is one: what was shown before there could be any reads as it did.
    shares = [
        {key: fen for key, fen in asdict(share).items() if fen or key != "cash_fen"} for share in sums.shares
    ]
    return {"price_fen": sums.price_fen, "top_up_fen": sums.top_up_fen, "shares": shares}


def _prepare(session: Session, actor: Actor, cases: Sequence[Case], *, note: str) -> None:
    """Freeze what a checker will see of each, and ask them."""
    for one in cases:
        _demand_not_party(session, actor, one.change)
        change, shown = one.change, _payload(session, one.change, one.redemption)
        change.state, change.note, change.shown = State.PREPARED, note.strip() or None, shown
        change.prepared_by_id, change.prepared_at = actor.user_id, clock.now()
        session.flush()
        approvals.request(session, actor=actor, kind=CHANGE, subject_id=change.id, payload=shown)
        _note(session, actor, one, Move.PREPARE, change.note)


def _demand_not_party(session: Session, actor: Actor, change: PurchaseChange) -> None:
    """Refuse whoever asked or answered for a side at the counter, or did a step of the purchase there."""
    own = {change.answered_by_id}
    if TERMS[Kind(change.kind)].answers is not None:
        own.add(change.asked_by_id)
    if actor.user_id in own or queries.has_acted_at_counter(
        session, redemption_id=change.redemption_id, user_id=actor.user_id
    ):
        raise ActedAtCounter


def _end(session: Session, change: PurchaseChange, actor: Actor, state: State) -> None:
    """End a change; a contract that was typed for it and does not hold is dropped."""
    if change.entry_id is not None and state is not State.DONE:
        session.get_one(ContractEntry, change.entry_id).state = "dropped"
    change.state, change.ended_by_id, change.ended_at = state, actor.user_id, clock.now()


def _note(session: Session, actor: Actor, case: Case, move: Move, reason: str | None) -> None:
    change = case.change
    record.note(
        session,
        actor,
        case.redemption,
        ACTION_OF[move],
        before=_stands(case),
        reason=reason,
        change_id=change.id,
        change_kind=change.kind,
        change_state=change.state,
    )
    change_telling.tell_step(session, change, case.redemption, move)
