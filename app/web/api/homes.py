"""GET /api/v1/homes: the search, as the page has it."""

from typing import Any

from flask import Response, jsonify, request

from app.extensions import db, limiter
from app.search import engine, queries
from app.search.documents import HomeFacts
from app.search.errors import InvalidSearch
from app.search.queries import FacetValue
from app.search.request import parse
from app.web.access import public
from app.web.api import bp
from app.web.errors import problem
from app.web.messages import message_of


@bp.get("/homes")
@public
@limiter.limit("120 per minute")
def homes() -> Response:
    """Return the homes that the query string asks for, with the total, facets and the next page's cursor."""
    asked = parse(request.args.items(multi=True))
    page = queries.search(db.session(), engine.current(), asked)
    return jsonify(
        {
            "total": page.total if page.counted else None,
            "homes": [_home(home) for home in page.homes],
            "facets": {name: [_value(one) for one in values] for name, values in page.facets.items()},
            "next": page.next.cursor if page.next else None,
            "corrected": page.corrected,
            "did_you_mean": page.correction.request.q if page.correction else None,
        }
    )


@bp.errorhandler(InvalidSearch)
def invalid_search(error: InvalidSearch) -> Response:
    """Answer 400 with the parameter to blame: the address itself is wrong, not a form."""
    return problem(400, error.code, message_of(error), parameter=error.field)


def _home(home: HomeFacts) -> dict[str, Any]:
    return {
        "ref": home.ref,
        "development": home.development,
        "district": home.district,
        "rooms": home.rooms,
        "area_m2": float(home.area_m2),
        "filed_price_fen": home.filed_fen,
        "cash_price_fen": home.cash_fen,
        "voucher_price_fen": home.voucher_fen,
        "voucher_payable_fen": home.voucher_net.payable_fen,
        "status": home.status.value,
    }


def _value(value: FacetValue) -> dict[str, Any]:
    return {"value": value.value, "name": value.name or value.value, "count": value.homes}
