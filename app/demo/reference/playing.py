"""The reference district until the visitor's story begins: two years of its market, a month of its round."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.demo import people, pool
from app.demo.calendar import Calendar
from app.demo.reference import breaches, earlier, market, roster
from app.demo.reference import round as vouchers
from app.demo.reference import stock as homes
from app.demo.reference.places import DEVELOPERS
from app.demo.reference.roster import Known
from app.demo.reference.round import ENTERED, Desks
from app.demo.reference.stock import Stock
from app.demo.reference.timeline import Step, play
from app.policies.models import PolicyVersion

FIRST_MOMENT: Final = datetime(2014, 5, 5, 0, 40, tzinfo=UTC)
"""08:40 on Monday 5 May 2014 in the district."""
_FIRST_LOGIN: Final = 11
"""Managers of the developers sign in as developer11 and so on."""


def play_until_now(
    session: Session,
    *,
    district_id: int,
    staff: Mapping[Role, Actor],
    policy: PolicyVersion,
    project_ids: Sequence[int],
    known: Sequence[Known],
    enter_known: Callable[[], None],
    calendar: Calendar,
    say: Callable[[str], None],
) -> Stock:
    """Play everything until the story's first day; ``enter_known`` enters the story's own households.

    They are on the rosters before these are locked, and their sums are part of the published totals.
    """
    stock = Stock(market.plan(), _developers(session, staff, district_id))
    writer = homes.Writer(session, stock, staff[Role.REGULATOR], staff[Role.CHECKER])
    seats = roster.plan(known)
    desks = Desks(staff[Role.OFFICER], staff[Role.CHECKER], policy)
    steps = [
        *homes.steps(writer),
        *breaches.steps(session, stock=stock, writer=writer, seats=seats),
        *earlier.steps(session, officer=staff[Role.OFFICER]),
        Step(ENTERED, 1, enter_known),
        *vouchers.steps(
            session, stock=stock, seats=seats, project_ids=project_ids, desks=desks, until=market.LAST_DAY
        ),
    ]
    play(session, calendar=calendar, steps=steps, say=say)
    return stock


def _developers(session: Session, staff: Mapping[Role, Actor], district_id: int) -> dict[str, Actor]:
    """Found the developers, each with a manager, and have them admitted; return the managers by company."""
    found = {}
    for number, name in enumerate(DEVELOPERS):
        manager = people.manager(session, name, f"developer{_FIRST_LOGIN + number}", "销售经理")
        applied = pool.apply(session, manager=manager, district_id=district_id, name="销售经理")
        pool.decide(
            session, officer=staff[Role.OFFICER], checker=staff[Role.CHECKER], found=applied, action="admit"
        )
        found[name] = manager
    return found
