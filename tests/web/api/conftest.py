"""Homes to find. The API only reads, so its tests share one database."""

from collections.abc import Iterator

import pytest

from tests.database import Cluster
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.stocked import Shop, open_shop


@pytest.fixture(scope="module")
def shop(cluster: Cluster) -> Iterator[Shop]:
    with open_shop(cluster) as shop:
        yield shop


@pytest.fixture
def client(shop: Shop) -> LintingClient:
    return shop.client()


@pytest.fixture
def stock(shop: Shop) -> Stock:
    return shop.stock
