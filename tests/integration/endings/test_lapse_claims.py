"""What is left after a term is claimed by its household: the day decides, and it is claimed or over, once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.proofs import find_breaches
from app.ledger.queries import control_balance
from app.notices.models import Notice
from app.redemptions.change_states import Kind as Change
from app.vouchers import endings, flows, lapse_claims
from app.vouchers.claim_proofs import CLAIMS
from app.vouchers.coming_back import due_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import count_due
from app.vouchers.ending_rules import frozen_turns
from app.vouchers.payout_proofs import PAYOUTS
from app.web.endings import claim_rows, next_of
from tests.factories import stops
from tests.factories.coming_back import bought, cheaper, end, newest, proved
from tests.factories.endings import CLAIMING, approve, claim, pay, payee, prepare
from tests.factories.forging import unguard
from tests.factories.redemptions import (
    Buyer,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000
FACE = 100_000_077
LEAVING = CLAIMING.replace("after: void", "after: agreement, bonus: returned")
LAST_DAYS = (date(2018, 3, 1), date(2018, 6, 1))
"""Of three and six months after the factories' term, to 1 December 2017."""


def over(session: Session, clock: FixedClock, buyer: Buyer) -> VoucherEnding:
    """Let the term of a household's voucher end, and the hourly job come by."""
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    flows.lapse(session)
    return newest(session)


def waiting(session: Session, clock: FixedClock, policy: str = CLAIMING) -> tuple[Desk, Buyer, VoucherEnding]:
    desk = make_desk(session, policy=policy)
    buyer = make_buyer(session, desk, faces=(FACE,))
    return desk, buyer, over(session, clock, buyer)


def at(clock: FixedClock, day: date, *, over: bool = False) -> None:
    """Set the clock to the last moment of a day, or to the first after it."""
    clock.moment = business_clock.end_of_day(day)
    if not over:
        clock.moment -= timedelta(microseconds=1)


def told(session: Session, kind: str) -> int:
    return session.query(Notice).filter_by(kind=kind).count()


@pytest.mark.parametrize(
    ("place", "after", "paid_fen"),
    [(0, False, FACE), (0, True, 95_000_073), (1, False, 95_000_073)],
    ids=["the last moment of the first", "the first of the second", "the last of the second"],
)
def test_the_day_of_the_claim_decides_what_is_paid(
    session: Session, clock: FixedClock, place: int, after: bool, paid_fen: int
) -> None:
    desk, buyer, ending = waiting(session, clock)
    assert (ending.kind, ending.state, ending.effect, ending.paid_fen) == ("lapse", "claimable", None, 0)
    assert [turn.until for turn in frozen_turns(ending.shown)] == [*LAST_DAYS, None]
    proved(session)
    at(clock, LAST_DAYS[place], over=after)
    claim(session, buyer, ending)
    assert (ending.state, ending.effect, ending.paid_fen) == ("asked", "cash", paid_fen)
    assert (ending.returned_fen, ending.forfeited_fen) == (0, FACE - paid_fen)
    assert ending.claimed_on == business_clock.today()
    flows.lapse(session)
    proved(session)
    clock.advance(timedelta(days=400))
    flows.lapse(session)
    assert ending.state == "asked", "claimed in time, it is paid however late"
    pay(session, desk, approve(session, desk, ending))
    assert control_balance(session, district_id=desk.district.id, kind="bank") == paid_fen
    proved(session)


