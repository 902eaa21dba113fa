"""The monitor on a district's own stock: read, compute, write in parts, and bring the signals up to date.

Reading ends before computing begins, and each part of the results is a transaction of its own that first
looks whether the run still stands: nothing is open while arrays are worked on, and a cancelled run stops at
its next part.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from app.cases import found
from app.cases.area_evidence import RunFacts
from app.cases.found import Recorded
from app.cases.weighing import (
    HOME_KIND,
    SaleFacts,
    Weighing,
    comparable_facts,
    find_all,
    read_sales,
    untested,
)
from app.core import clock, locks
from app.extensions import db, reading, writing
from app.homes import service as homes
from app.homes.models import Home
from app.identity.models import District
from app.monitor import comparison, runs
from app.monitor.area import build_market
from app.monitor.check import INFO_P, Finding, Settings
from app.monitor.comparison import MOST_SHOWN, Compared, ComparedSale
from app.monitor.evidence import gather_evidence
from app.monitor.explain import Explanation, explain, fit_area
from app.monitor.models import MonitorFinding, MonitorRun
from app.monitor.runs import RunCancelled
from app.monitor.same_home import voucher_above_cash
from app.monitor.stock import Stock, read_stock
from app.monitor.verdict import KINDS, Verdict, reach_verdict

OUTCOME_SCHEMA: Final = 1
HOMES_AT_ONCE: Final = 500
_BEAT_SECONDS: Final = 1.0
_SHARES: Final = {"reading": (0, 5), "comparables": (5, 25), "calibration": (25, 60), "writing": (60, 95)}
"""From which to which per cent of the run each stage goes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """How the edge gives sessions, to read and to write, and a name to hold meanwhile."""

    reading: Callable[[], AbstractContextManager[Session]]
    writing: Callable[[], AbstractContextManager[Session]]
    """Commits when its block ends, rolls back on an error."""
    alone: Callable[[str], AbstractContextManager[bool]]
    """Tells whether the name is held by nobody else while the block runs."""


def usual_store() -> Store:
    """Return the store of this process's database."""
    return Store(reading, writing, lambda name: locks.hold_alone(db.engine, name))


Say = Callable[[str, int], None]
"""Called with the stage and the per cent of the run, now and then."""


def run_district(store: Store, *, run_id: int, say: Say = lambda _stage, _percent: None) -> str:
    """Carry a waiting run out and return the state it ended in; "refused" if another holds the district.

    Doing it twice is doing it once. An error of ours ends the run as failed and is raised.
    """
    with store.reading() as session:
        district = session.get_one(District, session.get_one(MonitorRun, run_id).district_id)
    with store.alone(runs.name_of(district.id)) as held:
        if not held:
            return "refused"
        with store.writing() as session:
            if (begun := runs.begin(session, run_id=run_id)) is None:
                return "over"
            started = _Started(begun.id, begun.ref, begun.rule_version, begun.rate_bp, begun.materiality_bp)
        try:
            _Work(store, district, started, say).carry_out()
        except RunCancelled:
            with store.writing() as session:
                runs.stop(session, run_id=run_id)
            return "cancelled"
        except BaseException:
            log.exception("the monitor's run %s failed", run_id)
            with store.writing() as session:
                runs.fail(session, run_id=run_id)
            raise
    return "done"


@dataclass(frozen=True, slots=True)
class _Started:
    run_id: int
    ref: str
    rule_version: int
    rate_bp: int
    materiality_bp: int

    @property
    def settings(self) -> Settings:
        return Settings(self.rate_bp / 10_000, self.materiality_bp / 10_000)


