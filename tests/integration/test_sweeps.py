"""What is done for many rows by the clock: one that cannot be done is shown, and holds up none behind it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import FixedClock
from app.core.ids import new_ref
from app.following import flows as following
from app.following import service as favourites
from app.following import watching
from app.following.rules import Telling
from app.gateways import sms
from app.gateways.sms import Fate
from app.homes import flows as homes
from app.homes import service as pricing
from app.homes.models import Home
from app.homes.service import due as home_sweeps
from app.monitor import flows as monitor
from app.monitor import runs
from app.monitor.models import MonitorRun
from app.notices import flows as notices
from app.notices import service as messages
from app.notices.models import Notice
from app.notices.service import Recipient
from app.projects import flows as helping
from app.projects import helping as grants
from app.redemptions import flows as redemptions
from app.redemptions.models import Quote, Redemption
from app.search import service as search
from app.search.postgres import PostgresEngine
from app.settlements import flows as settlements
from app.settlements import late
from app.vouchers import flows as vouchers
from app.vouchers import reminders
from tests.factories.helping import make_helper
from tests.factories.identity import make_district
from tests.factories.projects import make_person
from tests.factories.promotions import declare
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    redeem,
    today,
)
from tests.factories.stuck import stuck, told, torn

WAN = 1_000_000


@pytest.fixture
def buyers(session: Session, shop: Shop) -> list[Buyer]:
    return [make_buyer(session, shop.desk) for _ in range(2)]


def tear(session: Session, redemption: Redemption) -> int:
    """Let a purchase stand on a quote that nobody can read; return that on which it stood."""
    whole = redemption.quote
    broken = Quote(
        **{name: getattr(whole, name) for name in ("district_id", "household_id", "home_id", "place")},
        ref=new_ref("BJ"),
        snapshot={"version": 0},
        made_at=whole.made_at,
        expires_at=whole.expires_at,
    )
    session.add(broken)
    session.flush()
    stand_on(session, redemption, broken.id)
    return whole.id


def stand_on(session: Session, redemption: Redemption, quote_id: int) -> None:
    redemption.quote_id = quote_id
    session.commit()
    session.expire_all()


def test_holds_are_lengthened_and_told_of_beside_one_that_nobody_can_read(
    session: Session, shop: Shop, buyers: list[Buyer], clock: FixedClock
) -> None:
    bad, good = (make_redemption(session, one, make_home(session, shop)) for one in buyers)
    whole = tear(session, bad)
    clock.advance(timedelta(days=8))
    assert redemptions.extend_unanswered(session) == [bad.ref]
    assert (bad.extended_at, good.extended_at) == (None, clock.now())
    assert stuck(session) == [("redemptions.extend", bad.ref)]
    clock.moment = bad.deadline_at - timedelta(days=1)
    stand_on(session, bad, whole)
    assert redemptions.extend_unanswered(session) == []
    assert bad.extended_at == clock.now()
    assert stuck(session) == []
    clock.moment = good.deadline_at - timedelta(hours=5)
    bad.deadline_at = good.deadline_at
    tear(session, bad)
    redemptions.remind(session)
    assert told(session, "lock_ends_soon") == [good.household_id]
    assert stuck(session) == [("redemptions.remind", bad.ref)]


def test_late_handovers_are_looked_after_beside_one_that_nobody_can_read(
    session: Session, shop: Shop, buyers: list[Buyer], clock: FixedClock
) -> None:
    agreed = today() + timedelta(days=10)
    bad, good = (
        redeem(session, shop, make_redemption(session, one, make_home(session, shop)), handover_by=agreed)
        for one in buyers
    )
    whole = tear(session, bad)
    clock.advance(timedelta(days=11))
    settlements.look_after(session)
    assert told(session, "handover_due") == [good.household_id]
    assert stuck(session) == [("settlements.ask_households", bad.ref)]
    stand_on(session, bad, whole)
    reports = []
    for buyer, purchase in zip(buyers, (bad, good), strict=True):
        words = late.Told("late", "没有交钥匙")
        reports.append(late.report(session, actor=buyer.actor, redemption_ref=purchase.ref, told=words))
        session.commit()
    tear(session, bad)
    clock.advance(timedelta(days=8))
    settlements.look_after(session)
    assert stuck(session) == [("settlements.remind", reports[0].ref)]
    stand_on(session, bad, whole)
    for report in reports:
        promise = {"promised_on": today() + timedelta(days=2), "reason": "等验收"}
        late.answer(session, actor=shop.developer, ref=report.ref, **promise)
        session.commit()
    tear(session, bad)
    clock.advance(timedelta(days=3))
    settlements.look_after(session)
    assert [report.state for report in reports] == ["answered", "reported"]
    assert stuck(session) == [("settlements.break_promises", reports[0].ref)]


def has(home: Home) -> Callable[..., bool]:
    return lambda _session, several, *_more, **_named: any(one.id == home.id for one in several)


def test_prices_and_promotions_begin_beside_a_home_that_cannot_be_settled(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    bad, good = (make_home(session, shop) for _ in range(2))
    at = clock.now() + timedelta(days=1)
    for home in (bad, good):
        planned = {"kind": "voucher", "amount_fen": 44 * WAN, "reason": "调价", "effective_at": at}
        pricing.plan_price(session, actor=shop.developer, home_id=home.id, **planned)
        declare(session, shop.developer, home, first_day=today() + timedelta(days=1))
    session.commit()
    homes.settle_due(session)
    clock.advance(timedelta(days=1))
    with torn(home_sweeps, "settle", has(bad)):
        homes.settle_due(session)
        homes.judge_all(session)
    plans = session.execute(text("SELECT home_id, state FROM planned_prices"))
    assert dict(iter(plans)) == {bad.id: "waiting", good.id: "applied"}
    assert [task for task, _ref in stuck(session)] == [
        *("homes.settle_due", "homes.settle_promotions", "homes.judge_all"),
    ]
    assert [ref for _task, ref in stuck(session)][::2] == [bad.ref] * 2
    homes.settle_due(session)
    homes.judge_all(session)
    assert stuck(session) == []


def test_helpers_terms_end_and_are_told_of_beside_one_that_cannot_be(
    session: Session, buyers: list[Buyer], shop: Shop, clock: FixedClock
) -> None:
    audit.initialise(session)
    helpers = []
    for number, buyer in enumerate(buyers):
        make_person(
            session, officer=shop.desk.officer, household=buyer.household, phone=f"1380000222{number}"
        )
        session.commit()
        helpers.append(make_helper(session, buyer.actor, phone=f"1390000111{number}"))
        session.commit()
    bad, good = (one.grant for one in helpers)
    clock.advance(good.ends_on - today() - timedelta(days=3))
    with torn(grants, "_tell_household", lambda _session, grant, *_more, **_named: grant.id == bad.id):
        helping.end_help(session)
        assert stuck(session) == [("projects.remind_of_help", bad.ref)]
        clock.advance(timedelta(days=4))
        helping.end_help(session)
    session.expire_all()
    assert [one.ended_at is None for one in (bad, good)] == [True, False]
    assert stuck(session) == [("projects.end_help", bad.ref)]
    assert told(session, "helper_ends_soon") == told(session, "helper_ended") == [good.household_id]
    helping.end_help(session)
    assert stuck(session) == []


def test_vouchers_are_told_of_beside_one_that_cannot_be(
    session: Session, buyers: list[Buyer], clock: FixedClock
) -> None:
    bad, good = (one.vouchers[0] for one in buyers)
    assert good.expires_at is not None
    clock.moment = good.expires_at - timedelta(days=5)

    def is_bad(_session: Session, **named: Any) -> bool:
        return named["about_ref"] == bad.ref

    with torn(reminders, "tell", is_bad):
        vouchers.remind(session)
    assert told(session, "voucher_expires_soon") == [good.household_id]
    assert stuck(session) == [("vouchers.remind", bad.ref)]


class Carrier:
    """An SMS gateway that chokes on one message."""

    def __init__(self, bad: str) -> None:
        self.bad = bad

    def send(self, *, to: str, text: str, key: str) -> str:
        return key

    def fate(self, message_id: str) -> Fate:
        if message_id == self.bad:
            raise ValueError("no such message")
        return Fate.ARRIVED


def written(session: Session, buyers: Sequence[Buyer]) -> list[Notice]:
    for buyer in buyers:
        to = Recipient(district_id=buyer.household.district_id, household_id=buyer.household.id)
        messages.tell(session, kind="lock_expired", to=to, event="t:1", home="3幢1101室")
    session.commit()
    made = select(Notice).where(Notice.kind == "lock_expired").order_by(Notice.id)
    return list(session.scalars(made))


def test_messages_are_confirmed_and_chased_beside_one_that_cannot_be(
    session: Session, buyers: list[Buyer], clock: FixedClock
) -> None:
    bad, good = written(session, buyers)
    for one in (bad, good):
        one.state, one.way, one.tries, one.gateway_id, one.due_at = "sent", "sms", 1, f"g{one.id}", None
        one.sent_at = clock.now()
    session.commit()
    usual = sms.current()
    sms.use(Carrier(f"g{bad.id}"))
    try:
        notices.confirm(session)
    finally:
        sms.use(usual)
    session.expire_all()
    assert [one.state for one in (bad, good)] == ["sent", "arrived"]
    assert stuck(session) == [("notices.confirm", bad.ref)]
    for one in (bad, good):
        one.state, one.way, one.gateway_id = "arrived", "mail", None
    session.commit()
    clock.advance(timedelta(days=3))

    def is_bad(_session: Session, tried: Sequence[Any]) -> bool:
        return any(one.notice_id == bad.id for one in tried)

    with torn(messages, "note_outcomes", is_bad):
        notices.chase(session)
    session.expire_all()
    assert [one.state for one in (bad, good)] == ["arrived", "to_print"]
    assert ("notices.chase", bad.ref) in stuck(session)


def test_households_hear_of_their_homes_beside_one_that_cannot_be_told(
    session: Session, shop: Shop, buyers: list[Buyer], clock: FixedClock
) -> None:
    engine = PostgresEngine(lambda: session)
    home = make_home(session, shop)
    search.index(session, engine=engine, home_ids=[home.id])
    watching.look(session, engine=engine, home_ids=[home.id])
    for buyer in buyers:
        favourites.add_favourite(session, actor=buyer.actor, home_ref=home.ref)
        session.commit()
    cheaper = {"kind": "voucher", "amount_fen": 45 * WAN, "reason": "调价"}
    pricing.set_price(session, actor=shop.developer, home_id=home.id, **cheaper)
    session.commit()
    search.index(session, engine=engine, home_ids=[home.id])
    assert watching.look(session, engine=engine, home_ids=[home.id]) == 2
    session.commit()
    bad, good = (one.household for one in buyers)

    def is_bad(_session: Session, *, to: Recipient, **_named: Any) -> bool:
        return to.household_id == bad.id

    with torn(watching, "write_notice", is_bad):
        following.tell(session, telling=Telling.AT_ONCE)
    assert told(session, "favourite_down") == [good.id]
    assert stuck(session) == [("following.tell", bad.ref)]
    following.tell(session, telling=Telling.AT_ONCE)
    assert told(session, "favourite_down") == [good.id, bad.id]
    assert stuck(session) == []


def test_districts_are_monitored_beside_one_that_cannot_be(session: Session) -> None:
    bad, good = make_district(session), make_district(session)
    session.commit()

    def is_bad(_session: Session, *, district_id: int, **_named: Any) -> bool:
        return district_id == bad.id

    with torn(runs, "order", is_bad):
        monitor.order_all(session)
    ordered = select(MonitorRun.district_id).where(MonitorRun.district_id.in_([bad.id, good.id]))
    assert session.scalars(ordered).all() == [good.id]
    assert stuck(session) == [("monitor.nightly", bad.code)]
    monitor.order_all(session)
    assert stuck(session) == []
    assert sorted(session.scalars(ordered)) == sorted([bad.id, good.id]), "one under way is enough"
    with torn(runs, "end_killed", is_bad):
        monitor.end_killed(session)
    assert [task for task, _ref in stuck(session)] == ["monitor.sweep"]
