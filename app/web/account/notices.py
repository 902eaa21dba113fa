"""The inbox: what people are told, whether it reached them elsewhere, and reading it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import Conflict
from app.extensions import db
from app.notices import queries, service
from app.web import notices as words
from app.web.access import actor, roles
from app.web.account import bp
from app.web.forms.account import ReadNoticeForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/notices/")
@roles(*Role)
def notices() -> ResponseReturnValue:
    """List the person's messages: those that must be seen stand on top until they are read."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_inbox(session, actor=who))
    rows = queries.list_inbox(session, actor=who, offset=pages.offset, limit=pages.size)
    return render_template(
        "account/notices.html", rows=rows, pages=pages, words=words, form=ReadNoticeForm(), role=who.role
    )


@bp.get("/notices/<ref>")
@roles(*Role)
def notice(ref: str) -> ResponseReturnValue:
    """Show one message, what it is about, and how it was delivered."""
    session, who = db.session(), actor()
    found = queries.get_notice(session, actor=who, ref=ref)
    return render_template(
        "account/notice.html",
        notice=found,
        attempts=words.attempt_rows(queries.attempts_of(session, [found.id])[found.id]),
        target=words.target(found, who.role),
        words=words,
        form=ReadNoticeForm(),
    )


@bp.post("/notices/<ref>/read")
@roles(*Role)
def read_notice(ref: str) -> ResponseReturnValue:
    """Note that the message was read."""
    form = ReadNoticeForm()
    if not form.accept():
        raise Conflict("bad_request")
    service.mark_read(db.session(), actor=actor(), ref=ref)
    flash(_("已标为读过。"))
    return redirect(url_for("account.notices"), 303)
