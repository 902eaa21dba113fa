"""A buyer in the shop, and a lock that lacks money of its own."""

import pytest
from sqlalchemy.orm import Session

from app.redemptions.models import Redemption
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(30_000_000,))


@pytest.fixture
def purchase(session: Session, shop: Shop, buyer: Buyer) -> Redemption:
    """A lock that lacks 10.2 万."""
    return make_redemption(session, buyer, make_home(session, shop))
