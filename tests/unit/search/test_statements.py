"""The statements, to the letter: what a request becomes before a database sees it."""

from decimal import Decimal
from typing import Any, cast

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from app.search import statements
from app.search.cursor import Position
from app.search.models import BlueDocument
from app.search.request import Floor, Kind, SearchRequest, Sort, Stage, Status
from app.search.text import Term, query_terms

TABLE = cast(Table, BlueDocument.__table__)
NAME = "search_documents_blue"
RIVER = Term(("滨江",), (("滨江",),), None)


def written(statement: Any) -> str:
    """The statement with its values in place, blanks folded, the table's name left out."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return " ".join(text.split()).replace(f"{NAME}.", "").replace("%%", "%")


def where(request: SearchRequest, *terms: Term) -> str:
    return written(statements.count(TABLE, request, terms)).split(" WHERE ")[1]


def test_without_a_word_the_order_is_the_tie_break() -> None:
    assert written(statements.page(TABLE, SearchRequest(), ())) == (
        f"SELECT home_id, 0 AS key, tie FROM {NAME} WHERE status IN ('available') ORDER BY tie LIMIT 21"
    )
    further = written(statements.page(TABLE, SearchRequest().at(Position(0, 7)), ()))
    assert "AND (tie) > (7) ORDER BY tie LIMIT 21" in further


@pytest.mark.parametrize(
    ("sort", "order", "further"),
    [
        (Sort.PRICE, "voucher_fen, tie", "(voucher_fen, tie) > (5, 7)"),
        (Sort.PRICE_DOWN, "voucher_fen DESC, tie DESC", "(voucher_fen, tie) < (5, 7)"),
        (Sort.AREA, "area_hundredths, tie", "(area_hundredths, tie) > (5, 7)"),
        (Sort.AREA_DOWN, "area_hundredths DESC, tie DESC", "(area_hundredths, tie) < (5, 7)"),
        (Sort.UNIT_PRICE, "unit_fen, tie", "(unit_fen, tie) > (5, 7)"),
        (Sort.NEW, "listed_at DESC, tie DESC", "(listed_at, tie) < (5, 7)"),
    ],
)
def test_each_order_and_its_next_page(sort: Sort, order: str, further: str) -> None:
    column = order.split()[0].rstrip(",")
    request = SearchRequest(sort=sort, size=3).at(Position(5, 7))
    assert written(statements.page(TABLE, request, ())) == (
        f"SELECT home_id, {column} AS key, tie FROM {NAME} "
        f"WHERE status IN ('available') AND {further} ORDER BY {order} LIMIT 4"
    )


def test_relevance_is_the_sum_over_the_words() -> None:
    statement = written(statements.page(TABLE, SearchRequest(q="滨江"), [RIVER]))
    score = (
        "CASE WHEN (name_key = '滨江' OR strpos(pinyin_key, ' 滨江 ') > 0 "
        "OR strpos(initials_key, ' 滨江 ') > 0) THEN 8 "
        "WHEN (starts_with(name_key, '滨江') OR strpos(pinyin_key, ' 滨江') > 0 "
        "OR strpos(initials_key, ' 滨江') > 0) THEN 4 "
        "WHEN (strpos(name_key, '滨江') > 0 OR strpos(pinyin_key, '滨江') > 0) THEN 2 ELSE 1 END"
    )
    assert statement == (
        f"SELECT home_id, {score} AS key, tie FROM {NAME} "
        "WHERE tokens @> CAST(ARRAY['滨江'] AS TEXT[]) AND status IN ('available') "
        f"ORDER BY {score} DESC, tie DESC LIMIT 21"
    )
    two = written(statements.page(TABLE, SearchRequest(q="x y"), [RIVER, RIVER]))
    both = score.replace("滨江", "滨江滨江").replace(
        "(starts_with(name_key", "(name_key IN ('滨江滨', '江滨江') OR starts_with(name_key"
    )
    assert f"{score} + {score} + {both} AS key" in two


def test_every_filter() -> None:
    request = SearchRequest(
        district=("gang", "dong"),
        development=("DV-1",),
        developer=("滨江置业",),
        price_min=100,
        price_max=45_600_050,
        area_min=Decimal("89.5"),
        area_max=Decimal(120),
        rooms=(2, 3),
        floor=(Floor.LOW,),
        status=(Status.AVAILABLE, Status.SOLD),
    )
    assert where(request) == (
        "voucher_fen >= 100 AND voucher_fen <= 45600050 "
        "AND area_hundredths >= 8950 AND area_hundredths <= 12000 "
        "AND district_code IN ('gang', 'dong') AND development_ref IN ('DV-1') AND developer IN ('滨江置业') "
        "AND rooms IN (2, 3) AND floor IN ('low') AND status IN ('available', 'sold')"
    )


def test_a_word_matches_by_name_or_by_either_set_of_tokens() -> None:
    (term,) = query_terms("滨江花园") or ()
    assert where(SearchRequest(q="滨江花园"), term) == (
        "((names LIKE '%' || '滨江花园' || '%' ESCAPE '/') "
        "OR (tokens @> CAST(ARRAY['滨江', '花园'] AS TEXT[])) "
        "OR (tokens @> CAST(ARRAY['江花', '滨江', '花园'] AS TEXT[]))) AND status IN ('available')"
    )


def test_wildcards_that_were_typed_are_plain_signs() -> None:
    assert "'%' || 'a/%b/_c//d' || '%' ESCAPE '/'" in where(
        SearchRequest(), Term(("a%b_c/d",), (("a",),), "a%b_c/d")
    )


def test_values_travel_as_parameters() -> None:
    statement = statements.count(TABLE, SearchRequest(district=("'; DROP TABLE homes",)), [RIVER])
    compiled = statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    assert "DROP" not in str(compiled)
    assert "滨江" not in str(compiled)


def test_facets_leave_their_own_filter_aside() -> None:
    request = SearchRequest(rooms=(2, 3), developer=("滨江置业",))
    passes = written(statements.facets(TABLE, request, ())).split(" UNION ALL ")
    assert len(passes) == 7
    total, few, developments, floors, developer, rooms, status = passes
    assert (
        "WHERE developer IN ('滨江置业') AND rooms IN (2, 3) AND status IN ('available') "
        "GROUP BY GROUPING SETS((district_code, development_ref, stage, kind), (floor)))" in total
    )
    assert few.endswith("side = 0 GROUP BY GROUPING SETS((district_code), (stage), (kind))")
    assert "ORDER BY homes DESC, counted.development_ref LIMIT 50" in developments
    assert floors.endswith("side = 1 GROUP BY GROUPING SETS((floor))")
    assert developer.endswith(
        "WHERE rooms IN (2, 3) AND status IN ('available') AND developer != '滨江置业' GROUP BY developer"
    )
    assert rooms.endswith("WHERE developer IN ('滨江置业') AND status IN ('available') GROUP BY rooms")
    assert status.endswith("AND rooms IN (2, 3) AND status IN ('locked', 'sold', 'out') GROUP BY status")
    assert statements.counted_by_total(request) == {"developer": "滨江置业", "status": "available"}


def test_what_words_find_is_read_once_for_all_counts() -> None:
    passes = written(statements.facets(TABLE, SearchRequest(rooms=(2, 3)), [RIVER])).split(" UNION ALL ")
    total, _few, _developments, _floors, rooms, status = passes
    assert (
        "WHERE tokens @> CAST(ARRAY['滨江'] AS TEXT[]) GROUP BY GROUPING SETS("
        "(district_code, development_ref, developer, stage, kind, rooms, status), (floor, rooms, status)))"
        in total
    )
    assert total.endswith(
        "WHERE counted.side = 0 AND counted.rooms IN (2, 3) AND counted.status IN ('available')"
    )
    assert rooms.endswith("counted.side = 0 AND counted.status IN ('available') GROUP BY counted.rooms")
    assert status.endswith(
        "AND counted.rooms IN (2, 3) AND counted.status IN ('locked', 'sold', 'out') GROUP BY counted.status"
    )


def test_where_every_facet_is_chosen_hits_are_only_counted() -> None:
    request = SearchRequest(
        district=("gang",),
        development=("DV-1",),
        developer=("滨江置业",),
        rooms=(2,),
        floor=(Floor.LOW,),
        stage=(Stage.FINISHED,),
        kind=(Kind.HOME,),
    )
    assert written(statements.facets(TABLE, request, ())).startswith("SELECT 'total' AS ")


def test_an_older_version_never_replaces_a_newer_one() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = " ".join(str(statements.upsert(TABLE).compile(dialect=dialect)).split())
    assert text.startswith(f"INSERT INTO {NAME} (home_id, doc_version,")
    assert text.endswith(f"WHERE {NAME}.doc_version <= excluded.doc_version")
