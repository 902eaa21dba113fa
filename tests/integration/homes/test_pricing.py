"""Prices and the pool: which change does what to a listing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import locks
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import queries, service
from app.homes.errors import HomeChanged, NotAdmitted, VoucherAboveCash, VoucherAboveFiled
from app.homes.events import broke_price_rule
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.rules import PriceKind
from app.identity.models import User
from tests.factories.homes import (
    CASH_FEN,
    FILED_FEN,
    VOUCHER_FEN,
    admit,
    make_building,
    make_developer,
    make_development,
    make_home,
    make_listed_home,
)
from tests.factories.identity import make_district
from tests.integration.homes.conftest import Site


@pytest.fixture
def broken() -> Iterator[list[dict[str, int]]]:
    """What ``broke_price_rule`` told, in order."""
    told: list[dict[str, int]] = []

    def listen(_session: Session, /, **ids: int) -> None:
        told.append(ids)

    broke_price_rule.subscribe(listen)
    yield told
    broke_price_rule.subscribers.remove(listen)


def change(
    session: Session, site: Site, home: Home, kind: PriceKind, amount_fen: int, **more: int
) -> PriceVersion:
    number = "备2016-0099" if kind == "filed" else None
    return service.set_price(
        session,
        actor=site.developer,
        home_id=home.id,
        kind=kind,
        amount_fen=amount_fen,
        reason=" 调价 ",
        filing_number=number,
        **more,
    )


@pytest.fixture
def home(session: Session, site: Site) -> Home:
    """A listed home."""
    home = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=home.id)
    return home


def listing_of(session: Session, site: Site, home: Home) -> PoolListing:
    listing = queries.find_listing(session, district_id=site.district.id, home_id=home.id)
    assert listing
    return listing


def waiting_for_search(session: Session, home: Home) -> int:
    """Return how many jobs to index the home wait in the queue."""
    session.commit()
    statement = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.index' AND args = :args"
    )
    return int(session.scalar(statement, {"args": f'{{"home_ids": [{home.id}]}}'}) or 0)


def test_a_new_price_ends_the_old_one_at_its_own_start(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    first = clock.now()
    clock.advance(timedelta(days=3))
    new = change(session, site, home, "cash", 56_000_000)
    clock.advance(timedelta(days=3))
    change(session, site, home, "cash", 56_500_000)

    history = queries.list_price_changes(session, home_id=home.id, limit=10)
    assert queries.count_price_changes(session, home_id=home.id) == len(history) == 5
    newest, earlier = history[0], history[1]
    author = session.get_one(User, site.developer.user_id)
    assert (newest.version.amount_fen, newest.before_fen, newest.author) == (
        56_500_000,
        56_000_000,
        author.display_name,
    )
    assert (earlier.version.id, earlier.before_fen) == (new.id, CASH_FEN)
    assert (new.effective_from, new.effective_to) == (first + timedelta(days=3), clock.now())
    assert (new.reason, new.author_id) == ("调价", site.developer.user_id)


def test_prices_are_known_as_of_any_moment(
    session: Session, site: Site, home: Home, clock: FixedClock
) -> None:
    start = clock.now()
    clock.advance(timedelta(days=1))
    change(session, site, home, "voucher", 54_000_000)
    changed = clock.now()

    def voucher_at(moment: object) -> int | None:
        return queries.prices_at(session, [home.id], moment)[home.id].amounts.voucher_fen  # type: ignore[arg-type]

    assert voucher_at(start - timedelta(microseconds=1)) is None
    assert voucher_at(start) == VOUCHER_FEN
    assert voucher_at(changed - timedelta(microseconds=1)) == VOUCHER_FEN
    assert voucher_at(changed) == voucher_at(changed + timedelta(days=999)) == 54_000_000


def test_two_changes_in_one_moment_leave_one_price_in_force(session: Session, site: Site, home: Home) -> None:
    change(session, site, home, "voucher", 54_000_000)
    change(session, site, home, "voucher", 53_000_000)
    moment = queries.current_prices(session, [home.id])[home.id]
    assert moment.voucher
    then = queries.prices_at(session, [home.id], moment.voucher.effective_from)[home.id]
    assert then.amounts.voucher_fen == 53_000_000


def test_a_voucher_price_above_the_cash_price_is_refused_and_changes_nothing(
    session: Session, site: Site, home: Home, broken: list[dict[str, int]]
) -> None:
    with pytest.raises(VoucherAboveCash) as refused:
        change(session, site, home, "voucher", CASH_FEN + 1)
    assert refused.value.params == {
        "voucher_fen": CASH_FEN + 1,
        "cash_fen": CASH_FEN,
        "most_fen": CASH_FEN,
    }
    prices = queries.current_prices(session, [home.id])[home.id]
    assert prices.amounts.voucher_fen == VOUCHER_FEN
    assert listing_of(session, site, home).state == "listed"
    assert broken == []


@pytest.mark.parametrize(
    ("kind", "reason"), [("cash", "voucher_above_cash"), ("filed", "voucher_above_filed")]
)
def test_lowering_below_the_voucher_price_takes_the_listing_out_and_tells(
    session: Session,
    site: Site,
    home: Home,
    broken: list[dict[str, int]],
    clock: FixedClock,
    kind: PriceKind,
    reason: str,
) -> None:
    clock.advance(timedelta(hours=1))
    change(session, site, home, kind, VOUCHER_FEN - 1)
    listing = listing_of(session, site, home)
    assert (listing.state, listing.out_reason, listing.changed_at) == ("out", reason, clock.now())
    assert listing.first_listed_at == clock.now() - timedelta(hours=1)
    assert broken == [{"listing_id": listing.id, "home_id": home.id, "district_id": site.district.id}]
    assert queries.offers(session, home_ids=[home.id]) == {}

    change(session, site, home, kind, VOUCHER_FEN - 2)
    assert len(broken) == 1, "a listing that is out already is not told of again"


def test_lowering_to_the_voucher_price_keeps_the_listing(
    session: Session, site: Site, home: Home, broken: list[dict[str, int]]
) -> None:
    change(session, site, home, "cash", VOUCHER_FEN)
    change(session, site, home, "filed", VOUCHER_FEN)
    assert listing_of(session, site, home).state == "listed"
    assert broken == []


def test_a_home_that_fell_out_is_listed_again_after_the_voucher_price_was_lowered(
    session: Session, site: Site, home: Home
) -> None:
    change(session, site, home, "cash", 50_000_000)
    with pytest.raises(VoucherAboveCash):
        service.publish(session, actor=site.developer, home_id=home.id)
    with pytest.raises(VoucherAboveCash):
        change(session, site, home, "voucher", 50_000_001)
    change(session, site, home, "voucher", 50_000_000)
    assert listing_of(session, site, home).state == "out", "the developer decides when it goes back"
    listing = service.publish(session, actor=site.developer, home_id=home.id)
    assert (listing.state, listing.out_reason) == ("listed", None)


def test_only_the_filed_price_can_stand_in_the_way_too(session: Session, site: Site, home: Home) -> None:
    change(session, site, home, "filed", VOUCHER_FEN - 1)
    with pytest.raises(VoucherAboveFiled):
        service.publish(session, actor=site.developer, home_id=home.id)


def test_a_home_is_taken_out_of_every_pool_it_stands_in(
    session: Session, site: Site, home: Home, broken: list[dict[str, int]]
) -> None:
    elsewhere = make_district(session)
    admit(session, site.developer, elsewhere)
    here = listing_of(session, site, home)
    there = PoolListing(
        district_id=elsewhere.id,
        home_id=home.id,
        state="listed",
        changed_at=here.changed_at,
        first_listed_at=here.changed_at,
    )
    session.add(there)
    change(session, site, home, "cash", 50_000_000)
    assert (here.state, there.state) == ("out", "out")
    assert [told["district_id"] for told in broken] == [site.district.id, elsewhere.id]


@pytest.mark.parametrize("missing", ["filed_fen", "cash_fen", "voucher_fen"])
def test_a_home_without_all_three_prices_is_not_listed(session: Session, site: Site, missing: str) -> None:
    home = make_home(session, developer=site.developer, building=site.building, **{missing: None})  # type: ignore[arg-type]
    with pytest.raises(DomainError) as refused:
        service.publish(session, actor=site.developer, home_id=home.id)
    assert refused.value.code == "prices_missing"


def test_only_a_developer_in_the_districts_pool_lists_homes(session: Session) -> None:
    district, elsewhere = make_district(session), make_district(session)
    developer = make_developer(session, admitted_to=elsewhere)
    development = make_development(session, developer=developer, district=district)
    building = make_building(session, developer=developer, development=development)
    home = make_home(session, developer=developer, building=building)
    with pytest.raises(NotAdmitted) as refused:
        service.publish(session, actor=developer, home_id=home.id)
    assert refused.value.params == {"district": district.name}


def test_listing_twice_and_withdrawing_twice_are_refused(session: Session, site: Site, home: Home) -> None:
    with pytest.raises(Conflict) as refused:
        service.publish(session, actor=site.developer, home_id=home.id)
    assert refused.value.code == "already_listed"
    listing = service.withdraw(session, actor=site.developer, home_id=home.id)
    assert (listing.state, listing.out_reason) == ("out", "withdrawn")
    with pytest.raises(Conflict) as refused:
        service.withdraw(session, actor=site.developer, home_id=home.id)
    assert refused.value.code == "not_listed"
    draft = make_home(session, developer=site.developer, building=site.building)
    with pytest.raises(Conflict):
        service.withdraw(session, actor=site.developer, home_id=draft.id)


def test_a_withdrawn_home_may_break_the_rule_unseen(
    session: Session, site: Site, home: Home, broken: list[dict[str, int]]
) -> None:
    service.withdraw(session, actor=site.developer, home_id=home.id)
    change(session, site, home, "cash", 50_000_000)
    assert listing_of(session, site, home).out_reason == "withdrawn"
    assert broken == []


def test_while_somebody_buys_it_prices_may_change_but_it_stays(
    session: Session, site: Site, home: Home, broken: list[dict[str, int]]
) -> None:
    service.mark_locked(session, locks.lock(session, Home, home.id))
    with pytest.raises(Conflict) as refused:
        service.withdraw(session, actor=site.developer, home_id=home.id)
    assert refused.value.code == "home_being_bought"
    change(session, site, home, "cash", 50_000_000)
    assert (home.status, listing_of(session, site, home).state) == ("locked", "out")
    assert len(broken) == 1
    change(session, site, home, "voucher", 50_000_000)
    service.publish(session, actor=site.developer, home_id=home.id)
    service.mark_free(session, home)
    assert (home.status, listing_of(session, site, home).state) == ("free", "listed")


def test_a_sold_home_changes_no_more(session: Session, site: Site, home: Home) -> None:
    service.mark_locked(session, locks.lock(session, Home, home.id))
    service.mark_sold(session, home)
    for act in (
        lambda: change(session, site, home, "cash", 50_000_000),
        lambda: service.publish(session, actor=site.developer, home_id=home.id),
        lambda: service.withdraw(session, actor=site.developer, home_id=home.id),
        lambda: service.mark_locked(session, home),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "home_sold"


def test_a_home_that_changed_since_the_page_was_shown_is_not_changed(
    session: Session, site: Site, home: Home
) -> None:
    seen = home.doc_version
    change(session, site, home, "voucher", 54_000_000, seen_version=seen)
    with pytest.raises(HomeChanged):
        change(session, site, home, "voucher", 53_000_000, seen_version=seen)
    service.withdraw(session, actor=site.developer, home_id=home.id)
    with pytest.raises(HomeChanged):
        service.publish(session, actor=site.developer, home_id=home.id, seen_version=seen)
    service.publish(session, actor=site.developer, home_id=home.id, seen_version=home.doc_version)


def test_a_change_has_to_change_something_and_give_its_reason(
    session: Session, site: Site, home: Home
) -> None:
    with pytest.raises(DomainError) as refused:
        change(session, site, home, "cash", CASH_FEN)
    assert (refused.value.code, refused.value.field) == ("price_unchanged", "cash_price")
    with pytest.raises(DomainError) as refused:
        service.set_price(
            session, actor=site.developer, home_id=home.id, kind="cash", amount_fen=1, reason="  "
        )
    assert (refused.value.code, refused.value.field) == ("price_reason_missing", "reason")
    with pytest.raises(DomainError) as refused:
        service.set_price(
            session, actor=site.developer, home_id=home.id, kind="filed", amount_fen=1, reason="调"
        )
    assert (refused.value.code, refused.value.field) == ("filing_number_missing", "filing_number")
    refiled = change(session, site, home, "filed", FILED_FEN)
    assert refiled.filing_number == "备2016-0099", "the same sum may be filed again under a new number"


def test_every_visible_change_raises_doc_version_once_and_asks_for_indexing(
    session: Session, site: Site
) -> None:
    home = make_home(session, developer=site.developer, building=site.building)
    steps = (
        lambda: service.publish(session, actor=site.developer, home_id=home.id),
        lambda: change(session, site, home, "voucher", 54_000_000),
        lambda: service.mark_locked(session, locks.lock(session, Home, home.id)),
        lambda: service.mark_free(session, home),
        lambda: service.withdraw(session, actor=site.developer, home_id=home.id),
    )
    assert (home.doc_version, waiting_for_search(session, home)) == (1, 0)
    for number, step in enumerate(steps, start=1):
        step()
        stored = session.scalar(text("SELECT doc_version FROM homes WHERE id = :id"), {"id": home.id})
        assert (stored, waiting_for_search(session, home)) == (number + 1, number)


def test_commands_are_audited_without_personal_data(session: Session, site: Site, home: Home) -> None:
    version = change(session, site, home, "cash", 50_000_000)
    session.commit()
    rows = session.scalars(select(AuditRow).where(AuditRow.object_id == home.id).order_by(AuditRow.seq)).all()
    row = next(row for row in rows if row.action == "homes.set_price")
    assert row.user_id == site.developer.user_id
    assert row.detail == {
        "kind": "cash",
        "price_version_id": version.id,
        "amount_fen": 50_000_000,
        "listings_out": [listing_of(session, site, home).id],
    }
    assert "homes.publish" in {row.action for row in rows}


def test_a_home_is_public_from_its_first_listing_on(session: Session, site: Site) -> None:
    home = make_home(session, developer=site.developer, building=site.building)
    with pytest.raises(NotFound):
        queries.get_public_home(session, ref=home.ref)
    with pytest.raises(NotFound):
        queries.get_public_development(session, ref=site.development.ref)
    service.publish(session, actor=site.developer, home_id=home.id)
    service.withdraw(session, actor=site.developer, home_id=home.id)
    assert queries.get_public_home(session, ref=home.ref).id == home.id
    assert queries.get_public_development(session, ref=site.development.ref).id == site.development.id


def test_offers_are_the_homes_that_stand_listed_now(session: Session, site: Site, home: Home) -> None:
    draft = make_home(session, developer=site.developer, building=site.building)
    withdrawn = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=withdrawn.id)
    service.withdraw(session, actor=site.developer, home_id=withdrawn.id)
    locked = make_home(session, developer=site.developer, building=site.building, storey=1)
    service.publish(session, actor=site.developer, home_id=locked.id)
    service.mark_locked(session, locks.lock(session, Home, locked.id))
    _, foreign = make_listed_home(session)

    ids = [home.id, draft.id, withdrawn.id, locked.id, foreign.id]
    found = queries.offers(session, home_ids=ids)
    assert set(found) == {home.id, locked.id, foreign.id}
    assert found[home.id].prices.amounts.voucher_fen == VOUCHER_FEN
    assert queries.count_offers(session, development_id=site.development.id) == 2
    listed = queries.list_offers(session, development_id=site.development.id, limit=10)
    assert [offer.home.id for offer in listed] == [home.id, locked.id], "free ones come first"
    assert [
        offer.home.id
        for offer in queries.list_offers(session, development_id=site.development.id, limit=1, offset=1)
    ] == [locked.id]
