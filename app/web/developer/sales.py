"""Homes sold outside the platform: found by room number, marked sold, and taken back."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import stock
from app.homes.stock import StockHome
from app.sales import queries, service
from app.sales.models import CashSale
from app.sales.queries import SaleFilter
from app.sales.states import State
from app.web import sales as words
from app.web import stock as stock_words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.sales import FindHomeForm, SaleFilterForm, SoldForm, UndoForm
from app.web.language import gettext as _
from app.web.pages import paginate

FOUND_AT_MOST = 20


@bp.get("/sales/")
@roles(Role.DEVELOPER)
def sales() -> ResponseReturnValue:
    """List the company's offline contracts, the latest first."""
    session, who, form = db.session(), actor(), SaleFilterForm()
    if not form.accept():
        return render_template("developer/sales.html", form=form, rows=None, words=words), 400
    wanted = SaleFilter(form.words.value, form.state.value, form.first.data, form.last.data)
    pages = paginate(queries.count_sales(session, actor=who, wanted=wanted))
    rows = queries.list_sales(session, actor=who, wanted=wanted, limit=pages.size, offset=pages.offset)
    return render_template("developer/sales.html", form=form, rows=rows, pages=pages, words=words)


@bp.get("/sold")
@roles(Role.DEVELOPER, duties=SELLING)
def find_sold() -> ResponseReturnValue:
    """Find the home that was just sold, by building and room."""
    form = FindHomeForm()
    asked = form.q.value if form.accept() else ""
    homes = (
        queries.find_homes(db.session(), actor=actor(), words=asked, limit=FOUND_AT_MOST + 1) if asked else []
    )
    return render_template(
        "developer/find-sold.html",
        form=form,
        asked=asked,
        homes=homes[:FOUND_AT_MOST],
        more=len(homes) > FOUND_AT_MOST,
        words=stock_words,
    )


@bp.get("/homes/<ref>/sold")
@roles(Role.DEVELOPER, duties=SELLING)
def sell_home(ref: str) -> ResponseReturnValue:
    """Ask for the contract of a home sold to a cash buyer."""
    return _sold_page(_open(ref), SoldForm.for_today())


@bp.post("/homes/<ref>/sold")
@roles(Role.DEVELOPER, duties=SELLING)
def sell_home_post(ref: str) -> ResponseReturnValue:
    """Mark the home sold; if a household has locked it, put the contract on record as a conflict."""
    row, form = _open(ref), SoldForm()

    def report() -> CashSale:
        made = service.report(
            db.session(),
            actor=actor(),
            home_id=row.home.id,
            contract_number=form.contract_number.value,
            signed_on=form.signed_on.value,
            price_fen=form.price.data,
            payment=form.payment.value or None,
        )
        if made.state == State.CONFLICT:
            flash(_("这套房有住户锁定，没有售出。这份合同已经登记为冲突，请看下面的说明。"), "important")
        else:
            flash(_("已登记售出，持房票的住户不会再查到它。登记错了请马上撤回。"))
        return made

    return do_or_ask_again(
        form,
        report,
        again=lambda: _sold_page(_open(ref), form),
        to=lambda made: url_for("developer.sale", ref=made.ref),
    )


@bp.get("/sales/<ref>")
@roles(Role.DEVELOPER)
def sale(ref: str) -> ResponseReturnValue:
    """Show one contract: where it stands, what the rule says, what can be done."""
    session = db.session()
    found = queries.get_sale(session, actor=actor(), ref=ref)
    return render_template(
        "developer/sale.html",
        sale=found,
        timeline=words.timeline(queries.story(session, found), names=False),
        words=words,
    )


@bp.get("/sales/<ref>/undo")
@roles(Role.DEVELOPER, duties=SELLING)
def undo_sale(ref: str) -> ResponseReturnValue:
    """Ask why the contract is taken back."""
    return _undo_page(ref, UndoForm())


@bp.post("/sales/<ref>/undo")
@roles(Role.DEVELOPER, duties=SELLING)
def undo_sale_post(ref: str) -> ResponseReturnValue:
    """Take the contract back: the home is free again, or the conflict over."""
    form = UndoForm()
    return do_or_ask_again(
        form,
        lambda: service.undo(db.session(), actor=actor(), sale_ref=ref, reason=form.reason.value),
        again=lambda: _undo_page(ref, form),
        done=_("已撤回。这套房没有自动上架，需要时请打开房源重新上架。"),
        to=url_for("developer.sale", ref=ref),
    )


def _open(ref: str) -> StockHome:
    return stock.get_home(db.session(), actor=actor(), ref=ref)


def _sold_page(row: StockHome, form: SoldForm) -> str:
    claim = queries.find_of_home(db.session(), home_id=row.home.id)
    return render_template(
        "developer/sell-home.html",
        row=row,
        form=form,
        claim=claim,
        hours=words.UNDO_HOURS,
        words=stock_words,
    )


def _undo_page(ref: str, form: UndoForm) -> str:
    found = queries.get_sale(db.session(), actor=actor(), ref=ref)
    return render_template("developer/undo-sale.html", sale=found, form=form, words=words)
