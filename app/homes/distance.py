"""How far two places are from each other as the crow flies: pure."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_KM: Final = 6371.0088
"""The mean radius; a sphere is at most half a percent off, less than what is shown of a town's distances."""

Point = tuple[float, float]
"""Latitude and longitude in WGS-84 degrees."""


def straight_km(one: Point, other: Point) -> float:
    """Return the straight-line distance (直线距离) in kilometres, rounded to 0.1 (haversine formula)."""
    (lat, lon), (other_lat, other_lon) = one, other
    across = sin(radians(other_lat - lat) / 2) ** 2
    along = cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    return round(2 * EARTH_KM * asin(min(1.0, sqrt(across + along))), 1)
