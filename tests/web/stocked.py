"""The made-up stock of the search, committed and indexed by its own jobs, for the pages' tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

from app import create_app, jobs
from app.search import names
from tests.database import Cluster, disconnect, settings_for
from tests.factories.search import Stock, make_stock
from tests.web.linting import LintingClient
from tests.web.town import saved


@dataclass(frozen=True)
class Shop:
    """An app whose database holds the stock."""

    app: Flask
    stock: Stock

    def client(self) -> LintingClient:
        """Return a passer-by's browser."""
        client = self.app.test_client()
        assert isinstance(client, LintingClient)
        return client


def make_indexed_stock(app: Flask) -> Stock:
    """Return the stock on the app's database."""
    with saved(app) as session:
        stock = make_stock(session)
    jobs.run_waiting(app)
    with saved(app) as session:
        names.recount(session)  # the job for it waits a moment, so that one counts for many changes
    return stock


@contextmanager
def open_shop(cluster: Cluster) -> Iterator[Shop]:
    """Open the stock on a database of its own, for tests that only look."""
    name = cluster.new_name()
    app = create_app(settings_for(cluster.clone(name)))
    app.test_client_class = LintingClient
    yield Shop(app, make_indexed_stock(app))
    disconnect(app)
    cluster.drop(name)
