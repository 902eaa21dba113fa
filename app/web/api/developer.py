"""/api/v1/developer: a developer's own programs keep its homes, prices and sales as the pages do."""

from typing import Any, Final

from flask import Response, jsonify, request

from app.core.errors import DomainError, NotFound
from app.core.idempotency import Answer
from app.core.ids import normalise_ref
from app.extensions import db
from app.homes import rules, service, stock
from app.homes.stock import StockHome
from app.identity.tokens import Scope
from app.sales import service as sales
from app.sales.models import CashSale
from app.web import bearer
from app.web.api import bp
from app.web.api.body import BadBody, Body
from app.web.api.writing import reads, writes
from app.web.errors import problem
from app.web.messages import message_of

MOST_HOMES: Final = 100

_NAMES: Final = {
    "voucher_price": "amount_fen",
    "cash_price": "amount_fen",
    "filed_price": "amount_fen",
    "price": "price_fen",
}
"""What a field of a page is called here."""


@bp.get("/developer/homes")
@reads(Scope.READ_STOCK)
def own_homes() -> Response:
    """Return a page of the company's homes, and where the next begins."""
    size = _size()
    rows = stock.list_homes_after(db.session(), actor=bearer.actor(), after=_cursor(), limit=size + 1)
    more = rows[size - 1].home.ref if len(rows) > size else None
    return jsonify({"homes": [_home(row) for row in rows[:size]], "next": more})


@bp.get("/developer/homes/<ref>")
@reads(Scope.READ_STOCK)
def own_home(ref: str) -> Response:
    """Return one of the company's homes."""
    return jsonify(_home(stock.get_home(db.session(), actor=bearer.actor(), ref=ref)))


@bp.put("/developer/homes/<ref>/prices/<kind>")
@writes(Scope.WRITE_PRICES, "amount_fen", "reason", "filing_number", "version")
def own_price(body: Body, ref: str, kind: str) -> Answer:
    """Give a home a new price; the rules and refusals are those of the page."""
    known = next((one for one in rules.KINDS if one == kind), None)
    if known is None:
        raise NotFound("home_not_found")
    row = _own(ref)
    with _field_names():
        service.set_price(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            kind=known,
            amount_fen=body.fen("amount_fen"),
            reason=body.text("reason", most=300),
            filing_number=body.text_or_none("filing_number", most=60),
            seen_version=body.version_or_none("version"),
        )
    return Answer(200, _home(_own(ref)))


@bp.put("/developer/homes/<ref>/listing")
@writes(Scope.WRITE_LISTINGS, "version")
def own_listing(body: Body, ref: str) -> Answer:
    """List a home in the pool of its district."""
    row = _own(ref)
    with _field_names():
        service.publish(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            seen_version=body.version_or_none("version"),
        )
    return Answer(200, _home(_own(ref)))


@bp.delete("/developer/homes/<ref>/listing")
@writes(Scope.WRITE_LISTINGS)
def own_withdrawal(_body: Body, ref: str) -> Answer:
    """Take a home out of the pool."""
    service.withdraw(db.session(), actor=bearer.actor(), home_id=_own(ref).home.id)
    return Answer(200, _home(_own(ref)))


@bp.post("/developer/homes/<ref>/sales")
@writes(Scope.REPORT_SALES, "contract_number", "signed_on", "price_fen", "payment")
def own_sale(body: Body, ref: str) -> Answer:
    """Report that a home is sold to a cash buyer; a household's lock makes it a conflict."""
    row = _own(ref)
    with _field_names():
        sale = sales.report(
            db.session(),
            actor=bearer.actor(),
            home_id=row.home.id,
            contract_number=body.text("contract_number", most=60),
            signed_on=body.day("signed_on"),
            price_fen=body.fen_or_none("price_fen"),
            payment=body.text_or_none("payment", most=20),
        )
    return Answer(201, _sale(sale))


@bp.errorhandler(BadBody)
def bad_body(error: BadBody) -> Response:
    """Answer 400 with the field to blame: the request itself is wrong."""
    return problem(400, error.code, message_of(error), **({"field": error.field} if error.field else {}))


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
    given = request.args.get("size", "50")
    if not given.isascii() or not given.isdecimal() or not 1 <= int(given[:4]) <= MOST_HOMES:
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


def _home(row: StockHome) -> dict[str, Any]:
    home, amounts = row.home, row.prices.amounts
    return {
        "ref": home.ref,
        "development_ref": home.development.ref,
        "development": home.development.name,
        "building": home.building.name,
        "unit": home.unit,
        "storey": home.storey,
        "room": home.room,
        "area_m2": float(home.area_m2),
        "status": home.status,
        "listing": row.listing.state if row.listing else "never",
        "out_reason": row.listing.out_reason if row.listing else None,
        "filed_price_fen": amounts.filed_fen,
        "cash_price_fen": amounts.cash_fen,
        "voucher_price_fen": amounts.voucher_fen,
        "version": home.doc_version,
    }


def _sale(sale: CashSale) -> dict[str, Any]:
    return {
        "ref": sale.ref,
        "contract_number": sale.contract_number,
        "signed_on": sale.signed_on.isoformat(),
        "price_fen": sale.price_fen,
        "payment": sale.payment,
        "state": sale.state,
    }
