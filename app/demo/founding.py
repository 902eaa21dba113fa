"""Who and what is in the demo before its story: desks, companies, homes, the accounts of households."""

import random
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role
from app.demo import helping, households, people, pool, stock, supervising
from app.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from app.gateways import outbox
from app.homes import service as homes
from app.homes.models import Home
from app.identity import phones
from app.identity import service as identity
from app.identity.models import District
from app.projects import persons
from app.vouchers import claims
from app.vouchers.models import Voucher

_KINDS: Final = {
    Role.OFFICER: "authority",
    Role.CHECKER: "authority",
    Role.REGULATOR: "regulator",
    Role.AUDITOR: "audit",
    Role.INSPECTOR: "inspection",
    Role.ADMINISTRATOR: "platform",
}


def _account(role: Role) -> DemoAccount:
    return next(account for account in DEMO_ACCOUNTS if account.role == role)


def staff(session: Session, district: District) -> dict[Role, Actor]:
    """Found the district's organisations, and give each role its person."""
    organisations = {
        name: identity.create_organisation(session, kind=kind, name=name, district=district)
        for name, kind in {_account(role).organisation: kind for role, kind in _KINDS.items()}.items()
    }
    found = {}
    for role in _KINDS:
        account = _account(role)
        found[role] = people.person(
            session,
            account.username,
            account.name,
            role,
            district_id=district.id,
            organisation_id=organisations[account.organisation].id,
        )
    return found


def developers(session: Session, desks: dict[Role, Actor], district: District) -> dict[int, Actor]:
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
            session, officer=desks[Role.OFFICER], checker=desks[Role.CHECKER], found=found, action="admit"
        )
    _colleagues(session, organisation_id=next(iter(managers)))
    _newcomers(session, desks, district)
    return managers


def _newcomers(session: Session, desks: dict[Role, Actor], district: District) -> None:
    """Let companies apply that are not in the pool yet."""
    officer, checker = desks[Role.OFFICER], desks[Role.CHECKER]
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


def homes_of(
    session: Session,
    managers: dict[int, Actor],
    district: District,
    chance: random.Random,
    *,
    checker: Actor,
) -> list[Home]:
    """Type in all homes and list them, but for each building's last one, which is still being prepared."""
    names = dict(
        zip(dict.fromkeys(place.developer for place in stock.PLACES), managers.values(), strict=True)
    )
    made: list[Home] = []
    for place_number, place in enumerate(stock.PLACES, start=1):
        actor = names[place.developer]
        built = stock.build(session, actor=actor, place=place, district_id=district.id, chance=chance)
        session.commit()
        supervising.open_account(
            session,
            manager=actor,
            checker=checker,
            development=built[0].development,
            number=f"201605560000{place_number:04}",
        )
        session.commit()
        for number, home in enumerate(built, start=1):
            if number % stock.HOMES_A_BUILDING:
                homes.publish(session, actor=actor, home_id=home.id)
        made += built
        session.commit()
    return made


def holders_of(session: Session, families: list[households.Family], district: District) -> dict[int, Actor]:
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


def helper(session: Session, *, helped: list[Actor]) -> None:
    """Let the demo's household be helped, and its neighbour ask for help."""
    account = _account(Role.HELPER)
    person = people.person(session, account.username, account.name, Role.HELPER)
    helping.help_out(session, household=helped[0], another=helped[1], helper=person, name=account.name)


def hand_out_sheet(session: Session, officer: Actor, family: households.Family, voucher: Voucher) -> None:
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
