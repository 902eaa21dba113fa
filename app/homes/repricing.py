"""Working out and judging new prices of many homes: pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from app.core import money
from app.core.errors import DomainError
from app.homes import rules
from app.homes.doubts import Doubt, doubt_prices
from app.homes.models import Home
from app.homes.rules import Amounts, PriceKind

Way = Literal["unit", "percent", "amount"]
WAYS: Final[tuple[Way, ...]] = ("unit", "percent", "amount")

Verdict = Literal["ok", "leaves", "refused", "left", "same", "sold"]
"""``left`` are homes that a rule refuses and that somebody said to leave as they are."""

YUAN_FEN: Final = 100
HUNDRED_YUAN_FEN: Final = 10_000
STEPS: Final = (YUAN_FEN, HUNDRED_YUAN_FEN)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a new price comes from the old one.

    ``unit``: ``value`` fen for each ㎡; ``percent``: ten-thousandths more, or less where it is negative;
    ``amount``: fen more or less. Rounded half up to ``step_fen``.
    """

    kind: PriceKind
    way: Way
    value: int
    step_fen: int = YUAN_FEN

    def price(self, before_fen: int | None, area_m2: Decimal) -> int:
        """Return the new price in fen. Raises DomainError without an old price, and below one step."""
        if self.way == "unit":
            exact = self.value * area_m2
        elif before_fen is None:
            raise DomainError("batch_no_price")
        elif self.way == "percent":
            exact = Decimal(before_fen) * (10_000 + self.value) / 10_000
        else:
            exact = Decimal(before_fen + self.value)
        price = money.to_step(exact, self.step_fen)
        if price <= 0:
            raise DomainError("batch_not_positive")
        return price


@dataclass(frozen=True, slots=True)
class Row:
    """A home as it stands before: its prices with promotions, and whether it stands in a pool."""

    home: Home
    amounts: Amounts
    listed: bool
    taken: bool = False
    """Another plan for the same price begins at the same moment."""


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one home: its new price, and what the rules say to it."""

    home: Home
    before_fen: int | None
    after_fen: int | None
    verdict: Verdict
    refusal: DomainError | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of all chosen homes, and what they come to together."""

    kind: PriceKind
    lines: Sequence[Line]
    effective_at: datetime | None = None
    """The later moment from which they are to hold; None for at once."""

    @property
    def changing(self) -> list[Line]:
        """The homes whose price changes."""
        return [line for line in self.lines if line.verdict in {"ok", "leaves"}]

    def count(self, verdict: Verdict) -> int:
        """Return how many homes come to a verdict."""
        return sum(line.verdict == verdict for line in self.lines)

    @property
    def before_fen(self) -> int:
        """The sum of the prices that change; nothing counts where there was none."""
        return sum(line.before_fen or 0 for line in self.changing)

    @property
    def after_fen(self) -> int:
        """The sum of the new prices."""
        return sum(line.after_fen or 0 for line in self.changing)

    @property
    def doubts(self) -> list[Doubt]:
        """What is unlikely about the new prices."""
        return [doubt for line in self.changing for doubt in line.doubts]

    @property
    def seen(self) -> str:
        """A mark of what is shown: another one means that homes or prices changed since."""
        shown = [
            (line.home.id, line.home.doc_version, line.before_fen, line.after_fen, line.verdict)
            for line in self.lines
        ]
        return hashlib.sha256(repr((self.kind, self.effective_at, shown)).encode()).hexdigest()

    def leaving_out(self) -> "Preview":
        """Return the preview in which the homes that a rule refuses stay as they are."""
        lines = [replace(line, verdict="left") if line.verdict == "refused" else line for line in self.lines]
        return replace(self, lines=lines)


def work_out(
    rows: Iterable[Row],
    recipe: Recipe,
    *,
    median_unit_fen: int | None,
    effective_at: datetime | None = None,
) -> Preview:
    """Return what a recipe does to homes; the median is of the development's ㎡ prices, for the doubts."""
    return Preview(recipe.kind, [_line(row, recipe, median_unit_fen) for row in rows], effective_at)


def _line(row: Row, recipe: Recipe, median_unit_fen: int | None) -> Line:
    before = row.amounts.of(recipe.kind)
    if row.home.status == "sold":
        return Line(row.home, before, None, "sold")
    if row.taken:
        return Line(row.home, before, None, "refused", DomainError("plan_moment_taken"))
    try:
        after = recipe.price(before, row.home.area_m2)
    except DomainError as refusal:
        return Line(row.home, before, None, "refused", refusal)
    return judge(row, recipe.kind, after, median_unit_fen=median_unit_fen)


def judge(row: Row, kind: PriceKind, after_fen: int, *, median_unit_fen: int | None) -> Line:
    """Return what the rules say to a new price of a home that is not sold."""
    before = row.amounts.of(kind)
    if before == after_fen:
        return Line(row.home, before, after_fen, "same")
    try:
        amounts = rules.check_change(kind, after_fen, row.amounts)
    except DomainError as refusal:
        return Line(row.home, before, after_fen, "refused", refusal)
    typed = Amounts().with_price(kind, after_fen)
    doubts = tuple(doubt_prices(typed, row.home.area_m2, median_unit_fen=median_unit_fen))
    leaves = row.listed and rules.find_breach(amounts) is not None
    return Line(row.home, before, after_fen, "leaves" if leaves else "ok", doubts=doubts)
