"""The second factor: an authenticator app's code after the password."""

import segno
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.actor import Role
from app.core.errors import Conflict, DomainError
from app.extensions import db
from app.identity import factors, queries
from app.identity.live import LiveSignIn
from app.identity.models import SecondFactor
from app.identity.rules import enrolment_address
from app.identity.tries import factor_tries, password_tries
from app.web import access
from app.web.access import actor, roles, the_sign_in
from app.web.account import bp, tries
from app.web.errors import status_of
from app.web.forms.account import ButtonForm, FactorCodeForm, RemoveFactorForm
from app.web.language import gettext as _


@bp.get("/second-factor")
@roles(*Role, early=True)
def second_factor() -> ResponseReturnValue:
    """Say what a second factor is, or show its secret to be confirmed, or how it is turned off."""
    return _page(the_sign_in())


@bp.post("/second-factor/start")
@roles(*Role, early=True)
def start_factor() -> ResponseReturnValue:
    """Make a new secret of a second factor, to be confirmed."""
    if not ButtonForm().accept():
        raise Conflict("bad_request")
    factors.start(db.session(), actor=actor())
    return redirect(url_for("account.second_factor"), 303)


@bp.post("/second-factor/confirm")
@roles(*Role, early=True)
def confirm_factor() -> ResponseReturnValue:
    """Turn the second factor on by a first code, and show the recovery codes this once."""
    row, form = the_sign_in(), FactorCodeForm()
    if not form.accept():
        return _page(row, confirming=form), 422
    try:
        with tries.counted(factor_tries(user_id=row.user_id, device=None), username=row.username):
            codes = factors.confirm(
                db.session(), actor=actor(), sign_in_id=row.id, code=form.secret_code.value
            )
    except Conflict:
        return redirect(url_for("account.second_factor"), 303)
    except DomainError as error:
        form.apply(error)
        return _page(row, confirming=form), status_of(error)
    return render_template("account/recovery-codes.html", codes=codes, desk=access.desk_of(actor()))


@bp.post("/second-factor/remove")
@roles(*Role)
def remove_factor() -> ResponseReturnValue:
    """Turn the second factor off, against password and code."""
    row, form = the_sign_in(), RemoveFactorForm()
    if not form.accept():
        return _page(row, removing=form), 422
    limits = [*password_tries(user_id=row.user_id), *factor_tries(user_id=row.user_id, device=None)]
    try:
        with tries.counted(limits, username=row.username):
            factors.remove(
                db.session(), actor=actor(), password=form.password.value, code=form.secret_code.value
            )
    except DomainError as error:
        form.apply(error)
        return _page(row, removing=form), status_of(error)
    flash(_("双重验证已关闭。"), "important")
    return redirect(url_for("account.second_factor"), 303)


def _page(
    row: LiveSignIn, *, confirming: FactorCodeForm | None = None, removing: RemoveFactorForm | None = None
) -> str:
    session = db.session()
    factor = queries.find_factor(session, user_id=row.user_id)
    if factor is not None and factor.confirmed_at is not None:
        return render_template(
            "account/second-factor-on.html",
            factor=factor,
            left=queries.count_recovery_codes(session, user_id=row.user_id),
            form=removing or RemoveFactorForm(),
        )
    if factor is not None:
        return _enrolment(factor, row, confirming or FactorCodeForm())
    return render_template(
        "account/second-factor.html",
        form=ButtonForm(),
        demanded=access.first_duty(row) == "account.second_factor",
    )


def _enrolment(factor: SecondFactor, row: LiveSignIn, form: FactorCodeForm) -> str:
    secret = queries.secret_of(factor)
    square = segno.make(enrolment_address(secret, username=row.username), error="m")
    return render_template(
        "account/second-factor-new.html",
        square=Markup(square.svg_inline(scale=5, border=4, light="#fff")),  # noqa: S704  # made of our own text
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        form=form,
        again=ButtonForm(),
    )
