"""Pages that anybody may open: search, homes, developments."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from app.web.public import (  # noqa: E402  # views attach themselves to the blueprint
    api,  # noqa: F401
    checking,  # noqa: F401
    compare,  # noqa: F401
    glossary,  # noqa: F401
    homes,  # noqa: F401
    on_map,  # noqa: F401
    pictures,  # noqa: F401
    plans,  # noqa: F401
    search,  # noqa: F401
)
