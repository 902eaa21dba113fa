"""Clients that proofread every page."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity import service
from app.identity.models import User
from tests.factories.identity import PASSWORD
from tests.web.gallery import create_app
from tests.web.linting import LintingClient


@pytest.fixture(scope="session")
def gallery() -> Flask:
    """The app that shows every component, without a database."""
    app = create_app()
    app.test_client_class = LintingClient
    return app


@pytest.fixture
def client(committed_app: Flask) -> Iterator[LintingClient]:
    """A passer-by on a database of this test's own."""
    committed_app.test_client_class = LintingClient
    with committed_app.test_client() as client:
        assert isinstance(client, LintingClient)
        yield client


@pytest.fixture
def enter(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]]
) -> Callable[[Actor], LintingClient]:
    """Give a person of the database a browser in which they are signed in."""
    committed_app.test_client_class = LintingClient

    def enter(actor: Actor) -> LintingClient:
        with transaction() as session:
            username = session.get_one(User, actor.user_id).username
            token, _ = service.sign_in(
                session, username=username, password=PASSWORD, device="test", lasts=timedelta(hours=1)
            )
        client = committed_app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        assert isinstance(client, LintingClient)
        return client

    return enter
