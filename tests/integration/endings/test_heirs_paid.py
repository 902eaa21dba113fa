"""What is paid of a voucher whose holder died goes by papers to one whom the heirs sent; nothing is stuck."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.core.errors import Conflict, DomainError
from app.documents.queries import list_documents
from app.notices.models import Notice
from app.redemptions import queries
from app.redemptions.change_states import Kind as Correction
from app.vouchers import endings, flows, lapse_claims, payouts, stop_ends
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_payees import papers_owner
from app.vouchers.estate_papers import Estate
from app.vouchers.move_rules import Share
from app.vouchers.payee_proofs import ENDING_PAYEES
from app.vouchers.queries import purses
from tests.factories.coming_back import end
from tests.factories.contracts import upload
from tests.factories.endings import CLAIMING, claim, payee
from tests.factories.endings import approve as approve_ending
from tests.factories.endings import ask as ask_ending
from tests.factories.forging import unguard
from tests.factories.inheritances import INHERITED, approve, ask, note_death, prepare
from tests.factories.moves import make_holder
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.stops import suspend
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=INHERITED))


@pytest.fixture
def owner(session: Session, shop: Shop) -> Buyer:
    return make_holder(session, shop.desk, number=7, faces=(120 * WAN,))


def estate(*, evidence: str = "公证书；推举书", files: int = 1) -> Estate:
    return Estate(today(), evidence, [upload(b"%PDF-1.7\n% heirs\n%%EOF\n") for _ in range(files)])


def refused(session: Session, act: Callable[[], object]) -> str:
    with pytest.raises((Conflict, DomainError)) as caught:
        act()
    session.rollback()
    return caught.value.code


def asked_before(session: Session, shop: Shop, owner: Buyer) -> VoucherEnding:
    """Let the holder ask for what is left of 120 万 once 90 are spent."""
    found = make_redemption(session, owner, make_home(session, shop, voucher_fen=108 * WAN))
    redeem(session, shop, found, explanation="同一个人")
    return ask_ending(session, owner)


def told(session: Session, kind: str) -> list[int | None]:
    return list(session.scalars(select(Notice.household_id).where(Notice.kind == kind).order_by(Notice.id)))


def test_what_was_asked_for_before_the_death_is_paid_while_the_stop_stands(
    session: Session, shop: Shop, owner: Buyer
) -> None:
    """The account of who died takes no money any more; the heirs say on paper who receives."""
    asked, desk = asked_before(session, shop, owner), shop.desk
    note_death(session, desk, owner.vouchers[0])
    known: dict[str, Any] = {"actor": desk.officer, "ending_ref": asked.ref}
    for name, papers, code in (
        (owner.household.holder_name, estate(), "cash_bonus_payee_dead"),
        ("李红", estate(files=0), "cash_bonus_papers_missing"),
        ("李红", estate(evidence=" "), "evidence_missing"),
    ):
        typed = {"payee": payee(name), "estate": papers}
        assert refused(session, partial(endings.prepare, session, **known, **typed)) == code
    endings.prepare(session, payee=payee("李红"), estate=estate(), **known)
    session.commit()
    assert (asked.payee_name, asked.died_on, asked.evidence) == ("李红", today(), "公证书；推举书")
    assert told(session, "ending_heir") == [owner.household.id]
    suspended = suspend(session, desk, owner.vouchers[0].ref)
    decide = {"actor": desk.checker, "ending_ref": asked.ref}
    assert refused(session, lambda: endings.approve(session, **decide)) == "voucher_stopped", "another stop"
    found_nothing(session, shop, suspended.ref)
    endings.approve(session, **decide)
    session.commit()
    payouts.pay(session, actor=desk.officer, ending_ref=asked.ref, bank_reference="网银-1", paid_on=today())
    session.commit()
    assert queries.verify(session) == []
    back = {"reference": "退-1", "returned_on": today(), "reason": "账户已销户"}
    payouts.note_returned(session, **known, **back)
    session.commit()
    assert (asked.account, asked.died_on, asked.evidence) == (None, None, None)
    assert (
        refused(session, lambda: endings.prepare(session, payee=payee("李红"), **known)) == "payee_not_holder"
    )
    endings.prepare(session, payee=payee("李建国"), estate=estate(files=0), **known)
    session.commit()
    endings.approve(session, **decide)
    session.commit()
    assert asked.state == "approved"
    assert queries.verify(session) == []


def found_nothing(session: Session, shop: Shop, stop_ref: str) -> None:
    """Let a checker find that there is no doubt."""
    stop_ends.send_back(session, actor=shop.desk.checker, stop_ref=stop_ref, reason="没有疑问")
    session.commit()


def test_a_checker_who_sends_it_back_forgets_account_and_papers(
    session: Session, shop: Shop, owner: Buyer
) -> None:
    asked, desk = asked_before(session, shop, owner), shop.desk
    note_death(session, desk, owner.vouchers[0])
    known = {"actor": desk.officer, "ending_ref": asked.ref}
    endings.prepare(session, payee=payee("李红"), estate=estate(), **known)
    session.commit()
    endings.send_back(session, actor=desk.checker, ending_ref=asked.ref, reason="推举书没有签全")
    session.commit()
    assert (asked.state, asked.account, asked.died_on) == ("asked", None, None)
    assert queries.verify(session) == []
    twice = estate(files=2)
    assert refused(session, lambda: endings.prepare(session, payee=payee("李红"), estate=twice, **known)) == (
        "document_twice"
    ), "the second of one look is a slip, not the paper of the first look"
    endings.prepare(session, payee=payee("李红"), estate=estate(), **known)
    session.commit()
    assert len(list_documents(session, papers_owner(asked))) == 1, "the paper of the first look, kept once"
    approve_with(session, desk, asked)
    assert queries.verify(session) == []


def test_heirs_claim_after_the_term_while_the_stop_stands(session: Session, clock: FixedClock) -> None:
    """The day of their form decides the sum, and a second person compares who receives it."""
    desk = make_desk(session, policy=CLAIMING)
    buyer = make_buyer(session, desk, faces=(100 * WAN,))
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    flows.lapse(session)
    ending = session.scalars(select(VoucherEnding)).one()
    clock.advance(timedelta(days=95))
    note_death(session, desk, buyer.vouchers[0])
    known: dict[str, Any] = {"actor": desk.officer, "ending_ref": ending.ref}
    lapse_claims.enter(session, claimed_on=today(), reason="继承人的申请表", **known)
    session.commit()
    assert (ending.state, ending.paid_fen) == ("asked", 95 * WAN)
    others = Estate(today(), "公证书", [upload(b"%PDF-1.7\n% will\n%%EOF\n")])
    endings.prepare(session, payee=payee("李红"), estate=others, **known)
    session.commit()
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="申请日早十天")
    session.commit()
    assert (ending.state, ending.died_on) == ("claimable", None)
    assert queries.verify(session) == []
    lapse_claims.enter(session, claimed_on=today() - timedelta(days=10), reason="继承人的申请表", **known)
    session.commit()
    assert (ending.state, ending.paid_fen, ending.account) == ("asked", 100 * WAN, None)
    assert queries.verify(session) == []
    endings.prepare(session, payee=payee("李红"), estate=estate(), **known)
    session.commit()
    approve_with(session, desk, ending)
    assert (ending.state, ending.payee_name) == ("approved", "李红")
    assert queries.verify(session) == []


def test_a_claim_noted_under_another_stop_goes_on_for_the_heirs(session: Session, clock: FixedClock) -> None:
    """Only the stop for the death stands in the end, and nobody can inherit a voucher that is ending."""
    desk = make_desk(session, policy=CLAIMING)
    buyer = make_buyer(session, desk, faces=(100 * WAN,))
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    flows.lapse(session)
    ending = session.scalars(select(VoucherEnding)).one()
    note_death(session, desk, buyer.vouchers[0])
    suspended = suspend(session, desk, buyer.vouchers[0].ref)
    claim(session, buyer, ending)
    clock.advance(timedelta(days=1))
    flows.lapse(session)
    assert (ending.state, ending.paid_fen) == ("claimable", 0)
    stop_ends.send_back(session, actor=desk.checker, stop_ref=suspended.ref, reason="没有疑问")
    session.commit()
    flows.lapse(session)
    assert (ending.state, ending.paid_fen, ending.account is None) == ("asked", 100 * WAN, False)
    endings.prepare(session, actor=desk.officer, ending_ref=ending.ref)
    session.commit()
    approving = partial(approve_with, session, desk, ending)
    assert refused(session, approving) == "voucher_stopped", "the account of who died takes no money"
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="持有人已经去世")
    session.commit()
    how = {"payee": payee("李红"), "estate": estate()}
    endings.prepare(session, actor=desk.officer, ending_ref=ending.ref, **how)
    session.commit()
    approving()
    assert ending.state == "approved"
    assert queries.verify(session) == []


def came_back(session: Session, shop: Shop, owner: Buyer, clock: FixedClock) -> VoucherEnding:
    """Let two heirs, whose terms are over, wait for two people with what a home gave back."""
    found = make_redemption(session, owner, make_home(session, shop, voucher_fen=36 * WAN))
    bought = redeem(session, shop, found, explanation="同一个人")
    left = purses(session, [owner.vouchers[0]])[0].available_fen
    shares = (Share(left - 10 * WAN, kin="spouse"), Share(10 * WAN, kin="child"))
    move = ask(session, shop.desk, note_death(session, shop.desk, owner.vouchers[0]), shares)
    prepare(session, shop.desk, move)
    approve(session, shop.desk, move)
    clock.advance(timedelta(days=1000))
    end(session, shop, owner, bought, Correction.REJECT)
    flows.lapse(session)
    return session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).one()


def test_of_several_heirs_none_is_paid_without_papers(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    ending, desk = came_back(session, shop, owner, clock), shop.desk
    how: dict[str, Any] = {
        "actor": desk.officer,
        "ending_ref": ending.ref,
        "effect": "cash",
        "reason": "按公证书",
    }
    for name in ("李红", owner.household.holder_name):
        code = refused(session, lambda one=name: endings.decide(session, payee=payee(one), **how))
        assert code == "ending_heirs_several"
    endings.decide(session, payee=payee("李红"), estate=estate(), **how)
    session.commit()
    assert len(told(session, "ending_other_heir")) == 1, "the other one is told who receives"
    approve_with(session, shop.desk, ending)
    assert queries.verify(session) == []
    unguard(session, "voucher_endings")
    session.execute(text("UPDATE voucher_endings SET died_on = NULL, evidence = NULL WHERE kind = 'back'"))
    (rule,) = ENDING_PAYEES
    assert rule in {breach.rule for breach in queries.verify(session)}
    session.rollback()


def approve_with(session: Session, desk: Desk, ending: VoucherEnding) -> None:
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()


def test_what_nobody_died_of_is_paid_as_before(session: Session, shop: Shop, owner: Buyer) -> None:
    asked = approve_ending(session, shop.desk, asked_before(session, shop, owner))
    assert asked.payee_name == owner.household.holder_name
    assert queries.verify(session) == []
