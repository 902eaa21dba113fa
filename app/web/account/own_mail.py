"""The mail address of somebody of the staff, proven by a code: a link for a new password goes there."""

from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.identity import phones, service
from app.identity.rules import masked_mail
from app.identity.tries import password_tries
from app.web.access import actor, roles, the_sign_in
from app.web.account import bp, phone_codes, tries
from app.web.errors import status_of
from app.web.forms.claims import OwnMailCodeForm, OwnMailForm
from app.web.language import gettext as _

KEY: Final = "own_mail"
"""Where the cookie keeps the token of the code that was asked for."""
PURPOSE: Final = "mail"
STAFF: Final = tuple(role for role in Role if role is not Role.HOUSEHOLD)
"""A household's addresses are kept with its persons, by the counter."""


@bp.get("/mail")
@roles(*STAFF)
def own_mail() -> ResponseReturnValue:
    """Ask for the address, or for the code that was mailed; ``?again=1`` goes back to the address."""
    if "again" in request.args:
        cookie.pop(KEY, None)
        return redirect(url_for("account.own_mail"))
    return _page(_form())


@bp.post("/mail")
@roles(*STAFF)
def own_mail_post() -> ResponseReturnValue:
    """Mail a code, or take it and keep the address."""
    step, form = _step(), _form()
    if request.form.get("step") != step:
        return redirect(url_for("account.own_mail"), 303)
    if not form.accept():
        return _page(form), 422
    try:
        return _keep(form) if step == "code" else _ask(form)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)


def _step() -> str:
    return "code" if KEY in cookie else "address"


def _form() -> Any:
    step = _step()
    return (OwnMailCodeForm if step == "code" else OwnMailForm)(step=step)


def _ask(form: OwnMailForm) -> ResponseReturnValue:
    row = the_sign_in()
    if not phone_codes.can_be_mailed():
        raise DomainError("mail_off", field="mail")
    with tries.counted(password_tries(user_id=row.user_id), username=row.username):
        service.check_present_password(db.session(), user_id=row.user_id, password=form.password.value)
    phone_codes.count_request(form.mail.value, kind="mail", field="mail")
    asked = phones.ask_to_prove(
        db.session(), purpose=PURPOSE, subject=str(row.user_id), phone=form.mail.value, way="mail"
    )
    cookie[KEY] = asked.token
    return redirect(url_for("account.own_mail"), 303)


def _keep(form: OwnMailCodeForm) -> ResponseReturnValue:
    session, user_id, token = db.session(), the_sign_in().user_id, cookie[KEY]
    with phone_codes.counted(token, purpose=PURPOSE):
        mail, _nobody = phones.use(
            session, token=token, purpose=PURPOSE, subject=str(user_id), code=form.phone_code.value
        )
    phones.keep_mail(session, actor=actor(), user_id=user_id, mail=mail)
    cookie.pop(KEY, None)
    flash(_("电子邮箱已登记。"))
    return redirect(url_for("account.home"), 303)


def _page(form: Any) -> str:
    address = phones.find_mail(db.session(), user_id=the_sign_in().user_id)
    return render_template(
        "account/own-mail.html", form=form, step=_step(), address=masked_mail(address) if address else None
    )
