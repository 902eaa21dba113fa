"""Promotions as data: what they do to listings, when they begin and end, and who may declare them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.cases import evidence
from app.cases.models import Signal
from app.core import clock
from app.core.clock import FixedClock
from app.core.errors import DomainError, NotFound
from app.homes import queries, rules, service
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.homes.promotions import PromotionKind
from app.homes.service.promotions import Scope
from tests.factories import promotions
from tests.factories.homes import make_developer, make_home, make_space
from tests.integration.homes.conftest import Site

WAN = 1_000_000
CASH, VOUCHER = 57 * WAN, 55 * WAN


@pytest.fixture
def home(session: Session, site: Site) -> Home:
    """A listed home: cash 57 万, voucher 55 万."""
    made = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=made.id)
    return made


def listing_of(session: Session, home: Home) -> PoolListing:
    return session.scalars(
        select(PoolListing).where(PoolListing.home_id == home.id),
        execution_options={"populate_existing": True},
    ).one()


def signals_of(session: Session, home: Home) -> list[Signal]:
    return list(session.scalars(select(Signal).where(Signal.home_id == home.id)))


def amounts_of(session: Session, home: Home) -> rules.Amounts:
    return queries.current_prices(session, [home.id])[home.id].amounts


def test_a_promotion_within_the_rule_changes_nothing_but_the_net(
    session: Session, site: Site, home: Home
) -> None:
    promotions.declare(session, site.developer, home)
    amounts = amounts_of(session, home)
    assert amounts.cash_net is not None
    assert amounts.cash_net.fen == VOUCHER
    assert listing_of(session, home).state == "listed"
    assert signals_of(session, home) == []


def test_a_promotion_that_breaks_the_rule_is_accepted_and_takes_the_home_out_at_once(
    session: Session, site: Site, home: Home
) -> None:
    declared = promotions.declare(session, site.developer, home, off_fen=3 * WAN)
    listing = listing_of(session, home)
    assert [one.id for one in declared.fallen] == [listing.id]
    assert (listing.state, listing.out_reason) == ("out", "voucher_above_net")
    (signal,) = signals_of(session, home)
    found = evidence.read(signal.evidence)
    assert (signal.grade, signal.kind, found.difference_fen) == ("A", "voucher_above_net", 1 * WAN)
    assert found.nets is not None
    assert (found.nets.cash_fen, found.nets.voucher_fen, found.nets.mode) == (54 * WAN, VOUCHER, "full")
    assert [one.off_fen for one in found.nets.promotions] == [3 * WAN]


def test_listing_again_is_refused_until_the_price_is_lower_or_the_promotion_open(
    session: Session, site: Site, home: Home
) -> None:
    declared = promotions.declare(session, site.developer, home, off_fen=3 * WAN)
    with pytest.raises(DomainError) as refusal:
        service.publish(session, actor=site.developer, home_id=home.id)
    assert (refusal.value.code, refusal.value.params["most_fen"]) == ("voucher_above_net", 54 * WAN)
    opened = service.open_promotion(
        session, actor=site.developer, promotion_ref=declared.promotion.ref, reason="同等待遇"
    )
    assert opened.starts_at == declared.promotion.stopped_at
    service.publish(session, actor=site.developer, home_id=home.id)
    amounts = amounts_of(session, home)
    assert amounts.voucher_net is not None
    assert (amounts.voucher_net.payable_fen, amounts.voucher_net.fen) == (52 * WAN, 52 * WAN)


def test_a_voucher_price_above_the_lowest_net_is_refused(session: Session, site: Site, home: Home) -> None:
    promotions.declare(session, site.developer, home)
    with pytest.raises(DomainError) as refusal:
        service.set_price(
            session,
            actor=site.developer,
            home_id=home.id,
            kind="voucher",
            amount_fen=VOUCHER + 1,
            reason="涨价",
        )
    assert refusal.value.code == "voucher_above_net"


def test_an_extra_that_only_cash_buyers_get_breaks_the_rule(session: Session, site: Site, home: Home) -> None:
    gift: dict[str, Any] = {"kind": PromotionKind.PARKING, "off_fen": 0, "worth_fen": 8 * WAN}
    promotions.declare(session, site.developer, home, **gift)
    assert listing_of(session, home).out_reason == "voucher_above_net"


def test_a_promotion_begins_at_its_first_day_and_the_reader_knows_before_the_job(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    first = date(2016, 6, 3)
    promotions.declare(session, site.developer, home, off_fen=3 * WAN, first_day=first)
    assert listing_of(session, home).state == "listed"
    clock.moment = clock.moment.replace(day=2, hour=15, minute=59, second=59)  # 23:59:59 local
    assert amounts_of(session, home).deals == ()
    clock.advance(timedelta(seconds=1))
    assert rules.find_breach(amounts_of(session, home)) == "voucher_above_net"
    assert queries.offers(session, home_ids=[home.id]) == {}, "out of the lists, though the job was not here"
    assert service.settle_due(session) == 1
    assert listing_of(session, home).out_reason == "voucher_above_net"
    assert len(signals_of(session, home)) == 1
    assert service.settle_due(session) == 0, "the second run finds nothing to do"


def test_a_promotion_ends_at_midnight_of_its_last_day(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    promotions.declare(session, site.developer, home, last_day=date(2016, 6, 2))
    clock.moment = clock.moment.replace(day=2, hour=15, minute=59, second=59)
    assert len(amounts_of(session, home).deals) == 1
    clock.advance(timedelta(seconds=1))
    assert amounts_of(session, home).deals == ()


def test_the_end_of_one_open_to_voucher_buyers_may_break_the_rule(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    promotions.declare(
        session, site.developer, home, off_fen=3 * WAN, open_to_vouchers=True, last_day=date(2016, 6, 2)
    )
    promotions.declare(session, site.developer, home, off_fen=5 * WAN // 2)
    service.settle_due(session)
    assert listing_of(session, home).state == "listed"
    clock.advance(timedelta(days=3))
    service.settle_due(session)
    assert listing_of(session, home).out_reason == "voucher_above_net"


def test_stopping_one_that_carries_the_voucher_price_is_refused(
    session: Session, site: Site, home: Home
) -> None:
    carrying = promotions.declare(session, site.developer, home, off_fen=3 * WAN, open_to_vouchers=True)
    other = promotions.declare(session, site.developer, home, off_fen=5 * WAN // 2)

    def stop(ref: str) -> None:
        service.stop_promotion(session, actor=site.developer, promotion_ref=ref, reason="结束")

    with pytest.raises(DomainError) as refusal, session.begin_nested():
        stop(carrying.promotion.ref)
    assert (refusal.value.code, refusal.value.params) == ("promotion_stop_breaks_rule", {"homes": 1})
    session.expire_all()
    stop(other.promotion.ref)
    stop(carrying.promotion.ref)
    with pytest.raises(DomainError) as again:
        stop(carrying.promotion.ref)
    assert again.value.code == "promotion_over"
    assert amounts_of(session, home).deals == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first_day": date(2016, 5, 31)}, "first_day"),
        ({"last_day": date(2016, 5, 31)}, "last_day"),
        ({"title": " "}, "title"),
        ({"reason": ""}, "reason"),
        ({"off_fen": 0}, "amount"),
    ],
)
def test_what_is_missing_or_wrong_is_told_at_its_field(
    session: Session, site: Site, home: Home, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        promotions.declare(session, site.developer, home, **wrong)
    assert refusal.value.field == field


def test_a_scope_covers_its_homes_and_no_others(session: Session, site: Site, home: Home) -> None:
    other = make_home(session, developer=site.developer, building=site.building)
    promotions.declare(session, site.developer, home)
    assert amounts_of(session, other).deals == ()
    promotions.declare(session, site.developer, home, scope=Scope(building_id=site.building.id))
    promotions.declare(session, site.developer, home, scope=Scope())
    later = make_home(session, developer=site.developer, building=site.building)
    assert [len(amounts_of(session, one).deals) for one in (home, other, later)] == [3, 2, 2]


def test_somebody_elses_development_or_homes_are_not_found(session: Session, site: Site, home: Home) -> None:
    stranger = make_developer(session, admitted_to=site.district)
    with pytest.raises(NotFound):
        promotions.declare(session, stranger, home)
    ref = promotions.declare(session, site.developer, home).promotion.ref
    for act in (service.stop_promotion, service.open_promotion):
        with pytest.raises(NotFound):
            act(session, actor=stranger, promotion_ref=ref, reason="不是我的")


def test_a_promotion_is_never_changed_or_removed(session: Session, site: Site, home: Home) -> None:
    made = promotions.declare(session, site.developer, home).promotion
    for statement in (
        "UPDATE promotions SET off_fen = 1 WHERE id = :id",
        "DELETE FROM promotions WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement), {"id": made.id})


def test_a_home_published_as_the_promotion_was_declared_is_found_within_the_minute(
    session: Session, site: Site, home: Home
) -> None:
    promotions.declare(session, site.developer, home, off_fen=3 * WAN)
    listing = listing_of(session, home)
    listing.state, listing.out_reason = "listed", None
    session.flush()
    service.settle_due(session)
    assert listing_of(session, home).out_reason == "voucher_above_net"


def test_the_daily_proof_finds_a_home_that_a_writer_forgot(session: Session, site: Site, home: Home) -> None:
    promotions.declare(session, site.developer, home, off_fen=3 * WAN)
    service.settle_due(session)
    listing = listing_of(session, home)
    listing.state, listing.out_reason = "listed", None
    session.flush()
    assert [one.id for one in service.judge_all(session)] == [listing.id]


def test_the_daily_proof_finds_a_cash_price_above_the_filed_one(
    session: Session, site: Site, home: Home
) -> None:
    """Some were listed before the pool's rule knew the cash price; until the proof comes nobody gets them."""
    for kind in ("cash", "filed"):
        session.execute(
            text(
                "UPDATE price_versions SET effective_to = effective_from WHERE home_id = :id AND kind = :kind"
            ),
            {"id": home.id, "kind": kind},
        )
        session.execute(
            text(
                "INSERT INTO price_versions (home_id, kind, amount_fen, effective_from, reason, source)"
                " VALUES (:id, :kind, :fen, :at, '改', 'developer')"
            ),
            {"id": home.id, "kind": kind, "fen": CASH - (kind == "filed"), "at": clock.now()},
        )
    assert queries.offers(session, home_ids=[home.id]) == {}
    fallen = service.judge_all(session)
    assert [(one.home_id, one.out_reason) for one in fallen] == [(home.id, "voucher_above_filed")]
    (signal,) = signals_of(session, home)
    found = evidence.read(signal.evidence)
    assert isinstance(found, evidence.Evidence)
    assert (found.above, found.against) == ("cash", "filed")
    assert service.judge_all(session) == []


def test_a_home_that_a_voucher_bought_is_judged_no_more(session: Session, site: Site, home: Home) -> None:
    home.status = "sold"
    session.flush()
    declared = promotions.declare(session, site.developer, home, off_fen=3 * WAN)
    assert declared.fallen == []
    service.settle_due(session)
    assert service.judge_all(session) == []
    assert listing_of(session, home).state == "listed"
    assert signals_of(session, home) == []
    service.stop_promotion(
        session, actor=site.developer, promotion_ref=declared.promotion.ref, reason="卖完了"
    )


def test_a_promotion_of_a_whole_development_leaves_its_spaces_out(
    session: Session, site: Site, home: Home
) -> None:
    """Two 万 off a home would be a quarter of a parking space; one that names the space holds for it."""
    space = make_space(session, developer=site.developer, building=site.building)
    promotions.declare(session, site.developer, home, scope=Scope())
    assert len(amounts_of(session, home).deals) == 1
    assert amounts_of(session, space).deals == ()
    promotions.declare(session, site.developer, space, off_fen=1000)
    assert [deal.off_fen for deal in amounts_of(session, space).deals] == [1000]
