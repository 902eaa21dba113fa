"""Prices planned for a later day: one planned, cancelled, its refusal read."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.extensions import db
from app.homes import planned_batches, pricing, rules, service, stock
from app.homes.doubts import doubt_prices
from app.homes.rules import Amounts
from app.homes.stock import StockHome
from app.redemptions.touched import touched
from app.web import promotions as words
from app.web import stock as stock_words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.doubts import question
from app.web.forms.pricing import ButtonForm, PlanForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.repricing import name_of
from app.web.touched import sentences


@bp.get("/homes/<ref>/plans")
@roles(Role.DEVELOPER, duties=SELLING)
def plans(ref: str) -> ResponseReturnValue:
    """List a home's planned prices, and ask for another."""
    return _page(_home(ref), PlanForm())


@bp.post("/homes/<ref>/plans")
@roles(Role.DEVELOPER, duties=SELLING)
def plan_post(ref: str) -> ResponseReturnValue:
    """Plan a price."""
    session, form, row = db.session(), PlanForm(), _home(ref)
    return do_or_ask_again(
        form,
        lambda: service.plan_price(
            session,
            actor=actor(),
            home_id=row.home.id,
            kind=_kind_of(form),
            amount_fen=form.amount.value,
            effective_at=clock.start_of_day(form.effective_on.value),
            reason=form.reason.value,
            seen_version=form.seen_version,
        ),
        sure=lambda: form.agrees(_told(row, form)),
        again=lambda: _page(_home(ref), form),
        done=_("调价计划已保存，到日子自动生效。生效以前可以取消。"),
        to=url_for("developer.plans", ref=ref),
    )


@bp.post("/plans/<ref>/cancel")
@roles(Role.DEVELOPER, duties=SELLING)
def cancel_plan(ref: str) -> ResponseReturnValue:
    """Cancel a planned price."""
    session = db.session()
    view = pricing.get_plan(session, actor=actor(), ref=ref)
    if ButtonForm().accept():
        service.cancel_plan(session, actor=actor(), plan_ref=ref)
        flash(_("调价计划已取消。"))
    return redirect(url_for("developer.plans", ref=view.plan.home.ref), 303)


@bp.get("/plans/<ref>/batch")
@roles(Role.DEVELOPER)
def planned_batch(ref: str) -> ResponseReturnValue:
    """Show the prices that one act planned for many homes."""
    view = planned_batches.get_planned_batch(db.session(), actor=actor(), ref=ref)
    pages = paginate(view.homes)
    plans = planned_batches.list_plans_of(db.session(), view, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/planned-batch.html",
        view=view,
        plans=plans,
        pages=pages,
        button=ButtonForm(),
        words=words,
        stock_words=stock_words,
        name_of=name_of,
    )


@bp.post("/plans/<ref>/batch/cancel")
@roles(Role.DEVELOPER, duties=SELLING)
def cancel_planned_batch(ref: str) -> ResponseReturnValue:
    """Cancel all of these prices that still wait."""
    if ButtonForm().accept():
        service.cancel_planned_batch(db.session(), actor=actor(), plan_ref=ref)
        flash(_("这一批调价计划已取消。"))
    return redirect(url_for("developer.planned_batch", ref=ref), 303)


@bp.post("/plans/<ref>/read")
@roles(Role.DEVELOPER, duties=SELLING)
def read_refusal(ref: str) -> ResponseReturnValue:
    """Note that the refusal of a planned price was read."""
    if ButtonForm().accept():
        service.note_refusal(db.session(), actor=actor(), plan_ref=ref)
    return redirect(url_for("developer.desk"), 303)


def _home(ref: str) -> StockHome:
    return stock.get_home(db.session(), actor=actor(), ref=ref)


def _kind_of(form: PlanForm) -> rules.PriceKind:
    return next(kind for kind in rules.KINDS if kind == form.kind.value)


def _told(row: StockHome, form: PlanForm) -> list[str]:
    """Return what is unlikely about a planned price, and whom it meets."""
    session, home = db.session(), row.home
    median = stock.median_unit_price(session, development_id=home.development_id, leave_out=home.id)
    typed = Amounts().with_price(_kind_of(form), form.amount.value)
    doubts = doubt_prices(typed, home.area_m2, median_unit_fen=median)
    return [question(doubt) for doubt in doubts] + sentences(touched(session, [home.id]))


def _page(row: StockHome, form: PlanForm) -> str:
    form.show(row.home.doc_version)
    return render_template(
        "developer/plans.html",
        row=row,
        amounts=row.prices.amounts,
        plans=pricing.list_plans(db.session(), home_id=row.home.id),
        form=form,
        button=ButtonForm(),
        words=words,
        stock_words=stock_words,
    )
