"""Clients that proofread every page."""

from collections.abc import Iterator

import pytest
from flask import Flask

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