@pytest.mark.parametrize(("policy", "effect"), [(CLAIMING, "void"), (LEAVING, "agreement")])
def test_what_nobody_claims_ends_the_other_way_after_the_last_day(
    session: Session, clock: FixedClock, policy: str, effect: str
) -> None:
    _, buyer, ending = waiting(session, clock, policy)
    at(clock, LAST_DAYS[1])
    flows.lapse(session)
    assert ending.state == "claimable", "the last day counts to 24:00"
    at(clock, LAST_DAYS[1], over=True)
    with pytest.raises(Conflict, match="lapse_claim_over"):
        claim(session, buyer, ending)
    session.rollback()
    proved(session)
    clock.advance(timedelta(days=3))
    for _ in range(2):
        flows.lapse(session)
    assert (ending.state, ending.effect, ending.claimed_on) == ("closed", effect, None)
    assert (ending.paid_fen, ending.forfeited_fen) == ((0, FACE) if effect == "void" else (FACE, 0))
    assert told(session, "claim_over") == 1
    with pytest.raises(Conflict, match="ending_closed"):
        claim(session, buyer, ending)
    session.rollback()
    proved(session)


def test_a_bonus_is_taken_back_of_a_claim_and_rounded_once(session: Session, clock: FixedClock) -> None:
    shop, buyer, _ = bought(session, LEAVING + "payout_rounding: yuan\n", face_fen=FACE, home_fen=42 * WAN)
    ending = over(session, clock, buyer)
    at(clock, LAST_DAYS[1])
    claim(session, buyer, ending)
    left_fen = ending.leftover_fen
    exact = left_fen * 95 // 100 - ending.bonus_fen
    assert (ending.returned_fen, ending.paid_fen) == (ending.bonus_fen, exact // 100 * 100)
    pay(session, shop.desk, approve(session, shop.desk, ending))
    proved(session)


def test_an_officer_enters_a_claim_on_paper_with_its_day(session: Session, clock: FixedClock) -> None:
    desk, _, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0], over=True)
    given = {"actor": desk.officer, "ending_ref": ending.ref, "payee": payee()}
    for day in (date(2017, 12, 1), business_clock.today() + timedelta(days=1)):
        with pytest.raises(DomainError, match="claimed_on_bad"):
            lapse_claims.enter(session, claimed_on=day, reason="申请书", **given)
        session.rollback()
    with pytest.raises(DomainError, match="reason_missing"):
        lapse_claims.enter(session, claimed_on=LAST_DAYS[0], reason=" ", **given)
    session.rollback()
    lapse_claims.enter(session, claimed_on=LAST_DAYS[0], reason="申请书，3 月 1 日收到", **given)
    session.commit()
    assert (ending.state, ending.paid_fen, ending.claimed_on) == ("prepared", FACE, LAST_DAYS[0])
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    pay(session, desk, ending)
    proved(session)


def test_who_claims_at_the_counter_neither_prepares_nor_approves(session: Session, clock: FixedClock) -> None:
    desk, buyer, ending = waiting(session, clock)
    with pytest.raises(Forbidden):
        lapse_claims.claim(session, actor=desk.officer, ending_ref=ending.ref, payee=payee(), seen_fen=FACE)
    session.rollback()
    with pytest.raises(Conflict, match="ending_claimable"):
        prepare(session, desk, ending)
    session.rollback()
    stranger = make_buyer(session, desk, faces=(FACE,))
    with pytest.raises(NotFound):
        claim(session, stranger, ending)
    session.rollback()
    with pytest.raises(DomainError, match="payee_not_holder"):
        lapse_claims.claim(
            session, actor=buyer.actor, ending_ref=ending.ref, payee=payee("张三"), seen_fen=FACE
        )
    session.rollback()
    with pytest.raises(Conflict, match="ending_changed"):
        lapse_claims.claim(
            session, actor=buyer.actor, ending_ref=ending.ref, payee=payee(), seen_fen=FACE - 1
        )


