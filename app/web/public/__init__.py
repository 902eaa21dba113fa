"""Pages that anybody may open: search, homes, developments."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from app.web.public import checking, homes, pictures, search  # noqa: E402, F401  # views attach themselves to the blueprint
