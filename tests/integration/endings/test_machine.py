"""Vouchers of several policies, whatever is done on whatever day: no fen is lost, none is paid twice."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text

from app.core import clock as business_clock
from app.core.errors import DomainError
from app.ledger import queries as ledger
from app.ledger.rules import AccountKind
from app.redemptions import queries, service
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import UNPAID
from app.redemptions.models import Redemption
from app.vouchers import endings, extensions, lapses, payouts
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import GONE, Kind
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.proofs import ENDINGS
from app.vouchers.queries import WalletVoucher, wallet
from tests.factories.contracts import typed
from tests.factories.endings import CASHING, LEAVING, PAYING, SILENT, VOIDING, payee
from tests.factories.payments import pay_in
from tests.factories.policies import make_policy_version
from tests.factories.policy_files import lines_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop
from tests.factories.vouchers import Desk
from tests.integration.life.policies import drawn
from tests.machines import Machine

WAN = 1_000_000
POLICIES = (PAYING, SILENT, VOIDING, CASHING, LEAVING)
"""Under these everything may happen to a voucher."""
some_buyer = st.integers(0, len(POLICIES) - 1)
some_place = st.integers(0, 9)
some_effect = st.sampled_from(["cash", "void", "agreement"])
some_kind = st.sampled_from([Kind.PAYOUT, Kind.PAYOUT, Kind.GIVE_UP])


class EndingMachine(Machine):
    """A household under each policy, with a voucher over 1.2 million and what the policy adds."""

    policies: ClassVar = POLICIES

    def __init__(self) -> None:
        super().__init__()
        self.shop: Shop = make_shop(self.session)
        self.desk: Desk = self.shop.desk
        self.buyers: list[Buyer] = [self._buyer(text) for text in self.policies]
        self.paid = 0
        self.changed = True
        self.session.commit()

    def _buyer(self, text: str) -> Buyer:
        version = make_policy_version(self.session, district=self.desk.district, text=text)
        desk = Desk(self.desk.district, self.desk.officer, self.desk.checker, version)
        return make_buyer(self.session, desk, faces=(120 * WAN,), lines=lines_of)

    def prove(self) -> None:
        """The slow proofs once more with everything that ever happened."""
        self.everything_holds()
        assert queries.verify(self.session) == []

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> Any:
        """Do it in a transaction of its own; a refusal leaves nothing behind."""
        try:
            made = act(self.session, **given)
        except DomainError as error:
            self.session.rollback()
            self.done.add(f"refused: {error.code}")
            return None
        self.session.commit()
        self.done.add(name)
        self.changed = True
        return made

    def endings(self, *states: str) -> Sequence[VoucherEnding]:
        found = select(VoucherEnding).where(VoucherEnding.state.in_(states)).order_by(VoucherEnding.id)
        return self.session.scalars(found).all()

    def buying(self, *states: str) -> Sequence[Redemption]:
        found = select(Redemption).where(Redemption.state.in_(states)).order_by(Redemption.id)
        return self.session.scalars(found).all()

    def purse(self, buyer: int) -> WalletVoucher:
        return wallet(self.session, household_id=self.buyers[buyer].household.id)[0]

    # --- buying ---

    @rule(
        buyer=some_buyer,
        wan=st.sampled_from([20, 45, 125]),
        steps=st.sampled_from([1, 2, 2, 4, 4, 4]),
    )
    def buy(self, buyer: int, wan: int, steps: int) -> None:
        """Buy a home, or stop on the way."""
        who, purse = self.buyers[buyer], self.purse(buyer)
        home = make_home(self.session, self.shop, voucher_fen=wan * WAN)
        quote = self.attempt("quote", service.quote, actor=who.actor, home_ref=home.ref, parts=who.parts())
        assert not (quote and purse.ending), "a voucher that is ending buys nothing"
        if quote:
            made = self.attempt("lock", service.reserve, actor=who.actor, quote_ref=quote.ref)
            for _ in range(steps - 1):
                self.go_on(made)

    @precondition(lambda self: self.buying("locked", "contracted", "checked"))
    @rule(place=some_place, well=st.booleans())
    def after_lock(self, place: int, well: bool) -> None:
        under_way = self.buying("locked", "contracted", "checked")
        found = under_way[place % len(under_way)]
        if well:
            self.go_on(found)
        elif found.state == "locked":
            owner = next(one for one in self.buyers if one.household.id == found.household_id)
            self.attempt("cancel", service.cancel, actor=owner.actor, redemption_ref=found.ref)
        else:
            actor = self.desk.officer if found.state == "contracted" else self.desk.checker
            self.attempt("refuse", service.refuse, actor=actor, redemption_ref=found.ref, reason="不符")

    def go_on(self, found: Redemption) -> None:
        """Take a purchase one step on."""
        officer, ref = self.desk.officer, found.ref
        if found.state == "locked":
            self.attempt(
                "contract",
                service.enter_contract,
                actor=self.shop.developer,
                redemption_ref=ref,
                typed=typed(found, number=f"网签-{found.id}"),
            )
        elif found.state == "contracted":
            pay_in(self.session, officer, found)
            how = {"redemption_ref": ref, "explanation": "同一个人"}
            self.attempt("verify", service.verify_first, actor=officer, **how)
        else:
            self.attempt("redeem", service.verify_second, actor=self.desk.checker, redemption_ref=ref)

    # --- time ---

    @rule(days=st.sampled_from([1, 20, 150]))
    def wait(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))
        self.changed = True

    @rule(times=st.integers(1, 2))
    def night(self, times: int) -> None:
        """The jobs of a night, perhaps after missed ones; again at once they do nothing."""
        self.changed = True
        service.expire_overdue(self.session)
        self.session.commit()
        for _ in range(times):
            if lapses.lapse_due(self.session):
                self.done.add("lapse")
            self.session.commit()
        assert lapses.lapse_due(self.session) == 0

    # --- ending ---

    @rule(
        buyer=some_buyer,
        kind=some_kind,
        off=st.sampled_from([0, 0, 0, 1]),
        then=st.sampled_from(["wait", "wait", "wait", "refuse", "withdraw"]),
    )
    def ask(self, buyer: int, kind: Kind, off: int, then: str) -> None:
        who = self.buyers[buyer]
        voucher = self.session.get_one(Voucher, who.vouchers[0].id)
        seen = outlook(self.session, voucher, kind)
        made = self.attempt(
            f"ask {kind}",
            endings.ask,
            actor=who.actor,
            voucher_ref=voucher.ref,
            kind=kind,
            payee=payee(),
            seen_fen=seen.parts.paid_fen + off,
        )
        assert bool(made) == (seen.block is None and not off), "what the page offers can be had, and no more"
        if made and then == "refuse":
            how = {"actor": self.desk.officer, "ending_ref": made.ref, "reason": "不符"}
            self.attempt("refuse ending", endings.refuse, **how)
        elif made and then == "withdraw":
            self.attempt("withdraw", endings.withdraw, actor=who.actor, ending_ref=made.ref)

    @precondition(lambda self: self.endings("asked", "approved", "paid", "returned", "renewed"))
    @rule(place=some_place, steps=st.sampled_from([1, 4, 7]), wrong=st.booleans())
    def to_the_bank(self, place: int, steps: int, wrong: bool) -> None:
        """Take an ending on to the bank, and back from it, to another account that two people look at."""
        waiting = self.endings("asked", "approved", "paid", "returned", "renewed")
        found = waiting[place % len(waiting)]
        at, officer, checker = {"ending_ref": found.ref}, self.desk.officer, self.desk.checker
        for _ in range(steps):
            if found.state in {"asked", "returned"}:
                name = "renew" if found.state == "returned" else "prepare"
                self.attempt(name, endings.prepare, actor=officer, payee=payee(), **at)
            elif found.state in {"prepared", "renewed"}:
                name = "approve anew" if found.state == "renewed" else "approve"
                self.attempt(name, endings.approve, actor=checker, **at)
            elif found.state == "approved" and wrong:
                wrong = not self.attempt("recall", payouts.recall, actor=checker, reason="账户不对", **at)
            elif found.state == "approved":
                self.pay(found)
            elif found.state == "paid":
                self.come_back(found)

    @precondition(lambda self: self.endings("asked", "undecided", "prepared", "approved"))
    @rule(place=some_place, act=st.sampled_from(["on", "on", "back", "other"]), effect=some_effect)
    def handle(self, place: int, act: str, effect: str) -> None:
        """Take an ending one step on, or back."""
        waiting = self.endings("asked", "undecided", "prepared", "approved")
        found = waiting[place % len(waiting)]
        owner = next(one for one in self.buyers if one.vouchers[0].id == found.voucher_id)
        officer, checker = self.desk.officer, self.desk.checker
        at = {"ending_ref": found.ref}
        if found.state == "asked" and act == "other":
            self.attempt("withdraw", endings.withdraw, actor=owner.actor, **at)
        elif found.state == "asked" and act == "back":
            self.attempt("refuse ending", endings.refuse, actor=officer, reason="不符", **at)
        elif found.state == "asked":
            self.attempt("prepare", endings.prepare, actor=officer, payee=payee(), **at)
        elif found.state == "undecided":
            how = {"effect": effect, "reason": "会议纪要 2018-3", "payee": payee()}
            self.attempt("decide", endings.decide, actor=officer, **how, **at)
        elif found.state == "prepared" and act == "back":
            self.attempt("send back", endings.send_back, actor=checker, reason="账号不清", **at)
        elif found.state == "prepared":
            self.attempt("approve", endings.approve, actor=checker, **at)
        else:
            self.pay(found)

    def pay(self, found: VoucherEnding) -> None:
        """Let the bank have paid, with interest; one of three references is used twice sooner or later."""
        made = self.attempt(
            "pay",
            payouts.pay,
            actor=self.desk.officer,
            ending_ref=found.ref,
            bank_reference=f"网银-{found.id % 3}-{len(self.done) % 5}",
            paid_on=business_clock.today(),
        )
        if made:
            self.paid += made.paid_fen + made.interest_fen

    def come_back(self, found: VoucherEnding) -> None:
        """Let the bank have sent a payout back; its reference is new, or the one of another return."""
        paid_fen = found.paid_fen + found.interest_fen
        made = self.attempt(
            "return payout",
            payouts.note_returned,
            actor=self.desk.officer,
            ending_ref=found.ref,
            reference=f"退-{found.id}-{len(self.done)}",
            returned_on=business_clock.today(),
            reason="账户已销户",
        )
        if made:
            self.paid -= paid_fen

    # --- extending ---

    @rule(buyer=some_buyer, months=st.integers(1, 3), decision=st.sampled_from(["extend", "return", "later"]))
    def extend(self, buyer: int, months: int, decision: str) -> None:
        """Propose a longer term, and decide at once or with the next one."""
        self.attempt(
            "propose",
            extensions.propose,
            actor=self.desk.officer,
            voucher_ref=self.buyers[buyer].vouchers[0].ref,
            months=months,
            reason="住院",
            evidence="出院记录",
        )
        waiting = select(VoucherExtension).where(VoucherExtension.state == "proposed")
        for found in self.session.scalars(waiting).all() if decision != "later" else ():
            at = {"actor": self.desk.checker, "extension_ref": found.ref}
            if decision == "extend":
                self.attempt("extend", extensions.approve, **at)
            else:
                self.attempt("return", extensions.send_back, reason="依据不足", **at)

    # --- what always holds ---

    @invariant()
    def everything_holds_after_a_change(self) -> None:
        """What was refused left nothing behind to prove; the next change, or the end, would show it."""
        if self.changed:
            self.changed = False
            self.everything_holds()

    def everything_holds(self) -> None:
        self.the_ledger_verifies()
        self.every_fen_of_a_face_is_somewhere()
        self.what_left_the_vouchers_is_where_it_went()

    def the_ledger_verifies(self) -> None:
        assert ledger.verify(self.session) == []
        for rule_, proof in ENDINGS.items():
            assert self.session.execute(text(proof)).all() == [], rule_

    def every_fen_of_a_face_is_somewhere(self) -> None:
        for place in range(len(self.buyers)):
            one = self.purse(place)
            somewhere = one.spent_fen + one.available_fen + one.held_fen + one.leaving_fen + one.left_fen
            assert somewhere == one.face_fen
            assert min(one.spent_fen, one.available_fen, one.held_fen, one.leaving_fen, one.left_fen) >= 0
            if one.leaving_fen or one.left_fen:
                assert (one.available_fen, one.held_fen) == (0, 0)

    def what_left_the_vouchers_is_where_it_went(self) -> None:
        gone = self.endings(*GONE)
        cash = sum(one.paid_fen + one.interest_fen for one in gone if one.effect == "cash")
        agreed = sum(one.paid_fen + one.interest_fen for one in gone if one.effect == "agreement")
        owed = self.session.scalars(select(CashBonus).where(CashBonus.state.in_(UNPAID)))
        bonuses = sum(one.due_fen for one in owed)
        assert self._control(AccountKind.BANK) == self.paid
        assert self._control(AccountKind.HOUSEHOLD_PAYABLE) == cash - self.paid + bonuses
        assert self._control(AccountKind.AGREEMENT) == agreed

    def _control(self, kind: AccountKind) -> int:
        return ledger.control_balance(self.session, district_id=self.desk.district.id, kind=kind)


class DrawnMachine(EndingMachine):
    """The same under any policies that a city may write."""

    policies = ()

    @initialize(policies=st.tuples(*[drawn] * len(POLICIES)))
    def begin(self, policies: tuple[str, ...]) -> None:
        self.buyers = [self._buyer(text) for text in policies]
        self.session.commit()


def live(machine: type[EndingMachine], app: Flask, lives: int) -> set[str]:
    """Live so many lives and return what was done in them."""
    done: set[str] = set()
    settled = settings(max_examples=lives, stateful_step_count=45, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(type("Machine", (machine,), {"app": app, "done": done}), settings=settled)
    return {name for name in done if not name.startswith("refused: ")}


@pytest.mark.usefixtures("clock")
def test_whatever_is_done_no_fen_is_lost_and_none_is_paid_twice(app: Flask) -> None:
    went = live(EndingMachine, app, 14)
    # The machine must have gone everywhere, or it proved nothing. Only a recall is too rare to be sure of in
    # so few runs; test_payout has its own.
    assert went - {"recall"} == {
        *("quote", "lock", "cancel", "contract", "verify", "redeem", "refuse"),
        *("ask payout", "ask give_up", "withdraw", "refuse ending", "prepare", "approve", "send back", "pay"),
        *("return payout", "renew", "approve anew"),
        *("lapse", "decide", "propose", "extend", "return"),
    }


@pytest.mark.usefixtures("clock")
def test_no_fen_is_lost_under_any_policies(app: Flask) -> None:
    went = live(DrawnMachine, app, 16)
    assert went >= {"lock", "redeem", "approve", "pay", "return payout", "renew", "lapse", "extend"}
