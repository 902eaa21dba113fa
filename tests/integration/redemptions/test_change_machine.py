"""Purchases adjusted, undone and made again in any order: prices are paid to the fen, faces are whole."""

import io
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

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
from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import DomainError
from app.documents.rules import Upload
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN, TERMS, Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers.queries import wallet
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.policy_files import lines_of
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk
from tests.integration.life.policies import drawn
from tests.machines import Machine

WAN = 1_000_000
some = st.integers(0, 5)
UNDOING = [kind for kind, terms in TERMS.items() if terms.reverses]


class ChangeMachine(Machine):
    """Two households with two vouchers, one under a policy that is drawn, and three homes for each.

    What is bought is measured, corrected and given back.
    """

    @initialize(policy=drawn)
    def begin(self, policy: str) -> None:
        self.shop = make_shop(self.session)
        self.homes = [make_home(self.session, self.shop) for _ in range(6)]
        self.buyers = [self.make_buyer(text) for text in (HAILING, policy)]
        for place in range(2):
            self.buy_at(place, None)
        self.correct(0, 900)
        self.decide_all(agrees=True, approves=True)

    def make_buyer(self, policy: str) -> Buyer:
        desk = self.shop.desk
        version = make_policy_version(self.session, district=desk.district, text=policy)
        own = Desk(desk.district, desk.officer, desk.checker, version)
        return make_buyer(self.session, own, faces=(25 * WAN, 60 * WAN), lines=lines_of)

    def actor(self, household_id: int) -> Actor:
        return next(one.actor for one in self.buyers if one.household.id == household_id)

    def prove(self) -> None:
        """The slow proofs once, at the end: they read everything that ever happened."""
        assert ledger.verify(self.session) == []
        assert queries.verify(self.session) == []

    def bought(self) -> Sequence[Redemption]:
        found = select(Redemption).where(Redemption.state == "redeemed").order_by(Redemption.id)
        return self.session.scalars(found).all()

    @rule(place=some, limit=st.sampled_from([None, 5 * WAN]))
    def buy(self, place: int, limit: int | None) -> None:
        self.buy_at(place, limit)

    def buy_at(self, place: int, limit: int | None) -> None:
        home = self.session.get_one(Home, self.homes[place].id)
        try:
            made = make_redemption(self.session, self.buyers[place % 2], home, limit)
            redeem(self.session, self.shop, made, explanation="同一个人")
            self.done.add(("buy", "buy as drawn")[place % 2])
        except DomainError:
            self.session.rollback()

    def ask(self, place: int, kind: Kind, **wanted: Any) -> None:
        """Ask, and let it wait for others; an open change lets nobody ask."""
        found = self.bought()[place % len(self.bought())]
        asker = {"household": self.actor(found.household_id), "developer": self.shop.developer}.get(
            TERMS[kind].asks.value, self.shop.desk.officer
        )
        wish = Wish(kind, "理由", papers=[Upload(io.BytesIO(b"%PDF-1.7 x"), "证明.pdf")], **wanted)
        try:
            changes.ask(self.session, actor=asker, redemption_ref=found.ref, wish=wish)
            self.session.commit()
        except DomainError:
            self.session.rollback()

    @precondition(lambda self: self.bought())
    @rule(place=some, parts=st.integers(1, 999))
    def correct(self, place: int, parts: int) -> None:
        found = self.bought()[place % len(self.bought())]
        self.ask(place, Kind.PRICE, price_fen=found.present_price_fen * parts // 1000)

    @precondition(lambda self: self.bought())
    @rule(place=some, area=st.decimals("60", "120", places=2))
    def measure(self, place: int, area: Decimal) -> None:
        self.decide_all(agrees=True, approves=True)
        self.ask(place, Kind.AREA, area_m2=area)
        self.decide_all(agrees=False, approves=True)

    @precondition(lambda self: self.bought())
    @rule(place=some, kind=st.sampled_from(UNDOING))
    def undo(self, place: int, kind: Kind) -> None:
        """Undo it, once what waits is decided."""
        self.decide_all(agrees=False, approves=False)
        self.ask(place, kind)
        self.decide_all(agrees=True, approves=True)

    @rule(agrees=st.booleans(), approves=st.booleans())
    def decide(self, agrees: bool, approves: bool) -> None:
        self.decide_all(agrees=agrees, approves=approves)

    def decide_all(self, *, agrees: bool, approves: bool) -> None:
        """Take every change that waits to its end."""
        waiting = select(PurchaseChange).where(PurchaseChange.state.in_(OPEN)).order_by(PurchaseChange.id)
        for one in self.session.scalars(waiting).all():
            if one.state == "asked":
                household_id = self.session.get_one(Redemption, one.redemption_id).household_id
                other = self.shop.developer if one.kind == Kind.WITHDRAW else self.actor(household_id)
                changes.answer(self.session, actor=other, change_ref=one.ref, agrees=agrees, words="说明")
                self.session.commit()
                look = {"actor": self.shop.desk.officer, "change_ref": one.ref, "note": "照办"}
                changes.prepare(self.session, evidence="通报" if one.id % 2 else None, **look)
                self.session.commit()
            checker = self.shop.desk.checker
            if approves:
                changes.approve(self.session, actor=checker, change_ref=one.ref)
                self.done.add(one.kind)
            else:
                changes.refuse(self.session, actor=checker, change_ref=one.ref, reason="不符")
            self.session.commit()

    @invariant()
    def every_price_is_paid(self) -> None:
        for one in self.bought():
            shares = [part.present_spent_fen + part.present_bonus_fen for part in one.allocations]
            assert sum(shares) + one.present_top_up_fen == one.present_price_fen
            assert min([*shares, one.present_top_up_fen]) >= 0

    @invariant()
    def every_voucher_is_worth_its_face(self) -> None:
        every = [wallet(self.session, household_id=one.household.id) for one in self.buyers]
        for purse in chain.from_iterable(every):
            assert purse.available_fen + purse.held_fen + purse.spent_fen == purse.face_fen
            assert min(purse.available_fen, purse.held_fen, purse.spent_fen) >= 0

    @invariant()
    def a_home_is_sold_as_long_as_somebody_has_it(self) -> None:
        held = {one.home_id for one in self.bought()}
        sold = set(self.session.scalars(select(Home.id).where(Home.status == "sold")))
        assert held == sold


@pytest.mark.usefixtures("clock")
def test_whatever_changes_every_price_is_paid_and_no_fen_is_lost(app: Flask) -> None:
    done: set[str] = set()
    machine = type("Machine", (ChangeMachine,), {"app": app, "done": done})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=14, stateful_step_count=14, suppress_health_check=list(HealthCheck)),
    )
    # The machine must have gone everywhere, or it proved nothing.
    assert done >= {"buy", "buy as drawn", Kind.PRICE, Kind.AREA, *UNDOING}
