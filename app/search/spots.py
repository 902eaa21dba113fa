"""The developments of an answer as spots on a map: each by itself, or many as one if there are many. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from app.search.area import MILLION, Box
from app.search.places import Place

MOST_SPOTS: Final = 500
"""Developments that are shown each by itself."""
CELLS: Final = 16
"""Else the map is cut into at most so many strips from south to north, and from west to east."""


class Spot(NamedTuple):
    """One or several developments in one place, in WGS-84 degrees."""

    lat: float
    lon: float
    ref: str | None
    """The development, where it is one."""
    developments: int
    homes: int
    low_fen: int
    """The lowest price that a voucher buyer pays."""
    box: Box
    """What holds all of them."""


def gather(places: Sequence[Place]) -> list[Spot]:
    """Return the spots of all that have told a point; every home of theirs is counted in exactly one."""
    points = [
        (place, place.lat, place.lon) for place in places if place.lat is not None and place.lon is not None
    ]
    if len(points) <= MOST_SPOTS:
        return [_spot([point]) for point in points]
    south, west, north, east = _box(points)
    side = max(north - south, east - west) // CELLS + 1
    cells: dict[tuple[int, int], list[_Point]] = {}
    for point in points:
        _place, lat, lon = point
        cells.setdefault(((lat - south) // side, (lon - west) // side), []).append(point)
    return [_spot(cell) for cell in cells.values()]


_Point = tuple[Place, int, int]


def _box(points: Sequence[_Point]) -> Box:
    lats, lons = [lat for _, lat, _ in points], [lon for _, _, lon in points]
    return Box(min(lats), min(lons), max(lats), max(lons))


def _spot(points: Sequence[_Point]) -> Spot:
    """Return the middle of some developments, and what they hold together."""
    return Spot(
        lat=sum(lat for _, lat, _ in points) / len(points) / MILLION,
        lon=sum(lon for _, _, lon in points) / len(points) / MILLION,
        ref=points[0][0].ref if len(points) == 1 else None,
        developments=len(points),
        homes=sum(place.homes for place, _, _ in points),
        low_fen=min(place.low_fen for place, _, _ in points),
        box=_box(points),
    )
