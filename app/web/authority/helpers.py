"""Ending a household's help on its request."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.projects import helping, helping_queries
from app.web import helping as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.helping import ClerkEndHelpForm
from app.web.language import gettext as _


@bp.get("/helpers/<ref>/end")
@roles(Role.OFFICER)
def end_help(ref: str) -> ResponseReturnValue:
    """Ask why the help ends."""
    return _page(ref, ClerkEndHelpForm())


@bp.post("/helpers/<ref>/end")
@roles(Role.OFFICER, when="the household asked for it; a reason is kept")
def end_help_post(ref: str) -> ResponseReturnValue:
    """End the help of a household at its request."""
    session, who, form = db.session(), actor(), ClerkEndHelpForm()
    grant = helping_queries.get_grant(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: helping.end(session, actor=who, grant_ref=ref, reason=form.reason.value),
        again=lambda: _page(ref, form),
        done=_("帮办已经结束，双方都会收到通知。"),
        to=url_for("authority.household", ref=grant.household.ref),
    )


def _page(ref: str, form: ClerkEndHelpForm) -> str:
    grant = helping_queries.get_grant(db.session(), actor=actor(), ref=ref)
    return render_template("authority/end-help.html", grant=grant, form=form, words=words)
