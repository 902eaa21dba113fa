"""Promotions: those declared, a new one, and stopping or opening one."""

from typing import Any

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.core.ids import normalise_ref
from app.extensions import db
from app.homes import pricing, service, stock
from app.homes.models import Development
from app.homes.pricing import PromotionView
from app.homes.pricing_models import Promotion
from app.homes.promotions import Deal, PromotionKind
from app.homes.service import Scope
from app.redemptions.touched import touched
from app.web import promotions as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.base import Choice
from app.web.forms.pricing import PromotionForm, PromotionReasonForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.touched import sentences


@bp.get("/developments/<ref>/promotions/")
@roles(Role.DEVELOPER)
def promotions(ref: str) -> ResponseReturnValue:
    """List the promotions of a development, those not over first."""
    session, who = db.session(), actor()
    found = stock.get_development(session, actor=who, ref=ref)
    pages = paginate(pricing.count_promotions(session, actor=who, development_id=found.id))
    views = pricing.list_promotions(
        session, actor=who, development_id=found.id, limit=pages.size, offset=pages.offset
    )
    return render_template(
        "developer/promotions.html", development=found, views=views, pages=pages, words=words
    )


@bp.get("/developments/<ref>/promotions/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_promotion(ref: str) -> ResponseReturnValue:
    """Ask what the promotion is."""
    found = stock.get_development(db.session(), actor=actor(), ref=ref)
    return _new_page(found, PromotionForm())


@bp.post("/developments/<ref>/promotions/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_promotion_post(ref: str) -> ResponseReturnValue:
    """Declare the promotion, once its consequences were read."""
    session, who, form = db.session(), actor(), PromotionForm()
    found = stock.get_development(session, actor=who, ref=ref)
    _offer_buildings(found, form)

    def sure() -> bool:
        service.check_terms(**_terms(form))
        return form.agrees(_consequences(found, form, _scope(found, form)))

    def declare() -> Promotion:
        declared = service.declare_promotion(
            session,
            actor=who,
            development_id=found.id,
            scope=_scope(found, form),
            title=form.title.value,
            stackable="stackable" in form.more.values,
            open_to_vouchers="open" in form.more.values,
            reason=form.reason.value,
            **_terms(form),
        )
        if declared.fallen:
            flash(_("优惠已保存。%(count)d 套房源退出了房源库。", count=len(declared.fallen)), "important")
        else:
            flash(_("优惠已保存。"))
        return declared.promotion

    return do_or_ask_again(
        form,
        declare,
        sure=sure,
        again=lambda: _new_page(found, form),
        to=lambda made: url_for("developer.promotion", ref=made.ref),
    )


@bp.get("/promotions/<ref>")
@roles(Role.DEVELOPER)
def promotion(ref: str) -> ResponseReturnValue:
    """Show a promotion, its homes, and what became of it."""
    session = db.session()
    view = pricing.get_promotion(session, actor=actor(), ref=ref)
    return render_template(
        "developer/promotion.html",
        view=view,
        covered=pricing.count_covered(session, view.promotion),
        named=pricing.named_homes(session, view.promotion),
        words=words,
    )


@bp.get("/promotions/<ref>/stop")
@roles(Role.DEVELOPER, duties=SELLING)
def stop_promotion(ref: str) -> ResponseReturnValue:
    """Say what stopping means, and ask why."""
    return _reason_page(ref, PromotionReasonForm(), "stop")


@bp.post("/promotions/<ref>/stop")
@roles(Role.DEVELOPER, duties=SELLING)
def stop_promotion_post(ref: str) -> ResponseReturnValue:
    """Stop the promotion."""
    form = PromotionReasonForm()
    return do_or_ask_again(
        form,
        lambda: service.stop_promotion(
            db.session(), actor=actor(), promotion_ref=ref, reason=form.reason.value
        ),
        sure=lambda: form.agrees(_meets(_take(ref))),
        again=lambda: _reason_page(ref, form, "stop"),
        done=_("优惠已停止。"),
        to=url_for("developer.promotion", ref=ref),
    )


@bp.get("/promotions/<ref>/open")
@roles(Role.DEVELOPER, duties=SELLING)
def open_promotion(ref: str) -> ResponseReturnValue:
    """Say what opening means, and ask why."""
    return _reason_page(ref, PromotionReasonForm(), "open")


@bp.post("/promotions/<ref>/open")
@roles(Role.DEVELOPER, duties=SELLING)
def open_promotion_post(ref: str) -> ResponseReturnValue:
    """Open the promotion to voucher buyers."""
    form = PromotionReasonForm()
    return do_or_ask_again(
        form,
        lambda: service.open_promotion(
            db.session(), actor=actor(), promotion_ref=ref, reason=form.reason.value
        ),
        sure=lambda: form.agrees(_meets(_take(ref))),
        again=lambda: _reason_page(ref, form, "open"),
        done=_("持房票的购房人现在也有这项优惠。退出房源库的房源，可以重新上架。"),
        to=lambda made: url_for("developer.promotion", ref=made.ref),
    )


def _take(ref: str) -> PromotionView:
    return pricing.get_promotion(db.session(), actor=actor(), ref=ref)


def _meets(view: PromotionView) -> list[str]:
    session = db.session()
    return sentences(touched(session, pricing.covered_ids(session, view.promotion)))


def _terms(form: PromotionForm) -> dict[str, Any]:
    return {
        "kind": PromotionKind(form.kind.value),
        **form.figures(),
        "first_day": form.first_day.value,
        "last_day": form.last_day.value,
    }


def _scope(found: Development, form: PromotionForm) -> Scope:
    """Return the homes that were chosen. Raises DomainError or NotFound at the field."""
    session, chosen = db.session(), form.scope.value
    if chosen == "building":
        named = {one.name: one.id for one in stock.list_buildings(session, development_id=found.id)}
        if form.building.value not in named:
            raise DomainError("promotion_building_missing", "building")
        return Scope(building_id=named[form.building.value])
    if chosen == "homes":
        typed = form.homes.data or ""
        refs = {normalise_ref(word) or word for word in typed.replace("，", " ").replace(",", " ").split()}
        homes = pricing.homes_in(session, development_id=found.id, refs=refs)
        if not refs:
            raise DomainError("promotion_homes_missing", "homes")
        unknown = refs - {home.ref for home in homes}
        if unknown:
            raise NotFound("promotion_homes_unknown", "homes", refs=tuple(sorted(unknown)[:5]))
        return Scope(home_ids=tuple(home.id for home in homes))
    return Scope()


def _consequences(found: Development, form: PromotionForm, scope: Scope) -> list[str]:
    """Return what the promotion does to listings and to people who are buying."""
    session = db.session()
    homes = pricing.homes_in(session, development_id=found.id)
    ids = [
        home.id
        for home in homes
        if (scope.building_id is None or home.building_id == scope.building_id)
        and (not scope.home_ids or home.id in scope.home_ids)
    ]
    figures = form.figures()
    deal = Deal(
        promotion_id=0,
        kind=PromotionKind(form.kind.value),
        off_fen=figures["off_fen"],
        rate_bp=figures["rate_bp"],
        worth_fen=figures["worth_fen"],
        stackable="stackable" in form.more.values,
        open_to_vouchers="open" in form.more.values,
    )
    told = []
    fallen = pricing.fallen_by(session, ids, deal)
    if fallen:
        when = _("马上") if form.first_day.value <= clock.today() else _("优惠开始时")
        told.append(
            _(
                "%(count)d 套上架的房源会%(when)s退出房源库，并通知监管部门：现金购房人减去优惠以后的净价，"
                "会低于房票购房人的净价。要避免的，请先降低房票价，或勾选“持房票的购房人也有”。",
                count=len(fallen),
                when=when,
            )
        )
    return told + sentences(touched(session, ids))


def _offer_buildings(found: Development, form: PromotionForm) -> None:
    buildings = stock.list_buildings(db.session(), development_id=found.id)
    form.building.choices = [Choice(one.name, one.name) for one in buildings]


def _new_page(found: Development, form: PromotionForm) -> str:
    _offer_buildings(found, form)
    return render_template("developer/new-promotion.html", development=found, form=form)


def _reason_page(ref: str, form: PromotionReasonForm, act: str) -> str:
    view = _take(ref)
    return render_template(
        f"developer/{act}-promotion.html", view=view, form=form, words=words, consequences=_meets(view)
    )
