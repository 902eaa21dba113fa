"""Files that go out for a bureau's imports: templates, and what is on record in the same columns."""

from collections.abc import Iterator
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.homes import filings
from app.homes.models import Development
from app.imports import staging, writing
from app.sales import queries
from app.web import importing
from app.web.access import actor, roles
from app.web.regulator import bp


@bp.get("/filings/template.xlsx")
@roles(Role.REGULATOR)
def filings_template() -> ResponseReturnValue:
    """Hand out the template of filed prices, with one made-up line to write over."""
    layout = writing.FILINGS
    return importing.workbook("filed-prices-template", writing.as_workbook([layout.example], layout))


@bp.get("/filings/filed-prices.xlsx", endpoint="filed_prices_xlsx")
@bp.get("/filings/filed-prices.csv", endpoint="filed_prices_csv")
@roles(Role.REGULATOR, *WATCHERS)
def export_filings() -> ResponseReturnValue:
    """Hand out the district's filed prices; sent back unchanged, the file changes nothing."""
    places = filings.list_developments(db.session(), actor=actor(), limit=None)
    return importing.table_file("filed-prices", _ending(), writing.FILINGS, _lines(*places))


@bp.get("/filings/<ref>/filed-prices.xlsx", endpoint="development_prices_xlsx")
@bp.get("/filings/<ref>/filed-prices.csv", endpoint="development_prices_csv")
@roles(Role.REGULATOR, *WATCHERS)
def export_development_filings(ref: str) -> ResponseReturnValue:
    """Hand out a development's filed prices; sent back unchanged, the file changes nothing."""
    place = filings.get_development(db.session(), actor=actor(), ref=ref)
    return importing.table_file(f"filed-prices-{ref}", _ending(), writing.FILINGS, _lines(place))


def _ending() -> str:
    """Return which of its two forms was asked for: an address each, so that neither carries a parameter."""
    return request.path.rpartition(".")[2]


@bp.get("/sales/template.xlsx")
@roles(Role.REGULATOR)
def sales_template() -> ResponseReturnValue:
    """Hand out the template of contracts, with one made-up line to write over."""
    layout = writing.SALES
    return importing.workbook("contracts-template", writing.as_workbook([layout.example], layout))


@bp.get("/sales/contracts.xlsx", endpoint="contracts_xlsx")
@bp.get("/sales/contracts.csv", endpoint="contracts_csv")
@roles(Role.REGULATOR, *WATCHERS)
def export_contracts() -> ResponseReturnValue:
    """Hand out the contracts that the registry confirmed; sent back unchanged, the file changes nothing."""
    sales = queries.list_registered(db.session(), actor=actor())
    return importing.table_file("contracts", _ending(), writing.SALES, writing.contract_lines(sales))


def _lines(*places: Development) -> Iterator[list[Any]]:
    """Return the homes of one development after the other: a whole district need not be in memory at once."""
    for place in places:
        homes, _sizes = staging.load_stock(db.session(), place.id)
        yield from writing.filing_lines(place.name, homes)
