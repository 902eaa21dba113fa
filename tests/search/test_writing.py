"""Documents in any order, any number of times: the newest version stands."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.search.documents import Document
from app.search.engine import SearchEngine, Stamp
from app.search.errors import BuildIncomplete, BuildOvertaken, NoIndexBefore
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Sort, Status
from tests.search.made_up import made_up_documents

ALL = SearchRequest(status=tuple(Status), size=100)


@pytest.fixture
def home() -> Document:
    return made_up_documents(1)[0]._replace(doc_version=5, status="available", voucher_fen=100)


def price_of(engine: SearchEngine, fen: int) -> int:
    """How many homes cost that much."""
    return engine.count(SearchRequest(status=tuple(Status), price_min=fen, price_max=fen))


def test_a_document_is_found_as_soon_as_it_is_written(engine: SearchEngine, home: Document) -> None:
    engine.write([home])
    assert engine.search(SearchRequest(q=home.development)).home_ids == (home.home_id,)
    assert engine.size() == 1
    assert engine.stamps([home.home_id, 999]) == {home.home_id: Stamp(5, home.digest)}


def test_a_late_job_does_not_overwrite_newer_data(engine: SearchEngine, home: Document) -> None:
    engine.write([home])
    engine.write([home._replace(doc_version=4, voucher_fen=200)])
    assert price_of(engine, 100) == 1
    engine.write([home._replace(doc_version=6, voucher_fen=300)])
    assert price_of(engine, 300) == 1


def test_a_doubled_job_changes_nothing(engine: SearchEngine, home: Document) -> None:
    engine.write([home])
    before = engine.search(ALL)
    engine.write([home])
    assert engine.search(ALL) == before


def test_the_same_version_mends_drift(engine: SearchEngine, home: Document) -> None:
    engine.write([home._replace(voucher_fen=999)])
    engine.write([home])
    assert price_of(engine, 100) == 1


def test_a_gone_home_stays_as_gone(engine: SearchEngine, home: Document) -> None:
    engine.write([home])
    engine.write([home._replace(doc_version=6, status="sold")])
    assert engine.count(SearchRequest()) == 0
    assert engine.count(SearchRequest(status=(Status.SOLD,))) == 1


def test_nothing_may_be_written(engine: SearchEngine) -> None:
    engine.write([])
    assert engine.size() == 0
    assert engine.search(ALL).total == 0


def test_a_rebuild_answers_only_when_it_is_finished(engine: SearchEngine) -> None:
    old, new = made_up_documents(5), made_up_documents(8, version=2)
    engine.write(old)
    build = engine.begin_build()
    engine.write_build(build, new)
    assert engine.size() == 5
    engine.finish_build(build, expected=8)
    assert engine.size() == 8
    assert engine.stamps([1])[1].doc_version == 2


def test_changes_during_a_rebuild_reach_both(engine: SearchEngine, home: Document) -> None:
    engine.write([home])
    build = engine.begin_build()
    newer = home._replace(doc_version=6, voucher_fen=300)
    engine.write([newer])
    assert price_of(engine, 300) == 1
    engine.write_build(build, [home])
    engine.finish_build(build, expected=1)
    assert engine.stamps([home.home_id]) == {home.home_id: Stamp(6, newer.digest)}


def test_an_incomplete_rebuild_is_not_put_into_use(engine: SearchEngine) -> None:
    engine.write(made_up_documents(5))
    build = engine.begin_build()
    engine.write_build(build, made_up_documents(4))
    with pytest.raises(BuildIncomplete):
        engine.finish_build(build, expected=5)
    assert engine.size() == 5


def test_a_later_rebuild_takes_over(engine: SearchEngine) -> None:
    engine.write(made_up_documents(2))
    first = engine.begin_build()
    engine.write_build(first, made_up_documents(9))
    second = engine.begin_build()
    with pytest.raises(BuildOvertaken):
        engine.write_build(first, made_up_documents(3))
    with pytest.raises(BuildOvertaken):
        engine.finish_build(first, expected=0)
    engine.write_build(second, made_up_documents(3))
    engine.finish_build(second, expected=3)
    assert engine.size() == 3


def test_rebuilds_may_follow_each_other(engine: SearchEngine) -> None:
    for count in (3, 7, 2):
        build = engine.begin_build()
        engine.write_build(build, made_up_documents(count))
        engine.finish_build(build, expected=count)
        assert engine.size() == count


def test_the_index_before_answers_again_and_then_the_newer_one(engine: SearchEngine) -> None:
    for count in (3, 7):
        build = engine.begin_build()
        engine.write_build(build, made_up_documents(count, version=count))
        engine.finish_build(build, expected=count)
    for count in (3, 7):
        engine.go_back()
        assert engine.size() == count
        newer = made_up_documents(1, version=9)[0]._replace(voucher_fen=count)
        engine.write([newer])
        assert (engine.stamps([1])[1].doc_version, price_of(engine, count)) == (9, 1)


def test_there_is_nothing_to_go_back_to_before_a_second_build(engine: SearchEngine) -> None:
    engine.write(made_up_documents(2))
    with pytest.raises(NoIndexBefore):
        engine.go_back()
    assert engine.size() == 2


def test_no_one_goes_back_to_a_side_that_is_being_filled(session: Session) -> None:
    engine = PostgresEngine(lambda: session)
    engine.write(made_up_documents(2))
    engine.write_build(engine.begin_build(), made_up_documents(1))
    with pytest.raises(NoIndexBefore):
        engine.go_back()


def test_only_a_side_that_is_being_built_is_emptied_and_it_gets_all_indexes(session: Session) -> None:
    engine = PostgresEngine(lambda: session)
    engine.write(made_up_documents(2))
    engine.finish_build(engine.begin_build(), expected=0)
    indexes = text("SELECT count(*) FROM pg_indexes WHERE tablename = 'search_documents_' || :side")
    assert len({session.scalar(indexes, {"side": side}) for side in ("blue", "green")}) == 1
    for act in ("begins", "ends"):
        with pytest.raises(ProgrammingError, match="no search index is being built"), session.begin_nested():
            session.execute(text(f"SELECT search_build_{act}()"))


def test_ties_in_time_to_the_microsecond_keep_their_order(engine: SearchEngine) -> None:
    one, two = made_up_documents(2)
    early = int(datetime(2016, 6, 1, tzinfo=UTC).timestamp()) * 1_000_000
    engine.write([one._replace(listed_at=early), two._replace(listed_at=early + 1)])
    request = SearchRequest(status=tuple(Status), sort=Sort.NEW)
    assert engine.search(request).home_ids == (2, 1)
