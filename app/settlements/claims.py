"""The only writer of developers' claims: submitted, checked, approved by a second person, or refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.documents import service as documents
from app.documents.rules import Upload
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.payments.account_telling import FINANCE
from app.redemptions.models import Redemption
from app.settlements import claim_queries as queries
from app.settlements.money_models import SettlementClaim, SettlementLine
from app.settlements.offers import Offer, Payee, claimable, deductions, offers_of
from app.settlements.rules import LineKind
from app.settlements.shares import Scope, Share, list_shares
from app.settlements.telling import tell_developer

APPROVE: Final = "settlement.claim"
"""Kind of the approval: an officer asks, a checker decides."""
MOST_LINES: Final = 100
"""The most parts of one claim, deductions apart: what a person can check."""
_ACCEPT: Final = "settlement.accept"
_INTEREST: Final = "settlement.interest"
_DEDUCT: Final = "settlement.deduct"
_RECALL: Final = "settlement.recall"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a developer claims: for whom, which offers (their keys), and the paper that asks for it."""

    district_id: int
    payee: Payee
    keys: Collection[str]
    paper: Upload


def submit(session: Session, *, actor: Actor, asked: Asked) -> SettlementClaim:
    """Claim as a developer's manager or finance parts that fell due, less what the company owes back.

    Raises Forbidden for anybody else, Conflict when the payee has no account, when another claim took a part,
    when more is owed back than claimed; DomainError at ``lines`` for none, too many, or what is not on offer,
    and what ``documents`` refuses of the paper at ``file``.
    """
    if actor.role is not Role.DEVELOPER or actor.duty not in FINANCE:
        raise Forbidden("wrong_role")
    if not 0 < len(asked.keys) <= MOST_LINES:
        raise DomainError("claim_lines_bad", "lines", most=MOST_LINES)
    queries.demand_account(
        session, district_id=asked.district_id, developer_id=actor.organisation, payee=asked.payee
    )
    moment = clock.now()
    today = clock.legal_day(moment)
    chosen = _choose(session, actor, asked, today)
    total_fen = sum(one.amount_fen for one in chosen)
    if total_fen <= 0:
        raise Conflict("claim_nothing_left", back_fen=-total_fen)
    claim = SettlementClaim(
        district_id=asked.district_id,
        ref=new_ref("BK"),
        developer_id=actor.organisation,
        payee=asked.payee.kind,
        development_id=asked.payee.development_id,
        state="submitted",
        total_fen=total_fen,
        submitted_by_id=actor.user_id,
        submitted_at=moment,
    )
    session.add(claim)
    session.flush()
    _write(session, claim, chosen, today)
    documents.keep_paper(session, actor=actor, owner=queries.owner_of(claim), paper=asked.paper)
    _note(session, actor, claim, "submit")
    return claim


def _choose(session: Session, actor: Actor, asked: Asked, today: date) -> list[Offer]:
    """Return the offers that a claim of today takes, under the locks of their purchases."""
    whole = Scope(asked.district_id, developer_id=actor.organisation)
    offers = offers_of(list_shares(session, whole, today=today))
    wanted = [one for one in claimable(offers, asked.payee) if one.key in asked.keys]
    if len(wanted) != len(set(asked.keys)):
        raise DomainError("claim_lines_changed", "lines")
    concerned = {one.share.redemption_id for one in (*wanted, *deductions(offers))}
    locks.lock_rows(session, Redemption, concerned)
    # Read again: whoever held a purchase may have claimed or corrected it.
    again = Scope(asked.district_id, redemption_ids=concerned)
    now = offers_of(list_shares(session, again, today=today))
    chosen = [one for one in claimable(now, asked.payee) if one.key in asked.keys]
    if len(chosen) != len(wanted):
        raise DomainError("claim_lines_changed", "lines")
    return [*chosen, *deductions(now)]