def test_a_claim_under_a_stop_keeps_its_day_and_goes_on_when_it_ends(
    session: Session, clock: FixedClock
) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[1] - timedelta(days=10))
    stop = stops.freeze(session, desk, buyer.vouchers[0].ref, 1000)
    at(clock, LAST_DAYS[1])
    claim(session, buyer, ending)
    assert (ending.state, ending.claimed_on) == ("claimable", LAST_DAYS[1])
    assert told(session, "claim_noted") == 1
    proved(session)
    with pytest.raises(Conflict, match="claim_noted"):
        claim(session, buyer, ending)
    session.rollback()
    at(clock, LAST_DAYS[1] + timedelta(days=5))
    flows.lapse(session)
    assert ending.state == "claimable", "it waits, and is not over"
    stops.lift(session, desk, stops.approve(session, desk, stop))
    flows.lapse(session)
    assert (ending.state, ending.paid_fen) == ("asked", 95_000_073)
    pay(session, desk, approve(session, desk, ending))
    proved(session)


def test_whoever_looks_at_an_earlier_day_sees_by_which_paper_it_counts(
    session: Session, clock: FixedClock
) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0])
    stop = stops.freeze(session, desk, buyer.vouchers[0].ref)
    at(clock, LAST_DAYS[0] + timedelta(days=5))
    lapse_claims.enter(
        session,
        actor=desk.officer,
        ending_ref=ending.ref,
        claimed_on=LAST_DAYS[0],
        reason="申请书，3 月 1 日收到",
        payee=payee(),
    )
    session.commit()
    told = [("申请日", "2018年3月1日（星期四）"), ("申请日的依据", "申请书，3 月 1 日收到")]
    assert claim_rows(ending) == told
    stops.lift(session, desk, stops.approve(session, desk, stop))
    flows.lapse(session)
    prepare(session, desk, ending)
    assert claim_rows(ending) == told
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    assert (ending.paid_fen, claim_rows(ending)) == (FACE, told)
    proved(session)


def sent_back(session: Session, desk: Desk, ending: VoucherEnding, day: date) -> None:
    """Enter a claim on paper with a day, and let the checker say that it is another one."""
    enter(session, desk, ending, day)
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="申请日是 3 月 1 日")
    session.commit()


def enter(session: Session, desk: Desk, ending: VoucherEnding, day: date) -> None:
    given = {"actor": desk.officer, "ending_ref": ending.ref, "payee": payee(), "reason": "申请书"}
    lapse_claims.enter(session, claimed_on=day, **given)
    session.commit()


def test_a_day_that_was_typed_wrong_is_put_right(session: Session, clock: FixedClock) -> None:
    desk, _, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0], over=True)
    for times in (1, 2):
        sent_back(session, desk, ending, business_clock.today())
        assert (ending.state, ending.effect, ending.claimed_on) == ("claimable", None, None)
        assert (ending.paid_fen, ending.transfer_ids, ending.account) == (0, [], None)
        assert told(session, "claim_sent_back") == times
        waits = [count_due(session, actor=desk.officer, states=(), is_entering=yes) for yes in (True, False)]
        assert waits == [1, 0], "an officer's desk shows it"
        assert "到2018年3月17日（星期六）24:00 为止。交过申请表的不用再申请" in next_of(ending)
        proved(session)
    enter(session, desk, ending, LAST_DAYS[0])
    assert (ending.state, ending.paid_fen, ending.claimed_on) == ("prepared", FACE, LAST_DAYS[0])
    assert told(session, "ending_asked") == 3
    twice = "2018年3月2日（星期五）、2018年3月2日（星期五）"
    assert claim_rows(ending)[1:] == [("申请日的依据", "申请书"), ("复核退回过的申请日", twice)]
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    pay(session, desk, ending)
    assert control_balance(session, district_id=desk.district.id, kind="bank") == FACE
    proved(session)


def test_what_was_sent_back_after_the_last_day_is_over_only_15_days_later(
    session: Session, clock: FixedClock
) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[1])
    enter(session, desk, ending, business_clock.today())
    at(clock, LAST_DAYS[1] + timedelta(days=7))
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="不是这张房票")
    session.commit()
    at(clock, LAST_DAYS[1] + timedelta(days=22))
    flows.lapse(session)
    assert ending.state == "claimable"
    with pytest.raises(Conflict, match="lapse_claim_over"):
        claim(session, buyer, ending)
    session.rollback()
    proved(session)
    at(clock, LAST_DAYS[1] + timedelta(days=22), over=True)
    flows.lapse(session)
    assert (ending.state, ending.effect, ending.claimed_on) == ("closed", "void", None)
    proved(session)


