"""Pages under /helper: for whom somebody helps (帮办人), and the holder's code for what binds."""

from flask import Blueprint

bp = Blueprint("helper", __name__, url_prefix="/helper")

from app.web.helper import acts, home  # noqa: E402, F401  # views attach themselves to bp
