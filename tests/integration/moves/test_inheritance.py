"""The voucher of somebody who died: to the fen and the day what a simulation plays, by two people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.approvals.models import ApprovalRequest
from app.core import clock as business_clock
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden
from app.ledger import queries as ledger
from app.notices.models import Notice
from app.policies import bodies
from app.projects import takers
from app.projects.models import Household
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.change_states import Kind as Correction
from app.redemptions.models import Redemption
from app.redemptions.past import pasts
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish as Change
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers import endings, extensions, flows, inheritance, moves, stop_ends, stop_queries
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.estate_papers import Estate
from app.vouchers.models import Voucher
from app.vouchers.move_queries import list_given, list_of_household
from app.vouchers.move_rules import Share
from app.vouchers.parties import Other
from app.vouchers.queries import WalletVoucher, purses, wallet
from app.vouchers.rules import Standing
from app.vouchers.stop_models import VoucherStop
from tests.factories.contracts import upload
from tests.factories.endings import approve as approve_ending
from tests.factories.endings import ask as ask_ending
from tests.factories.endings import payee
from tests.factories.inheritances import INHERITED, approve, ask, mark_of, note_death, prepare
from tests.factories.moves import actor_of, carry_out, make_holder, other_of, transfer_of
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
    verify_first,
)
from tests.factories.stops import freeze, suspend
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=INHERITED)


@pytest.fixture
def shop(session: Session, desk: Desk) -> Shop:
    return make_shop(session, desk=desk)


@pytest.fixture
def owner(session: Session, desk: Desk) -> Buyer:
    """A household with a voucher of 1.2 million whose holder is known by ID number."""
    return make_holder(session, desk, number=7, faces=(120 * WAN,))


def bought(session: Session, shop: Shop, buyer: Buyer, price_fen: int) -> None:
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=price_fen)))


def purse(session: Session, voucher: Voucher) -> WalletVoucher:
    return purses(session, [session.get_one(Voucher, voucher.id)])[0]


def holder_of(session: Session, desk: Desk, voucher: Voucher) -> Buyer:
    household = session.get_one(Household, voucher.household_id)
    return Buyer(actor_of(session, desk, household), household, [voucher])


def is_sound(session: Session) -> bool:
    broken = [*ledger.verify(session), *redemptions.verify(session)]
    assert broken == []
    return True


def code_of(session: Session, act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    session.rollback()
    return refused.value.code


def shares_of(*fen: int) -> tuple[Share, ...]:
    return tuple(Share(one, kin=kin) for one, kin in zip(fen, ("spouse", "child", "child"), strict=False))


def extend(session: Session, desk: Desk, voucher: Voucher, *, months: int) -> None:
    known = {"voucher_ref": voucher.ref, "reason": "住院", "evidence": "出院记录"}
    asked = extensions.propose(session, actor=desk.officer, months=months, **known)
    extensions.approve(session, actor=desk.checker, extension_ref=asked.ref)
    session.commit()


def contracted(session: Session, shop: Shop, buyer: Buyer, fen: int) -> Redemption:
    """Buy a home up to its contract."""
    found = make_redemption(session, buyer, make_home(session, shop, voucher_fen=fen))
    return contract(session, shop, found)


def written_off(session: Session, shop: Shop, found: Redemption) -> None:
    verify_first(session, shop, found)
    buying.verify_second(session, actor=shop.desk.checker, redemption_ref=found.ref)
    session.commit()


LONGER = INHERITED.replace("  from: issue", "  from: issue\n  extension_months: 3").replace(
    "  fixed_by: lock", "  fixed_by: lock\n  counted_from: issue"
)
"""Tiers that count from the issue stand still like those that count from the start of the term."""
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: DAY0, face: 1200000}
  - buy: {home: H1, voucher: A, on: DAY1, price: 460000, contract: DAY1, verified: VERIFIED}
  - inherit: {voucher: A, died: DAY9, on: DAY170, heir: spouse, into: [INTO]}
  - buy: {home: H2, voucher: B, on: DAY171, price: 120000}
  - extend: {voucher: A, on: DAY172, months: 2}
"""


