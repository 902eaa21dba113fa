"""What the district says where a policy is silent, and what its bank calls its columns."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.settlements import terms as service
from app.settlements.terms import Typed
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.settlements import DecideForm, TermsForm
from app.web.language import gettext as _


@bp.get("/settlements/terms")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_terms() -> ResponseReturnValue:
    """Show the terms in force, those that wait, and those before."""
    return _page(DecideForm())


@bp.post("/settlements/terms")
@roles(Role.CHECKER, when="not who proposed them")
def decide_settlement_terms() -> ResponseReturnValue:
    """Let proposed terms hold, or refuse them."""
    form = DecideForm()

    def decide() -> None:
        service.decide(db.session(), actor=actor(), approve=form.agrees, reason=form.reason.value)

    done = _("新的办法生效了，以后核销的按它付款。") if form.agrees else _("已退回。")
    to = url_for("authority.settlement_terms")
    return do_or_ask_again(form, decide, again=lambda: _page(form), done=done, to=to)


@bp.get("/settlements/terms/new")
@roles(Role.OFFICER)
def new_settlement_terms() -> ResponseReturnValue:
    """Ask for new terms."""
    return render_template("authority/new-settlement-terms.html", form=TermsForm(), words=words)


@bp.post("/settlements/terms/new")
@roles(Role.OFFICER, when="no others wait; a checker decides")
def new_settlement_terms_post() -> ResponseReturnValue:
    """Propose new terms."""
    form = TermsForm()

    def propose() -> None:
        typed = Typed(form.payee.value, form.event.value, form.within.value, form.unit.value, form.names)
        service.propose(db.session(), actor=actor(), typed=typed)

    return do_or_ask_again(
        form,
        propose,
        again=lambda: render_template("authority/new-settlement-terms.html", form=form, words=words),
        done=_("已提交复核。"),
        to=url_for("authority.settlement_terms"),
    )


def _page(form: DecideForm) -> str:
    session, who = db.session(), actor()
    waiting = service.find(session, district_id=who.district, state="proposed")
    return render_template(
        "authority/settlement-terms.html",
        rows=service.list_all(session, district_id=who.district),
        columns=service.columns_of(session, district_id=who.district),
        may_propose=who.role is Role.OFFICER and waiting is None,
        may_decide=who.role is Role.CHECKER and waiting is not None,
        form=form,
        words=words,
    )
