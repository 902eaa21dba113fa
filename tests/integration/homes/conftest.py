"""A developer admitted to a district's pool, with one building to put homes into."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes.models import Building, Development
from app.identity.models import District
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.identity import make_district


@dataclass(frozen=True)
class Site:
    """Where a developer builds."""

    district: District
    developer: Actor
    development: Development
    building: Building


@pytest.fixture
def site(session: Session) -> Site:
    """A building of a developer who is in the pool of its district."""
    district = make_district(session)
    developer = make_developer(session, admitted_to=district)
    development = make_development(session, developer=developer, district=district)
    building = make_building(session, developer=developer, development=development)
    return Site(district, developer, development, building)