class _Work:
    """One run on its way."""

    def __init__(self, store: Store, district: District, started: _Started, say: Say) -> None:
        self._store, self._district, self._started, self._say = store, district, started, say
        self._begun = time.monotonic()
        self._stage, self._beaten = "", 0.0
        self._shares: dict[str, float] = {}

    def carry_out(self) -> None:
        """Read, judge, write; raises RunCancelled when asked to stop."""
        self._advance("reading", 0.0)
        with self._store.reading() as session:
            stock = read_stock(session, district_id=self._district.id)
        self._advance("reading", 1.0)
        broken = self._judge_same_homes(stock)
        evidence = gather_evidence(stock.sales.frame, stock.listings.frame, self._advance)
        verdict = reach_verdict(stock, evidence, self._started.settings)
        weighing = self._weighing(stock, verdict)
        self._write_comparisons(stock, verdict, weighing)
        self._conclude(stock, verdict, weighing, broken)

    def _advance(self, stage: str, share: float) -> None:
        """Take note of a stage's progress; tell it, and look whether to go on, once a second and stage."""
        done = self._shares[stage] = min(self._shares.get(stage, 0.0) + share, 1.0)
        if stage == self._stage and time.monotonic() - self._beaten < _BEAT_SECONDS:
            return
        first, last = _SHARES[stage]
        percent = round(first + (last - first) * done)
        with self._store.writing() as session:
            runs.beat(session, run_id=self._started.run_id, stage=stage, progress=percent)
        self._say(stage, percent)
        self._stage, self._beaten = stage, time.monotonic()

    def _judge_same_homes(self, stock: Stock) -> int:
        """Have homes that are dearer for a voucher than for cash judged by the price rule; return how many.

        The rule takes them out of the pool and opens the signal, as it does when a price changes: nothing
        should be left to find here.
        """
        excess = voucher_above_cash(stock.listings.voucher, stock.listings.cash)
        ids = [home.home_id for home, above in zip(stock.homes, excess, strict=True) if above]
        if ids:
            with self._store.writing() as session:
                homes.settle(session, locks.lock_all(session, Home, ids), clock.now())
        return len(ids)

    def _weighing(self, stock: Stock, verdict: Verdict) -> Weighing | None:
        if verdict.evidence is None:
            return None
        market = build_market(stock.sales.frame, stock.listings.frame)
        model = fit_area(market, np.arange(market.sales.height))
        started = self._started
        facts = RunFacts(
            ref=started.ref,
            as_of=stock.as_of,
            data_hash=stock.data_hash,
            rate_bp=started.rate_bp,
            materiality_bp=started.materiality_bp,
            sales=stock.sales.frame.height,
            listings=len(stock.homes),
            drift_alarm=verdict.drift is not None and verdict.drift.alarm,
            left_out=stock.left_out,
        )
        return Weighing(
            stock=stock,
            market=market,
            model=model,
            verdict=verdict,
            evidence=verdict.evidence,
            settings=started.settings,
            run=facts,
            rule_version=started.rule_version,
            district=self._district.name,
            found_at=clock.now(),
        )

    def _write_comparisons(self, stock: Stock, verdict: Verdict, weighing: Weighing | None) -> None:
        if weighing is None:
            parts: Iterator[list[Compared]] = _in_parts(_compare_none(stock))
        else:
            with self._store.reading() as session:
                sales = read_sales(session, weighing.market)
            parts = _in_parts(_compare(stock, verdict, weighing, sales))
        for part in parts:
            with self._store.writing() as session:
                runs.hold(session, run_id=self._started.run_id)
                comparison.write(
                    session, district_id=self._district.id, run_id=self._started.run_id, compared=part
                )
            self._advance("writing", len(part) / max(len(stock.homes), 1))

    def _conclude(self, stock: Stock, verdict: Verdict, weighing: Weighing | None, broken: int) -> None:
        with self._store.reading() as session:
            findings = [] if weighing is None else find_all(session, weighing)
        kinds = [] if weighing is None else [HOME_KIND]
        if weighing is not None and verdict.unpooled is None:
            kinds += KINDS.values()
        district_id, run_id = self._district.id, self._started.run_id
        with self._store.writing() as session:
            run = runs.hold(session, run_id=run_id)
            session.add_all(_findings(verdict, district_id, run_id))
            recorded = found.record(
                session,
                district_id=district_id,
                run_id=run_id,
                found=findings,
                untested=untested(verdict, stock),
                tested_kinds=kinds,
            )
            comparison.forget_others(session, district_id=district_id, run_id=run_id)
            runs.finish(
                session,
                run,
                outcome=self._outcome(stock, verdict, recorded, broken),
                data_hash=stock.data_hash,
                drift_alarm=verdict.drift is not None and verdict.drift.alarm,
            )
        self._say("writing", 100)

    def _outcome(self, stock: Stock, verdict: Verdict, recorded: Recorded, broken: int) -> dict[str, Any]:
        """Return what stays of the run, as docs/monitor.md describes it."""
        return {
            "schema": OUTCOME_SCHEMA,
            "seconds": round(time.monotonic() - self._begun, 1),
            "sales": stock.sales.frame.height,
            "listings": len(stock.homes),
            "left_out": stock.left_out,
            "same_home": broken,
            "homes": _count(_area_level(finding) for finding in verdict.result.findings),
            "developments": _count(one.level for one in verdict.groups if one.subject == "development"),
            "developers": _count(one.level for one in verdict.groups if one.subject == "developer"),
            "drift": None if verdict.drift is None else asdict(verdict.drift),
            "why": verdict.why,
            "unpooled": verdict.unpooled,
            "opened": len(recorded.opened),
            "updated": recorded.updated,
            "unchanged": recorded.unchanged,
            "kept_dismissed": recorded.kept_dismissed,
            "lapsed": recorded.lapsed,
        }


