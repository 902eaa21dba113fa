"""The only writer of payments: approved claims in batches, out of one source each, and what came of them.

A batch waits for a second person (``releases``) before the bank hears of it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.ledger import bank
from app.ledger import service as ledger
from app.ledger.errors import InsufficientBalance
from app.ledger.rules import AccountKind
from app.redemptions.models import Redemption
from app.settlements import claim_queries as claims
from app.settlements import funds
from app.settlements.claims import changed
from app.settlements.money_models import FundSource, SettlementClaim
from app.settlements.offers import Payee
from app.settlements.payment_models import PaymentBatch, SettlementPayment
from app.settlements.telling import tell_developer

RELEASE: Final = "settlement.batch"
"""Kind of the approval: an officer makes a batch, a checker releases it."""
MOST_CLAIMS: Final = 100
_PAY: Final = "settlement.pay"
_DRAW: Final = "settlement.draw"
_PAY_BACK: Final = "settlement.pay.back"
_DRAW_BACK: Final = "settlement.draw.back"


def make(session: Session, *, actor: Actor, source_ref: str, claim_refs: Collection[str]) -> PaymentBatch:
    """Put approved claims into a batch as an officer: their sums are promised out of one source.

    Each goes to the account that its payee has now; a checker is asked to release them all. Raises
    Forbidden, also for whoever noted that a claim's last payment failed or came back, NotFound, DomainError
    at ``claims`` for none or too many, at ``source`` when it holds less, Conflict for a claim that is not
    approved, is being paid, is owed less by now, or has no account.
    """
    actor.demand(Role.OFFICER)
    if not 0 < len(claim_refs) <= MOST_CLAIMS:
        raise DomainError("batch_claims_bad", "claims", most=MOST_CLAIMS)
    source = funds.get_source(session, actor=actor, ref=source_ref)
    ids = [claims.get_claim(session, actor=actor, ref=ref).id for ref in set(claim_refs)]
    locked = lock_claims(session, ids)
    for claim in locked:
        _demand_payable(session, claim)
    if claims.undone_by(session, actor=actor, claims=locked):
        raise Forbidden("payment_same_person", "claims")
    batch = PaymentBatch(
        district_id=actor.district,
        ref=new_ref("BF"),
        source_id=source.id,
        count=len(locked),
        total_fen=sum(claim.total_fen for claim in locked),
        state="made",
        made_by_id=actor.user_id,
        made_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    ledger.lock_accounts(session, [source.account_id, *(claim.account_id or 0 for claim in locked)])
    payments = [_send(session, batch, source, claim) for claim in locked]
    approvals.request(
        session, actor=actor, kind=RELEASE, subject_id=batch.id, payload=payload_of(batch, payments)
    )
    note(session, actor, "make_batch", "payment_batch", batch.id)
    return batch


def payload_of(batch: PaymentBatch, payments: Sequence[SettlementPayment]) -> dict[str, Any]:
    """Return what a checker decides on, frozen: the source, and every sum with the account it goes to."""
    return {
        "schema": 1,
        "source_id": batch.source_id,
        "total_fen": batch.total_fen,
        "payments": [
            [one.ref, one.claim_id, one.amount_fen, one.holder_name, one.bank, one.number] for one in payments
        ],
    }


def lock_claims(session: Session, claim_ids: Collection[int]) -> list[SettlementClaim]:
    """Lock claims, and the purchases of their lines before them."""
    lines = claims.lines_of(session, claim_ids)
    locks.lock_rows(session, Redemption, {line.redemption_id for line in lines})
    return locks.lock_all(session, SettlementClaim, claim_ids)


def _demand_payable(session: Session, claim: SettlementClaim) -> None:
    if claim.state != "approved":
        raise Conflict(f"claim_{claim.state}")
    if claims.find_live_payment(session, claim) is not None:
        raise Conflict("claim_being_paid")
    if changed(session, claim, claims.lines_of(session, [claim.id])):
        raise Conflict("claim_overtaken", claim=claim.ref)


def _send(
    session: Session, batch: PaymentBatch, source: FundSource, claim: SettlementClaim
) -> SettlementPayment:
    account = claims.demand_account(
        session,
        district_id=claim.district_id,
        developer_id=claim.developer_id,
        payee=Payee(claim.development_id),
    )
    ref = new_ref("FK")
    fund_transfer_id, transfer_id = _promise(session, source, claim, ref)
    payment = SettlementPayment(
        district_id=claim.district_id,
        ref=ref,
        batch_id=batch.id,
        batch_state=batch.state,
        claim_id=claim.id,
        amount_fen=claim.total_fen,
        holder_name=account.holder_name,
        bank=account.bank,
        number=account.number,
        transfer_id=transfer_id,
        fund_transfer_id=fund_transfer_id,
        state="sent",
    )
    with unless_taken(session, "uq_settlement_payments_live", Conflict("claim_being_paid")):
        session.add(payment)
    return payment


def _promise(session: Session, source: FundSource, claim: SettlementClaim, ref: str) -> tuple[int, int]:
    """Promise a claim's sum out of its source and out of its own account; return both transfers' ids."""
    at_bank, funding = ledger.control_accounts(
        session, district_id=claim.district_id, kinds=(AccountKind.BANK, AccountKind.FUNDING)
    )

    def hold(code: str, debit_id: int, credit_id: int, refusal: DomainError) -> int:
        try:
            return ledger.hold(
                session,
                district_id=claim.district_id,
                debit_id=debit_id,
                credit_id=credit_id,
                amount_fen=claim.total_fen,
                code=code,
                key=f"{code}:{ref}",
            )
        except InsufficientBalance as error:
            raise refusal from error

    return (
        hold(_DRAW, source.account_id, funding, DomainError("fund_short", "source")),
        hold(_PAY, claim.account_id or 0, at_bank, Conflict("claim_being_paid")),
    )


def take(session: Session, actor: Actor, payment_refs: Collection[str]) -> list[SettlementPayment]:
    """Return payments of the actor's district in their order, their claims locked. Raises NotFound."""
    wanted = select(SettlementPayment).where(
        SettlementPayment.ref.in_(payment_refs), SettlementPayment.district_id == actor.district
    )
    found = session.scalars(wanted.order_by(SettlementPayment.id)).all()
    if len(found) != len(set(payment_refs)):
        raise NotFound("payment_gone")
    locks.lock_all(session, SettlementClaim, [one.claim_id for one in found])
    for one in found:
        session.refresh(one)
    return list(found)


