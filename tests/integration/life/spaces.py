"""Spaces in a whole life: bought beside a home that stands, whatever becomes of the home, or alone."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import func, select

from app.homes.rules import StockKind
from app.redemptions import service
from app.redemptions.beside import STANDING
from app.redemptions.models import Redemption
from tests.factories.redemptions import make_space
from tests.integration.life.own_money import OwnMoney, some
from tests.integration.life.policies import SPACES
from tests.integration.life.world import WAN


class Spaces(OwnMoney):
    """What households buy beside their homes, and beside nothing."""

    @rule(
        place=some,
        kind=st.sampled_from([StockKind.PARKING, StockKind.STORAGE]),
        steps=st.sampled_from([1, 2, 4, 4]),
    )
    def buy_beside(self, place: int, kind: StockKind, steps: int) -> None:
        """Buy a space beside a home with the vouchers that paid for the home, or stop on the way."""
        bought = [one for one in self.rows(Redemption, *STANDING) if one.beside_id is None]
        if not bought:
            return
        one = bought[place % len(bought)]
        space = make_space(self.session, self.shop, voucher_fen=8 * WAN + self.counter, kind=kind)
        who = self.actor(one.household_id)
        wanted: dict[str, Any] = {
            "actor": who,
            "home_refs": [space.ref],
            "parts": [(part.voucher.ref, None) for part in one.allocations],
            "beside": {space.ref: one.home.ref},
        }
        basket = self.attempt("quote beside", service.quote_basket, **wanted)
        lock = service.reserve_basket
        made = basket and self.attempt("lock beside", lock, actor=who, basket_ref=basket.ref)
        for _ in range(steps - 1 if made else 0):
            self.go_on(made[0])

    @rule(
        place=some,
        kind=st.sampled_from([StockKind.PARKING, StockKind.STORAGE]),
        steps=st.sampled_from([1, 2, 4, 4]),
    )
    def buy_alone(self, place: int, kind: StockKind, steps: int) -> None:
        """Buy a space beside nothing, which only some policies sell, or stop on the way."""
        voucher = self.voucher(place)
        space = make_space(self.session, self.shop, voucher_fen=7 * WAN + self.counter, kind=kind)
        who = self.actor(voucher.household_id)
        wanted: dict[str, Any] = {"actor": who, "home_refs": [space.ref], "parts": [(voucher.ref, None)]}
        basket = self.attempt("quote alone", service.quote_basket, **wanted)
        lock = service.reserve_basket
        made = basket and self.attempt("lock alone", lock, actor=who, basket_ref=basket.ref)
        for _ in range(steps - 1 if made else 0):
            self.go_on(made[0])

    @invariant()
    def no_home_has_more_spaces_than_its_policy_lets(self) -> None:
        beside = (
            select(func.count())
            .where(Redemption.beside_id.is_not(None), Redemption.state.in_(STANDING))
            .where(Redemption.district_id == self.desk.district.id)
            .group_by(Redemption.beside_id)
        )
        assert max(self.session.scalars(beside), default=0) <= SPACES
