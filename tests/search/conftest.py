"""Every engine that must pass: each gets the same documents and the same questions."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.postgres import PostgresEngine
from tests.search.made_up import made_up_documents


@pytest.fixture
def engine(session: Session) -> SearchEngine:
    """An empty engine."""
    return PostgresEngine(lambda: session)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """Three hundred homes that share names, prices and areas: ties everywhere."""
    return made_up_documents(300)


@pytest.fixture(scope="module")
def filled(app: Flask, documents: list[Document]) -> Iterator[SearchEngine]:
    """An engine that holds the made-up documents, for tests that only read."""
    with app.app_context():
        database = db.engine
    with database.connect() as connection, connection.begin() as transaction:
        with Session(connection) as session:
            engine = PostgresEngine(lambda: session)
            engine.write(documents)
            yield engine
        transaction.rollback()
