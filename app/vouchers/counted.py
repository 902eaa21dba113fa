"""What counts as a voucher's face, and as spent of it, wherever a policy asks which part is used."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.ledger.queries import balances
from app.ledger.rules import Balance
from app.policies.bands import Used
from app.policies.queries import policy_of
from app.vouchers import purchases
from app.vouchers.models import Voucher
from app.vouchers.purchases import InSmall


@dataclass(frozen=True, slots=True)
class Counted:
    """An issued voucher's money now, and what counts of it and of what it was before a move, in fen."""

    money: Balance
    used: Used
    small: InSmall | None
    """How it counts as those that it came of in small; None where the policy does not part that."""


def counted(session: Session, vouchers: Collection[Voucher]) -> dict[int, Counted]:
    """Return what counts of issued vouchers, by id; homes that are being bought are not spent yet.

    What came of a move counts what was spent before it, unless that came back to whom it was taken from:
    then it is neither spent nor of the face any more. Raises LookupError for one without an account.
    """
    money = balances(session, [voucher.account_id or 0 for voucher in vouchers])
    moved = [voucher.id for voucher in vouchers if voucher.move_id is not None]
    before = purchases.current().spent_before(session, moved)
    parts = [voucher.id for voucher in vouchers if voucher.id in moved and _parts(voucher)]
    smalls = purchases.current().parted(session, parts) if parts else {}
    found = {}
    for voucher in vouchers:
        own, small = money[voucher.account_id or 0], smalls.get(voucher.id)
        more_fen = before.get(voucher.id, 0) + (small.more_fen if small else 0)
        used = Used(own.received_fen + more_fen, own.spent_fen + more_fen)
        if small is not None:
            used = Used(used.face_fen, used.spent_fen, small.part, small.rest)
        found[voucher.id] = Counted(own, used, small)
    return found


def _parts(voucher: Voucher) -> bool:
    return policy_of(voucher.policy_version).splits.is_past_parted
