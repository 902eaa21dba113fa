"""A salesperson with one home in one building."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.core.actor import Actor
from app.homes.models import Building, Development, Home
from app.identity.models import District
from tests.factories.homes import FILING_NUMBER, make_building, make_developer, make_development, make_home
from tests.factories.identity import make_district
from tests.unit.imports.books import HEAD
from tests.web.town import saved


@dataclass(frozen=True)
class Desk:
    """Who sends files, and what is there already."""

    district: District
    actor: Actor
    development: Development
    building: Building
    home: Home

    def line(self, **cells: Any) -> list[Any]:
        """Return the row that says what the home is already, with other cells under some heads."""
        home = self.home
        row = [self.building.name, home.unit, home.storey, home.room, home.rooms, float(home.area_m2),
               600000, FILING_NUMBER, 570000, 550000]  # fmt: skip
        return [cells.get(head, cell) for head, cell in zip(HEAD, row, strict=True)]


@pytest.fixture
def desk(committed_app: Flask) -> Desk:
    """A developer admitted to its district, with one home that is not listed."""
    with saved(committed_app) as session:
        district = make_district(session)
        actor = make_developer(session, admitted_to=district)
        development = make_development(session, developer=actor, district=district)
        building = make_building(session, developer=actor, development=development, name="3幢")
        home = make_home(session, developer=actor, building=building, room="305")
        return Desk(district, actor, development, building, home)
