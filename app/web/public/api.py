"""The page that says to people how programs look for homes (开放接口)."""

from flask import render_template, request

from app.web.access import public
from app.web.public import bp


@bp.get("/api")
@public
def api() -> str:
    """Say how programs look for homes, with commands to try."""
    return render_template("public/api.html", root=f"{request.url_root}api/v1")
