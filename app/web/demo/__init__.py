"""Pages under /demo, in demo mode only: people who do not exist, their telephones and letter boxes."""

from flask import Blueprint

bp = Blueprint("demo", __name__, url_prefix="/demo")

from app.web.demo import known, outbox  # noqa: E402, F401  # views attach themselves to the blueprint
