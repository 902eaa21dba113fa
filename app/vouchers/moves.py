"""The only writer of moves: a household asks, the other consents, an officer prepares, a checker decides.

What an approved move does to vouchers and their money is ``succession``.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.sealing import blind_indexes
from app.documents import service as documents
from app.documents.queries import Owner
from app.documents.rules import Upload
from app.projects import helping_acts, takers
from app.projects.rules import tidy_id
from app.vouchers import joining, move_outlooks, parties, succession, telling
from app.vouchers import move_queries as queries
from app.vouchers import move_states as states
from app.vouchers.models import Voucher
from app.vouchers.move_models import OTHER_NUMBER, MoveOwner, MovePart, VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_rules import Made, Wish, digest, read_held, read_made, read_wish
from app.vouchers.move_states import Action, Kind, State
from app.vouchers.parties import Other

MOVE: Final = "voucher.move"
"""Kind of the approval: an officer asks, a checker decides."""
_PAYLOAD_SCHEMA: Final = 1


def ask(
    session: Session,
    *,
    actor: Actor,
    wish: Wish,
    other: Other | None,
    seen: str,
    owners: Sequence[Other] = (),
) -> VoucherMove:
    """Ask to transfer, split or merge the acting household's vouchers; until it is decided they buy nothing.

    ``owners`` are the holders of the wish's ``joins``, in their order. ``seen`` is the mark of what the page
    showed. Raises NotFound for somebody else's voucher; Conflict with what stands against it
    (``Outlook.block``), Conflict("move_changed") when it is another outcome by now; DomainError at the field
    where something that the policy asks for is missing or wrong.
    """
    states.demand(actor.role, Action.ASK)
    helping_acts.demand_agreed(actor=actor)
    joined = joining.find(session, actor=actor, joins=wish.joins, owners=owners)
    vouchers = joining.lock_named(session, actor, wish, joined)
    now = move_outlooks.outlook(session, vouchers, wish)
    if now.block:
        raise Conflict(now.block)
    parties.demand_said(now, other)
    if now.mark != seen:
        raise Conflict("move_changed")
    move = write(session, actor, vouchers[0], now, other)
    if joined:
        joining.name_owners(session, move, wish.joins, joined)
        move = queries.get_move(session, actor=actor, ref=move.ref)
    note(session, actor, move, Action.ASK)
    return move


def consent(session: Session, *, actor: Actor, move_ref: str, seen: str) -> VoucherMove:
    """Consent as the household that takes a voucher over, or whose is merged; ``seen`` as in ``ask``.

    Raises NotFound, Forbidden for the household that asked, and for whoever pressed for it; Conflict, for a
    merge also where it would come to something else by now.
    """
    helping_acts.demand_agreed(actor=actor)
    move, vouchers = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.CONSENT)
    owner = _demand_other(move, actor)
    if digest(move.shown) != seen:
        raise Conflict("move_changed")
    _agree(session, move, vouchers, actor, after, owner)
    note(session, actor, move, Action.CONSENT)
    return move


def witness(session: Session, *, actor: Actor, move_ref: str, other: Other) -> VoucherMove:
    """Note as an officer that the other party, who holds no voucher yet, or an owner, signed at the counter.

    ``other`` is what their ID card says. Raises NotFound, Conflict when it is a household's to consent,
    Forbidden for the clerk who asked, DomainError at ``id_number`` for another person's card.
    """
    move, vouchers = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.WITNESS)
    if move.other_household_id is not None:
        raise Conflict("move_others_own")
    _demand_not_asker(move, actor)
    signed = next((one for one in move.owners if joining.is_holder(session, one.household_id, other)), None)
    known = blind_indexes(tidy_id(other.id_number), purpose=OTHER_NUMBER.purpose)
    if signed is None and (other.name.strip() != move.other_name or move.other_index not in known):
        raise DomainError("move_other_person", "id_number")
    _agree(session, move, vouchers, actor, after, signed)
    note(session, actor, move, Action.WITNESS)
    return move


def decline(session: Session, *, actor: Actor, move_ref: str) -> VoucherMove:
    """Say as the other party that it does not want the voucher. Raises as ``consent``."""
    helping_acts.demand_agreed(actor=actor)
    move, _ = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.DECLINE)
    _demand_other(move, actor)
    return drop(session, actor, move, after, Action.DECLINE)


def withdraw(session: Session, *, actor: Actor, move_ref: str) -> VoucherMove:
    """Take a wish back before an officer prepared it; an owner, too, may take its word back till then.

    Raises NotFound, Forbidden for the other party, Conflict once it stands elsewhere.
    """
    helping_acts.demand_agreed(actor=actor)
    move, _ = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.WITHDRAW)
    agreed = {owner.household_id for owner in move.owners if owner.consented_at is not None}
    if actor.household not in {move.household_id, *agreed} or move.kind == Kind.INHERIT:
        raise Forbidden("move_not_yours")
    return drop(session, actor, move, after, Action.WITHDRAW)


def refuse(session: Session, *, actor: Actor, move_ref: str, reason: str) -> VoucherMove:
    """Refuse a wish as an officer, with the reason. Raises NotFound, Conflict, DomainError at ``reason``."""
    move, _ = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.REFUSE)
    move.reason = stated(reason)
    return drop(session, actor, move, after, Action.REFUSE)


def prepare(
    session: Session, *, actor: Actor, move_ref: str, evidence: str, papers: Sequence[Upload]
) -> VoucherMove:
    """Look at the papers as an officer, and ask a checker to approve.

    ``evidence`` says which papers, ``papers`` are their scans, added to those of an earlier look. Raises
    NotFound, Conflict with what stands against it by now, Forbidden for the clerk who asked for it at the
    counter, DomainError at ``evidence`` or ``paper_1`` without, and for files that will not do.
    """
    move, vouchers = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.PREPARE)
    if move.kind != Kind.INHERIT:
        _demand_not_asker(move, actor)
    if not evidence.strip():
        raise DomainError("evidence_missing", "evidence")
    owner = owner_of(move)
    if not documents.keep_looked_at(session, actor=actor, owner=owner, papers=papers, field="paper_1"):
        raise DomainError("move_papers_missing", "paper_1")
    _demand_same(session, move, vouchers)
    move.state, move.evidence, move.reason = after, evidence.strip(), None
    session.flush()
    approvals.request(session, actor=actor, kind=MOVE, subject_id=move.id, payload=_payload(move))
    note(session, actor, move, Action.PREPARE)
    return move


def approve(
    session: Session, *, actor: Actor, move_ref: str, on: date | None = None, seen: str | None = None
) -> VoucherMove:
    """Carry a move out as a checker, exactly as it was shown: the vouchers end, new ones stand for them.

    ``on``, for an inheritance: the day for which its terms were shown, because they may grow from day to day.
    ``seen`` as in ``approvals.decide``. Raises NotFound, Conflict with what stands against it by now,
    SamePerson for whoever prepared it, Forbidden for whoever pressed for either party.
    """
    if parties.enters_somebody(queries.get_move(session, actor=actor, ref=move_ref)):
        takers.hold(session, district_id=actor.district)
    move, vouchers = take(session, actor, move_ref)
    after = states.after(actor.role, move.state, Action.APPROVE)
    _demand_not_asker(move, actor)
    if actor.user_id in {move.consented_by_id, *(owner.consented_by_id for owner in move.owners)} - {None}:
        raise Forbidden("move_own_counter")
    _demand_same(session, move, vouchers)
    mades = _due(session, actor, move, vouchers, on)
    move.state, move.ended_at = after, clock.now()
    if on is not None and clock.legal_day(move.ended_at) != on:
        raise Conflict("move_changed")  # asked last: no midnight comes between the terms and their day
    session.flush()
    new = succession.carry_out(session, actor=actor, move=move, vouchers=vouchers, mades=mades)
    for heir, voucher in zip(move.heirs, new, strict=False):
        telling.tell_heir(session, move, heir, voucher)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    asked = approvals.decide(session, actor=actor, kind=MOVE, subject_id=move.id, approve=True, seen=seen)
    if asked.payload != _payload(move):
        raise Conflict("move_changed")
    note(session, actor, move, Action.APPROVE)
    return move


def send_back(
    session: Session, *, actor: Actor, move_ref: str, reason: str, seen: str | None = None
) -> VoucherMove:
    """Return a move to the officer as a checker, with the reason. Raises as ``approve``, at ``reason``."""
    move, _ = take(session, actor, move_ref)
    move.state = states.after(actor.role, move.state, Action.SEND_BACK)
    why = stated(reason)
    approvals.decide(
        session, actor=actor, kind=MOVE, subject_id=move.id, approve=False, reason=why, seen=seen
    )
    move.reason = why
    session.flush()
    note(session, actor, move, Action.SEND_BACK)
    return move


def take(session: Session, actor: Actor, ref: str) -> tuple[VoucherMove, list[Voucher]]:
    """Return a move that the actor may see, and its vouchers, as they are under the locks of the vouchers."""
    found = queries.get_move(session, actor=actor, ref=ref)
    vouchers = locks.lock_all(session, Voucher, [part.voucher_id for part in found.parts])
    return queries.get_move(session, actor=actor, ref=ref), vouchers


def owner_of(move: VoucherMove) -> Owner:
    """Return what the documents say a move is."""
    return Owner("voucher_move", move.id)


def write(
    session: Session, actor: Actor, voucher: Voucher, now: Outlook, other: Other | None = None
) -> VoucherMove:
    """Write a wish down as it was shown: its vouchers buy nothing. Raises Conflict("move_open")."""
    wish = now.wish
    move = VoucherMove(
        district_id=voucher.district_id,
        ref=ids.new_ref("HF"),
        kind=wish.kind,
        state=State.ASKED if wish.needs_consent else State.READY,
        household_id=voucher.household_id,
        is_divorce=wish.is_divorce,
        residents=wish.residents,
        other_homes_m2=wish.other_homes_m2,
        shown=now.shown,
        asked_at=clock.now(),
        asked_by_id=actor.user_id,
        visit_id=actor.visit_id,
    )
    if wish.has_other and other is not None:
        parties.name_other(session, move, other, wish)
    with unless_taken(session, "uq_voucher_move_parts_open", Conflict("move_open")):
        session.add(move)
        session.flush()
        session.add_all(
            MovePart(
                move_id=move.id,
                voucher_id=one.id,
                district_id=move.district_id,
                left_fen=one.left_fen,
                is_taken=one.ref in wish.own_refs,
            )
            for one in now.held
        )
    _mark(session, move, is_moving=True)
    return queries.get_move(session, actor=actor, ref=move.ref)


def _due(
    session: Session, actor: Actor, move: VoucherMove, vouchers: list[Voucher], on: date | None
) -> list[tuple[Made, int]]:
    """Return what a move makes, each voucher with the household that gets it."""
    if move.kind == Kind.INHERIT:
        return parties.settle(session, actor, move, vouchers[0], on)
    if move.other_name is not None:
        move.other_household_id = parties.holder(session, actor, move).id
    return [
        (one, (move.other_household_id or 0) if one.is_others else move.household_id)
        for one in read_made(move.shown)
    ]


def _agree(
    session: Session,
    move: VoucherMove,
    vouchers: list[Voucher],
    actor: Actor,
    after: State,
    owner: MoveOwner | None,
) -> None:
    """Note a consent: of the other party, or of an owner, the last of whom makes the move ready."""
    if owner is None:
        move.state, move.consented_at = after, clock.now()
        move.consented_by_id, move.consent_visit_id = actor.user_id, actor.visit_id
    else:
        _demand_same(session, move, vouchers)
        if joining.agree(session, actor=actor, move=move, owner=owner):
            move.state = after
    session.flush()


def _demand_other(move: VoucherMove, actor: Actor) -> MoveOwner | None:
    """Let only the other party's own side answer, and nobody who pressed for those who ask.

    Returns the owner in a merge whose side it is.
    """
    owner = joining.owner_of(move, actor.household)
    if owner is None and move.other_household_id != actor.household:
        raise Forbidden("move_not_others")
    _demand_not_asker(move, actor)
    return owner


def _demand_not_asker(move: VoucherMove, actor: Actor) -> None:
    if move.asked_by_id is not None and move.asked_by_id == actor.user_id:
        raise Forbidden("move_own_counter")


def _demand_same(session: Session, move: VoucherMove, vouchers: list[Voucher]) -> None:
    """Have a move come to what was shown, with nothing against it. Raises Conflict."""
    by_ref = {voucher.ref: voucher for voucher in vouchers}
    wish = read_wish(move.shown)
    asked_on = clock.legal_day(move.asked_at)
    now = move_outlooks.outlook(session, [by_ref[ref] for ref in wish.refs], wish, own_move=True, on=asked_on)
    if now.block:
        raise Conflict(now.block)
    if (list(now.held), list(now.made)) != (read_held(move.shown), read_made(move.shown)):
        raise Conflict("move_changed")


def drop(
    session: Session, actor: Actor, move: VoucherMove, after: State, action: Action | str
) -> VoucherMove:
    """End a wish without anything having happened: its vouchers can be used again."""
    move.state, move.ended_at = after, clock.now()
    session.flush()
    parts = update(MovePart).where(MovePart.move_id == move.id)
    session.execute(parts.values(dropped_at=clock.now()))
    _mark(session, move, is_moving=False)
    note(session, actor, move, action)
    return move


def _mark(session: Session, move: VoucherMove, *, is_moving: bool) -> None:
    taken = select(MovePart.voucher_id).where(MovePart.move_id == move.id, MovePart.is_taken)
    session.execute(update(Voucher).where(Voucher.id.in_(taken)).values(is_moving=is_moving))


def _payload(move: VoucherMove) -> dict[str, Any]:
    """Return what a checker is asked about a move, frozen."""
    return {
        "schema": _PAYLOAD_SCHEMA,
        "kind": move.kind,
        "household_id": move.household_id,
        "evidence": move.evidence,
        "sha256": digest(move.shown),
    }


def note(session: Session, actor: Actor, move: VoucherMove, action: Action | str) -> None:
    """Put a step of a move on record, and tell who is to know."""
    audit.record(
        session,
        actor=actor,
        action=f"move.{action}",
        object_type="voucher_move",
        object_id=move.id,
        household_id=move.household_id,
        other_household_id=move.other_household_id or 0,
        left_fen=sum(part.left_fen for part in move.parts),
    )
    telling.tell_move(session, move, action, by=actor.household if actor.role == Role.HOUSEHOLD else None)
