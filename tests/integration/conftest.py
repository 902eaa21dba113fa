"""One shop, one home, one buyer, for whoever asks for them."""

import pytest
from sqlalchemy.orm import Session

from app.homes.models import Home
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session)


@pytest.fixture
def home(session: Session, shop: Shop) -> Home:
    return make_home(session, shop)


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk)
