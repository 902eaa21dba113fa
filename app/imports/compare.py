"""A home as its row tells it, held against the home we have: new, changed, the same, or against a rule. Pure.

The rules are those of a single home's page; a row that changes several prices is judged by where it leads,
since all its changes take effect at one moment.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from app.core.errors import DomainError
from app.homes import rules
from app.homes.promotions import Deal
from app.homes.rules import Amounts, PriceKind
from app.imports.home_rows import HomeRow

Verdict = Literal["new", "changed", "same", "bad"]

FACTS: Final = ("rooms", "area_m2", "inner_area_m2", "orientation", "finish")

SET: Final = (*FACTS, "filed_fen", "filing_number", "cash_fen", "voucher_fen")
"""Everything a row may set."""

BUILDING: Final = ("storeys", "units", "has_lift")
"""What a row says of a building that is new; one that is there is changed on its own page."""

_KEY_OF_FIELD: Final = {
    "area_m2": "area",
    "inner_area_m2": "inner",
    **{f"{kind}_price": kind for kind in rules.KINDS},
}
"""Which column a rule's field stands in, where the names differ."""


@dataclass(frozen=True, slots=True)
class Present:
    """A home as it is now; ``listed`` in any pool."""

    home_id: int
    doc_version: int
    status: str
    listed: bool
    rooms: int
    area_m2: Decimal
    inner_area_m2: Decimal | None
    orientation: str | None
    finish: str | None
    filed_fen: int | None
    filing_number: str | None
    filed_source: str | None
    filed_on: date | None
    cash_fen: int | None
    voucher_fen: int | None
    deals: tuple[Deal, ...] = ()

    @property
    def amounts(self) -> Amounts:
        """Its prices, with the promotions that hold for it."""
        return Amounts(self.filed_fen, self.cash_fen, self.voucher_fen, self.deals)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a building is."""

    storeys: int
    units: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row comes to: what it would set, what stood there before, why not."""

    verdict: Verdict
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    leaves: str | None = None
    """Why the home would leave the pool it is listed in."""
    refusals: list[tuple[str, DomainError]] = field(default_factory=list)
    """Column key and reason."""


def judge(row: HomeRow, present: Present | None, size: Size | None) -> Judged:
    """Return what a row comes to; ``size`` is None for a building that is new as well."""
    return _judge_new(row, size) if present is None else _judge_present(row, present)


def _judge_new(row: HomeRow, size: Size | None) -> Judged:
    refusals = _Refusals()
    for key, value in (("area", row.area_m2), ("rooms", row.rooms)):
        if value is None:
            refusals.add(DomainError(f"new_home_needs_{key}", key))
    size = size or Size(row.storeys or max(row.storey, 1), row.units)
    refusals.check(
        lambda: rules.check_place(
            unit=row.unit, storey=row.storey, storeys=size.storeys, units=size.units, kind=row.kind
        )
    )
    if row.area_m2 is not None:
        refusals.check(lambda: rules.check_areas(row.area_m2 or Decimal(0), row.inner_area_m2))
    amounts = Amounts(row.filed_fen, row.cash_fen, row.voucher_fen)
    refusals.check(lambda: rules.check_first_prices(amounts))
    if row.filed_fen is not None:
        refusals.check(lambda: rules.check_filing_number("filed", row.filing_number))
    if refusals.found:
        return Judged("bad", refusals=refusals.found)
    return Judged("new", values={name: getattr(row, name) for name in (*SET, *BUILDING, "kind")})


def _judge_present(row: HomeRow, present: Present) -> Judged:
    facts = _changed_facts(row, present)
    prices = _changed_prices(row, present)
    if not facts and not prices:
        return Judged("same")
    refusals = _Refusals()
    if present.status == "sold":
        refusals.add(DomainError("home_sold", "room"))
        return Judged("bad", refusals=refusals.found)
    fixed = rules.fixed_facts("home", {present.status})
    for name in facts:
        if name in fixed and getattr(present, name) is not None:
            refusals.add(DomainError(fixed[name], name))
    area = facts.get("area_m2", present.area_m2)
    refusals.check(lambda: rules.check_areas(area, facts.get("inner_area_m2", present.inner_area_m2)))
    after = _check_prices(row, present, prices, refusals)
    if refusals.found:
        return Judged("bad", refusals=refusals.found)
    values: dict[str, Any] = {**facts, **{f"{kind}_fen": fen for kind, fen in prices.items()}}
    before = {name: getattr(present, name) for name in values}
    if "filed" in prices:
        values["filing_number"], before["filing_number"] = row.filing_number, present.filing_number
    leaves = rules.find_breach(after) if present.listed else None
    return Judged("changed", values=values, before=before, leaves=leaves)


def _changed_facts(row: HomeRow, present: Present) -> dict[str, Any]:
    """Return the facts that differ; an empty cell leaves what is there."""
    given = {name: getattr(row, name) for name in FACTS}
    return {
        name: value for name, value in given.items() if value is not None and value != getattr(present, name)
    }


def _changed_prices(row: HomeRow, present: Present) -> dict[PriceKind, int]:
    """Return the prices that differ; a filed one also where only its number does."""
    changed: dict[PriceKind, int] = {}
    given = Amounts(row.filed_fen, row.cash_fen, row.voucher_fen)
    for kind in rules.KINDS:
        fen = given.of(kind)
        if fen is not None and fen != present.amounts.of(kind):
            changed[kind] = fen
    same_sum = row.filed_fen is not None and "filed" not in changed
    if same_sum and row.filing_number and row.filing_number != present.filing_number:
        changed["filed"] = row.filed_fen or 0
    return changed


def _check_prices(
    row: HomeRow, present: Present, prices: dict[PriceKind, int], refusals: "_Refusals"
) -> Amounts:
    after = present.amounts
    for kind, fen in prices.items():
        after = after.with_price(kind, fen)
    if "filed" in prices and present.filed_source == "bureau":
        refusals.add(DomainError("filed_by_bureau", "filed_price", filed_fen=present.filed_fen))
    elif "filed" in prices:
        refusals.check(lambda: rules.check_filing_number("filed", row.filing_number))
    if "cash" in prices:
        before_cash = Amounts(after.filed_fen, present.cash_fen, present.voucher_fen)
        refusals.check(lambda: rules.check_change("cash", prices["cash"], before_cash))
    if "voucher" in prices:
        refusals.check(lambda: rules.check_change("voucher", prices["voucher"], after))
    return after


class _Refusals:
    """Collects the refusals of rules that raise."""

    def __init__(self) -> None:
        self.found: list[tuple[str, DomainError]] = []

    def add(self, refusal: DomainError) -> None:
        """Note a refusal under the column it is about."""
        name = refusal.field or "room"
        self.found.append((_KEY_OF_FIELD.get(name, name), refusal))

    def check(self, rule: Any) -> None:
        """Run a rule and note its refusal."""
        try:
            rule()
        except DomainError as refusal:
            self.add(refusal)
