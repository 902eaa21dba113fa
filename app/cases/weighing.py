"""From a run's verdict to evidence: names, sums and words are put to figures that the monitor computed.

Nothing is computed anew but what belongs to a single signal: its comparables, and what is left of its premium
without the developer's own cash sales.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

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
from app.cases.found import Found, Subject
from app.homes.models import Building, Development, Home
from app.homes.queries import PLACE
from app.homes.rules import home_name
from app.identity.models import Organisation
from app.monitor.area import FEWEST_SALES, Market
from app.monitor.calibration import evidence_class
from app.monitor.check import INFO_P, Settings
from app.monitor.evidence import Evidence
from app.monitor.explain import AreaModel, Explanation, explain, fit_area, judgement
from app.monitor.features import Ints
from app.monitor.inference import discoveries
from app.monitor.pooled import pool
from app.monitor.stock import Stock
from app.monitor.verdict import GroupVerdict, Tested, Verdict, home_excess, smallest_home_premium
from app.sales.models import CashSale

HOME_KIND: Final = "home_above_area"
_NAMES: Final = {
    "log_area": "area",
    "x_storey": "storey",
    "x_rooms": "rooms",
    "district": "place",
    "time": "time",
    "outlier": "outlier",
}
"""What the regression's features are called in evidence, in the order of the adjustments."""


@dataclass(frozen=True)
class Weighing:
    """One run's arrays, verdict and settings, and what is the same in all of its evidence."""

    stock: Stock
    market: Market
    model: AreaModel
    verdict: Verdict
    evidence: Evidence
    settings: Settings
    run: RunFacts
    rule_version: int
    district: str
    found_at: datetime


def find_all(session: Session, weighing: Weighing) -> list[Found]:
    """Return the findings that are worth a signal: of groups first, then of homes that no group explains."""
    groups = [one for one in weighing.verdict.groups if one.level in ("info", "review", "flag")]
    found = [_group(session, weighing, one) for one in groups]
    return found + list(_homes(session, weighing, _dear_alone(weighing, groups)))


def _dear_alone(weighing: Weighing, groups: Sequence[GroupVerdict]) -> list[int]:
    """Return the rows of homes that are dear in developments which are not, as one family of their own.

    Homes of a dear development would be true discoveries that pay for false ones elsewhere.
    """
    explained = {int(row) for one in groups if one.level != "info" for row in one.rows}
    findings = weighing.verdict.result.findings
    p = [
        np.nan if one.area is None or row in explained else one.area.p_value
        for row, one in enumerate(findings)
    ]
    return [int(row) for row in np.nonzero(discoveries(np.array(p), weighing.settings.rate))[0]]


def untested(verdict: Verdict, stock: Stock) -> list[Subject]:
    """Return the subjects of which the run cannot tell."""
    found = [
        Subject(one.kind, one.developer_id, one.development_id)
        for one in verdict.groups
        if one.level == "cannot_tell"
    ]
    for home, finding in zip(stock.homes, verdict.result.findings, strict=True):
        if finding.area is None:
            found.append(Subject(HOME_KIND, home.developer_id, home.development_id, home.home_id))
    return found


def comparable_facts(
    explanation: Explanation, sales: dict[int, "SaleFacts"], market: Market
) -> Iterator[ComparableFacts]:
    """Yield a home's comparables with their adjustments in money, the heaviest first."""
    for one in explanation.comparables:
        sale = sales[int(market.sales["id"][one.sale])]
        steps, adjusted = _in_money(sale.price_fen, one.adjustments)
        yield ComparableFacts(
            sale_ref=sale.ref,
            signed_on=sale.signed_on,
            development=sale.development,
            home=sale.home,
            area_m2=sale.area_m2,
            storey=sale.storey,
            price_fen=sale.price_fen,
            adjustments=steps,
            adjusted_fen=adjusted,
            weight=one.weight,
            covariance=one.covariance,
        )


def _in_money(price_fen: int, logs: dict[str, float]) -> tuple[dict[str, int], int]:
    """Return adjustments in fen, made one after the other, and the price that they lead to."""
    steps: dict[str, int] = {}
    so_far, log = price_fen, float(np.log(price_fen))
    for feature, name in _NAMES.items():
        log += logs.get(feature, 0.0)
        after = round(float(np.exp(log)))
        steps[name] = after - so_far
        so_far = after
    return steps, so_far


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """A cash sale by its public facts."""

    ref: str
    signed_on: date
    price_fen: int
    area_m2: Decimal
    development: str
    home: str
    storey: int


