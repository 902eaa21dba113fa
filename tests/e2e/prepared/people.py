"""Messages, visits, families and districts that the filled district lacks."""

from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, HelpLevel, Role
from app.core.ids import new_ref
from app.demo import pool
from app.extensions import db
from app.identity import lost_factors
from app.identity import service as identity
from app.identity.credentials import ClaimCode, SheetBatch
from app.identity.models import Membership, SecondFactor, SignIn, User
from app.notices.service import Recipient, tell
from app.projects import helping, visits
from app.projects import service as projects
from app.projects.models import Household
from app.projects.persons import list_persons, number_of
from app.projects.queries import list_households
from app.vouchers.unvouched import list_unvouched
from tests.e2e.demo import actor_in
from tests.factories.homes import make_listed_home
from tests.factories.identity import make_actor


def tell_and_visit(app: Flask) -> None:
    """Give everybody of the demo a message; let each household ask for a helper at the counter."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        for user_id in session.scalars(select(User.id)):
            to = Recipient(user_id=user_id)
            tell(session, kind="password_changed", to=to, event=f"test:{user_id}")
        sign_in = SignIn(
            ref=new_ref("DL"),
            token_hash=b"nobody's",
            user_id=officer.user_id,
            membership_id=session.scalars(
                select(Membership.id).where(Membership.user_id == officer.user_id)
            ).one(),
            device="",
            proof="password",
            started_at=clock.system_now(),
            seen_at=clock.system_now(),
            expires_at=clock.system_now(),
        )
        session.add(sign_in)
        session.flush()
        for number, household in enumerate(list_households(session, actor=officer)):
            holder = list_persons(session, actor=officer, household_id=household.id)[0]
            visit = visits.begin(
                session,
                actor=officer,
                sign_in_id=sign_in.id,
                household_ref=household.ref,
                last_six=number_of(holder)[-6:],
            )
            helping.invite(
                session,
                actor=visits.acting(officer, visit),
                name="刘阿姨",
                # The first one asks the demo's own household, which may help, too.
                phone="19900018888" if number else "19900010000",
                relation="neighbour",
                level=HelpLevel.LOOK,
                months=1,
            )
        visits.end(session, actor=officer, sign_in_id=sign_in.id)
        for membership in session.scalars(select(Membership).where(Membership.household_id.is_not(None))):
            lose_second_factor(session, officer, membership)
        print_a_batch(session, officer)
        session.commit()


def print_a_batch(session: Session, officer: Actor) -> None:
    """Let the sheet that waits to be used have been printed with a batch."""
    code = session.scalars(
        select(ClaimCode).where(ClaimCode.used_at.is_(None), ClaimCode.withdrawn_at.is_(None))
    ).one()
    batch = SheetBatch(
        district_id=code.district_id,
        ref=new_ref("LP"),
        project_id=session.get_one(Household, code.household_id).project_id,
        made_at=clock.now(),
        made_by_id=officer.user_id,
    )
    session.add(batch)
    session.flush()
    code.batch_id = batch.id


def lose_second_factor(session: Session, officer: Actor, membership: Membership) -> None:
    """Let somebody of a household have had a second factor, which the counter took off."""
    moment = clock.system_now()
    had = SecondFactor(
        user_id=membership.user_id, secret="", started_at=moment, confirmed_at=moment, last_step=1
    )
    session.add(had)
    session.flush()
    lost_factors.clear_at_counter(session, actor=officer, ref=membership.ref, reason="手机丢了。")


@dataclass(frozen=True)
class Family:
    """A household of the demo that has signed agreements and no voucher yet."""

    username: str
    name: str


def family_without_voucher(app: Flask) -> Family:
    """Let a household that has no voucher sign a second agreement; return how its holder signs in."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        agreement = list_unvouched(session, actor=officer, limit=1)[0]
        projects.create_agreement(
            session,
            actor=officer,
            household_id=agreement.household_id,
            number=f"{agreement.number}-2",
            compensation_fen=30_000_000,
            signed_on=agreement.signed_on,
        )
        holder = select(Membership).where(Membership.household_id == agreement.household_id)
        username = session.scalars(holder).one().user.username
        session.commit()
        return Family(username, agreement.household.holder_name)


def holder_id(app: Flask, name: str) -> str:
    """Return the ID number of the household's holder who is called so."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        household = session.scalars(select(Household).where(Household.holder_name == name)).one()
        return number_of(list_persons(session, actor=officer, household_id=household.id)[0])


def open_second_district(app: Flask, name: str) -> None:
    """Create a district beside the demo's, with one listed home."""
    with app.app_context():
        session = db.session()
        district = identity.create_district(session, code="beside", name=name)
        make_listed_home(session, district=district)
        session.commit()


def ask_for_changes(app: Flask) -> None:
    """Let the demo's developer apply in a second district that asks for changes; a third waits for it."""
    with app.app_context():
        session = db.session()
        second = identity.create_district(session, code="second", name="宜秀区")
        identity.create_district(session, code="third", name="大观区")
        officer, checker = (
            make_actor(session, role=role, district=second) for role in (Role.OFFICER, Role.CHECKER)
        )
        manager = actor_in(session, Role.DEVELOPER)
        found = pool.apply(session, manager=manager, district_id=second.id, name="方晓梅")
        reason = "承诺书没有盖章，请盖章后重新上传。"
        pool.decide(
            session, officer=officer, checker=checker, found=found, action="ask_changes", reason=reason
        )
