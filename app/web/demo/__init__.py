"""Pages under /demo, in demo mode only: the telephones and letter boxes of people who do not exist."""

from flask import Blueprint

bp = Blueprint("demo", __name__, url_prefix="/demo")

from app.web.demo import outbox  # noqa: E402, F401  # views attach themselves to the blueprint
