"""Making plans (选房方案) and sharing them: the acting household's, or its helper's for it.

A plan holds nothing and promises nothing; what its homes would cost is foreseen anew whenever it is read.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.ids import new_ref
from app.following import plan_queries as queries
from app.following import rules
from app.following.foreseen import foresee
from app.following.holding import hold_household
from app.following.plan_models import BuyingPlan, PlannedHome
from app.following.rules import Way
from app.homes.queries import get_public_home
from app.projects import helping_acts
from app.redemptions import service as redemptions
from app.redemptions.ground import place_of
from app.search import source
from app.vouchers.queries import get_voucher

SHARED_FOR: Final = timedelta(days=90)
"""Our own choice: a season of looking for homes; a link that is forgotten ends by itself."""


def create_plan(session: Session, *, actor: Actor, name: str, voucher_ref: str | None) -> BuyingPlan:
    """Make an empty plan of the acting household's for one of its vouchers, or for none yet.

    Raises DomainError at ``name``, NotFound for somebody else's voucher, Conflict("plans_full").
    """
    tidy = rules.tidy_name(name, missing="plan_name_missing")
    hold_household(session, actor)
    if queries.count_plans(session, actor=actor) >= rules.MOST_PLANS:
        raise Conflict("plans_full", most=rules.MOST_PLANS)
    plan = BuyingPlan(
        district_id=actor.district,
        household_id=actor.household,
        ref=new_ref("XF"),
        name=tidy,
        note="",
        voucher_id=_voucher_id(session, actor, voucher_ref),
        made_at=clock.now(),
        shares_sums=False,
    )
    session.add(plan)
    session.flush()
    helping_acts.note_prepared(session, actor=actor, what="plan_make", about_ref=plan.ref)
    return plan


def change_plan(
    session: Session, *, actor: Actor, ref: str, name: str, note: str, voucher_ref: str | None
) -> None:
    """Rename a plan, keep a note with it, or let another voucher of the household pay.

    Raises NotFound, DomainError at ``name`` and ``note``.
    """
    plan = queries.get_plan(session, actor=actor, ref=ref)
    plan.name, plan.note = rules.tidy_name(name, missing="plan_name_missing"), rules.tidy_note(note)
    plan.voucher_id = _voucher_id(session, actor, voucher_ref)
    session.flush()
    helping_acts.note_prepared(session, actor=actor, what="plan_change", about_ref=ref)


def delete_plan(session: Session, *, actor: Actor, ref: str) -> None:
    """Delete a plan, its shared link with it. Raises NotFound."""
    plan = queries.get_plan(session, actor=actor, ref=ref)
    session.execute(delete(BuyingPlan).where(BuyingPlan.id == plan.id))
    helping_acts.note_prepared(session, actor=actor, what="plan_delete", about_ref=ref)


def add_homes(session: Session, *, actor: Actor, ref: str, home_refs: Sequence[str]) -> int:
    """Put homes at the end of a plan, those that are in it left where they are; return how many came in.

    Raises NotFound, also for a home that was never listed; Conflict("plan_full"), then none came in.
    """
    hold_household(session, actor)
    plan = queries.get_plan(session, actor=actor, ref=ref)
    known = {row.home_id for row in plan.homes}
    wanted = {
        home.id: home
        for home in (get_public_home(session, ref=one) for one in home_refs)
        if home.id not in known
    }
    if len(known) + len(wanted) > rules.MOST_PLANNED:
        raise Conflict("plan_full", most=rules.MOST_PLANNED)
    facts = source.load(session, list(wanted))
    last = max((row.place for row in plan.homes), default=0)
    for place, home in enumerate(wanted.values(), start=last + 1):
        added = insert(PlannedHome).values(
            district_id=plan.district_id,
            plan_id=plan.id,
            home_id=home.id,
            place=place,
            seen_fen=facts[home.id].voucher_net.payable_fen,
        )
        session.execute(added.on_conflict_do_nothing())
        _note(session, actor, "plan_add", plan, place_of(home))
    return len(wanted)


def remove_home(session: Session, *, actor: Actor, ref: str, home_ref: str) -> None:
    """Take a home out of a plan. Raises NotFound, also for a home that is not in it."""
    plan = queries.get_plan(session, actor=actor, ref=ref)
    row = queries.home_of(plan, home_ref)
    session.execute(delete(PlannedHome).where(PlannedHome.id == row.id))
    _note(session, actor, "plan_remove", plan, place_of(row.home))


def move_home(session: Session, *, actor: Actor, ref: str, home_ref: str, way: Way) -> Way:
    """Let a home change places with its neighbour and return where it can go on; nothing happens at the edge.

    That is the same way, or back from the edge. Raises NotFound, also for a home that is not in the plan.
    """
    hold_household(session, actor)
    plan = queries.get_plan(session, actor=actor, ref=ref)
    moved = queries.home_of(plan, home_ref)
    at = plan.homes.index(moved)
    to = at + (1 if way is Way.DOWN else -1)
    if 0 <= to < len(plan.homes):
        other = plan.homes[to]
        moved.place, other.place = other.place, moved.place
        session.flush()
        _note(session, actor, "plan_move", plan, place_of(moved.home))
        at = to
    if way is Way.UP:
        return way if at > 0 else Way.DOWN
    return way if at < len(plan.homes) - 1 else Way.UP


def share_plan(session: Session, *, actor: Actor, ref: str, with_sums: bool) -> str:
    """Let whoever has the link read a plan for ``SHARED_FOR``; return its token. A link before it ends.

    Raises NotFound.
    """
    plan = queries.get_plan(session, actor=actor, ref=ref)
    token = secrets.token_urlsafe(24)
    plan.share_token, plan.shares_sums = token, with_sums
    plan.shared_until = clock.now() + SHARED_FOR
    session.flush()
    return token


def end_share(session: Session, *, actor: Actor, ref: str) -> None:
    """Take a shared link back: it opens nothing from now on. Raises NotFound."""
    plan = queries.get_plan(session, actor=actor, ref=ref)
    plan.share_token, plan.shared_until, plan.shares_sums = None, None, False
    session.flush()


def into_basket(session: Session, *, actor: Actor, ref: str) -> tuple[int, int]:
    """Put the homes that are free into the basket, in order; return how many these are, and how many not.

    Raises NotFound, Conflict("basket_full").
    """
    plan = queries.get_plan(session, actor=actor, ref=ref)
    free = [line.row.home.ref for line in foresee(session, plan).lines if line.is_free]
    for home_ref in free:
        redemptions.add_home(session, actor=actor, home_ref=home_ref)
    return len(free), len(plan.homes) - len(free)


def _voucher_id(session: Session, actor: Actor, ref: str | None) -> int | None:
    return get_voucher(session, actor=actor, ref=ref).id if ref else None


def _note(session: Session, actor: Actor, what: str, plan: BuyingPlan, place: str) -> None:
    """Keep in the log what a helper did to the plan; the household itself leaves no trace."""
    helping_acts.note_prepared(session, actor=actor, what=what, about_ref=plan.ref, place=place)
