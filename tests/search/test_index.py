"""The index follows the homes: by their jobs, by a rebuild, and by a proof that mends."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from app import jobs
from app.core import locks, queue
from app.core.clock import FixedClock
from app.extensions import db
from app.homes import service as homes
from app.homes.models import Home
from app.homes.promotions import PromotionKind
from app.identity.models import District
from app.search import documents, flows, service, source
from app.search import engine as search_engine
from app.search.area import Box
from app.search.engine import SearchEngine, current, own
from app.search.labels import KEPT_SECONDS, Labels
from app.search.models import GreenDocument, SearchIndex
from app.search.postgres import PostgresEngine
from app.search.queries import by_development, matching, search
from app.search.request import Group, SearchRequest, Sort, Status
from app.search.service import Drift
from tests.factories import promotions
from tests.factories.homes import make_space
from tests.factories.search import Stock, make_stock, rooms_of
from tests.factories.stuck import stuck, torn
from tests.web.town import saved

ALL = SearchRequest(status=tuple(Status))


@pytest.fixture
def stock(session: Session) -> Stock:
    return make_stock(session)


@pytest.fixture
def indexed(session: Session, engine: SearchEngine, stock: Stock) -> Stock:
    service.index(session, engine=engine, home_ids=stock.ids)
    return stock


def found(engine: SearchEngine, stock: Stock, **asked: object) -> list[str]:
    return rooms_of(stock, engine.search(SearchRequest(**{"sort": Sort.PRICE, **asked})).home_ids)


def test_homes_are_found_by_everything_about_them(engine: SearchEngine, indexed: Stock) -> None:
    assert found(engine, indexed, q="滨江花园") == ["601", "101", "901", "1801"]
    assert found(engine, indexed, q="港华路") == ["505", "202", "1101"]
    assert found(engine, indexed, q="A座 4室") == ["2001"]
    assert found(engine, indexed, q="1101室") == ["1101"]
    assert found(engine, indexed, q="期房") == ["301", "2001"]
    assert found(engine, indexed, developer=(_name(indexed),)) == ["505", "202", "1101"]


def _name(stock: Stock) -> str:
    return stock.harbour.developer.name


def test_a_home_that_was_never_listed_is_not_indexed(
    session: Session, engine: SearchEngine, stock: Stock
) -> None:
    draft = homes.create_home(
        session,
        actor=stock.seller,
        building_id=stock.homes["901"].building_id,
        unit="1",
        storey=2,
        room="201",
        rooms=2,
        area_m2=stock.homes["901"].area_m2,
    )
    service.index(session, engine=engine, home_ids=[draft.id])
    assert engine.size() == 0


def test_every_change_of_a_home_reaches_the_index_by_its_job(committed_app: Flask) -> None:
    with saved(committed_app) as session:
        stock = make_stock(session)
    steps: list[tuple[Callable[[Session], object], Status]] = [
        (lambda _session: None, Status.AVAILABLE),
        (lambda session: homes.mark_locked(session, _now(session, stock)), Status.LOCKED),
        (lambda session: homes.mark_free(session, _now(session, stock)), Status.AVAILABLE),
        (lambda session: _lower_cash(session, stock), Status.OUT),
    ]
    for step, status in steps:
        with saved(committed_app) as session:
            step(session)
        jobs.run_waiting(committed_app)
        with committed_app.app_context():
            hits = current().search(SearchRequest(q="901室 滨江", status=(status,)))
            assert hits.home_ids == (stock.homes["901"].id,), status


def _now(session: Session, stock: Stock) -> Home:
    """Home 901 as the database has it."""
    return locks.lock(session, Home, stock.homes["901"].id)


def _lower_cash(session: Session, stock: Stock) -> None:
    homes.set_price(
        session,
        actor=stock.seller,
        home_id=stock.homes["901"].id,
        kind="cash",
        amount_fen=40_000_000,
        reason="促销",
    )


def test_the_job_may_run_twice_and_late(committed_app: Flask) -> None:
    with saved(committed_app) as session:
        stock = make_stock(session)
        queue.enqueue(session, "search.index", home_ids=stock.ids)
        queue.enqueue(session, "search.index", home_ids=[*stock.ids, 10**12])
    jobs.run_waiting(committed_app)
    with committed_app.app_context():
        assert current().search(ALL).total == 9


def test_results_are_read_again_before_they_are_shown(
    session: Session, engine: SearchEngine, indexed: Stock
) -> None:
    _lower_cash(session, indexed)
    page = search(session, engine, SearchRequest(q="滨江花园"))
    assert page.total == 4
    assert sorted(home.room for home in page.homes) == ["101", "1801", "601"]
    homes.set_price(
        session,
        actor=indexed.seller,
        home_id=indexed.homes["601"].id,
        kind="voucher",
        amount_fen=20_000_000,
        reason="促销",
    )
    prices = {home.room: home.voucher_fen for home in search(session, engine, SearchRequest()).homes}
    assert prices["601"] == 20_000_000


def test_homes_are_gathered_by_development_and_read_again(
    session: Session, engine: SearchEngine, indexed: Stock
) -> None:
    _lower_cash(session, indexed)
    asked = SearchRequest(group=Group.DEVELOPMENT, sort=Sort.PRICE, size=2)
    page = by_development(session, engine, asked)
    assert (page.total, page.developments, page.request.size) == (9, 3, 2)
    assert [(one.development.name, one.homes, one.low_fen, one.high_fen) for one in page.groups] == [
        ("滨江花园", 4, 24_000_000, 64_000_000),
        ("港华名苑", 3, 31_000_000, 51_500_000),
    ]
    assert [home.room for home in page.groups[0].first] == ["601", "101"], "901 has left the pool since"
    assert [home.room for home in page.groups[1].first] == ["505", "202", "1101"]
    assert page.next is not None
    last = by_development(session, engine, page.next)
    assert [one.development.name for one in last.groups] == ["锦绣天城"]
    assert (last.total, last.developments, last.next) == (9, 3, None)
    assert last.facets == page.facets


def test_an_area_holds_developments_with_a_point(
    session: Session, engine: SearchEngine, indexed: Stock
) -> None:
    near = SearchRequest(box=Box(30_520_000, 117_050_000, 30_530_000, 117_060_000))
    assert found(engine, indexed, box=near.box) == ["601", "101", "901", "1801"]
    groups = by_development(session, engine, replace(near, group=Group.DEVELOPMENT)).groups
    assert [(one.development.name, one.development.lat) for one in groups] == [("滨江花园", 30.5251)]
    assert own_matching(session, near, indexed) == {"601", "101", "901", "1801"}
    everywhere = replace(near, box=Box(-90_000_000, -180_000_000, 90_000_000, 180_000_000))
    assert engine.count(everywhere) == 6, "the rival's development has told no point"


def own_matching(session: Session, request: SearchRequest, stock: Stock) -> set[str]:
    """The rooms that a saved search would tell of."""
    engine = PostgresEngine(lambda: session)
    service.index(session, engine=engine, home_ids=stock.ids)
    return set(rooms_of(stock, sorted(matching(session, engine, request, stock.ids))))


def test_the_price_is_what_a_voucher_buyer_pays_from_the_begin_to_the_end_of_a_promotion(
    session: Session, engine: SearchEngine, indexed: Stock, clock: FixedClock
) -> None:
    dearest = indexed.homes["2001"]
    tomorrow = clock.moment.date() + timedelta(days=1)
    promotions.declare(
        session,
        indexed.seller,
        dearest,
        kind=PromotionKind.SPECIAL,
        title="开盘特价",
        off_fen=30_000_000,
        open_to_vouchers=True,
        first_day=tomorrow,
        last_day=tomorrow,
    )

    def after_the_minute() -> tuple[list[str], int, list[str]]:
        """Dearest homes first, the version of the dearest, and the promotions that its card would name."""
        homes.settle_due(session)
        session.refresh(dearest)
        service.index(session, engine=engine, home_ids=indexed.ids)
        page = search(session, engine, SearchRequest(sort=Sort.PRICE_DOWN))
        told = [deal.title for home in page.homes if home.room == "2001" for deal in home.voucher_net.deals]
        return found(engine, indexed, sort=Sort.PRICE_DOWN)[:2], dearest.doc_version, told

    first, version, told = after_the_minute()
    assert (first, told) == (["2001", "1801"], [])
    clock.advance(timedelta(days=1))
    assert after_the_minute() == (["1801", "2001"], version + 1, ["开盘特价"])
    assert found(engine, indexed, price_max=60_000_000, q="锦绣天城") == ["301", "2001"]
    assert after_the_minute()[1] == version + 1, "once a begin"
    clock.advance(timedelta(days=1))
    assert after_the_minute() == (["2001", "1801"], version + 2, [])


def test_a_promotion_of_one_home_leaves_the_prices_of_its_neighbours(
    session: Session, engine: SearchEngine, indexed: Stock
) -> None:
    promotions.declare(session, indexed.seller, indexed.homes["601"], open_to_vouchers=True)
    homes.settle_due(session)
    service.index(session, engine=engine, home_ids=indexed.ids)
    page = search(session, engine, SearchRequest(q="滨江花园"))
    paid = {home.room: home.voucher_net.payable_fen - home.voucher_fen for home in page.homes}
    assert paid == {"601": -2_000_000, "101": 0, "901": 0, "1801": 0}


def test_names_work_as_well_as_codes(session: Session, engine: SearchEngine, indexed: Stock) -> None:
    for request in (
        SearchRequest(district=(indexed.east.code,)),
        SearchRequest(district=(indexed.east.name,)),
        SearchRequest(development=(indexed.harbour.ref,)),
        SearchRequest(development=("港华名苑",)),
    ):
        page = search(session, engine, request)
        assert page.total == 3
        chosen = [value for value in page.facets["district"] if value.chosen]
        if request.district:
            assert [(value.value, value.name) for value in chosen] == [(indexed.east.code, indexed.east.name)]
    assert search(session, engine, SearchRequest(district=("没有的区",))).total == 0


def test_among_the_filters_a_name_is_kept_for_a_minute(session: Session, indexed: Stock) -> None:
    seconds, district = [100.0], indexed.east
    names = Labels(lambda: seconds[0])
    asked = {"district": [district.code, "nowhere"], "development": []}
    before = district.name
    assert names.of(session, asked) == {("district", district.code): before}
    session.get_one(District, district.id).name = "新名字区"
    session.flush()
    seconds[0] += KEPT_SECONDS - 1
    assert names.of(session, asked) == {("district", district.code): before}
    seconds[0] += 1
    assert names.of(session, asked) == {("district", district.code): "新名字区"}


def test_a_proof_finds_each_kind_of_drift_and_mends_it(
    session: Session, engine: SearchEngine, indexed: Stock
) -> None:
    ids = indexed.ids
    assert service.mend(session, engine=engine, home_ids=ids) == Drift(9)
    build = engine.begin_build()
    first, second, *others = service.read_documents(session, ids)
    late, wrong = second._replace(doc_version=0), [one._replace(voucher_fen=1) for one in others[:2]]
    engine.write_build(build, [late, *wrong, *others[2:]])
    engine.finish_build(build, expected=8)
    assert first.home_id not in engine.stamps(ids)
    assert service.mend(session, engine=engine, home_ids=ids) == Drift(9, missing=1, late=1, wrong=2)
    assert service.mend(session, engine=engine, home_ids=ids) == Drift(9)


@pytest.fixture
def committed_stock(committed_app: Flask) -> Stock:
    with saved(committed_app) as session:
        return make_stock(session)


def test_a_rebuild_keeps_changes_made_meanwhile(committed_app: Flask, committed_stock: Stock) -> None:
    def change(_done: int) -> None:
        """As another process would, between two batches."""
        with saved(committed_app) as session:
            _lower_cash(session, committed_stock)
        with saved(committed_app) as session:
            other = PostgresEngine(lambda: session)
            service.index(session, engine=other, home_ids=[committed_stock.homes["901"].id])

    with committed_app.app_context():
        assert flows.reindex(db.session(), own(), change) == 9
        assert current().search(SearchRequest(status=(Status.OUT,))).home_ids == (
            committed_stock.homes["901"].id,
        )


def test_the_index_is_built_anew_at_night(committed_app: Flask, committed_stock: Stock) -> None:
    with saved(committed_app) as session:
        queue.enqueue(session, "search.reindex")
    jobs.run_waiting(committed_app)
    with committed_app.app_context():
        assert db.session.scalar(select(SearchIndex.answering)) == "green"
        assert own().size() == 9


def test_the_commands(committed_app: Flask, committed_stock: Stock) -> None:
    runner = committed_app.test_cli_runner()
    rebuilt = runner.invoke(args=["search", "reindex"])
    assert (rebuilt.exit_code, rebuilt.output.splitlines()[-1]) == (
        0,
        "The index of postgresql holds 9 homes.",
    )
    proof = runner.invoke(args=["search", "verify", "--json"])
    assert json.loads(proof.output) == {
        "engine": "postgresql",
        "ok": True,
        "homes": 9,
        "missing": 0,
        "late": 0,
        "wrong": 0,
        "left": 0,
    }
    with committed_app.app_context():
        # After one rebuild the green side answers.
        db.session.execute(delete(GreenDocument))
        db.session.commit()
    assert runner.invoke(args=["search", "verify"]).output == (
        "postgresql: 9 homes, 9 were missing, 0 late, 0 wrong; all mended\n"
    )
    clean = "postgresql: 9 homes, 0 were missing, 0 late, 0 wrong\n"
    assert runner.invoke(args=["search", "verify"]).output == clean
    nothing = runner.invoke(args=["search", "rollback"])
    assert (nothing.exit_code, "no index before this one" in nothing.output) == (1, True)
    runner.invoke(args=["search", "reindex"])
    with committed_app.app_context():
        db.session.execute(update(GreenDocument).values(digest="old").where(GreenDocument.home_id > 0))
        db.session.commit()
    assert runner.invoke(args=["search", "rollback"]).output == (
        "The index of postgresql before answers again; 9 of 9 homes mended.\n"
    )


def test_a_space_is_found_nowhere(session: Session, engine: SearchEngine, indexed: Stock) -> None:
    """Neither by its job, nor by a rebuild, nor by its words: it is no home."""
    building = indexed.homes["1101"].building
    space = make_space(session, developer=indexed.rival, building=building)
    homes.publish(session, actor=indexed.rival, home_id=space.id)
    service.index(session, engine=engine, home_ids=[space.id])
    assert engine.stamps([space.id]) == {}
    assert found(engine, indexed, developer=(_name(indexed),)) == ["505", "202", "1101"]
    assert engine.search(replace(ALL, q=space.room)).home_ids.count(space.id) == 0
    assert space.id not in source.public_ids(session, after=0, limit=100)
    assert source.count_public(session) == len(indexed.ids)


def test_a_home_that_cannot_be_read_is_named_and_the_others_are_built_anew(
    committed_app: Flask, committed_stock: Stock
) -> None:
    ref = committed_stock.homes["901"].ref
    with committed_app.app_context():
        with torn(documents, "build", lambda facts: facts.ref == ref):
            assert flows.reindex(db.session(), own(), lambda _done: None) == 8
        assert stuck(db.session()) == [("search.index", ref)]
        assert db.session.scalar(select(SearchIndex.answering)) == "green"
        assert flows.verify(db.session(), own(), lambda _done: None).missing == 1
        assert stuck(db.session()) == []


class _Unwell(PostgresEngine):
    def begin_build(self) -> str:
        raise LookupError


class _Beside(PostgresEngine):
    name = "elasticsearch"


def test_an_engine_that_fails_keeps_no_other_from_its_rebuild(
    committed_app: Flask, committed_stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = _Unwell(db.session), _Beside(db.session)
    with monkeypatch.context() as patch:
        patch.setattr(search_engine, "kept", lambda: engines)
        with saved(committed_app) as session:
            queue.enqueue(session, "search.reindex")
        jobs.run_waiting(committed_app)
    with committed_app.app_context():
        assert db.session.scalar(select(SearchIndex.answering)) == "green"
        assert own().size() == 9


def test_what_is_undone_and_done_anew_differed_once(committed_app: Flask, committed_stock: Stock) -> None:
    with committed_app.app_context():
        session, waiting = db.session(), [LookupError()]

        def fail(_session: Session) -> None:
            if waiting:
                raise waiting.pop()

        event.listen(session, "before_commit", fail)
        drift = flows.verify(session, own(), lambda _done: None)
        event.remove(session, "before_commit", fail)
    assert drift == Drift(9, missing=9)
