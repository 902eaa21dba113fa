"""What evidence of every kind says of a home."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.homes.rules import home_name


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """The home as it was registered when the signal was found."""

    ref: str
    development_ref: str
    development: str
    address: str
    building: str
    unit: str
    storey: int
    room: str
    rooms: int
    area_m2: Decimal

    @property
    def name(self) -> str:
        """Its address within the development."""
        return home_name(self.building, self.unit, self.room)


def read_home(stored: Mapping[str, Any]) -> HomeFacts:
    """Return a home from stored evidence."""
    return HomeFacts(**{**stored, "area_m2": Decimal(stored["area_m2"])})