def test_after_what_was_sent_back_a_paper_in_time_counts(session: Session, clock: FixedClock) -> None:
    desk, _, ending = waiting(session, clock)
    at(clock, LAST_DAYS[1])
    sent_back(session, desk, ending, business_clock.today())
    at(clock, LAST_DAYS[1] + timedelta(days=14))
    flows.lapse(session)
    with pytest.raises(Conflict, match="lapse_claim_over"):
        enter(session, desk, ending, LAST_DAYS[1] + timedelta(days=1))
    session.rollback()
    enter(session, desk, ending, LAST_DAYS[0])
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    assert ending.paid_fen == FACE
    proved(session)


def test_the_day_of_a_household_that_claimed_itself_stays(session: Session, clock: FixedClock) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0], over=True)
    sent_back(session, desk, ending, business_clock.today())
    claim(session, buyer, ending)
    prepare(session, desk, ending)
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="账号不清楚")
    session.commit()
    assert (ending.state, ending.claimed_on) == ("asked", business_clock.today())
    proved(session)
    prepare(session, desk, ending)
    with pytest.raises(IntegrityError, match="voucher_endings_frozen"):
        session.execute(
            text(
                "UPDATE voucher_endings SET state = 'claimable', effect = NULL, claimed_on = NULL, "
                "claimed_at = NULL, paid_fen = 0, forfeited_fen = 0, paid_transfer_id = NULL, "
                "forfeited_transfer_id = NULL"
            )
        )


@pytest.mark.parametrize(
    "change",
    [
        "reenter_until = reenter_until + interval '1 day'",
        "reenter_until = NULL",
        "shown = shown - 'sent_back'",
        "shown = jsonb_set(shown, '{sent_back,0,transfer_ids}', '[0]')",
    ],
)
def test_a_doctored_time_to_enter_anew_is_found(session: Session, clock: FixedClock, change: str) -> None:
    desk, _, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0], over=True)
    sent_back(session, desk, ending, business_clock.today())
    proved(session)
    unguard(session, "voucher_endings")
    session.execute(text(f"UPDATE voucher_endings SET {change}"))
    assert find_breaches(session, CLAIMS)


def test_what_is_stopped_is_over_only_once_it_is_free(session: Session, clock: FixedClock) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[1] - timedelta(days=10))
    stop = stops.freeze(session, desk, buyer.vouchers[0].ref)
    at(clock, LAST_DAYS[1], over=True)
    flows.lapse(session)
    assert ending.state == "claimable"
    stops.lift(session, desk, stops.approve(session, desk, stop))
    flows.lapse(session)
    assert (ending.state, ending.effect) == ("closed", "void")
    proved(session)


def test_the_months_count_from_when_it_could_be_claimed(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=CLAIMING))
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    clock.moment = (buyer.vouchers[0].expires_at or clock.moment) - timedelta(days=1)
    redemption = make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN))
    clock.advance(timedelta(days=14))
    flows.lapse(session)
    assert session.scalar(select(VoucherEnding.id)) is None, "a home under contract is not hurt"
    redeem(session, shop, redemption)
    flows.lapse(session)
    ending, today = newest(session), business_clock.today()
    turn = frozen_turns(ending.shown)[0]
    assert turn.until == business_clock.add_months(today - timedelta(days=1), 3)
    claim(session, buyer, ending)
    assert ending.paid_fen == ending.leftover_fen
    proved(session)


