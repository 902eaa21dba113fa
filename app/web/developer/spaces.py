"""Parking spaces and store rooms: filling one in. Prices, the pool and the rest are a home's pages."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import service, stock
from app.homes.models import Development
from app.homes.rules import StockKind
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.developer.homes import offer_buildings
from app.web.forms.developer import SpaceForm
from app.web.language import gettext as _


@bp.get("/developments/<ref>/spaces/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_space(ref: str) -> ResponseReturnValue:
    """Ask which space it is and what it costs."""
    found = stock.get_development(db.session(), actor=actor(), ref=ref)
    form = SpaceForm(building=request.args.get("building"))
    offer_buildings(form, found)
    return _page(found, form)


@bp.post("/developments/<ref>/spaces/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_space_post(ref: str) -> ResponseReturnValue:
    """Create the space with its prices."""
    session, who, form = db.session(), actor(), SpaceForm()
    found = stock.get_development(session, actor=who, ref=ref)
    buildings = offer_buildings(form, found)
    return do_or_ask_again(
        form,
        lambda: service.create_home(
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
        ),
        again=lambda: _page(found, form),
        done=_("已保存，还没有上架。"),
        to=lambda made: url_for("developer.home", ref=made.ref),
    )


def _page(found: Development, form: SpaceForm) -> str:
    return render_template("developer/new-space.html", development=found, form=form)
