"""Which vouchers whoever is signed in may pay with: its own, and those of kin that were lent to it."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from app.core import clock
from app.core.actor import Role
from app.extensions import db
from app.homes.models import Home
from app.policies.joint import Place
from app.policies.tiers import SPACES
from app.redemptions import kin
from app.redemptions.fitting import misfits
from app.redemptions.models import KinConsent
from app.redemptions.rules import loosest
from app.vouchers.queries import WalletVoucher, purses_by_id, wallet
from app.vouchers.rules import Standing
from app.web.access import actor, find_actor
from app.web.messages import message_of


def usable_for(home: Home) -> list[WalletVoucher]:
    """Return the vouchers that can pay for a home now, the household's own first."""
    return usable_on(home.id, home.kind)


def by_fit(
    home: Home, purses: Sequence[WalletVoucher], payable_fen: int | None
) -> tuple[list[WalletVoucher], list[str]]:
    """Return the vouchers that buy a home of that size at a price in fen, and in words why others do not."""
    if payable_fen is None:
        return list(purses), []
    told = misfits(
        db.session(), purses, place=Place(home.kind), area_m2=home.area_m2, payable_fen=payable_fen
    )
    return [purse for purse in purses if purse.ref not in told], [message_of(one) for one in told.values()]


def usable_on(home_id: int, kind: str) -> list[WalletVoucher]:
    """Return the same for a home of which no more is known than its kind."""
    return [purse for purse in usable([home_id]) if kind in purse.policy.usable_on]


def usable(home_ids: Collection[int]) -> list[WalletVoucher]:
    """Return the vouchers that can pay for some homes together now, whatever kind each is good for."""
    purses = [*wallet(db.session(), household_id=actor().household), *kin_purses(home_ids).values()]
    return [purse for purse in purses if purse.standing is Standing.USABLE]


def buys_alone() -> bool:
    """Tell whether whoever is signed in has a voucher that buys spaces without a home (单独购买车位)."""
    who = find_actor()
    if who is None or who.role is not Role.HOUSEHOLD:
        return False
    policies = [purse.policy for purse in usable([])]
    return any(policy.spaces_alone and policy.usable_on & SPACES for policy in policies)


def most_alone() -> int | None:
    """Return how many spaces alone whoever is signed in may hold at once; None for no limit."""
    policies = [purse.policy for purse in usable([]) if purse.policy.spaces_alone]
    return loosest(policy.hold_spaces for policy in policies)


def own_of(purses: Sequence[WalletVoucher]) -> list[WalletVoucher]:
    """Return those of some vouchers that are the household's own."""
    return [purse for purse in purses if purse.household_id == actor().household]


def kin_purses(home_ids: Collection[int]) -> dict[str, WalletVoucher]:
    """Return the vouchers that may help pay for some homes, by reference, with what was consented to."""
    given, found = _given(home_ids), {}
    if not given:
        return {}  # nearly always
    purse_by_id = {one.id: one for one in purses_by_id(db.session(), {one.voucher_id for one in given})}
    for one in given:
        purse = purse_by_id.get(one.voucher_id)
        if purse is not None:
            found[purse.ref] = replace(purse, available_fen=min(purse.available_fen, one.most_fen))
    return found


def kin_names(home_ids: Collection[int]) -> dict[str, str]:
    """Return the holders of those vouchers, by the vouchers' reference."""
    return {one.voucher.ref: one.owner.holder_name for one in _given(home_ids)}


def _given(home_ids: Collection[int]) -> list[KinConsent]:
    moment = clock.now()
    return list(kin.given(db.session(), household_id=actor().household, home_ids=home_ids, moment=moment))
