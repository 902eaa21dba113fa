"""Where one is signed in, and ending it there."""

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import Conflict
from app.extensions import db
from app.identity import live, service
from app.web.access import actor, current_sign_in, roles, the_sign_in
from app.web.account import bp
from app.web.account.devices import device_name
from app.web.forms.account import ButtonForm
from app.web.language import gettext as _


@bp.get("/sign-ins")
@roles(*Role)
def sign_ins() -> ResponseReturnValue:
    """List the devices on which the person is signed in."""
    rows = live.list_live_sign_ins(db.session(), actor=actor(), idle=current_app.config["STAFF_IDLE"])
    return render_template(
        "account/sign-ins.html",
        rows=rows,
        current=current_sign_in(),
        form=ButtonForm(),
        device_name=device_name,
    )


@bp.post("/sign-ins/<ref>/end")
@roles(*Role)
def end_sign_in(ref: str) -> ResponseReturnValue:
    """End the sign-in on one of them."""
    form = ButtonForm()
    if not form.accept():
        raise Conflict("bad_request")
    service.end_sign_in(db.session(), actor=actor(), ref=ref)
    flash(_("已在那台设备上退出登录。"))
    return redirect(url_for("account.sign_ins"), 303)


@bp.post("/sign-ins/end-others")
@roles(*Role)
def end_other_sign_ins() -> ResponseReturnValue:
    """End all sign-ins but this one."""
    if not ButtonForm().accept():
        raise Conflict("bad_request")
    service.end_other_sign_ins(db.session(), actor=actor(), kept=the_sign_in().id)
    flash(_("其他设备上的登录都已退出。"))
    return redirect(url_for("account.sign_ins"), 303)
