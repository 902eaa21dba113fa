"""Suggestions among the names of 20,000 developments: what begins so, and what is only a slip away."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.search import names
from app.search.postgres import PostgresEngine
from tests.bench.harness import Result
from tests.database import Cluster
from tests.search.town import documents_of, town

DEVELOPMENTS, BATCH, TURNS = 20_000, 1_000, 5
HEADS = "滨江锦绣菱湖柳岸荷塘东方阳光学府凤凰海棠银河金色碧水蓝湾长江天柱梅林翠竹和平幸福新安龙山玉湖星河"
MIDDLES = "中央世纪国际城市水岸春晓半岛御景雅居嘉和名门天成华府尚品悦澜云顶书香丽景盛世万科"
TAILS = "花园家园名苑新城华庭豪庭公馆佳苑广场小区雅苑名邸壹号湖湾郡王府邸里巷御苑之城露台"
BEGUN = (
    "bi",
    "滨",
    "滨江",
    "binj",
    "jinxiu",
    "bjzyhy",
    "huayuan",
    "锦绣中央",
    "阳光城市花",
    "港华路",
    "绿景",
    "濱江",
)
SLIPS = (
    "宾江中央花圆",
    "锦秀世记",
    "滨江中映",
    "binjinazhongyang",
    "jinxuishiji",
    "阳光诚市花国",
    "凤皇国际",
    "刚华路",
    "东方御京",
)


def run() -> list[Result]:
    """Fill a database of its own with one home each, and time each kind of question."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        engine = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
        with Session(engine) as session:
            counted = _fill(session)
            results = [
                *_measure(session, "begins so", BEGUN),
                *_measure(session, "a slip away", SLIPS),
                Result(
                    "names recounted, nothing changed", "ms", _milliseconds(lambda: names.recount(session))
                ),
                Result("names", "", counted),
            ]
        engine.dispose()
    finally:
        cluster.drop(name)
        cluster.close()
    return results


def _fill(session: Session) -> int:
    called = [a + b + c for a in _pairs(HEADS) for b in _pairs(MIDDLES) for c in _pairs(TAILS)]
    pattern = town()
    homes = [
        replace(
            pattern[place % len(pattern)],
            home_id=place + 1,
            ref=f"FY-{place:010}",
            development=called[place % len(called)] + _phase(place // len(called)),
            development_ref=f"DV-{place:010}",
        )
        for place in range(DEVELOPMENTS)
    ]
    own = PostgresEngine(lambda: session)
    for start in range(0, DEVELOPMENTS, BATCH):
        own.write(documents_of(homes[start : start + BATCH]))
    counted = names.recount(session)
    session.commit()
    session.execute(text("ANALYZE search_names"))
    return counted


def _phase(number: int) -> str:
    return f"{number + 1}期" if number else ""


def _pairs(words: str) -> list[str]:
    return [words[place : place + 2] for place in range(0, len(words), 2)]


def _measure(session: Session, title: str, questions: tuple[str, ...]) -> list[Result]:
    took = sorted(
        _milliseconds(partial(names.suggest, session, typed)) for _ in range(TURNS) for typed in questions
    )
    return [
        Result(f"suggestions, {title}, p50", "ms", median(took)),
        Result(f"suggestions, {title}, p95", "ms", took[int(len(took) * 0.95)]),
    ]


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