def lock_accounts(session: Session, payments: Sequence[SettlementPayment]) -> None:
    """Lock the accounts that several payments move, together. Their claims are locked."""
    claim_ids = [one.claim_id for one in payments]
    own = select(SettlementClaim.account_id).where(SettlementClaim.id.in_(claim_ids))
    source = (
        select(FundSource.account_id)
        .join(PaymentBatch, PaymentBatch.source_id == FundSource.id)
        .where(PaymentBatch.id.in_([one.batch_id for one in payments]))
    )
    accounts = [*session.scalars(own), *session.scalars(source)]
    ledger.lock_accounts(session, [one for one in accounts if one is not None])


def note_paid(
    session: Session, *, actor: Actor, payment: SettlementPayment, reference: str, paid_on: date
) -> None:
    """Note what the bank paid; its claim is locked.

    Raises Conflict when the bank had answered before, or was not asked; DomainError at ``paid_on`` for a day
    before the batch was released or to come, at ``reference`` for one of any payment of the district.
    """
    actor.demand(Role.OFFICER)
    released_at = _demand_sent(session, payment)
    tidy = bank.tidy_reference(reference, field="reference")
    if not clock.legal_day(released_at) <= paid_on <= clock.today():
        raise DomainError("paid_on_bad", "paid_on")
    posted = ledger.post(session, transfer_id=payment.transfer_id, key=f"{_PAY}.end:{payment.ref}")
    ledger.post(session, transfer_id=payment.fund_transfer_id, key=f"{_DRAW}.end:{payment.ref}")
    bank.note_payment(
        session,
        actor=actor,
        owner=owner_of(payment),
        transfer_id=posted,
        reference=tidy,
        paid_on=paid_on,
        field="reference",
    )
    payment.state, payment.paid_on, payment.bank_reference = "paid", paid_on, tidy
    claim = session.get_one(SettlementClaim, payment.claim_id)
    claim.state = "paid"
    note(session, actor, "pay", "settlement_payment", payment.id)
    tell_developer(session, claim, "paid", event=f"settlement.paid:{payment.id}")


