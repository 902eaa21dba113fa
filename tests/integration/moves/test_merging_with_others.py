"""Vouchers of several households become one: who says so, whose it is, and what never changes by it."""

from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, DomainError, Forbidden
from app.notices.models import Notice
from app.policies import bodies
from app.projects.models import Household
from app.redemptions import queries as redemptions
from app.redemptions.past import pasts
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers import moves, succession
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import awaits, find_open, get_move, list_given, list_of_household
from app.vouchers.move_reveals import reveal_numbers
from app.vouchers.move_rules import Wish, digest
from app.vouchers.queries import WalletVoucher, purses
from tests.factories.contracts import upload
from tests.factories.moves import (
    MOVING,
    actor_of,
    approve,
    ask,
    carry_out,
    consent_all,
    make_holder,
    merge_with,
    other_of,
    split_of,
    transfer_of,
)
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import Buyer, Shop, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk

WAN: Final = 1_000_000
JOINT: Final = MOVING.replace("merges: 2", "merges: {times: 2, of: kin}")


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=JOINT)


@pytest.fixture
def shop(session: Session, desk: Desk) -> Shop:
    return make_shop(session, desk=desk)


@pytest.fixture
def mother(session: Session, desk: Desk) -> Buyer:
    return make_holder(session, desk, number=1, faces=(120 * WAN,))


@pytest.fixture
def son(session: Session, desk: Desk) -> Buyer:
    return make_holder(session, desk, number=2, faces=(50 * WAN,))


@pytest.fixture
def daughter(session: Session, desk: Desk) -> Buyer:
    return make_holder(session, desk, number=3, faces=(20 * WAN, 7 * WAN))


def bought(session: Session, shop: Shop, buyer: Buyer, voucher: Voucher, fen: int) -> None:
    """Buy a home with one voucher, to its write-off; the contract does not say the number of the roster."""
    own = Buyer(buyer.actor, buyer.household, [voucher])
    found = make_redemption(session, own, make_home(session, shop, voucher_fen=fen))
    redeem(session, shop, found, explanation="同一个人")


def purse(session: Session, voucher: Voucher) -> WalletVoucher:
    return purses(session, [session.get_one(Voucher, voucher.id)])[0]


def asked(session: Session, mother: Buyer, *others: tuple[Voucher, int]) -> VoucherMove:
    """Let the mother ask to merge her voucher with others', each of the holder with this number."""
    wish = merge_with(mother.vouchers, [voucher for voucher, _number in others])
    return ask(session, mother.actor, wish, owners=[other_of(number) for _voucher, number in others])


def told(session: Session, household: Household) -> list[str]:
    kinds = select(Notice.kind).where(Notice.household_id == household.id).order_by(Notice.id)
    return [kind for kind in session.scalars(kinds) if kind.startswith(("move_", "merge_"))]


def test_a_family_makes_one_voucher_and_each_of_them_says_so(
    session: Session, desk: Desk, shop: Shop, mother: Buyer, son: Buyer, daughter: Buyer
) -> None:
    bought(session, shop, son, son.vouchers[0], 20 * WAN)
    others = [(son.vouchers[0], 2), (daughter.vouchers[0], 3), (daughter.vouchers[1], 3)]
    move = asked(session, mother, *others)
    assert move.state == "asked"
    assert [owner.household_id for owner in move.owners] == [son.household.id, daughter.household.id]
    assert awaits(move, son.household.id)
    assert not awaits(move, mother.household.id)
    seen = digest(move.shown)
    moves.consent(session, actor=son.actor, move_ref=move.ref, seen=seen)
    session.commit()
    assert get_move(session, actor=son.actor, ref=move.ref).state == "asked", "one is left"
    with pytest.raises(Conflict, match="merge_agreed"):
        moves.consent(session, actor=son.actor, move_ref=move.ref, seen=seen)
    session.rollback()
    moves.witness(session, actor=desk.officer, move_ref=move.ref, other=other_of(3))
    session.commit()
    (made,) = approve(session, desk, move)
    left = 197 * WAN - purse(session, son.vouchers[0]).spent_fen
    one = purse(session, made)
    assert (made.household_id, one.available_fen) == (mother.household.id, left)
    assert (one.face_fen, one.before_fen) == (197 * WAN, 197 * WAN - left)
    assert pasts(session, [made.id])[made.id].spent_fen == one.before_fen, "what was spent goes on counting"
    assert made.merges_done == 1
    assert list_given(session, actor=desk.officer) == [move]
    assert [one.id for one in list_of_household(session, household_id=daughter.household.id)] == [move.id]
    assert told(session, mother.household) == ["move_consented", "move_consented", "move_approved"]
    assert told(session, daughter.household) == ["merge_asked", "merge_joined"]
    assert redemptions.verify(session) == []


