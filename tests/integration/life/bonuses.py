"""Bonus in cash in a whole life: it waits for a certificate, goes to the bank and comes back from it."""

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import text

from app.core import clock as business_clock
from app.redemptions import cash
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import redemption_of
from app.redemptions.models import Redemption
from app.settlements.milestones import CERTIFICATE, HANDOVER
from tests.factories.endings import payee
from tests.integration.life.own_money import some
from tests.integration.life.spaces import Spaces

on = st.sampled_from([4, 3, 1])

_ROUNDED = text("""
    SELECT DISTINCT one ->> 'code' || ' ' || (one ->> 'path')
    FROM (SELECT snapshot AS said, district_id FROM quotes
          UNION ALL SELECT shown, district_id FROM voucher_endings) AS kept
    CROSS JOIN LATERAL jsonb_path_query(kept.said, '$.**.rules[*] ? (@.code starts with "nearest")') AS one
    WHERE district_id = :district_id
""")


class Bonuses(Spaces):
    """What is owed in cash, and what it waits for."""

    def prove(self) -> None:
        """Note what was rounded half up, before all is proved."""
        self.done.update(self.session.scalars(_ROUNDED, {"district_id": self.desk.district.id}))
        super().prove()

    def let_interest_run(self) -> None:
        """Let a bonus in cash be paid after some days: with what ran on, where its policy says so."""
        self.wait(20)
        for place in range(len(self.rows(CashBonus, "waiting"))):
            self.certify(place, both=place % 2 == 0)
        for place in range(len(self.rows(CashBonus, "owed"))):
            self.pay_bonus(place, 3)

    def wait(self, days: int) -> None:
        """Let days go by."""
        raise NotImplementedError

    @rule(place=some, kind=st.sampled_from([HANDOVER, CERTIFICATE]))
    def reach(self, place: int, kind: str) -> None:
        sold = self.rows(Redemption, "redeemed")
        if sold:
            one = sold[place % len(sold)]
            self.attempt("reach", lambda session: self._reach(one, kind))

    @rule(place=some, both=st.booleans())
    def certify(self, place: int, both: bool) -> None:
        """Bring the certificate that a bonus waits for; ``both``: the home is handed over, too."""
        waiting = self.rows(CashBonus, "waiting")
        if not waiting:
            return
        found = waiting[place % len(waiting)]
        account = payee(found.household.holder_name)
        early = {"actor": self.desk.officer, "ref": found.ref, "payee": account}
        assert self.attempt("prepare bonus", cash.prepare, **early) is None, "it is not paid yet"
        one = redemption_of(self.session, found)
        for kind in (HANDOVER, CERTIFICATE) if both else (CERTIFICATE,):
            self.attempt("reach", lambda session, kind=kind: self._reach(one, kind))
        self.session.refresh(found)
        self.done.add(f"with its certificate {found.state}")

    @rule(place=some, steps=on)
    def pay_bonus(self, place: int, steps: int) -> None:
        """Take a bonus in cash to the bank, and back from it."""
        owed = self.rows(CashBonus, "owed", "prepared", "approved", "paid")
        if not owed:
            return
        found, officer = owed[place % len(owed)], self.desk.officer
        number, today = f"{found.id}-{self.counter}", business_clock.today()
        at = {"ref": found.ref}
        for _ in range(steps):
            if found.state == "owed":
                account = payee(found.household.holder_name)
                self.attempt("prepare bonus", cash.prepare, actor=officer, payee=account, **at)
            elif found.state == "prepared":
                self.attempt("approve bonus", cash.approve, actor=self.desk.checker, **at)
            elif found.state == "approved":
                how = {"bank_reference": f"奖-{number}", "paid_on": today}
                self.attempt("pay bonus", cash.pay, actor=officer, **how, **at)
            elif found.state == "paid":
                how = {"reference": f"奖退-{number}", "returned_on": today, "reason": "退回"}
                self.attempt("return bonus", cash.note_returned, actor=officer, **how, **at)
