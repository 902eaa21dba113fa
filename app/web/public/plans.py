"""A plan that a household shared: whoever has the link reads it, and learns nothing about whose it is."""

from flask import Response, make_response, render_template

from app.extensions import db, limiter
from app.following.foreseen import foresee
from app.following.plan_queries import get_shared
from app.web import plans as words
from app.web.access import public
from app.web.public import bp


@bp.get("/plans/<token>")
@public
@limiter.limit("30 per minute")
def shared_plan(token: str) -> Response:
    """Show a shared plan as it stands now; with sums only where the household lets them be seen."""
    session = db.session()
    plan = get_shared(session, token=token)
    page = render_template("public/shared-plan.html", plan=plan, foreseen=foresee(session, plan), words=words)
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
