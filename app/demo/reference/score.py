"""The monitor's signals against what was planted: what was found, missed, and said of the innocent.

The truth is the planted list; the monitor never reads it. A development or developer is innocent when its
homes are not planted above the formula by more than the monitor's materiality, on average.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.demo.reference import planted
from app.demo.reference.places import SITES
from app.homes.models import DWELLING, Development, Home
from app.homes.pool_models import PoolListing
from app.identity.models import Organisation
from app.monitor.runs import MATERIALITY_BP

_SURE: Final = ("review", "flag")
_SITES: Final = frozenset(site.name for site in SITES)
"""The developments whose prices are the formula's; the visitor's story has prices of its own."""
_MATERIAL: Final = MATERIALITY_BP / 10_000


@dataclass(frozen=True, slots=True)
class Score:
    """One kind, by names of developments or companies: what was wanted, what of it found, what wrongly."""

    kind: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    false: tuple[str, ...]
    tested: bool = True
    """False where the monitor has no test of that kind yet."""

    @property
    def missed(self) -> tuple[str, ...]:
        """What had to be found and was not."""
        return tuple(name for name in self.wanted if name not in self.found)

    @property
    def holds(self) -> bool:
        """Whether all of it was found and nothing else; true of what nobody tests for."""
        return not self.tested or not (self.missed or self.false)


@dataclass(frozen=True, slots=True)
class _Row:
    """A signal that counts: its kind and level, and the names of what it is about."""

    kind: str
    level: str
    developer: str
    development: str | None


def score(session: Session, *, district_id: int) -> list[Score]:
    """Return the score of a district that holds the reference stock."""
    rows = _signals(session, district_id)
    premiums = _premiums(session, district_id)
    dear = tuple(planted.DEAR_DEVELOPMENTS)
    companies = (planted.DEAR_DEVELOPER[0],)
    return [
        _exact("voucher_above_cash", rows, [name for name, _ in planted.LOWERED_CASH]),
        _exact("voucher_above_net", rows, [planted.HIDDEN_PROMOTION[0]]),
        _exact("contract_below_cash", rows, [name for name, _ in planted.CHEAP_CONTRACTS]),
        _dear("developer_above_area", rows, companies, _innocent_companies(premiums)),
        _dear("development_above_area", rows, dear, _innocent_developments(premiums)),
        _alone(rows, _innocent_developments(premiums)),
        _untested("voucher_rose_on_last_round", planted.ROSE_SINCE_EARLIER_ROUND),
        _untested("raised_before_round", planted.RAISED_BEFORE_ROUND),
        _untested("bunched_at_face_values", [planted.BUNCHED[0]]),
    ]


def _signals(session: Session, district_id: int) -> list[_Row]:
    statement = (
        select(Signal.kind, Signal.level, Organisation.name, Development.name)
        .join(Organisation, Organisation.id == Signal.developer_id)
        .outerjoin(Development, Development.id == Signal.development_id)
        .where(Signal.district_id == district_id, Signal.state != "lapsed")
    )
    return [_Row(*row) for row in session.execute(statement)]


def _premiums(session: Session, district_id: int) -> list[tuple[str, str, int, float]]:
    """Return developer, development, listed homes and planted premium of each development of the formula."""
    statement = (
        select(Organisation.name, Development.name, func.count())
        .select_from(PoolListing)
        .join(Home, Home.id == PoolListing.home_id)
        .join(Development, Development.id == Home.development_id)
        .join(Organisation, Organisation.id == Development.developer_id)
        .where(PoolListing.district_id == district_id, PoolListing.state == "listed", Home.status != "sold")
        .where(DWELLING)
        .group_by(Organisation.name, Development.name)
    )
    return [
        (company, name, count, planted.premium(company, name))
        for company, name, count in session.execute(statement)
        if name in _SITES
    ]


def _innocent_developments(premiums: Sequence[tuple[str, str, int, float]]) -> set[str]:
    return {name for _, name, _, premium in premiums if premium <= _MATERIAL}


def _innocent_companies(premiums: Sequence[tuple[str, str, int, float]]) -> set[str]:
    homes: dict[str, int] = {}
    excess: dict[str, float] = {}
    for company, _, count, premium in premiums:
        homes[company] = homes.get(company, 0) + count
        excess[company] = excess.get(company, 0.0) + count * premium
    return {company for company, count in homes.items() if excess[company] / count <= _MATERIAL}


def _exact(kind: str, rows: Sequence[_Row], wanted: Sequence[str]) -> Score:
    """Return the score of a price rule; what the visitor's story breaks is not counted."""
    found = _names(row.development for row in rows if row.kind == kind and row.development in _SITES)
    return Score(kind, tuple(wanted), _both(found, wanted), _others(found, wanted))


def _dear(kind: str, rows: Sequence[_Row], wanted: Sequence[str], innocent: set[str]) -> Score:
    sure = [row for row in rows if row.kind == kind and row.level in _SURE]
    found = _names(row.development or row.developer for row in sure)
    return Score(kind, tuple(wanted), _both(found, wanted), tuple(name for name in found if name in innocent))


def _alone(rows: Sequence[_Row], innocent: set[str]) -> Score:
    found = _names(row.development for row in rows if row.kind == "home_above_area" and row.level in _SURE)
    return Score("home_above_area", (), (), tuple(name for name in found if name in innocent))


def _untested(kind: str, wanted: Iterable[str]) -> Score:
    return Score(kind, tuple(wanted), (), (), tested=False)


def _names(names: Iterable[str | None]) -> list[str]:
    return sorted({name for name in names if name is not None})


def _both(found: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in found)


def _others(found: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in found if name not in wanted)
