"""What comes back to vouchers that moved: it follows their households, by the written rule."""

from typing import Final

from sqlalchemy import text

from app.core import clock as business_clock
from tests.integration.life.sums import Sums

LEFT_BEHIND: Final = text("""
    WITH RECURSIVE line AS (
        SELECT v.id AS first_id, v.id, v.successor_id, v.household_id
        FROM vouchers v JOIN ledger_accounts a ON a.id = v.account_id
        WHERE v.state = 'moved' AND v.district_id = :district_id
              AND a.credits_posted > a.debits_posted + a.debits_pending
              AND (:redemption_id = 0 OR v.id IN (
                  SELECT voucher_id FROM allocations WHERE redemption_id = :redemption_id))
              AND NOT EXISTS (SELECT FROM voucher_endings e
                              WHERE e.voucher_id = v.id AND e.state NOT IN ('refused', 'withdrawn'))
        UNION ALL
        SELECT line.first_id, n.id, n.successor_id, n.household_id
        FROM line JOIN vouchers n ON n.id = line.successor_id JOIN voucher_moves m ON m.id = n.move_id
        WHERE n.household_id = line.household_id AND m.kind IN ('split', 'merge') AND m.other_name IS NULL)
    SELECT line.first_id FROM line JOIN vouchers last ON last.id = line.id
    WHERE last.state = 'issued' AND NOT last.is_moving AND last.expires_at > :now
          AND NOT EXISTS (SELECT FROM voucher_endings e
                          WHERE e.voucher_id = last.id AND e.state NOT IN ('refused', 'withdrawn'))
""")
"""Vouchers that moved and hold money, though their household has one in which it could spend that.

That one came of its own splits and merges, nobody else got a part, and it neither moves, ends nor is over.
"""
_FOLLOWED: Final = text(
    "SELECT count(*) FROM ledger_transfers WHERE code = 'voucher.follow' AND district_id = :district_id"
)


class Following(Sums):
    """Looks after what came back."""

    def see_that_money_follows(self, redemption_id: int = 0) -> None:
        """Nothing is left behind of what paid for a purchase; without one, of anything."""
        district_id = self.desk.district.id
        known = {"district_id": district_id, "redemption_id": redemption_id, "now": business_clock.now()}
        assert self.session.scalars(LEFT_BEHIND, known).all() == [], "what came back follows its household"
        if self.session.scalar(_FOLLOWED, {"district_id": district_id}):
            self.done.add("follow")
