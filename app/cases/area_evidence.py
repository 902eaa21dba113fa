"""Version 5 of the evidence: dearer than comparable cash sales, as one run of the monitor found it.

All its numbers recompute from the JSON alone (``tests/integration/cases/test_watching.py`` does it by hand):

- **A home** (``home_basis``). Each comparable's ``adjustments``, in fen, lead from its price to its adjusted
  price; ``outlier`` is what was taken off or added because the sale stood too far out. The logarithm of the
  expected price is the mean of the logarithms of the adjusted prices by ``weight``, and of ``model_fen``, the
  regression's own price of the home, by ``model_weight``; weights add up to 1 and may be negative. Its
  variance is ``correction`` x the larger of (``prior`` - sum of weight x covariance) and ``floor``. With
  ``sd`` its root, the interval is expected x exp(``low`` x sd) to exp(``high`` x sd), and z = (log of the
  voucher price - log of (1 + materiality) - log of the expected price) / sd has the p-value
  (1 + ``at_least``) / (1 + ``errors``), or beyond ``tail_from``
  (1 + ``tail_count``) / (1 + errors) x (z / tail_from) ** -``tail_rate``.
- **A group** (``group_basis``). Each home's excess is log(voucher price / expected price); how they are
  pooled with ``own``, ``shared`` (by class of evidence), ``drift``, ``widening`` and ``freedom`` stands in
  docs/monitor.md.

Sums are fen, premiums shares (0.08 is 8%), probabilities between 0 and 1; JSON keeps floats in full.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.cases.described import HomeFacts, read_home

AREA_SCHEMA: Final = 5


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run that found it: what it compared, by which rule, with which settings."""

    ref: str
    as_of: date
    """The day for which cash prices were expected."""
    data_hash: str
    rate_bp: int
    materiality_bp: int
    sales: int
    """Cash sales compared with."""
    listings: int
    drift_alarm: bool
    left_out: dict[str, int]
    """Contracts that count for nothing here, by reason: ``bulk``, ``staff``, ``cancelled``, ``voucher_paid``,
    ``not_standing``, ``unregistered``, ``no_price``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One test's answer. ``rank`` is its place among the ``family`` tests of its level, by p-value."""

    kind: str
    premium: float
    lower: float
    upper: float
    p_value: float
    rank: int
    family: int
    listings: int
    """Homes of the subject that were tested."""
    smallest_premium: float
    """The smallest premium that could have shown at all here (p < .05): below it, nothing proves nothing."""


@dataclass(frozen=True, slots=True)
class ComparableFacts:
    """A cash sale, and what makes its price comparable with the home's."""

    sale_ref: str
    signed_on: date
    development: str
    home: str
    """Its address within the development."""
    area_m2: Decimal
    storey: int
    price_fen: int
    adjustments: dict[str, int]
    """Fen, in the order they are made: ``area``, ``storey``, ``rooms``, ``place``, ``time``, ``outlier``."""
    adjusted_fen: int
    weight: float
    covariance: float


@dataclass(frozen=True, slots=True)
class HomeBasis:
    """Why a home's expected price is what it is; the module says how the numbers hang together."""

    voucher_fen: int
    expected_fen: int
    lower_fen: int
    upper_fen: int
    sd: float
    own_sales: int
    """Cash sales of the home's own development."""
    comparables: tuple[ComparableFacts, ...]
    """The heaviest first."""
    model_fen: int
    model_weight: float
    prior: float
    floor: float
    correction: float
    errors: int
    low: float
    high: float
    at_least: int
    tail_from: float | None
    tail_rate: float | None
    tail_count: int | None

    @property
    def net_adjustment(self) -> float:
        """The comparables' mean adjustment as a share of their price, by absolute weight; warn past 15%."""
        return self._mean(lambda one: abs(sum(_fair(one).values())))

    @property
    def gross_adjustment(self) -> float:
        """The same of the sums without their signs; warn past 25%."""
        return self._mean(lambda one: sum(abs(fen) for fen in _fair(one).values()))

    def _mean(self, of: Any) -> float:
        total = sum(abs(one.weight) for one in self.comparables)
        if not total:
            return 0.0
        return float(sum(abs(one.weight) * of(one) / one.price_fen for one in self.comparables) / total)


def _fair(one: ComparableFacts) -> dict[str, int]:
    return {name: fen for name, fen in one.adjustments.items() if name != "outlier"}


@dataclass(frozen=True, slots=True)
class GroupHome:
    """One home of a pooled group."""

    ref: str
    name: str
    development: str
    voucher_fen: int
    expected_fen: int
    sd: float
    evidence_class: int
    """0 to 3: no, 1 to 4, 5 to 19, 20 or more cash sales in its own development."""


@dataclass(frozen=True, slots=True)
class GroupBasis:
    """The homes that were pooled, and what past rounds say of how their errors go together."""

    homes: tuple[GroupHome, ...]
    own: float
    shared: tuple[float, ...]
    """By class of evidence."""
    drift: float
    widening: float
    freedom: float
    without_own_sales: float | None
    """The mean premium when the developer's own cash sales are left out; None where nothing is left then."""


@dataclass(frozen=True, slots=True)
class AreaEvidence:
    """That voucher prices of a home, a development or a developer are above comparable cash prices."""

    rule: str
    rule_version: int
    found_at: datetime
    district: str
    developer: str
    subject: str
    """``home``, ``development`` or ``developer``."""
    development: str | None
    development_ref: str | None
    home: HomeFacts | None
    level: str
    held: bool
    difference_fen: int
    """Voucher less expected price; of a group the mean of its homes."""
    difference_bp: int
    """The premium in ten-thousandths."""
    result: Measured
    supports: tuple[Measured, ...]
    """Other tests of the same subject that agree: its own developments, and other developments alone."""
    run: RunFacts
    home_basis: HomeBasis | None = None
    group_basis: GroupBasis | None = None
    schema: int = field(default=AREA_SCHEMA)

    @property
    def figures(self) -> tuple[object, ...]:
        """What makes it the same finding when it is found again."""
        kept = (self.level, self.held, self.rule_version, self.run.rate_bp, self.run.materiality_bp)
        return (*kept, self.run.data_hash, self.result, self.supports)


def read_area(stored: Mapping[str, Any]) -> AreaEvidence:
    """Return stored evidence of version 5."""
    told = {
        "found_at": datetime.fromisoformat(stored["found_at"]),
        "home": None if stored["home"] is None else read_home(stored["home"]),
        "result": Measured(**stored["result"]),
        "supports": tuple(Measured(**one) for one in stored["supports"]),
        "run": RunFacts(**{**stored["run"], "as_of": date.fromisoformat(stored["run"]["as_of"])}),
        "home_basis": _home_basis(stored["home_basis"]),
        "group_basis": _group_basis(stored["group_basis"]),
    }
    return AreaEvidence(**{**stored, **told})


def _home_basis(stored: Mapping[str, Any] | None) -> HomeBasis | None:
    if stored is None:
        return None
    return HomeBasis(**{**stored, "comparables": tuple(_comparable(one) for one in stored["comparables"])})


def _comparable(stored: Mapping[str, Any]) -> ComparableFacts:
    told = {"signed_on": date.fromisoformat(stored["signed_on"]), "area_m2": Decimal(stored["area_m2"])}
    return ComparableFacts(**{**stored, **told})


def _group_basis(stored: Mapping[str, Any] | None) -> GroupBasis | None:
    if stored is None:
        return None
    homes = tuple(GroupHome(**one) for one in stored["homes"])
    return GroupBasis(**{**stored, "homes": homes, "shared": tuple(stored["shared"])})
