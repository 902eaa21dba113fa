"""The JSON API under /api/v1, which describes itself at /api/v1/openapi.json."""

from flask import Blueprint

from app.web.api.operations import demand_json, keep_for_a_moment

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(demand_json)
bp.after_request(keep_for_a_moment)

from app.web.api import (  # noqa: E402  # views attach themselves to the blueprint
    developer,  # noqa: F401
    homes,  # noqa: F401
    openapi,  # noqa: F401
    suggest,  # noqa: F401
)
