"""The made-up stock of the search, committed and indexed by its own jobs, for the pages' tests."""

from flask import Flask

from app import jobs
from tests.factories.search import Stock, make_stock
from tests.web.town import saved


def make_indexed_stock(app: Flask) -> Stock:
    """Return the stock on the app's database."""
    with saved(app) as session:
        stock = make_stock(session)
    jobs.run_waiting(app)
    return stock