@pytest.mark.parametrize(("verified", "still"), [(1, 150), (15, 156)], ids=["bought before", "bought after"])
def test_the_platform_comes_to_what_the_simulation_plays(
    session: Session, clock: FixedClock, verified: int, still: int
) -> None:
    """What was being bought at the death is waited for, at no cost to the days that are allowed."""
    desk = make_desk(session, policy=LONGER)
    shop = make_shop(session, desk=desk)
    owner = make_buyer(session, desk, faces=(120 * WAN,))
    first = business_clock.today()

    def at(day: int) -> None:
        clock.advance(timedelta(days=(first + timedelta(days=day) - business_clock.today()).days))

    at(1)
    found = contracted(session, shop, owner, 46 * WAN)
    at(verified)
    written_off(session, shop, found)
    at(20)
    stop = note_death(session, desk, owner.vouchers[0], first + timedelta(days=9))
    at(150)
    shares = shares_of(purse(session, owner.vouchers[0]).available_fen - 30_000_001, 30_000_001)
    move = ask(session, desk, stop, shares, (other_of(21, "李建国"), other_of(7, "李红")))
    at(165)
    prepare(session, desk, move)
    at(170)
    spouse, child = approve(session, desk, move)
    assert is_sound(session)
    at(171)
    bought(session, shop, holder_of(session, desk, child), 12 * WAN)

    at(172)
    extend(session, desk, spouse, months=2)

    text_ = PLAYED.replace("INTO", "{voucher: B, amount: 300000.01, heir: child}")
    text_ = text_.replace("VERIFIED}", f"{first + timedelta(days=verified)}}}")
    for day in (172, 171, 170, 9, 1, 0):
        text_ = text_.replace(f"DAY{day},", f"{first + timedelta(days=day)},")
    steps = play(bodies.parse(LONGER), scenario.read(text_))
    assert [step.outcome.refused_by for step in steps] == [None] * 5
    book = {one.ref: one for one in steps[-1].accounts}
    past = pasts(session, [spouse.id, child.id])
    for voucher, name in ((spouse, "A"), (child, "B")):
        mine, played = purse(session, voucher), book[name]
        assert (mine.face_fen, mine.available_fen) == (played.face_fen, played.available_fen)
        did = past[voucher.id]
        assert did.spent_fen == mine.before_fen + mine.spent_fen == played.spent_fen
        assert 0 < did.earned_fen == sum(played.earned.values())
        term = (did.homes, mine.starts_on, mine.expires_at, mine.stood_still_days)
        assert term == (played.homes, played.start, played.expires_at, still)
    assert is_sound(session)


def test_two_people_stand_behind_it_and_heirs_are_told_entered_and_in_the_register(
    session: Session, desk: Desk, owner: Buyer, clock: FixedClock
) -> None:
    known = make_holder(session, desk, number=22)
    stop = note_death(session, desk, owner.vouchers[0])
    shares = shares_of(50 * WAN, 70 * WAN)
    people = (other_of(21, "李建国"), other_of(22))
    move = ask(session, desk, stop, shares, people)
    with pytest.raises(Forbidden, match="move_not_yours"):
        moves.withdraw(session, actor=owner.actor, move_ref=move.ref)
    session.rollback()
    prepare(session, desk, move)
    moves.send_back(session, actor=desk.checker, move_ref=move.ref, reason="份额没有写清")
    prepare(session, desk, move)
    as_checker = replace(desk.officer, role=Role.CHECKER)
    with pytest.raises((SamePerson, Forbidden)):
        moves.approve(session, actor=as_checker, move_ref=move.ref, on=business_clock.today())
    session.rollback()
    yesterday = business_clock.today() - timedelta(days=1)
    stale = code_of(
        session, lambda: moves.approve(session, actor=desk.checker, move_ref=move.ref, on=yesterday)
    )
    assert stale == "move_changed", "who left the page open sees the day's terms first"
    first, second = approve(session, desk, move)
    assert second.household_id == known.household.id
    entered = session.get_one(Household, first.household_id)
    assert (entered.holder_name, entered.project.name) == ("李建国", takers.REGISTER)
    assert session.get_one(VoucherStop, stop.id).ended_how == "inherited"
    assert session.get_one(Voucher, owner.vouchers[0].id).state == "moved"
    assert (first.transfers_done, first.splits_done, first.inheritances_done) == (0, 0, 1)
    assert [one.ref for one in list_given(session, actor=desk.officer)] == [move.ref]
    for household in (owner.household, entered, known.household):
        assert [one.ref for one in list_of_household(session, household_id=household.id)] == [move.ref]
    told = session.execute(select(Notice.household_id, Notice.kind).where(Notice.kind.like("%inherit%")))
    assert set(map(tuple, told)) == {
        (owner.household.id, "inherit_asked"),
        (entered.id, "inherited"),
        (known.household.id, "inherited"),
    }
    (news,) = session.scalars(select(Notice.text).where(Notice.kind == "inherit_asked"))
    assert "登记了 2 位继承人" in news
    assert "340803" not in str(move.shown)
    assert is_sound(session)


