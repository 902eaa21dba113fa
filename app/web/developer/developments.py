"""Developments, their buildings and the sales table."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import service, stock
from app.homes.models import Development
from app.identity.queries import list_districts
from app.payments.account_queries import find_current
from app.web import stock as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.base import Choice
from app.web.forms.developer import BuildingForm, DevelopmentForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/developments/")
@roles(Role.DEVELOPER)
def developments() -> ResponseReturnValue:
    """List the company's developments, with how their homes stand."""
    session, who = db.session(), actor()
    pages = paginate(stock.count_developments(session, actor=who), size=10)
    rows = stock.list_developments(session, actor=who, limit=pages.size, offset=pages.offset)
    counts = stock.count_homes_of(session, [row.id for row in rows])
    return render_template("developer/developments.html", rows=rows, counts=counts, pages=pages, words=words)


@bp.get("/developments/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_development() -> ResponseReturnValue:
    """Ask what the development is."""
    return render_template("developer/new-development.html", form=_development_form())


@bp.post("/developments/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_development_post() -> ResponseReturnValue:
    """Create the development."""
    form = _development_form()
    districts = {district.code: district.id for district in list_districts(db.session())}
    return do_or_ask_again(
        form,
        lambda: service.create_development(
            db.session(), actor=actor(), district_id=districts[form.district.value], **form.facts()
        ),
        again=lambda: render_template("developer/new-development.html", form=form),
        done=lambda made: _("楼盘“%(name)s”已保存。接下来请添加楼栋。", name=made.name),
        to=lambda made: url_for("developer.development", ref=made.ref),
    )


@bp.get("/developments/<ref>")
@roles(Role.DEVELOPER)
def development(ref: str) -> ResponseReturnValue:
    """Show a development and the sales table of one of its buildings, the one that ``?building=`` names."""
    session = db.session()
    found = stock.get_development(session, actor=actor(), ref=ref)
    buildings = stock.list_buildings(session, development_id=found.id)
    named = {building.name: building for building in buildings}
    chosen = named.get(request.args.get("building", ""), buildings[0] if buildings else None)
    return render_template(
        "developer/development.html",
        development=found,
        buildings=buildings,
        chosen=chosen,
        units=stock.sales_table(session, building_id=chosen.id) if chosen else [],
        counts=stock.count_homes_of(session, [found.id])[found.id],
        spaces=stock.spaces_table(session, development_id=found.id),
        account=find_current(session, development_id=found.id),
        words=words,
    )


@bp.get("/developments/<ref>/buildings/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_building(ref: str) -> ResponseReturnValue:
    """Ask what the building is."""
    return _building_page(stock.get_development(db.session(), actor=actor(), ref=ref), BuildingForm())


@bp.post("/developments/<ref>/buildings/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_building_post(ref: str) -> ResponseReturnValue:
    """Create the building."""
    session, who, form = db.session(), actor(), BuildingForm()
    found = stock.get_development(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.create_building(
            session,
            actor=who,
            development_id=found.id,
            **form.facts(),
        ),
        again=lambda: _building_page(found, form),
        done=lambda made: _("楼栋“%(name)s”已保存。接下来请填报房源。", name=made.name),
        to=lambda made: url_for("developer.development", ref=ref, building=made.name),
    )


def _development_form() -> DevelopmentForm:
    form = DevelopmentForm()
    form.district.choices = [Choice(one.code, one.name) for one in list_districts(db.session())]
    return form


def _building_page(found: Development, form: BuildingForm) -> str:
    return render_template("developer/new-building.html", development=found, form=form)
