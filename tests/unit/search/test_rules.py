"""Floor bands, public status, the tie-break."""

from itertools import pairwise

import pytest

from app.search.request import Floor, Status
from app.search.rules import floor_band, public_status, tie_break


def bands(storeys: int) -> list[int]:
    """How many storeys of a building are low, middle and high."""
    found = [floor_band(storey, storeys) for storey in range(1, storeys + 1)]
    order = list(Floor)
    assert all(order.index(lower) <= order.index(upper) for lower, upper in pairwise(found))
    return [found.count(band) for band in order]


@pytest.mark.parametrize(
    ("storeys", "shares"),
    [
        (1, [0, 1, 0]),
        (2, [1, 0, 1]),
        (3, [1, 1, 1]),
        (6, [2, 2, 2]),
        (11, [4, 3, 4]),
        (18, [6, 6, 6]),
        (33, [11] * 3),
    ],
)
def test_a_building_falls_into_thirds(storeys: int, shares: list[int]) -> None:
    assert bands(storeys) == shares


def test_every_building_is_split_evenly() -> None:
    for storeys in range(1, 121):
        low, middle, high = bands(storeys)
        assert low == high
        assert abs(low - middle) <= 1


def test_cellars_are_low() -> None:
    assert floor_band(-1, 6) is Floor.LOW


@pytest.mark.parametrize(
    ("dwelling", "listed", "told"),
    [
        ("free", True, Status.AVAILABLE),
        ("free", False, Status.OUT),
        ("locked", True, Status.LOCKED),
        ("locked", False, Status.LOCKED),
        ("sold", True, Status.SOLD),
        ("sold", False, Status.SOLD),
    ],
)
def test_what_people_are_told(dwelling: str, listed: bool, told: Status) -> None:
    assert public_status(dwelling, listed=listed) is told


def test_ties_are_broken_by_a_fixed_number_that_fits_a_bigint() -> None:
    assert tie_break("FY-22222-22222") == tie_break("FY-22222-22222") == 2397926878812318187
    numbers = {tie_break(f"FY-{number:05}") for number in range(10_000)}
    assert len(numbers) == 10_000
    assert all(0 <= number < 2**63 for number in numbers)
