"""Policies under which vouchers change hands, and steps of a move; each step commits, as in life."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.projects.models import Household
from app.vouchers import moves
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_outlooks import outlook
from app.vouchers.move_queries import list_made
from app.vouchers.move_rules import Join, Share, Wish, digest
from app.vouchers.move_states import Kind
from app.vouchers.parties import Other
from tests.factories.contracts import upload
from tests.factories.endings import BANDS
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING, NANJING
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import Buyer, make_buyer
from tests.factories.vouchers import Desk

MOVING: Final = HAILING.replace("transfers: 1", "transfers: 2\nsplits: 2\nmerges: 2") + BANDS
"""A bonus of what is spent, bands within the term; everything may be done twice."""
LOSING: Final = NANJING.replace("transfers: 0\n", "") + (
    "transfers: {times: 2, to: [spouse, child], register: needed, bonus: lost}\nsplits: 2\nmerges: 2\n"
)
"""A bonus of the face, lost on a transfer, which only kin may have."""


def make_holder(session: Session, desk: Desk, *, number: int, faces: tuple[int, ...] = ()) -> Buyer:
    """Return a household whose holder is on the roster with an ID number, as ``other_of`` gives it."""
    buyer = make_buyer(session, desk, faces=faces)
    make_person(session, officer=desk.officer, household=buyer.household, id_number=make_id_number(number))
    session.commit()
    return buyer


def other_of(number: int, name: str = "王秀英") -> Other:
    """Return a person by name and ID number."""
    return Other(name, make_id_number(number))


def transfer_of(voucher: Voucher, kin: str = "child") -> Wish:
    """Return the wish to transfer a voucher."""
    return Wish(Kind.TRANSFER, (voucher.ref,), kin=kin)


def split_of(voucher: Voucher, *fen: int) -> Wish:
    """Return the wish to split parts off a voucher."""
    return Wish(Kind.SPLIT, (voucher.ref,), tuple(Share(one) for one in fen))


def merge_of(*vouchers: Voucher) -> Wish:
    """Return the wish to merge vouchers."""
    return Wish(Kind.MERGE, tuple(one.ref for one in vouchers))


def merge_with(own: Sequence[Voucher], others: Sequence[Voucher], kin: str = "child") -> Wish:
    """Return the wish to merge vouchers with those of other households."""
    joins = tuple(Join(one.ref, kin) for one in others)
    return Wish(Kind.MERGE, (*(one.ref for one in own), *(join.ref for join in joins)), joins=joins)


def mark_of(session: Session, wish: Wish) -> str:
    """Return the mark of what a page would show of a wish now."""
    found = {one.ref: one for one in session.scalars(select(Voucher).where(Voucher.ref.in_(wish.refs)))}
    return outlook(session, [found[ref] for ref in wish.refs], wish).mark


def ask(
    session: Session, actor: Actor, wish: Wish, other: Other | None = None, owners: Sequence[Other] = ()
) -> VoucherMove:
    """Ask for a move as the page shows it."""
    seen = mark_of(session, wish)
    made = moves.ask(session, actor=actor, wish=wish, other=other, seen=seen, owners=owners)
    session.commit()
    return made


def consent(session: Session, desk: Desk, move: VoucherMove, other: Other | None) -> VoucherMove:
    """Let the other party consent: by itself where it holds vouchers, else before an officer."""
    if move.state != "asked" or other is None:
        return move
    if move.other_household_id is None:
        made = moves.witness(session, actor=desk.officer, move_ref=move.ref, other=other)
    else:
        taker = actor_of(session, desk, session.get_one(Household, move.other_household_id))
        made = moves.consent(session, actor=taker, move_ref=move.ref, seen=digest(move.shown))
    session.commit()
    return made


def consent_all(session: Session, desk: Desk, move: VoucherMove) -> VoucherMove:
    """Let every owner of what is merged consent on its page."""
    for owner in move.owners:
        actor = actor_of(session, desk, owner.household)
        moves.consent(session, actor=actor, move_ref=move.ref, seen=digest(move.shown))
        session.commit()
    return move


def actor_of(session: Session, desk: Desk, household: Household) -> Actor:
    """Return somebody who acts for a household."""
    return make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=household.id)


def approve(session: Session, desk: Desk, move: VoucherMove, other: Other | None = None) -> list[Voucher]:
    """Take a move through the other party and both people; return the vouchers that came of it."""
    consent(session, desk, move, other)
    moves.prepare(
        session, actor=desk.officer, move_ref=move.ref, evidence="协议书，2018年3月2日", papers=[upload()]
    )
    session.commit()
    moves.approve(session, actor=desk.checker, move_ref=move.ref)
    session.commit()
    return list(list_made(session, move=move))


def carry_out(
    session: Session, desk: Desk, actor: Actor, wish: Wish, other: Other | None = None
) -> list[Voucher]:
    """Take a wish from the household to the vouchers that come of it."""
    return approve(session, desk, ask(session, actor, wish, other), other)
