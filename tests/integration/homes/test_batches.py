"""New prices for many homes at once: all or nothing, judged by the rules, and taken back."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core.clock import FixedClock
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.homes import batches, queries, service
from app.homes.batches import Selection
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import PriceBatch
from app.homes.repricing import HUNDRED_YUAN_FEN, Preview, Recipe
from tests.factories import promotions
from tests.factories.homes import make_developer, make_home
from tests.integration.homes.conftest import Site

WAN = 1_000_000
UP = Recipe("voucher", "percent", 100)


@pytest.fixture
def homes(session: Session, site: Site) -> list[Home]:
    """Three listed homes on storeys 1 to 3: filed 60 万, cash 57 万, voucher 55 万."""
    made = []
    for storey in (1, 2, 3):
        home = make_home(session, developer=site.developer, building=site.building, storey=storey)
        service.publish(session, actor=site.developer, home_id=home.id)
        made.append(home)
    return made


def look(session: Session, site: Site, recipe: Recipe = UP, **chosen: Any) -> Preview:
    return batches.preview(
        session,
        actor=site.developer,
        development_id=site.development.id,
        selection=Selection(**chosen),
        recipe=recipe,
    )


def reprice(session: Session, site: Site, recipe: Recipe = UP, **chosen: Any) -> PriceBatch:
    return service.reprice(
        session,
        actor=site.developer,
        development_id=site.development.id,
        selection=Selection(**chosen),
        recipe=recipe,
        reason="统一调价",
        seen=look(session, site, recipe, **chosen).seen,
    )


def vouchers(session: Session, homes: list[Home]) -> list[int | None]:
    prices = queries.current_prices(session, [home.id for home in homes])
    return [prices[home.id].amounts.voucher_fen for home in homes]


def test_all_that_are_chosen_get_the_price_that_was_shown(
    session: Session, site: Site, homes: list[Home]
) -> None:
    made = reprice(session, site, first_storey=2)
    assert vouchers(session, homes) == [55 * WAN, 55_550_000, 55_550_000]
    assert (made.homes, made.before_fen, made.after_fen) == (2, 110 * WAN, 111_100_000)
    versions = session.scalars(select(PriceVersion).where(PriceVersion.batch_id == made.id)).all()
    assert {version.reason for version in versions} == {"统一调价"}
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("recipe", "after"),
    [
        (Recipe("voucher", "unit", 6_000_00), 53_700_000),
        (Recipe("voucher", "unit", 6_111_11), 54_694_400),
        (Recipe("voucher", "percent", -333), 53_168_500),
        (Recipe("voucher", "percent", -333, HUNDRED_YUAN_FEN), 53_170_000),
        (Recipe("voucher", "amount", -12_345_00), 53_765_500),
    ],
)
def test_how_a_new_price_is_worked_out_and_rounded(recipe: Recipe, after: int) -> None:
    assert recipe.price(55 * WAN, Decimal("89.50")) == after


def test_one_against_the_rule_and_none_is_changed(session: Session, site: Site, homes: list[Home]) -> None:
    promotions.declare(session, site.developer, homes[1])
    preview = look(session, site)
    assert [line.verdict for line in preview.lines] == ["ok", "refused", "ok"]
    with pytest.raises(DomainError) as refusal:
        reprice(session, site)
    assert (refusal.value.code, refusal.value.params) == ("batch_refused", {"homes": 1})
    assert vouchers(session, homes) == [55 * WAN] * 3


def test_lower_cash_prices_take_homes_out_with_a_signal_each(
    session: Session, site: Site, homes: list[Home]
) -> None:
    recipe = Recipe("cash", "amount", -3 * WAN)
    assert look(session, site, recipe).count("leaves") == 3
    reprice(session, site, recipe)
    states = session.scalars(
        select(PoolListing.out_reason).where(PoolListing.home_id.in_([home.id for home in homes]))
    ).all()
    assert list(states) == ["voucher_above_cash"] * 3
    assert len(session.scalars(select(Signal)).all()) == 3


def test_what_changed_since_it_was_shown_stops_all(session: Session, site: Site, homes: list[Home]) -> None:
    seen = look(session, site).seen
    service.set_price(
        session, actor=site.developer, home_id=homes[0].id, kind="cash", amount_fen=58 * WAN, reason="涨价"
    )
    with pytest.raises(DomainError) as refusal:
        service.reprice(
            session,
            actor=site.developer,
            development_id=site.development.id,
            selection=Selection(),
            recipe=UP,
            reason="统一调价",
            seen=seen,
        )
    assert refusal.value.code == "batch_changed"


def test_a_batch_is_taken_back_but_for_what_changed_since(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    made = reprice(session, site)
    service.set_price(
        session, actor=site.developer, home_id=homes[0].id, kind="voucher", amount_fen=54 * WAN, reason="降价"
    )

    def undo() -> PriceBatch:
        seen = batches.preview_undo(session, actor=site.developer, ref=made.ref).seen
        return service.undo_batch(
            session, actor=site.developer, batch_ref=made.ref, reason="填错了", seen=seen
        )

    undone = undo()
    assert (undone.homes, undone.undoes_id) == (2, made.id)
    assert vouchers(session, homes) == [54 * WAN, 55 * WAN, 55 * WAN]
    with pytest.raises(DomainError) as again:
        undo()
    assert again.value.code == "batch_undone"
    view = batches.get_batch(session, actor=site.developer, ref=made.ref)
    assert view.undone_by == undone.ref
    changes = batches.list_changes(session, made, limit=10)
    assert [(one.before_fen, one.after_fen, one.stands) for one in changes] == [
        (55 * WAN, 55_550_000, False)
    ] * 3


def test_taking_back_is_refused_where_the_rule_forbids_the_old_price(
    session: Session, site: Site, homes: list[Home]
) -> None:
    made = reprice(session, site, Recipe("voucher", "amount", -5 * WAN))
    promotions.declare(session, site.developer, homes[0], off_fen=4 * WAN)
    preview = batches.preview_undo(session, actor=site.developer, ref=made.ref)
    assert preview.count("refused") == 1
    with pytest.raises(DomainError) as refusal:
        service.undo_batch(
            session, actor=site.developer, batch_ref=made.ref, reason="改回", seen=preview.seen
        )
    assert refusal.value.code == "batch_refused"


def test_nothing_to_change_no_reason_and_somebody_elses(
    session: Session, site: Site, homes: list[Home]
) -> None:
    with pytest.raises(DomainError) as nothing:
        reprice(session, site, Recipe("voucher", "amount", 0))
    assert nothing.value.code == "batch_nothing"
    stranger = make_developer(session)
    with pytest.raises(NotFound):
        batches.preview(
            session,
            actor=stranger,
            development_id=site.development.id,
            selection=Selection(),
            recipe=UP,
        )


def test_many_homes_take_as_many_statements_as_few(
    session: Session, site: Site, homes: list[Home], clock: FixedClock
) -> None:
    few = statements_of_a_batch(session, site, Recipe("voucher", "percent", 50), count=3)
    _many(session, site, clock, 200)
    assert statements_of_a_batch(session, site, Recipe("voucher", "percent", -100), count=203) == few


def statements_of_a_batch(session: Session, site: Site, recipe: Recipe, *, count: int) -> int:
    session.expire_all()
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        assert reprice(session, site, recipe).homes == count
    finally:
        event.remove(connection, "before_cursor_execute", note)
    session.commit()
    return len(seen)


def _many(session: Session, site: Site, clock: FixedClock, count: int) -> None:
    rows = [
        {
            "ref": new_ref("FY"),
            "development_id": site.development.id,
            "building_id": site.building.id,
            "unit": "1",
            "storey": 1 + number % 18,
            "room": str(number),
            "kind": "home",
            "rooms": 3,
            "area_m2": Decimal("89.50"),
            "status": "free",
            "doc_version": 1,
            "created_at": clock.now(),
        }
        for number in range(count)
    ]
    ids = list(session.scalars(insert(Home).returning(Home.id), rows))
    prices = [
        {
            "home_id": home_id,
            "kind": kind,
            "amount_fen": fen,
            "effective_from": clock.now(),
            "reason": "首次填报",
            "source": "developer",
            "filing_number": "备1" if kind == "filed" else None,
            "author_id": site.developer.user_id,
        }
        for home_id in ids
        for kind, fen in (("filed", 60 * WAN), ("cash", 57 * WAN), ("voucher", 55 * WAN))
    ]
    session.execute(insert(PriceVersion), prices)
    listings = [
        {
            "district_id": site.district.id,
            "home_id": home_id,
            "state": "listed",
            "changed_at": clock.now(),
            "first_listed_at": clock.now(),
        }
        for home_id in ids
    ]
    session.execute(insert(PoolListing), listings)