def test_what_comes_back_once_heirs_terms_are_over_is_told_to_them_and_paid_to_whom_they_send(
    session: Session, desk: Desk, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    found = make_redemption(session, owner, make_home(session, shop))
    bought = redeem(session, shop, found, explanation="同一个人")
    stop = note_death(session, desk, owner.vouchers[0])
    left = purse(session, owner.vouchers[0]).available_fen
    shares = (Share(left - 5, kin="spouse"), Share(5, kin="child"))
    move = ask(session, desk, stop, shares)
    prepare(session, desk, move)
    approve(session, desk, move)
    clock.advance(timedelta(days=1000))
    change = changes.ask(
        session, actor=desk.officer, redemption_ref=bought.ref, wish=Change(Correction.REJECT, "核销有误")
    )
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=change.ref)
    session.commit()
    flows.lapse(session)
    told = session.scalars(select(Notice.household_id).where(Notice.kind == "heirs_back_late"))
    assert set(told) == {heir.household_id for heir in move.heirs}
    ending = session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).one()
    how = {"actor": desk.officer, "ending_ref": ending.ref, "effect": "cash", "reason": "按公证书"}
    with pytest.raises(DomainError, match="ending_heirs_several"):
        endings.decide(session, payee=payee("李红"), **how)
    session.rollback()
    sent = Estate(stop.died_on or business_clock.today(), "推举书", [upload()])
    endings.decide(session, payee=payee("李红"), estate=sent, **how)
    session.commit()
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    assert redemptions.verify(session) == []


def test_what_comes_back_to_who_gave_a_voucher_away_is_none_of_the_takers_heirs(
    session: Session, desk: Desk, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    """Whose purchase it was lives: what comes back is theirs, whoever inherited the voucher since."""
    found = make_redemption(session, owner, make_home(session, shop))
    bought = redeem(session, shop, found, explanation="同一个人")
    (given,) = carry_out(session, desk, owner.actor, transfer_of(owner.vouchers[0]), other_of(9))
    stop = note_death(session, desk, given)
    shares = shares_of(purse(session, given).available_fen)
    approve_all(session, desk, stop, shares)
    clock.advance(timedelta(hours=1))
    change = changes.ask(
        session, actor=desk.officer, redemption_ref=bought.ref, wish=Change(Correction.REJECT, "核销有误")
    )
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=change.ref)
    session.commit()
    flows.lapse(session)
    assert session.scalars(select(Notice.id).where(Notice.kind == "heirs_back_late")).all() == []
    ending = session.scalars(select(VoucherEnding)).one()
    assert ending.voucher_id == owner.vouchers[0].id
    how = {"actor": desk.officer, "ending_ref": ending.ref, "effect": "cash", "reason": "退房"}
    with pytest.raises(DomainError, match="payee_not_holder"):
        endings.decide(session, payee=payee("李建国"), **how)
    session.rollback()
    endings.decide(session, payee=payee(owner.household.holder_name), **how)
    session.commit()
    assert is_sound(session)


def test_what_stands_against_it_is_said(session: Session, desk: Desk, shop: Shop, owner: Buyer) -> None:
    voucher = owner.vouchers[0]
    home = make_home(session, shop, voucher_fen=7 * WAN)
    locked = make_redemption(session, owner, home)
    stop = note_death(session, desk, voucher)
    left = purse(session, voucher).available_fen
    assert code_of(session, lambda: ask(session, desk, stop, shares_of(left))) == "move_homes_held"
    buying.cancel(session, actor=owner.actor, redemption_ref=locked.ref)
    session.commit()
    whole = shares_of(120 * WAN)
    for shares, people, code in (
        (shares_of(119 * WAN), (other_of(21),), "inherit_shares"),
        (shares_of(100 * WAN, 21 * WAN), (other_of(21), other_of(22)), "inherit_shares"),
        ((Share(120 * WAN, kin="sibling"),), (other_of(21),), "inherit_not_kin"),
        ((Share(120 * WAN),), (other_of(21),), "kin_missing"),
        (whole, (Other("李", "1"),), "id_number_bad"),
        (whole, (other_of(7),), "heir_is_holder"),
        (shares_of(100 * WAN, 20 * WAN), (other_of(21), other_of(21)), "heir_twice"),
        (whole, (), "inherit_shares"),
    ):
        assert code_of(session, partial(ask, session, desk, stop, shares, people)) == code
    suspended = suspend(session, desk, voucher.ref)
    assert code_of(session, lambda: ask(session, desk, stop, whole)) == "inherit_other_stop"
    stop_ends.send_back(session, actor=desk.checker, stop_ref=suspended.ref, reason="没有疑问")
    session.commit()
    lift: dict[str, Any] = {"actor": desk.officer, "stop_ref": stop.ref, "reason": "弄错了"}
    stop_ends.ask_lift(session, papers=[upload(b"%PDF-1.7\n%l\n%%EOF\n")], **lift)
    session.commit()
    assert code_of(session, lambda: ask(session, desk, stop, whole)) == "stop_waits"
    stop_ends.send_back(session, actor=desk.checker, stop_ref=stop.ref, reason="没有弄错")
    session.commit()
    move = ask(session, desk, stop, whole)
    assert code_of(session, lambda: ask(session, desk, stop, whole)) == "move_open"
    assert code_of(session, lambda: stop_ends.ask_lift(session, papers=[], **lift)) == "stop_inheriting"
    prepare(session, desk, move)
    freeze(session, desk, voucher.ref)
    assert code_of(session, lambda: approve(session, desk, move)) == "inherit_other_stop"
    assert is_sound(session)


