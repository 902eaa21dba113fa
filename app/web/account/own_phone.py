"""The telephone one signs in with: registering one, or changing it by codes to the old and the new one."""

from typing import Any, Final

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.identity import phones, service
from app.identity.tries import factor_tries, password_tries
from app.projects import own_phone as numbers
from app.projects.rules import masked_phone
from app.web.access import actor, roles, the_sign_in
from app.web.account import bp, phone_codes, tries
from app.web.errors import status_of
from app.web.forms.claims import OwnPhoneCodesForm, OwnPhoneForm
from app.web.language import gettext as _

KEY: Final = "own_phone"
"""Where the cookie keeps the tokens of the codes that were asked for."""


@bp.get("/phone-number")
@roles(*Role)
def own_phone() -> ResponseReturnValue:
    """Ask for the new number, or for the codes that were sent; ``?again=1`` goes back to the number."""
    if "again" in request.args:
        cookie.pop(KEY, None)
        return redirect(url_for("account.own_phone"))
    return _page(_form())


@bp.post("/phone-number")
@roles(*Role)
def own_phone_post() -> ResponseReturnValue:
    """Send the codes, or take them and keep the new number."""
    step, form = _step(), _form()
    if request.form.get("step") != step:
        return redirect(url_for("account.own_phone"), 303)
    if not form.accept():
        return _page(form), 422
    try:
        return _change(form) if step == "codes" else _ask(form)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)


def _step() -> str:
    return "codes" if KEY in cookie else "number"


def _form() -> Any:
    step = _step()
    return (OwnPhoneCodesForm if step == "codes" else OwnPhoneForm)(step=step)


def _ask(form: OwnPhoneForm) -> ResponseReturnValue:
    session, row = db.session(), the_sign_in()
    if not phone_codes.can_be_sent():
        raise DomainError("phone_codes_off", field="phone")
    had = phones.find_phone(session, user_id=row.user_id)
    if had is None:
        with tries.counted(password_tries(user_id=row.user_id), username=row.username):
            service.check_present_password(session, user_id=row.user_id, password=form.password.data or "")
    for number in {form.phone.value, had or form.phone.value}:
        phone_codes.count_request(number)
    new, old = numbers.ask(session, user_id=row.user_id, phone=form.phone.value)
    cookie[KEY] = {"new": new, "old": old}
    return redirect(url_for("account.own_phone"), 303)


def _change(form: OwnPhoneCodesForm) -> ResponseReturnValue:
    session, row, asked = db.session(), the_sign_in(), cookie[KEY]
    old = (asked["old"], form.old_code.data or "") if asked["old"] else None
    counts = factor_tries(user_id=row.user_id, device=None)
    with (
        tries.counted(counts, username=row.username),
        phone_codes.counted(asked["new"], purpose=numbers.PURPOSE),
    ):
        numbers.change(
            session,
            actor=actor(),
            user_id=row.user_id,
            kept=row.id,
            new=(asked["new"], form.phone_code.value),
            old=old,
        )
    cookie.pop(KEY, None)
    flash(_("手机号已登记，其他设备上的登录都已退出。"))
    return redirect(url_for("account.home"), 303)


def _page(form: Any) -> str:
    number = phones.find_phone(db.session(), user_id=the_sign_in().user_id)
    return render_template(
        "account/own-phone.html",
        form=form,
        step=_step(),
        number=masked_phone(number) if number else None,
        demo=current_app.config["DEMO"],
    )
