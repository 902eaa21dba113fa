"""Vouchers of the filled district on paper, in batches, moved and ended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.extensions import db
from app.gateways.outbox import OutboxMessage
from app.identity.models import District, User
from app.policies.models import PolicyVersion
from app.projects.models import Household
from app.projects.persons import list_persons, number_of
from app.vouchers import moves, paper
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher, VoucherBatch
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.parties import Other
from app.vouchers.queries import WalletVoucher, wallet
from app.vouchers.rules import Standing
from tests.e2e.demo import actor_in
from tests.factories import moves as factories
from tests.factories.contracts import upload
from tests.factories.identity import make_actor
from tests.factories.moves import other_of, transfer_of
from tests.factories.vouchers import Desk


def check_a_paper(app: Flask) -> str:
    """Return the address that the QR code of a printed voucher leads to."""
    with app.app_context():
        sheet = db.session.scalars(select(VoucherSheet).order_by(VoucherSheet.id)).first()
        assert sheet is not None
        return f"/check/{sheet.mark}"


@dataclass(frozen=True)
class Unclaimed:
    """The demo's family without an account, and what it has in its hands."""

    name: str
    mark: str
    """What the square code of its paper voucher holds."""
    number: str
    code: str
    last_six: str


def print_unclaimed(app: Flask) -> Unclaimed:
    """Let the voucher of the family without an account be on paper; its claim sheet is in the letter box."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        letter = session.scalars(select(OutboxMessage).where(OutboxMessage.way == "print")).one()
        found = re.search(r"(FP-\S+?)，领取码：(\S+?)。.*最后六位是 (\S+?)。", letter.text)
        assert found
        number, code, last_six = found.groups()
        sheet = paper.print_one(session, actor=officer, voucher_ref=number, serial="B0000001")
        session.commit()
        return Unclaimed(letter.address, sheet.mark, number, code, last_six)


def approving_a_batch(app: Flask) -> str:
    """Return the address where the demo's checker approves a batch whose sample is not opened yet."""
    with app.app_context():
        waiting = select(VoucherBatch.ref).where(VoucherBatch.state == "submitted").order_by(VoucherBatch.id)
        return f"/authority/batches/{db.session.scalars(waiting.limit(1)).one()}/approve"


def giving_up(app: Flask) -> str:
    """Return the address where the demo's household reads what giving a voucher up would mean."""
    with app.app_context():
        session = db.session()
        purse = wallet(session, household_id=actor_in(session, Role.HOUSEHOLD).household)[0]
        return f"/household/vouchers/{purse.ref}/give-up"


def move_vouchers(app: Flask) -> list[str]:
    """Let four households transfer a voucher, each a step further; return pages of the demo's household.

    The first gives it to that household, which is asked; the others to people without one.
    """
    with app.app_context():
        session = db.session()
        own, officer = actor_in(session, Role.HOUSEHOLD), actor_in(session, Role.OFFICER)
        desk = Desk(
            session.get_one(District, officer.district),
            officer,
            actor_in(session, Role.CHECKER),
            session.scalars(select(PolicyVersion).limit(1)).one(),
        )
        holder = next(
            one
            for one in list_persons(session, actor=own, household_id=own.household)
            if one.relation == "holder"
        )
        others = [other_of(900 + number, "李建国") for number in range(3)]
        takers = [Other(holder.name, number_of(holder)), *others]
        for (household, voucher), other in zip(_with_usable(session, own), takers, strict=False):
            wish = transfer_of(session.get_one(Voucher, voucher.id))
            moved = factories.ask(session, factories.actor_of(session, desk, household), wish, other)
            if other in others[1:]:
                moves.witness(session, actor=officer, move_ref=moved.ref, other=other)
                session.commit()
            if other is others[2]:
                known = {"move_ref": moved.ref, "evidence": "转让协议", "papers": [upload()]}
                moves.prepare(session, actor=officer, **known)
                session.commit()
        purse = wallet(session, household_id=own.household)[0]
        split = f"/household/vouchers/{purse.ref}/split"
        return [split, f"/household/merge?vouchers={purse.ref}", "/household/merge/with"]


def _with_usable(session: Session, own: Actor) -> Iterator[tuple[Household, WalletVoucher]]:
    """Yield households other than the demo's own, each with a voucher that can be used."""
    statement = select(Household).where(
        Household.district_id == own.district, Household.id != own.household, Household.dispute.is_(None)
    )
    for household in session.scalars(statement.order_by(Household.id)).all():
        purses = wallet(session, household_id=household.id)
        usable = [one for one in purses if one.standing is Standing.USABLE and not one.held_fen]
        if usable:
            yield household, usable[0]


def holder_with_an_ending(app: Flask) -> str:
    """Give an account to a household that asked for its leftover; return its user name."""
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        asked = select(VoucherEnding).where(
            VoucherEnding.district_id == officer.district, VoucherEnding.state == "asked"
        )
        voucher = session.get_one(Voucher, session.scalars(asked.limit(1)).one().voucher_id)
        actor = make_actor(
            session,
            role=Role.HOUSEHOLD,
            district=session.get_one(District, officer.district),
            household_id=voucher.household_id,
        )
        session.commit()
        return session.get_one(User, actor.user_id).username
