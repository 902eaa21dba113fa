"""What always holds of a whole life of vouchers: every fen is somewhere, and only there."""

from hypothesis.stateful import invariant
from sqlalchemy import func, select

from app.homes.models import Home
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.ledger.rules import AccountKind
from app.redemptions.cash_models import CashBonus
from app.redemptions.models import Redemption
from app.settlements.money_models import SettlementClaim
from app.settlements.payment_models import SettlementPayment
from app.settlements.shares import Scope, list_shares
from app.vouchers.claw_backs import BACK
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import GONE
from app.vouchers.models import Voucher
from app.vouchers.queries import purses
from tests.integration.life.world import World


class Sums(World):
    """Looks after each step."""

    @invariant()
    def every_fen_of_a_face_is_somewhere(self) -> None:
        every = self.rows(Voucher, "issued", "moved")
        assert sum(one.face_fen for one in every if one.state == "issued") == self.face_fen
        money = [ledger.balance(self.session, one.account_id) for one in every]
        left = sum(one.available_fen + one.held_fen for one in money)
        gone = sum(one.leftover_fen for one in self.rows(VoucherEnding, *GONE)) - self._given_back()
        bought = self.rows(Redemption, "redeemed")
        spent = sum(part.present_spent_fen for one in bought for part in one.allocations)
        assert left + spent + gone == self.face_fen

    @invariant()
    def every_voucher_is_worth_its_face(self) -> None:
        for one in purses(self.session, self.rows(Voucher, "issued")):
            parts = (
                *(one.before_fen, one.gone_fen, one.spent_fen, one.available_fen, one.held_fen),
                *(one.frozen_fen, one.leaving_fen, one.left_fen),
            )
            assert (sum(parts), min(parts) >= 0) == (one.face_fen, True), parts

    @invariant()
    def every_price_is_paid_and_every_home_has_one_buyer(self) -> None:
        bought = self.rows(Redemption, "redeemed")
        for one in bought:
            shares = [part.present_spent_fen + part.present_bonus_fen for part in one.allocations]
            assert sum(shares) + one.present_top_up_fen == one.present_price_fen
            assert min([*shares, one.present_top_up_fen]) >= 0
        sold = select(Home.id).where(Home.status == "sold", Home.building_id == self.shop.building.id)
        assert sorted(one.home_id for one in bought) == sorted(self.session.scalars(sold))

    @invariant()
    def what_left_for_banks_is_what_was_paid(self) -> None:
        ended = [one for one in self.rows(VoucherEnding, *GONE) if one.effect == "cash"]
        out = sum(one.paid_fen + one.interest_fen for one in ended if one.state == "paid")
        out += sum(one.due_fen + one.interest_fen - one.less_fen for one in self.rows(CashBonus, "paid"))
        out += sum(one.amount_fen for one in self.rows(SettlementPayment, "paid"))
        assert self._control(AccountKind.BANK) == out
        owed = sum(one.paid_fen for one in ended if one.state not in ("paid", "closed"))
        owed += sum(one.due_fen for one in self.rows(CashBonus, "waiting", "owed", "prepared", "approved"))
        assert self._control(AccountKind.HOUSEHOLD_PAYABLE) == owed

    @invariant()
    def every_fen_of_bonus_stands_where_it_was_given(self) -> None:
        """With the purchases that stand, less what endings took.

        Interest, and what a later day takes off a bonus in cash, count once that is paid.
        """
        bought = self.rows(Redemption, "redeemed")
        given = sum(part.present_bonus_fen for one in bought for part in one.allocations)
        in_cash = self.rows(CashBonus, "waiting", "owed", "prepared", "approved", "paid")
        given += sum(one.due_fen + one.interest_fen - one.less_fen for one in in_cash)
        taken = sum(one.returned_fen for one in self.rows(VoucherEnding, *GONE)) - self._given_back()
        assert -self._control(AccountKind.BONUS) == given - taken
        if any(one.interest_fen for one in in_cash):
            self.done.add("interest paid with a bonus")

    @invariant()
    def what_is_owed_to_developers_is_what_no_claim_was_approved_for(self) -> None:
        claimed = self.rows(SettlementClaim, "approved", "paid")
        accepted = sum(line.amount_fen for one in claimed for line in one.lines if line.kind == "tranche")
        bought = self.rows(Redemption, "redeemed")
        owed = sum(p.present_spent_fen + p.present_bonus_fen for one in bought for p in one.allocations)
        shares = list_shares(self.session, Scope(self.desk.district.id))
        assert sum(share.owed_fen for share in shares) == owed
        assert self._control(AccountKind.DEVELOPER_PAYABLE) == owed - accepted

    def _control(self, kind: AccountKind) -> int:
        return ledger.control_balance(self.session, district_id=self.desk.district.id, kind=kind)

    def _given_back(self) -> int:
        """Return what went back into vouchers of bonus that endings had taken too much, in fen."""
        given = select(func.coalesce(func.sum(LedgerTransfer.amount_fen), 0)).where(
            LedgerTransfer.code == BACK, LedgerTransfer.district_id == self.desk.district.id
        )
        return int(self.session.scalars(given).one())
