"""Correcting developments, buildings and homes, and removing what was typed by mistake."""

from collections.abc import Mapping, Sequence

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import NotFound
from app.extensions import db
from app.homes import rules, service, stock
from app.homes.doubts import Doubt, doubt_prices
from app.homes.models import Building, Development
from app.homes.queries import has_history
from app.homes.stock import StockHome
from app.redemptions.touched import touched
from app.web import stock as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.base import Form
from app.web.forms.developer import (
    BUILDING_FACTS,
    DEVELOPMENT_FACTS,
    HOME_FACTS,
    BuildingForm,
    DeleteForm,
    DevelopmentForm,
    HomeFactsForm,
    SpaceFactsForm,
)
from app.web.language import gettext as _
from app.web.touched import described


@bp.get("/developments/<ref>/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_development(ref: str) -> ResponseReturnValue:
    """Show the development's facts to be corrected."""
    found = _development(ref)
    return _development_page(found, _development_form(found))


@bp.post("/developments/<ref>/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_development_post(ref: str) -> ResponseReturnValue:
    """Correct the development."""
    found = _development(ref)
    form = _development_form(found)
    return do_or_ask_again(
        form,
        lambda: service.update_development(
            db.session(),
            actor=actor(),
            development_id=found.id,
            seen_version=form.seen_version,
            **form.facts(found),
        ),
        again=lambda: _development_page(_development(ref), form),
        done=_("楼盘资料已保存。"),
        to=url_for("developer.development", ref=ref),
    )


@bp.get("/developments/<ref>/buildings/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_building(ref: str) -> ResponseReturnValue:
    """Show the facts of the building that ``?building=`` names, to be corrected."""
    found, building = _building(ref)
    return _building_page(found, building, _building_form(building))


@bp.post("/developments/<ref>/buildings/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_building_post(ref: str) -> ResponseReturnValue:
    """Correct the building."""
    _found, building = _building(ref)
    form = _building_form(building)
    return do_or_ask_again(
        form,
        lambda: service.update_building(
            db.session(),
            actor=actor(),
            building_id=building.id,
            seen_version=form.seen_version,
            **form.facts(building),
        ),
        again=lambda: _building_page(*_building(ref), form),
        done=_("楼栋资料已保存。"),
        to=lambda changed: url_for("developer.development", ref=ref, building=changed.name),
    )


@bp.get("/homes/<ref>/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_home(ref: str) -> ResponseReturnValue:
    """Show the home's facts to be corrected."""
    row = _home(ref)
    return _home_page(row, _home_form(row))


@bp.post("/homes/<ref>/edit")
@roles(Role.DEVELOPER, duties=SELLING)
def edit_home_post(ref: str) -> ResponseReturnValue:
    """Correct the home."""
    row = _home(ref)
    form = _home_form(row)
    return do_or_ask_again(
        form,
        lambda: service.update_home(
            db.session(),
            actor=actor(),
            home_id=row.home.id,
            seen_version=form.seen_version,
            **form.facts(row.home),
        ),
        sure=lambda: form.is_sure(_home_doubts(row, form)),
        again=lambda: _home_page(_home(ref), form),
        done=_("房屋资料已保存。"),
        to=url_for("developer.home", ref=ref),
    )


@bp.get("/developments/<ref>/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_development(ref: str) -> ResponseReturnValue:
    """Ask whether the development shall go."""
    return _delete_development_page(_development(ref), DeleteForm())


@bp.post("/developments/<ref>/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_development_post(ref: str) -> ResponseReturnValue:
    """Remove the development."""
    found, form = _development(ref), DeleteForm()
    return do_or_ask_again(
        form,
        lambda: service.delete_development(db.session(), actor=actor(), development_id=found.id),
        again=lambda: _delete_development_page(found, form),
        done=_("楼盘“%(name)s”已删除。", name=found.name),
        to=url_for("developer.developments"),
    )


@bp.get("/developments/<ref>/buildings/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_building(ref: str) -> ResponseReturnValue:
    """Ask whether the building that ``?building=`` names shall go."""
    return _delete_building_page(*_building(ref), DeleteForm())


@bp.post("/developments/<ref>/buildings/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_building_post(ref: str) -> ResponseReturnValue:
    """Remove the building."""
    found, building = _building(ref)
    form = DeleteForm()
    return do_or_ask_again(
        form,
        lambda: service.delete_building(db.session(), actor=actor(), building_id=building.id),
        again=lambda: _delete_building_page(found, building, form),
        done=_("楼栋“%(name)s”已删除。", name=building.name),
        to=url_for("developer.development", ref=ref),
    )


@bp.get("/homes/<ref>/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_home(ref: str) -> ResponseReturnValue:
    """Ask whether the home shall go."""
    return _delete_home_page(_home(ref), DeleteForm())


@bp.post("/homes/<ref>/delete")
@roles(Role.DEVELOPER, duties=SELLING)
def delete_home_post(ref: str) -> ResponseReturnValue:
    """Remove the home."""
    row, form = _home(ref), DeleteForm()
    place, building = row.home.development.ref, row.home.building.name
    return do_or_ask_again(
        form,
        lambda: service.delete_home(
            db.session(), actor=actor(), home_id=row.home.id, seen_version=form.seen_version
        ),
        again=lambda: _delete_home_page(_home(ref), form),
        done=_("房源“%(name)s”已删除。", name=words.name_of(row)),
        to=url_for("developer.development", ref=place, building=building),
    )


def _development(ref: str) -> Development:
    return stock.get_development(db.session(), actor=actor(), ref=ref)


def _building(ref: str) -> tuple[Development, Building]:
    """Return the building that the address names. Raises NotFound when there is none of that name."""
    found = _development(ref)
    name = request.args.get("building", "")
    for building in stock.list_buildings(db.session(), development_id=found.id):
        if building.name == name:
            return found, building
    raise NotFound("building_not_found")


def _home(ref: str) -> StockHome:
    return stock.get_home(db.session(), actor=actor(), ref=ref)


def _quotes(home_ids: Sequence[int]) -> str | None:
    return described(touched(db.session(), home_ids))


def _without(form: Form, row: object, fixed: Mapping[str, str]) -> None:
    """Take away the boxes of facts that may not change now; what was never stated may be filled in."""
    for name in fixed:
        if getattr(row, name) is not None:
            del form[name]


def _development_form(found: Development) -> DevelopmentForm:
    form = DevelopmentForm(data={name: getattr(found, name) for name in DEVELOPMENT_FACTS})
    del form["district"]
    statuses = stock.statuses_of(db.session(), development_id=found.id)
    _without(form, found, rules.fixed_facts("development", statuses))
    return form


def _building_form(building: Building) -> BuildingForm:
    facts = {name: getattr(building, name) for name in BUILDING_FACTS}
    lift = {True: "yes", False: "no", None: None}[building.has_lift]
    form = BuildingForm(data={**facts, "has_lift": lift})
    statuses = stock.statuses_of(
        db.session(), development_id=building.development_id, building_id=building.id
    )
    _without(form, building, rules.fixed_facts("building", statuses))
    return form


def _home_form(row: StockHome) -> HomeFactsForm | SpaceFactsForm:
    kind = HomeFactsForm if row.home.kind == "home" else SpaceFactsForm
    form = kind(data={name: getattr(row.home, name) for name in HOME_FACTS})
    _without(form, row.home, rules.fixed_facts("home", {row.home.status}))
    return form


def _home_doubts(row: StockHome, form: HomeFactsForm | SpaceFactsForm) -> list[Doubt]:
    """Return what is unlikely about the home's areas, or about its prices over a changed area."""
    if isinstance(form, SpaceFactsForm):
        return []
    home, facts = row.home, form.facts(row.home)
    doubts = form.doubts(home)
    if facts["area_m2"] != home.area_m2:
        median = stock.median_unit_price(db.session(), development_id=home.development_id, leave_out=home.id)
        doubts += doubt_prices(row.prices.amounts, facts["area_m2"], median_unit_fen=median)
    return doubts


def _development_page(found: Development, form: DevelopmentForm) -> str:
    form.show(found.version)
    return render_template(
        "developer/edit-development.html",
        development=found,
        form=form,
        fixed=words.fixed_of("development", found, stock.statuses_of(db.session(), development_id=found.id)),
        quotes=_quotes(stock.home_ids_of(db.session(), development_id=found.id)),
    )


def _building_page(found: Development, building: Building, form: BuildingForm) -> str:
    form.show(building.version)
    statuses = stock.statuses_of(db.session(), development_id=found.id, building_id=building.id)
    return render_template(
        "developer/edit-building.html",
        development=found,
        building=building,
        form=form,
        fixed=words.fixed_of("building", building, statuses),
        quotes=_quotes(stock.home_ids_of(db.session(), development_id=found.id, building_id=building.id)),
    )


def _home_page(row: StockHome, form: HomeFactsForm | SpaceFactsForm) -> str:
    form.show(row.home.doc_version)
    return render_template(
        "developer/edit-home.html",
        row=row,
        form=form,
        fixed=words.fixed_of("home", row.home, {row.home.status}),
        quotes=_quotes([row.home.id]),
        words=words,
    )


def _delete_development_page(found: Development, form: DeleteForm) -> str:
    buildings = stock.list_buildings(db.session(), development_id=found.id)
    return render_template(
        "developer/delete-development.html", development=found, form=form, buildings=len(buildings)
    )


def _delete_building_page(found: Development, building: Building, form: DeleteForm) -> str:
    homes = stock.statuses_of(db.session(), development_id=found.id, building_id=building.id)
    return render_template(
        "developer/delete-building.html",
        development=found,
        building=building,
        form=form,
        has_homes=bool(homes),
    )


def _delete_home_page(row: StockHome, form: DeleteForm) -> str:
    form.show(row.home.doc_version)
    return render_template(
        "developer/delete-home.html",
        row=row,
        form=form,
        has_history=has_history(db.session(), home_id=row.home.id),
        words=words,
    )
