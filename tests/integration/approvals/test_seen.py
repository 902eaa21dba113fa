"""Whoever decides says which request they read: another one than that is refused, and nothing has moved."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided
from app.approvals.queries import find_latest, mark_of
from app.redemptions.change_states import CHANGE
from app.redemptions.change_states import Kind as Correction
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish as Change
from app.settlements import batches, claims, releases
from app.vouchers import endings, extension_batches, extension_queries, extensions, moves
from tests.factories import endings as ending_steps
from tests.factories import moves as move_steps
from tests.factories import settlements as paying
from tests.factories.contracts import upload
from tests.factories.redemptions import PRICE_FEN, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk

Decide = Callable[[str, bool], object]
"""Decides what waits: by the mark of what was read, approving it or not."""
Waiting = tuple[Desk, str, int, Decide]

WHY = "附件缺一页"


def an_ending(session: Session) -> Waiting:
    desk = make_desk(session, policy=ending_steps.PAYING)
    shop = make_shop(session, desk=desk)
    buyer = make_buyer(session, desk, faces=(100_000_000,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    found = ending_steps.prepare(session, desk, ending_steps.ask(session, buyer))

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return endings.approve(session, actor=desk.checker, ending_ref=found.ref, seen=seen)
        return endings.send_back(session, actor=desk.checker, ending_ref=found.ref, reason=WHY, seen=seen)

    return desk, endings.END, found.id, decide


def a_move(session: Session) -> Waiting:
    desk = make_desk(session, policy=move_steps.MOVING)
    buyer = make_buyer(session, desk)
    found = move_steps.ask(session, buyer.actor, move_steps.split_of(buyer.vouchers[0], 30_000_000))
    moves.prepare(session, actor=desk.officer, move_ref=found.ref, evidence="申请书", papers=[upload()])

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return moves.approve(session, actor=desk.checker, move_ref=found.ref, seen=seen)
        return moves.send_back(session, actor=desk.checker, move_ref=found.ref, reason=WHY, seen=seen)

    return desk, moves.MOVE, found.id, decide


def an_extension(session: Session) -> Waiting:
    desk = make_desk(session, policy=ending_steps.SILENT)
    ref = make_buyer(session, desk).vouchers[0].ref
    found = extensions.propose(
        session, actor=desk.officer, voucher_ref=ref, months=2, reason="住院", evidence="出院记录"
    )

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return extensions.approve(session, actor=desk.checker, extension_ref=found.ref, seen=seen)
        return extensions.send_back(
            session, actor=desk.checker, extension_ref=found.ref, reason=WHY, seen=seen
        )

    return desk, extensions.EXTEND, found.id, decide


def a_batch_of_extensions(session: Session) -> Waiting:
    desk = make_desk(session, policy=ending_steps.SILENT)
    project_id = make_buyer(session, desk).household.project_id
    shown = extension_queries.preview(session, actor=desk.officer, project_id=project_id, months=2)
    found = extension_batches.propose(
        session,
        actor=desk.officer,
        project_id=project_id,
        months=2,
        issued_ref=None,
        reason="推迟交付",
        evidence="会议纪要",
        seen=shown.mark,
    )

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return extension_batches.approve(session, actor=desk.checker, batch_ref=found.ref, seen=seen)
        return extension_batches.send_back(
            session, actor=desk.checker, batch_ref=found.ref, reason=WHY, seen=seen
        )

    return desk, extension_batches.BATCH, found.id, decide


def a_claim(session: Session) -> Waiting:
    payers = paying.make_payers(session)
    paying.make_sold(session, payers.shop)
    found = paying.claim(session, payers)
    claims.check(session, actor=payers.officer, ref=found.ref)

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return claims.approve(session, actor=payers.checker, ref=found.ref, seen=seen)
        return claims.refuse(session, actor=payers.checker, ref=found.ref, reason=WHY, seen=seen)

    return payers.shop.desk, claims.APPROVE, found.id, decide


def a_batch_of_payments(session: Session) -> Waiting:
    payers = paying.make_payers(session)
    paying.make_sold(session, payers.shop)
    approved = paying.approve(session, payers, paying.claim(session, payers))
    source = paying.make_fund(session, payers, PRICE_FEN * 2)
    found = paying.make_batch(session, payers, source, approved)

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return releases.release(session, actor=payers.checker, ref=found.ref, seen=seen)
        return releases.refuse(session, actor=payers.checker, ref=found.ref, reason=WHY, seen=seen)

    return payers.shop.desk, batches.RELEASE, found.id, decide


def a_change(session: Session) -> Waiting:
    shop = make_shop(session)
    bought = redeem(
        session, shop, make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    )
    wish = Change(Correction.PRICE, "更正", price_fen=PRICE_FEN - 1_000_000)
    found = changes.ask(session, actor=shop.desk.officer, redemption_ref=bought.ref, wish=wish)

    def decide(seen: str, approve: bool) -> object:
        if approve:
            return changes.approve(session, actor=shop.desk.checker, change_ref=found.ref, seen=seen)
        return changes.refuse(session, actor=shop.desk.checker, change_ref=found.ref, reason=WHY, seen=seen)

    return shop.desk, CHANGE, found.id, decide


KINDS = (an_ending, a_move, an_extension, a_batch_of_extensions, a_claim, a_batch_of_payments, a_change)


@pytest.mark.parametrize("approve", [True, False], ids=["approved", "sent back"])
@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_only_what_was_read_is_decided(
    session: Session, make: Callable[[Session], Waiting], approve: bool
) -> None:
    desk, kind, subject_id, decide = make(session)
    session.commit()
    asked = find_latest(session, actor=desk.checker, kind=kind, subject_id=subject_id)
    assert asked is not None
    with pytest.raises(AlreadyDecided):
        decide("", approve)
    session.rollback()
    assert asked.state == "pending"
    decide(mark_of(asked), approve)
    session.commit()
    assert asked.state == ("approved" if approve else "rejected")
