"""What a receipt says of lines that were given up: what the bank paid all the same is noted, once."""

from datetime import date

from sqlalchemy.orm import Session

from app.ledger import bank
from app.redemptions import cash
from app.settlements import household_sums
from app.settlements import pay_list_queries as queries
from app.settlements.pay_list_models import PayLine
from app.vouchers import payouts
from app.vouchers.ending_models import VoucherEnding


def against(
    session: Session, line: PayLine, *, serial: str, paid_on: date | None
) -> tuple[str | None, str | None]:
    """Return what stands against noting that the bank paid a given-up line, and where its sum is instead.

    None: nothing else pays it, and it is as it was listed; ``done``: this payment is noted already, of the
    line's sum, or it came back; ``noted``: it is noted as one of another sum; ``twice``: another payment
    stands, whose number of the bank is returned; ``listed_anew``: it stands on another open list, whose
    reference is; ``closed``: another account was approved since, or none is.
    """
    owner = queries.owner_of(line)
    named = payouts.owner_of(owner) if isinstance(owner, VoucherEnding) else cash.owner_of(owner)
    standing = bank.find_standing(session, district_id=line.district_id, owner=named)
    if standing is not None and (standing.reference, standing.paid_on) == (serial, paid_on):
        return ("done" if owner.sent_fen == line.amount_fen else "noted"), None
    back = bank.list_returned(session, district_id=line.district_id, owner=named)
    if any((one.reference, one.paid_on) == (serial, paid_on) for one in back):
        return "done", None
    if standing is not None:
        return "twice", standing.reference
    if (anew := queries.find_listed(session, owner)) is not None:
        return "listed_anew", anew.pay_list.ref
    is_as_listed = owner.state == "approved" and (
        household_sums.approved_at(session, [owner]) == [line.approved_at]
    )
    return (None if is_as_listed else "closed"), None
