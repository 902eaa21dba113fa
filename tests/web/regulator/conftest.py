from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core.actor import Actor
from tests.factories.cases import Market, break_rule, make_market
from tests.web.linting import LintingClient


@pytest.fixture
def market(transaction: Callable[[], AbstractContextManager[Session]]) -> Market:
    """A district with a regulator, and a developer whose home is listed."""
    with transaction() as session:
        return make_market(session, name="滨江花园")


@pytest.fixture
def signal(market: Market, transaction: Callable[[], AbstractContextManager[Session]]) -> Signal:
    """The signal that the developer's lowered cash price opened: 12,000 元 below the voucher price."""
    with transaction() as session:
        return break_rule(session, market, amount_fen=55_800_000)


@pytest.fixture
def browser(market: Market, enter: Callable[[Actor], LintingClient]) -> LintingClient:
    """The regulator's browser."""
    return enter(market.regulator)
