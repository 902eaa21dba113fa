"""Pages under /account: signing in and out, and where one is signed in."""

from flask import Blueprint

bp = Blueprint("account", __name__, url_prefix="/account")

from app.web.account import notices, sign_in, sign_ins  # noqa: E402, F401  # views attach themselves to the blueprint
