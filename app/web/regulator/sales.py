"""Cash sales (现金成交) of the district: the list, its file, and one of them."""

from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.spreadsheet import Cell
from app.extensions import db
from app.sales import matching, queries
from app.sales.models import CashSale
from app.sales.queries import SaleFilter
from app.web import formatting
from app.web import sales as words
from app.web.access import actor, roles
from app.web.export import csv_response
from app.web.forms.sales import SaleFilterForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.regulator import bp


@bp.get("/sales/")
@roles(Role.REGULATOR, *WATCHERS)
def sales() -> ResponseReturnValue:
    """List the district's cash sales, filtered by the address."""
    session, who, form = db.session(), actor(), SaleFilterForm()
    wanted = _wanted(form)
    if wanted is None:
        return render_template("regulator/sales.html", form=form, rows=None, words=words), 400
    pages = paginate(queries.count_sales(session, actor=who, wanted=wanted))
    rows = queries.list_sales(session, actor=who, wanted=wanted, limit=pages.size, offset=pages.offset)
    asked: dict[str, Any] = {
        "words": wanted.words,
        "state": wanted.state,
        "first": wanted.first and wanted.first.isoformat(),
        "last": wanted.last and wanted.last.isoformat(),
    }
    export = url_for("regulator.export_sales", **{name: value for name, value in asked.items() if value})
    return render_template(
        "regulator/sales.html", form=form, rows=rows, pages=pages, words=words, export=export
    )


@bp.get("/sales.csv")
@roles(Role.REGULATOR, *WATCHERS)
def export_sales() -> ResponseReturnValue:
    """Send the list, with the same filters, as a file for a spreadsheet."""
    form = SaleFilterForm()
    wanted = _wanted(form)
    if wanted is None:
        return render_template("regulator/sales.html", form=form, rows=None, words=words), 400
    return _file(list(queries.list_sales(db.session(), actor=actor(), wanted=wanted)))


@bp.get("/sales/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def sale(ref: str) -> ResponseReturnValue:
    """Show one cash sale and everything that happened to it."""
    session = db.session()
    found = queries.get_sale(session, actor=actor(), ref=ref)
    return render_template(
        "regulator/sale.html",
        sale=found,
        timeline=words.timeline(queries.story(session, found), names=True),
        candidates=matching.candidates_of(session, found.id, ended=True),
        words=words,
    )


def _wanted(form: SaleFilterForm) -> SaleFilter | None:
    if not form.accept():
        return None
    return SaleFilter(form.words.value, form.state.value, form.first.data, form.last.data)


def _file(sales: list[CashSale]) -> Response:
    header = [
        _("编号"),
        _("合同编号"),
        _("情况"),
        _("签订日期"),
        _("房企"),
        _("楼盘"),
        _("楼栋"),
        _("单元"),
        _("室号"),
        _("建筑面积（㎡）"),
        _("合同总价（元）"),
        _("付款方式"),
        _("装修"),
        _("特别说明"),
        _("来源"),
        _("登记时间（北京时间）"),
        _("网签备案确认时间"),
    ]
    return csv_response(f"cash-sales-{clock.today().isoformat()}", header, map(_row, sales))


def _row(sale: CashSale) -> list[Cell]:
    return [
        sale.ref,
        sale.contract_number,
        words.tag(sale)[0],
        sale.signed_on,
        sale.developer.name if sale.developer else "",
        sale.development_name,
        sale.building_name,
        sale.unit,
        sale.room,
        sale.area_m2,
        formatting.file_yuan(sale.price_fen) if sale.price_fen else None,
        words.PAYMENTS[sale.payment] if sale.payment else "",
        words.FIT_OUTS[sale.fit_out] if sale.fit_out else "",
        _("、").join(words.marks(sale)),
        words.SOURCES[sale.source],
        sale.reported_at,
        sale.registered_at,
    ]
