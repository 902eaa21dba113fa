"""Straight-line distances against places that are known, and what must hold for any two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.homes.distance import straight_km

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((31.2304, 121.4737), (39.9042, 116.4074), 1067.3),  # 上海 and 北京
        ((0.0, 0.0), (0.0, 1.0), 111.2),  # a degree of the equator
        ((30.0, 120.0), (30.0, 121.0), 96.3),  # the same degree is shorter further north
        ((90.0, 0.0), (-90.0, 0.0), 20015.1),  # half around
        ((0.0, 179.95), (0.0, -179.95), 11.1),  # over the date line
        ((30.0, 120.0), (30.0009, 120.0), 0.1),
        ((30.0, 120.0), (30.0, 120.0), 0.0),
    ],
)
def test_known_distances(one, other, km):
    assert straight_km(one, other) == km


@given(one=POINTS, other=POINTS)
def test_it_is_the_same_both_ways_and_never_more_than_half_around(one, other):
    assert straight_km(one, other) == straight_km(other, one)
    assert 0 <= straight_km(one, other) <= 20015.2
