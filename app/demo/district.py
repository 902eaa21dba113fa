"""Fills the demo district, once, through the services: what a visitor sees could all have been typed in."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.demo import (
    ending,
    following,
    founding,
    households,
    issuing,
    neighbour,
    paying,
    pricing,
    sales,
    settling,
    spaces,
    stock,
    story,
)
from app.demo.calendar import Calendar
from app.demo.households import Drawn
from app.demo.reference import playing
from app.demo.reference.roster import Known
from app.identity import counters
from app.identity import service as identity
from app.identity.models import District
from app.policies import service as policies
from app.policies.models import PolicyVersion
from app.projects import roster
from app.projects.models import Household
from app.search import names

FIRST_MOMENT: Final = datetime(2016, 5, 16, 1, 0, tzinfo=UTC)
"""09:00 on Monday 16 May 2016 in the district: the round has opened."""

SEED: Final = 2016
DISTRICT_CODE: Final = "linghu"
DISTRICT_NAME: Final = "菱湖区"
POLICY_FILE: Final = Path(__file__).resolve().parents[1] / "policies" / "files" / "linghu-2016.yaml"
COUNTER: Final = {
    "address": "湖心北路 1 号政务服务中心一楼 6 号窗口",
    "phone": "0556-5550000",
    "hours": "周一到周五 8:30–12:00，14:00–17:30",
}
"""What the demo says of its counter."""

Say = Callable[[str], None]


def is_filled(session: Session) -> bool:
    """Tell whether the demo district is there."""
    return session.get(clock.StoredBusinessClock, 1) is not None


def fill(session: Session, *, say: Say, whole: bool = True) -> None:
    """Write the demo and start its clock where the story ends.

    ``whole`` is the reference district; without it only the story is written, in a district of its own size.
    Each step commits, because locks are taken in one order within a transaction; the caller's session makes
    savepoints of the commits.
    """
    calendar = Calendar(playing.FIRST_MOMENT if whole else FIRST_MOMENT)
    say("people")
    ground = _found(session)
    drawn = households.draw(holder_sums=(61_500_000,) if whole else (43_000_000, 18_500_000))
    entered, public = _enter(session, ground, drawn, calendar, say, whole=whole)
    calendar.go_to(FIRST_MOMENT)
    public += _tell(session, ground, drawn, entered, calendar, say, whole=whole)
    say("search index")
    following.see(session, public)
    names.recount(session)
    calendar.go_to(story.THE_END)
    clock.start_stored_clock(session, clock.now())
    session.commit()


@dataclass(frozen=True)
class _Ground:
    """What everything stands on."""

    district: District
    staff: dict[Role, Actor]
    policy: PolicyVersion
    project_ids: list[int]


def _found(session: Session) -> _Ground:
    district = identity.create_district(session, code=DISTRICT_CODE, name=DISTRICT_NAME)
    staff = founding.staff(session, district)
    officer = staff[Role.OFFICER]
    counters.set_counter(session, actor=officer, **COUNTER)
    policy = policies.adopt(
        session, actor=officer, district_id=district.id, text=POLICY_FILE.read_text(encoding="utf-8")
    )
    return _Ground(district, staff, policy, households.open_projects(session, officer=officer))


def _enter(
    session: Session,
    ground: _Ground,
    drawn: Sequence[Drawn],
    calendar: Calendar,
    say: Say,
    *,
    whole: bool,
) -> tuple[list[Household], list[int]]:
    """Enter the households and lock their rosters, with all that came before where the whole is wanted.

    Returns the story's households, and the homes that there were before it.
    """
    officer, entered = ground.staff[Role.OFFICER], list[Household]()

    def enter() -> None:
        entered.extend(
            households.enter(session, officer=officer, drawn=drawn, project_ids=ground.project_ids)
        )

    if not whole:
        enter()
        for project_id in ground.project_ids:
            roster.lock(session, actor=officer, project_id=project_id)
        session.commit()
        return entered, []
    say("two years of the market, and a month of the round")
    past = playing.play_until_now(
        session,
        district_id=ground.district.id,
        staff=ground.staff,
        policy=ground.policy,
        project_ids=ground.project_ids,
        known=[Known(one.project, one.old_area_m2, sum(one.sums_fen)) for one in drawn],
        enter_known=enter,
        calendar=calendar,
        say=say,
    )
    return entered, list(past.home_ids.values())


def _tell(
    session: Session,
    ground: _Ground,
    drawn: Sequence[Drawn],
    entered: Sequence[Household],
    calendar: Calendar,
    say: Say,
    *,
    whole: bool,
) -> list[int]:
    """Tell the visitor's story; return its homes."""
    staff, officer = ground.staff, ground.staff[Role.OFFICER]
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    developers = founding.developers(session, staff, ground.district)
    say("homes")
    made = founding.homes_of(session, developers, ground.district, chance, checker=staff[Role.CHECKER])
    stock.register(session, regulator=staff[Role.REGULATOR], made=made)
    first = made[0].development
    garage = spaces.build(session, actor=developers[first.developer_id], development_id=first.id)
    say("households and vouchers")
    families = households.sign(session, officer=officer, drawn=drawn, entered=entered)
    holders = founding.holders_of(session, families, ground.district)
    cast = story.Cast(officer, staff[Role.CHECKER], staff[Role.REGULATOR], developers, holders)
    issued = story.issue(session, cast=cast, calendar=calendar, families=families, policy=ground.policy)
    session.commit()
    if whole:
        made += neighbour.settle(session, calendar=calendar)
    else:
        issuing.issue_in_batches(session, cast=cast, calendar=calendar, policy=ground.policy, chance=chance)
    issuing.print_papers(session, cast=cast, calendar=calendar, family=families[0])
    say("purchases and price signals")
    story.lower_prices(session, cast=cast, calendar=calendar, stock=made)
    story.buy(
        session,
        cast=cast,
        calendar=calendar,
        families=families,
        vouchers_of=issued,
        stock=made,
        spaces=garage,
    )
    places = {home.development_id: home.development for home in made[: stock.HOMES_A_BUILDING * 4]}
    paying.play(session, cast=cast, stock=list(places.values()))
    founding.helper(session, helped=[holders[family.household.id] for family in families[:2]])
    unclaimed = households.UNCLAIMED
    founding.hand_out_sheet(session, officer, families[unclaimed], issued[unclaimed][0])
    following.follow(
        session,
        household=holders[families[0].household.id],
        stock=made,
        building=made[pricing.BUILDING],
    )
    say("promotions and new prices")
    pricing.set_prices(session, cast=cast, calendar=calendar, stock=made)
    say("homes sold offline")
    sales.sell_offline(session, cast=cast, calendar=calendar, stock=made)
    say("leftovers and longer terms")
    ending.end(session, cast=cast, families=families, vouchers_of=issued)
    settling.hand_over(session, cast=cast)
    settling.pay(session, cast=cast)
    sales.connect(session, manager=next(iter(developers.values())))
    return [home.id for home in made]