def _write(session: Session, claim: SettlementClaim, chosen: Sequence[Offer], today: date) -> None:
    for one in chosen:
        session.add(
            SettlementLine(
                district_id=claim.district_id,
                claim_id=claim.id,
                redemption_id=one.share.redemption_id,
                voucher_id=one.share.voucher_id,
                kind=one.kind,
                place=one.part.place,
                turn=one.turn,
                event=one.part.tranche.event,
                due_on=one.due_on,
                owed_fen=one.share.owed_fen,
                upto_fen=one.upto_fen,
                before_fen=one.before_fen,
                amount_fen=one.amount_fen,
                rule=one.shown(applied_on=today),
                stands=True,
            )
        )
    with unless_taken(session, "uq_settlement_lines_turn", Conflict("claim_lines_taken")):
        session.flush()


def check(session: Session, *, actor: Actor, ref: str) -> SettlementClaim:
    """Say as an officer that a claim is right, and ask a checker. Raises NotFound, Forbidden, Conflict."""
    actor.demand(Role.OFFICER)
    claim, lines = take(session, actor, ref)
    _demand_state(claim, "submitted")
    _demand_unchanged(session, claim, lines)
    claim.state, claim.checked_by_id, claim.checked_at = "checked", actor.user_id, clock.now()
    approvals.request(
        session, actor=actor, kind=APPROVE, subject_id=claim.id, payload=payload_of(claim, lines)
    )
    _note(session, actor, claim, "check")
    return claim


def approve(session: Session, *, actor: Actor, ref: str, seen: str | None = None) -> SettlementClaim:
    """Accept a claim as a checker: what it comes to leaves what the developer is owed, and may be paid.

    ``seen`` as in ``approvals.decide``. Raises NotFound, Forbidden, SamePerson, Conflict when what is owed
    changed since.
    """
    actor.demand(Role.CHECKER)
    claim, lines = take(session, actor, ref)
    _demand_state(claim, "checked")
    _demand_unchanged(session, claim, lines)
    account = ledger.open_account(
        session, district_id=claim.district_id, kind=AccountKind.CLAIM, owner=f"claim:{claim.ref}"
    )
    claim.account_id = account.id
    # What is deducted leaves the claim's account, so it comes last.
    for line in sorted(lines, key=lambda one: -one.amount_fen):
        line.transfer_id = _accept(session, account.id, line)
    claim.state, claim.approved_by_id, claim.approved_at = "approved", actor.user_id, clock.now()
    decision = approvals.decide(
        session, actor=actor, kind=APPROVE, subject_id=claim.id, approve=True, seen=seen
    )
    if decision.payload != payload_of(claim, lines):
        raise Conflict("claim_changed")
    _note(session, actor, claim, "approve")
    return claim


def refuse(
    session: Session, *, actor: Actor, ref: str, reason: str, seen: str | None = None
) -> SettlementClaim:
    """Refuse a claim: an officer before it is checked, a checker afterwards, also one that was approved.

    What was accepted is owed again, and may be claimed anew. ``seen`` as in ``approve``. Raises NotFound,
    Forbidden, SamePerson, Conflict while a payment is under way or was made, or when a later claim builds on
    it; DomainError at ``reason``.
    """
    claim, lines = take(session, actor, ref)
    before = claim.state
    actor.demand(Role.OFFICER if before == "submitted" else Role.CHECKER)
    _demand_state(claim, "submitted", "checked", "approved")
    if queries.find_live_payment(session, claim) is not None:
        raise Conflict("claim_being_paid")
    # Interest on a payment that came back stands on it, unless a correction left nobody who may pay it anew:
    # then it counts for what is claimed instead.
    if queries.has_later_lines(session, claim, or_interest=not changed(session, claim, lines)):
        raise Conflict("claim_followed")
    why = stated(reason)
    if before == "approved":
        for line in sorted(lines, key=lambda one: one.amount_fen):
            line.back_transfer_id = _take_back(session, claim, line)
    for line in lines:
        line.stands = False
    claim.state, claim.reason = "refused", why
    session.flush()
    if before == "checked":
        approvals.decide(
            session, actor=actor, kind=APPROVE, subject_id=claim.id, approve=False, reason=reason, seen=seen
        )
    _note(session, actor, claim, "refuse")
    tell_developer(session, claim, "refused", event=f"settlement.refused:{claim.id}", reason=why)
    return claim


