"""The households that somebody helps, invitations that wait, and going from one to another."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict, NotFound
from app.extensions import db
from app.projects import helping, helping_queries
from app.projects.helping_models import HelperGrant
from app.web import helping as words
from app.web.access import help_with, own_actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.helping import AcceptHelpForm, EndHelpForm
from app.web.helper import bp
from app.web.language import gettext as _

PRIVATE = (Role.HELPER, Role.HOUSEHOLD)


@bp.get("/")
@roles(*PRIVATE, helper=HelpLevel.LOOK)
def home() -> str:
    """List the invitations that wait, and the households that one helps."""
    session, me = db.session(), own_actor().user_id or 0
    return render_template(
        "helper/home.html",
        waiting=helping_queries.list_waiting(session, user_id=me),
        grants=helping_queries.list_active(session, user_id=me),
        form=EndHelpForm(),
        words=words,
    )


@bp.get("/<ref>/accept")
@roles(*PRIVATE, helper=HelpLevel.LOOK)
def accept(ref: str) -> ResponseReturnValue:
    """Show who asks for help, how far and how long."""
    return _accept_page(ref, AcceptHelpForm())


@bp.post("/<ref>/accept")
@roles(*PRIVATE, helper=HelpLevel.LOOK, when="invited under the own number; neither staff nor a developer's")
def accept_post(ref: str) -> ResponseReturnValue:
    """Accept an invitation."""
    form = AcceptHelpForm()
    return do_or_ask_again(
        form,
        lambda: helping.accept(db.session(), actor=own_actor(), grant_ref=ref),
        again=lambda: _accept_page(ref, form),
        done=_("确认好了，本人会收到通知。要办事，请按“进入”。"),
        to=url_for("helper.home"),
    )


@bp.get("/<ref>/give-up")
@roles(*PRIVATE, helper=HelpLevel.LOOK)
def give_up(ref: str) -> ResponseReturnValue:
    """Ask whether the help shall really be declined or end."""
    return render_template(
        "helper/give-up.html",
        grant=_own(ref),
        form=EndHelpForm(),
        state_of=helping_queries.state_of,
        words=words,
    )


@bp.post("/<ref>/give-up")
@roles(*PRIVATE, helper=HelpLevel.LOOK)
def give_up_post(ref: str) -> ResponseReturnValue:
    """Decline an invitation, or stop helping a household."""
    _demand_sent()
    helping.give_up(db.session(), actor=own_actor(), grant_ref=ref)
    help_with(None)
    flash(_("已经结束，不再帮这一户。"))
    return redirect(url_for("helper.home"), 303)


@bp.post("/<ref>/enter")
@roles(*PRIVATE, helper=HelpLevel.LOOK, when="the grant holds")
def enter(ref: str) -> ResponseReturnValue:
    """Act for a household from now on."""
    _demand_sent()
    grant = helping_queries.find_active(db.session(), user_id=own_actor().user_id or 0, ref=ref)
    if grant is None:
        raise NotFound("help_gone")
    help_with(grant.ref)
    return redirect(url_for("household.wallet"), 303)


@bp.post("/leave")
@roles(*PRIVATE, helper=HelpLevel.LOOK)
def leave() -> ResponseReturnValue:
    """Act for nobody but oneself again."""
    _demand_sent()
    help_with(None)
    return redirect(url_for("helper.home"), 303)


def _demand_sent() -> None:
    if not EndHelpForm().accept():
        raise Conflict("bad_request")


def _accept_page(ref: str, form: AcceptHelpForm) -> str:
    return render_template("helper/accept.html", grant=_waiting(ref), form=form, words=words)


def _own(ref: str) -> HelperGrant:
    """Return a grant or an invitation of one's own. Raises NotFound."""
    session, me = db.session(), own_actor().user_id or 0
    found = helping_queries.find_active(session, user_id=me, ref=ref)
    return found or _waiting(ref)


def _waiting(ref: str) -> HelperGrant:
    waiting = helping_queries.list_waiting(db.session(), user_id=own_actor().user_id or 0)
    found = next((grant for grant in waiting if grant.ref == ref), None)
    if found is None:
        raise NotFound("help_gone")
    return found
