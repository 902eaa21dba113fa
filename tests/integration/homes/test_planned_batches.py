"""Prices planned for many homes in one act, and homes that a batch leaves out."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import DomainError, NotFound
from app.homes import batches, planned_batches, queries, service
from app.homes.batches import Selection
from app.homes.models import Home
from app.homes.planned_batches import PlannedBatch
from app.homes.repricing import Recipe
from tests.factories import promotions
from tests.factories.homes import make_developer, make_home
from tests.integration.homes.conftest import Site

WAN = 1_000_000
UP = Recipe("voucher", "percent", 100)


@pytest.fixture
def homes(session: Session, site: Site) -> list[Home]:
    """Three listed homes: filed 60 万, cash 57 万, voucher 55 万."""
    made = []
    for storey in (1, 2, 3):
        home = make_home(session, developer=site.developer, building=site.building, storey=storey)
        service.publish(session, actor=site.developer, home_id=home.id)
        made.append(home)
    return made


def asked(site: Site, **given: Any) -> dict[str, Any]:
    return {
        "actor": site.developer,
        "development_id": site.development.id,
        "selection": Selection(),
        "recipe": UP,
        **given,
    }


def plan(session: Session, site: Site, at: datetime, **given: Any) -> PlannedBatch:
    wish = asked(site, effective_at=at, **given)
    seen = batches.preview(session, **wish).seen
    return service.plan_batch(session, reason="七月调价", seen=seen, **wish)


def vouchers(session: Session, homes: list[Home]) -> list[int | None]:
    prices = queries.current_prices(session, [home.id for home in homes])
    return [prices[home.id].amounts.voucher_fen for home in homes]


def test_homes_that_the_rule_refuses_are_left_out_and_named_by_the_recipe(
    session: Session, site: Site, homes: list[Home]
) -> None:
    promotions.declare(session, site.developer, homes[1])
    wish = asked(site, leave_out=True)
    found = batches.preview(session, **wish)
    assert [line.verdict for line in found.lines] == ["ok", "left", "ok"]
    with pytest.raises(DomainError) as refusal:
        service.reprice(session, reason="调价", seen=found.seen, **asked(site))
    assert refusal.value.code == "batch_changed", "leaving out was not agreed to"
    made = service.reprice(session, reason="调价", seen=found.seen, **wish)
    assert vouchers(session, homes) == [55_550_000, 55 * WAN, 55_550_000]
    assert made.homes == 2
    assert made.recipe["left_out"] == [homes[1].ref]


def test_many_begin_at_their_moment_worked_out_from_what_is_planned_before(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    soon, later = clock.now() + timedelta(days=1), clock.now() + timedelta(days=2)
    service.plan_price(
        session,
        actor=site.developer,
        home_id=homes[0].id,
        kind="voucher",
        amount_fen=50 * WAN,
        effective_at=soon,
        reason="先降",
    )
    made = plan(session, site, later)
    assert (made.homes, made.waiting) == (3, 3)
    clock.moment = later - timedelta(seconds=1)
    assert vouchers(session, homes) == [50 * WAN, 55 * WAN, 55 * WAN]
    clock.moment = later
    assert vouchers(session, homes) == [50_500_000, 55_550_000, 55_550_000]


def test_they_are_judged_by_the_promotions_of_their_moment(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    promotions.declare(session, site.developer, homes[2], first_day=tomorrow.date())
    with pytest.raises(DomainError) as refusal:
        plan(session, site, tomorrow + timedelta(days=1))
    assert refusal.value.code == "batch_refused"
    made = plan(session, site, tomorrow + timedelta(days=1), leave_out=True)
    planned = planned_batches.list_plans_of(session, made)
    assert [one.home_id for one in planned] == [homes[0].id, homes[1].id]


def test_a_home_has_one_plan_for_a_moment_and_a_past_moment_is_none(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=1)
    plan(session, site, at, selection=Selection(first_storey=3))
    found = batches.preview(session, **asked(site, effective_at=at))
    assert [line.verdict for line in found.lines] == ["ok", "ok", "refused"]
    with pytest.raises(DomainError) as refusal:
        plan(session, site, clock.now())
    assert (refusal.value.code, refusal.value.field) == ("plan_not_ahead", "effective_on")


def test_what_one_act_planned_is_cancelled_together_and_nothing_else(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    at = clock.now() + timedelta(days=1)
    first = plan(session, site, at, selection=Selection(last_storey=2))
    clock.advance(timedelta(seconds=1))
    other = plan(session, site, at, selection=Selection(first_storey=3))
    ref = planned_batches.list_plans_of(session, first)[1].ref
    with pytest.raises(NotFound):
        service.cancel_planned_batch(session, actor=make_developer(session), plan_ref=ref)
    service.cancel_planned_batch(session, actor=site.developer, plan_ref=ref)
    listed = planned_batches.list_planned_batches(session, actor=site.developer)
    assert [(one.first.ref, one.homes, one.waiting) for one in listed] == [(first.first.ref, 2, 0)]
    clock.moment = at
    assert vouchers(session, homes) == [55 * WAN, 55 * WAN, 55_550_000]
    for started in (first, other):
        with pytest.raises(DomainError) as refusal:
            service.cancel_planned_batch(session, actor=site.developer, plan_ref=started.first.ref)
        assert refusal.value.code == "plan_started"
