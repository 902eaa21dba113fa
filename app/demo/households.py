"""The demo's sixty households in three projects, with the agreements they signed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.gateways.outbox import NOBODYS_NUMBERS
from app.projects import persons, rules
from app.projects import service as projects
from app.projects.models import Agreement, Household

SEED: Final = 60
PROJECTS: Final = (("港华路二期", 20), ("东部新城滨江片一期", 26), ("华中东路北片", 14))
HOLDER_OF_THE_DEMO: Final = "陈桂兰"

_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = (
    "秀英",
    "国强",
    "桂芳",
    "建华",
    "玉兰",
    "志刚",
    "淑珍",
    "德明",
    "桂香",
    "永福",
    "翠平",
    "卫东",
)
DEMO_NUMBERS: Final = "1990001"
"""How the mobile numbers of the demo begin."""
BARE: Final = 42
"""Whose agreement is old: what its sum is made of was typed in later, and waits for the checker."""
UNCLAIMED: Final = 30
"""Which family (its place in the list) has not claimed its account: a visitor may."""

_YUAN_PER_OLD_M2: Final = 5200
"""What the demo compensates for a ㎡ of the old home."""


@dataclass(frozen=True)
class Drawn:
    """A household before it is entered: the place of its project in the list, its old home, what it signs."""

    project: int
    old_area_m2: Decimal
    sums_fen: tuple[int, ...]
    signed_on: date


@dataclass(frozen=True)
class Member:
    """A person of the demo, under the ID number that was made up for them."""

    name: str
    relation: str
    id_number: str


@dataclass(frozen=True)
class Family:
    """One household with its agreements, the first the largest."""

    household: Household
    agreements: list[Agreement]


def draw(*, holder_sums: tuple[int, ...]) -> list[Drawn]:
    """Return the households, project by project; the first is the demo's own, whose sums in fen are given."""
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    drawn: list[Drawn] = []
    for project, (_, count) in enumerate(PROJECTS):
        for _ in range(count):
            area = Decimal(chance.randint(9000, 26000)) / 100
            sums = (int(area * _YUAN_PER_OLD_M2) * 100,) if drawn else holder_sums
            signed_on = date(2016, 4, 20) + timedelta(days=chance.randint(0, 20))
            drawn.append(Drawn(project, area, sums, signed_on))
    return drawn


def open_projects(session: Session, *, officer: Actor) -> list[int]:
    """Create the projects and return their ids."""
    return [projects.create_project(session, actor=officer, name=name).id for name, _ in PROJECTS]


def enter(
    session: Session, *, officer: Actor, drawn: Sequence[Drawn], project_ids: Sequence[int]
) -> list[Household]:
    """Enter every household with its persons on the roster of its project."""
    entered = []
    for number, one in enumerate(drawn):
        name, _ = PROJECTS[one.project]
        household = projects.create_household(
            session,
            actor=officer,
            project_id=project_ids[one.project],
            holder_name=HOLDER_OF_THE_DEMO if not number else name_of(number),
            old_address=f"{name.removesuffix('二期')} {number * 2 + 1} 号",
            old_area_m2=one.old_area_m2,
        )
        enter_persons(session, officer, household, number)
        entered.append(household)
    return entered


def sign(
    session: Session, *, officer: Actor, drawn: Sequence[Drawn], entered: Sequence[Household]
) -> list[Family]:
    """Enter what each signed."""
    return [
        _sign(session, officer, household, f"{one.project + 1}-{number:03}", one, bare=number == BARE + 1)
        for number, (one, household) in enumerate(zip(drawn, entered, strict=True), start=1)
    ]


def enter_persons(session: Session, officer: Actor, household: Household, number: int) -> None:
    """Enter the holder, and in every other household a spouse and a child.

    Every sixth holder has no telephone and every eighth one that is wrong: letters are for them.
    """
    enter = partial(persons.add_person, session, actor=officer, household_id=household.id)
    for one in members_of(number, household.holder_name):
        phone = _phone(number) if one.relation == "holder" else None
        enter(name=one.name, relation=one.relation, id_number=one.id_number, phone=phone)


def members_of(number: int, holder: str) -> list[Member]:
    """Return who lives in a household, by its place in the list and its holder's name; the holder first."""
    found = [Member(holder, "holder", id_number(1938 + number % 30, number))]
    if number % 2 == 0:
        found.append(Member(f"{holder[0]}家属", "spouse", id_number(1940 + number % 30, 200 + number)))
        found.append(Member(f"{holder[0]}小宝", "child", id_number(2008, 400 + number)))
    return found


def id_number(year: int, serial: int) -> str:
    """Return a made-up ID number whose check sign holds."""
    body = f"340803{year}{1 + serial % 12:02}{1 + serial % 28:02}{serial % 1000:03}"
    return body + rules.check_sign(body)


def _phone(number: int) -> str | None:
    if number % 6 == 5:
        return None
    return f"{NOBODYS_NUMBERS if number % 8 == 7 else DEMO_NUMBERS}{number:04}"


def _sign(
    session: Session, officer: Actor, household: Household, number: str, one: Drawn, *, bare: bool
) -> Family:
    agreements = [
        projects.create_agreement(
            session,
            actor=officer,
            household_id=household.id,
            number=f"菱征 2016-{number}-{part}",
            compensation_fen=sum_fen,
            signed_on=one.signed_on,
            lines=() if bare else lines_of(sum_fen, whole=part == 1),
        )
        for part, sum_fen in enumerate(one.sums_fen, start=1)
    ]
    return Family(household, agreements)


def lines_of(sum_fen: int, *, whole: bool) -> list[tuple[str, int]]:
    """Return what a sum is made of: the home, and on the first agreement what goes with moving out."""
    if not whole:
        return [("area_aid", sum_fen)]
    others = [
        ("decoration", sum_fen // 1_000_000 * 60_000),
        ("attachments", 180_000),
        ("moving", 200_000),
        ("interim", 720_000),
        ("award", 1_000_000),
        ("moving_award", 500_000),
    ]
    return [("home", sum_fen - sum(amount_fen for _kind, amount_fen in others)), *others]


def name_of(number: int) -> str:
    """Return a made-up name."""
    return _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number * 7 % len(_GIVEN)]
