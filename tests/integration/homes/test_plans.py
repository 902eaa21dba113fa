"""Prices planned for a later moment: applied at it, refused at it, cancelled before it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import DomainError, NotFound
from app.homes import queries, service
from app.homes.models import Home
from app.homes.pricing_models import PlannedPrice
from tests.factories import promotions
from tests.factories.homes import make_developer, make_home
from tests.integration.homes.conftest import Site
from tests.integration.homes.test_promotions import listing_of

WAN = 1_000_000


@pytest.fixture
def home(session: Session, site: Site) -> Home:
    """A listed home: filed 60 万, cash 57 万, voucher 55 万."""
    made = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=made.id)
    return made


def plan(session: Session, site: Site, home: Home, at: datetime, **given: Any) -> PlannedPrice:
    values: dict[str, Any] = {"kind": "voucher", "amount_fen": 56 * WAN, "reason": "七月调价", **given}
    return service.plan_price(session, actor=site.developer, home_id=home.id, effective_at=at, **values)


def voucher_fen(session: Session, home: Home) -> int | None:
    return queries.current_prices(session, [home.id])[home.id].amounts.voucher_fen


def test_it_begins_at_its_moment_for_whoever_reads_and_the_job_writes_it_down(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=2)
    made = plan(session, site, home, at)
    clock.moment = at - timedelta(microseconds=1)
    assert voucher_fen(session, home) == 55 * WAN
    clock.moment = at
    assert voucher_fen(session, home) == 56 * WAN, "before the job came by"
    clock.advance(timedelta(hours=5))
    assert service.settle_due(session) == 1
    assert (made.state, made.decided_at) == ("applied", clock.now())
    version = queries.current_prices(session, [home.id])[home.id].voucher
    assert version is not None
    assert (version.amount_fen, version.effective_from, version.reason) == (56 * WAN, at, "七月调价")
    assert version.author_id == site.developer.user_id
    assert service.settle_due(session) == 0


def test_a_planned_price_that_would_break_the_rule_is_refused_at_once(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    with pytest.raises(DomainError) as refusal:
        plan(session, site, home, clock.now() + timedelta(days=1), amount_fen=58 * WAN)
    assert refusal.value.code == "voucher_above_cash"


def test_it_is_judged_by_the_plans_before_it(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=1)
    plan(session, site, home, at, kind="cash", amount_fen=59 * WAN)
    plan(session, site, home, at, amount_fen=58 * WAN)
    clock.moment = at
    service.settle_due(session)
    assert voucher_fen(session, home) == 58 * WAN
    assert listing_of(session, home).state == "listed"


def test_one_that_breaks_the_rule_at_its_start_is_kept_as_refused(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=1)
    made = plan(session, site, home, at)
    promotions.declare(session, site.developer, home)
    clock.moment = at
    assert voucher_fen(session, home) == 55 * WAN
    service.settle_due(session)
    assert made.state == "refused"
    assert made.refusal == {
        "code": "voucher_above_net",
        "net_fen": 56 * WAN,
        "cash_net_fen": 55 * WAN,
        "most_fen": 55 * WAN,
    }
    assert listing_of(session, home).state == "listed", "the old price still keeps the rule"
    service.note_refusal(session, actor=site.developer, plan_ref=made.ref)
    assert made.read_at == at


def test_a_planned_lower_cash_price_takes_the_home_out_at_its_start(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    plan(session, site, home, clock.now() + timedelta(days=1), kind="cash", amount_fen=54 * WAN)
    assert listing_of(session, home).state == "listed"
    clock.advance(timedelta(days=1))
    service.settle_due(session)
    assert listing_of(session, home).out_reason == "voucher_above_cash"


def test_a_change_made_by_hand_first_carries_out_what_was_due(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    made = plan(session, site, home, clock.now() + timedelta(days=1))
    clock.advance(timedelta(days=2))
    service.set_price(
        session, actor=site.developer, home_id=home.id, kind="voucher", amount_fen=54 * WAN, reason="降价"
    )
    assert made.state == "applied"
    history = queries.list_price_changes(session, home_id=home.id, limit=2)
    assert [step.version.amount_fen for step in history] == [54 * WAN, 56 * WAN]


def test_it_may_be_cancelled_until_it_starts(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=1)
    first = plan(session, site, home, at)
    with pytest.raises(DomainError) as twice:
        plan(session, site, home, at, amount_fen=54 * WAN)
    assert twice.value.code == "plan_moment_taken"
    service.cancel_plan(session, actor=site.developer, plan_ref=first.ref)
    second = plan(session, site, home, at, amount_fen=54 * WAN)
    clock.moment = at
    with pytest.raises(DomainError) as late:
        service.cancel_plan(session, actor=site.developer, plan_ref=second.ref)
    assert late.value.code == "plan_started"
    assert voucher_fen(session, home) == 54 * WAN


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "filed"}, "plan_not_for_filed"),
        ({"reason": " "}, "price_reason_missing"),
        ({"amount_fen": 55 * WAN}, "price_unchanged"),
    ],
)
def test_what_cannot_be_planned(
    session: Session, site: Site, home: Home, clock: FixedClock, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        plan(session, site, home, clock.now() + timedelta(days=1), **wrong)
    assert refusal.value.code == code
    with pytest.raises(DomainError) as past:
        plan(session, site, home, clock.now())
    assert past.value.code == "plan_not_ahead"


def test_somebody_elses_plan_is_not_found(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    made = plan(session, site, home, clock.now() + timedelta(days=1))
    stranger = make_developer(session)
    for act in (service.cancel_plan, service.note_refusal):
        with pytest.raises(NotFound):
            act(session, actor=stranger, plan_ref=made.ref)
