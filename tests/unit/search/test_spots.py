"""Spots of a map: every home in one, few enough to draw, each where its developments stand."""

from hypothesis import given
from hypothesis import strategies as st

from app.search.places import Place
from app.search.spots import CELLS, MOST_SPOTS, gather

degrees = st.tuples(st.integers(30_000_000, 31_000_000), st.integers(117_000_000, 118_000_000))
towns = st.lists(st.none() | degrees, max_size=30)


def places(points: list[tuple[int, int] | None]) -> list[Place]:
    return [
        Place(f"DV-{number}", 1 + number % 7, 100 + number, 900, 0, *(point or (None, None)))
        for number, point in enumerate(points)
    ]


@given(towns)
def test_few_developments_stand_each_by_itself(points: list[tuple[int, int] | None]) -> None:
    found = places(points)
    assert [
        (spot.ref, spot.homes, round(spot.lat * 1e6), round(spot.lon * 1e6)) for spot in gather(found)
    ] == [(one.ref, one.homes, one.lat, one.lon) for one in found if one.lat is not None]


@given(towns.filter(any), st.integers(2, 1_000))
def test_many_are_gathered_and_none_is_lost(points: list[tuple[int, int] | None], step: int) -> None:
    many = [
        point and (point[0] + turn * step, point[1] - turn * step)
        for point in points
        for turn in range(MOST_SPOTS + 1)
    ]
    found = places(many)
    standing = [one for one in found if one.lat is not None and one.lon is not None]
    spots = gather(found)
    assert len(spots) <= CELLS**2
    assert sum(spot.developments for spot in spots) == len(standing)
    assert sum(spot.homes for spot in spots) == sum(one.homes for one in standing)
    assert min(spot.low_fen for spot in spots) == min(one.low_fen for one in standing)
    for spot in spots:
        south, west, north, east = spot.box
        within = [one for one in standing if south <= one.lat <= north and west <= one.lon <= east]
        assert len(within) >= spot.developments
        assert south <= round(spot.lat * 1e6) <= north
        assert west <= round(spot.lon * 1e6) <= east
        assert (spot.ref is None) == (spot.developments > 1)
