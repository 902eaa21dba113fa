"""Changing one's own password."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.identity import service
from app.identity.live import LiveSignIn
from app.identity.tries import password_tries
from app.web.access import actor, roles, the_sign_in
from app.web.account import bp, tries
from app.web.errors import status_of
from app.web.forms.account import PasswordForm
from app.web.language import gettext as _


@bp.get("/password")
@roles(*Role, early=True)
def password() -> ResponseReturnValue:
    """Ask for the present password and a new one."""
    return _page(the_sign_in(), PasswordForm())


@bp.post("/password")
@roles(*Role, early=True)
def password_post() -> ResponseReturnValue:
    """Change one's password; everywhere else one is signed out."""
    row, form = the_sign_in(), PasswordForm()
    if not form.accept():
        return _page(row, form), 422
    try:
        with tries.counted(password_tries(user_id=row.user_id), username=row.username):
            service.change_password(
                db.session(),
                actor=actor(),
                kept=row.id,
                password=form.password.value,
                new_password=form.new_password.value,
            )
    except DomainError as error:
        form.apply(error)
        return _page(row, form), status_of(error)
    flash(_("密码已修改，其他设备上的登录都已退出。"))
    return redirect(url_for("account.home"), 303)


def _page(row: LiveSignIn, form: PasswordForm) -> str:
    return render_template("account/password.html", form=form, issued=row.password_issued)
