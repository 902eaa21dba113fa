"""The JSON API under /api/v1; docs/openapi.yaml describes it."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from app.web.api import (  # noqa: E402  # views attach themselves to the blueprint
    developer,  # noqa: F401
    homes,  # noqa: F401
    openapi,  # noqa: F401
    suggest,  # noqa: F401
)
