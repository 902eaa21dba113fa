"""A company whose salesperson is signed in, and the places it builds on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes.models import Building, Development
from app.identity.models import District
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.identity import make_district
from tests.web.linting import LintingClient

Begin = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]


@dataclass(frozen=True)
class Company:
    """A developer in its district's pool, with one empty building."""

    district: District
    actor: Actor
    development: Development
    building: Building


@pytest.fixture
def company(transaction: Begin) -> Company:
    """A company with a place to put homes into."""
    with transaction() as session:
        district = make_district(session)
        actor = make_developer(session, admitted_to=district)
        development = make_development(session, developer=actor, district=district, name="滨江花园")
        building = make_building(session, developer=actor, development=development, name="3幢")
        return Company(district, actor, development, building)


@pytest.fixture
def browser(company: Company, enter: Enter) -> LintingClient:
    """The company's salesperson at work."""
    return enter(company.actor)
