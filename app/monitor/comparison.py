"""What stands on a home's own page: the cash sales that it is compared with, frozen for one run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import DWELLING, Home
from app.monitor.cash import counts_as_cash
from app.monitor.models import HomeComparison
from app.sales.models import CashSale

SCHEMA: Final = 1
MOST_SHOWN: Final = 5
_MONTHS: Final = 12
FEWEST: Final = 3
"""Fewer comparables than this say too little to be shown as a comparison."""


@dataclass(frozen=True, slots=True)
class ComparedSale:
    """A registered cash sale as anybody may read it: no buyer, no contract number, no room."""

    signed_on: date
    development: str
    area_m2: Decimal
    storey: int
    price_fen: int
    adjusted_fen: int | None
    """What it would have cost today with this home's area, storey and so on; None where not worked out."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One home of a run: the sum compared, what cash buyers would pay, and the heaviest comparables."""

    home_id: int
    level: str
    voucher_fen: int
    expected_fen: int | None
    lower_fen: int | None
    upper_fen: int | None
    p_value: float | None
    sales: tuple[ComparedSale, ...]


def write(session: Session, *, district_id: int, run_id: int, compared: Sequence[Compared]) -> None:
    """Put these homes' comparisons in the place of earlier ones."""
    if not compared:
        return
    rows = [_row(one, district_id, run_id) for one in compared]
    statement = insert(HomeComparison)
    kept = ("district_id", "home_id")
    changed = {name: statement.excluded[name] for name in rows[0] if name not in kept}
    session.execute(statement.on_conflict_do_update(index_elements=kept, set_=changed), rows)


def forget_others(session: Session, *, district_id: int, run_id: int) -> None:
    """Remove the comparisons of homes that a run did not find listed."""
    session.execute(
        delete(HomeComparison).where(
            HomeComparison.district_id == district_id, HomeComparison.run_id != run_id
        )
    )


def find(session: Session, *, district_id: int, home_id: int) -> Compared | None:
    """Return what the last run left of a home; None where it was in none."""
    statement = select(HomeComparison).where(
        HomeComparison.district_id == district_id, HomeComparison.home_id == home_id
    )
    row = session.scalars(statement).first()
    return None if row is None else _read(row)


def of_home(session: Session, home: Home) -> tuple[ComparedSale, ...]:
    """Return the cash sales to show beside a home: those it was compared with, or its development's latest.

    Empty where they are too few to say anything. All are of the district where the home stands.
    """
    compared = find(session, district_id=home.development.district_id, home_id=home.id)
    sales = compared.sales if compared is not None else ()
    if len(sales) < FEWEST:
        sales = _latest(session, home)
    return sales if len(sales) >= FEWEST else ()


def _latest(session: Session, home: Home) -> tuple[ComparedSale, ...]:
    since = clock.add_months(clock.today(), -_MONTHS)
    statement = (
        select(CashSale, Home.storey)
        .join(Home, Home.id == CashSale.home_id)
        .where(
            Home.development_id == home.development_id,
            DWELLING,
            CashSale.district_id == home.development.district_id,
            CashSale.home_id != home.id,
            CashSale.signed_on >= since,
            counts_as_cash(),
        )
        .order_by(CashSale.signed_on.desc(), CashSale.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        ComparedSale(
            sale.signed_on,
            home.development.name,
            sale.area_m2 or home.area_m2,
            storey,
            sale.price_fen or 0,
            None,
        )
        for sale, storey in session.execute(statement)
    )


def _row(one: Compared, district_id: int, run_id: int) -> dict[str, Any]:
    told = {"schema": SCHEMA, "sales": [_plain(sale) for sale in one.sales]}
    figures = {name: getattr(one, name) for name in _FIGURES}
    return {
        "district_id": district_id,
        "run_id": run_id,
        "comparison": told,
        "compared_at": clock.now(),
        **figures,
    }


_FIGURES: Final = ("home_id", "level", "voucher_fen", "expected_fen", "lower_fen", "upper_fen", "p_value")


def _plain(sale: ComparedSale) -> dict[str, Any]:
    return {**asdict(sale), "signed_on": sale.signed_on.isoformat(), "area_m2": str(sale.area_m2)}


def _read(row: HomeComparison) -> Compared:
    figures = {name: getattr(row, name) for name in _FIGURES}
    return Compared(**figures, sales=tuple(_sale(one) for one in row.comparison["sales"]))


def _sale(stored: Mapping[str, Any]) -> ComparedSale:
    told = {"signed_on": date.fromisoformat(stored["signed_on"]), "area_m2": Decimal(stored["area_m2"])}
    return ComparedSale(**{**stored, **told})
