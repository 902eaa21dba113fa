"""Runs of the monitor and what they find, with nothing computed: for pages and for decisions on signals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.cases import found
from app.cases.area_evidence import (
    AreaEvidence,
    ComparableFacts,
    GroupBasis,
    GroupHome,
    HomeBasis,
    Measured,
    RunFacts,
)
from app.cases.facts import home_facts
from app.cases.found import Found, Recorded, Subject
from app.cases.models import Signal
from app.core import clock
from app.core.ids import new_ref
from app.monitor.models import MonitorRun
from tests.factories.cases import Market

KINDS = {
    "home": "home_above_area",
    "development": "development_above_area",
    "developer": "developer_above_area",
}


def make_run(session: Session, market: Market, **values: Any) -> MonitorRun:
    """Return a finished run over the market's district."""
    now = clock.now()
    usual = {
        "state": "done",
        "progress": 100,
        "attempt": 1,
        "beat_at": now,
        "started_at": now,
        "finished_at": now,
        "rate_bp": 1000,
        "materiality_bp": 200,
        "rule_version": 1,
        "data_hash": "0" * 64,
        "drift_alarm": False,
        "outcome": {"schema": 1},
    }
    run = MonitorRun(ref=new_ref("HD"), district_id=market.district.id, **(usual | values))
    session.add(run)
    session.flush()
    return run


def make_evidence(
    market: Market,
    run: MonitorRun,
    *,
    about: str = "development",
    level: str = "review",
    premium: float = 0.09,
) -> AreaEvidence:
    """Return evidence that looks like a run's: consistent in shape, its figures made up."""
    home = market.home
    return AreaEvidence(
        rule=KINDS[about],
        rule_version=1,
        found_at=clock.now(),
        district=market.district.name,
        developer=home.development.developer.name,
        subject=about,
        development=None if about == "developer" else home.development.name,
        development_ref=None if about == "developer" else home.development.ref,
        home=home_facts(home) if about == "home" else None,
        level=level,
        held=False,
        difference_fen=4_600_000,
        difference_bp=round(premium * 10_000),
        result=Measured(KINDS[about], premium, premium - 0.04, premium + 0.04, 0.0012, 1, 8, 12, 0.051),
        supports=(),
        run=RunFacts(
            ref=run.ref,
            as_of=date(2016, 6, 1),
            data_hash=run.data_hash or "",
            rate_bp=run.rate_bp,
            materiality_bp=run.materiality_bp,
            sales=420,
            listings=96,
            drift_alarm=False,
            left_out={
                "bulk": 2,
                "staff": 1,
                "cancelled": 3,
                "voucher_paid": 4,
                "not_standing": 0,
                "no_price": 1,
            },
        ),
        home_basis=_home_basis() if about == "home" else None,
        group_basis=None if about == "home" else _group_basis(market),
    )


def make_area_signal(
    session: Session,
    market: Market,
    *,
    about: str = "development",
    level: str = "review",
    premium: float = 0.09,
    homes: int = 1,
) -> Signal:
    """Return a grade B signal about the market's home, development or developer, as a new run found it.

    One about a development or a developer compares so many ``homes`` together.
    """
    run = make_run(session, market)
    evidence = make_evidence(market, run, about=about, level=level, premium=premium)
    if evidence.group_basis is not None:
        together = replace(evidence.group_basis, homes=evidence.group_basis.homes * homes)
        evidence = replace(evidence, group_basis=together)
    return record(session, market, run, evidence).opened[0]


def record(session: Session, market: Market, run: MonitorRun, *evidence: AreaEvidence) -> Recorded:
    """Record what a run found, and nothing besides, of every kind."""
    return found.record(
        session,
        district_id=market.district.id,
        run_id=run.id,
        found=[Found(subject_of(market, one), one) for one in evidence],
        untested=(),
        tested_kinds=tuple(KINDS.values()),
    )


def subject_of(market: Market, evidence: AreaEvidence) -> Subject:
    """Return what the evidence is about."""
    home = market.home
    whole = Subject(evidence.rule, home.development.developer_id, home.development_id, home.id)
    if evidence.subject == "home":
        return whole
    without_home = replace(whole, home_id=None)
    return without_home if evidence.subject == "development" else replace(without_home, development_id=None)


def _home_basis() -> HomeBasis:
    sale = ComparableFacts(
        sale_ref="XJ-0001",
        signed_on=date(2016, 4, 20),
        development="滨江花园",
        home="3幢2单元1102室",
        area_m2=Decimal("92.40"),
        storey=11,
        price_fen=50_000_000,
        adjustments={
            "area": -200_000,
            "storey": 150_000,
            "age": 0,
            "place": 0,
            "time": 250_000,
            "outlier": 0,
        },
        adjusted_fen=50_200_000,
        weight=0.7,
        covariance=0.002,
    )
    return HomeBasis(
        voucher_fen=55_000_000,
        expected_fen=50_400_000,
        lower_fen=47_000_000,
        upper_fen=54_000_000,
        sd=0.03,
        own_sales=6,
        comparables=(sale,),
        model_fen=50_900_000,
        model_weight=0.3,
        prior=0.0025,
        floor=0.0004,
        correction=1.1,
        errors=400,
        low=-2.0,
        high=2.0,
        at_least=3,
        tail_from=None,
        tail_rate=None,
        tail_count=None,
    )


def _group_basis(market: Market) -> GroupBasis:
    home = market.home
    one = GroupHome(
        ref=home.ref,
        name=f"{home.building.name}{home.unit}单元{home.room}室",
        development=home.development.name,
        voucher_fen=55_000_000,
        expected_fen=50_400_000,
        sd=0.03,
        evidence_class=2,
    )
    return GroupBasis(
        homes=(one,),
        own=1.0,
        shared=(0.4, 0.3, 0.2, 0.1),
        drift=0.02,
        widening=1.0,
        freedom=30.0,
        without_own_sales=0.081,
    )