def test_until_it_consents_a_household_does_what_it_likes(
    session: Session, desk: Desk, shop: Shop, mother: Buyer, son: Buyer
) -> None:
    move = asked(session, mother, (son.vouchers[0], 2))
    assert find_open(session, voucher_id=son.vouchers[0].id) is None
    assert mother.vouchers[0].is_moving
    bought(session, shop, son, son.vouchers[0], 20 * WAN)
    with pytest.raises(Conflict, match="move_changed"):
        moves.consent(session, actor=son.actor, move_ref=move.ref, seen=digest(move.shown))
    session.rollback()
    moves.decline(session, actor=son.actor, move_ref=move.ref)
    session.commit()
    assert not session.get_one(Voucher, mother.vouchers[0].id).is_moving
    again = asked(session, mother, (son.vouchers[0], 2))
    ask(session, son.actor, split_of(son.vouchers[0], WAN))
    with pytest.raises(Conflict, match="move_open"):
        moves.consent(session, actor=son.actor, move_ref=again.ref, seen=digest(again.shown))
    session.rollback()
    moves.withdraw(session, actor=mother.actor, move_ref=again.ref)
    session.commit()
    assert session.get_one(Voucher, son.vouchers[0].id).is_moving, "the split goes on"
    assert told(session, son.household) == ["merge_asked", "merge_asked", "move_dropped"]
    assert redemptions.verify(session) == []


def test_who_consented_may_take_it_back_until_an_officer_prepared_it(
    session: Session, desk: Desk, mother: Buyer, son: Buyer, daughter: Buyer
) -> None:
    move = asked(session, mother, (son.vouchers[0], 2), (daughter.vouchers[0], 3))
    with pytest.raises(Forbidden, match="move_not_yours"):
        moves.withdraw(session, actor=son.actor, move_ref=move.ref)
    session.rollback()
    consent_all(session, desk, move)
    assert session.get_one(Voucher, son.vouchers[0].id).is_moving
    moves.withdraw(session, actor=son.actor, move_ref=move.ref)
    session.commit()
    assert not any(session.get_one(Voucher, one.vouchers[0].id).is_moving for one in (mother, son, daughter))
    assert told(session, mother.household)[-1] == "move_dropped"
    assert told(session, daughter.household) == ["merge_asked", "move_dropped"]
    assert told(session, son.household) == ["merge_asked"]
    move = consent_all(session, desk, asked(session, mother, (son.vouchers[0], 2)))
    moves.prepare(session, actor=desk.officer, move_ref=move.ref, evidence="申请表", papers=[upload()])
    session.commit()
    with pytest.raises(Conflict, match="move_prepared"):
        moves.withdraw(session, actor=son.actor, move_ref=move.ref)
    session.rollback()


def refused(session: Session, buyer: Buyer, wish: Wish, *owners: int, name: str = "王秀英") -> str:
    with pytest.raises(DomainError) as raised:
        ask(session, buyer.actor, wish, owners=[other_of(number, name) for number in owners])
    session.rollback()
    return raised.value.code


def test_what_stands_against_it_is_said_and_nobody_learns_whose_a_voucher_is(
    session: Session, desk: Desk, mother: Buyer, son: Buyer
) -> None:
    wish = merge_with(mother.vouchers, son.vouchers)
    for number, name in ((3, "王秀英"), (2, "李建国")):
        assert refused(session, mother, wish, number, name=name) == "merge_owner_unknown"
    assert refused(session, mother, wish) == "merge_owner_missing"
    assert refused(session, mother, merge_with(mother.vouchers, son.vouchers, "other"), 2) == "merge_not_kin"
    twice = merge_with(mother.vouchers, [*son.vouchers, *son.vouchers])
    assert refused(session, mother, twice, 2, 2) == "merge_twice"
    assert refused(session, mother, merge_with([], [*mother.vouchers, *son.vouchers]), 1, 2) == "merge_own"
    alone = make_desk(session, policy=MOVING)
    one, other = (make_holder(session, alone, number=number, faces=(WAN,)) for number in (7, 8))
    assert refused(session, one, merge_with(one.vouchers, other.vouchers), 8) == "merge_not_own"
    longer = JOINT.replace("months: 18", "months: 20")
    newer = make_policy_version(session, district=desk.district, text=longer)
    later = make_holder(session, replace(desk, policy_version=newer), number=9, faces=(WAN,))
    assert refused(session, mother, merge_with(mother.vouchers, later.vouchers), 9) == "merge_policies"


