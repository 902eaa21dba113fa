"""How a purchase's money goes back after the write-off, in the ledger and beside it: nothing is ever changed.

Whoever calls holds the locks of home, vouchers and purchase.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.payments import service as payments
from app.redemptions import contracts, promises, snapshot
from app.redemptions.change_models import ChangePart, PurchaseChange
from app.redemptions.changing import Share, Sums
from app.redemptions.models import Allocation, Redemption
from app.redemptions.recompute import present
from app.redemptions.rules import common_kinds, top_up_owner
from app.vouchers.models import Voucher
from app.vouchers.move_queries import touched_by

BACK: Final = "redemption.back"
BONUS_BACK: Final = "redemption.bonus_back"
"""Codes of the transfers: what goes from what the developer is owed back into a voucher, and to the bonus."""
CASH_BACK: Final = "cash_bonus.less"
"""What of a bonus in cash is owed to the household no more."""


def adjust(session: Session, change: PurchaseChange, redemption: Redemption, after: Sums) -> None:
    """Move what an approved adjustment moves: each share falls to what it is to be, the top-up to its own.

    Raises Busy when the same change is carried out at this very moment.
    """
    now = present(session, redemption)
    own_fen = after.top_up_fen - now.top_up_fen
    if own_fen:
        _expect(session, redemption, own_fen)
    _give_back(session, change, redemption, _gaps(now, after))
    redemption.adjusted_fen += after.price_fen - now.price_fen
    redemption.own_adjusted_fen += own_fen
    session.flush()


def reverse(session: Session, change: PurchaseChange, redemption: Redemption) -> None:
    """Give all of a written-off purchase back: to vouchers, bonus, and what the household paid itself."""
    payments.end(session, district_id=redemption.district_id, owner=top_up_owner(redemption.id))
    # What was to be paid in cash is taken back by itself: see ``cash.take_back``.
    every = [replace(share, cash_fen=0) for share in present(session, redemption).shares]
    _give_back(session, change, redemption, every)
    session.flush()


def _gaps(now: Sums, after: Sums) -> list[Share]:
    """Return what goes back of each share."""
    return [
        Share(
            one.voucher_id,
            one.spent_fen - two.spent_fen,
            one.bonus_fen - two.bonus_fen,
            one.cash_fen - two.cash_fen,
        )
        for one, two in zip(now.shares, after.shares, strict=True)
    ]


def _give_back(
    session: Session, change: PurchaseChange, redemption: Redemption, gaps: Iterable[Share]
) -> None:
    """Move what goes back of each voucher's share, and note it beside the allocation."""
    held = {part.voucher_id: part for part in redemption.allocations}
    owed = [gap for gap in gaps if gap.paid_fen or gap.cash_fen]
    if not owed:
        return
    # With them those that came of these: what a payout of one took of a bonus may go back to it, and what
    # came back follows.
    after = touched_by(session, held)
    vouchers = session.scalars(select(Voucher).where(Voucher.id.in_(after))).all()
    promises.lock(session, [redemption], vouchers=vouchers)
    accounts = ledger.control_accounts(
        session,
        district_id=redemption.district_id,
        kinds=(AccountKind.DEVELOPER_PAYABLE, AccountKind.BONUS, AccountKind.HOUSEHOLD_PAYABLE),
    )
    for gap in owed:
        _give_back_part(session, change, held[gap.voucher_id], gap, accounts)


def _give_back_part(
    session: Session, change: PurchaseChange, part: Allocation, gap: Share, accounts: Sequence[int]
) -> None:
    """Move what goes back of one voucher's share: between it and what is owed to developer and household."""
    payable, bonus, households = accounts

    def move(code: str, debit_id: int, credit_id: int | None, amount_fen: int) -> int | None:
        if not amount_fen:
            return None
        return ledger.transfer(
            session,
            district_id=part.district_id,
            debit_id=debit_id,
            credit_id=credit_id or 0,
            amount_fen=amount_fen,
            code=code,
            key=f"{code}:{change.id}:{part.voucher_id}",
        )

    session.add(
        ChangePart(
            district_id=part.district_id,
            change_id=change.id,
            allocation_id=part.id,
            back_fen=gap.spent_fen,
            bonus_back_fen=gap.bonus_fen,
            cash_back_fen=gap.cash_fen,
            transfer_id=move(BACK, payable, part.voucher.account_id, gap.spent_fen),
            bonus_transfer_id=move(BONUS_BACK, payable, bonus, gap.bonus_fen),
            cash_transfer_id=move(CASH_BACK, households, bonus, gap.cash_fen),
            at=clock.now(),
        )
    )
    part.back_fen += gap.spent_fen
    part.bonus_back_fen += gap.bonus_fen
    part.cash_back_fen += gap.cash_fen


def _expect(session: Session, redemption: Redemption, by_fen: int) -> None:
    """Expect more, or less, of the household's own money. Its first top-up is a new one."""
    owner = top_up_owner(redemption.id)
    if payments.adjust(session, district_id=redemption.district_id, owner=owner, by_fen=by_fen):
        return
    frozen = snapshot.read(redemption.quote.snapshot)
    payments.expect(
        session,
        district_id=redemption.district_id,
        owner=owner,
        payer_name=frozen.buyers[0] if frozen.buyers else redemption.household.holder_name,
        development_id=redemption.home.development_id,
        amount_fen=by_fen,
        kinds=common_kinds(contracts.policies_of(session, frozen)),
    )
