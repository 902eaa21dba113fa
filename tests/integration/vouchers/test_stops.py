"""Stops: one person stops at once, nothing is promised while one stands, two people free."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.approvals.queries import count_pending, find_latest
from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import DomainError, Forbidden, NotFound
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.errors import VoucherNotUsable
from app.reports.checking import Verdict, check
from app.vouchers import claims, endings, flows, paper, sheets, stop_ends, stops
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, wallet
from app.vouchers.rules import Standing
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_queries import list_stops
from app.vouchers.stop_rules import Channel
from tests.factories.contracts import upload
from tests.factories.endings import PAYING, ask, pay
from tests.factories.moves import MOVING, split_of
from tests.factories.moves import ask as ask_move
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.stops import DAYS, approve, freeze, lift, order, suspend
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000
LAST_SIX = make_id_number(7)[-6:]


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=PAYING)


@pytest.fixture
def shop(session: Session, desk: Desk) -> Shop:
    return make_shop(session, desk=desk)


@pytest.fixture
def buyer(session: Session, desk: Desk) -> Buyer:
    """A household with a voucher of a million, whose holder is known by ID number."""
    buyer = make_buyer(session, desk, faces=(100 * WAN,))
    make_person(session, officer=desk.officer, household=buyer.household, id_number=make_id_number(7))
    session.commit()
    return buyer


def purse(session: Session, buyer: Buyer) -> WalletVoucher:
    return wallet(session, household_id=buyer.household.id)[0]


def is_sound(session: Session) -> bool:
    return ledger.verify(session) == [] and redemptions.verify(session) == []


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        act()
    return refused.value.code


def test_a_lost_paper_dies_at_once_and_a_new_one_is_printed_once_two_people_freed_it(
    session: Session, desk: Desk, buyer: Buyer, clock: FixedClock
) -> None:
    ref = buyer.vouchers[0].ref
    old = paper.print_one(session, actor=desk.officer, voucher_ref=ref, serial="A0001")
    stop = stops.report_loss(session, actor=buyer.actor, voucher_ref=ref, reason="搬家时丢了")
    session.commit()
    assert check(session, mark=old.mark).verdict is Verdict.VOID
    assert purse(session, buyer).standing is Standing.STOPPED
    reprint = code_of(lambda: paper.print_one(session, actor=desk.officer, voucher_ref=ref, serial="A0002"))
    assert reprint == "voucher_stopped"
    session.rollback()
    wrong = code_of(
        lambda: stop_ends.ask_lift(
            session, actor=desk.officer, stop_ref=stop.ref, reason="补发", last_six="000000"
        )
    )
    assert wrong == "stop_finder_unknown", "who comes for the new paper is looked at"
    session.rollback()
    clock.advance(timedelta(days=1))
    lift(session, desk, stop, last_six=LAST_SIX)
    new = paper.print_one(session, actor=desk.officer, voucher_ref=ref, serial="A0002")
    session.commit()
    assert new.mark != old.mark
    assert check(session, mark=new.mark).verdict is Verdict.GENUINE
    assert check(session, mark=old.mark).verdict is Verdict.VOID
    assert is_sound(session)


def test_a_loss_by_phone_asks_who_calls(session: Session, desk: Desk, buyer: Buyer) -> None:
    def note(last_six: str) -> VoucherStop:
        return stops.note_loss(
            session,
            actor=desk.officer,
            voucher_ref=buyer.vouchers[0].ref,
            channel=Channel.PHONE,
            last_six=last_six,
            reason="电话挂失",
        )

    assert code_of(lambda: note("000000")) == "stop_caller_unknown"
    assert note(LAST_SIX).caller == "王秀英"
    assert code_of(lambda: note(LAST_SIX)) == "stop_stands"


def test_nothing_is_promised_while_a_stop_stands_and_what_was_locked_goes_on(
    session: Session, desk: Desk, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN), 40 * WAN)
    quote = make_quote(session, buyer, make_home(session, shop, voucher_fen=42 * WAN), 40 * WAN)
    clock.advance(timedelta(minutes=5))
    suspend(session, desk, buyer.vouchers[0].ref)
    home = make_home(session, shop)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(VoucherNotUsable) as unusable:
        buying.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    assert unusable.value.code == "voucher_stopped"
    session.rollback()
    with pytest.raises(VoucherNotUsable) as unquoted:
        make_quote(session, buyer, home)
    assert unquoted.value.code == "voucher_stopped"
    session.rollback()
    assert code_of(lambda: ask(session, buyer)) == "voucher_stopped"
    session.rollback()
    redeem(session, shop, locked)
    assert purse(session, buyer).spent_fen == locked.allocations[0].spent_fen > 0
    assert is_sound(session)


def test_a_voucher_that_is_stopped_moves_nowhere(session: Session) -> None:
    desk = make_desk(session, policy=MOVING)
    buyer = make_buyer(session, desk, faces=(100 * WAN,))
    suspend(session, desk, buyer.vouchers[0].ref)
    wish = split_of(buyer.vouchers[0], 10 * WAN)
    assert code_of(lambda: ask_move(session, buyer.actor, wish)) == "voucher_stopped"


def test_a_payout_that_was_asked_for_is_not_paid_while_a_stop_stands(
    session: Session, desk: Desk, shop: Shop, buyer: Buyer
) -> None:
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    ending = ask(session, buyer, kind=Ending.PAYOUT)
    endings.prepare(session, actor=desk.officer, ending_ref=ending.ref)
    stop = suspend(session, desk, buyer.vouchers[0].ref)
    say_yes = lambda: endings.approve(session, actor=desk.checker, ending_ref=ending.ref)  # noqa: E731
    assert code_of(say_yes) == "voucher_stopped"
    session.rollback()
    approve(session, desk, stop)
    lift(session, desk, stop)
    assert endings.approve(session, actor=desk.checker, ending_ref=ending.ref).state == "approved"
    session.commit()
    # What the bank has paid is gone, whatever stands: it is noted, and the page says that somebody must look.
    again = suspend(session, desk, buyer.vouchers[0].ref)
    assert pay(session, desk, ending).state == "paid"
    assert again.ended_at is None
    assert redemptions.verify(session) == []


def test_what_one_officer_suspended_falls_away_unless_another_confirms_it(
    session: Session, desk: Desk, buyer: Buyer, clock: FixedClock
) -> None:
    ref = buyer.vouchers[0].ref
    stop = suspend(session, desk, ref)
    assert stop.confirm_by is not None
    clock.moment = stop.confirm_by - timedelta(seconds=1)
    flows.lapse(session)
    assert purse(session, buyer).is_stopped
    clock.moment = stop.confirm_by
    assert code_of(lambda: approve(session, desk, stop)) == "stop_ended", "too late to be confirmed"
    session.rollback()
    flows.lapse(session)
    assert (stop.ended_how, purse(session, buyer).standing) == ("fell", Standing.USABLE)
    again = suspend(session, desk, ref)
    approve(session, desk, again)
    clock.advance(timedelta(days=60))
    flows.lapse(session)
    assert purse(session, buyer).is_stopped, "confirmed it stands"
    stop_ends.ask_lift(session, actor=desk.officer, stop_ref=again.ref, reason="查清了")
    with pytest.raises(Forbidden):
        stop_ends.approve(session, actor=desk.officer, stop_ref=again.ref)
    stop_ends.send_back(session, actor=desk.checker, stop_ref=again.ref, reason="还要材料")
    assert purse(session, buyer).is_stopped
    session.commit()
    lift(session, desk, again)
    assert not purse(session, buyer).is_stopped
    assert is_sound(session)


def test_a_court_freezes_a_sum_in_the_ledger_and_the_rest_buys_on(
    session: Session, desk: Desk, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    ref = buyer.vouchers[0].ref
    assert code_of(lambda: freeze(session, desk, ref, 100 * WAN + 1)) == "stop_sum_over"
    session.rollback()
    stop = freeze(session, desk, ref, 70 * WAN)
    now = purse(session, buyer)
    assert (now.available_fen, now.frozen_fen, now.held_fen) == (30 * WAN, 70 * WAN, 0)
    assert now.standing is Standing.USABLE
    assert code_of(lambda: ask(session, buyer)) == "voucher_sum_frozen"
    session.rollback()
    clock.advance(timedelta(minutes=5))
    make_redemption(session, buyer, make_home(session, shop, voucher_fen=31 * WAN))
    with pytest.raises(IntegrityError, match="never_overdrawn"):
        session.execute(
            text("UPDATE ledger_accounts SET debits_pending = credits_posted + 1 WHERE id = :id"),
            {"id": now.account_id},
        )
    session.rollback()
    approve(session, desk, stop)
    assert is_sound(session)
    clock.moment = business_clock.end_of_day(stop.until_on or business_clock.today())
    flows.lapse(session)
    assert stop.ended_how == "over"
    assert purse(session, buyer).frozen_fen == 0
    assert is_sound(session)


def test_a_court_freezes_the_whole_until_its_day_or_a_later_one(
    session: Session, desk: Desk, buyer: Buyer, clock: FixedClock
) -> None:
    stop = freeze(session, desk, buyer.vouchers[0].ref)
    assert purse(session, buyer).is_stopped, "it stands before it is confirmed"
    clock.advance(timedelta(days=10))
    flows.lapse(session)
    assert purse(session, buyer).is_stopped, "no court's order falls away"
    approve(session, desk, stop)
    assert stop.until_on is not None
    until = stop.until_on + timedelta(days=DAYS)
    stop_ends.ask_renewal(
        session,
        actor=desk.officer,
        stop_ref=stop.ref,
        document="（2018）苏1202执保15号之一",
        until_on=until,
        papers=[upload(b"%PDF-1.7\n% renewed\n%%EOF\n")],
    )
    approve(session, desk, stop)
    clock.moment = business_clock.end_of_day(until) - timedelta(seconds=1)
    flows.lapse(session)
    assert purse(session, buyer).is_stopped
    clock.advance(timedelta(seconds=1))
    flows.lapse(session)
    assert (stop.ended_how, purse(session, buyer).is_stopped) == ("over", False)
    assert is_sound(session)


def test_a_court_needs_its_paper_to_stop_and_to_free(session: Session, desk: Desk, buyer: Buyer) -> None:
    bare = code_of(
        lambda: stops.freeze(
            session,
            actor=desk.officer,
            voucher_ref=buyer.vouchers[0].ref,
            order=order(),
            reason="送达",
            papers=[],
        )
    )
    assert bare == "stop_paper_missing"
    session.rollback()
    stop = freeze(session, desk, buyer.vouchers[0].ref)
    approve(session, desk, stop)
    ask_lift = lambda: stop_ends.ask_lift(session, actor=desk.officer, stop_ref=stop.ref, reason="解除")  # noqa: E731
    assert code_of(ask_lift) == "stop_paper_missing"


def test_one_person_alone_frees_nothing(session: Session, desk: Desk, buyer: Buyer) -> None:
    stop = suspend(session, desk, buyer.vouchers[0].ref)
    alone = type(desk.checker)(**{**_fields(desk.checker), "user_id": desk.officer.user_id})
    with pytest.raises(SamePerson):
        stop_ends.approve(session, actor=alone, stop_ref=stop.ref)


def _fields(actor: object) -> dict[str, object]:
    return {name: getattr(actor, name) for name in actor.__slots__}  # type: ignore[attr-defined]


def test_the_term_runs_on_and_lapses_only_when_it_is_free(
    session: Session, desk: Desk, buyer: Buyer, clock: FixedClock
) -> None:
    stop = suspend(session, desk, buyer.vouchers[0].ref)
    approve(session, desk, stop)
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    flows.lapse(session)
    assert purse(session, buyer).ending is None
    lift(session, desk, stop)
    flows.lapse(session)
    assert purse(session, buyer).ending is not None
    assert is_sound(session)


def test_of_somebody_else_nothing_is_stopped(session: Session, desk: Desk, buyer: Buyer) -> None:
    other = make_buyer(session, desk)
    with pytest.raises(NotFound):
        stops.report_loss(session, actor=other.actor, voucher_ref=buyer.vouchers[0].ref, reason="丢了")
    with pytest.raises(Forbidden):
        stops.suspend(session, actor=buyer.actor, voucher_ref=buyer.vouchers[0].ref, reason="?")
    assert not list_stops(session, actor=desk.officer)


@pytest.mark.parametrize(
    "undo",
    [
        pytest.param("UPDATE vouchers SET is_stopped = false", id="says"),
        pytest.param("UPDATE voucher_stops SET until_on = until_on + 1", id="day"),
        pytest.param("UPDATE voucher_stops SET confirmed_at = began_at", id="confirmed"),
    ],
)
def test_verify_finds_what_was_done_to_a_stop(session: Session, desk: Desk, buyer: Buyer, undo: str) -> None:
    freeze(session, desk, buyer.vouchers[0].ref)
    assert is_sound(session)
    session.execute(text(undo))
    assert redemptions.verify(session)


def test_the_database_itself_promises_nothing_of_a_stopped_voucher(
    session: Session, desk: Desk, shop: Shop, buyer: Buyer
) -> None:
    make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN), 40 * WAN)
    session.get_one(Voucher, buyer.vouchers[0].id).is_stopped = True
    session.flush()
    copied = """
        INSERT INTO allocations (district_id, redemption_id, voucher_id, spent_fen, bonus_fen, transfer_id)
        SELECT district_id, redemption_id, voucher_id, 1, 0, transfer_id FROM allocations
    """
    with pytest.raises(IntegrityError, match="voucher_not_stopped"):
        session.execute(text(copied))


def test_nobody_is_asked_any_more_about_a_stop_that_ended_by_itself(
    session: Session, desk: Desk, buyer: Buyer, clock: FixedClock
) -> None:
    stop = suspend(session, desk, buyer.vouchers[0].ref)
    clock.advance(timedelta(days=30))
    flows.lapse(session)
    asked = find_latest(session, actor=desk.checker, kind=stops.STOP, subject_id=stop.id)
    assert (stop.ended_how, asked and asked.state) == ("fell", "lapsed")
    assert count_pending(session, actor=desk.checker, kind=stops.STOP) == 0
    assert is_sound(session)


def test_no_code_to_an_account_is_made_while_a_stop_stands(
    session: Session, desk: Desk, buyer: Buyer
) -> None:
    """Neither singly nor by the stack: who holds the lost paper may not be who is meant."""
    ref, project = buyer.vouchers[0].ref, buyer.household.project.name
    stop = suspend(session, desk, ref)
    single = {"actor": desk.officer, "voucher_ref": ref}
    assert code_of(lambda: claims.make_code(session, **single)) == "voucher_stopped"
    session.rollback()
    stack = {"actor": desk.officer, "project_name": project}
    assert code_of(lambda: sheets.print_next(session, **stack)) == "no_sheets_left"
    session.rollback()
    approve(session, desk, stop)
    lift(session, desk, stop)
    assert claims.make_code(session, **single)
