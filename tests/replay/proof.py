"""What stands in the books at the end, beside what the plan says: to the fen, home by home."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo.reference.stock import Stock
from app.homes.models import Home
from app.ledger.models import LedgerAccount
from app.redemptions.models import Allocation, Redemption
from app.vouchers.models import Voucher
from tests.replay.plan import Bought, Totals
from tests.replay.served import Served


@dataclass
class Proof:
    """Whether the round came out right."""

    expected: Totals
    found: Totals
    differing: int
    """Homes that are missing, too many, or paid otherwise than planned."""
    ledger: dict[str, Any] = field(default_factory=dict)
    audit: dict[str, Any] = field(default_factory=dict)
    failed_jobs: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything is as planned and proven."""
        return (
            self.expected == self.found
            and not self.differing
            and not self.failed_jobs
            and bool(self.ledger["ok"] and self.audit["ok"])
        )

    def rows(self) -> list[tuple[str, int, int]]:
        """Return each total with what was planned and what was found."""
        return [(name, planned, asdict(self.found)[name]) for name, planned in asdict(self.expected).items()]


def prove(
    session: Session, served: Served, *, expected: Totals, bought: Sequence[Bought], stock: Stock
) -> Proof:
    """Read the books and let the platform prove them itself."""
    planned = {
        stock.refs[one.purchase.home]: (one.spent_fen, one.bonus_fen, one.top_up_fen) for one in bought
    }
    paid = _paid(session)
    vouchers, face = session.execute(
        select(func.count(Voucher.id), func.coalesce(func.sum(Voucher.face_fen), 0)).where(
            Voucher.state == "issued"
        )
    ).one()
    left = func.sum(LedgerAccount.credits_posted - LedgerAccount.debits_posted)
    found = Totals(
        vouchers=vouchers,
        face_fen=int(face),
        homes=len(paid),
        spent_fen=sum(one[0] for one in paid.values()),
        bonus_fen=sum(one[1] for one in paid.values()),
        top_up_fen=sum(one[2] for one in paid.values()),
        leftover_fen=int(session.scalar(select(left).where(LedgerAccount.kind == "voucher")) or 0),
    )
    return Proof(
        expected=expected,
        found=found,
        differing=sum(planned.get(ref) != paid.get(ref) for ref in planned.keys() | paid.keys()),
        ledger=served.prove("ledger", "verify"),
        audit=served.prove("audit", "verify"),
        failed_jobs=served.failed_jobs(),
    )


def _paid(session: Session) -> dict[str, tuple[int, int, int]]:
    """Return the homes written off by reference: spent, bonus and top-up in fen."""
    rows = session.execute(
        select(
            Home.ref,
            func.sum(Allocation.spent_fen),
            func.sum(Allocation.bonus_fen),
            Redemption.top_up_fen,
        )
        .join(Redemption, Redemption.home_id == Home.id)
        .join(Allocation, Allocation.redemption_id == Redemption.id)
        .where(Redemption.state == "redeemed", Home.status == "sold")
        .group_by(Home.ref, Redemption.id)
    )
    return {ref: (int(spent), int(bonus), top_up) for ref, spent, bonus, top_up in rows}