def note_failed(session: Session, *, actor: Actor, payment: SettlementPayment, reason: str) -> None:
    """Note that the bank did not pay, or was not asked to: the claim may be paid anew. Its claim is locked.

    Raises Conflict when the bank had answered before, or the batch waits for its second person, who sends it
    back; DomainError at ``reason`` without one.
    """
    actor.demand(Role.OFFICER)
    _demand_sent(session, payment)
    drop(session, actor=actor, payment=payment, why=stated(reason))


def drop(session: Session, *, actor: Actor, payment: SettlementPayment, why: str) -> None:
    """Let go of what a payment promised, out of its source and its claim. Its claim is locked."""
    ledger.void(session, transfer_id=payment.transfer_id, key=f"{_PAY}.end:{payment.ref}")
    ledger.void(session, transfer_id=payment.fund_transfer_id, key=f"{_DRAW}.end:{payment.ref}")
    payment.state, payment.reason = "failed", why
    payment.undone_by_id = actor.user_id
    note(session, actor, "fail", "settlement_payment", payment.id)


def note_returned(
    session: Session, *, actor: Actor, payment_ref: str, reference: str, returned_on: date, reason: str
) -> SettlementPayment:
    """Note as an officer that the bank sent a payment back: it is owed again, and its source has it again.

    Raises NotFound, Conflict when it is not paid, DomainError as ``bank.note_return``. Interest that it bore
    and that was claimed is overtaken.
    """
    actor.demand(Role.OFFICER)
    (payment,) = take(session, actor, [payment_ref])
    if payment.state != "paid":
        raise Conflict("payment_not_paid")
    noted = bank.find_standing(session, district_id=payment.district_id, owner=owner_of(payment))
    if noted is None:
        raise LookupError(f"payment {payment.ref} is paid without a bank's payment")
    claim = session.get_one(SettlementClaim, payment.claim_id)
    source = session.get_one(PaymentBatch, payment.batch_id).source
    lock_accounts(session, [payment])
    back = _restore(session, payment, claim, source)
    bank.note_return(
        session,
        actor=actor,
        payment=noted,
        reference=reference,
        returned_on=returned_on,
        reason=reason,
        transfer_id=back,
    )
    payment.state, payment.reason, claim.state = "returned", reason.strip(), "approved"
    payment.undone_by_id = actor.user_id
    note(session, actor, "return", "settlement_payment", payment.id)
    event = f"settlement.returned:{payment.id}"
    tell_developer(session, claim, "returned", event=event, reason=payment.reason)
    return payment


def _restore(session: Session, payment: SettlementPayment, claim: SettlementClaim, source: FundSource) -> int:
    """Move what came back to the claim's account, and to its source; return the first transfer's id."""
    at_bank, funding = ledger.control_accounts(
        session, district_id=payment.district_id, kinds=(AccountKind.BANK, AccountKind.FUNDING)
    )

    def move(code: str, debit_id: int, credit_id: int) -> int:
        return ledger.transfer(
            session,
            district_id=payment.district_id,
            debit_id=debit_id,
            credit_id=credit_id,
            amount_fen=payment.amount_fen,
            code=code,
            key=f"{code}:{payment.ref}",
        )

    move(_DRAW_BACK, funding, source.account_id)
    return move(_PAY_BACK, at_bank, claim.account_id or 0)


def fail(session: Session, *, actor: Actor, payment_ref: str, reason: str) -> SettlementPayment:
    """Note as an officer that one payment was not made. Raises NotFound, and as ``note_failed``."""
    (payment,) = take(session, actor, [payment_ref])
    lock_accounts(session, [payment])
    note_failed(session, actor=actor, payment=payment, reason=reason)
    return payment


def owner_of(payment: SettlementPayment) -> str:
    """Return what the bank's payments say a payment is."""
    return f"settlement:{payment.id}"


def _demand_sent(session: Session, payment: SettlementPayment) -> datetime:
    """Return since when the bank may be asked for a payment that it has not answered."""
    if payment.state != "sent":
        raise Conflict("payment_answered")
    batch = session.get_one(PaymentBatch, payment.batch_id)
    if batch.state != "released" or batch.decided_at is None:
        raise Conflict("batch_not_released")
    return batch.decided_at


def note(session: Session, actor: Actor, verb: str, object_type: str, object_id: int) -> None:
    """Put on record what was done to a batch or a payment."""
    session.flush()
    audit.record(
        session, actor=actor, action=f"settlements.{verb}", object_type=object_type, object_id=object_id
    )
