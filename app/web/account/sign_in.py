"""Signing in and out."""

from typing import Final

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.demo.accounts import DEMO_ACCOUNTS
from app.extensions import db
from app.identity import factors, service
from app.identity.models import Membership, SignIn
from app.identity.queries import find_waiting_sign_in
from app.identity.tries import factor_tries, sign_in_tries
from app.web.access import actor, current_sign_in, desk_of, enter, find_actor, first_duty, leave, public
from app.web.account import bp, known_devices, phone_codes, tries
from app.web.errors import status_of
from app.web.forms.account import FactorCodeForm, SignInForm
from app.web.language import gettext as _
from app.web.pages import role_name

WAITING: Final = "waiting"
"""Where the cookie keeps the token of a sign-in whose code is still to come; it opens nothing."""


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form, or its second step; who is signed in already goes to their desk.

    ``?again=1`` goes back to the first step.
    """
    who = find_actor()
    if who:
        return redirect(desk_of(who))
    if "again" not in request.args and _waiting() is not None:
        return _code_page(FactorCodeForm())
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
    return _go_on(token, row)


@bp.post("/sign-in/code")
@public
def sign_in_code() -> ResponseReturnValue:
    """Take the second step; the browser gets another token than the first step's."""
    form, row = FactorCodeForm(), _waiting()
    if row is None:
        flash(_("这次登录等得太久，已经失效，请重新输入用户名和密码。"), "important")
        return redirect(url_for("account.sign_in", again=1, next=_safe_next()), 303)
    if not form.accept():
        return _code_page(form), 422
    username = row.user.username
    limits = factor_tries(user_id=row.user_id, device=known_devices.known_as(username))
    try:
        with tries.counted(limits, username=username):
            token, _opened = factors.pass_code(
                db.session(),
                token=cookie[WAITING],
                code=form.secret_code.value,
                lasts=current_app.config["SIGN_IN_LASTS"],
            )
    except DomainError as error:
        form.apply(error)
        return _code_page(form), status_of(error)
    return _enter(token)


def enter_by(membership: Membership, *, proof: str) -> ResponseReturnValue:
    """Sign somebody in who has proven themselves otherwise than on this page, and lead on."""
    token, row = service.open_sign_in(
        db.session(),
        membership=membership,
        proof=proof,
        device=request.headers.get("User-Agent", ""),
        lasts=current_app.config["SIGN_IN_LASTS"],
    )
    return _go_on(token, row)


def _go_on(token: str, row: SignIn) -> ResponseReturnValue:
    """Lead on to the desk, or to the second step where there is one."""
    if row.proof == "code_to_come":
        _leave_earlier()
        cookie[WAITING] = token
        return redirect(url_for("account.sign_in", next=_safe_next()), 303)
    return _enter(token)


def _enter(token: str) -> ResponseReturnValue:
    _leave_earlier()
    row = enter(token)
    first = first_duty(row)
    target = url_for(first) if first else _safe_next() or desk_of(row.person)
    return known_devices.remember(redirect(target, 303), row.username)


def _leave_earlier() -> None:
    """Forget whatever this browser held: an earlier sign-in ends, nothing put there beforehand stays."""
    earlier = current_sign_in()
    if earlier is not None:
        service.end_sign_in(db.session(), actor=actor(), ref=earlier.ref)
        leave()
    cookie.clear()


def _waiting() -> SignIn | None:
    """Return the sign-in of this browser whose code is still to come."""
    token = cookie.get(WAITING)
    return find_waiting_sign_in(db.session(), token) if token else None


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
    leave()
    cookie.clear()
    flash(_("您已退出登录。"))
    return redirect(url_for("account.sign_in"), 303)


def _code_page(form: FactorCodeForm) -> str:
    return render_template("account/sign-in-code.html", form=form, then=_safe_next())


def _page(form: SignInForm) -> str:
    shown = DEMO_ACCOUNTS if current_app.config["DEMO"] else ()
    accounts = [[role_name(one.role, one.duty), one.name, one.username, one.password] for one in shown]
    return render_template(
        "account/sign-in.html", form=form, accounts=accounts, by_phone=phone_codes.can_be_sent()
    )


def _safe_next() -> str | None:
    """Return where the person wanted to go, if that is a path of ours: never another site."""
    target = request.args.get("next", "")
    # Another site is named by two slashes, which browsers take backslashes for; ours is a path from the root.
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours and target.isprintable() else None
