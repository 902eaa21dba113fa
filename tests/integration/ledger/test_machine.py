"""Whatever is done in whatever order, also twice: nothing goes below zero, and every fen is somewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.ledger import queries, service
from app.ledger.errors import HoldEnded, InsufficientBalance, KeyReused
from app.ledger.models import LedgerTransfer
from app.ledger.rules import AccountKind, Balance
from tests.factories.identity import make_district
from tests.factories.ledger import make_account, make_control
from tests.machines import Machine

amounts = st.integers(min_value=1, max_value=1000)


@dataclass
class Purse:
    """What the test believes of one voucher's account."""

    available: int = 0
    held: int = 0
    spent: int = 0
    received: int = 0


@dataclass(frozen=True)
class Held:
    """A promise, by a voucher (``purse``) or by the bonus account (None)."""

    transfer_id: int
    purse: int | None
    amount: int


class LedgerMachine(Machine):
    """Issue, hold, post, void, move; each act remembered, so that it can be sent again."""

    holds = Bundle("holds")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        district = make_district(self.session)
        self.district_id = district.id
        self.purses = {make_account(self.session, district=district).id: Purse() for _ in range(3)}
        self.ids = list(self.purses)
        self.control = {
            kind: make_control(self.session, district=district, kind=kind).id
            for kind in (AccountKind.ISSUE, AccountKind.BONUS, AccountKind.DEVELOPER_PAYABLE)
        }
        self.believed = dict.fromkeys(self.control, 0)
        self.sent: list[tuple[Callable[..., int], dict[str, Any], int]] = []
        self.number = 0
        self.session.commit()

    def send(self, act: Callable[..., int], **figures: Any) -> int:
        """Do it once under a new key, in a transaction of its own."""
        self.number += 1
        figures["key"] = f"key-{self.number}"
        try:
            transfer_id = act(self.session, **figures)
        finally:
            self.session.commit()  # also after a refusal: it must have left nothing behind
        self.sent.append((act, figures, transfer_id))
        return transfer_id

    def move(self, act: Callable[..., int], debit: int, credit: int, amount: int, code: str = "test") -> int:
        return self.send(
            act, district_id=self.district_id, debit_id=debit, credit_id=credit, amount_fen=amount, code=code
        )

    @rule(place=st.integers(0, 2), amount=amounts)
    def issue(self, place: int, amount: int) -> None:
        account = self.ids[place]
        self.move(service.transfer, self.control[AccountKind.ISSUE], account, amount)
        self.purses[account].available += amount
        self.purses[account].received += amount
        self.believed[AccountKind.ISSUE] -= amount

    @rule(target=holds, place=st.integers(0, 2), share=st.integers(1, 100))
    @precondition(lambda self: any(purse.available for purse in self.purses.values()))
    def hold(self, place: int, share: int) -> Held:
        account = next(
            account for account in self.ids[place:] + self.ids[:place] if self.purses[account].available
        )
        purse = self.purses[account]
        amount = max(1, purse.available * share // 100)
        transfer_id = self.move(service.hold, account, self.control[AccountKind.DEVELOPER_PAYABLE], amount)
        purse.available -= amount
        purse.held += amount
        return Held(transfer_id, account, amount)

    @rule(target=holds, amount=amounts)
    def hold_bonus(self, amount: int) -> Held:
        payable = self.control[AccountKind.DEVELOPER_PAYABLE]
        transfer_id = self.move(service.hold, self.control[AccountKind.BONUS], payable, amount)
        return Held(transfer_id, None, amount)

    @rule(place=st.integers(0, 2), beyond=amounts, act=st.sampled_from((service.hold, service.transfer)))
    def overdraw(self, place: int, beyond: int, act: Callable[..., int]) -> None:
        account = self.ids[place]
        amount = self.purses[account].available + beyond
        with pytest.raises(InsufficientBalance):
            self.move(act, account, self.control[AccountKind.DEVELOPER_PAYABLE], amount)

    @rule(place=st.integers(0, 1), share=st.integers(1, 100))
    def move_between_vouchers(self, place: int, share: int) -> None:
        giver, taker = self.ids[place], self.ids[place + 1]
        amount = self.purses[giver].available * share // 100
        if amount == 0:
            return
        self.move(service.transfer, giver, taker, amount)
        self.purses[giver].available -= amount
        self.purses[giver].spent += amount
        self.purses[taker].available += amount
        self.purses[taker].received += amount

    @rule(target=ended, held=consumes(holds), keep=st.booleans())
    def end(self, held: Held, keep: bool) -> Held:
        self.send(service.post if keep else service.void, transfer_id=held.transfer_id)
        if held.purse is not None:
            purse = self.purses[held.purse]
            purse.held -= held.amount
            if keep:
                purse.spent += held.amount
            else:
                purse.available += held.amount
        elif keep:
            self.believed[AccountKind.BONUS] -= held.amount
        if keep:
            self.believed[AccountKind.DEVELOPER_PAYABLE] += held.amount
        return held

    @rule(held=ended, keep=st.booleans())
    def end_again(self, held: Held, keep: bool) -> None:
        with pytest.raises(HoldEnded):
            self.send(service.post if keep else service.void, transfer_id=held.transfer_id)

    @rule(data=st.data())
    @precondition(lambda self: self.sent)
    def replay(self, data: st.DataObject) -> None:
        act, figures, first = data.draw(st.sampled_from(self.sent))
        assert act(self.session, **figures) == first
        self.session.commit()

    @rule(data=st.data(), other=amounts)
    @precondition(lambda self: self.sent)
    def reuse_key(self, data: st.DataObject, other: int) -> None:
        act, figures, _ = data.draw(st.sampled_from(self.sent))
        if "amount_fen" not in figures:
            return
        with pytest.raises((KeyReused, InsufficientBalance)):
            act(self.session, **{**figures, "amount_fen": figures["amount_fen"] + other})
        self.session.commit()

    @invariant()
    def balances_are_as_believed(self) -> None:
        found = queries.balances(self.session, self.ids)
        for account, purse in self.purses.items():
            assert found[account] == Balance(purse.available, purse.held, purse.spent, purse.received)
            assert min(purse.available, purse.held, purse.spent, purse.received) >= 0

    @invariant()
    def every_fen_is_somewhere(self) -> None:
        controls = {
            kind: queries.control_balance(self.session, district_id=self.district_id, kind=kind)
            for kind in self.control
        }
        assert controls == self.believed
        in_purses = sum(purse.received - purse.spent for purse in self.purses.values())
        assert sum(controls.values()) + in_purses == 0

    @invariant()
    def the_proof_holds_and_every_act_wrote_one_transfer(self) -> None:
        assert queries.verify(self.session) == []
        written = select(func.count()).where(LedgerTransfer.district_id == self.district_id)
        assert self.session.scalar(written) == len(self.sent)


def test_the_ledger_under_every_order_of_acts(app: Flask) -> None:
    machine = type("Bound", (LedgerMachine,), {"app": app})
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=30))