def test_the_database_itself_asks_for_each_consent(
    session: Session, desk: Desk, mother: Buyer, son: Buyer
) -> None:
    move = asked(session, mother, (son.vouchers[0], 2))
    for statement, guard in (
        ("UPDATE voucher_moves SET state = 'ready'", "voucher_move_consented"),
        ("UPDATE voucher_move_owners SET kin = 'other'", "voucher_move_owners_frozen"),
        ("DELETE FROM voucher_move_owners", "voucher_move_owners_frozen|permission denied"),
    ):
        with pytest.raises(Exception, match=guard):
            session.execute(text(statement))
        session.rollback()
    consent_all(session, desk, move)
    with pytest.raises(IntegrityError, match="voucher_move_owners_frozen"):
        session.execute(text("UPDATE voucher_move_owners SET consented_at = NULL"))
    session.rollback()


def test_what_comes_back_follows_who_asked_and_waits_for_whoever_gave(
    session: Session, desk: Desk, mother: Buyer, son: Buyer
) -> None:
    (made,) = approve(session, desk, consent_all(session, desk, asked(session, mother, (son.vouchers[0], 2))))
    follower = succession.follower(session, session.get_one(Voucher, mother.vouchers[0].id))
    assert follower is not None
    assert follower.id == made.id
    assert succession.follower(session, session.get_one(Voucher, son.vouchers[0].id)) is None


PLAYED: Final = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - issue: {voucher: B, on: 2018-03-01, face: 300000}
  - transfer: {voucher: B, on: 2018-03-02, to: child}
  - buy: {home: H1, voucher: B, on: 2018-03-02, price: 100000}
  - merge: {vouchers: [A, B], owners: kin, on: 2018-03-04, into: M}
  - buy: {home: H2, voucher: M, on: 2018-03-05, price: 333333.33}
"""


@pytest.mark.usefixtures("clock")
def test_the_platform_comes_to_what_the_simulation_plays(session: Session, desk: Desk, shop: Shop) -> None:
    owner = make_holder(session, desk, number=1, faces=(120 * WAN, 30 * WAN))
    a, b = owner.vouchers
    (given,) = carry_out(session, desk, owner.actor, transfer_of(b), other_of(7))
    child = session.get_one(Household, given.household_id)
    bought(session, shop, Buyer(actor_of(session, desk, child), child, [given]), given, 10 * WAN)
    move = ask(session, owner.actor, merge_with([a], [given]), owners=[other_of(7)])
    (merged,) = approve(session, desk, consent_all(session, desk, move))
    bought(session, shop, owner, merged, 33_333_333)

    played = play(bodies.parse(JOINT), scenario.read(PLAYED))[-1].accounts
    book = {one.ref: one for one in played}["M"]
    past, mine = pasts(session, [merged.id])[merged.id], purse(session, merged)
    assert (mine.face_fen, mine.available_fen) == (book.face_fen, book.available_fen)
    assert (past.spent_fen, past.earned_fen) == (book.spent_fen, sum(book.earned.values()))
    assert book.holder == "household"
    counts = (merged.transfers_done, merged.splits_done, merged.merges_done)
    assert counts == tuple(book.done[act] for act in ("transfers", "splits", "merges"))
    assert redemptions.verify(session) == []


def test_the_checker_sees_the_owners_numbers_whole_and_on_record(
    session: Session, desk: Desk, mother: Buyer, son: Buyer, daughter: Buyer
) -> None:
    wish = merge_with(mother.vouchers, [*son.vouchers, daughter.vouchers[0]])
    move = ask(session, mother.actor, wish, owners=[other_of(2), other_of(3)])
    consent_all(session, desk, move)
    with pytest.raises(Conflict, match="move_ready"):
        reveal_numbers(session, actor=desk.checker, move_ref=move.ref)
    moves.prepare(session, actor=desk.officer, move_ref=move.ref, evidence="协议书", papers=[upload()])
    with pytest.raises(Forbidden):
        reveal_numbers(session, actor=desk.officer, move_ref=move.ref)
    shown = reveal_numbers(session, actor=desk.checker, move_ref=move.ref)
    session.commit()
    assert shown == [other_of(number).id_number for number in (2, 3)]
    noted = text("SELECT count(*) FROM audit_rows WHERE action = 'move.reveal'")
    assert session.scalar(noted) == 1
