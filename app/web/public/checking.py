"""Checking a paper by its QR code: anybody may, and learns nothing about whose it is."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import db, limiter
from app.reports.checking import Verdict, check
from app.web import paper as words
from app.web.access import public
from app.web.forms.public import CheckForm
from app.web.public import bp


@bp.get("/check/")
@public
@limiter.limit("30 per minute")
def check_form() -> ResponseReturnValue:
    """Ask for the code that stands below the QR code, and lead to what it says."""
    form = CheckForm()
    if form.accept() and form.mark.value:
        return redirect(url_for("public.check_paper", mark=form.mark.value), 303)
    if "mark" in request.args and not form.mark.errors:
        form.apply(DomainError("mark_missing", "mark"))
    return render_template("public/check-form.html", form=form)


@bp.get("/check/<mark>")
@public
@limiter.limit("30 per minute")
def check_paper(mark: str) -> ResponseReturnValue:
    """Say whether a paper is genuine, held for a home, spent, void or replaced."""
    found = check(db.session(), mark=mark)
    page = render_template("public/check.html", found=found, mark=mark, verdict=words.VERDICTS[found.verdict])
    return page, 404 if found.verdict is Verdict.UNKNOWN else 200