def _count(levels: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for level in levels:
        counts[level] = counts.get(level, 0) + 1
    return counts


def _findings(verdict: Verdict, district_id: int, run_id: int) -> list[MonitorFinding]:
    made = []
    for one in verdict.groups:
        pooled = one.tested.pooled if one.tested else None
        figures = {} if pooled is None else asdict(pooled)
        made.append(
            MonitorFinding(
                district_id=district_id,
                run_id=run_id,
                kind=one.kind,
                developer_id=one.developer_id,
                development_id=one.development_id,
                level=one.level,
                listings=len(one.rows),
                **figures,
            )
        )
    return made


def _in_parts(compared: Iterator[Compared]) -> Iterator[list[Compared]]:
    part: list[Compared] = []
    for one in compared:
        part.append(one)
        if len(part) == HOMES_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _compare_none(stock: Stock) -> Iterator[Compared]:
    for home in stock.homes:
        yield Compared(home.home_id, "cannot_tell", home.voucher_fen, None, None, None, None, ())


def _compare(
    stock: Stock, verdict: Verdict, weighing: Weighing, sales: dict[int, SaleFacts]
) -> Iterator[Compared]:
    rows = np.arange(len(stock.homes))
    explained = explain(weighing.model, weighing.market, rows)
    for home, finding, explanation in zip(stock.homes, verdict.result.findings, explained, strict=True):
        area = finding.area
        if area is None:
            yield Compared(home.home_id, "cannot_tell", home.voucher_fen, None, None, None, None, ())
            continue
        yield Compared(
            home_id=home.home_id,
            level=_area_level(finding),
            voucher_fen=home.voucher_fen,
            expected_fen=round(area.expected_price * 100),
            lower_fen=round(area.lower * 100),
            upper_fen=round(area.upper * 100),
            p_value=area.p_value,
            sales=_shown(explanation, weighing, sales),
        )


def _area_level(finding: Finding) -> str:
    """Return a home's level against the area alone: what the price rule finds is no statistic."""
    if finding.area is None:
        return "cannot_tell"
    if finding.level != "flag":
        return finding.level
    return "info" if finding.area.p_value < INFO_P else "clear"


def _shown(
    explanation: Explanation, weighing: Weighing, sales: dict[int, SaleFacts]
) -> tuple[ComparedSale, ...]:
    heaviest = Explanation(explanation.comparables[:MOST_SHOWN], 0.0, 0.0)
    return tuple(
        ComparedSale(
            signed_on=one.signed_on,
            development=one.development,
            area_m2=one.area_m2,
            storey=one.storey,
            price_fen=one.price_fen,
            adjusted_fen=one.adjusted_fen,
        )
        for one in comparable_facts(heaviest, sales, weighing.market)
    )
