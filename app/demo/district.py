"""Fills the demo district, once, through the services: what a visitor sees could all have been typed in."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.demo import helping, households, issuing, people, pool, pricing, sales, stock, story
from app.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from app.demo.calendar import Calendar
from app.gateways import outbox
from app.homes import service as homes
from app.homes.models import Home
from app.identity import counters, phones
from app.identity import service as identity
from app.identity.models import District
from app.policies import service as policies
from app.projects import persons
from app.search import engine, service
from app.vouchers import claims
from app.vouchers.models import Voucher

FIRST_MOMENT: Final = datetime(2016, 5, 16, 1, 0, tzinfo=UTC)
"""09:00 on Monday 16 May 2016 in the district: the round has opened."""

SEED: Final = 2016
DISTRICT_CODE: Final = "linghu"
DISTRICT_NAME: Final = "菱湖区"
POLICY_FILE: Final = Path(__file__).resolve().parents[1] / "policies" / "files" / "linghu-2016.yaml"
_KINDS: Final = {
    Role.OFFICER: "authority",
    Role.CHECKER: "authority",
    Role.REGULATOR: "regulator",
    Role.AUDITOR: "audit",
    Role.INSPECTOR: "inspection",
    Role.ADMINISTRATOR: "platform",
}

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


def fill(session: Session, *, say: Say) -> None:
    """Write the whole demo and start its clock where the story ends.

    Each step commits, because locks are taken in one order within a transaction; the caller's session makes
    savepoints of the commits.
    """
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    calendar = Calendar(FIRST_MOMENT)
    say("people")
    district = identity.create_district(session, code=DISTRICT_CODE, name=DISTRICT_NAME)
    staff = _staff(session, district)
    counters.set_counter(session, actor=staff[Role.OFFICER], **COUNTER)
    developers = _developers(session, staff, district)
    say("homes")
    made = _stock(session, developers, district, chance)
    stock.register(session, regulator=staff[Role.REGULATOR], made=made)
    say("households and vouchers")
    families = households.settle(session, officer=staff[Role.OFFICER], chance=chance)
    holders = _household_people(session, families, district)
    cast = story.Cast(staff[Role.OFFICER], staff[Role.CHECKER], staff[Role.REGULATOR], developers, holders)
    policy = policies.adopt(
        session, actor=cast.officer, district_id=district.id, text=POLICY_FILE.read_text(encoding="utf-8")
    )
    issued = story.issue(session, cast=cast, calendar=calendar, families=families, policy=policy)
    session.commit()
    issuing.issue_in_batches(session, cast=cast, calendar=calendar, policy=policy, chance=chance)
    issuing.print_papers(session, cast=cast, calendar=calendar, family=families[0])
    say("purchases and price signals")
    story.lower_prices(session, cast=cast, calendar=calendar, stock=made)
    story.buy(session, cast=cast, calendar=calendar, families=families, vouchers_of=issued, stock=made)
    say("a helper")
    _help(session, helped=[holders[family.household.id] for family in families[:2]])
    family = families[households.UNCLAIMED]
    _hand_out_sheet(session, cast.officer, family, issued[households.UNCLAIMED][0])
    say("promotions and new prices")
    pricing.set_prices(session, cast=cast, calendar=calendar, stock=made)
    say("homes sold offline")
    sales.sell_offline(session, cast=cast, calendar=calendar, stock=made)
    sales.connect(session, manager=next(iter(developers.values())))
    say("search index")
    service.index(session, engine=engine.current(), home_ids=[home.id for home in made])
    calendar.go_to(story.THE_END)
    clock.start_stored_clock(session, clock.now())
    session.commit()


def _account(role: Role) -> DemoAccount:
    return next(account for account in DEMO_ACCOUNTS if account.role == role)


def _staff(session: Session, district: District) -> dict[Role, Actor]:
    organisations = {
        name: identity.create_organisation(session, kind=kind, name=name, district=district)
        for name, kind in {_account(role).organisation: kind for role, kind in _KINDS.items()}.items()
    }
    staff = {}
    for role in _KINDS:
        account = _account(role)
        staff[role] = people.person(
            session,
            account.username,
            account.name,
            role,
            district_id=district.id,
            organisation_id=organisations[account.organisation].id,
        )
    return staff


def _developers(session: Session, staff: dict[Role, Actor], district: District) -> dict[int, Actor]:
    """Found every developer with a manager, and have it admitted; the demo's own comes first."""
    account, managers = _account(Role.DEVELOPER), {}
    for number, name in enumerate(dict.fromkeys(place.developer for place in stock.PLACES)):
        username, person = (
            (account.username, account.name) if number == 0 else (f"developer{number + 1}", "销售经理")
        )
        manager = people.manager(session, name, username, person)
        managers[manager.organisation] = manager
        found = pool.apply(session, manager=manager, district_id=district.id, name=person)
        pool.decide(
            session, officer=staff[Role.OFFICER], checker=staff[Role.CHECKER], found=found, action="admit"
        )
    _colleagues(session, organisation_id=next(iter(managers)))
    _newcomers(session, staff, district)
    return managers