def test_what_comes_back_later_is_paid_at_the_rate_of_the_claim(session: Session, clock: FixedClock) -> None:
    shop, buyer, redemption = bought(session, CLAIMING, face_fen=FACE, home_fen=42 * WAN)
    ending = over(session, clock, buyer)
    clock.advance(timedelta(hours=1))
    cheaper(session, shop, redemption)
    flows.lapse(session)
    assert newest(session).id == ending.id, "what comes back while it waits is told after it"
    at(clock, LAST_DAYS[1])
    claim(session, buyer, ending)
    pay(session, shop.desk, approve(session, shop.desk, ending))
    end(session, shop, buyer, redemption, Change.CANCEL)
    flows.lapse(session)
    back = newest(session)
    due = due_of(back)
    assert back.kind == "back"
    assert due is not None
    whole = (ending.leftover_fen + back.leftover_fen) * 95 // 100
    assert due.fen == whole - ending.paid_fen
    proved(session)


def test_households_hear_before_each_day_on_which_it_becomes_less(
    session: Session, clock: FixedClock
) -> None:
    _, buyer, ending = waiting(session, clock)
    heard = []
    for days in (31, 29, 8, 6, 1, -1):
        at(clock, LAST_DAYS[0] - timedelta(days=days))
        for _ in range(2):
            flows.remind(session)
        heard.append(told(session, "claim_ends_soon"))
    assert heard == [0, 1, 1, 2, 2, 2]
    at(clock, LAST_DAYS[1] - timedelta(days=3))
    flows.remind(session)
    assert told(session, "claim_ends_soon") == 3
    claim(session, buyer, ending)
    at(clock, LAST_DAYS[1])
    flows.remind(session)
    assert told(session, "claim_ends_soon") == 3


@pytest.mark.parametrize(
    "change",
    [
        "effect = 'void', paid_fen = 0, forfeited_fen = leftover_fen, state = 'closed'",
        "claimed_on = NULL, claimed_at = NULL",
        "claimed_on = claimed_on - 1",
        "claimed_on = claimed_on + 1",
        "claim_until = claim_until + interval '1 month'",
        "claim_until = NULL",
        "paid_fen = paid_fen + 1, forfeited_fen = forfeited_fen - 1",
        "asked_at = asked_at + interval '40 days'",
    ],
)
def test_a_doctored_claim_is_found(session: Session, clock: FixedClock, change: str) -> None:
    desk, buyer, ending = waiting(session, clock)
    at(clock, LAST_DAYS[0], over=True)
    claim(session, buyer, ending)
    approve(session, desk, ending)
    proved(session)
    unguard(session, "voucher_endings")
    session.execute(text(f"UPDATE voucher_endings SET {change}"))
    assert find_breaches(session, {**CLAIMS, **PAYOUTS})


@pytest.mark.parametrize(
    "change", ["state = 'closed', effect = 'void'", "claim_until = claim_until - interval '1 day'"]
)
def test_what_is_over_too_soon_or_waits_too_short_is_found(
    session: Session, clock: FixedClock, change: str
) -> None:
    waiting(session, clock)
    proved(session)
    unguard(session, "voucher_endings")
    session.execute(text(f"UPDATE voucher_endings SET {change}"))
    assert find_breaches(session, {**CLAIMS, **PAYOUTS})


@pytest.mark.parametrize(
    "change",
    [
        "effect = 'void', forfeited_fen = leftover_fen, claimed_on = '2018-01-01', claimed_at = asked_at",
        "effect = 'cash', paid_fen = leftover_fen, state = 'asked'",
        "reenter_until = claim_until",
        "claimed_on = DATE '2018-06-02', claimed_at = asked_at",
        "claimed_on = DATE '2018-01-01'",
        "claim_until = NULL",
        "paid_fen = 1",
        "claim_until = claim_until + interval '1 day'",
    ],
)
def test_the_database_refuses_both_and_neither(session: Session, clock: FixedClock, change: str) -> None:
    waiting(session, clock)
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE voucher_endings SET {change}"))
