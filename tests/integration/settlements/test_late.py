"""A home that is not handed over in time: reported, answered, not kept, and ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.actor import HelpLevel, Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.redemptions.models import Redemption
from app.settlements import flows, late, milestones
from app.settlements import late_queries as queries
from app.settlements.late_models import LateHandover
from app.settlements.late_states import OPEN
from app.settlements.milestones import HANDOVER
from tests.factories.identity import make_actor
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.settlements import reported

TOLD = late.Told("late", "约好的日子没有交钥匙")


class Promised:
    """A written-off home whose contract promises it within ten days, and everybody around it."""

    def __init__(self, session: Session, clock_: FixedClock) -> None:
        self.clock = clock_
        self.shop: Shop = make_shop(session)
        self.buyer: Buyer = make_buyer(session, self.shop.desk)
        self.agreed_on = business_clock.today() + timedelta(days=10)
        locked = make_redemption(session, self.buyer, make_home(session, self.shop))
        self.redemption: Redemption = redeem(session, self.shop, locked, handover_by=self.agreed_on)
        self.ref = self.redemption.ref

    @contextmanager
    def after(self, *, days: int) -> Iterator[None]:
        """Let it be so many days after the contract."""
        before, self.clock.moment = self.clock.moment, self.clock.moment + timedelta(days=days)
        yield
        self.clock.moment = before

    def report(self, session: Session) -> LateHandover:
        made = late.report(session, actor=self.buyer.actor, redemption_ref=self.ref, told=TOLD)
        session.commit()
        return made


@pytest.fixture
def home(session: Session, clock: FixedClock) -> Promised:
    return Promised(session, clock)


def messages(session: Session) -> list[str]:
    kinds = session.scalars(text("SELECT kind FROM notices WHERE kind ~ 'late_|handover_due' ORDER BY id"))
    return list(kinds)


def test_nothing_is_late_before_the_agreed_day_is_over(session: Session, home: Promised) -> None:
    with pytest.raises(Conflict, match="late_not_yet"):
        late.report(session, actor=home.buyer.actor, redemption_ref=home.ref, told=TOLD)
    with home.after(days=10), pytest.raises(Conflict, match="late_not_yet"):
        late.report(session, actor=home.buyer.actor, redemption_ref=home.ref, told=TOLD)
    with home.after(days=11):
        made = home.report(session)
        assert (made.state, made.agreed_on, made.channel) == ("reported", home.agreed_on, "page")
        assert queries.late_days(made) == 1


def test_a_report_is_answered_broken_answered_again_and_ends_with_the_handover(
    session: Session, home: Promised
) -> None:
    with home.after(days=11):
        made = home.report(session)
        answer = {"actor": home.shop.developer, "ref": made.ref, "reason": "等消防验收"}
        with pytest.raises(DomainError, match="late_promise_past"):
            late.answer(session, **answer, promised_on=business_clock.today() - timedelta(days=1))
        late.answer(session, **answer, promised_on=business_clock.today() + timedelta(days=5))
        session.commit()
        assert made.state == "answered"
        assert late.break_promises(session) == 0, "the day that was named is still to come"
    with home.after(days=17):
        assert late.break_promises(session) == 1
        assert late.break_promises(session) == 0, "twice on a day it does nothing more"
        session.commit()
        assert (made.state, made.broken_count) == ("reported", 1)
        told = reported(HANDOVER)
        handed = milestones.report(session, actor=home.shop.developer, redemption_ref=home.ref, told=told)
        session.commit()
        assert made.state == "reported", "the developer's word alone ends nothing"
        milestones.confirm(session, actor=home.buyer.actor, ref=handed.ref)
        session.commit()
    assert [move.action for move in made.moves] == ["report", "answer", "break", "hand_over"]
    assert (made.state, made.ended_at is not None) == ("handed_over", True)
    assert messages(session) == [
        "developer_late_reported",
        "late_answered",
        "late_broken",
        "developer_late_broken",
    ]
    with pytest.raises(Conflict, match="late_handed_over"):
        late.report(session, actor=home.buyer.actor, redemption_ref=home.ref, told=TOLD)


def test_silence_is_reminded_of_once_a_week_and_households_are_asked_once(
    session: Session, home: Promised
) -> None:
    for days in (10, 11, 12):
        with home.after(days=days):
            flows.look_after(session)
    session.commit()
    assert messages(session) == ["handover_due"]
    with home.after(days=12):
        home.report(session)
    for days in (18, 19, 20, 26):
        with home.after(days=days):
            flows.look_after(session)
    session.commit()
    assert messages(session)[1:] == ["developer_late_reported", *["developer_late_reminded"] * 2]


def test_every_silent_developer_is_reminded_however_many_reports_wait(
    session: Session, home: Promised, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late, "_AT_ONCE", 1)
    second = make_redemption(session, home.buyer, make_home(session, home.shop))
    other = redeem(session, home.shop, second, handover_by=home.agreed_on).ref
    with home.after(days=12):
        home.report(session)
        late.report(session, actor=home.buyer.actor, redemption_ref=other, told=TOLD)
        session.commit()
    with home.after(days=20):
        flows.look_after(session)
    session.commit()
    assert messages(session).count("developer_late_reminded") == 2


def test_an_officer_reports_what_was_said_on_the_telephone_and_closes_with_a_reason(
    session: Session, home: Promised
) -> None:
    officer = home.shop.desk.officer
    with home.after(days=11):
        made = late.report(session, actor=officer, redemption_ref=home.ref, told=TOLD)
        session.commit()
        assert made.channel == "phone"
        with pytest.raises(DomainError, match="reason_missing"):
            late.close(session, actor=officer, ref=made.ref, reason=" ")
        with pytest.raises(Forbidden):
            late.close(session, actor=home.shop.developer, ref=made.ref, reason="已谈好")
        session.rollback()
        late.close(session, actor=officer, ref=made.ref, reason="双方另有约定")
        session.commit()
        with pytest.raises(Conflict, match="late_over"):
            late.withdraw(session, actor=home.buyer.actor, ref=made.ref)
        assert home.report(session).state == "reported", "what was closed may be reported anew"


def test_a_report_waits_behind_a_handover_that_the_household_has_to_answer(
    session: Session, home: Promised
) -> None:
    with home.after(days=11):
        told = reported(HANDOVER)
        milestones.report(session, actor=home.shop.developer, redemption_ref=home.ref, told=told)
        session.commit()
        with pytest.raises(Conflict, match="late_answer_first"):
            late.report(session, actor=home.buyer.actor, redemption_ref=home.ref, told=TOLD)


def test_others_neither_see_nor_act(session: Session, home: Promised) -> None:
    with home.after(days=11):
        helper = replace(home.buyer.actor, level=HelpLevel.ACT)
        for other in (helper, home.shop.developer, home.shop.desk.checker):
            with pytest.raises(Forbidden):
                late.report(session, actor=other, redemption_ref=home.ref, told=TOLD)
        made = home.report(session)
        elsewhere = make_shop(session)
        neighbour = make_buyer(session, home.shop.desk).actor
        for stranger in (neighbour, elsewhere.developer, elsewhere.desk.officer):
            with pytest.raises(NotFound):
                queries.get_late(session, actor=stranger, ref=made.ref)


def test_developers_are_counted_in_their_district_and_reports_by_age(
    session: Session, home: Promised
) -> None:
    regulator = make_actor(session, role=Role.REGULATOR, district=home.shop.desk.district)
    with home.after(days=11):
        home.report(session)
    with home.after(days=51):
        (tally,) = queries.tallies(session, actor=regulator)
        assert (tally.open, tally.unanswered, tally.broken, tally.ended) == (1, 1, 0, 0)
        assert tally.oldest_days == 40
        officer = home.shop.desk.officer
        ages = {age: queries.count_late(session, actor=officer, states=OPEN, age=age) for age in queries.AGES}
        assert ages == {"30": 0, "60": 1, "90": 0, "more": 0}
    elsewhere = make_shop(session)
    stranger = make_actor(session, role=Role.REGULATOR, district=elsewhere.desk.district)
    assert queries.tallies(session, actor=stranger) == []


def test_the_database_keeps_one_open_report_of_a_purchase(session: Session, home: Promised) -> None:
    with home.after(days=11):
        made = home.report(session)
        with pytest.raises(Conflict, match="late_stands"):
            home.report(session)
        session.rollback()
    columns = (
        "district_id, redemption_id, kind, words, channel, state, reported_at, waits_since, broken_count"
    )
    copy = f"INSERT INTO late_handovers (ref, {columns}) SELECT 'YQ-X', {columns} FROM late_handovers"
    with pytest.raises(IntegrityError, match="uq_late_handovers_open"):
        session.execute(text(copy))
    session.rollback()
    with pytest.raises(IntegrityError, match="late_handovers_ended"):
        session.execute(text("UPDATE late_handovers SET state = 'closed'"))
    session.rollback()
    assert made.state == "reported"
