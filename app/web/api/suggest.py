"""GET /api/v1/suggest: names to look for while somebody types."""

from flask import Response, jsonify, request

from app.extensions import db, limiter
from app.search import names
from app.search.request import parse
from app.web.access import public
from app.web.api import bp


@bp.get("/suggest")
@public
@limiter.limit("600 per minute")
def suggest() -> Response:
    """Return at most eight names that begin as was typed or are like it, and of which homes can be chosen."""
    found = names.suggest(db.session(), parse(request.args.items(multi=True)).q)
    return jsonify(
        {"suggestions": [{"kind": one.kind.value, "name": one.name, "homes": one.homes} for one in found]}
    )
