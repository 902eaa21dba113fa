"""Parking spaces and store rooms: filling one in. Prices, the pool and the rest are a home's pages."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes import service, stock
from app.homes.models import Development
from app.homes.rules import StockKind
from app.web.access import SELLING, actor, roles
from app.web.developer import bp
from app.web.forms.base import Choice
from app.web.forms.developer import SpaceForm
from app.web.language import gettext as _


@bp.get("/developments/<ref>/spaces/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_space(ref: str) -> ResponseReturnValue:
    """Ask which space it is and what it costs."""
    found = stock.get_development(db.session(), actor=actor(), ref=ref)
    return _page(found, SpaceForm(building=request.args.get("building")))


@bp.post("/developments/<ref>/spaces/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_space_post(ref: str) -> ResponseReturnValue:
    """Create the space with its prices."""
    session, who, form = db.session(), actor(), SpaceForm()
    found = stock.get_development(session, actor=who, ref=ref)
    buildings = {one.name: one.id for one in stock.list_buildings(session, development_id=found.id)}
    form.building.choices = [Choice(name, name) for name in buildings]
    if not form.accept():
        return _page(found, form), 422
    try:
        made = service.create_home(
            session,
            actor=who,
            building_id=buildings[form.building.value],
            kind=StockKind(form.kind.value),
            storey=form.storey.value,
            room=form.room.value,
            area_m2=form.area_m2.value,
            filed_fen=form.filed_price.value,
            filing_number=form.filing_number.value,
            cash_fen=form.cash_price.data,
            voucher_fen=form.voucher_price.data,
        )
    except DomainError as error:
        form.apply(error)
        return _page(found, form), 422
    flash(_("已保存，还没有上架。"))
    return redirect(url_for("developer.home", ref=made.ref), 303)


def _page(found: Development, form: SpaceForm) -> str:
    buildings = stock.list_buildings(db.session(), development_id=found.id)
    form.building.choices = [Choice(one.name, one.name) for one in buildings]
    return render_template("developer/new-space.html", development=found, buildings=buildings, form=form)