def _newcomers(session: Session, staff: dict[Role, Actor], district: District) -> None:
    """Let companies apply that are not in the pool yet."""
    officer, checker = staff[Role.OFFICER], staff[Role.CHECKER]
    for number, (name, asked, reason) in enumerate(pool.NEWCOMERS, start=1):
        manager = people.manager(session, name, f"newcomer{number}", "总经理")
        found = pool.apply(session, manager=manager, district_id=district.id, name="总经理")
        if asked == "admit":
            pool.propose(session, officer=officer, found=found, action=asked)
        elif asked:
            pool.decide(session, officer=officer, checker=checker, found=found, action=asked, reason=reason)


def _colleagues(session: Session, *, organisation_id: int) -> None:
    """Add the other people of the demo's own developer."""
    for account in DEMO_ACCOUNTS:
        if account.duty in {Duty.SALES, Duty.FINANCE}:
            people.person(
                session,
                account.username,
                account.name,
                Role.DEVELOPER,
                duty=account.duty,
                organisation_id=organisation_id,
            )


def _stock(
    session: Session, developers: dict[int, Actor], district: District, chance: random.Random
) -> list[Home]:
    """Type in all homes and list them, but for each building's last one, which is still being prepared."""
    names = dict(
        zip(dict.fromkeys(place.developer for place in stock.PLACES), developers.values(), strict=True)
    )
    made: list[Home] = []
    for place in stock.PLACES:
        actor = names[place.developer]
        built = stock.build(session, actor=actor, place=place, district_id=district.id, chance=chance)
        for number, home in enumerate(built, start=1):
            if number % stock.HOMES_A_BUILDING:
                homes.publish(session, actor=actor, home_id=home.id)
        made += built
        session.commit()
    return made


def _household_people(
    session: Session, families: list[households.Family], district: District
) -> dict[int, Actor]:
    """Give every holder an account, but for the family whose account a visitor may claim."""
    account, holders = _account(Role.HOUSEHOLD), {}
    for number, family in enumerate(families):
        if number == households.UNCLAIMED:
            continue
        username = account.username if number == 0 else f"household{number + 1}"
        actor = people.person(
            session,
            username,
            family.household.holder_name,
            Role.HOUSEHOLD,
            district_id=district.id,
            household_id=family.household.id,
        )
        holder = persons.list_persons(session, actor=actor, household_id=family.household.id)[0]
        phone = persons.phone_of(holder)
        persons.join(session, actor=actor, person=holder, user_id=actor.user_id or 0, phone=None)
        if phone is not None:
            phones.keep_phone(session, actor=actor, user_id=actor.user_id or 0, phone=phone)
        holders[family.household.id] = actor
    return holders


def _help(session: Session, *, helped: list[Actor]) -> None:
    """Let the demo's household be helped, and its neighbour ask for help."""
    account = _account(Role.HELPER)
    helper = people.person(session, account.username, account.name, Role.HELPER)
    helping.help_out(session, household=helped[0], another=helped[1], helper=helper, name=account.name)


def _hand_out_sheet(session: Session, officer: Actor, family: households.Family, voucher: Voucher) -> None:
    """Print the sheet of the family without an account, and leave it in the letter box of the demo."""
    code = claims.make_code(session, actor=officer, voucher_ref=voucher.ref)
    holder = persons.list_persons(session, actor=officer, household_id=family.household.id)[0]
    text = (
        f"账号领取单。房票编号：{voucher.ref}，领取码：{code}。"
        f"演示用：权利人身份证号码的最后六位是 {persons.number_of(holder)[-6:]}。"
    )
    outbox.keep(
        session,
        way="print",
        to=family.household.holder_name,
        subject="",
        text=text,
        key=f"sheet-{voucher.id}",
    )
    session.commit()
