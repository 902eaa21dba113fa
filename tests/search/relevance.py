"""How well a search answers the judged queries: nDCG@10, gains 2^grade - 1, over the homes of the town."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from statistics import mean
from typing import Any, Final

import yaml
from sqlalchemy.orm import Session

from app.homes.rules import Orientation
from app.search import queries
from app.search.documents import HomeFacts
from app.search.engine import Answers
from app.search.request import SearchRequest
from app.search.text import street

JUDGED: Final = Path(__file__).with_name("judged.yaml")
DEPTH: Final = 10
_MAN: Final = 1_000_000
"""Fen in 万 yuan."""


@dataclass(frozen=True)
class Judged:
    """A query, and the grades of what it should find."""

    query: str
    want: tuple[tuple[int, dict[str, Any]], ...]

    def grade(self, home: HomeFacts) -> int:
        """Return the grade of a home: that of the first condition that it meets, else 0."""
        return next((grade for grade, condition in self.want if _meets(home, condition)), 0)


def judged() -> list[Judged]:
    """Return the judged queries."""
    entries = yaml.safe_load(JUDGED.read_text(encoding="utf-8"))
    return [Judged(one["q"], tuple((grade, what) for grade, what in one["want"])) for one in entries]


@dataclass(frozen=True)
class Score:
    """How well one query was answered, and with which developments."""

    query: str
    ndcg: float
    first: tuple[str, ...]


def measure(
    session: Session, engine: Answers, homes: Sequence[HomeFacts], queries_: Sequence[Judged]
) -> list[Score]:
    """Return the score of each query, asked as the page asks it."""
    by_id = {home.home_id: home for home in homes}
    scores = []
    for one in queries_:
        found = queries.find(session, engine, SearchRequest(q=one.query, size=DEPTH))
        shown = [by_id[home_id] for home_id in found.hits.home_ids]
        best = sorted((one.grade(home) for home in homes), reverse=True)[:DEPTH]
        assert any(best), f"nothing in the town fits {one.query}"
        ndcg = _dcg([one.grade(home) for home in shown]) / _dcg(best)
        scores.append(Score(one.query, ndcg, tuple(dict.fromkeys(home.development for home in shown))))
    return scores


def average(scores: Sequence[Score]) -> float:
    """Return the mean over all queries."""
    return mean(score.ndcg for score in scores)


def _dcg(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def _meets(home: HomeFacts, condition: dict[str, Any]) -> bool:
    return all(_CONDITIONS[name](home, value) for name, value in condition.items())


_CONDITIONS: Final[dict[str, Any]] = {
    "development": lambda home, value: home.development == value,
    "begins": lambda home, value: home.development.startswith(value),
    "has": lambda home, value: value in home.development,
    "district": lambda home, value: home.district == value,
    "street": lambda home, value: street(home.address) == value,
    "developer": lambda home, value: home.developer == value,
    "building": lambda home, value: home.building == value,
    "rooms": lambda home, value: home.rooms == value,
    "most": lambda home, value: home.voucher_fen <= value * _MAN,
    "least": lambda home, value: home.voucher_fen >= value * _MAN,
    "area": lambda home, value: value[0] <= home.area_m2 <= value[1],
    "floor": lambda home, value: home.floor == value,
    "stage": lambda home, value: home.stage == value,
    "lift": lambda home, value: home.has_lift is value,
    "finish": lambda home, value: home.finish == value,
    "south": lambda home, value: (home.orientation in {Orientation.SOUTH, Orientation.NORTH_SOUTH}) is value,
    "through": lambda home, value: (home.orientation is Orientation.NORTH_SOUTH) is value,
}
