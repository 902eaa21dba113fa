"""The holder's code: it carries out the one act that it was sent for."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict, DomainError
from app.extensions import db
from app.projects import helping_queries
from app.projects.rules import masked_phone
from app.redemptions import helped
from app.web import helping as words
from app.web.access import actor, roles
from app.web.errors import status_of
from app.web.forms.helping import EndHelpForm, HolderCodeForm
from app.web.helper import bp
from app.web.language import gettext as _
from app.web.redemptions import refusals_of, told_refusals


@bp.get("/acts/<ref>")
@roles(Role.HELPER, helper=HelpLevel.ACT)
def act(ref: str) -> ResponseReturnValue:
    """Show what the holder was asked, and take the code."""
    return _page(ref, HolderCodeForm())


@bp.post("/acts/<ref>")
@roles(Role.HELPER, helper=HelpLevel.ACT, when="with the code that the holder got for this very act")
def act_post(ref: str) -> ResponseReturnValue:
    """Carry out what the holder agreed to."""
    session, who, form = db.session(), actor(), HolderCodeForm()
    token = str(cookie.get(words.AGREEING, ""))
    found = helping_queries.get_act(session, actor=who, ref=ref)
    if not form.accept():
        return _page(ref, form), 422
    try:
        with words.counted(token):
            done = helped.carry_out(session, actor=who, act_ref=ref, token=token, code=form.phone_code.value)
    except DomainError as error:
        # What the service wrote before it refused must not colour the page that tells why.
        session.rollback()
        if helping_queries.get_act(session, actor=who, ref=ref).agreed_at is not None:
            raise Conflict("help_act_done") from error
        form.apply(error)
        return _page(ref, form, told_refusals(refusals_of(error))), status_of(error)
    cookie.pop(words.AGREEING, None)
    flash(_("办好了，本人也会收到通知。"))
    return redirect(words.page_after(found, done), 303)


@bp.post("/acts/<ref>/again")
@roles(Role.HELPER, helper=HelpLevel.ACT)
def send_again(ref: str) -> ResponseReturnValue:
    """Send the holder another code for the same act."""
    if not EndHelpForm().accept():
        raise Conflict("bad_request")
    words.ask_again(ref)
    flash(_("已经重新发送，以前的验证码作废。"))
    return redirect(url_for("helper.act", ref=ref), 303)


def _page(ref: str, form: HolderCodeForm, refusals: Sequence[tuple[str, str]] = ()) -> str:
    session = db.session()
    found = helping_queries.get_act(session, actor=actor(), ref=ref)
    phone = helping_queries.holder_phone(session, found.grant)
    return render_template(
        "helper/act.html",
        act=found,
        form=form,
        again=EndHelpForm(),
        phone=masked_phone(phone) if phone else None,
        refusals=refusals,
        words=words,
    )
