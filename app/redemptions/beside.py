"""Spaces beside homes (房旁车位): what a space may be bought beside, and with which vouchers. Reads only.

By a policy that says so a space is also bought alone: then it stands beside nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import Conflict
from app.homes.models import DWELLING, Home
from app.homes.rules import StockKind
from app.redemptions.errors import VoucherNotUsable
from app.redemptions.models import Allocation, Redemption
from app.redemptions.queries import is_over
from app.redemptions.snapshot import BesideSeen, Snapshot
from app.redemptions.states import ACTIVE, State
from app.vouchers.queries import WalletVoucher

Columns = TypeVarTuple("Columns")

STANDING = (*ACTIVE, State.REDEEMED)
"""While in one of these a purchase has its home, and spaces may be bought beside it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A home that spaces may be bought beside: which vouchers pay for it, and how many spaces it has."""

    home_ref: str
    line: str
    development_id: int
    voucher_ids: frozenset[int]
    spaces: int = 0

    def demand(self, space: Home, purses: Sequence[WalletVoucher]) -> None:
        """Refuse a space elsewhere, one more than a policy allows, or vouchers that all paid for other homes.

        Raises Conflict, VoucherNotUsable.
        """
        if space.development_id != self.development_id:
            raise Conflict("space_elsewhere")
        paying = [purse for purse in purses if purse.id in self.voucher_ids]
        if not paying:
            raise Conflict("space_vouchers_other")
        for purse in paying:
            if not purse.policy.may_buy_beside(self.spaces).allowed:
                raise VoucherNotUsable("voucher_spaces_full", purse.ref)

    def seen(self, purses: Sequence[WalletVoucher]) -> BesideSeen:
        """Return what a quote of a space freezes about its home."""
        limits = [purse.policy.spaces_a_home for purse in purses if purse.id in self.voucher_ids]
        most = min((limit for limit in limits if limit is not None), default=None)
        return BesideSeen(self.home_ref, self.line, most)

    def with_space(self) -> "Beside":
        """Return the home with one more space beside it."""
        return replace(self, spaces=self.spaces + 1)


def is_space(home: Home) -> bool:
    """Tell whether a piece of stock is a space."""
    return StockKind(home.kind).is_space


def has_fallen(redemption: Redemption) -> bool:
    """Tell whether a space's purchase ends with that of its home, which is over; a job writes it down."""
    home = redemption.beside
    return home is not None and redemption.state in ACTIVE and home.state not in STANDING


def state_shown(redemption: Redemption, moment: datetime) -> State:
    """Return the state that everybody is told: a hold past its deadline and a space whose home went are over.

    What they held is given back by a job within a minute.
    """
    if is_over(redemption, moment):
        return State.EXPIRED
    return State.CANCELLED if has_fallen(redemption) else State(redemption.state)


def may_pay(purse: WalletVoucher, home: Home, beside: Beside | None) -> bool:
    """Tell whether a voucher may pay for this: for a space one that pays for its home, or buys it alone."""
    if beside is not None:
        return purse.id in beside.voucher_ids
    return not is_space(home) or purse.policy.spaces_alone


def of_snapshot(home: Home, bought: Snapshot) -> Beside:
    """Return a home as it is once a quote is locked."""
    paying = frozenset(part.voucher_id for part in bought.used_parts)
    return Beside(home.ref, bought.home.line, home.development_id, paying)


def find_bought(
    session: Session, *, actor: Actor, home_refs: Collection[str]
) -> dict[str, tuple[Redemption, Beside]]:
    """Return the acting household's purchases of these homes that stand, by the homes' references."""
    if not home_refs:
        return {}
    wanted = standing(select(Redemption), actor.household, home_refs)
    statement = wanted.where(Redemption.district_id == actor.district).options(
        joinedload(Redemption.home).joinedload(Home.building),
        joinedload(Redemption.home).joinedload(Home.development),
    )
    bought = session.scalars(statement, execution_options={"populate_existing": True}).all()
    paying = payers(session, [one.id for one in bought])
    taken = places(session, [one.id for one in bought])
    return {
        one.home.ref: (
            one,
            Beside(
                one.home.ref,
                f"{one.home.development.name} {one.home.name}",
                one.home.development_id,
                paying[one.id],
                len(taken[one.id]),
            ),
        )
        for one in bought
    }


def standing(
    statement: Select[*Columns], household_id: int | None, home_refs: Collection[str]
) -> Select[*Columns]:
    """Limit a statement of purchases to a household's that stand, of these homes; spaces are none."""
    return statement.join(Home, Home.id == Redemption.home_id).where(
        Home.ref.in_(home_refs),
        Redemption.household_id == household_id,
        DWELLING,
        Redemption.state.in_(STANDING),
    )


def payers(session: Session, redemption_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Return the vouchers that pay for each of these purchases."""
    found: dict[int, set[int]] = {one: set() for one in redemption_ids}
    statement = select(Allocation.redemption_id, Allocation.voucher_id)
    for redemption_id, voucher_id in session.execute(statement.where(Allocation.redemption_id.in_(found))):
        found[redemption_id].add(voucher_id)
    return {one: frozenset(vouchers) for one, vouchers in found.items()}


def places(session: Session, redemption_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return which places beside each of these purchases are taken by spaces."""
    found: dict[int, set[int]] = {one: set() for one in redemption_ids}
    statement = select(Redemption.beside_id, Redemption.beside_place).where(
        Redemption.beside_id.in_(found), Redemption.state.in_(STANDING)
    )
    for beside_id, place in session.execute(statement):
        if beside_id is not None and place is not None:
            found[beside_id].add(place)
    return found


def list_spaces(session: Session, redemption: Redemption) -> Sequence[Redemption]:
    """Return what stands beside a home's purchase, in the order in which it was bought, places loaded."""
    statement = (
        select(Redemption)
        .where(Redemption.beside_id == redemption.id, Redemption.state.in_(STANDING))
        .options(
            joinedload(Redemption.home).joinedload(Home.building),
            joinedload(Redemption.home).joinedload(Home.development),
        )
        .order_by(Redemption.id)
    )
    return session.scalars(statement).all()
