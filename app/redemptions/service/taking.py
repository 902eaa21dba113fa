"""A purchase that changes after its contract, with what goes along: under which locks, in which order.

A home that is given back takes the written-off spaces beside it along. Each has a change of its own, so that
every purchase keeps its sums and their proof; it goes every step with the home's, which leads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, NotFound
from app.core.ids import new_ref
from app.homes.models import Home
from app.redemptions import change_queries, promises
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import TERMS, Kind
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Allocation, Redemption
from app.redemptions.scope import scoped
from app.vouchers import succession


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase with its home, both locked."""

    home: Home
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class Case:
    """A change with the purchase that it is about, under its locks."""

    change: PurchaseChange
    home: Home
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class Opened:
    """A change under its locks, in front of those of the spaces that go with it."""

    cases: list[Case]
    others: list[Bought]
    """Spaces beside it that were written off since, so that nobody has asked about them."""


def take(session: Session, actor: Actor, ref: str, *, along: bool) -> list[Bought]:
    """Return a purchase that is the actor's own to change, homes, vouchers and purchases locked.

    ``along`` brings the written-off spaces beside it, in the order in which they were bought. Raises
    NotFound, NotBuyer, Conflict("space_stands") when one was written off while this waited.
    """
    wanted = select(Redemption.id, Redemption.home_id, Redemption.household_id, Redemption.beside_id)
    found = session.execute(scoped(wanted.where(Redemption.ref == ref), actor)).first()
    if found is None:
        raise NotFound("redemption_gone")
    if actor.role is Role.HOUSEHOLD and found.household_id != actor.household:
        raise NotBuyer
    spaces = change_queries.list_written_off(session, found.id) if along else []
    ids = [found.id, *(space.id for space in spaces)]
    homes = locks.lock_all(session, Home, [found.home_id, *(space.home_id for space in spaces)])
    # With them those that came of them: what one earned decides what the payout of another takes back.
    paying = select(Allocation.voucher_id).where(Allocation.redemption_id.in_(ids))
    succession.lock_answering(session, session.scalars(paying).all())
    locked = locks.lock_all(session, Redemption, [*ids, *([found.beside_id] if found.beside_id else [])])
    shares = select(Allocation).where(Allocation.redemption_id.in_(ids))
    session.scalars(shares, execution_options={"populate_existing": True}).all()
    if along and {one.id for one in change_queries.list_written_off(session, found.id)} - set(ids):
        raise Conflict("space_stands")
    by_id = {home.id: home for home in homes}
    return [Bought(by_id[one.home_id], one) for one in locked if one.id in ids]


def open_case(session: Session, actor: Actor, ref: str) -> Opened:
    """Return a change as it is under the locks of what it is about, with those that go with it.

    Raises NotFound, Conflict("change_led") for one that goes with another, else as ``take``.
    """
    known = change_queries.get_change(session, actor=actor, ref=ref)
    if known.with_id is not None:
        raise Conflict("change_led")
    wanted = session.get_one(Redemption, known.redemption_id)
    first, *spaces = take(session, actor, wanted.ref, along=TERMS[Kind(known.kind)].reverses)
    lead = change_queries.get_change(session, actor=actor, ref=ref)
    led = {one.redemption_id: one for one in change_queries.list_led(session, lead)}
    cases = [
        Case(led[one.redemption.id], one.home, one.redemption) for one in spaces if one.redemption.id in led
    ]
    others = [one for one in spaces if one.redemption.id not in led]
    return Opened([Case(lead, first.home, first.redemption), *cases], others)


def join(session: Session, lead: PurchaseChange, spaces: Sequence[Bought]) -> list[Case]:
    """Let written-off spaces go with their home's change, standing where it does.

    Raises Conflict("space_change_open") while something else is asked about one.
    """
    joined = []
    for one in spaces:
        change = PurchaseChange(
            district_id=lead.district_id,
            ref=new_ref("BG"),
            redemption_id=one.redemption.id,
            with_id=lead.id,
            kind=lead.kind,
            is_own=lead.is_own,
            state=lead.state,
            from_state=one.redemption.state,
            reason=lead.reason,
            asked_by_id=lead.asked_by_id,
            asked_at=lead.asked_at,
            answer_by=lead.answer_by,
            agrees=lead.agrees,
            answer=lead.answer,
            answered_by_id=lead.answered_by_id,
            answered_at=lead.answered_at,
        )
        with unless_taken(session, "uq_purchase_changes_open", Conflict("space_change_open")):
            session.add(change)
        joined.append(Case(change, one.home, one.redemption))
    return joined


def lock_money(session: Session, cases: Sequence[Case]) -> None:
    """Lock the accounts of all that goes back together, before any of it moves: one by one would descend."""
    if len(cases) > 1:
        purchases = [one.redemption for one in cases]
        paying = [part.voucher_id for one in purchases for part in one.allocations]
        promises.lock(session, purchases, vouchers=succession.lock_answering(session, paying))
