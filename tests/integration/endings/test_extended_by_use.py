"""A longer term for who used as much of the face as the policy asks for: alone, together, and as played."""

from collections.abc import Sequence

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core.errors import Conflict
from app.policies import bodies
from app.redemptions import queries as redemptions
from app.redemptions.change_states import Kind as Correction
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish as Change
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers import extension_batches as batches
from app.vouchers import extension_queries, extensions, flows
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.extension_rules import Obstacle
from app.vouchers.models import Voucher
from tests.factories.endings import SILENT
from tests.factories.moves import carry_out, split_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000
USED = SILENT.replace("extension_months: 3", "extension_months: 3\n  extension_spent_from: 50%")
PARTED = USED + "splits: {times: 1, past: parted}\n"
GIVEN = "an extension was given to who had spent as much as its policy asks for"
COUNTED = "what an extension counts as spent was spent when it was proposed"


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=USED)


@pytest.fixture
def shop(session: Session, desk: Desk) -> Shop:
    return make_shop(session, desk=desk)


def buy(
    session: Session, shop: Shop, buyer: Buyer, voucher: Voucher, fen: int, *, is_done: bool = True
) -> str:
    """Buy a home, to its write-off or only locked; return its number."""
    own = Buyer(buyer.actor, buyer.household, [voucher])
    redemption = make_redemption(session, own, make_home(session, shop, voucher_fen=fen))
    return redeem(session, shop, redemption).ref if is_done else redemption.ref


def propose(session: Session, desk: Desk, voucher: Voucher) -> VoucherExtension:
    made = extensions.propose(
        session,
        actor=desk.officer,
        voucher_ref=voucher.ref,
        months=3,
        reason="二期推迟交付",
        evidence="会议纪要",
    )
    session.commit()
    return made


def refused(session: Session, desk: Desk, voucher: Voucher) -> str:
    with pytest.raises(Conflict) as raised:
        propose(session, desk, voucher)
    session.rollback()
    return raised.value.code


def broken(session: Session) -> set[str]:
    return {one.rule for one in redemptions.verify(session)}


def undo(session: Session, desk: Desk, ref: str) -> None:
    """Undo a purchase as the authority: its write-off was wrong."""
    wish = Change(Correction.REJECT, "核销有误")
    asked = changes.ask(session, actor=desk.officer, redemption_ref=ref, wish=wish)
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=asked.ref)
    session.commit()


def test_only_who_used_half_is_extended_as_it_is_played(session: Session, desk: Desk, shop: Shop) -> None:
    buyer = make_buyer(session, desk, faces=(100 * WAN, 100 * WAN))
    half, less = buyer.vouchers
    buy(session, shop, buyer, half, 60 * WAN)  # with a bonus of a fifth 50 of 100
    buy(session, shop, buyer, less, 60 * WAN - 120)
    told = "scenario: 1\nsteps:\n"
    for name, price in (("A", "600000"), ("B", "599998.80")):
        told += f"  - issue: {{voucher: {name}, on: 2018-03-01, face: 1000000}}\n"
        told += f"  - buy: {{home: H{name}, voucher: {name}, on: 2018-03-01, price: {price}}}\n"
    told += "".join(f"  - extend: {{voucher: {name}, on: 2018-03-02, months: 3}}\n" for name in "AB")
    steps = play(bodies.parse(USED), scenario.read(told))
    played = [one.outcome.refused_by for one in steps[-2:]]
    assert [rule and rule.path for rule in played] == [None, "valid.extension_spent_from"]
    assert refused(session, desk, less) == "extension_unused"
    made = propose(session, desk, half)
    extensions.approve(session, actor=desk.checker, extension_ref=made.ref)
    session.commit()
    assert broken(session) == set()
    request = session.query(ApprovalRequest).filter_by(kind=extensions.EXTEND, subject_id=made.id).one()
    for used, rules in (
        ({"face_fen": 100 * WAN, "spent_fen": 50 * WAN - 1, "rest": "0"}, {GIVEN}),
        ({"face_fen": 100 * WAN, "spent_fen": 50 * WAN + 1, "rest": "0"}, {COUNTED}),
        ({"face_fen": 99 * WAN, "spent_fen": 50 * WAN, "rest": "0"}, {COUNTED}),
        (None, {GIVEN}),
    ):
        payload = {name: value for name, value in request.payload.items() if name != "used"}
        said = payload if used is None else {**payload, "used": used}
        session.execute(update(ApprovalRequest).where(ApprovalRequest.id == request.id).values(payload=said))
        assert broken(session) & {GIVEN, COUNTED} == rules
        session.rollback()


def test_a_home_that_is_being_bought_is_not_used_and_one_given_back_no_more(
    session: Session, desk: Desk, shop: Shop
) -> None:
    buyer = make_buyer(session, desk, faces=(100 * WAN,))
    voucher = buyer.vouchers[0]
    locked = buy(session, shop, buyer, voucher, 60 * WAN, is_done=False)
    assert refused(session, desk, voucher) == "extension_unused"
    redeem(session, shop, redemptions.get_redemption(session, actor=desk.officer, ref=locked))
    made = propose(session, desk, voucher)
    undo(session, desk, locked)
    with pytest.raises(Conflict) as raised:
        extensions.approve(session, actor=desk.checker, extension_ref=made.ref)
    session.rollback()
    assert raised.value.code == "extension_unused"
    extensions.send_back(session, actor=desk.checker, extension_ref=made.ref, reason="购房已经撤销")
    session.commit()
    assert broken(session) == set()


def _left_out(rows: Sequence[VoucherExtension]) -> list[str | None]:
    return [row.obstacle for row in rows]


def test_many_at_once_leave_out_who_used_less_with_the_reason(
    session: Session, desk: Desk, shop: Shop
) -> None:
    buyers = [make_buyer(session, desk, faces=(100 * WAN,)) for _ in range(3)]
    for one in buyers:
        one.household.project_id = buyers[0].household.project_id
    session.commit()
    refs = [buy(session, shop, one, one.vouchers[0], 60 * WAN) for one in buyers[:2]]
    project_id = buyers[0].household.project_id
    look = {"actor": desk.officer, "project_id": project_id, "months": 3}
    seen = extension_queries.preview(session, **look)
    assert dict(seen.reasons) == {Obstacle.UNUSED: 1}
    batch = batches.propose(
        session, **look, issued_ref=None, reason="二期推迟", evidence="会议纪要", seen=seen.mark
    )
    session.commit()
    batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.commit()
    undo(session, desk, refs[1])
    flows.extend_batch(session, batch_id=batch.id)
    session.expire_all()
    rows = extension_queries.list_of_batch(session, batch=batch)
    assert sorted(map(str, _left_out(rows))) == ["None", "unused"]
    assert broken(session) == set()


def test_parts_of_a_voucher_count_what_it_spent_in_proportion(session: Session) -> None:
    desk = make_desk(session, policy=PARTED)
    shop, buyer = make_shop(session, desk=desk), make_buyer(session, desk, faces=(100 * WAN,))
    buy(session, shop, buyer, buyer.vouchers[0], 60 * WAN)
    for part in carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 33_333_333)):
        made = propose(session, desk, part)
        extensions.approve(session, actor=desk.checker, extension_ref=made.ref)
        session.commit()
    assert broken(session) == set()
