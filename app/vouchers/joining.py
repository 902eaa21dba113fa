"""Merging with the vouchers of other households (合并别家的房票): whose they are, and each one's consent.

Who asks gets all of it. Until an owner consents its voucher is only named: it buys and moves as before.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import normalise_ref
from app.projects import persons
from app.projects.rules import is_id_number, tidy_id
from app.vouchers.models import Voucher
from app.vouchers.move_models import MoveOwner, MovePart, VoucherMove
from app.vouchers.move_rules import Join, Wish
from app.vouchers.parties import Other

MOST_JOINED: Final = 5
"""With so many vouchers of other households one is merged at once."""


def find(session: Session, *, actor: Actor, joins: Sequence[Join], owners: Sequence[Other]) -> list[Voucher]:
    """Return the issued vouchers of other households that a wish names, held by whom their cards say.

    Raises DomainError at the field of a place: ``kin_1``, ``name_1``, ``id_number_1``; at ``voucher_1`` for
    what does not fit together, whichever part of it, so that nobody learns by trying whose a voucher is.
    """
    if len(joins) != len(owners):
        raise DomainError("merge_owner_missing", "name_1")
    found: list[Voucher] = []
    for place, (join, owner) in enumerate(zip(joins, owners, strict=True), start=1):
        if not join.kin:
            raise DomainError("kin_missing", f"kin_{place}")
        if not owner.name.strip():
            raise DomainError("move_other_missing", f"name_{place}")
        if not is_id_number(tidy_id(owner.id_number)):
            raise DomainError("id_number_bad", f"id_number_{place}")
        voucher = _of(session, actor, join.ref, owner)
        if voucher is None:
            raise DomainError("merge_owner_unknown", f"voucher_{place}")
        if voucher.household_id == actor.household:
            raise DomainError("merge_own", f"voucher_{place}")
        if voucher.id in {one.id for one in found}:
            raise DomainError("merge_twice", f"voucher_{place}")
        found.append(voucher)
    return found


def is_holder(session: Session, household_id: int, other: Other) -> bool:
    """Tell whether a person, as their card says, is the holder of a household."""
    person = persons.find_by_id(session, household_id=household_id, id_number=tidy_id(other.id_number))
    return person is not None and person.relation == "holder" and person.name == other.name.strip()


def lock_named(session: Session, actor: Actor, wish: Wish, joined: Sequence[Voucher]) -> list[Voucher]:
    """Return the household's own issued vouchers that a wish names, and those joined, locked, in its order.

    Raises NotFound for somebody else's among its own.
    """
    own = select(Voucher.id).where(
        Voucher.ref.in_(wish.own_refs),
        Voucher.household_id == actor.household,
        Voucher.district_id == actor.district,
        Voucher.state == "issued",
    )
    wanted = [*session.scalars(own), *(voucher.id for voucher in joined)]
    locked = {voucher.ref: voucher for voucher in locks.lock_all(session, Voucher, wanted)}
    if not wish.own_refs or locked.keys() != set(wish.refs) or len(locked) != len(wish.refs):
        raise NotFound("voucher_gone")
    return [locked[ref] for ref in wish.refs]


def name_owners(
    session: Session, move: VoucherMove, joins: Sequence[Join], joined: Sequence[Voucher]
) -> None:
    """Write down whose vouchers a merge takes beside those of who asks, each household once, in order."""
    kin = {join.ref: join.kin for join in joins}
    places: dict[int, str] = {}
    for voucher in joined:
        places.setdefault(voucher.household_id, kin[voucher.ref])
    session.add_all(
        MoveOwner(
            move_id=move.id, household_id=household_id, district_id=move.district_id, place=place, kin=said
        )
        for place, (household_id, said) in enumerate(places.items(), start=1)
    )
    session.flush()


def owner_of(move: VoucherMove, household_id: int | None) -> MoveOwner | None:
    """Return the owner in a merge that a household is, or None."""
    return next((owner for owner in move.owners if owner.household_id == household_id), None)


def agree(session: Session, *, actor: Actor, move: VoucherMove, owner: MoveOwner) -> bool:
    """Note an owner's consent: its vouchers buy nothing any more; return whether all owners have consented.

    The caller holds the locks of the vouchers. Raises Conflict for one who consented, and for a voucher that
    is in another move by now.
    """
    if owner.consented_at is not None:
        raise Conflict("merge_agreed")
    own = select(Voucher.id).where(Voucher.household_id == owner.household_id)
    named = update(MovePart).where(MovePart.move_id == move.id, MovePart.voucher_id.in_(own))
    with unless_taken(session, "uq_voucher_move_parts_open", Conflict("move_open")):
        session.execute(named.values(is_taken=True))
    taken = [part.voucher_id for part in move.parts if part.voucher.household_id == owner.household_id]
    session.execute(update(Voucher).where(Voucher.id.in_(taken)).values(is_moving=True))
    owner.consented_at = clock.now()
    owner.consented_by_id, owner.consent_visit_id = actor.user_id, actor.visit_id
    session.flush()
    return all(one.consented_at is not None for one in move.owners)


def _of(session: Session, actor: Actor, ref: str, owner: Other) -> Voucher | None:
    statement = select(Voucher).where(
        Voucher.ref == (normalise_ref(ref) or ref),
        Voucher.district_id == actor.district,
        Voucher.state == "issued",
    )
    voucher = session.scalars(statement).first()
    return voucher if voucher is not None and is_holder(session, voucher.household_id, owner) else None
