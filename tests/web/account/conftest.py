"""A company whose people are managed."""

import pytest

from app.core.actor import Duty, Role
from tests.factories.identity import make_actor, make_organisation
from tests.web.account.people import (
    Company,
    Transaction,
)


@pytest.fixture(autouse=True)
def _still(still: None) -> None:
    """Codes change every half minute, and tries are counted by the minute."""


@pytest.fixture
def company(transaction: Transaction) -> Company:
    with transaction() as session:
        organisation = make_organisation(session, kind="developer", district=None)
        manager, sales = (
            make_actor(session, role=Role.DEVELOPER, duty=duty, organisation=organisation)
            for duty in (Duty.MANAGER, Duty.SALES)
        )
        return Company(manager, sales, make_actor(session, role=Role.DEVELOPER))