@pytest.mark.parametrize("is_prepared", [False, True], ids=["asked", "prepared"])
def test_what_the_holder_had_asked_for_is_ended_for_the_heirs(
    session: Session, shop: Shop, owner: Buyer, *, is_prepared: bool
) -> None:
    """A payout that nobody approved stands against an inheritance until an officer ends it."""
    desk = shop.desk
    bought(session, shop, owner, 108 * WAN)
    asked, left = ask_ending(session, owner), 30 * WAN
    if is_prepared:
        endings.prepare(session, actor=desk.officer, ending_ref=asked.ref)
        session.commit()
    known = {"actor": desk.officer, "ending_ref": asked.ref}
    assert code_of(session, lambda: endings.drop(session, **known)) == "stop_ended", "nobody died"
    stop = note_death(session, desk, owner.vouchers[0])
    assert code_of(session, lambda: ask(session, desk, stop, shares_of(left))) == "ending_open"
    endings.drop(session, **known)
    session.commit()
    assert (asked.state, asked.reason) == ("refused", endings.HOLDER_DIED)
    waiting = select(ApprovalRequest.state).where(ApprovalRequest.kind == endings.END)
    assert session.scalars(waiting).all() == (["lapsed"] if is_prepared else [])
    told = session.execute(select(Notice.household_id, Notice.text).where(Notice.kind == "ending_refused"))
    ((household_id, words),) = told.all()
    assert (household_id, "去世" in words) == (owner.household.id, True)
    (got,) = approve_all(session, desk, stop, shares_of(left))
    assert purse(session, got).available_fen == left
    assert is_sound(session)


def test_what_was_approved_before_the_death_is_not_ended(session: Session, shop: Shop, owner: Buyer) -> None:
    bought(session, shop, owner, 108 * WAN)
    asked = approve_ending(session, shop.desk, ask_ending(session, owner))
    note_death(session, shop.desk, owner.vouchers[0])
    known = {"actor": shop.desk.officer, "ending_ref": asked.ref}
    assert code_of(session, lambda: endings.drop(session, **known)) == "ending_approved"
    assert is_sound(session)


def test_a_term_that_stood_still_is_not_over_and_one_that_ran_out_is(
    session: Session, desk: Desk, owner: Buyer, clock: FixedClock
) -> None:
    voucher = owner.vouchers[0]
    last = business_clock.legal_day(purse(session, voucher).expires_at - timedelta(seconds=1))
    clock.advance(timedelta(days=(last - business_clock.today()).days))
    stop = note_death(session, desk, voucher)
    clock.advance(timedelta(days=30))
    flows.lapse(session)
    assert purse(session, voucher).standing is Standing.STOPPED
    move = ask(session, desk, stop, shares_of(120 * WAN))
    prepare(session, desk, move)
    flows.lapse(session)
    (got,) = approve(session, desk, move)
    assert purse(session, got).standing is Standing.USABLE
    assert purse(session, got).expires_at == purse(session, voucher).expires_at + timedelta(days=30)
    again = note_death(session, desk, got)
    clock.advance(timedelta(days=151))
    over = code_of(session, lambda: ask(session, desk, again, shares_of(120 * WAN)))
    assert over == "move_term_over", "the policy lets it stand still for 150 days at most"
    assert is_sound(session)