def take(session: Session, actor: Actor, ref: str) -> tuple[SettlementClaim, list[SettlementLine]]:
    """Return a claim that the actor may see with its lines, their purchases locked before it.

    Raises NotFound.
    """
    found = queries.get_claim(session, actor=actor, ref=ref)
    lines = queries.lines_of(session, [found.id])
    locks.lock_rows(session, Redemption, {line.redemption_id for line in lines})
    claim = locks.lock(session, SettlementClaim, found.id)
    for line in lines:
        session.refresh(line)
    return claim, lines


def payload_of(claim: SettlementClaim, lines: Sequence[SettlementLine]) -> dict[str, Any]:
    """Return what officer and checker decide on, frozen."""
    return {
        "schema": 1,
        "total_fen": claim.total_fen,
        "payee": claim.payee,
        "development_id": claim.development_id,
        "lines": [[line.id, line.upto_fen, line.before_fen, line.owed_fen] for line in lines],
    }


def changed(
    session: Session, claim: SettlementClaim, lines: Sequence[SettlementLine]
) -> list[SettlementLine]:
    """Return the lines whose share is no longer owed what it was when they were claimed."""
    return changed_lines(session, district_id=claim.district_id, lines=lines)


def changed_lines(
    session: Session, *, district_id: int, lines: Sequence[SettlementLine]
) -> list[SettlementLine]:
    """Return the same of lines of any claims of a district, whose shares are read together."""
    ids = {line.redemption_id for line in lines}
    shares = list_shares(session, Scope(district_id, redemption_ids=ids))
    owed: dict[tuple[int, int], Share] = {share.key: share for share in shares}
    return [line for line in lines if _differs(owed.get((line.redemption_id, line.voucher_id)), line)]


def _differs(share: Share | None, line: SettlementLine) -> bool:
    if share is None or line.place >= len(share.parts):
        return True
    part = share.parts[line.place]
    if line.kind == LineKind.INTEREST:
        return part.interest_fen != line.upto_fen
    return share.owed_fen != line.owed_fen or part.amount_fen != line.upto_fen


def _demand_unchanged(session: Session, claim: SettlementClaim, lines: Sequence[SettlementLine]) -> None:
    if changed(session, claim, lines):
        raise Conflict("claim_changed")


def _accept(session: Session, account_id: int, line: SettlementLine) -> int:
    payable, interest = _controls(session, line.district_id)
    is_interest = line.kind == LineKind.INTEREST
    source = interest if is_interest else payable
    if line.amount_fen < 0:
        return _move(session, line, _DEDUCT, account_id, source)
    return _move(session, line, _INTEREST if is_interest else _ACCEPT, source, account_id)


def _take_back(session: Session, claim: SettlementClaim, line: SettlementLine) -> int:
    payable, interest = _controls(session, line.district_id)
    account_id = claim.account_id or 0
    source = interest if line.kind == LineKind.INTEREST else payable
    if line.amount_fen < 0:
        return _move(session, line, _RECALL, source, account_id)
    return _move(session, line, _RECALL, account_id, source)


def _controls(session: Session, district_id: int) -> list[int]:
    kinds = (AccountKind.DEVELOPER_PAYABLE, AccountKind.LATE_INTEREST)
    return ledger.control_accounts(session, district_id=district_id, kinds=kinds)


def _move(session: Session, line: SettlementLine, code: str, debit_id: int, credit_id: int) -> int:
    return ledger.transfer(
        session,
        district_id=line.district_id,
        debit_id=debit_id,
        credit_id=credit_id,
        amount_fen=abs(line.amount_fen),
        code=code,
        key=f"{code}:{line.id}",
    )


def _demand_state(claim: SettlementClaim, *states: str) -> None:
    if claim.state not in states:
        raise Conflict(f"claim_{claim.state}")


def _note(session: Session, actor: Actor, claim: SettlementClaim, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"settlements.{verb}_claim",
        object_type="settlement_claim",
        object_id=claim.id,
        total_fen=claim.total_fen,
    )
