"""The round of the year before, as far as it is told: those whose sum bought no home chose cash."""

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.demo.households import id_number
from app.demo.reference import market, names
from app.demo.reference.figures import OUT_OF_REACH_BEFORE
from app.demo.reference.timeline import Step
from app.projects import persons, roster
from app.projects import service as projects
from app.projects.models import Election

PROJECT: Final = "湖心老街片"
_SEED: Final = 95
_M2: Final = (21, 45)
_YUAN_A_M2: Final = 2_800
_FIRST_NUMBER: Final = 3_000


def steps(session: Session, *, officer: Actor) -> Iterator[Step]:
    """Return the day on which its roster was entered and signed."""
    yield Step(market.EARLIER_ROUND, 2, partial(_enter, session, officer))


def _enter(session: Session, officer: Actor) -> None:
    chance = random.Random(_SEED)  # noqa: S311  # reproducible, not secret
    project = projects.create_project(session, actor=officer, name=PROJECT)
    entered = []
    for number in range(_FIRST_NUMBER, _FIRST_NUMBER + OUT_OF_REACH_BEFORE):
        area, name = chance.randint(*_M2), names.of(number)
        household = projects.create_household(
            session,
            actor=officer,
            project_id=project.id,
            holder_name=name,
            old_address=names.old_address(number % 3, number, state_land=True),
            old_area_m2=Decimal(area),
        )
        persons.add_person(
            session,
            actor=officer,
            household_id=household.id,
            name=name,
            relation="holder",
            id_number=id_number(1935 + number % 45, number),
        )
        roster.elect(session, actor=officer, household_ref=household.ref, elects=Election.CASH)
        entered.append((household, area * _YUAN_A_M2 * 100))
    roster.lock(session, actor=officer, project_id=project.id)
    for number, (household, fen) in enumerate(entered, start=1):
        projects.create_agreement(
            session,
            actor=officer,
            household_id=household.id,
            number=f"菱征 2015-1-{number:03}",
            compensation_fen=fen,
            signed_on=clock.today(),
            lines=[("home", fen)],
        )
