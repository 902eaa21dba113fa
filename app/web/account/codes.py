"""One-time codes on paper: joining by an invitation, choosing a new password by a reset."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import db
from app.identity import staffing
from app.identity.tries import code_tries
from app.web.access import public
from app.web.account import bp, tries
from app.web.errors import status_of
from app.web.forms.account import AcceptInvitationForm, UseResetForm
from app.web.language import gettext as _


@bp.get("/invitation")
@public
def accept_invitation() -> ResponseReturnValue:
    """Ask for the code of an invitation and a password."""
    return render_template("account/accept-invitation.html", form=AcceptInvitationForm())


@bp.post("/invitation")
@public
def accept_invitation_post() -> ResponseReturnValue:
    """Make the invited person; they sign in next."""
    form = AcceptInvitationForm()
    try:
        if not form.accept():
            return render_template("account/accept-invitation.html", form=form), 422
        with tries.counted(code_tries(address=tries.address()), username=""):
            person = staffing.accept_invitation(
                db.session(), code=form.secret_code.value, new_password=form.new_password.value
            )
    except DomainError as error:
        form.apply(error)
        return render_template("account/accept-invitation.html", form=form), status_of(error)
    flash(_("账号已开通，您的用户名是 %(username)s，请登录。", username=person.user.username))
    return redirect(url_for("account.sign_in"), 303)


@bp.get("/reset")
@public
def use_reset() -> ResponseReturnValue:
    """Ask for the code that somebody handed over, and a new password."""
    return render_template("account/use-reset.html", form=UseResetForm())


@bp.post("/reset")
@public
def use_reset_post() -> ResponseReturnValue:
    """Set the new password; the person signs in next."""
    form = UseResetForm()
    try:
        if not form.accept():
            return render_template("account/use-reset.html", form=form), 422
        with tries.counted(code_tries(address=tries.address()), username=form.username.value):
            staffing.use_reset(
                db.session(),
                username=form.username.value,
                code=form.secret_code.value,
                new_password=form.new_password.value,
            )
    except DomainError as error:
        form.apply(error)
        return render_template("account/use-reset.html", form=form), status_of(error)
    flash(_("密码已重新设置，请用新密码登录。"))
    return redirect(url_for("account.sign_in"), 303)
