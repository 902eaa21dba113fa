"""The made-up stock, committed and indexed by its jobs."""

import pytest
from flask import Flask

from app import jobs
from tests.factories.search import Stock, make_stock
from tests.web.town import saved


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    with saved(committed_app) as session:
        stock = make_stock(session)
    jobs.run_waiting(committed_app)
    return stock