def test_without_a_word_in_the_policy_anybody_may_inherit_and_the_term_runs_on(session: Session) -> None:
    desk = make_desk(session)
    owner = make_buyer(session, desk, faces=(WAN,))
    stop = note_death(session, desk, owner.vouchers[0])
    (got,) = approve_all(session, desk, stop, (Share(WAN, kin="other"),))
    assert purse(session, got).expires_at == purse(session, owner.vouchers[0]).expires_at
    assert wallet(session, household_id=owner.household.id) == []


def approve_all(session: Session, desk: Desk, stop: VoucherStop, shares: tuple[Share, ...]) -> list[Voucher]:
    move = ask(session, desk, stop, shares)
    prepare(session, desk, move)
    return approve(session, desk, move)


def test_another_outcome_than_was_shown_is_refused(session: Session, desk: Desk, owner: Buyer) -> None:
    stop = note_death(session, desk, owner.vouchers[0])
    shares = shares_of(60 * WAN, 60 * WAN)
    known: dict[str, Any] = {
        "actor": desk.officer,
        "stop_ref": stop.ref,
        "people": (other_of(21), other_of(22)),
    }
    other = mark_of(session, stop, shares_of(61 * WAN, 59 * WAN))
    changed = code_of(session, lambda: inheritance.ask(session, shares=shares, seen=other, **known))
    assert changed == "move_changed"
    with pytest.raises(Forbidden):
        inheritance.ask(session, **{**known, "actor": owner.actor}, shares=shares, seen="")


class Ticking(FixedClock):
    """A clock on which a second passes whenever somebody looks."""

    def now(self) -> datetime:
        self.advance(timedelta(seconds=1))
        return self.moment


def test_no_midnight_comes_between_terms_and_their_day(session: Session, desk: Desk, owner: Buyer) -> None:
    stop = note_death(session, desk, owner.vouchers[0])
    move = ask(session, desk, stop, shares_of(120 * WAN))
    prepare(session, desk, move)
    session.commit()
    today = business_clock.today()

    def carried_out(seconds: int) -> str:
        business_clock.use(Ticking(business_clock.end_of_day(today) - timedelta(seconds=seconds)))
        try:
            moves.approve(session, actor=desk.checker, move_ref=move.ref, on=today)
        except Conflict as late:
            session.rollback()
            return late.code
        session.commit()
        return "done"

    refused = list(takewhile("done".__ne__, map(carried_out, range(1, 60))))
    assert set(refused) == {"move_changed"}
    assert is_sound(session)


def test_what_was_forged_is_found(session: Session, desk: Desk, owner: Buyer) -> None:
    stop = note_death(session, desk, owner.vouchers[0])
    approve_all(session, desk, stop, shares_of(60 * WAN, 60 * WAN))
    assert is_sound(session)
    later = "UPDATE vouchers SET expires_at = expires_at + interval '1 day' WHERE move_id IS NOT NULL"
    another = """
        INSERT INTO voucher_heirs (move_id, place, district_id, name, number, number_index, kin, share_fen)
        SELECT move_id, 3, district_id, name, number, '-', kin, 1 FROM voucher_heirs WHERE place = 1
    """
    for broken, rule in (
        (later, "terms are"),
        ("UPDATE vouchers SET stood_still_days = 9 WHERE move_id IS NOT NULL", "terms are"),
        (another, "heirs have their shares"),
    ):
        session.execute(text(broken))
        assert any(rule in breach.rule for breach in redemptions.verify(session)), broken
        session.rollback()


def test_the_database_itself_lets_nothing_else_go_of_a_stopped_voucher(
    session: Session, desk: Desk, owner: Buyer
) -> None:
    stop = note_death(session, desk, owner.vouchers[0])
    move = ask(session, desk, stop, shares_of(120 * WAN))
    with pytest.raises(IntegrityError, match="voucher_heirs_frozen"):
        session.execute(text("UPDATE voucher_heirs SET share_fen = 1"))
    session.rollback()
    moves.refuse(session, actor=desk.officer, move_ref=move.ref, reason="材料不齐")
    session.commit()
    assert stop_queries.find_death(session, voucher_id=owner.vouchers[0].id) is not None
    suspend(session, desk, owner.vouchers[0].ref)
    again = text(
        "INSERT INTO voucher_move_parts (move_id, voucher_id, district_id, left_fen) "
        "SELECT move_id, voucher_id, district_id, left_fen FROM voucher_move_parts"
    )
    with pytest.raises(IntegrityError, match="voucher_not_stopped"):
        session.execute(again)
    session.rollback()
