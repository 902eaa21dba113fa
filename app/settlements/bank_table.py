"""What the bank is asked to pay of a batch: what waits for its answer, and nothing that was overtaken."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.settlements import batch_queries
from app.settlements import claim_queries as claims
from app.settlements.claims import changed_lines
from app.settlements.payment_models import PaymentBatch, SettlementPayment


def outdated(session: Session, payments: Iterable[SettlementPayment]) -> dict[int, str]:
    """Return the payments, by id, that the bank has not answered and is not to be asked for, and why not.

    ``overtaken``: a correction changed what is owed since; ``account``: the payee has another account by now.
    What the bank paid all the same is noted like any payment.
    """
    waiting = [one for one in payments if one.state == "sent"]
    if not waiting:
        return {}
    lines = claims.lines_of(session, [one.claim_id for one in waiting])
    changed = {
        line.claim_id for line in changed_lines(session, district_id=waiting[0].district_id, lines=lines)
    }
    found = {one.id: "overtaken" for one in waiting if one.claim_id in changed}
    accounts = claims.accounts_of(session, [one.claim for one in waiting])
    for one in waiting:
        if accounts[one.claim_id] != claims.Account(one.holder_name, one.bank, one.number):
            found.setdefault(one.id, "account")
    return found


def for_bank(session: Session, batch: PaymentBatch) -> list[SettlementPayment]:
    """Return the payments that the bank is to be asked for; what it answered is not asked for again.

    Raises Conflict for a batch that nobody released, and when nothing is left to ask for.
    """
    if batch.state != "released":
        raise Conflict("batch_not_released")
    payments = batch_queries.payments_of(session, batch)
    left_out = outdated(session, payments)
    found = [one for one in payments if one.state == "sent" and one.id not in left_out]
    if not found:
        raise Conflict("batch_nothing_left")
    return found
