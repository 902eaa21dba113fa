"""A term whose last day turns out to be a holiday moves on when that is known, and the ledger knows it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.notices.models import Notice
from app.redemptions import queries
from app.vouchers import extensions, flows, moving_on, paper
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.term_proofs import TERMS, latest_working_day_from, working_day_from
from tests.factories.endings import SILENT
from tests.factories.moves import ask, other_of, transfer_of
from tests.factories.redemptions import make_buyer
from tests.factories.vouchers import Desk, make_desk, make_voucher

WAN = 1_000_000
MOVING = SILENT.replace("  from: issue", "  ends: working_day\n  from: issue")


def last_day(session: Session, voucher: Voucher) -> date:
    session.refresh(voucher)
    assert voucher.expires_at is not None
    return business_clock.last_day(voucher.expires_at)


def kinds(session: Session, voucher: Voucher) -> list[str]:
    told = select(Notice.kind).where(Notice.household_id == voucher.household_id).order_by(Notice.id)
    return [one for one in session.scalars(told) if one == "voucher_moved_on"]


def holiday(monkeypatch: pytest.MonkeyPatch, *days: date) -> None:
    """Publish a calendar in which offices do not work on some days more."""
    known = business_clock.is_working_day
    monkeypatch.setattr(business_clock, "is_working_day", lambda day: day not in days and known(day))


def make(session: Session, desk: Desk) -> Voucher:
    voucher = make_voucher(session, desk=desk)
    session.commit()
    return voucher


def test_a_term_moves_on_when_its_last_day_becomes_a_holiday(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(session, policy=MOVING)
    voucher, other = make(session, desk), make(session, make_desk(session))
    before = last_day(session, voucher)
    assert business_clock.is_working_day(before)
    paper.print_one(session, actor=desk.officer, voucher_ref=voucher.ref, serial="A0000001")
    session.commit()
    flows.lapse(session)
    assert (last_day(session, voucher), kinds(session, voucher)) == (before, [])
    holiday(monkeypatch, before, last_day(session, other))
    unmoved = last_day(session, other)
    for _ in range(2):
        flows.lapse(session)
        following = business_clock.working_day_from(before)
        assert last_day(session, voucher) == following > before
        assert last_day(session, other) == unmoved, "its policy does not say it"
        assert kinds(session, voucher) == ["voucher_moved_on"]
        (sheet,) = session.scalars(select(VoucherSheet))
        assert (sheet.spoiled_at is None, sheet.reason) == (False, "extended")
    monkeypatch.undo()
    flows.lapse(session)
    assert last_day(session, voucher) == following, "a term is never made shorter"


def test_what_waits_for_a_longer_term_is_left_until_that_is_decided(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(session, policy=MOVING)
    voucher = make(session, desk)
    before = last_day(session, voucher)
    longer = extensions.propose(
        session, actor=desk.officer, voucher_ref=voucher.ref, months=2, reason="房企推迟交付", evidence="纪要"
    )
    session.commit()
    holiday(monkeypatch, before)
    assert moving_on.due(session) == []
    assert moving_on.move_due(session) == 0
    extensions.approve(session, actor=desk.checker, extension_ref=longer.ref)
    session.commit()
    assert last_day(session, voucher) == business_clock.last_day(longer.to_expires_at)
    monkeypatch.undo()
    assert queries.verify(session) == []


@pytest.mark.parametrize("act", ["extension", "transfer"])
def test_what_waited_until_its_old_last_day_was_over_still_has_the_next_working_day(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """A proposal is returned, or a wish ends, within the holidays: the days to their end are not lost."""
    desk = make_desk(session, policy=MOVING.replace("transfers: 0", "transfers: 1"))
    buyer = make_buyer(session, desk, faces=(WAN,))
    (voucher,) = buyer.vouchers
    before = last_day(session, voucher)
    if act == "extension":
        known = {"voucher_ref": voucher.ref, "months": 2, "reason": "房企推迟交付", "evidence": "纪要"}
        longer = extensions.propose(session, actor=desk.officer, **known)
        session.commit()
    else:
        ask(session, buyer.actor, transfer_of(voucher), other_of(7))
    holiday(monkeypatch, *(before + timedelta(days=more) for more in range(7)))
    following = business_clock.working_day_from(before)
    clock.moment = business_clock.end_of_day(before) + timedelta(hours=1)
    flows.lapse(session)
    if act == "extension":
        assert last_day(session, voucher) == before
        extensions.send_back(session, actor=desk.checker, extension_ref=longer.ref, reason="没有依据")
        session.commit()
        flows.lapse(session)
    assert last_day(session, voucher) == following
    assert list_endings(session) == []
    clock.moment = business_clock.end_of_day(following)
    flows.lapse(session)
    assert last_day(session, voucher) == following
    assert [one.kind for one in list_endings(session)] == ["lapse"]


def list_endings(session: Session) -> list[VoucherEnding]:
    return list(session.scalars(select(VoucherEnding)))


def test_the_ledger_knows_a_term_that_no_policy_says(session: Session) -> None:
    voucher = make(session, make_desk(session, policy=MOVING))
    assert queries.verify(session) == []
    (rule,) = TERMS
    for days in (-1, 1, 14):
        step = text("UPDATE vouchers SET expires_at = expires_at + make_interval(days => :days)")
        session.execute(step, {"days": days})
        assert len(session.execute(text(TERMS[rule])).all()) == 1, days
        session.rollback()
    assert voucher.expires_at is not None


def test_working_days_are_the_same_in_the_database(session: Session) -> None:
    first, more = date(2016, 1, 1), 365 * 11
    asked = text(
        f"SELECT one, {working_day_from('one')}, {latest_working_day_from('one')} "
        "FROM (SELECT :first ::date + nth AS one FROM generate_series(0, :more) AS nth) AS every"
    )
    rows = session.execute(asked, {"first": first, "more": more}).all()
    assert len(rows) == more + 1
    for day, exact, latest in rows:
        assert exact == business_clock.working_day_from(day)
        assert exact <= latest <= exact + timedelta(days=14)
