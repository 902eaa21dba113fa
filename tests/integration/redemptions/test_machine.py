"""Baskets of homes and vouchers, whatever is done in whatever order: no home twice, no fen lost."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.core import clock as business_clock
from app.core.errors import DomainError
from app.homes import service as homes
from app.ledger import queries as ledger
from app.redemptions import kin, queries, service
from app.redemptions.models import Allocation, KinConsent, Redemption
from app.vouchers.models import Voucher
from app.vouchers.queries import wallet
from tests.factories.contracts import typed
from tests.factories.payments import pay_in
from tests.factories.redemptions import PRICE_FEN, Buyer, make_buyer, make_home, make_shop
from tests.machines import Machine

HOMES, BUYERS, WAN = 5, 2, 1_000_000
some_homes = st.lists(st.integers(0, HOMES - 1), min_size=1, max_size=3, unique=True)
some_buyer = st.integers(0, BUYERS - 1)
some_vouchers = st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True)
some_limit = st.sampled_from([None, 30 * WAN])


class BasketMachine(Machine):
    """Two households with two vouchers each go after five homes, with everybody else's acts between."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = make_shop(self.session)
        self.homes = [make_home(self.session, self.shop) for _ in range(HOMES)]
        self.buyers = [
            make_buyer(self.session, self.shop.desk, faces=(70 * WAN, 130 * WAN)) for _ in range(BUYERS)
        ]
        self.baskets: list[tuple[Buyer, str, int]] = []
        self.session.commit()

    def prove(self) -> None:
        """The slow proofs once, at the end: they read everything that ever happened."""
        assert ledger.verify(self.session) == []
        assert queries.verify(self.session) == []

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> Any:
        """Do it in a transaction of its own; a refusal leaves nothing behind."""
        try:
            made = act(self.session, **given)
        except DomainError:
            self.session.rollback()
            return None
        self.session.commit()
        self.done.add(name)
        return made

    def those(self, *states: str) -> Sequence[Redemption]:
        """Return the redemptions in these states."""
        found = select(Redemption).where(Redemption.state.in_(states)).order_by(Redemption.id)
        return self.session.scalars(found).all()

    def pick(self, place: int, *states: str) -> Redemption:
        """Return one of the redemptions in these states."""
        found = self.those(*states)
        return found[place % len(found)]

    def owner(self, redemption: Redemption) -> Buyer:
        return next(buyer for buyer in self.buyers if buyer.household.id == redemption.household_id)

    @rule(buyer=some_buyer, place=st.integers(0, HOMES - 1), most=st.sampled_from([8 * WAN, 25 * WAN]))
    def consent(self, buyer: int, place: int, most: int) -> None:
        """The other household lets its second voucher help with one home."""
        who, other = self.buyers[buyer], self.buyers[1 - buyer]
        asked = self.attempt(
            "ask",
            service.ask_kin,
            actor=who.actor,
            home_ref=self.homes[place].ref,
            voucher_ref=other.vouchers[1].ref,
            relation="child",
            most_fen=most,
        )
        if asked:
            self.attempt(
                "give", service.give_consent, actor=other.actor, consent_ref=asked.ref, seen_fen=most
            )

    @precondition(lambda self: self.session.scalar(select(func.count(KinConsent.id))))
    @rule(place=st.integers(0, 9))
    def withdraw(self, place: int) -> None:
        found = self.session.scalars(select(KinConsent).order_by(KinConsent.id)).all()
        one = found[place % len(found)]
        owner = next(buyer for buyer in self.buyers if buyer.household.id == one.owner_id)
        self.attempt("withdraw", service.end_consent, actor=owner.actor, consent_ref=one.ref)

    @rule(buyer=some_buyer, wanted=some_homes, vouchers=some_vouchers, limit=some_limit, later=st.booleans())
    def quote(
        self, buyer: int, wanted: list[int], vouchers: list[int], limit: int | None, later: bool
    ) -> None:
        who = self.buyers[buyer]
        parts = [(who.vouchers[place].ref, limit) for place in vouchers]
        refs = [self.homes[place].ref for place in wanted]
        home_ids = [self.homes[place].id for place in wanted]
        household_id, moment = who.household.id, business_clock.now()
        given = kin.given(self.session, household_id=household_id, home_ids=home_ids, moment=moment)
        parts = [*((ref, None) for ref in sorted({one.voucher.ref for one in given})), *parts]
        made = self.attempt("quote", service.quote_basket, actor=who.actor, home_refs=refs, parts=parts)
        if made:
            self.baskets.append((who, made.ref, len(wanted)))
            if not later:
                assert self.reserve_newest(0), "what was shown a moment ago can be had"

    @precondition(lambda self: self.baskets)
    @rule(place=st.integers(0, 2))
    def reserve(self, place: int) -> None:
        self.reserve_newest(place)

    def reserve_newest(self, place: int) -> bool:
        who, ref, size = self.baskets[-1 - place % len(self.baskets)]
        before = self.session.scalar(select(func.count(Redemption.id)))
        made = self.attempt("reserve", service.reserve_basket, actor=who.actor, basket_ref=ref)
        after = self.session.scalar(select(func.count(Redemption.id)))
        assert (after or 0) - (before or 0) == (size if made else 0)  # all or nothing
        return bool(made)

    @precondition(lambda self: self.those("locked"))
    @rule(place=st.integers(0, 9))
    def cancel(self, place: int) -> None:
        found = self.pick(place, "locked")
        self.attempt("cancel", service.cancel, actor=self.owner(found).actor, redemption_ref=found.ref)

    @precondition(lambda self: self.those("locked"))
    @rule(place=st.integers(0, 9))
    def contract(self, place: int) -> None:
        found = self.pick(place, "locked")
        self.attempt(
            "contract",
            service.enter_contract,
            actor=self.shop.developer,
            redemption_ref=found.ref,
            typed=typed(found, number=f"网签-{found.id}"),
        )

    @precondition(lambda self: self.those("contracted", "checked"))
    @rule(place=st.integers(0, 9))
    def verify(self, place: int) -> None:
        desk = self.shop.desk
        found = self.pick(place, "contracted", "checked")
        pay_in(self.session, desk.officer, found)
        if found.state == "contracted":
            self.attempt("verify", service.verify_first, actor=desk.officer, redemption_ref=found.ref)
        else:
            self.attempt("redeem", service.verify_second, actor=desk.checker, redemption_ref=found.ref)

    @precondition(lambda self: self.those("contracted", "checked"))
    @rule(place=st.integers(0, 9))
    def refuse(self, place: int) -> None:
        desk = self.shop.desk
        found = self.pick(place, "contracted", "checked")
        actor = desk.officer if found.state == "contracted" else desk.checker
        self.attempt("refuse", service.refuse, actor=actor, redemption_ref=found.ref, reason="不符")

    @rule(minutes=st.sampled_from([5, 60 * 24 * 9]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @precondition(lambda self: self.those("locked"))
    @rule()
    def expire(self) -> None:
        self.clock.advance(timedelta(days=16))
        if service.expire_overdue(self.session):
            self.done.add("expire")
        self.session.commit()

    @rule(place=st.integers(0, HOMES - 1), change=st.sampled_from([-2 * WAN, -1, 1, WAN // 2]))
    def price(self, place: int, change: int) -> None:
        self.attempt(
            "price",
            homes.set_price,
            actor=self.shop.developer,
            home_id=self.homes[place].id,
            kind="voucher",
            amount_fen=PRICE_FEN + change,
            reason="调价",
        )

    @invariant()
    def a_home_has_one_buyer(self) -> None:
        held = self.session.scalars(
            select(Redemption.home_id).where(
                Redemption.state.in_(["locked", "contracted", "checked", "redeemed"])
            )
        ).all()
        assert len(held) == len(set(held))

    @invariant()
    def every_voucher_is_worth_its_face(self) -> None:
        for buyer in self.buyers:
            for purse in wallet(self.session, household_id=buyer.household.id):
                assert purse.available_fen + purse.held_fen + purse.spent_fen == purse.face_fen
                assert min(purse.available_fen, purse.held_fen, purse.spent_fen) >= 0

    @invariant()
    def every_price_is_paid(self) -> None:
        given = select(func.sum(Allocation.spent_fen + Allocation.bonus_fen)).where(
            Allocation.redemption_id == Redemption.id
        )
        paid = select(Redemption.price_fen, Redemption.top_up_fen, given.scalar_subquery())
        for price_fen, top_up_fen, given_fen in self.session.execute(paid):
            assert given_fen + top_up_fen == price_fen

    @invariant()
    def nobody_pays_for_others_without_a_consent(self) -> None:
        foreign = (
            select(Allocation.spent_fen, KinConsent.most_fen)
            .join(Redemption, Redemption.id == Allocation.redemption_id)
            .join(Voucher, Voucher.id == Allocation.voucher_id)
            .outerjoin(
                KinConsent,
                (KinConsent.redemption_id == Redemption.id) & (KinConsent.voucher_id == Voucher.id),
            )
            .where(Voucher.household_id != Redemption.household_id)
        )
        for spent_fen, most_fen in self.session.execute(foreign):
            self.done.add("kin")
            assert most_fen is not None
            assert spent_fen <= most_fen


@pytest.mark.usefixtures("clock")
def test_whatever_is_done_no_home_goes_twice_and_no_fen_is_lost(app: Flask) -> None:
    done: set[str] = set()
    machine = type("Machine", (BasketMachine,), {"app": app, "done": done})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=14, stateful_step_count=35, suppress_health_check=list(HealthCheck)),
    )
    # The machine must have gone everywhere, or it proved nothing.
    assert done == {
        "ask",
        "give",
        "withdraw",
        "kin",
        "quote",
        "reserve",
        "cancel",
        "contract",
        "verify",
        "redeem",
        "refuse",
        "expire",
        "price",
    }
