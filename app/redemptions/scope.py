"""Whose redemptions somebody may see: a household's own, a developer's own, for others their district's."""

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVarTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, String, any_, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.locks import Leading
from app.homes.models import Home
from app.redemptions.models import KinConsent, Redemption

Columns = TypeVarTuple("Columns")


class _Anybody:
    """Stands for everybody of a role in a statement that is built once; their ids come with each use."""

    def __init__(self, role: Role | None) -> None:
        self.role = role
        self.organisation: Any = bindparam("organisation_id", type_=BigInteger)
        self.district: Any = bindparam("district_id", type_=BigInteger)
        self.household: Any = bindparam("household_id", type_=BigInteger)


def scoped(statement: Select[*Columns], actor: Actor | _Anybody) -> Select[*Columns]:
    """Return the statement limited to the redemptions that an actor may see.

    A household sees its own, and those that its voucher helps to pay for.
    """
    if actor.role == Role.DEVELOPER:
        return statement.where(Redemption.developer_id == actor.organisation)
    statement = statement.where(Redemption.district_id == actor.district)
    if actor.role == Role.HOUSEHOLD:
        return statement.where(seen_by_household(actor.household))
    return statement


def seen_by_household(household_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition that a purchase is a household's own, or that its voucher helps to pay for it."""
    helped = select(KinConsent.redemption_id).where(KinConsent.owner_id == household_id)
    used = helped.where(KinConsent.state == "used").scalar_subquery()
    # The key's index is asked for an array; for "own, or in this select" every purchase would be read.
    return (Redemption.household_id == household_id) | (Redemption.id == any_(func.array(used)))


@dataclass(frozen=True, slots=True)
class Place:
    """A redemption's locked home, and what is to be locked next, before anything else of it is read."""

    home: Home
    id: int
    beside_id: int | None


def lock_place(session: Session, *, actor: Actor, ref: str) -> Place:
    """Lock the home of a redemption that the actor may see. Raises NotFound for anybody else's."""
    found = _place_of(actor.role).lock(session, ref=ref, **_ids_of(actor))
    if found is None:
        raise NotFound("redemption_gone")
    home, beside = found
    return Place(home, *beside)


def get_id(session: Session, *, actor: Actor, ref: str) -> int:
    """Return the id of a redemption that the actor may see. Raises NotFound for anybody else's."""
    found = session.scalars(scoped(select(Redemption.id).where(Redemption.ref == ref), actor)).first()
    if found is None:
        raise NotFound("redemption_gone")
    return found


def _ids_of(actor: Actor) -> dict[str, int]:
    if actor.role == Role.DEVELOPER:
        return {"organisation_id": actor.organisation}
    own = {"household_id": actor.household} if actor.role == Role.HOUSEHOLD else {}
    return {"district_id": actor.district, **own}


@cache
def _place_of(role: Role | None) -> Leading[Home]:
    """Build, once for each role, the question that every step of a purchase begins with."""
    homes = select(Home).join(Redemption, Redemption.home_id == Home.id)
    wanted = scoped(homes.where(Redemption.ref == bindparam("ref", type_=String)), _Anybody(role))
    return Leading(Home, wanted, Redemption.id, Redemption.beside_id)
