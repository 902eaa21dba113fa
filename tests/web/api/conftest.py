"""Homes to find."""

import pytest
from flask import Flask

from tests.factories.search import Stock
from tests.web.stocked import make_indexed_stock


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    return make_indexed_stock(committed_app)
