"""What households hear of the homes that they follow, from a change of a home to the message."""

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.following import queries, rules, service, watching
from app.following.models import Change, Favourite
from app.following.rules import Telling
from app.homes import service as homes
from app.homes.models import Home
from app.notices.models import Notice
from app.search import service as search
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, find_request
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption

UP_TO_50 = SearchRequest(price_max=50_000_000)


@pytest.fixture
def engine(session: Session) -> PostgresEngine:
    return PostgresEngine(lambda: session)


def look(session: Session, engine: PostgresEngine, *several: Home) -> int:
    ids = [home.id for home in several]
    search.index(session, engine=engine, home_ids=ids)
    return watching.look(session, engine=engine, home_ids=ids)


def ask(session: Session, shop: Shop, home: Home, fen: int) -> None:
    homes.set_price(
        session,
        actor=shop.developer,
        home_id=home.id,
        kind="voucher",
        amount_fen=fen,
        reason="调价",
    )


def save(session: Session, buyer: Buyer, telling: Telling = Telling.AT_ONCE) -> int:
    return service.save_search(
        session, actor=buyer.actor, request=UP_TO_50, name="五十万以内", telling=telling
    ).id


def kinds(session: Session) -> list[tuple[str, bool]]:
    rows = session.scalars(select(Change).order_by(Change.id))
    return [(row.kind, row.saved_search_id is not None) for row in rows]


def told(session: Session, buyer: Buyer) -> list[str]:
    own = Notice.household_id == buyer.actor.household_id
    return [notice.text for notice in session.scalars(select(Notice).where(own).order_by(Notice.id))]