def read_sales(session: Session, market: Market) -> dict[int, SaleFacts]:
    """Return all sales of a market by id."""
    ids = [int(one) for one in market.sales["id"]]
    statement = (
        select(CashSale, Home, Building.name, Development.name)
        .join(Home, Home.id == CashSale.home_id)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .where(CashSale.id.in_(ids))
    )
    return {
        sale.id: SaleFacts(
            sale.ref,
            sale.signed_on,
            sale.price_fen or 0,
            sale.area_m2 or home.area_m2,
            development,
            home_name(building, home.unit, home.room),
            home.storey,
        )
        for sale, home, building, development in session.execute(statement)
    }


def _homes(session: Session, weighing: Weighing, rows: Sequence[int]) -> Iterator[Found]:
    if not rows:
        return
    stock, evidence = weighing.stock, weighing.evidence
    sales = read_sales(session, weighing.market)
    ids = [stock.homes[row].home_id for row in rows]
    homes = {home.id: home for home in session.scalars(select(Home).where(Home.id.in_(ids)).options(*PLACE))}
    excess = home_excess(stock, evidence, weighing.settings)
    explained = explain(weighing.model, weighing.market, np.array(rows))
    family = sorted(one.area.p_value for one in weighing.verdict.result.findings if one.area)
    for row, explanation in zip(rows, explained, strict=True):
        home = homes[stock.homes[row].home_id]
        area = weighing.verdict.result.findings[row].area
        if area is None:
            continue
        measured = Measured(
            HOME_KIND,
            area.premium,
            _price(area) / area.upper - 1,
            _price(area) / area.lower - 1,
            area.p_value,
            1 + int(np.searchsorted(family, area.p_value)),
            len(family),
            1,
            smallest_home_premium(evidence, row, weighing.settings),
        )
        basis = _home_basis(weighing, row, explanation, sales, float(excess[row]))
        yield Found(
            Subject(HOME_KIND, home.development.developer_id, home.development_id, home.id),
            _evidence(
                weighing,
                measured,
                level="review",
                difference_fen=basis.voucher_fen - basis.expected_fen,
                subject="home",
                developer=home.development.developer.name,
                development=home.development.name,
                development_ref=home.development.ref,
                home=home_facts(home),
                home_basis=basis,
            ),
        )


def _price(area: Any) -> float:
    return float(area.expected_price * (1 + area.premium))


def _home_basis(
    weighing: Weighing, row: int, explanation: Explanation, sales: dict[int, SaleFacts], excess: float
) -> HomeBasis:
    expected, errors = weighing.evidence.expected, weighing.evidence.errors
    own = int(expected.own_sales[row])
    judged = judgement(excess, int(evidence_class(expected.own_sales[row : row + 1])[0]), errors)
    comparables, tail = weighing.model.comparables, judged.tail
    return HomeBasis(
        voucher_fen=weighing.stock.homes[row].voucher_fen,
        expected_fen=round(float(np.exp(expected.log_price[row])) * 100),
        lower_fen=round(float(weighing.evidence.lower[row]) * 100),
        upper_fen=round(float(weighing.evidence.upper[row]) * 100),
        sd=float(np.sqrt(expected.variance[row])),
        own_sales=own,
        comparables=tuple(comparable_facts(explanation, sales, weighing.market)),
        model_fen=round(float(np.exp(explanation.model_log_price)) * 100),
        model_weight=explanation.model_weight,
        prior=comparables.prior,
        floor=comparables.floor,
        correction=comparables.correction,
        errors=judged.errors,
        low=judged.low,
        high=judged.high,
        at_least=judged.at_least,
        tail_from=tail.start if tail else None,
        tail_rate=tail.rate if tail else None,
        tail_count=tail.count if tail else None,
    )


def _group(session: Session, weighing: Weighing, group: GroupVerdict) -> Found:
    tested = group.tested
    if tested is None or weighing.evidence.sharing is None:
        raise LookupError(f"{group.subject} {group.developer_id} was not tested")
    developer = session.get_one(Organisation, group.developer_id)
    development = session.get(Development, group.development_id) if group.development_id else None
    homes = _group_homes(session, weighing, group)
    gaps = [home.voucher_fen - home.expected_fen for home in homes]
    measured = _measured(group.kind, tested)
    return Found(
        Subject(group.kind, group.developer_id, group.development_id),
        _evidence(
            weighing,
            measured,
            level=group.level,
            supports=_supports(group),
            difference_fen=round(sum(gaps) / len(gaps)),
            subject=group.subject,
            developer=developer.name,
            development=development.name if development else None,
            development_ref=development.ref if development else None,
            group_basis=_group_basis(weighing, group, tested, homes),
        ),
    )


