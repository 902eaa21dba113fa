"""Tokens of one's own programs: made and revoked by everybody, each shown once."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Duty, Role
from app.core.errors import DomainError
from app.extensions import db
from app.identity import tokens as service
from app.identity.models import ApiToken
from app.identity.tokens import Scope
from app.web.access import own_actor, roles
from app.web.account import bp
from app.web.errors import status_of
from app.web.forms.base import Choice
from app.web.forms.tokens import SCOPES, RevokeForm, TokenForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/tokens")
@roles(*Role)
def tokens() -> ResponseReturnValue:
    """List one's own tokens, a developer's manager all of the company's, those in force first."""
    session, who = db.session(), own_actor()
    pages = paginate(service.count_tokens(session, actor=who))
    rows = service.list_tokens(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "account/tokens.html",
        rows=rows,
        pages=pages,
        state_of=_state,
        scopes=_scopes,
        company=who.duty is Duty.MANAGER,
    )


@bp.get("/tokens/new")
@roles(*Role)
def new_token() -> ResponseReturnValue:
    """Ask what the token is for."""
    return render_template("account/new-token.html", form=_form())


@bp.post("/tokens/new")
@roles(*Role)
def new_token_post() -> ResponseReturnValue:
    """Make the token, and show it this once."""
    form = _form()
    if not form.accept():
        return render_template("account/new-token.html", form=form), 422
    try:
        secret, row = service.create_token(
            db.session(),
            actor=own_actor(),
            name=form.name.value,
            scopes=form.scopes.values,
            days=form.days.value,
        )
    except DomainError as error:
        form.apply(error)
        return render_template("account/new-token.html", form=form), status_of(error)
    return render_template("account/token-made.html", secret=secret, token=row, scopes=_scopes)


@bp.get("/tokens/<ref>/revoke")
@roles(*Role)
def revoke_token(ref: str) -> ResponseReturnValue:
    """Say what revoking means, and ask for confirmation."""
    return _revoke_page(ref, RevokeForm())


@bp.post("/tokens/<ref>/revoke")
@roles(*Role)
def revoke_token_post(ref: str) -> ResponseReturnValue:
    """Revoke the token."""
    form = RevokeForm()
    if not form.accept():
        return _revoke_page(ref, form), 422
    service.revoke_token(db.session(), actor=own_actor(), ref=ref)
    flash(_("令牌已停用，用它的程序马上不能再用。"))
    return redirect(url_for("account.tokens"), 303)


def _form() -> TokenForm:
    form = TokenForm()
    offered = [(scope.value, *SCOPES[scope]) for scope in service.scopes_for(own_actor())]
    form.scopes.choices = [Choice(*one) for one in offered]
    return form


def _revoke_page(ref: str, form: RevokeForm) -> str:
    row = service.get_token(db.session(), actor=own_actor(), ref=ref)
    return render_template(
        "account/revoke-token.html", token=row, state=_state(row), scopes=_scopes, form=form
    )


def _state(row: ApiToken) -> tuple[str, str]:
    if row.revoked_at is not None:
        return _("已停用"), "plain"
    if row.expires_at <= clock.system_now():
        return _("已过期"), "plain"
    if row.membership.ended_at is not None:
        return _("建立人已离岗，不能用"), "bad"
    return _("有效"), "good"


def _scopes(row: ApiToken) -> str:
    return _("、").join(str(SCOPES[Scope(scope)][0]) for scope in row.scopes)