def test_a_search_brings_new_homes_lower_prices_and_homes_gone(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    save(session, buyer)
    clock.advance(timedelta(hours=1))
    home = make_home(session, shop, voucher_fen=46_000_000)
    dear = make_home(session, shop, voucher_fen=51_000_000)
    assert look(session, engine, home, dear) == 1
    ask(session, shop, home, 45_000_000)
    assert look(session, engine, home) == 1
    other = make_buyer(session, shop.desk)
    make_redemption(session, other, home)
    assert look(session, engine, home) == 1
    assert kinds(session) == [("new", True), ("down", True), ("gone", True)]
    assert watching.tell(session, telling=Telling.AT_ONCE) == 3
    before = told(session, buyer)
    assert any("“五十万以内”：新上架 1 套，降价 1 套，不能再选 1 套" in text for text in before)
    assert watching.tell(session, telling=Telling.AT_ONCE) == 0
    assert told(session, buyer) == before


def test_a_search_is_saved_as_long_as_the_index_holds_it(session: Session, buyer: Buyer) -> None:
    names = tuple(secrets.token_hex(50) for _ in range(21))  # nothing to be compressed
    longest = SearchRequest(developer=names, q="x" * 67)
    assert len(longest.query_string()) == rules.LONGEST_QUERY
    saved = {"actor": buyer.actor, "name": "很多", "telling": Telling.DAILY}
    found = service.save_search(session, request=longest, **saved)
    session.commit()
    assert find_request(found.query) == longest
    with pytest.raises(DomainError, match="search_query_long"):
        service.save_search(session, request=SearchRequest(developer=names, q="x" * 68), **saved)


def test_looking_twice_finds_nothing_new(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    save(session, buyer)
    clock.advance(timedelta(hours=1))
    home = make_home(session, shop, voucher_fen=46_000_000)
    assert look(session, engine, home) == 1
    assert look(session, engine, home) == 0
    assert kinds(session) == [("new", True)]


def test_what_stood_there_before_the_search_was_saved_is_no_news(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    home = make_home(session, shop, voucher_fen=46_000_000)
    clock.advance(timedelta(hours=1))
    save(session, buyer)
    assert look(session, engine, home) == 0


def test_what_is_told_daily_waits_for_the_morning_and_what_is_never_told_stays_on_its_page(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    other = make_buyer(session, shop.desk)
    save(session, buyer, Telling.DAILY)
    save(session, other, Telling.NEVER)
    clock.advance(timedelta(hours=1))
    assert look(session, engine, make_home(session, shop, voucher_fen=46_000_000)) == 2
    before = told(session, buyer)
    assert watching.tell(session, telling=Telling.AT_ONCE) == 0
    assert told(session, buyer) == before
    assert watching.tell(session, telling=Telling.DAILY) == 1
    assert len(told(session, buyer)) == len(before) + 1
    (seen,) = queries.list_searches(session, actor=other.actor)
    assert seen.changes == 1


def test_a_favourite_tells_of_its_price_and_of_being_gone_but_not_its_own_buyer(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer
) -> None:
    home = make_home(session, shop, voucher_fen=46_000_000)
    other = make_buyer(session, shop.desk)
    look(session, engine, home)
    for one in (buyer, other):
        service.add_favourite(session, actor=one.actor, home_ref=home.ref)
        service.add_favourite(session, actor=one.actor, home_ref=home.ref)
    ask(session, shop, home, 45_000_000)
    assert look(session, engine, home) == 2
    make_redemption(session, other, home)
    assert look(session, engine, home) == 1
    assert watching.tell(session, telling=Telling.AT_ONCE) == 3
    assert any("由 460,000 元降到 450,000 元" in text for text in told(session, buyer))
    assert any("现在不能选了" in text for text in told(session, buyer))
    assert not any("现在不能选了" in text for text in told(session, other))


def test_another_households_search_is_not_there(session: Session, shop: Shop, buyer: Buyer) -> None:
    save(session, buyer)
    other = make_buyer(session, shop.desk)
    (seen,) = queries.list_searches(session, actor=buyer.actor)
    for attempt in (service.stop_telling, service.delete_search):
        with pytest.raises(NotFound):
            attempt(session, actor=other.actor, ref=seen.search.ref)
    assert queries.list_searches(session, actor=other.actor) == []


def test_the_same_search_saved_again_is_renamed(session: Session, buyer: Buyer) -> None:
    first = save(session, buyer)
    again = service.save_search(
        session, actor=buyer.actor, request=UP_TO_50, name=" 便宜的  房 ", telling=Telling.NEVER
    )
    assert (again.id, again.name, again.telling) == (first, "便宜的 房", "never")


def test_deleting_a_search_takes_what_it_brought_along(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    save(session, buyer)
    clock.advance(timedelta(hours=1))
    look(session, engine, make_home(session, shop, voucher_fen=46_000_000))
    (seen,) = queries.list_searches(session, actor=buyer.actor)
    service.delete_search(session, actor=buyer.actor, ref=seen.search.ref)
    assert kinds(session) == []


@pytest.mark.parametrize("name", ["", "  ", "长" * 61, "a\u202eb"])
def test_a_search_needs_a_name_that_can_be_read(session: Session, buyer: Buyer, name: str) -> None:
    with pytest.raises(DomainError) as refused:
        service.save_search(session, actor=buyer.actor, request=UP_TO_50, name=name, telling=Telling.DAILY)
    assert refused.value.field == "name"


def test_favourites_have_a_bound_and_notes_a_length(
    session: Session, shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_FAVOURITES", 1)
    home, other = make_home(session, shop), make_home(session, shop)
    service.add_favourite(session, actor=buyer.actor, home_ref=home.ref)
    with pytest.raises(Conflict):
        service.add_favourite(session, actor=buyer.actor, home_ref=other.ref)
    service.note_favourite(session, actor=buyer.actor, home_ref=home.ref, note="离 学校\n近")
    assert session.scalars(select(Favourite.note)).all() == ["离 学校 近"]
    with pytest.raises(DomainError):
        service.note_favourite(session, actor=buyer.actor, home_ref=home.ref, note="长" * 201)
    with pytest.raises(Conflict):
        service.note_favourite(session, actor=buyer.actor, home_ref=other.ref, note="没有收藏")
