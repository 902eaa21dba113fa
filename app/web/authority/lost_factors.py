"""A household's lost second factor, taken off at the counter, with a form to sign."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.identity import lost_factors, queries
from app.projects.queries import get_household_by_id
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.claims import LostFactorForm
from app.web.language import gettext as _


@bp.get("/people/<ref>/second-factor")
@roles(Role.OFFICER)
def lost_factor(ref: str) -> ResponseReturnValue:
    """Ask whether the ID card was seen, and why the second factor is taken off."""
    return _page(ref, LostFactorForm())


@bp.post("/people/<ref>/second-factor")
@roles(Role.OFFICER, when="a household's person is there with the ID card; with a reason")
def lost_factor_post(ref: str) -> ResponseReturnValue:
    """Take the lost second factor off, and show the form to sign."""
    session, who, form = db.session(), actor(), LostFactorForm()
    queries.get_person(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: lost_factors.clear_at_counter(session, actor=who, ref=ref, reason=form.reason.value),
        again=lambda: _page(ref, form),
        done=_("双重验证已解除，这个账号在所有设备上都已退出登录。请打印下面的记录，请本人签字。"),
        to=lambda done: url_for("authority.factor_clearing", ref=done.ref),
    )


@bp.get("/second-factors/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def factor_clearing(ref: str) -> ResponseReturnValue:
    """Show whose second factor was taken off, by whom and why, on a form to sign."""
    session, who = db.session(), actor()
    found = lost_factors.get_clearing(session, actor=who, ref=ref)
    return render_template(
        "authority/factor-clearing.html",
        clearing=found,
        household=get_household_by_id(session, actor=who, household_id=found.household_id),
    )


def _page(ref: str, form: LostFactorForm) -> str:
    session, who = db.session(), actor()
    person = queries.get_person(session, actor=who, ref=ref)
    household = get_household_by_id(session, actor=who, household_id=person.household_id or 0)
    factor = queries.find_factor(session, user_id=person.user_id)
    return render_template(
        "authority/lost-factor.html",
        person=person,
        household=household,
        factor_on=factor is not None and factor.confirmed_at is not None,
        form=form,
    )
