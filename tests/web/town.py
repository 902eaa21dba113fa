"""One district with somebody in every role of a purchase, committed, for the pages' tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.orm import Session

from app.core import audit
from app.extensions import db
from app.homes.models import Home
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop


@dataclass(frozen=True)
class Town:
    """A district's desk and developer, a household with two vouchers, and a home in the pool."""

    shop: Shop
    buyer: Buyer
    home: Home


@contextmanager
def saved(app: Flask) -> Iterator[Session]:
    """Open a session whose factories may commit as often as they like."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


def make_town(app: Flask) -> Town:
    """Return a town on the app's database: vouchers of 30 万 and 20 万, a home of 46.2 万."""
    with saved(app) as session:
        audit.initialise(session)
        session.commit()
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk, faces=(30_000_000, 20_000_000))
        return Town(shop, buyer, make_home(session, shop))
