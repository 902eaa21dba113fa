"""Names: kept true to the index, suggested while somebody types, put right when mistyped."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.search import names
from app.search.correction import correct
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.models import SearchName
from app.search.names import NameKind, Suggestion
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Status
from tests.search.conftest import ENGINES, engine_of
from tests.search.made_up import made_up_documents


@pytest.fixture
def stock(session: Session) -> PostgresEngine:
    """Three hundred homes in PostgreSQL's index, and their names."""
    engine = PostgresEngine(lambda: session)
    engine.write(made_up_documents(300))
    names.recount(session)
    return engine


def suggested(session: Session, typed: str) -> list[str]:
    return [one.name for one in names.suggest(session, typed)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("滨江", "滨江花园"),
        ("binj", "滨江花园"),
        ("bjhy", "滨江花园"),
        ("江花", "滨江花园"),
        ("huayuan", "滨江花园"),
        ("濱江花", "滨江花园"),
        ("宾江花圆", "滨江花园"),
        ("滨江花国", "滨江花园"),
        ("滨花园", "滨江花园"),
        ("binjinaghua", "滨江花园"),
        ("锦秀", "锦绣天城"),
        ("jinxu", "锦绣天城"),
        ("重庆新", "重庆新城"),
        ("chongq", "重庆新城"),
        ("PARK", "Park One"),
        ("东部", "东部新城"),
        ("renmin", "人民路"),
        ("港华路", "港华路"),
        ("安庆", "安庆滨江置业有限公司"),
    ],
)
def test_what_begins_so_is_suggested_and_one_slip_is_forgiven(
    session: Session, stock: PostgresEngine, typed: str, first: str
) -> None:
    assert suggested(session, typed)[0] == first


@pytest.mark.parametrize("typed", ["", "b", "🏠", "%", "完全不同的名字", "a" * 10_000, "\0\u202e", "zzzzzz"])
def test_what_begins_nothing_suggests_nothing(session: Session, stock: PostgresEngine, typed: str) -> None:
    assert suggested(session, typed) == []


def test_suggestions_tell_the_kind_and_how_many_homes_can_be_chosen(
    session: Session, stock: PostgresEngine
) -> None:
    (road,) = names.suggest(session, "港华路")
    assert road.kind is NameKind.STREET
    for one in names.suggest(session, "滨江"):
        if one.kind is NameKind.DEVELOPMENT:
            expected = [home for home in made_up_documents(300) if home.development == one.name]
            assert one.homes == sum(home.status == "available" for home in expected)
    assert suggested(session, "滨江")[:2] == ["滨江花园", "滨江花园二期"]


def test_names_follow_the_index(session: Session, stock: PostgresEngine) -> None:
    held = [home for home in made_up_documents(300) if home.development == "瓴犀郡"]
    stock.write([home._replace(doc_version=9, status="sold") for home in held])
    assert names.recount(session) == session.scalar(select(func.count()).select_from(SearchName))
    assert "瓴犀郡" not in suggested(session, "瓴犀")
    back = next(home for home in held)._replace(doc_version=10, status="available")
    stock.write([back])
    names.recount(session)
    assert names.suggest(session, "瓴犀") == [Suggestion(NameKind.DEVELOPMENT, "瓴犀郡", 1)]


def test_names_can_be_written_anew(session: Session, stock: PostgresEngine) -> None:
    before = session.execute(select(SearchName.kind, SearchName.name, SearchName.starts)).all()
    assert names.renew(session) == len(before)
    after = session.execute(select(SearchName.kind, SearchName.name, SearchName.starts)).all()
    assert sorted(after) == sorted(before)


@pytest.fixture(params=ENGINES)
def both(request: pytest.FixtureRequest, session: Session, stock: PostgresEngine) -> Iterator[SearchEngine]:
    """Either engine with the same homes; the names are PostgreSQL's."""
    if request.param == "postgresql":
        yield stock
        return
    with engine_of(request.param, session, request) as engine:
        engine.write(made_up_documents(300))
        yield engine


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("宾江花园", "滨江花园"),
        ("滨江花圆", "滨江花园"),
        ("滨江花国", "滨江花园"),
        ("锦秀天城", "锦绣天城"),
        ("宾江", "滨江"),
        ("锦秀 3室", "锦绣 3室"),
        ("park onn", "Park One"),
        ("binjinaghuayuan", "滨江花园"),
        ("bin jang huayuan", "滨江花园"),
        ("港区宾江花圆", "港区 滨江花园"),
        ("刚华路", "港华路"),
        ("锦天绣城", "锦绣天城"),
        ("东部崇庆新成", "东部新城 重庆新城"),
    ],
)
def test_a_slip_leads_to_the_search_that_was_meant(
    session: Session, both: SearchEngine, typed: str, meant: str
) -> None:
    request = SearchRequest(q=typed)
    assert both.count(request) == 0
    found = correct(session, both, request, found=0)
    assert found is not None
    assert found.request.q == meant
    assert found.homes == both.count(found.request) > 0


@pytest.mark.parametrize("typed", ["完全不同的名字", "滨江花园 人民路 瓴犀郡", "%", "🏠"])
def test_what_is_near_nothing_leads_nowhere(session: Session, both: SearchEngine, typed: str) -> None:
    assert correct(session, both, SearchRequest(q=typed), found=0) is None


def test_a_correction_keeps_the_filters(session: Session, both: SearchEngine) -> None:
    found = correct(session, both, SearchRequest(q="宾江花圆", rooms=(3,), status=tuple(Status)), found=0)
    assert found is not None
    assert found.request == SearchRequest(q="滨江花园", rooms=(3,), status=tuple(Status))
    assert correct(session, both, SearchRequest(q="宾江花圆", rooms=(9,)), found=0) is None


def test_of_few_another_spelling_is_offered_only_if_it_finds_more(
    session: Session, stock: PostgresEngine
) -> None:
    one: Document = made_up_documents(300)[0]._replace(
        home_id=1000,
        ref="FY-X",
        development="宾江花园",
        name_key="宾江花园",
        status="available",
        tokens=("宾江", "江花", "花园"),
        names="宾江花园",
    )
    stock.write([one])
    assert stock.count(SearchRequest(q="宾江花园")) == 1
    offered = correct(session, stock, SearchRequest(q="宾江花园"), found=1)
    assert offered is not None
    assert offered.request.q == "滨江花园"
    assert correct(session, stock, SearchRequest(q="滨江花园"), found=10_000) is None
