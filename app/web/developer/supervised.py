"""The supervised account of a development, as its developer enters and sees it."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.payments import account_queries as queries
from app.payments import accounts
from app.web import supervised as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.developer.pool import BINDING
from app.web.forms.payments import AccountForm
from app.web.language import gettext as _


@bp.get("/developments/<ref>/account")
@roles(Role.DEVELOPER)
def supervised_account(ref: str) -> ResponseReturnValue:
    """Show the account that households pay into, the one that waits, and those before."""
    session = db.session()
    found = queries.get_development(session, actor=actor(), ref=ref)
    return render_template(
        "developer/supervised-account.html",
        development=found,
        current=queries.find_current(session, development_id=found.id),
        proposed=queries.find_proposed(session, development_id=found.id),
        history=words.history(queries.list_history(session, development_id=found.id), names=False),
        words=words,
    )


@bp.get("/developments/<ref>/account/new")
@roles(Role.DEVELOPER, duties=BINDING)
def new_supervised_account(ref: str) -> ResponseReturnValue:
    """Ask for a new account."""
    return _page(ref, AccountForm())


@bp.post("/developments/<ref>/account/new")
@roles(Role.DEVELOPER, duties=BINDING, when="no other one waits; the authority confirms it")
def new_supervised_account_post(ref: str) -> ResponseReturnValue:
    """Put a new account before the authority."""
    form = AccountForm()
    return do_or_ask_again(
        form,
        lambda: accounts.propose(db.session(), actor=actor(), development_ref=ref, typed=form.typed),
        again=lambda: _page(ref, form),
        done=_("已提交征收办复核。复核通过以前，购房人看到的还是原来的账户。"),
        to=url_for("developer.supervised_account", ref=ref),
    )


def _page(ref: str, form: AccountForm) -> str:
    found = queries.get_development(db.session(), actor=actor(), ref=ref)
    back = url_for("developer.supervised_account", ref=ref)
    return render_template("account/supervised.html", development=found, form=form, back=back)
