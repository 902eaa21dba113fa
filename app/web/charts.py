"""Charts as inline SVG: where each mark stands, in per cent across and in pixels down.

Across in per cent, so that one chart fits a telephone and a screen, its letters of the same size; a table
beside it says the same in numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.reports.price_course import Mark, Span
from app.web import formatting
from app.web.language import gettext as _

HEIGHT: Final = 300
_TOP: Final = 24
_BOTTOM: Final = 268
_LEFT: Final = 3.0
_RIGHT: Final = 97.0
_STEPS: Final = (1, 2, 2.5, 5, 10)
MOST_DOTS: Final = 1000
"""More marks than these are thinned by the table's months: a page is read, not weighed."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark: a kind, its place, and what it says to whoever points at it."""

    kind: str
    x: str
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line of a kind."""

    kind: str
    x1: str
    y1: float
    x2: str
    y2: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across at a round number, or a day below."""

    at: Any
    label: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the macro draws."""

    title: str
    desc: str
    dots: list[Dot]
    lines: list[Line]
    across: list[Tick]
    days: list[Tick]
    height: int = HEIGHT


class _Scale:
    """Turns days and sums into places."""

    def __init__(self, days: Sequence[date], sums: Sequence[int]) -> None:
        self.first, self.last = min(days), max(days)
        self.ticks = _round_numbers(min(sums), max(sums))
        self.low, self.high = min(self.ticks[0], *sums), max(self.ticks[-1], *sums)

    def x(self, day: date) -> str:
        span = (self.last - self.first).days
        share = (day - self.first).days / span if span else 0.5
        return f"{_LEFT + share * (_RIGHT - _LEFT):.2f}%"

    def y(self, fen: int) -> float:
        share = (fen - self.low) / (self.high - self.low)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)

    def across(self) -> list[Tick]:
        return [Tick(self.y(fen), formatting.yuan(fen)) for fen in self.ticks]

    def days(self) -> list[Tick]:
        if self.first == self.last:
            return [Tick("50%", self.first.isoformat(), "middle")]
        return [
            Tick(self.x(self.first), self.first.isoformat()),
            Tick(self.x(self.last), self.last.isoformat(), "end"),
        ]


def _round_numbers(low: int, high: int) -> list[int]:
    """Return four or so round sums (fen) from at most the lowest to at least the highest."""
    span = max(high - low, 100_00)
    rough = span / 4
    magnitude = 10 ** (len(str(int(rough))) - 1)
    step = int(next(one * magnitude for one in _STEPS if one * magnitude >= rough))
    start = low // step * step
    return list(range(start, high + step, step)) if start < high else [start, start + step]


def marks_chart(marks: Sequence[Mark], name: str) -> Chart | None:
    """Return the prices of a square metre over time, cash sales and voucher prices; None without any."""
    if not marks:
        return None
    shown = _thinned(marks)
    scale = _Scale([mark.on for mark in shown], [mark.unit_fen for mark in shown])
    kinds = {"cash": _("现金成交"), "voucher": _("房票价")}
    counts = {kind: sum(mark.kind == kind for mark in marks) for kind in kinds}
    dots = [
        Dot(
            mark.kind,
            scale.x(mark.on),
            scale.y(mark.unit_fen),
            f"{kinds[mark.kind]} {mark.on.isoformat()} {formatting.yuan(mark.unit_fen)}/㎡",
        )
        for mark in shown
    ]
    desc = _(
        "%(name)s从%(first)s到%(last)s：现金成交 %(cash)d 份，房票价 %(voucher)d 次，"
        "每平方米从 %(low)s 到 %(high)s。",
        name=name,
        first=scale.first.isoformat(),
        last=scale.last.isoformat(),
        cash=counts["cash"],
        voucher=counts["voucher"],
        low=formatting.yuan(min(mark.unit_fen for mark in marks)),
        high=formatting.yuan(max(mark.unit_fen for mark in marks)),
    )
    title = _("每平方米的房票价和现金成交")
    return Chart(title, desc, dots, [], scale.across(), scale.days())


def _thinned(marks: Sequence[Mark]) -> Sequence[Mark]:
    """Return every mark, or of many each n-th with the lowest and the highest kept."""
    if len(marks) <= MOST_DOTS:
        return marks
    ends = {min(marks, key=lambda mark: mark.unit_fen), max(marks, key=lambda mark: mark.unit_fen)}
    step = -(-len(marks) // MOST_DOTS)
    return [mark for place, mark in enumerate(marks) if place % step == 0 or mark in ends]


def spans_chart(
    spans: Sequence[Span], *, sale: tuple[date, int] | None, today: date, names: dict[str, str]
) -> Chart | None:
    """Return the prices of one home over time as steps, and its cash contract; None without any price."""
    if not spans:
        return None
    days = [*(span.since for span in spans), today]
    sums = [span.amount_fen for span in spans]
    if sale:
        days.append(sale[0])
        sums.append(sale[1])
    scale = _Scale(days, sums)
    lines: list[Line] = []
    latest: dict[str, float] = {}
    for span in spans:
        y = scale.y(span.amount_fen)
        x, before = scale.x(span.since), latest.get(span.kind)
        if before is not None:
            lines.append(Line(span.kind, x, before, x, y))
        lines.append(Line(span.kind, x, y, scale.x(span.until or today), y))
        latest[span.kind] = y
    dots = [
        Dot(
            span.kind,
            scale.x(span.since),
            scale.y(span.amount_fen),
            f"{names[span.kind]} {span.since.isoformat()} {formatting.yuan(span.amount_fen)}",
        )
        for span in spans
    ]
    if sale:
        told = _("现金合同 %(day)s %(sum)s", day=sale[0].isoformat(), sum=formatting.yuan(sale[1]))
        dots.append(Dot("sale", scale.x(sale[0]), scale.y(sale[1]), told))
    last = {span.kind: span for span in spans}
    desc = _("、").join(
        _("%(price)s现在 %(sum)s", price=names[kind], sum=formatting.yuan(span.amount_fen))
        for kind, span in last.items()
    )
    return Chart(_("这套房的价格变化"), desc, dots, lines, scale.across(), scale.days())
