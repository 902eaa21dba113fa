"""Whatever is typed: an answer or a clear refusal, on every engine."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.extensions import db
from app.search import names, queries
from app.search.cursor import Position
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.errors import InvalidSearch
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Sort, parse
from tests.search.conftest import ENGINES, engine_of

PIECES = [
    "滨江", "花园", "三室", "50万以内", "不要", "一楼", "的", "\u202e", "\u200b", "\ufeff", "🏠", "𠮷", "é",
    "%", "_", "\\", "'", '"', "*", "?", "(", ")", "[", "{", "AND", "OR", "NOT", "~", "^", ":", "/", "+",
    "-", "<!--", "&&", "||", "\t", "\n", "\x00", "\x7f", "０", "万", "一百", "1" * 20, "ß", "İ", "ﷺ",
]  # fmt: skip
typed = st.text(max_size=110) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@pytest.fixture(scope="module", params=ENGINES)
def asked(
    request: pytest.FixtureRequest, app: Flask, documents: list[Document]
) -> Iterator[tuple[Session, SearchEngine]]:
    """An engine that holds the made-up homes, and a session that knows their names."""
    with app.app_context():
        database = db.engine
    with database.connect() as connection, connection.begin() as transaction:
        with Session(connection) as session, engine_of(request.param, session, request) as engine:
            PostgresEngine(lambda: session).write(documents)
            engine.write(documents)
            names.recount(session)
            yield session, engine
        transaction.rollback()


@settings(max_examples=150)
@given(q=typed, sort=st.sampled_from(Sort), after=st.none() | st.integers(-(2**63), 2**63 - 1))
def test_any_words_have_an_answer_or_a_refusal(
    asked: tuple[Session, SearchEngine], q: str, sort: Sort, after: int | None
) -> None:
    session, engine = asked
    try:
        request = parse([("q", q), ("sort", sort.value)])
    except InvalidSearch:
        return
    if after is not None:
        request = request.at(Position(after, after))
    found = queries.find(session, engine, request)
    assert found.hits.total >= 0
    assert len(found.hits.home_ids) <= request.size
    assert len(names.suggest(session, request.q)) <= names.MOST_SUGGESTED


def test_words_at_their_longest_are_answered(asked: tuple[Session, SearchEngine]) -> None:
    session, engine = asked
    for piece in PIECES:
        longest = (piece * 100)[:100]
        for q in (longest, " ".join(longest)[:100]):
            try:
                request = parse([("q", q)])
            except InvalidSearch:
                continue
            assert queries.find(session, engine, request).hits.total >= 0


def test_a_cursor_far_behind_the_end_is_an_empty_page(asked: tuple[Session, SearchEngine]) -> None:
    session, engine = asked
    for sort in Sort:
        for place in (Position(2**63 - 1, 2**63 - 1), Position(-(2**63), 0)):
            found = queries.find(session, engine, SearchRequest(q="滨江", sort=sort).at(place))
            assert len(found.hits.home_ids) <= 20
