"""How prices went: a development's voucher prices beside its cash sales, and one home's own prices."""

from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.cases import filters
from app.cases.filters import SignalFilter
from app.core import clock
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.homes import queries as homes
from app.homes.rules import home_name
from app.reports import price_course
from app.reports.price_course import Month, Spread
from app.web import charts, formatting, signals
from app.web.access import actor, roles
from app.web.language import gettext as _
from app.web.regulator import bp

_NAMES: Final[dict[str, Any]] = {str(kind): words for kind, words in signals.PRICES.items()}


@bp.get("/developments/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def development(ref: str) -> ResponseReturnValue:
    """Show a development's prices over time, as a chart and by month."""
    session, who = db.session(), actor()
    found, marks = price_course.course_of(session, actor=who, ref=ref)
    counts = filters.count_by(session, actor=who, wanted=SignalFilter(development=ref), facet="state")
    return render_template(
        "regulator/development.html",
        development=found,
        drawing=charts.marks_chart(marks, found.name),
        rows=[_row(month) for month in price_course.by_month(marks)],
        signals=sum(counts.values()),
    )


@bp.get("/homes/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def home_prices(ref: str) -> ResponseReturnValue:
    """Show a home's prices over time, as a chart and change by change."""
    session = db.session()
    home, spans, sale = price_course.home_course(session, actor=actor(), ref=ref)
    count = homes.count_price_changes(session, home_id=home.id)
    changes = homes.list_price_changes(session, home_id=home.id, limit=count)
    signed = (sale.signed_on, sale.price_fen) if sale and sale.price_fen else None
    return render_template(
        "regulator/home.html",
        home=home,
        name=home_name(home.building.name, home.unit, home.room),
        drawing=charts.spans_chart(spans, sale=signed, today=clock.today(), names=_NAMES),
        rows=signals.change_rows(changes),
        sale=sale,
    )


def _row(month: Month) -> list[str]:
    label = _("%(year)d年%(month)d月", year=month.first.year, month=month.first.month)
    return [label, *_told(month.cash), *_told(month.voucher), _gap(month)]


def _told(spread: Spread | None) -> list[str]:
    if spread is None:
        return ["0", _("没有")]
    middle, low, high = (
        formatting.yuan(round(fen / 100) * 100)
        for fen in (spread.middle_fen, spread.lowest_fen, spread.highest_fen)
    )
    span = _("%(middle)s（%(low)s 至 %(high)s）", middle=middle, low=low, high=high)
    return [str(spread.count), middle if spread.count == 1 else span]


def _gap(month: Month) -> str:
    if month.cash is None or month.voucher is None:
        return _("无法比较")
    share = month.voucher.middle_fen / month.cash.middle_fen - 1
    return f"{share * 100:+.1f}%"
