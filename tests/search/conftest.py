"""Every engine that must pass: each gets the same documents and the same questions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from elasticsearch import Elasticsearch
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.search.documents import Document
from app.search.elasticsearch import ElasticsearchEngine
from app.search.engine import SearchEngine
from app.search.postgres import PostgresEngine
from tests.search.made_up import made_up_documents
from tests.search.node import SharedNode, client_of

ENGINES = ("postgresql", "elasticsearch")
_numbers = count()


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Elasticsearch]:
    """A client of the tests' own node."""
    shared = SharedNode()
    shared.open()
    with client_of(shared) as client:
        yield client
    shared.close()


@contextmanager
def engine_of(name: str, session: Session, request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    """Open an empty engine of that name."""
    if name == "postgresql":
        yield PostgresEngine(lambda: session)
        return
    # A test's own transaction is open all along: its session would be ended while a slow node is waited for.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    client: Elasticsearch = request.getfixturevalue("elasticsearch")
    index = f"t-{os.getpid()}-{next(_numbers)}"
    yield ElasticsearchEngine(client, index=index, refresh=True)
    client.indices.delete(index=list(client.indices.get(index=f"{index}-*")))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, session: Session) -> Iterator[SearchEngine]:
    """An empty engine."""
    with engine_of(request.param, session, request) as engine:
        yield engine


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """Three hundred homes that share names, prices and areas: ties everywhere."""
    return made_up_documents(300)


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, app: Flask, documents: list[Document]) -> Iterator[SearchEngine]:
    """An engine that holds the made-up documents, for tests that only read."""
    with app.app_context():
        database = db.engine
    with database.connect() as connection, connection.begin() as transaction:
        with Session(connection) as session, engine_of(request.param, session, request) as engine:
            engine.write(documents)
            yield engine
        transaction.rollback()
