"""The households of the round, planned: old homes, sums, what each chose and how many homes it buys. Pure.

A fixed seed, so every demo has the same people; the published totals hold to the fen and to the 0.01 ㎡.
Households that a visitor meets by name are planned elsewhere and handed in: the rest is spread around them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from app.core import clock
from app.demo.reference.figures import (
    CASH_FEN,
    CASH_HOUSEHOLDS,
    HOMES_BOUGHT,
    OUT_OF_REACH,
    PROJECTS,
    VOUCHER_FEN,
    VOUCHERS,
)
from app.demo.reference.spreading import sizes, spread

Way = Literal["voucher", "cash"]

SEED: Final = 1622
SIGNING_BEGINS: Final = date(2016, 4, 18)
SIGNED_BY: Final = ((date(2016, 5, 13), 0.30), (date(2016, 6, 30), 0.70), (date(2016, 8, 31), 1.00))
"""Which share of the households has signed by when."""

_STATE_LAND_M2: Final = (22.0, 48.0)
"""Old homes on state land whose sum buys nothing are of this size."""
_STATE_LAND_YUAN_A_M2: Final = 2_900
_FEWEST_M2: Final = 40
_YUAN: Final = 100
_HOME_FEN: Final = 46_200_000
"""What a home costs on average: 17.82 亿 over 3,857 homes."""
_MOST_HOMES: Final = 12


@dataclass(frozen=True, slots=True)
class Seat:
    """A household of the plan. Money in fen, area in ㎡; ``homes``: how many its voucher buys in the end."""

    project: int
    old_area_m2: Decimal
    compensation_fen: int
    way: Way
    state_land: bool
    signed_on: date
    homes: int


@dataclass(frozen=True, slots=True)
class Known:
    """A household planned elsewhere: it chose a voucher, and its sums are settled."""

    project: int
    old_area_m2: Decimal
    compensation_fen: int


def plan(known: Sequence[Known]) -> list[Seat]:
    """Return every household but the ``known``, project by project; with those, all published totals hold."""
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    ways = _ways(known, chance)
    areas = _areas(known, ways, chance)
    sums = _sums(known, ways, areas, chance)
    homes = _homes(known, ways, sums, chance)
    days = _days(len(ways), chance)
    return [
        Seat(project, area, fen, "voucher" if kind == "voucher" else "cash", kind == "state land", day, count)
        for (project, kind), area, fen, day, count in zip(ways, areas, sums, days, homes, strict=True)
    ]


def _ways(known: Sequence[Known], chance: random.Random) -> list[tuple[int, str]]:
    """Return project and kind of each household: a voucher, cash, or cash because no home is in reach."""
    every = [figures.households for figures in PROJECTS]
    cash = spread(CASH_HOUSEHOLDS, every)
    small = spread(OUT_OF_REACH, every)
    found = []
    for project, count in enumerate(every):
        vouchers = count - cash[project] - sum(one.project == project for one in known)
        kinds = ["state land"] * small[project] + ["cash"] * (cash[project] - small[project])
        kinds += ["voucher"] * vouchers
        chance.shuffle(kinds)
        found += [(project, kind) for kind in kinds]
    return found


def _areas(known: Sequence[Known], ways: Sequence[tuple[int, str]], chance: random.Random) -> list[Decimal]:
    found: list[Decimal] = []
    for project, figures in enumerate(PROJECTS):
        kinds = [kind for place, kind in ways if place == project]
        small = [round(chance.uniform(*_STATE_LAND_M2) * 100) for kind in kinds if kind == "state land"]
        taken = sum(int(one.old_area_m2 * 100) for one in known if one.project == project) + sum(small)
        weights = [
            size * (0.55 if kind == "cash" else 1)
            for kind, size in zip(kinds, sizes(len(kinds), chance, middle=1, sigma=0.45), strict=True)
            if kind != "state land"
        ]
        shared = iter(spread(int(figures.old_area_m2 * 100) - taken, weights, least=_FEWEST_M2 * 100))
        few = iter(small)
        found += [Decimal(next(few if kind == "state land" else shared)) / 100 for kind in kinds]
    return found


def _sums(
    known: Sequence[Known],
    ways: Sequence[tuple[int, str]],
    areas: Sequence[Decimal],
    chance: random.Random,
) -> list[int]:
    """Return the compensation of each in fen, whole yuan: area at a rate that differs a little by home."""
    small = [
        int(area) * _STATE_LAND_YUAN_A_M2 * _YUAN if kind == "state land" else 0
        for (_, kind), area in zip(ways, areas, strict=True)
    ]
    left = {
        "cash": CASH_FEN - sum(small),
        "voucher": VOUCHER_FEN - sum(one.compensation_fen for one in known),
    }
    shared = {}
    for kind, fen in left.items():
        weights = [
            float(area) * chance.uniform(0.86, 1.14)
            for (_, one), area in zip(ways, areas, strict=True)
            if one == kind
        ]
        shared[kind] = iter(spread(fen // _YUAN, weights))
    return [own or next(shared[kind]) * _YUAN for own, (_, kind) in zip(small, ways, strict=True)]


def _homes(
    known: Sequence[Known],
    ways: Sequence[tuple[int, str]],
    sums: Sequence[int],
    chance: random.Random,
) -> list[int]:
    """Return how many homes each voucher buys in the end: about what its sum is worth, with a skew.

    The known households buy one each.
    """
    weights = [
        # Beyond the one home that everybody buys.
        max(fen / _HOME_FEN * chance.lognormvariate(0, 0.3) - 1, 0)
        for (_, kind), fen in zip(ways, sums, strict=True)
        if kind == "voucher"
    ]
    if len(weights) + len(known) != VOUCHERS:
        raise ValueError(f"{len(weights)} and {len(known)} vouchers are not {VOUCHERS}")
    counts = spread(HOMES_BOUGHT - len(known), weights, least=1)
    counts = _capped(counts, _MOST_HOMES)
    shared = iter(counts)
    return [next(shared) if kind == "voucher" else 0 for _, kind in ways]


def _capped(counts: Sequence[int], most: int) -> list[int]:
    """Return the counts, none above ``most``: what is too many goes to the smallest."""
    kept = [min(count, most) for count in counts]
    surplus = sum(counts) - sum(kept)
    for place in sorted(range(len(kept)), key=lambda place: (kept[place], place))[:surplus]:
        kept[place] += 1
    return kept


def _days(count: int, chance: random.Random) -> list[date]:
    """Return when each household signs: working days only, along the shares the plan asks for."""
    found = []
    for _ in range(count):
        luck = chance.random()
        begins, low = SIGNING_BEGINS, 0.0
        for ends, share in SIGNED_BY:
            if luck < share:
                day = begins + timedelta(days=int((ends - begins).days * (luck - low) / (share - low)))
                found.append(_office_day(day))
                break
            begins, low = ends, share
    return found


def _office_day(day: date) -> date:
    while not clock.is_working_day(day):
        day -= timedelta(days=1)
    return max(day, SIGNING_BEGINS)
