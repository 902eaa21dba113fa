"""Somebody leaves: what names them is shown, a colleague takes over, their sign-ins end."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import db
from app.identity import queries, staffing
from app.web.access import actor, roles
from app.web.account import bp
from app.web.account.open_work import open_work
from app.web.account.people import MANAGERS, MANAGING
from app.web.errors import status_of
from app.web.forms.account import RemovalForm
from app.web.forms.base import Choice
from app.web.language import gettext as _
from app.web.pages import role_name


@bp.get("/people/<ref>/remove")
@roles(*MANAGERS, duties=MANAGING)
def remove(ref: str) -> ResponseReturnValue:
    """Show what waits in their name, and ask who takes over."""
    return _page(ref, RemovalForm())


@bp.post("/people/<ref>/remove")
@roles(*MANAGERS, duties=MANAGING, when="not the last manager or administrator")
def remove_post(ref: str) -> ResponseReturnValue:
    """End somebody's role and sign-ins; a colleague takes over."""
    session, who, form = db.session(), actor(), RemovalForm()
    form.handed_to.choices = _colleagues(ref)
    if not form.accept():
        return _page(ref, form), 422
    chosen = form.handed_to.value
    try:
        gone = staffing.remove_person(
            session, actor=who, ref=ref, handed_to=None if chosen == NOBODY else chosen
        )
    except DomainError as error:
        form.apply(error)
        return _page(ref, form), status_of(error)
    flash(_("%(name)s已移出，所有设备上的登录都已退出。", name=gone.user.display_name))
    return redirect(url_for("account.people"), 303)


NOBODY = "nobody"


def _colleagues(ref: str) -> list[Choice]:
    session = db.session()
    leaving = queries.get_person(session, actor=actor(), ref=ref)
    colleagues = queries.list_successors(session, leaving=leaving)
    return [
        *(Choice(one.ref, f"{one.user.display_name}（{one.user.username}）") for one in colleagues),
        Choice(NOBODY, _("暂时没有人接手")),
    ]


def _page(ref: str, form: RemovalForm) -> str:
    session = db.session()
    found = queries.get_person(session, actor=actor(), ref=ref)
    form.handed_to.choices = _colleagues(ref)
    return render_template(
        "account/remove.html",
        person=found,
        role=role_name(found.role, found.duty),
        work=open_work(session, person=found),
        form=form,
    )
