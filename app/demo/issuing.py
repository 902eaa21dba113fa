"""A project of its own whose vouchers come in batches: one was issued, a second waits for the checker."""

import random
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.demo.calendar import Calendar
from app.demo.households import Family, enter_persons, lines_of, name_of
from app.demo.story import Cast
from app.policies.models import PolicyVersion
from app.projects import roster
from app.projects import service as projects
from app.projects.models import Election, Household, Project
from app.reports import clear_sheets
from app.vouchers import batch_queries, batches, flows, paper
from app.vouchers.models import VoucherBatch

PROJECT: Final = "湖滨路南片"
FIRST: Final = 6
"""How many households signed before the first batch; as many again, less those left out, after it."""
SECOND: Final = 9
SURVEYED: Final = "湖滨路北片"
"""A project whose roster is still open: its households are being surveyed."""
PRINTED: Final = 12
"""How many vouchers of the first project are on paper."""
SIGNED: Final = date(2016, 5, 6)


def issue_in_batches(
    session: Session,
    *,
    cast: Cast,
    calendar: Calendar,
    policy: PolicyVersion,
    chance: random.Random,
    project_name: str = PROJECT,
) -> None:
    """Enter the project, issue one batch of it, and leave a second with its checker."""
    project = projects.create_project(session, actor=cast.officer, name=project_name)
    houses = [
        _house(session, cast.officer, project, number, chance) for number in range(1, FIRST + SECOND + 1)
    ]
    silent, cash, disputed = houses[-3:]
    roster.elect(session, actor=cast.officer, household_ref=cash.ref, elects=Election.CASH)
    roster.dispute(
        session, actor=cast.officer, household_ref=disputed.ref, about="继承人之间还没有达成一致。"
    )
    roster.lock(session, actor=cast.officer, project_id=project.id)
    for number, house in enumerate(houses[:FIRST], start=1):
        _sign(session, cast.officer, house, number)
    first = _submit(session, cast.officer, project, policy)
    calendar.pass_time(minutes=40)
    for voucher in batch_queries.sample_of(first, batch_queries.list_vouchers(session, batch=first)):
        batches.open_sample(session, actor=cast.checker, batch_ref=first.ref, voucher_ref=voucher.ref)
        session.commit()
        calendar.pass_time(minutes=4)
    batches.approve(session, actor=cast.checker, batch_ref=first.ref)
    session.commit()
    flows.issue_batch(session, batch_id=first.id)
    for number, house in enumerate(houses[FIRST:], start=FIRST + 1):
        if house is not silent:
            _sign(session, cast.officer, house, number)
    calendar.pass_time(minutes=20)
    _submit(session, cast.officer, project, policy)
    surveyed = projects.create_project(session, actor=cast.officer, name=SURVEYED)
    for number in range(FIRST + SECOND + 1, FIRST + SECOND + 3):
        _house(session, cast.officer, surveyed, number, chance)
    session.commit()


def print_papers(session: Session, *, cast: Cast, calendar: Calendar, family: Family) -> None:
    """Print some vouchers of a family's project, spoil a sheet, and make the family's clear sheet."""
    officer = cast.officer
    sheets = paper.print_project(
        session,
        actor=officer,
        project_id=family.household.project_id,
        first_serial="A0012001",
        count=PRINTED,
    )
    session.commit()
    calendar.pass_time(minutes=10)
    paper.spoil(session, actor=officer, serial=sheets[2].serial, reason="misprint", new_serial="A0012101")
    session.commit()
    clear_sheets.make(session, actor=officer, household_id=family.household.id)
    session.commit()


def _submit(session: Session, officer: Actor, project: Project, policy: PolicyVersion) -> VoucherBatch:
    seen = batch_queries.preview(session, actor=officer, project_id=project.id)
    batch = batches.submit(
        session, actor=officer, project_id=project.id, policy_version_id=policy.id, seen=seen.mark
    )
    session.commit()
    return batch


def _house(
    session: Session, officer: Actor, project: Project, number: int, chance: random.Random
) -> Household:
    house = projects.create_household(
        session,
        actor=officer,
        project_id=project.id,
        holder_name=name_of(60 + number),
        old_address=f"湖滨路 {number * 2} 号",
        old_area_m2=Decimal(chance.randint(6000, 18000)) / 100,
    )
    enter_persons(session, officer, house, 60 + number)
    return house


def _sign(session: Session, officer: Actor, house: Household, number: int) -> None:
    sum_fen = int(house.old_area_m2 * 5200) * 100
    projects.create_agreement(
        session,
        actor=officer,
        household_id=house.id,
        number=f"菱征 2016-4-{number:03}-1",
        compensation_fen=sum_fen,
        signed_on=SIGNED,
        lines=lines_of(sum_fen, whole=True),
    )
