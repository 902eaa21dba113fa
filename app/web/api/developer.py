"""/api/v1/developer: a developer's own programs keep its homes, prices and sales as the pages do."""

import re
from typing import Final

from flask import Response, request

from app.core.errors import DomainError
from app.core.ids import normalise_ref
from app.extensions import db
from app.homes import service, stock
from app.homes.rules import KINDS, PriceKind
from app.homes.stock import StockHome
from app.identity.tokens import Scope
from app.sales import service as sales
from app.sales.models import CashSale
from app.web import bearer
from app.web.api import bp
from app.web.api.answers import OwnHome, OwnHomes, Sale
from app.web.api.body import BadBody, NewListing, NewPrice, NewSale, Nothing
from app.web.api.operations import answers
from app.web.api.parameters import in_query
from app.web.api.writing import reads, writes
from app.web.messages import message_of
from app.web.problems import problem

MOST_HOMES: Final = 100
DEFAULT_HOMES: Final = 50
PAGE: Final = (
    in_query("size", {"type": "integer", "minimum": 1, "maximum": MOST_HOMES, "default": DEFAULT_HOMES}),
    in_query("cursor", {"type": "string"}, "The `next` of the page before."),
)

_SIZE: Final = re.compile(r"\d{1,3}", re.ASCII)
_NAMES: Final = {
    "voucher_price": "amount_fen",
    "cash_price": "amount_fen",
    "filed_price": "amount_fen",
    "price": "price_fen",
}
"""What a field of a page is called here."""


@bp.get("/developer/homes")
@reads(Scope.READ_STOCK)
@answers(OwnHomes, asks=PAGE, refuses=(400, 422))
def own_homes() -> OwnHomes:
    """Return a page of the company's homes, and where the next begins."""
    size = _size()
    rows = stock.list_homes_after(db.session(), actor=bearer.actor(), after=_cursor(), limit=size + 1)
    more = rows[size - 1].home.ref if len(rows) > size else None
    return OwnHomes(homes=tuple(_home(row) for row in rows[:size]), next=more)


@bp.get("/developer/homes/<ref>")
@reads(Scope.READ_STOCK)
@answers(OwnHome)
def own_home(ref: str) -> OwnHome:
    """Return one of the company's homes."""
    return _home(_own(ref))


@bp.put(f"/developer/homes/<ref>/prices/<any({', '.join(KINDS)}):kind>")
@writes(Scope.WRITE_PRICES, NewPrice, answers=OwnHome)
def own_price(body: NewPrice, ref: str, kind: PriceKind) -> OwnHome:
    """Give a home a new price; the rules and refusals are those of the page."""
    row = _own(ref)
    with _field_names():
        service.set_price(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            kind=kind,
            amount_fen=body.amount_fen,
            reason=body.reason,
            filing_number=body.filing_number,
            seen_version=body.version,
        )
    return _home(_own(ref))


@bp.put("/developer/homes/<ref>/listing")
@writes(Scope.WRITE_LISTINGS, NewListing, answers=OwnHome)
def own_listing(body: NewListing, ref: str) -> OwnHome:
    """List a home in the pool of its district."""
    row = _own(ref)
    with _field_names():
        service.publish(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            seen_version=body.version,
        )
    return _home(_own(ref))


@bp.delete("/developer/homes/<ref>/listing")
@writes(Scope.WRITE_LISTINGS, Nothing, answers=OwnHome)
def own_withdrawal(_body: Nothing, ref: str) -> OwnHome:
    """Take a home out of the pool."""
    service.withdraw(db.session(), actor=bearer.actor(), home_id=_own(ref).home.id)
    return _home(_own(ref))


@bp.post("/developer/homes/<ref>/sales")
@writes(Scope.REPORT_SALES, NewSale, answers=Sale, status=201)
def own_sale(body: NewSale, ref: str) -> Sale:
    """Report that a home is sold to a cash buyer; a household's lock makes it a conflict."""
    row = _own(ref)
    with _field_names():
        sale = sales.report(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            contract_number=body.contract_number,
            signed_on=body.signed_on,
            price_fen=body.price_fen,
            payment=body.payment,
        )
    return _sale(sale)


@bp.errorhandler(BadBody)
def bad_body(error: BadBody) -> Response:
    """Answer 400 with the field to blame: the request itself is wrong."""
    return problem(400, error.code, message_of(error), field=error.field)


class _field_names:  # noqa: N801  # reads as a verb where it is used
    """Gives refusals the names that fields have here."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError) and error.field in _NAMES:
            error.field = _NAMES[error.field]


def _own(ref: str) -> StockHome:
    return stock.get_home(db.session(), actor=bearer.actor(), ref=ref)


def _size() -> int:
    given = request.args.get("size", str(DEFAULT_HOMES))
    if not _SIZE.fullmatch(given) or not 1 <= int(given) <= MOST_HOMES:
        raise BadBody("field_bad", "size", name="size", wanted=f"1-{MOST_HOMES}")
    return int(given)


def _cursor() -> str | None:
    given = request.args.get("cursor")
    if given is None:
        return None
    ref = normalise_ref(given)
    if ref is None:
        raise BadBody("bad_cursor", "cursor")
    return ref


def _home(row: StockHome) -> OwnHome:
    home, amounts = row.home, row.prices.amounts
    return OwnHome.model_validate(
        {
            "ref": home.ref,
            "development_ref": home.development.ref,
            "development": home.development.name,
            "building": home.building.name,
            "unit": home.unit,
            "storey": home.storey,
            "room": home.room,
            "kind": home.kind,
            "area_m2": float(home.area_m2),
            "status": home.status,
            "listing": row.listing.state if row.listing else "never",
            "out_reason": row.listing.out_reason if row.listing else None,
            "filed_price_fen": amounts.filed_fen,
            "cash_price_fen": amounts.cash_fen,
            "voucher_price_fen": amounts.voucher_fen,
            "version": home.doc_version,
        }
    )


def _sale(sale: CashSale) -> Sale:
    return Sale.model_validate(
        {
            "ref": sale.ref,
            "contract_number": sale.contract_number,
            "signed_on": sale.signed_on.isoformat(),
            "price_fen": sale.price_fen,
            "payment": sale.payment,
            "state": sale.state,
        }
    )
