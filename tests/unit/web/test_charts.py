"""Charts: everything stands inside the frame, in its order, and what is far out is never left out."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.reports.price_course import Mark, Span, by_month
from app.web import charts

DAY = date(2016, 3, 1)
MARKS = st.lists(
    st.builds(
        Mark,
        kind=st.sampled_from(["cash", "voucher"]),
        on=st.dates(date(2014, 1, 1), date(2017, 12, 31)),
        unit_fen=st.integers(1, 10_000_000),
    ),
    min_size=1,
    max_size=60,
)


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


@given(MARKS)
def test_marks_stand_inside_the_frame_in_the_order_of_days_and_sums(marks: list[Mark]) -> None:
    chart = charts.marks_chart(marks, "滨江花园")
    assert chart is not None
    assert len(chart.dots) == len(marks)
    for dot in chart.dots:
        assert 0 <= percent(dot.x) <= 100
        assert 0 < dot.y < chart.height
    placed = list(zip(marks, chart.dots, strict=True))
    for mark, dot in placed:
        for other, beside in placed:
            if mark.on < other.on:
                assert percent(dot.x) <= percent(beside.x)
            if mark.unit_fen > other.unit_fen:
                assert dot.y <= beside.y
    ticks = [tick.at for tick in chart.across]
    assert len(ticks) >= 2
    assert ticks == sorted(ticks, reverse=True)


def test_of_many_marks_the_lowest_and_the_highest_stay() -> None:
    marks = [Mark("cash", DAY + timedelta(days=n % 300), 600_000 + n) for n in range(5_000)]
    marks[1] = Mark("voucher", DAY, 1)
    marks[2] = Mark("voucher", DAY, 9_999_999)
    chart = charts.marks_chart(marks, "滨江花园")
    assert chart is not None
    assert len(chart.dots) <= charts.MOST_DOTS + 2
    assert sum(dot.kind == "voucher" for dot in chart.dots) == 2
    assert "现金成交 4998 份，房票价 2 次" in chart.desc


def test_a_homes_prices_are_steps_without_a_gap() -> None:
    spans = [
        Span("voucher", DAY, DAY + timedelta(days=30), 50_000_000),
        Span("cash", DAY, None, 49_000_000),
        Span("voucher", DAY + timedelta(days=30), None, 52_000_000),
    ]
    names = {"voucher": "房票价", "cash": "现金价"}
    chart = charts.spans_chart(spans, sale=None, today=DAY + timedelta(days=60), names=names)
    assert chart is not None
    first, rise, second = (line for line in chart.lines if line.kind == "voucher")
    assert (first.x2, first.y2) == (rise.x1, rise.y1)
    assert (rise.x2, rise.y2) == (second.x1, second.y1)
    assert second.y1 < first.y1
    assert chart.desc == "房票价现在 ¥520,000、现金价现在 ¥490,000"


def test_nothing_to_show_is_no_chart() -> None:
    assert charts.marks_chart([], "滨江花园") is None
    assert charts.spans_chart([], sale=None, today=DAY, names={}) is None


def test_a_months_middle_is_a_price_there_was() -> None:
    marks = [Mark("cash", DAY, fen) for fen in (100, 200, 400, 900)]
    (month,) = by_month([*marks, Mark("voucher", DAY + timedelta(days=3), 500)])
    assert month.cash is not None
    assert month.voucher is not None
    assert (month.cash.count, month.cash.lowest_fen, month.cash.middle_fen, month.cash.highest_fen) == (
        4,
        100,
        200,
        900,
    )
    assert month.voucher.middle_fen == 500