def _supports(group: GroupVerdict) -> tuple[Measured, ...]:
    """Return the two other tests, without a cash sale in common, where they find the group dear as well."""
    others = {"own_cash": group.own, "elsewhere": group.elsewhere}
    return tuple(
        _measured(f"{group.subject}_above_{name}", tested)
        for name, tested in others.items()
        if tested is not None and tested.pooled.p_value < INFO_P
    )


def _measured(kind: str, tested: Tested) -> Measured:
    pooled = tested.pooled
    return Measured(
        kind,
        pooled.premium,
        pooled.lower,
        pooled.upper,
        pooled.p_value,
        tested.rank,
        tested.family,
        tested.listings,
        tested.smallest_premium,
    )


def _group_basis(
    weighing: Weighing, group: GroupVerdict, tested: Tested, homes: list[GroupHome]
) -> GroupBasis:
    sharing = weighing.evidence.sharing
    if sharing is None:
        raise LookupError("no shared error was measured")
    return GroupBasis(
        homes=tuple(homes),
        own=sharing.own,
        shared=tuple(float(one) for one in sharing.development),
        drift=sharing.drift,
        widening=sharing.widening,
        freedom=tested.freedom,
        without_own_sales=_without_own_sales(weighing, group),
    )


def _group_homes(session: Session, weighing: Weighing, group: GroupVerdict) -> list[GroupHome]:
    stock, expected = weighing.stock, weighing.evidence.expected
    ids = [stock.homes[int(row)].home_id for row in group.rows]
    statement = (
        select(Home.id, Home.ref, Building.name, Home.unit, Home.room, Development.name)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .where(Home.id.in_(ids))
    )
    told = {
        home_id: (ref, home_name(building, unit, room), development)
        for home_id, ref, building, unit, room, development in session.execute(statement)
    }
    classes = evidence_class(expected.own_sales)
    return [
        GroupHome(
            *told[stock.homes[row].home_id],
            voucher_fen=stock.homes[row].voucher_fen,
            expected_fen=round(float(np.exp(expected.log_price[row])) * 100),
            sd=float(np.sqrt(expected.variance[row])),
            evidence_class=int(classes[row]),
        )
        for row in map(int, group.rows)
    ]


def _without_own_sales(weighing: Weighing, group: GroupVerdict) -> float | None:
    """Return the mean premium without the developer's own cash sales; None if too few others are left."""
    market, sharing = weighing.market, weighing.evidence.sharing
    others: Ints = np.nonzero((market.sales["developer"] != str(group.developer_id)).to_numpy())[0]
    if sharing is None or len(others) < FEWEST_SALES:
        return None
    model = fit_area(market, others)
    homes = (market.listings[group.rows], market.listing_groups[group.rows], market.listing_place[group.rows])
    log_expected, where = model.stand(*homes)
    forecast = model.comparables.forecast(where)
    log_price = np.log(weighing.stock.listings.frame["price"].to_numpy()[group.rows])
    pooled = pool(
        log_price - log_expected - forecast.mean,
        np.sqrt(forecast.variance),
        evidence_class(forecast.own_sales),
        weighing.evidence.clusters[group.rows],
        np.zeros(len(group.rows), dtype=np.int64),
        sharing,
    )
    return float(np.expm1(pooled.mean[0]))


def _evidence(
    weighing: Weighing,
    measured: Measured,
    *,
    level: str,
    difference_fen: int,
    supports: tuple[Measured, ...] = (),
    **told: Any,
) -> AreaEvidence:
    alarm = weighing.run.drift_alarm
    return AreaEvidence(
        rule=measured.kind,
        rule_version=weighing.rule_version,
        found_at=weighing.found_at,
        district=weighing.district,
        level="review" if alarm and level == "flag" else level,
        held=alarm and level == "flag",
        difference_fen=difference_fen,
        difference_bp=round(measured.premium * 10_000),
        result=measured,
        supports=supports,
        run=weighing.run,
        **{"development": None, "development_ref": None, "home": None, **told},
    )
