"""Filed prices (备案价): what the bureau registered, home by home, beside what developers typed."""

import hashlib
from collections.abc import Sequence

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict, DomainError
from app.extensions import db
from app.homes import filings, service, stock
from app.homes.doubts import Doubt, doubt_prices
from app.homes.filings import FiledHome
from app.homes.models import Building, Development, PriceVersion
from app.homes.rules import Amounts, StockKind, home_name
from app.web import stock as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.filings import FilingForm, filing_form
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.regulator import bp


@bp.get("/filings/")
@roles(Role.REGULATOR, *WATCHERS)
def filed_developments() -> ResponseReturnValue:
    """List the district's developments, with how many homes have no registered price yet."""
    session, who = db.session(), actor()
    pages = paginate(filings.count_developments(session, actor=who))
    rows = filings.list_developments(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "regulator/filed-developments.html",
        rows=rows,
        counts=stock.count_homes_of(session, [row.id for row in rows]),
        unfiled=filings.count_unfiled(session, [row.id for row in rows]),
        pages=pages,
    )


@bp.get("/filings/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def filed_homes(ref: str) -> ResponseReturnValue:
    """Show the filed prices of the building that ``?building=`` names, from both sides."""
    found, buildings, chosen = _place(ref)
    rows = filings.list_homes(db.session(), chosen) if chosen else []
    return render_template(
        "regulator/filed-homes.html",
        development=found,
        buildings=buildings,
        chosen=chosen,
        rows=[words.filed_row(row, url_for("regulator.home_prices", ref=row.home.ref)) for row in rows],
    )


@bp.get("/filings/<ref>/register")
@roles(Role.REGULATOR)
def register_filing(ref: str) -> ResponseReturnValue:
    """Ask for the filing and the price of each home."""
    found, _buildings, chosen = _place(ref)
    rows = filings.list_homes(db.session(), chosen) if chosen else []
    return _register_page(found, chosen, rows, filing_form(rows, _names(rows)))


@bp.post("/filings/<ref>/register")
@roles(Role.REGULATOR, when="homes of the own district that are not sold")
def register_filing_post(ref: str) -> ResponseReturnValue:
    """Register the prices: they are in force from now on, whatever the developer typed."""
    session = db.session()
    found, _buildings, chosen = _place(ref)
    rows = filings.list_homes(session, chosen) if chosen else []
    form = filing_form(rows, _names(rows))
    if chosen is None:
        return _register_page(found, chosen, rows, form), 422

    def sure() -> bool:
        typed = form.amounts()
        if not typed:
            raise DomainError("filing_empty")
        return form.is_sure(_doubts(found, rows, typed), about=_names(rows))

    def register() -> Sequence[PriceVersion]:
        _check_seen(form, rows)
        by_ref = {row.home.ref: row.home.id for row in rows}
        return service.file_prices(
            session,
            actor=actor(),
            amounts={by_ref[ref]: fen for ref, fen in form.amounts().items()},
            filing_number=form.filing_number.value,
            filed_on=form.filed_on.value,
        )

    return do_or_ask_again(
        form,
        register,
        sure=sure,
        again=lambda: _register_page(found, chosen, filings.list_homes(session, chosen), form),
        done=lambda made: _("已登记 %(count)d 套房的备案价，立即生效。", count=len(made)),
        to=url_for("regulator.filed_homes", ref=ref, building=chosen.name),
    )


def _place(ref: str) -> tuple[Development, list[Building], Building | None]:
    """Return a development of the district, its buildings, and the one that the address names."""
    session = db.session()
    found = filings.get_development(session, actor=actor(), ref=ref)
    buildings = list(stock.list_buildings(session, development_id=found.id))
    named = {building.name: building for building in buildings}
    return found, buildings, named.get(request.args.get("building", ""), next(iter(buildings), None))


def _names(rows: list[FiledHome]) -> dict[str, str]:
    """Return what each home is called within its building, by its reference."""
    return {row.home.ref: home_name("", row.home.unit, row.home.room) for row in rows}


def _doubts(found: Development, rows: list[FiledHome], typed: dict[str, int]) -> list[tuple[str, Doubt]]:
    """Return what is unlikely about the prices, each with the home it is about."""
    median = stock.median_unit_price(db.session(), development_id=found.id)
    by_ref = {row.home.ref: row.home for row in rows}
    return [
        (ref, doubt)
        for ref, fen in typed.items()
        if by_ref[ref].kind == StockKind.HOME
        for doubt in doubt_prices(Amounts(filed_fen=fen), by_ref[ref].area_m2, median_unit_fen=median)
    ]


def _mark(rows: list[FiledHome]) -> str:
    """Return a mark of the filed prices as they stand, to notice a colleague who was faster."""
    standing = [(row.home.ref, row.filed.bureau and row.filed.bureau.id) for row in rows]
    return hashlib.sha256(repr(standing).encode()).hexdigest()


def _check_seen(form: FilingForm, rows: list[FiledHome]) -> None:
    if form.seen.value != _mark(rows):
        raise Conflict("filing_moved")


def _register_page(
    found: Development, chosen: Building | None, rows: list[FiledHome], form: FilingForm
) -> str:
    form.seen.data = _mark(rows)
    return render_template(
        "regulator/register-filing.html", development=found, chosen=chosen, rows=rows, form=form
    )
