"""Signing in and out."""

from typing import Final
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from app.core.actor import Role
from app.core.errors import DomainError
from app.demo.accounts import DEMO_ACCOUNTS
from app.extensions import db
from app.identity import service
from app.identity.models import SignIn
from app.identity.tries import sign_in_tries
from app.web.access import SignedIn, actor, current_sign_in, find_actor, public
from app.web.account import bp, known_devices, tries
from app.web.errors import status_of
from app.web.forms.account import SignInForm
from app.web.language import gettext as _
from app.web.pages import role_name

DESKS: Final = {
    Role.HOUSEHOLD: "household.wallet",
    Role.DEVELOPER: "developer.desk",
    Role.OFFICER: "authority.desk",
    Role.CHECKER: "authority.desk",
    Role.REGULATOR: "regulator.signals",
    Role.AUDITOR: "regulator.signals",
    Role.INSPECTOR: "regulator.signals",
    Role.ADMINISTRATOR: "authority.status",
}
"""Where each role starts its work."""


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; who is signed in already goes to their desk."""
    who = find_actor()
    if who and who.role:
        return redirect(url_for(DESKS[who.role]))
    return _page(SignInForm())


@bp.post("/sign-in")
@public
def sign_in_post() -> ResponseReturnValue:
    """Check name and password and start a sign-in."""
    form = SignInForm()
    if not form.accept():
        return _page(form), 422
    try:
        token, row = _try_to_sign_in(form)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)
    cookie.clear()
    login_user(SignedIn(token, row))
    response = redirect(_safe_next() or url_for(DESKS[Role(row.membership.role)]), 303)
    return known_devices.remember(response, row.user.username)


def _try_to_sign_in(form: SignInForm) -> tuple[str, SignIn]:
    username = form.username.value
    limits = sign_in_tries(
        username=username, address=tries.address(), device=known_devices.known_as(username)
    )
    with tries.counted(limits, username=username):
        return service.sign_in(
            db.session(),
            username=username,
            password=form.password.value,
            device=request.headers.get("User-Agent", ""),
            lasts=current_app.config["SIGN_IN_LASTS"],
        )


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this sign-in; harmless when it has ended already."""
    row = current_sign_in()
    if row is not None:
        service.end_sign_in(db.session(), actor=actor(), ref=row.ref)
    logout_user()
    cookie.clear()
    flash(_("您已退出登录。"))
    return redirect(url_for("account.sign_in"), 303)


def _page(form: SignInForm) -> str:
    shown = DEMO_ACCOUNTS if current_app.config["DEMO"] else ()
    accounts = [[role_name(one.role, one.duty), one.name, one.username, one.password] for one in shown]
    return render_template("account/sign-in.html", form=form, accounts=accounts)


def _safe_next() -> str | None:
    """Return where the person wanted to go, if that is a path of ours: never another site."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    ours = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if ours and target.isprintable() else None
