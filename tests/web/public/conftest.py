"""Homes to find: on a shared database for those who look, on one of their own for those who change."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.database import Cluster
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.stocked import Shop, make_indexed_stock, open_shop


@pytest.fixture(scope="module")
def shop(cluster: Cluster) -> Iterator[Shop]:
    with open_shop(cluster) as shop:
        yield shop


@pytest.fixture
def passer_by(shop: Shop) -> LintingClient:
    """Somebody who only looks."""
    return shop.client()


@pytest.fixture
def shown(shop: Shop) -> Stock:
    """What they look at."""
    return shop.stock


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    """The stock of one test, which may sell it."""
    return make_indexed_stock(committed_app)
