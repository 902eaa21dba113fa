"""What other systems call: nobody is signed in, each says by a signature of its own who it is."""

from flask import Blueprint

bp = Blueprint("hooks", __name__, url_prefix="/hooks")

from app.web.hooks import stripe  # noqa: E402, F401  # views attach themselves to bp
