"""What an agreement entitles to (应安置面积、安置人口): noted by an officer, until a voucher stands on it."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.projects.queries import get_agreement
from app.vouchers import entitling
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.agreements import EntitledForm
from app.web.language import gettext as _


@bp.get("/agreements/<path:number>/entitled")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def entitled(number: str) -> ResponseReturnValue:
    """Show what is noted, with boxes to note it in while nothing stands on it."""
    agreement = get_agreement(db.session(), actor=actor(), number=number)
    form = EntitledForm(entitled_m2=agreement.entitled_m2, residents=agreement.residents)
    return _page(number, form)


@bp.post("/agreements/<path:number>/entitled")
@roles(Role.OFFICER, when="no voucher stands on the agreement")
def entitled_post(number: str) -> ResponseReturnValue:
    """Note what an agreement entitles to."""
    session, form = db.session(), EntitledForm()
    found = get_agreement(session, actor=actor(), number=number)
    return do_or_ask_again(
        form,
        lambda: entitling.note(
            session,
            actor=actor(),
            number=number,
            entitled_m2=form.entitled_m2.data,
            residents=form.residents.data,
        ),
        again=lambda: _page(number, form),
        done=_("应安置面积和安置人口已登记。"),
        to=url_for("authority.household", ref=found.household.ref),
    )


def _page(number: str, form: EntitledForm) -> str:
    session, who = db.session(), actor()
    agreement = get_agreement(session, actor=who, number=number)
    is_kept = entitling.is_kept(session, agreement)
    return render_template(
        "authority/entitled.html",
        agreement=agreement,
        is_kept=is_kept,
        form=form if who.role is Role.OFFICER and not is_kept else None,
    )
