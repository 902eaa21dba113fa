"""The JSON API under /api/v1; docs/openapi.yaml describes it."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from app.web.api import developer, homes, openapi  # noqa: E402, F401  # views attach themselves to the blueprint
