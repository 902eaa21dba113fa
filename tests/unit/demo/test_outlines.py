"""Where the demo's districts lie on its map."""

import itertools
import json
import math

from app.demo.environment import OUTLINES
from app.demo.reference.places import CENTRE, SITES

KM_A_DEGREE = 111.2


def ring_of(name: str) -> list[list[float]]:
    """Return the outline of a district, longitude before latitude."""
    features = json.loads(OUTLINES.read_text())["features"]
    (found,) = (one["geometry"]["coordinates"][0] for one in features if one["properties"]["name"] == name)
    assert found[0] == found[-1]
    return list(found)


def holds(ring: list[list[float]], lon: float, lat: float) -> bool:
    """Tell whether a place lies within: a line to the east crosses the ring an odd number of times."""
    sides = itertools.pairwise(ring)
    east = ((x1, y1, x2, y2) for (x1, y1), (x2, y2) in sides if (y1 > lat) != (y2 > lat))
    return sum(lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1) for x1, y1, x2, y2 in east) % 2 == 1


def test_every_development_stands_in_its_district():
    linghu, guanshan = ring_of("菱湖区"), ring_of("观山区")
    for site in SITES:
        lat = CENTRE[0] + site.north_km / KM_A_DEGREE
        lon = CENTRE[1] + site.east_km / (KM_A_DEGREE * math.cos(math.radians(lat)))
        assert holds(linghu, lon, lat), site.name
        assert not holds(guanshan, lon, lat), site.name
    assert holds(guanshan, 117.1012, 30.6105)
